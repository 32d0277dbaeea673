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
}

impl Input {
    /// An empty buffer that never holds more than `limit` bytes.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { buf: BytesMut::new(), limit, room: SMALL.min(limit), offered: None }
    }

    /// Room for more, or `None` when the buffer is full.
    pub fn slot(&mut self) -> Option<Slot<'_>> {
        self.learn();
        let room = self.limit.saturating_sub(self.buf.len()).min(self.room);
        if room == 0 {
            return None;
        }
        if self.buf.is_empty() && self.buf.capacity() > 4 * self.room.max(SMALL) {
            self.buf = BytesMut::new(); // give back what a burst needed
        }
        self.buf.reserve(room);
        self.offered = Some((self.buf.len(), room));
        Some((&mut self.buf).limit(room))
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
        self.buf.is_empty()
    }

    /// Drops what is left: it will not be understood.
    pub fn clear(&mut self) {
        self.offered = None;
        self.buf.clear();
    }

    /// Sets the next read size by how the last offer was used.
    fn learn(&mut self) {
        let Some((before, room)) = self.offered.take() else { return };
        let got = self.buf.len().saturating_sub(before);
        if got == room {
            self.room = (room * 2).clamp(SMALL, LARGE);
        } else if got < room / 4 {
            self.room = (room / 2).max(SMALL);
        }
    }
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
