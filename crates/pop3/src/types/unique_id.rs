//! [`UniqueId`]: what stays the same about a message from session to session.

use std::fmt;

use thiserror::Error;

/// A message's unique identifier: 1 to 70 characters from `!` to `~`, RFC 1939 §7 (UIDL).
///
/// It must not change as long as the message exists, nor be given to another message of the same maildrop.
///
/// ```
/// use mailwright_pop3::types::UniqueId;
/// assert_eq!(UniqueId::new("whqtswO00WBw418f9t5JxYwZ")?.as_str(), "whqtswO00WBw418f9t5JxYwZ");
/// assert!(UniqueId::new("two words").is_err());
/// # Ok::<(), mailwright_pop3::types::UniqueIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UniqueId(Box<str>);

/// Text that is no unique identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected 1 to 70 characters from '!' to '~'")]
pub struct UniqueIdError;

impl UniqueId {
    /// Longest identifier in characters.
    pub const MAX_LEN: usize = 70;

    /// Takes it if it is one.
    ///
    /// # Errors
    /// When it is empty, too long, or has another character.
    pub fn new(id: impl Into<Box<str>>) -> Result<Self, UniqueIdError> {
        let id = id.into();
        let fits = (1..=Self::MAX_LEN).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(id)) } else { Err(UniqueIdError) }
    }

    /// What a client takes from a server: some send longer ones, or ones with a space.
    pub(crate) fn lenient(id: &str) -> Option<Self> {
        (!id.is_empty() && !id.contains(char::is_control)).then(|| Self(id.into()))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_seventy_graphic_characters() {
        for good in ["!", "~", &"x".repeat(70)] {
            assert!(UniqueId::new(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "a b", "a\r\n", "\u{e9}", "\x7f", &"x".repeat(71)] {
            assert!(UniqueId::new(bad).is_err(), "{bad:?}");
        }
    }
}
