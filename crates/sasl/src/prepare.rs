//! Preparation of names and passwords, so that two ways to type the same text compare equal.

use stringprep::tables::{commonly_mapped_to_nothing, non_ascii_space_character};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::Secret;

/// Longest name or password taken, in octets. RFC 4616 §2 asks for at least 255.
pub const MAX_LEN: usize = 1024;

/// Why a name or a password cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PrepareError {
    /// Nothing is left of it.
    #[error("empty")]
    Empty,
    /// Longer than [`MAX_LEN`].
    #[error("longer than {MAX_LEN} octets")]
    TooLong,
    /// It has a control character or another one that cannot be typed reliably.
    #[error("contains a character that may not be used")]
    Prohibited,
}

/// Prepares a user name by `SASLprep`, RFC 4013 (as RFC 4616 §2 and RFC 5802 §5.1 require).
///
/// ```
/// use mailwright_sasl::prepare;
/// assert_eq!(prepare::name("I\u{AD}X").unwrap(), "IX"); // soft hyphen, RFC 4013 §3
/// assert!(prepare::name("a\0b").is_err());
/// ```
///
/// # Errors
/// When nothing is left, when it is too long, or has a character that `SASLprep` prohibits.
pub fn name(name: &str) -> Result<String, PrepareError> {
    prepare(name)
}

/// Prepares a password, when it is set as well as when it is compared.
///
/// By `SASLprep` (RFC 4013), as SCRAM requires. That profile stops at Unicode 3.2 and so knows no emoji: a
/// password that it refuses is prepared by the `OpaqueString` profile instead (RFC 8265 §4.2: spaces to U+0020,
/// NFC, no controls). Every mechanism here uses this function, so one stored password serves them all.
///
/// # Errors
/// When nothing is left, when it is too long, or has a control character.
pub fn password(password: &str) -> Result<Secret, PrepareError> {
    prepare(password).map(Secret::new)
}

fn prepare(text: &str) -> Result<String, PrepareError> {
    if text.len() > MAX_LEN {
        return Err(PrepareError::TooLong);
    }
    let prepared = match stringprep::saslprep(text) {
        Ok(prepared) => prepared.into_owned(),
        Err(_) => opaque(text)?,
    };
    if prepared.is_empty() { Err(PrepareError::Empty) } else { Ok(prepared) }
}

/// RFC 8265 §4.2.2, for what `SASLprep` does not know.
fn opaque(text: &str) -> Result<String, PrepareError> {
    let mapped: String = text
        .chars()
        .filter(|&c| !commonly_mapped_to_nothing(c))
        .map(|c| if non_ascii_space_character(c) { ' ' } else { c })
        .nfc()
        .collect();
    if mapped.chars().any(char::is_control) { Err(PrepareError::Prohibited) } else { Ok(mapped) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saslprep_examples_of_rfc_4013() {
        for (input, want) in [
            ("I\u{AD}X", "IX"),
            ("user", "user"),
            ("USER", "USER"),
            ("\u{AA}", "a"),
            ("\u{2168}", "IX"),
            ("a\u{A0}b", "a b"),
        ] {
            assert_eq!(name(input).as_deref(), Ok(want), "{input:?}");
        }
        assert_eq!(name("\u{7}"), Err(PrepareError::Prohibited));
    }

    #[test]
    fn characters_younger_than_saslprep_are_taken() {
        assert_eq!(password("pass \u{1F512} word").unwrap().expose(), "pass \u{1F512} word");
        // Composed and decomposed forms stay equal on that road too.
        assert_eq!(password("\u{1F512}e\u{301}"), password("\u{1F512}\u{E9}"));
    }

    #[test]
    fn nothing_and_too_much_are_refused() {
        assert_eq!(password(""), Err(PrepareError::Empty));
        assert_eq!(password("\u{AD}"), Err(PrepareError::Empty));
        assert!(password(&"x".repeat(MAX_LEN)).is_ok());
        assert_eq!(password(&"x".repeat(MAX_LEN + 1)), Err(PrepareError::TooLong));
    }
}
