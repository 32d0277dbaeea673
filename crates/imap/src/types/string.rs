//! Strings: whatever an atom, a quoted string or a literal carries.

use crate::error::InvalidValue;
use bytes::Bytes;
use std::fmt;

/// A string argument (`astring` or `string`, RFC 9051 §4.3): any octets but NUL. How it is written (atom, quoted,
/// literal) is decided when it is encoded.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct AString(Bytes);

impl AString {
    pub(crate) fn from_checked(bytes: Bytes) -> Self {
        Self(bytes)
    }

    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text, where it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The octets, without a copy.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl TryFrom<Bytes> for AString {
    type Error = InvalidValue;

    fn try_from(bytes: Bytes) -> Result<Self, InvalidValue> {
        if memchr::memchr(0, &bytes).is_some() {
            return Err(InvalidValue { expected: "a string without NUL" });
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<&str> for AString {
    type Error = InvalidValue;

    fn try_from(text: &str) -> Result<Self, InvalidValue> {
        Self::try_from(Bytes::copy_from_slice(text.as_bytes()))
    }
}

impl AsRef<[u8]> for AString {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for AString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

/// `nstring = string / nil` (RFC 9051 §4.5).
pub type NString = Option<Bytes>;
