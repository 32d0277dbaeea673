//! Rights: what a user may do with a mailbox.

use crate::error::InvalidValue;
use std::fmt;

/// A set of the standard rights (RFC 4314 §2.1).
///
/// Written, it has the obsolete letters `c` and `d` too where one of the rights is in it that they stand for; read, they
/// stand for all of these (RFC 4314 §2.1.1).
///
/// ```
/// use mailwright_imap::types::Rights;
///
/// let rights = Rights::parse(b"lrswid")?;
/// assert!(rights.contains(Rights::READ | Rights::EXPUNGE));
/// assert_eq!(rights.to_string(), "lrswited");
/// assert!(Rights::parse(b"lrQ").is_err());
/// # Ok::<(), mailwright_imap::error::InvalidValue>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Rights(u32);

impl Rights {
    /// No right.
    pub const NONE: Self = Self(0);
    /// `l`: the mailbox is listed.
    pub const LOOKUP: Self = Self(1);
    /// `r`: it is selected, and its numbers are told.
    pub const READ: Self = Self(1 << 1);
    /// `s`: `\Seen` is set and removed.
    pub const SEEN: Self = Self(1 << 2);
    /// `w`: other flags but `\Deleted` are.
    pub const WRITE: Self = Self(1 << 3);
    /// `i`: messages are put in.
    pub const INSERT: Self = Self(1 << 4);
    /// `p`: mail is sent to its address. IMAP itself does not look at it.
    pub const POST: Self = Self(1 << 5);
    /// `k`: mailboxes are made below it.
    pub const CREATE: Self = Self(1 << 6);
    /// `x`: it is deleted or renamed.
    pub const DELETE_MAILBOX: Self = Self(1 << 7);
    /// `t`: `\Deleted` is set and removed.
    pub const DELETE_MESSAGES: Self = Self(1 << 8);
    /// `e`: messages are expunged.
    pub const EXPUNGE: Self = Self(1 << 9);
    /// `a`: rights are read, given and taken.
    pub const ADMINISTER: Self = Self(1 << 10);
    /// All of them.
    pub const ALL: Self = Self((1 << 11) - 1);
    /// At least one of these is needed to be told one's rights (RFC 4314 §4, `MYRIGHTS`).
    pub const TELLING: Self = Self(
        Self::LOOKUP.0
            | Self::READ.0
            | Self::INSERT.0
            | Self::CREATE.0
            | Self::DELETE_MAILBOX.0
            | Self::ADMINISTER.0,
    );

    /// Letters in the order in which they are written, each with what it stands for.
    const LETTERS: [(u8, Self); 13] = [
        (b'l', Self::LOOKUP),
        (b'r', Self::READ),
        (b's', Self::SEEN),
        (b'w', Self::WRITE),
        (b'i', Self::INSERT),
        (b'p', Self::POST),
        (b'k', Self::CREATE),
        (b'x', Self::DELETE_MAILBOX),
        (b't', Self::DELETE_MESSAGES),
        (b'e', Self::EXPUNGE),
        (b'c', Self(Self::CREATE.0 | Self::DELETE_MAILBOX.0)),
        (b'd', Self(Self::DELETE_MESSAGES.0 | Self::EXPUNGE.0)),
        (b'a', Self::ADMINISTER),
    ];

    /// The rights that letters stand for, in any order.
    ///
    /// # Errors
    ///
    /// When a letter stands for none; upper case never does.
    pub fn parse(letters: &[u8]) -> Result<Self, InvalidValue> {
        letters.iter().try_fold(Self::NONE, |rights, letter| {
            let known = Self::LETTERS.iter().find(|(known, _)| known == letter);
            known.map(|(_, meant)| rights | *meant).ok_or(InvalidValue { expected: "a standard right" })
        })
    }

    /// The set with these bits, as [`bits`](Self::bits) gave them; others are passed over.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// A bit for each right, the same in every version of this crate.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` are in the set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether one of `other` is in the set.
    pub const fn has_any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether no right is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The letters of the set, the obsolete ones too, each by itself.
    pub fn letters(self) -> impl Iterator<Item = char> {
        Self::LETTERS
            .into_iter()
            .filter(move |(_, meant)| self.has_any(*meant))
            .map(|(letter, _)| char::from(letter))
    }
}

impl std::ops::BitOr for Rights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.letters().try_for_each(|letter| fmt::Write::write_char(f, letter))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rights({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obsolete_letters_stand_for_newer_ones_and_are_written_with_them() {
        for (read, written) in [
            ("", ""),
            ("lrs", "lrs"),
            ("srl", "lrs"),
            ("d", "ted"),
            ("c", "kxc"),
            ("k", "kc"),
            ("x", "xc"),
            ("e", "ed"),
            ("lrswicda", "lrswikxtecda"),
            ("lrswipkxtea", "lrswipkxtecda"),
        ] {
            assert_eq!(Rights::parse(read.as_bytes()).unwrap().to_string(), written, "{read}");
        }
        assert_eq!(Rights::parse(b"lrswipkxtecda"), Ok(Rights::ALL));
        for wrong in ["L", "q", "0", "lr s", "\u{e9}"] {
            assert!(Rights::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(Rights::from_bits(Rights::ALL.bits()), Rights::ALL);
    }
}
