//! `text`: the words for people in a status response, on one line.

use bytes::Bytes;
use std::{borrow::Cow, fmt};

/// Words for people: anything without CR, LF or NUL (RFC 9051 §9, `text`). May be empty.
///
/// Usually UTF-8, but old servers send other charsets: [`Text::to_str`] replaces what it cannot read.
///
/// ```
/// use mailwright_imap::types::response::Text;
/// assert_eq!(Text::from("two\r\nlines").to_str(), "two  lines");
/// assert!(Text::new("two\r\nlines").is_none());
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Text(Bytes);

impl Text {
    /// The text, unless it has a CR, LF or NUL in it.
    pub fn new(text: impl Into<Bytes>) -> Option<Self> {
        let text = text.into();
        (!text.iter().any(|&b| forbidden(b))).then_some(Self(text))
    }

    /// The text, with spaces in place of what it cannot carry.
    pub(crate) fn lossy(text: Bytes) -> Self {
        if memchr::memchr3(b'\r', b'\n', 0, &text).is_some() {
            return Self(text.iter().map(|&b| if forbidden(b) { b' ' } else { b }).collect());
        }
        Self(text)
    }

    /// The bytes as they stood in the response.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for showing; bytes that are not UTF-8 become U+FFFD.
    pub fn to_str(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }

    /// Whether there are no words at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes, for keeping.
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// Characters that `text` cannot carry become spaces.
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.bytes().map(|b| if forbidden(b) { b' ' } else { b }).collect())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_str())
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_str(), f)
    }
}

fn forbidden(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0)
}
