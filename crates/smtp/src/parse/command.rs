//! One command line.

use crate::{
    error::CommandError,
    parse::{Parsed, address, parameters, xclient},
    types::{Burl, Command, HelloName, InitialResponse, Mail, Rcpt},
};

/// Understands one command line, given without its CRLF. Verbs are taken in any case, and trailing spaces are dropped.
///
/// # Errors
/// See [`CommandError`], which also knows the reply. `RSET`, `DATA`, `QUIT` and `STARTTLS` take no argument.
///
/// ```
/// use mailwright_smtp::{parse, types::Command};
/// let Command::Mail(mail) = parse::command(b"mail from: <joe@example.org> size=1000")? else { unreachable!() };
/// assert_eq!(mail.from.to_string(), "<joe@example.org>");
/// assert_eq!(mail.parameters.size, Some(1000));
/// assert!(parse::command(b"RSET junk").is_err());
/// # Ok::<(), mailwright_smtp::error::CommandError>(())
/// ```
pub fn command(line: &[u8]) -> Result<Command, CommandError> {
    let text = text(line)?;
    let end = text.find(' ').unwrap_or(text.len());
    let verb = &text[..end];
    let scan = Scan { text, rest: text[end..].trim_matches(' ') };
    let is = |name: &str| verb.eq_ignore_ascii_case(name);
    // The order of a busy server's traffic.
    match verb.len() {
        4 if is("RCPT") => rcpt(scan),
        4 if is("MAIL") => mail(scan),
        4 if is("BDAT") => bdat(scan),
        4 if is("DATA") => scan.nothing(Command::Data),
        4 if is("RSET") => scan.nothing(Command::Rset),
        4 if is("QUIT") => scan.nothing(Command::Quit),
        4 if is("NOOP") => Ok(Command::Noop),
        4 if is("EHLO") => scan.hello().map(Command::Ehlo),
        4 if is("HELO") => scan.hello().map(Command::Helo),
        4 if is("LHLO") => scan.hello().map(Command::Lhlo),
        4 if is("AUTH") => auth(scan),
        4 if is("VRFY") => scan.query().map(|(string, smtputf8)| Command::Vrfy { string, smtputf8 }),
        4 if is("EXPN") => scan.query().map(|(string, smtputf8)| Command::Expn { string, smtputf8 }),
        4 if is("HELP") => Ok(Command::Help((!scan.rest.is_empty()).then(|| scan.rest.into()))),
        4 if is("BURL") => burl(scan),
        4 if is("ETRN") => scan.one("a domain, @domain or #queue").map(|node| Command::Etrn(node.into())),
        8 if is("STARTTLS") => scan.nothing(Command::StartTls),
        7 if is("XCLIENT") => xclient::xclient(scan.rest).map(Command::XClient),
        _ => Err(CommandError::Unrecognized),
    }
}

/// Commands are text: UTF-8, RFC 6531 §3.7, without control characters.
fn text(line: &[u8]) -> Result<&str, CommandError> {
    let text = std::str::from_utf8(line).map_err(|e| CommandError::Octet { at: e.valid_up_to() })?;
    let control = |b: u8| b < b' ' || b == 0x7f;
    // First without a place, which is many octets at a time.
    if !line.iter().fold(false, |found, &b| found | control(b)) {
        return Ok(text);
    }
    Err(CommandError::Octet { at: line.iter().position(|&b| control(b)).unwrap_or_default() })
}

