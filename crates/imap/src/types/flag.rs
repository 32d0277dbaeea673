//! Flags: the system's and keywords.

use super::Atom;
use crate::{error::InvalidValue, parse::core::class};
use std::fmt;

/// A message flag, or one of a mailbox's `FLAGS` and `PERMANENTFLAGS` (RFC 9051 §2.3.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Flag {
    /// `\Answered`
    Answered,
    /// `\Flagged`
    Flagged,
    /// `\Deleted`
    Deleted,
    /// `\Seen`
    Seen,
    /// `\Draft`
    Draft,
    /// `\Recent`, of IMAP4rev1; only a server sets it.
    Recent,
    /// `\*` in `PERMANENTFLAGS`: new keywords may be made.
    Any,
    /// `\Something` that this crate does not know.
    Extension(Atom),
    /// A keyword.
    Keyword(Atom),
}

impl Flag {
    /// The system flag of that name, without its backslash, in any case.
    pub(crate) fn system(name: Atom) -> Self {
        let text = name.as_str();
        for (known, flag) in [
            ("Seen", Self::Seen),
            ("Deleted", Self::Deleted),
            ("Answered", Self::Answered),
            ("Flagged", Self::Flagged),
            ("Draft", Self::Draft),
            ("Recent", Self::Recent),
        ] {
            if text.eq_ignore_ascii_case(known) {
                return flag;
            }
        }
        Self::Extension(name)
    }

    /// How it is written, in two pieces.
    pub(crate) fn written(&self) -> (&'static str, &str) {
        match self {
            Self::Answered => ("\\Answered", ""),
            Self::Flagged => ("\\Flagged", ""),
            Self::Deleted => ("\\Deleted", ""),
            Self::Seen => ("\\Seen", ""),
            Self::Draft => ("\\Draft", ""),
            Self::Recent => ("\\Recent", ""),
            Self::Any => ("\\*", ""),
            Self::Extension(name) => ("\\", name.as_str()),
            Self::Keyword(name) => ("", name.as_str()),
        }
    }

    /// Whether a client may set it in `STORE` and `APPEND`.
    pub fn is_settable(&self) -> bool {
        !matches!(self, Self::Recent | Self::Any | Self::Extension(_))
    }
}

impl TryFrom<&str> for Flag {
    type Error = InvalidValue;

    fn try_from(text: &str) -> Result<Self, InvalidValue> {
        let expected = InvalidValue { expected: "a flag" };
        match text.strip_prefix('\\') {
            Some("*") => Ok(Self::Any),
            Some(name) => Atom::try_from(name).map(Self::system).map_err(|_| expected),
            // `]` is in no atom, but in keywords that clients make and servers keep.
            None if !text.is_empty() && text.bytes().all(class::is_astring) => {
                Ok(Self::Keyword(Atom::from_checked(text.into())))
            }
            None => Err(expected),
        }
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, rest) = self.written();
        write!(f, "{start}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_read_back_as_they_were_written() {
        for text in ["\\Seen", "\\Recent", "\\*", "\\Custom", "$Junk", "NonJunk", "[x]"] {
            assert_eq!(Flag::try_from(text).unwrap().to_string(), text);
        }
        assert_eq!(Flag::try_from("\\sEEN"), Ok(Flag::Seen));
        assert!(Flag::try_from("a b").is_err() && Flag::try_from("").is_err());
        assert!(Flag::try_from("\\").is_err());
    }
}
