//! Bytes for the peer that are not sent yet.

use bytes::{BufMut, Bytes, BytesMut};
use std::{collections::VecDeque, fmt};

/// From this length on, bytes are queued as they are rather than copied together with their neighbours: a copy of less
/// costs less than a write of its own.
const WHOLE: usize = 16 * 1024;

/// A queue of output: small pieces are gathered into one write, large ones pass through uncopied.
///
/// ```
/// # use {bytes::Bytes, mailwright_wire::Output, std::fmt::Write};
/// let mut out = Output::new();
/// write!(out, "* {} FETCH (BODY[] {{{}}}\r\n", 1, 50_000)?;
/// out.push(Bytes::from(vec![b'x'; 50_000]));
/// out.put(b")\r\n");
/// let lengths: Vec<_> = std::iter::from_fn(|| out.pop()).map(|piece| piece.len()).collect();
/// assert_eq!(lengths, [27, 50_000, 3]);
/// # Ok::<(), std::fmt::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Output {
    done: VecDeque<Bytes>,
    tail: BytesMut,
    len: usize,
    /// Compresses the tail, and all that becomes part of `done`.
    #[cfg(feature = "deflate")]
    deflate: Option<Box<crate::deflate::Deflate>>,
}

impl Output {
    /// An empty queue. Allocates nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends by copying.
    pub fn put(&mut self, bytes: &[u8]) {
        self.len += bytes.len();
        self.tail.put_slice(bytes);
    }

    /// Appends, without copying where that pays.
    pub fn push(&mut self, bytes: Bytes) {
        if bytes.len() < WHOLE {
            return self.put(&bytes);
        }
        let tail = self.tail.split().freeze();
        self.len -= tail.len();
        for piece in [tail, bytes] {
            #[cfg(feature = "deflate")]
            let piece = match &mut self.deflate {
                Some(deflate) => deflate.shrink(&piece, false),
                None => piece,
            };
            if !piece.is_empty() {
                self.len += piece.len();
                self.done.push_back(piece);
            }
        }
    }

    /// From here on the output is compressed (RFC 1951). Whenever the queue has run empty, the peer can expand all that it
    /// got.
    #[cfg(feature = "deflate")]
    pub fn deflate(&mut self) {
        self.settle();
        self.deflate = Some(Box::new(crate::deflate::Deflate::new()));
    }

    /// From here on the output is no longer compressed.
    #[cfg(feature = "deflate")]
    pub fn end_deflate(&mut self) {
        self.settle();
        self.deflate = None;
    }

    /// Makes all that is queued ready to be sent, in the form it has to have now.
    #[cfg(feature = "deflate")]
    fn settle(&mut self) {
        if let Some(tail) = self.pop_tail() {
            self.len += tail.len();
            self.done.push_back(tail);
        }
    }

    fn pop_tail(&mut self) -> Option<Bytes> {
        #[cfg(feature = "deflate")]
        if let Some(deflate) =
            self.deflate.as_mut().filter(|deflate| deflate.holds_back || !self.tail.is_empty())
        {
            let tail = std::mem::take(&mut self.tail);
            self.len -= tail.len();
            return Some(deflate.shrink(&tail, true));
        }
        let tail = std::mem::take(&mut self.tail).freeze();
        self.len -= tail.len();
        Some(tail).filter(|tail| !tail.is_empty())
    }

    /// Takes the next piece to write, or `None` when there is nothing.
    pub fn pop(&mut self) -> Option<Bytes> {
        let Some(piece) = self.done.pop_front() else { return self.pop_tail() };
        self.len -= piece.len();
        Some(piece)
    }

    /// How many bytes are queued, less what a compressor holds back.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is queued.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Drops all that is queued.
    pub fn clear(&mut self) {
        (self.len, self.tail) = (0, BytesMut::new());
        self.done.clear();
    }
}

/// Appends text, so that `write!` works. Never fails.
impl fmt::Write for Output {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.put(s.as_bytes());
        Ok(())
    }
}
