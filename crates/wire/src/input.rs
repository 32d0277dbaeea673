//! Bytes from the peer that are not understood yet.

use bytes::{BufMut, BytesMut, buf::Limit};

/// Where the driver puts bytes read from the peer. Never longer than the session allows.
pub type Slot<'a> = Limit<&'a mut BytesMut>;

/// What an idle session offers to read: a command seldom is longer, and ten thousand sessions may be idle.
const SMALL: usize = 1024;
/// What a session offers to read while the peer fills each slot: enough that a body costs few reads.
const LARGE: usize = 64 * 1024;

/// A bounded buffer whose read size follows the peer: small when idle, large while bulk data comes in.
#[derive(Debug)]
pub struct Input {
    buf: BytesMut,
    limit: usize,
    room: usize,
    /// Length and room at the time of the last offer, until the result of the read was looked at.
    offered: Option<(usize, usize)>,
    #[cfg(feature = "deflate")]
    compressed: Option<Box<Compressed>>,
}

/// What the peer sends compressed.
#[cfg(feature = "deflate")]
#[derive(Debug)]
struct Compressed {
    /// Not yet expanded.
    buf: BytesMut,
    /// All that was compressed is expanded but for the end of the stream.
    ending: bool,
    inflate: crate::deflate::Inflate,
}

impl Input {
    /// An empty buffer that never holds more than `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            buf: BytesMut::new(),
            limit,
            room: SMALL.min(limit),
            offered: None,
            #[cfg(feature = "deflate")]
            compressed: None,
        }
    }

    /// Room for more, or `None` when the buffer is full.
    pub fn slot(&mut self) -> Option<Slot<'_>> {
        self.learn();
        #[cfg(feature = "deflate")]
        if let Some(compressed) = &mut self.compressed {
            // Nothing more while there is something to expand.
            let room = if compressed.buf.is_empty() { self.room } else { 0 };
            return offer(&mut compressed.buf, room, self.room, &mut self.offered);
        }
        let room = self.limit.saturating_sub(self.buf.len()).min(self.room);
        offer(&mut self.buf, room, self.room, &mut self.offered)
    }

    /// Makes more bytes of what has come in, as far as there is room: `true` if there are more now. Only with
    /// compression; call it when a decoder wants more input, before reading.
    ///
    /// # Errors
    ///
    /// When the peer's bytes are no compressed stream. Nothing more can be understood then.
    #[cfg(feature = "deflate")]
    pub fn refill(&mut self) -> Result<bool, crate::Corrupt> {
        self.learn();
        let Some(compressed) = &mut self.compressed else { return Ok(false) };
        let before = self.buf.len();
        if compressed.ending {
            if compressed.inflate.finish(&mut compressed.buf)? {
                let rest = std::mem::take(&mut compressed.buf);
                self.compressed = None;
                self.buf.extend_from_slice(&rest);
            }
            return Ok(self.buf.len() > before);
        }
        compressed.inflate.expand(&mut compressed.buf, &mut self.buf, self.limit)?;
        Ok(self.buf.len() > before)
    }

    /// From here on the peer's bytes are compressed (RFC 1951), those included that are not understood yet.
    #[cfg(feature = "deflate")]
    pub fn inflate(&mut self) {
        self.learn();
        let buf = std::mem::take(&mut self.buf);
        self.compressed =
            Some(Box::new(Compressed { buf, ending: false, inflate: crate::deflate::Inflate::new() }));
    }

    /// From here on the peer's bytes are no longer compressed. What it was compressed with may still end its stream or its
    /// flush.
    #[cfg(feature = "deflate")]
    pub fn end_inflate(&mut self) {
        if let Some(compressed) = &mut self.compressed {
            compressed.ending = true;
        }
    }

    /// The bytes, for a decoder to split from the front.
    pub fn bytes(&mut self) -> &mut BytesMut {
        self.learn();
        &mut self.buf
    }

    /// How many bytes wait to be understood.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buf.len()
    }

    /// Whether all bytes were understood.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        #[cfg(feature = "deflate")]
        if self.compressed.as_ref().is_some_and(|compressed| !compressed.buf.is_empty()) {
            return false;
        }
        self.buf.is_empty()
    }

    /// Drops what is left: it will not be understood.
    pub fn clear(&mut self) {
        self.offered = None;
        self.buf.clear();
        #[cfg(feature = "deflate")]
        if let Some(compressed) = &mut self.compressed {
            compressed.buf.clear();
        }
    }

    /// Sets the next read size by how the last offer was used.
    fn learn(&mut self) {
        let Some((before, room)) = self.offered.take() else { return };
        let len = self.buf.len();
        #[cfg(feature = "deflate")]
        let len = self.compressed.as_ref().map_or(len, |compressed| compressed.buf.len());
        let got = len.saturating_sub(before);
        if got == room {
            self.room = (room * 2).clamp(SMALL, LARGE);
        } else if got < room / 4 {
            self.room = (room / 2).max(SMALL);
        }
    }
}

fn offer<'b>(
    buf: &'b mut BytesMut,
    room: usize,
    usual: usize,
    offered: &mut Option<(usize, usize)>,
) -> Option<Slot<'b>> {
    if room == 0 {
        return None;
    }
    if buf.is_empty() && buf.capacity() > 4 * usual.max(SMALL) {
        *buf = BytesMut::new(); // give back what a burst needed
    }
    buf.reserve(room);
    *offered = Some((buf.len(), room));
    Some(buf.limit(room))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_the_limit() {
        let mut input = Input::new(10);
        input.slot().unwrap().put_slice(b"0123456");
        let mut slot = input.slot().unwrap();
        assert_eq!(slot.remaining_mut(), 3);
        slot.put_slice(b"789");
        assert!(input.slot().is_none());
        input.bytes().clear();
        assert_eq!(input.slot().unwrap().remaining_mut(), 10);
    }

    #[test]
    fn reads_grow_under_load_and_shrink_when_idle() {
        let mut input = Input::new(1 << 20);
        for _ in 0..10 {
            let mut slot = input.slot().unwrap();
            let n = slot.remaining_mut();
            slot.put_bytes(b'x', n);
            input.bytes().clear();
        }
        assert_eq!(input.slot().unwrap().remaining_mut(), LARGE);
        for _ in 0..10 {
            input.slot().unwrap().put_slice(b"NOOP\r\n");
            input.bytes().clear();
        }
        assert_eq!(input.slot().unwrap().remaining_mut(), SMALL);
        assert!(input.bytes().capacity() <= 4 * SMALL, "an idle session holds little");
    }
}
