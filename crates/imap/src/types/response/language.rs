//! `COMPARATOR` and `URLFETCH`.

use bytes::Bytes;

/// The comparator in use (RFC 5255 §4.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparator {
    /// The comparator in use.
    pub active: Bytes,
    /// All that matched the client's list, if it gave one.
    pub matching: Vec<Bytes>,
}

/// The data of one URL (RFC 4467 §8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlFetch {
    /// The URL, as the client gave it.
    pub url: Bytes,
    /// Its data; `None`: not to be had.
    pub data: Option<Bytes>,
}
