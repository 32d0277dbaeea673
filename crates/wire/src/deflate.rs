//! Compression of all that goes over a connection (RFC 1951), begun in its midst as IMAP's `COMPRESS` does.

use bytes::{Buf, Bytes, BytesMut};
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use std::fmt;

/// The peer's bytes are not the compressed stream that they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the compressed stream is broken")]
pub struct Corrupt;

/// How much is expanded at a time.
const PIECE: usize = 16 * 1024;

/// Expands what the peer sends. Holds a window of 32 KiB and some tables, and never a byte of the result.
pub(crate) struct Inflate {
    state: Decompress,
    ended: bool,
    /// The last four bytes taken.
    last: u32,
}

/// How a flush ends: an empty block, stored.
const FLUSHED: u32 = 0x0000_ffff;

impl Inflate {
    pub(crate) fn new() -> Self {
        Self { state: Decompress::new(false), ended: false, last: 0 }
    }

    /// Expands the front of `from` to the end of `to`, which becomes no longer than `limit`.
    pub(crate) fn expand(
        &mut self,
        from: &mut BytesMut,
        to: &mut BytesMut,
        limit: usize,
    ) -> Result<(), Corrupt> {
        let at_first = to.len();
        while to.len() < limit {
            if self.ended {
                // What follows the end is for somebody else, if there is anybody.
                return if from.is_empty() || to.len() > at_first { Ok(()) } else { Err(Corrupt) };
            }
            let before = to.len();
            to.resize(limit.min(before + PIECE), 0);
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(from, &mut to[before..], FlushDecompress::None);
            let length = |total: u64, before: u64| usize::try_from(total - before).unwrap_or(usize::MAX);
            let (taken, given) =
                (length(self.state.total_in(), taken), length(self.state.total_out(), given));
            to.truncate(before + given);
            from[..taken]
                .iter()
                .rev()
                .take(4)
                .rev()
                .for_each(|byte| self.last = self.last << 8 | u32::from(*byte));
            from.advance(taken);
            self.ended = status.map_err(|_| Corrupt)? == Status::StreamEnd;
            if taken == 0 && given == 0 && !self.ended {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Takes what is left of a stream whose last byte has been expanded: `true` once there is nothing left of it.
    pub(crate) fn finish(&mut self, from: &mut BytesMut) -> Result<bool, Corrupt> {
        let mut more = BytesMut::new();
        while !self.ended && self.last != FLUSHED {
            if from.is_empty() {
                return Ok(false);
            }
            self.expand(&mut from.split_to(1), &mut more, 1)?;
            if !more.is_empty() {
                return Err(Corrupt);
            }
        }
        Ok(true)
    }
}

/// Shrinks what goes to the peer. Holds a window of 32 KiB and tables of some 200 KiB.
pub(crate) struct Deflate {
    state: Compress,
    /// The peer lacks something of what was put in.
    pub(crate) holds_back: bool,
}

impl Deflate {
    pub(crate) fn new() -> Self {
        // The least effort: replies shrink to a third by it, and more effort finds little more.
        Self { state: Compress::new(Compression::fast(), false), holds_back: false }
    }

    /// Shrinks a piece. With `flush` the peer can expand all of it; without, the rest comes with a later piece.
    pub(crate) fn shrink(&mut self, mut piece: &[u8], flush: bool) -> Bytes {
        self.holds_back = !flush && (self.holds_back || !piece.is_empty());
        let mut out = Vec::with_capacity(piece.len() / 2 + 64);
        let how = if flush { FlushCompress::Sync } else { FlushCompress::None };
        loop {
            let before = self.state.total_in();
            // Never fails: there is no preset dictionary to be missing.
            let status = self.state.compress_vec(piece, &mut out, how);
            let taken = usize::try_from(self.state.total_in() - before).unwrap_or(piece.len());
            piece = &piece[taken..];
            if out.len() < out.capacity() && piece.is_empty() || status.is_err() {
                return out.into();
            }
            out.reserve(out.capacity());
        }
    }
}

impl fmt::Debug for Inflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflate").field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl fmt::Debug for Deflate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflate").field("holds_back", &self.holds_back).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Corrupt, Input, Output};
    use bytes::BufMut;
    use proptest::{collection::vec, prelude::*};

    /// Feeds bytes to the input, `cut` at a time, and takes what comes out, `limit` at a time.
    fn take(input: &mut Input, mut bytes: &[u8], cut: usize, out: &mut Vec<u8>) -> Result<(), Corrupt> {
        loop {
            out.extend_from_slice(&input.bytes().split());
            if input.refill()? {
                continue;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            let mut slot = input.slot().expect("room, as all was taken");
            let n = bytes.len().min(cut).min(slot.remaining_mut());
            slot.put_slice(&bytes[..n]);
            bytes = &bytes[n..];
        }
    }

    proptest! {
        #[test]
        fn what_is_shrunk_expands_to_what_it_was(
            plain in vec(vec(prop_oneof![Just(b'a'), any::<u8>()], 1..6000), 1..6),
            cut in 1..5000_usize,
            limit in 1..9000_usize,
        ) {
            let (mut output, mut input) = (Output::new(), Input::new(limit));
            output.put(b"before ");
            output.deflate();
            let mut sent = Vec::new();
            for piece in &plain {
                output.push(piece.clone().into());
                while let Some(bytes) = output.pop() {
                    sent.extend_from_slice(&bytes);
                }
            }
            output.end_deflate();
            output.put(b" after");
            let last = output.pop().expect("in clear again");
            let (clear, compressed) = sent.split_at(b"before ".len());
            prop_assert_eq!(clear, b"before ");
            input.inflate();
            let mut got = Vec::new();
            take(&mut input, compressed, cut, &mut got).unwrap();
            prop_assert_eq!(&got, &plain.concat());
            input.end_inflate();
            take(&mut input, &last, cut, &mut got).unwrap();
            prop_assert!(got.ends_with(b" after"));
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..500), cut in 1..50_usize) {
            let mut input = Input::new(100);
            input.inflate();
            let _ = take(&mut input, &bytes, cut, &mut Vec::new());
        }
    }

    #[test]
    fn no_more_is_expanded_than_there_is_room_for() {
        let (mut output, mut input) = (Output::new(), Input::new(1000));
        output.deflate();
        output.put(&vec![b'x'; 1_000_000]);
        let bytes = output.pop().expect("all of it");
        assert!(bytes.len() < 10_000);
        input.inflate();
        input.slot().expect("empty").put_slice(&bytes[..500]);
        assert_eq!(input.refill(), Ok(true));
        assert_eq!(input.len(), 1000);
        assert!(input.slot().is_none(), "what is there is to be understood first");
    }
}
