//! Why something cannot be built.

/// A value that has no place in a message. Nothing is written when this is returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A control character (CR, LF, NUL, ...) or line separator where text was expected. This is what keeps a value
    /// from starting a header field of its own.
    #[error("{what}: character U+{:04X} at octet {at} is not allowed", u32::from(*.character))]
    Control {
        /// What was being built, as `"Subject"` or `"file name"`.
        what: String,
        /// The character.
        character: char,
        /// Its place in the value, in octets.
        at: usize,
    },
    /// The value does not follow its grammar.
    #[error("{what}: expected {expected}, found {found:?}")]
    Syntax {
        /// What was being built.
        what: &'static str,
        /// What the grammar asks for.
        expected: &'static str,
        /// What was there (at most 64 characters of it).
        found: String,
    },
    /// A word that cannot be folded does not fit into a line of 998 octets (RFC 5322 §2.1.1).
    #[error("{0}: a word is too long for a line of 998 octets")]
    TooLong(String),
    /// The value needs internationalised headers (RFC 6532), which were not allowed.
    #[error("{0}: not US-ASCII, and UTF-8 headers are not allowed")]
    NeedsUtf8(String),
    /// A field that every message must have is missing (RFC 5322 §3.6).
    #[error("{0} is missing")]
    Missing(&'static str),
    /// More than one way to make the body was used at once.
    #[error("the body is given twice: by `body` and by `text`, `html` or `attach`")]
    TwoBodies,
}

impl Error {
    pub(crate) fn syntax(what: &'static str, expected: &'static str, found: &str) -> Self {
        Self::Syntax { what, expected, found: found.chars().take(64).collect() }
    }
}

/// Refuses control characters but TAB, and the line and paragraph separators of Unicode.
pub(crate) fn check_text(what: &str, text: &str) -> Result<(), Error> {
    // All octets without a branch: none of those that are refused, in UTF-8, is without one of these.
    if !text.bytes().fold(false, |found, byte| found | matches!(byte, 0..=31 | 127 | 0xc2 | 0xe2)) {
        return Ok(());
    }
    let bad = |c: char| (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}');
    match text.char_indices().find(|&(_, c)| bad(c)) {
        None => Ok(()),
        Some((at, character)) => Err(Error::Control { what: what.to_owned(), character, at }),
    }
}
