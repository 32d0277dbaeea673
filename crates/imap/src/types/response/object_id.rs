//! `objectid`: the lasting names of mailboxes, messages and threads.

use bytes::Bytes;
use std::fmt;

/// 1 to 255 letters, digits, `_` and `-` (RFC 8474 §7, `objectid`). Case matters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(Bytes);

impl ObjectId {
    /// The identifier, unless it is too long or has another character.
    pub fn new(id: impl Into<Bytes>) -> Option<Self> {
        let id = id.into();
        let fits = matches!(id.len(), 1..=255)
            && id.iter().all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
        fits.then_some(Self(id))
    }

    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The identifier as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({})", self.as_str())
    }
}
