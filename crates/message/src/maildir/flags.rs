//! The flags at the end of a file name in a Maildir.

use std::fmt;
use std::ops::BitOr;

/// A set of flags: the six letters with a meaning, and 26 keywords `a` to `z` whose meaning others define.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(u64);

impl Flags {
    /// `D`: a draft.
    pub const DRAFT: Self = Self::letter(b'D');
    /// `F`: marked by the user.
    pub const FLAGGED: Self = Self::letter(b'F');
    /// `P`: passed on.
    pub const PASSED: Self = Self::letter(b'P');
    /// `R`: replied to.
    pub const REPLIED: Self = Self::letter(b'R');
    /// `S`: seen.
    pub const SEEN: Self = Self::letter(b'S');
    /// `T`: to be removed.
    pub const TRASHED: Self = Self::letter(b'T');

    /// `A` is bit 0, `z` bit 57: their order as octets is that of the letters in a name.
    const fn letter(letter: u8) -> Self {
        Self(1 << (letter - b'A'))
    }

    /// A keyword, `a` to `z`.
    pub const fn keyword(letter: char) -> Option<Self> {
        if letter.is_ascii_lowercase() { Some(Self::letter(letter as u8)) } else { None }
    }

    /// Reads letters in any order; others are ignored.
    pub(super) fn parse(text: &str) -> Self {
        text.bytes()
            .filter(u8::is_ascii_alphabetic)
            .fold(Self::default(), |flags, letter| flags | Self::letter(letter))
    }

    /// Whether all of `other` are set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those set here and not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The letters in order, as a name has them.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (b'A'..=b'z')
            .filter(|letter| letter.is_ascii_alphabetic() && self.contains(Self::letter(*letter)))
            .try_for_each(|letter| write!(f, "{}", char::from(letter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_written_in_order_and_read_in_any() {
        let flags = Flags::parse("zS1aF,S");
        assert_eq!(flags.to_string(), "FSaz");
        assert!(flags.contains(Flags::SEEN | Flags::FLAGGED) && !flags.contains(Flags::DRAFT));
        assert_eq!(flags.without(Flags::SEEN).to_string(), "Faz");
        assert_eq!(Flags::keyword('a').map(|flags| flags.to_string()), Some("a".into()));
        assert_eq!(Flags::keyword('A'), None);
    }
}
