//! One command line.

use crate::{
    error::CommandError,
    parse::{Parsed, address, cut, parameters, xclient},
    types::{Burl, Command, HelloName, InitialResponse, Mail, MailParameters, Rcpt, RcptParameters},
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
    // Nearly all verbs have four letters.
    let Some((verb, [] | [b' ', ..])) = line.split_first_chunk::<4>() else { return longer(text) };
    let scan = Scan::new(text, 4);
    match &verb.map(|b| b.to_ascii_uppercase()) {
        b"RCPT" => rcpt(scan),
        b"MAIL" => mail(scan),
        b"BDAT" => bdat(scan),
        b"DATA" => scan.nothing().map(|()| Command::Data),
        b"RSET" => scan.nothing().map(|()| Command::Rset),
        b"QUIT" => scan.nothing().map(|()| Command::Quit),
        b"NOOP" => Ok(Command::Noop),
        b"EHLO" => scan.hello().map(Command::Ehlo),
        b"HELO" => scan.hello().map(Command::Helo),
        b"LHLO" => scan.hello().map(Command::Lhlo),
        b"AUTH" => auth(scan),
        b"VRFY" => scan.query().map(|(string, smtputf8)| Command::Vrfy { string, smtputf8 }),
        b"EXPN" => scan.query().map(|(string, smtputf8)| Command::Expn { string, smtputf8 }),
        b"HELP" => Ok(Command::Help((!scan.rest.is_empty()).then(|| scan.rest.into()))),
        b"BURL" => burl(scan),
        b"ETRN" => scan.one("a domain, @domain or #queue").map(|node| Command::Etrn(node.into())),
        _ => Err(CommandError::Unrecognized),
    }
}

/// A command with a verb of another length.
fn longer(text: &str) -> Result<Command, CommandError> {
    let end = text.find(' ').unwrap_or(text.len());
    let scan = Scan::new(text, end);
    let is = |name: &str| text[..end].eq_ignore_ascii_case(name);
    if is("STARTTLS") {
        scan.nothing().map(|()| Command::StartTls)
    } else if is("XCLIENT") {
        xclient::xclient(scan.rest).map(Command::XClient)
    } else {
        Err(CommandError::Unrecognized)
    }
}

/// Commands are text: UTF-8, RFC 6531 §3.7, without control characters.
fn text(line: &[u8]) -> Result<&str, CommandError> {
    let text = std::str::from_utf8(line).map_err(|e| CommandError::Octet { at: e.valid_up_to() })?;
    // First whether all is printable ASCII, without a place and without branches, which is many octets at a time.
    if line.iter().fold(true, |plain, &b| plain & (b.wrapping_sub(b' ') < b'\x7f' - b' ')) {
        return Ok(text);
    }
    match line.iter().position(u8::is_ascii_control) {
        Some(at) => Err(CommandError::Octet { at }),
        None => Ok(text),
    }
}

/// A command's argument, and the line it stands in.
#[derive(Clone, Copy)]
struct Scan<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Scan<'a> {
    /// What follows the verb that ends here, without the spaces around it: there is no other white space in a line.
    fn new(text: &'a str, end: usize) -> Self {
        Self { text, rest: text[end..].trim_ascii() }
    }

    /// The place of what is still to be read. `rest` is a part of `text`, so the difference of their addresses is it.
    fn fail<T>(self, expected: &'static str) -> Result<T, CommandError> {
        let at = (self.rest.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        Err(CommandError::Syntax { expected, at })
    }

    fn nothing(self) -> Result<(), CommandError> {
        if self.rest.is_empty() { Ok(()) } else { self.fail("no argument") }
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
#[inline]
fn mail(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (from, rest) = scan.path("FROM:", address::reverse_path, "a reverse path: <mailbox> or <>")?;
    let mut mail = Mail { from, parameters: MailParameters::default() };
    parameters::mail(rest, &mut mail.parameters)?;
    Ok(Command::Mail(mail))
}

/// ```abnf
/// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
/// ```
#[inline]
fn rcpt(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (to, rest) = scan.path("TO:", address::forward_path, "a forward path: <mailbox> or <postmaster>")?;
    let mut rcpt = Rcpt { to, parameters: RcptParameters::default() };
    parameters::rcpt(rest, &mut rcpt.parameters)?;
    Ok(Command::Rcpt(rcpt))
}

/// ```abnf
/// bdat-cmd  = "BDAT" SP chunk-size [ SP "LAST" ] CRLF
/// ```
#[inline]
fn bdat(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (size, last) = match cut(scan.rest, b' ') {
        Some((size, last)) if last.trim_start().eq_ignore_ascii_case("LAST") => (size, true),
        Some(_) => return Err(CommandError::BadChunk),
        None => (scan.rest, false),
    };
    let digit = |n: u64, b: u8| {
        let digit = b.wrapping_sub(b'0');
        if digit < 10 { n.checked_mul(10)?.checked_add(digit.into()) } else { None }
    };
    let size = (!size.is_empty()).then(|| size.bytes().try_fold(0, digit)).flatten();
    Ok(Command::Bdat { size: size.ok_or(CommandError::BadChunk)?, last })
}

/// ```abnf
/// burl-cmd = "BURL" SP absolute-URI [SP "LAST"] CRLF
/// ```
fn burl(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (url, last) = match cut(scan.rest, b' ') {
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
    let (mechanism, initial) = match cut(scan.rest, b' ') {
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
