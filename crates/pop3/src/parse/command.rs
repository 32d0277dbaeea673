//! A command line to a [`Command`].

use mailwright_sasl::Secret;
use thiserror::Error;

use super::number::number;
use crate::types::{Apop, Command, MessageNumber};

/// Why a line is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SyntaxError {
    /// No command has this keyword.
    #[error("unknown command")]
    Unknown,
    /// The argument is missing, or is none.
    #[error("expected {0}")]
    Expected(&'static str),
    /// A control character, or what is not UTF-8.
    #[error("line has a character that may not stand there")]
    Character,
    /// A number that no message can have.
    #[error("no such message")]
    NoSuchMessage,
}

/// Reads a command line without its CRLF.
///
/// `command = keyword *(SP argument)`, RFC 2449 §4; the keyword has no case. Spaces at the end are forgiven, except
/// after `PASS`, where they belong to the password (RFC 1939 §7).
///
/// ```
/// use mailwright_pop3::{parse, types::{Command, MessageNumber}};
/// assert_eq!(parse::command(b"retr 1"), Ok(Command::Retr(MessageNumber::new(1).unwrap())));
/// assert_eq!(parse::command(b"RETR 0"), Err(parse::SyntaxError::NoSuchMessage));
/// ```
///
/// # Errors
/// When it is no command; the text is fit to be shown to the client.
pub fn command(line: &[u8]) -> Result<Command, SyntaxError> {
    let line = std::str::from_utf8(line).map_err(|_| SyntaxError::Character)?;
    if line.chars().any(char::is_control) {
        return Err(SyntaxError::Character);
    }
    let (keyword, rest) = line.split_once(' ').unwrap_or((line, ""));
    if keyword.eq_ignore_ascii_case("PASS") {
        let password =
            Some(rest).filter(|rest| !rest.is_empty()).ok_or(SyntaxError::Expected("a password"))?;
        return Ok(Command::Pass(Secret::new(password)));
    }
    let rest = rest.trim_end_matches(' ');
    let mut keyword = keyword.to_owned();
    keyword.make_ascii_uppercase();
    let plain =
        |command| if rest.is_empty() { Ok(command) } else { Err(SyntaxError::Expected("no argument")) };
    match keyword.as_str() {
        "APOP" => apop(rest).map(Command::Apop),
        "AUTH" => auth(rest),
        "CAPA" => plain(Command::Capa),
        "DELE" => message(rest).map(Command::Dele),
        "LANG" => lang(rest).map(Command::Lang),
        "LIST" => optional(rest).map(Command::List),
        "NOOP" => plain(Command::Noop),
        "QUIT" => plain(Command::Quit),
        "RETR" => message(rest).map(Command::Retr),
        "RSET" => plain(Command::Rset),
        "STAT" => plain(Command::Stat),
        "STLS" => plain(Command::Stls),
        "TOP" => top(rest),
        "UIDL" => optional(rest).map(Command::Uidl),
        "USER" if rest.is_empty() => Err(SyntaxError::Expected("a user name")),
        "USER" => Ok(Command::User(rest.into())),
        "UTF8" => plain(Command::Utf8),
        _ => Err(SyntaxError::Unknown),
    }
}

/// `msg = 1*DIGIT`
fn message(text: &str) -> Result<MessageNumber, SyntaxError> {
    let number = number(text).ok_or(SyntaxError::Expected("a message number"))?;
    u32::try_from(number).ok().and_then(MessageNumber::new).ok_or(SyntaxError::NoSuchMessage)
}

fn optional(text: &str) -> Result<Option<MessageNumber>, SyntaxError> {
    if text.is_empty() { Ok(None) } else { message(text).map(Some) }
}

/// `top = "TOP" SP msg SP n`
fn top(text: &str) -> Result<Command, SyntaxError> {
    let expected = SyntaxError::Expected("a message number and a number of lines");
    let (msg, lines) = text.split_once(' ').ok_or(expected)?;
    let lines = number(lines).ok_or(expected)?;
    Ok(Command::Top(message(msg)?, lines))
}

/// `apop = "APOP" SP name SP 32HEXDIG`, lower case
fn apop(text: &str) -> Result<Apop, SyntaxError> {
    let hex = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    match text.rsplit_once(' ') {
        Some((name, digest)) if !name.is_empty() && digest.len() == 32 && digest.bytes().all(hex) => {
            Ok(Apop { name: name.into(), digest: digest.into() })
        }
        _ => Err(SyntaxError::Expected("a user name and an MD5 digest")),
    }
}

/// `auth = "AUTH" [SP mechanism [SP initial-response]]`, RFC 5034 §4
fn auth(text: &str) -> Result<Command, SyntaxError> {
    if text.is_empty() {
        return Ok(Command::Auth { mechanism: None, initial: None });
    }
    let (mechanism, initial) = match text.split_once(' ') {
        Some((mechanism, initial)) => (mechanism, Some(initial)),
        None => (text, None),
    };
    // sasl-mech = 1*20mech-char, RFC 4422 §3.1
    let named = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    if !(1..=20).contains(&mechanism.len()) || !mechanism.bytes().all(named) {
        return Err(SyntaxError::Expected("a mechanism's name"));
    }
    Ok(Command::Auth { mechanism: Some(mechanism.into()), initial: initial.map(Secret::new) })
}

