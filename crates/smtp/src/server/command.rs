//! Lines: which command goes where, and what holds for all of them.

use mailwright_wire::{LineError, Ticket};

use crate::{
    error::CommandError,
    parse,
    server::{Phase, Server, mail::bad_address},
    types::{Command, EnhancedStatus, Reply, ReplyCode},
};

/// What a web browser sends, and what is turned away at the first line: a page can make a browser send a form that has
/// SMTP commands in its body.
const WEB: [&str; 7] = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "CONNECT", "DELETE"];
/// What other protocols begin with: a TLS handshake (RFC 8446 §5.1), and a PROXY header, which is read before the session
/// where it is trusted.
const PREAMBLES: [(&[u8], &str); 2] = [
    (b"\x16", "This port speaks SMTP without TLS at first"),
    (b"PROXY ", "You may not speak for others"), // of version 2 the third line is gibberish
];

impl Server {
    /// Takes one line, if there is one.
    pub(super) fn line(&mut self) -> bool {
        if self.peer.hello.is_none()
            && let Some((_, why)) = PREAMBLES.iter().find(|(start, _)| self.input.bytes().starts_with(start))
        {
            self.foreign(why);
            return true;
        }
        let line = match self.lines.decode(self.input.bytes()) {
            Ok(None) => return false,
            Ok(Some(line)) => line,
            Err(e) => {
                self.progress += 1;
                self.bad_line(e);
                return true;
            }
        };
        self.progress += 1;
        if let Phase::Auth(_) = self.phase {
            self.response(&line);
        } else if line.len() + 2 > self.config.limits.command_line && !is_auth(&line) {
            self.bad_line(LineError::TooLong);
        } else if is_web(&line) {
            self.foreign("This is no web server");
        } else if self.peer.hello.is_none() && is_gibberish(&line) {
            self.deny(ReplyCode::UNRECOGNIZED, EnhancedStatus::permanent(5, 2), "This is not SMTP");
            self.phase = Phase::Closing;
        } else {
            match parse::command(&line) {
                Ok(command) => self.command(command),
                Err(e) => self.bad_command(&line, &e),
            }
        }
        true
    }

    fn foreign(&mut self, why: &str) {
        self.deny(ReplyCode::FAILED, EnhancedStatus::permanent(5, 1), why);
        self.phase = Phase::Closing;
    }

    fn bad_line(&mut self, e: LineError) {
        let in_auth = matches!(self.phase, Phase::Auth(_));
        if in_auth {
            self.phase = Phase::Command;
        }
        let (detail, text) = match e {
            LineError::TooLong if in_auth => (6, "Authentication exchange line is too long"),
            LineError::TooLong | LineError::Endless => (2, "Line too long"),
            LineError::BareNewline => (2, "Lines end in CRLF"),
        };
        self.deny(ReplyCode::UNRECOGNIZED, EnhancedStatus::permanent(5, detail), text);
        if e == LineError::Endless {
            self.phase = Phase::Closing;
        }
    }

    fn bad_command(&mut self, line: &[u8], e: &CommandError) {
        let reply = if is_bad_international(line, e) {
            bad_address("An address has what is no letter, or no UTF-8")
        } else {
            e.reply()
        };
        self.refuse(reply);
        if is_bdat(line) {
            // What follows is the chunk, and nobody knows how long it is.
            self.reset();
            self.phase = Phase::Closing;
        }
    }

