//! Mailbox names, in Unicode whatever way the wire writes them.

use super::{Octets, mutf7};
use std::{borrow::Cow, fmt};

/// The name of a mailbox (RFC 9051 §5.1). `INBOX` is written so whatever its case was on the wire.
///
/// On the wire it is modified UTF-7 for IMAP4rev1 and UTF-8 once IMAP4rev2 or `UTF8=ACCEPT` is enabled. A name that
/// is neither keeps its octets ([`is_valid`](Self::is_valid) says so), so that a client can give it back to the server
/// that made it; a server session refuses it.
/// The default is the empty name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct MailboxName {
    /// UTF-8.
    name: Octets,
    /// What the wire had, where that is no name.
    raw: Option<Box<Octets>>,
}

impl MailboxName {
    /// The mailbox that every account has.
    pub fn inbox() -> Self {
        Self { name: "INBOX".into(), raw: None }
    }

    /// A name in Unicode.
    pub fn new(name: &str) -> Self {
        Self::of_utf8(name.as_bytes())
    }

    /// A name that is alike in both ways to write it.
    #[inline]
    pub(crate) fn plain(wire: &[u8]) -> Option<Self> {
        // Looking at all of them is quicker than stopping at the first.
        let is_plain = wire.iter().fold(true, |all, &byte| all & is_plain(byte));
        is_plain.then(|| Self::of_utf8(wire))
    }

    #[inline]
    fn of_utf8(name: &[u8]) -> Self {
        if name.eq_ignore_ascii_case(b"INBOX") {
            Self::inbox()
        } else {
            Self { name: name.into(), raw: None }
        }
    }

    /// Reads a name from the wire. With `utf8` it is UTF-8, else modified UTF-7; names in plain 8-bit UTF-8, as some
    /// peers send them unasked, are read too.
    pub fn from_wire(wire: &[u8], utf8: bool) -> Self {
        if let Some(plain) = Self::plain(wire) {
            return plain;
        }
        let decoded = if utf8 { None } else { mutf7::decode(wire) };
        if let Some(name) = decoded {
            return Self::new(&name);
        }
        match std::str::from_utf8(wire) {
            Ok(name) if utf8 || (!name.is_ascii() && !name.contains('&')) => Self::new(name),
            _ => Self { name: (&*String::from_utf8_lossy(wire)).into(), raw: Some(Box::new(wire.into())) },
        }
    }

    /// The name as the wire has it.
    pub fn to_wire(&self, utf8: bool) -> Cow<'_, [u8]> {
        match &self.raw {
            Some(raw) => Cow::Borrowed(raw),
            None if utf8 || self.is_plain() => Cow::Borrowed(&self.name),
            None => Cow::Owned(mutf7::encode(self.as_str()).into_bytes()),
        }
    }

    fn is_plain(&self) -> bool {
        self.name.iter().fold(true, |all, &byte| all & is_plain(byte))
    }

    /// The name in Unicode; for an invalid one, the nearest that can be shown.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or_default()
    }

    /// Whether the wire's octets were a name.
    pub fn is_valid(&self) -> bool {
        self.raw.is_none()
    }

    /// Whether it is `INBOX`.
    pub fn is_inbox(&self) -> bool {
        self.name == "INBOX"
    }
}

/// Whether a byte stands for itself in modified UTF-7 and in UTF-8.
fn is_plain(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b'&'
}

impl From<&str> for MailboxName {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inbox_has_one_name() {
        for wire in ["inbox", "INBOX", "InBoX"] {
            let name = MailboxName::from_wire(wire.as_bytes(), false);
            assert_eq!(name, MailboxName::inbox());
        }
        assert!(!MailboxName::new("INBOX/a").is_inbox());
    }

    #[test]
    fn what_is_no_name_keeps_its_octets() {
        let wire = b"&bad";
        let name = MailboxName::from_wire(wire, false);
        assert!(!name.is_valid());
        assert_eq!(&*name.to_wire(false), b"&bad");
        assert!(MailboxName::from_wire(wire, true).is_valid());
    }

    #[test]
    fn names_are_written_for_the_revision_in_use() {
        let name = MailboxName::new("Entw\u{fc}rfe & mehr");
        assert_eq!(&*name.to_wire(false), b"Entw&APw-rfe &- mehr");
        assert_eq!(&*name.to_wire(true), "Entw\u{fc}rfe & mehr".as_bytes());
    }
}
