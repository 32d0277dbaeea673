//! A mailbox: local part, `@`, domain.

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use crate::{
    error::SyntaxError,
    parse,
    types::{AddressLiteral, Domain},
};

/// An address of the envelope, RFC 5321 §4.1.2 and RFC 6531 §3.3.
///
/// The local part is kept as it means, without quotes and backslashes, and is quoted again when written, only where
/// it must be: `"a b"@c` keeps its quotes and `"ab"@c` is `ab@c`. Two mailboxes are equal when the local parts are
/// the same octets and the domains differ in ASCII case at most.
///
/// ```
/// use mailwright_smtp::types::Mailbox;
/// let mailbox: Mailbox = r#""Joe \"the\" Smith"@Example.org"#.parse()?;
/// assert_eq!(mailbox.local_part(), r#"Joe "the" Smith"#);
/// assert_eq!(mailbox.domain(), "Example.org");
/// assert_eq!(mailbox.to_string(), r#""Joe \"the\" Smith"@Example.org"#);
/// # Ok::<(), mailwright_smtp::error::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Local part (as it means), `@`, domain: one allocation for the value that every command carries.
    text: Box<str>,
    at: usize,
}

impl Mailbox {
    /// The longest local part taken, in octets. RFC 5321 §4.5.3.1.1 asks for 64 at least; bounce addresses are longer.
    pub const LOCAL_PART_MAX: usize = 255;

    /// A mailbox of these parts: the local part as it means (it is quoted when written), and a domain or an address
    /// literal.
    ///
    /// # Errors
    /// Control characters (so CR, LF and NUL) in the local part, one that is too long, or a bad domain.
    pub fn new(local_part: &str, domain: &str) -> Result<Self, SyntaxError> {
        if local_part.len() > Self::LOCAL_PART_MAX {
            return Err(SyntaxError { expected: "a shorter local part", at: Self::LOCAL_PART_MAX });
        }
        if let Some(at) = local_part.find(|c| !parse::address::is_quotable(c)) {
            return Err(SyntaxError { expected: "a local part of printable characters", at });
        }
        parse::whole(domain, parse::address::host, "a domain or an address literal")?;
        Ok(Self::join(local_part, domain))
    }

    /// Text that the grammar has seen already, without quotes.
    pub(crate) fn as_written(text: &str, at: usize) -> Self {
        Self { text: text.into(), at }
    }

    /// Parts that the grammar has seen already.
    pub(crate) fn join(local_part: &str, domain: &str) -> Self {
        let mut text = String::with_capacity(local_part.len() + 1 + domain.len());
        text.push_str(local_part);
        text.push('@');
        text.push_str(domain);
        Self { text: text.into(), at: local_part.len() }
    }

    /// What is before the `@`, as it means: without quotes.
    pub fn local_part(&self) -> &str {
        &self.text[..self.at]
    }

    /// What is after the `@`: a domain name, or an address literal in its brackets.
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The domain name, unless an address literal stands there.
    pub fn domain_name(&self) -> Option<Domain> {
        self.domain().parse().ok()
    }

    /// The address literal, unless a domain name stands there.
    pub fn address_literal(&self) -> Option<AddressLiteral> {
        self.domain().parse().ok()
    }

    /// Without need for SMTPUTF8.
    pub fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local_part();
        if parse::address::is_dot_string(local) {
            return f.write_str(&self.text);
        }
        f.write_str("\"")?;
        for piece in local.split_inclusive(['"', '\\']) {
            let plain = piece.trim_end_matches(['"', '\\']);
            f.write_str(plain)?;
            if let Some(special) = piece[plain.len()..].chars().next() {
                write!(f, "\\{special}")?;
            }
        }
        write!(f, "\"@{}", self.domain())
    }
}

impl FromStr for Mailbox {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        parse::whole(text, parse::address::mailbox, "a mailbox")
    }
}

impl PartialEq for Mailbox {
    fn eq(&self, other: &Self) -> bool {
        self.local_part() == other.local_part() && self.domain().eq_ignore_ascii_case(other.domain())
    }
}

impl Eq for Mailbox {}

impl Hash for Mailbox {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.local_part().hash(state);
        self.domain().bytes().for_each(|b| state.write_u8(b.to_ascii_lowercase()));
        state.write_u8(0xff);
    }
}