/// A command's argument, and the line it stands in.
#[derive(Clone, Copy)]
struct Scan<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Scan<'a> {
    /// The place of what is still to be read. `rest` is a part of `text`, so the difference of their addresses is it.
    fn fail<T>(self, expected: &'static str) -> Result<T, CommandError> {
        let at = (self.rest.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Err(CommandError::Syntax { expected, at })
    }

    fn nothing(self, command: Command) -> Result<Command, CommandError> {
        if self.rest.is_empty() { Ok(command) } else { self.fail("no argument") }
    }

    fn hello(self) -> Result<HelloName, CommandError> {
        match self.rest.parse() {
            Ok(name) => Ok(name),
            Err(e) => Self { rest: &self.rest[e.at..], ..self }.fail(e.expected),
        }
    }

    /// One word.
    fn one(self, expected: &'static str) -> Result<&'a str, CommandError> {
        if self.rest.is_empty() || self.rest.contains(' ') { self.fail(expected) } else { Ok(self.rest) }
    }

    /// ```abnf
    /// vrfy = "VRFY" SP String [SP "SMTPUTF8"] CRLF
    /// ```
    fn query(self) -> Result<(Box<str>, bool), CommandError> {
        let (string, smtputf8) = match self.rest.rsplit_once(' ') {
            Some((string, last)) if last.eq_ignore_ascii_case("SMTPUTF8") => (string.trim_end(), true),
            _ => (self.rest, false),
        };
        if string.is_empty() { self.fail("a name or mailbox") } else { Ok((string.into(), smtputf8)) }
    }

    /// A word in any case, a colon, spaces, a path; what is left are parameters.
    fn path<T>(
        self,
        word: &'static str,
        rule: fn(&'a str) -> Parsed<'a, T>,
        expected: &'static str,
    ) -> Result<(T, &'a str), CommandError> {
        let rest = match self.rest.split_at_checked(word.len()) {
            Some((found, rest)) if found.eq_ignore_ascii_case(word) => rest.trim_start_matches(' '),
            _ => return self.fail(word),
        };
        match rule(rest) {
            Ok((rest, path)) if rest.is_empty() || rest.starts_with(' ') => Ok((path, rest)),
            Ok((rest, _)) => Self { rest, ..self }.fail("a space or the end of the line"),
            Err(nom::Err::Error(e) | nom::Err::Failure(e)) => Self { rest: e.input, ..self }.fail(expected),
            Err(nom::Err::Incomplete(_)) => self.fail(expected),
        }
    }
}

/// ```abnf
/// mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF
/// ```
fn mail(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (from, rest) = scan.path("FROM:", address::reverse_path, "a reverse path: <mailbox> or <>")?;
    Ok(Command::Mail(Mail { from, parameters: parameters::mail(rest)? }))
}

/// ```abnf
/// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
/// ```
fn rcpt(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (to, rest) = scan.path("TO:", address::forward_path, "a forward path: <mailbox> or <postmaster>")?;
    Ok(Command::Rcpt(Rcpt { to, parameters: parameters::rcpt(rest)? }))
}

/// ```abnf
/// bdat-cmd  = "BDAT" SP chunk-size [ SP "LAST" ] CRLF
/// ```
fn bdat(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (size, last) = match scan.rest.split_once(' ') {
        Some((size, last)) if last.trim_start().eq_ignore_ascii_case("LAST") => (size, true),
        Some(_) => return Err(CommandError::BadChunk),
        None => (scan.rest, false),
    };
    if !size.bytes().all(|b| b.is_ascii_digit()) {
        return Err(CommandError::BadChunk);
    }
    let size = size.parse().map_err(|_| CommandError::BadChunk)?;
    Ok(Command::Bdat { size, last })
}

/// ```abnf
/// burl-cmd = "BURL" SP absolute-URI [SP "LAST"] CRLF
/// ```
fn burl(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (url, last) = match scan.rest.split_once(' ') {
        Some((url, last)) if last.trim_start().eq_ignore_ascii_case("LAST") => (url, true),
        Some(_) => return scan.fail("a URL, and LAST"),
        None => (scan.rest, false),
    };
    let scheme = url.split_once(':').is_some_and(|(scheme, rest)| {
        let good = |b: u8| b.is_ascii_alphanumeric() || b"+-.".contains(&b);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(good) && !rest.is_empty()
    });
    if !scheme || !url.is_ascii() {
        return scan.fail("an absolute URL");
    }
    Ok(Command::Burl(Burl { url: url.into(), last }))
}

/// ```abnf
/// auth-command     = "AUTH" SP sasl-mech [SP initial-response] CRLF
/// sasl-mech        = 1*20mech-char
/// mech-char        = %x41-5A / DIGIT / "-" / "_"
/// initial-response = base64 / "="
/// ```
fn auth(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (mechanism, initial) = match scan.rest.split_once(' ') {
        Some((mechanism, initial)) => (mechanism, Some(initial.trim_start())),
        None => (scan.rest, None),
    };
    let good = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    if !(1..=20).contains(&mechanism.len()) || !mechanism.bytes().all(good) {
        return scan.fail("the name of a SASL mechanism");
    }
    if initial.is_some_and(|i| i.contains(' ')) {
        return scan.fail("a mechanism and one initial response");
    }
    let initial = initial.map(|text| InitialResponse(text.into()));
    Ok(Command::Auth { mechanism: mechanism.to_ascii_uppercase().into(), initial })
}
