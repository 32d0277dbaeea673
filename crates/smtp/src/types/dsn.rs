//! What a sender says about delivery status notifications: RFC 3461.

use std::{fmt, str::FromStr};

use crate::error::SyntaxError;

/// How much of the message a failure report returns: RFC 3461 §4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ret {
    /// The whole message.
    Full,
    /// Its header only.
    Hdrs,
}

/// The sender's own name for the transaction, RFC 3461 §4.4: printable ASCII, 100 octets at most once encoded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EnvelopeId(Box<str>);

impl EnvelopeId {
    /// The longest encoded form, in octets.
    pub const MAX: usize = 100;

    /// As it means, xtext undone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EnvelopeId {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        let expected = "an envelope id of printable ASCII, at most 100 octets as xtext";
        if let Some(at) = text.bytes().position(|b| !matches!(b, b' '..=b'~')) {
            return Err(SyntaxError { expected, at });
        }
        if text.is_empty() || crate::encode::xtext::len(text) > Self::MAX {
            return Err(SyntaxError { expected, at: text.len() });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for EnvelopeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// When the sender wants to hear of a recipient: RFC 3461 §4.1. Nothing set is `NEVER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Notify {
    /// On delivery.
    pub success: bool,
    /// On failure for good.
    pub failure: bool,
    /// When delivery takes unusually long.
    pub delay: bool,
}

impl Notify {
    /// `NOTIFY=NEVER`
    pub const NEVER: Self = Self { success: false, failure: false, delay: false };

    /// What holds where the parameter is absent: failures, and delays at the server's discretion.
    pub const DEFAULT: Self = Self { success: false, failure: true, delay: true };
}

/// The recipient as it was first addressed, RFC 3461 §4.2: `rfc822;joe@example.org`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OriginalRecipient {
    /// As `rfc822;joe@example.org`, encoding undone.
    text: Box<str>,
    /// Where the semicolon stands.
    at: usize,
}

impl OriginalRecipient {
    /// The longest value, in octets, once encoded: RFC 3461 §4.2.
    pub const MAX: usize = 500;

    /// `address_type` is an atom (`rfc822`, `utf-8`); `address` is as it means, encoding undone.
    ///
    /// # Errors
    /// Anything else, an address that is empty or has control characters, one outside ASCII with a type other than
    /// `utf-8` (RFC 6533 §3), or one too long.
    pub fn new(address_type: &str, address: &str) -> Result<Self, SyntaxError> {
        let utf8 = address_type.eq_ignore_ascii_case("utf-8");
        let bad = |c: char| if c.is_ascii() { !matches!(c, ' '..='~') } else { !utf8 || c.is_control() };
        if let Some(at) = address.find(bad) {
            return Err(SyntaxError { expected: "an original recipient of printable characters", at });
        }
        Self::as_written(&format!("{address_type};{address}"), address_type.len())
    }

    /// Text with a semicolon there, behind which are printable characters.
    pub(crate) fn as_written(text: &str, semicolon: usize) -> Result<Self, SyntaxError> {
        if let Some(at) = text[..semicolon].bytes().position(|b| !crate::parse::address::is_atext(b)) {
            return Err(SyntaxError { expected: "an address type that is an atom", at });
        }
        if semicolon == 0 || semicolon + 1 == text.len() || text.len() > Self::MAX + 1 {
            return Err(SyntaxError { expected: "an original recipient of 1 to 500 octets", at: 0 });
        }
        Ok(Self { text: text.into(), at: semicolon })
    }

    /// `rfc822`, `utf-8`, or another.
    pub fn address_type(&self) -> &str {
        &self.text[..self.at]
    }

    /// The address, encoding undone.
    pub fn address(&self) -> &str {
        &self.text[self.at + 1..]
    }
}