/// `lang = "LANG" [SP lang-range]`, RFC 6856 §3
fn lang(text: &str) -> Result<Option<Box<str>>, SyntaxError> {
    let range = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'*';
    match text {
        "" => Ok(None),
        _ if text.len() <= 64 && text.bytes().all(range) => Ok(Some(text.into())),
        _ => Err(SyntaxError::Expected("a language tag")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(n: u32) -> MessageNumber {
        MessageNumber::new(n).unwrap()
    }

    #[test]
    fn keywords_have_no_case_and_spaces_at_the_end_are_forgiven() {
        assert_eq!(command(b"qUiT"), Ok(Command::Quit));
        assert_eq!(command(b"STAT  "), Ok(Command::Stat));
        assert_eq!(command(b"LIST "), Ok(Command::List(None)));
        assert_eq!(command(b"RETR 00012"), Ok(Command::Retr(number(12))));
    }

    #[test]
    fn message_numbers_are_digits_and_not_zero() {
        for bad in ["-1", "+1", "1x", "x", "1 2", "0x1", "\u{661}"] {
            for verb in ["RETR", "DELE", "LIST", "UIDL"] {
                let line = format!("{verb} {bad}");
                assert_eq!(
                    command(line.as_bytes()),
                    Err(SyntaxError::Expected("a message number")),
                    "{line}"
                );
            }
        }
        for missing in ["0", "4294967296", "18446744073709551617", "99999999999999999999999999"] {
            let line = format!("RETR {missing}");
            assert_eq!(command(line.as_bytes()), Err(SyntaxError::NoSuchMessage), "{line}");
        }
        assert_eq!(command(b"RETR 4294967295"), Ok(Command::Retr(number(u32::MAX))));
        assert!(command(b"RETR").is_err());
        assert!(command(b"DELE").is_err());
    }

    #[test]
    fn top_takes_any_number_of_lines_but_no_negative_one() {
        assert_eq!(command(b"TOP 1 0"), Ok(Command::Top(number(1), 0)));
        assert_eq!(command(b"TOP 1 18446744073709551615"), Ok(Command::Top(number(1), u64::MAX)));
        assert_eq!(command(b"TOP 1 99999999999999999999999"), Ok(Command::Top(number(1), u64::MAX)));
        for bad in ["TOP", "TOP 1", "TOP 1 -1", "TOP 1 x", "TOP 1 2 3", "TOP  1 2"] {
            assert!(command(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn passwords_keep_their_spaces() {
        assert_eq!(command(b"PASS  a b "), Ok(Command::Pass(Secret::new(" a b "))));
        assert_eq!(command(b"PASS"), Err(SyntaxError::Expected("a password")));
        assert_eq!(command(b"USER a b"), Ok(Command::User("a b".into())));
    }

    #[test]
    fn control_characters_are_refused() {
        for bad in [
            &b"USER a\0b"[..],
            b"USER a\rb",
            b"PASS \x07",
            b"\x16\x03\x01",
            b"USER \xff",
            b"NOOP\t",
            "USER a\u{85}b".as_bytes(),
        ] {
            assert_eq!(command(bad), Err(SyntaxError::Character), "{bad:?}");
        }
    }

    #[test]
    fn apop_and_auth() {
        assert_eq!(
            command(b"APOP mrose c4c9334bac560ecc979e58001b3e22fb"),
            Ok(Command::Apop(Apop {
                name: "mrose".into(),
                digest: "c4c9334bac560ecc979e58001b3e22fb".into()
            }))
        );
        for bad in [
            "APOP",
            "APOP mrose",
            "APOP  c4c9334bac560ecc979e58001b3e22fb",
            "APOP m C4C9334bac560ecc979e58001b3e22fb",
            "APOP m c4c9",
        ] {
            assert!(command(bad.as_bytes()).is_err(), "{bad}");
        }
        let auth = |m: &str, i: Option<&str>| {
            Ok(Command::Auth { mechanism: Some(m.into()), initial: i.map(Secret::new) })
        };
        assert_eq!(command(b"AUTH PLAIN"), auth("PLAIN", None));
        assert_eq!(command(b"AUTH PLAIN ="), auth("PLAIN", Some("=")));
        assert_eq!(command(b"AUTH PLAIN dGVzdAB0ZXN0AHRlc3Q="), auth("PLAIN", Some("dGVzdAB0ZXN0AHRlc3Q=")));
        assert!(command(b"AUTH PL@IN").is_err());
        assert!(command(b"AUTH ABCDEFGHIJKLMNOPQRSTU").is_err());
    }
}
