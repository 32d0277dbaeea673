//! Message identifiers (RFC 5322 §3.6.4), also used as content identifiers (RFC 2045 §7).

use std::fmt;
use std::str::FromStr;

use super::{Error, error::check_text};
use crate::header::address::is_atext;

/// `msg-id = "<" id-left "@" id-right ">"`, kept without the angle brackets.
///
/// ```
/// use mailwright_message::build::MessageId;
/// let id: MessageId = "<1.a@example.test>".parse()?;
/// assert_eq!(id.as_str(), "1.a@example.test");
/// assert_eq!(id.to_string(), "<1.a@example.test>");
/// assert!("1.a@example.test>\r\nBcc: <x@y".parse::<MessageId>().is_err());
/// # Ok::<(), mailwright_message::build::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(String);

/// The longest identifier that fits on a line of 998 octets with its brackets and a space.
const LONGEST: usize = 995;

impl MessageId {
    /// An identifier with or without its angle brackets.
    ///
    /// # Errors
    /// Anything but `dot-atom-text "@" (dot-atom-text / no-fold-literal)`, control characters and line separators
    /// outside US-ASCII among it, or more than 995 octets.
    pub fn new(id: &str) -> Result<Self, Error> {
        check_text("message identifier", id)?;
        let text = id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id);
        let valid = text.len() <= LONGEST
            && text.rsplit_once('@').is_some_and(|(left, right)| {
                let literal = right.strip_prefix('[').and_then(|right| right.strip_suffix(']'));
                let right_is_literal = literal.is_some_and(|text| {
                    text.bytes().all(|b| b.is_ascii_graphic() && !b"[]\\<>".contains(&b))
                });
                is_dot_atom(left) && (right_is_literal || is_dot_atom(right))
            });
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::syntax("message identifier", "left@right", id))
        }
    }

    /// Makes an identifier from what the caller holds to be unique: a time in seconds since 1970 and a seed, for
    /// example 128 random bits.
    ///
    /// # Errors
    /// `domain` is no domain.
    ///
    /// ```
    /// use mailwright_message::build::MessageId;
    /// assert_eq!(MessageId::generate(1_700_000_000, 42, "example.test")?.as_str(), "s44we8.16@example.test");
    /// # Ok::<(), mailwright_message::build::Error>(())
    /// ```
    pub fn generate(unix_time: u64, seed: u128, domain: &str) -> Result<Self, Error> {
        Self::new(&format!("{}.{}@{domain}", base36(u128::from(unix_time)), base36(seed)))
    }

    /// The identifier without angle brackets.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

impl FromStr for MessageId {
    type Err = Error;

    fn from_str(id: &str) -> Result<Self, Error> {
        Self::new(id)
    }
}

/// `dot-atom-text = 1*atext *("." 1*atext)`; empty atoms are let through, since real identifiers have them.
fn is_dot_atom(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'.' || is_atext(byte))
}

fn base36(mut value: u128) -> String {
    let mut digits = Vec::new();
    loop {
        // Below 36, so the digit exists.
        digits.push(char::from_digit(u32::try_from(value % 36).unwrap_or_default(), 36).unwrap_or('0'));
        value /= 36;
        if value == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_identifier_is_refused() {
        for id in [
            "",
            "@",
            "a",
            "a@",
            "@b",
            "a b@c",
            "a@b\r\n",
            "a@b\0",
            "a\u{85}@b",
            "a@b\u{2028}",
            "<a@b",
            "a@b>",
            "a@<b>",
            "a@[b]c",
            "a,b@c",
        ] {
            assert!(MessageId::new(id).is_err(), "{id:?}");
        }
        for id in ["a@b", "<a.b@c.d>", "a@[127.0.0.1]", "x=y+z@[IPv6:::1]", "a..b@c"] {
            assert!(MessageId::new(id).is_ok(), "{id:?}");
        }
        assert!(MessageId::new(&format!("{}@b", "a".repeat(994))).is_err());
    }

    #[test]
    fn generated_identifiers_differ_with_time_and_seed() {
        let id = |time, seed| MessageId::generate(time, seed, "a.test").unwrap();
        assert_ne!(id(1, 2), id(2, 1));
        assert_ne!(id(1, 0), id(1, u128::MAX));
    }
}
