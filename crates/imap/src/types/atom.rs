//! Atoms and tags: the words of the protocol.

use super::Octets;
use crate::{error::InvalidValue, parse::core::class};
use std::fmt;

/// `atom = 1*ATOM-CHAR` (RFC 9051 §9). Compares without regard to ASCII case.
#[derive(Clone)]
pub struct Atom(Octets);

impl Atom {
    /// Takes bytes that are known to be atom characters.
    pub(crate) fn from_checked(text: Octets) -> Self {
        debug_assert!(!text.is_empty() && text.iter().all(|&b| class::is_astring(b)));
        Self(text)
    }

    /// The octets, in the case in which they were written.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, in the case in which it was written.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl TryFrom<&str> for Atom {
    type Error = InvalidValue;

    fn try_from(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() || !text.bytes().all(class::is_atom) {
            return Err(InvalidValue { expected: "an atom" });
        }
        Ok(Self(text.into()))
    }
}

impl PartialEq for Atom {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Atom {}

impl PartialOrd for Atom {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Atom {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let lower = |atom: &Self| atom.0.iter().map(u8::to_ascii_lowercase).collect::<Vec<_>>();
        lower(self).cmp(&lower(other))
    }
}

impl std::hash::Hash for Atom {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        for byte in self.0.iter() {
            state.write_u8(byte.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Atom({})", self.as_str())
    }
}

/// The word that joins a command to its completion (RFC 9051 §2.2.1). At most [`Tag::MAX`] octets.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Tag(Octets);

impl Tag {
    /// The longest tag a server session answers to, in octets.
    pub const MAX: usize = 255;

    pub(crate) fn from_checked(text: Octets) -> Self {
        debug_assert!(!text.is_empty() && text.iter().all(|&b| class::is_tag(b)));
        Self(text)
    }

    /// The octets of the tag.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text of the tag.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl TryFrom<&str> for Tag {
    type Error = InvalidValue;

    fn try_from(text: &str) -> Result<Self, InvalidValue> {
        if text.is_empty() || text.len() > Self::MAX || !text.bytes().all(class::is_tag) {
            return Err(InvalidValue { expected: "a tag" });
        }
        Ok(Self(text.into()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({})", self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn atoms_compare_without_case_and_keep_theirs() {
        let atom = Atom::try_from("$Forwarded").unwrap();
        assert_eq!(atom, Atom::try_from("$FORWARDED").unwrap());
        assert_eq!(atom.as_str(), "$Forwarded");
        assert_eq!(Atom::try_from("a b"), Err(InvalidValue { expected: "an atom" }));
        assert!(Atom::try_from("").is_err());
    }

    #[test]
    fn a_tag_has_no_plus_and_a_bounded_length() {
        assert!(Tag::try_from("a+1").is_err());
        assert!(Tag::try_from("a]1").is_ok());
        assert!(Tag::try_from("x".repeat(255).as_str()).is_ok());
        assert!(Tag::try_from("x".repeat(256).as_str()).is_err());
    }
}
