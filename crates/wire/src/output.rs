//! Bytes for the peer that are not sent yet.

use bytes::{BufMut, Bytes, BytesMut};
use std::{collections::VecDeque, fmt};

/// From this length on, bytes are queued as they are rather than copied together with their neighbours.
const WHOLE: usize = 4096;

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
        self.len += bytes.len();
        if !self.tail.is_empty() {
            self.done.push_back(self.tail.split().freeze());
        }
        self.done.push_back(bytes);
    }

    /// Takes the next piece to write, or `None` when there is nothing.
    pub fn pop(&mut self) -> Option<Bytes> {
        let piece = match self.done.pop_front() {
            Some(piece) => piece,
            None if self.tail.is_empty() => return None,
            None => std::mem::take(&mut self.tail).freeze(),
        };
        self.len -= piece.len();
        Some(piece)
    }

    /// How many bytes are queued.
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
        *self = Self::default();
    }
}

/// Appends text, so that `write!` works. Never fails.
impl fmt::Write for Output {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        self.put(s.as_bytes());
        Ok(())
    }
}
