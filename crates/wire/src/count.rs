//! Bodies whose length is told first: SMTP `BDAT` chunks and IMAP literals.

use crate::Body;
use bytes::BytesMut;

/// Counts off a body of known length. Holds no bytes, whatever the length.
///
/// ```
/// # use {bytes::BytesMut, mailwright_wire::{Body, CountDecoder}};
/// let mut input = BytesMut::from("hello world");
/// let mut literal = CountDecoder::new(5);
/// assert_eq!(literal.decode(&mut input), Some(Body::Data("hello".into())));
/// assert_eq!(literal.decode(&mut input), Some(Body::End));
/// assert_eq!(input, " world");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountDecoder {
    left: u64,
}

impl CountDecoder {
    /// A body of `len` octets.
    #[must_use]
    pub fn new(len: u64) -> Self {
        Self { left: len }
    }

    /// The next piece, split from the front of `buf` without copying; `None` if more input is needed.
    pub fn decode(&mut self, buf: &mut BytesMut) -> Option<Body> {
        if self.left == 0 {
            return Some(Body::End);
        }
        let n = usize::try_from(self.left).map_or(buf.len(), |left| left.min(buf.len()));
        self.left -= n as u64;
        (n > 0).then(|| Body::Data(buf.split_to(n).freeze()))
    }

    /// How many octets are still to come.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }
}
