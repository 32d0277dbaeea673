//! One command line.

use crate::{
    error::CommandError,
    parse::{Parsed, address, cut, decimal, parameters, trim_start, xclient},
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
    // Nearly all verbs have four letters.
    let Some((verb, [] | [b' ', ..])) = line.split_first_chunk::<4>() else { return longer(line) };
    let scan = Scan::new(line, 4)?;
    // Without the bit that tells `a` from `A`, only a letter is a letter.
    match &verb.map(|b| b & !0x20) {
        b"RCPT" => rcpt(scan),
        b"MAIL" => mail(scan),
        b"BDAT" => bdat(scan),
        b"DATA" => scan.nothing().map(|()| Command::Data),
        b"RSET" => scan.nothing().map(|()| Command::Rset),
        b"QUIT" => scan.nothing().map(|()| Command::Quit),
        b"EHLO" => scan.hello().map(Command::Ehlo),
        b"HELO" => scan.hello().map(Command::Helo),
        b"LHLO" => scan.hello().map(Command::Lhlo),
        verb => rare(*verb, scan),
    }
}

/// A command that is rare, or whose argument may be any text: here, and only here, nothing else looks at each octet.
fn rare(verb: [u8; 4], scan: Scan<'_>) -> Result<Command, CommandError> {
    if let Some(at) = no_text(scan.line) {
        return Err(CommandError::Octet { at });
    }
    match &verb {
        b"NOOP" => Ok(Command::Noop),
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
fn longer(line: &[u8]) -> Result<Command, CommandError> {
    let end = line.iter().position(|&b| b == b' ').unwrap_or(line.len());
    let is = |name: &str| line[..end].eq_ignore_ascii_case(name.as_bytes());
    if is("STARTTLS") {
        Scan::new(line, end)?.nothing().map(|()| Command::StartTls)
    } else if is("XCLIENT") {
        let attributes = Scan::new(line, end)?.rest;
        xclient::xclient(attributes).map(Command::XClient).map_err(|e| wrong(line, e))
    } else {
        Err(wrong(line, CommandError::Unrecognized))
    }
}

/// Where a line stops being text: UTF-8, RFC 6531 §3.7, without control characters.
fn no_text(line: &[u8]) -> Option<usize> {
    let text = line.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    text.find(char::is_control).or_else(|| (text.len() < line.len()).then_some(text.len()))
}

/// What is wrong with a line: an octet that no command has, before anything else.
#[cold]
fn wrong(line: &[u8], error: CommandError) -> CommandError {
    no_text(line).map_or(error, |at| CommandError::Octet { at })
}

/// A command's argument, and the line it stands in.
#[derive(Clone, Copy)]
struct Scan<'a> {
    line: &'a [u8],
    rest: &'a str,
}

impl<'a> Scan<'a> {
    /// What follows the verb that ends here, without the spaces around it: there is no other white space in a line.
    #[inline]
    fn new(line: &'a [u8], end: usize) -> Result<Self, CommandError> {
        if line.len() == end {
            return Ok(Self { line, rest: "" });
        }
        let rest = std::str::from_utf8(&line[end..]).map_err(|_| wrong(line, CommandError::Unrecognized))?;
        let mut rest = trim_start(rest);
        while let Some(shorter) = rest.strip_suffix(' ') {
            rest = shorter;
        }
        Ok(Self { line, rest })
    }

    /// The place of what is still to be read. `rest` ends where the line does but for spaces.
    fn fail<T>(self, expected: &'static str) -> Result<T, CommandError> {
        let at = self.line.trim_ascii_end().len().saturating_sub(self.rest.len());
        Err(wrong(self.line, CommandError::Syntax { expected, at }))
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
    #[inline]
    fn path<T>(
        self,
        word: &'static str,
        rule: impl FnOnce(&'a str) -> Parsed<'a, T>,
        expected: &'static str,
    ) -> Result<(T, &'a str), CommandError> {
        let rest = match self.rest.split_at_checked(word.len()) {
            Some((found, rest)) if found.eq_ignore_ascii_case(word) => trim_start(rest),
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
    parameters::mail(rest, &mut mail.parameters).map_err(|e| wrong(scan.line, e))?;
    Ok(Command::Mail(mail))
}

/// ```abnf
/// rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
/// ```
#[inline]
fn rcpt(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (to, rest) = scan.path("TO:", address::forward_path, "a forward path: <mailbox> or <postmaster>")?;
    let mut rcpt = Rcpt { to, parameters: RcptParameters::default() };
    parameters::rcpt(rest, &mut rcpt.parameters).map_err(|e| wrong(scan.line, e))?;
    Ok(Command::Rcpt(rcpt))
}

/// ```abnf
/// bdat-cmd  = "BDAT" SP chunk-size [ SP "LAST" ] CRLF
/// ```
#[inline]
fn bdat(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (size, last) = match cut(scan.rest, b' ') {
        Some((size, last)) if trim_start(last).eq_ignore_ascii_case("LAST") => (size, true),
        Some(_) => return Err(wrong(scan.line, CommandError::BadChunk)),
        None => (scan.rest, false),
    };
    let size = decimal(size).and_then(Result::ok).ok_or_else(|| wrong(scan.line, CommandError::BadChunk))?;
    Ok(Command::Bdat { size, last })
}

/// ```abnf
/// burl-cmd = "BURL" SP absolute-URI [SP "LAST"] CRLF
/// ```
fn burl(scan: Scan<'_>) -> Result<Command, CommandError> {
    let (url, last) = match cut(scan.rest, b' ') {
        Some((url, last)) if trim_start(last).eq_ignore_ascii_case("LAST") => (url, true),
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
        Some((mechanism, initial)) => (mechanism, Some(trim_start(initial))),
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