    fn command(&mut self, command: Command) {
        if let Phase::Unwelcome = self.phase
            && command != Command::Quit
        {
            return self.out_of_order("No service here; only QUIT is accepted");
        }
        if !self.config.tls_is_met(self.peer.tls.as_ref()) && needs_tls(&command) {
            let text = "Must issue a STARTTLS command first";
            if let Command::Bdat { size, .. } = command {
                let status = EnhancedStatus::permanent(7, 0);
                return self.skip(size, Reply::new(ReplyCode::AUTHENTICATION_REQUIRED, status, text), 1);
            }
            self.deny(ReplyCode::AUTHENTICATION_REQUIRED, EnhancedStatus::permanent(7, 0), text);
            if command == Command::Data {
                self.distrust_rest();
            }
            return;
        }
        if leads_nowhere(&command) && self.is_enough_junk() {
            return;
        }
        match command {
            Command::Ehlo(name) => self.ehlo(name),
            Command::Helo(name) => self.helo(name),
            Command::Lhlo(name) => self.lhlo(name),
            Command::Mail(mail) => self.mail(mail),
            Command::Rcpt(rcpt) => self.rcpt(rcpt),
            Command::Data => self.data(),
            Command::Bdat { size, last } => self.bdat(size, last),
            Command::Burl(_) => self.not_implemented(),
            Command::Rset => {
                self.reset();
                self.say(ReplyCode::OK, EnhancedStatus::success(0, 0), "Reset");
            }
            Command::Noop => self.say(ReplyCode::OK, EnhancedStatus::success(0, 0), "OK"),
            Command::Quit => {
                self.say(ReplyCode::CLOSING, EnhancedStatus::success(0, 0), "Bye");
                self.phase = Phase::Closing;
            }
            Command::Vrfy { string, smtputf8 } => self.vrfy(string, smtputf8),
            Command::Expn { string, smtputf8 } => self.expn(string, smtputf8),
            Command::Etrn(node) => self.etrn(node),
            Command::Help(_) => {
                let help = self.config.help.clone();
                self.say(ReplyCode::HELP, EnhancedStatus::success(0, 0), &help);
            }
            Command::StartTls => self.starttls(),
            Command::Auth { mechanism, initial } => self.auth(&mechanism, initial.as_ref()),
            Command::XClient(attributes) => self.xclient(attributes),
        }
    }

    pub(super) fn out_of_order(&mut self, text: &str) {
        self.deny(ReplyCode::BAD_SEQUENCE, EnhancedStatus::permanent(5, 1), text);
    }

    pub(super) fn not_implemented(&mut self) {
        self.deny(ReplyCode::NOT_IMPLEMENTED, EnhancedStatus::permanent(5, 1), "Command not implemented");
    }

    /// Opens a question.
    pub(super) fn ask<Q>(&mut self) -> Ticket<Q> {
        self.desk.issue()
    }
}

/// What a client may do any number of times without ever sending a message.
fn leads_nowhere(command: &Command) -> bool {
    !matches!(
        command,
        Command::Mail(_)
            | Command::Rcpt(_)
            | Command::Data
            | Command::Bdat { .. }
            | Command::Auth { .. }
            | Command::StartTls
            | Command::Quit
    )
}

fn is_web(line: &[u8]) -> bool {
    let verb = line.split(|&b| b == b' ').next().unwrap_or_default();
    WEB.iter().any(|web| web.as_bytes().eq_ignore_ascii_case(verb))
}

/// Whether it begins as no command does, and as no mistyped one would.
fn is_gibberish(line: &[u8]) -> bool {
    line.first().is_some_and(|b| !matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b' ' | b'\t'))
}

/// The one command that may be longer than others, RFC 4954 §4.
fn is_auth(line: &[u8]) -> bool {
    line.get(..5).is_some_and(|verb| verb.eq_ignore_ascii_case(b"AUTH "))
}

/// Whether a chunk follows, however wrong the rest of the line.
fn is_bdat(line: &[u8]) -> bool {
    line.split_first_chunk::<4>().is_some_and(|(verb, rest)| {
        verb.eq_ignore_ascii_case(b"BDAT") && !rest.first().is_some_and(u8::is_ascii_alphanumeric)
    })
}

/// Whether what is wrong is an octet outside ASCII in an address: RFC 6531 §3.5 has a reply for that.
fn is_bad_international(line: &[u8], e: &CommandError) -> bool {
    let (CommandError::Octet { at } | CommandError::Syntax { at, .. }) = *e else { return false };
    let verb = line.get(..5).unwrap_or_default();
    let address = verb.eq_ignore_ascii_case(b"MAIL ") || verb.eq_ignore_ascii_case(b"RCPT ");
    address && line.get(at).is_some_and(|octet| !octet.is_ascii())
}

/// What is refused until TLS is up where it is required, RFC 3207 §4.
fn needs_tls(command: &Command) -> bool {
    !matches!(
        command,
        Command::Ehlo(_)
            | Command::Helo(_)
            | Command::Lhlo(_)
            | Command::StartTls
            | Command::Noop
            | Command::Quit
    )
}
