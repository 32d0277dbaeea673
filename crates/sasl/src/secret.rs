//! [`Secret`]: a password or token that is wiped when dropped and never printed.

use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A password or a bearer token.
///
/// Its memory is overwritten when it is dropped, `Debug` does not show it, and `==` takes the same time
/// wherever the first difference is (the *length* is not hidden).
///
/// ```
/// use mailwright_sasl::Secret;
/// let secret = Secret::new("correct horse");
/// assert_eq!(format!("{secret:?}"), "Secret(..)");
/// assert_eq!(secret, Secret::new("correct horse"));
/// assert_eq!(secret.expose(), "correct horse");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over; nothing is copied when it is a `String` already.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Do not log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
