//! Content on its way out: dot-stuffed, or in chunks.

use bytes::Bytes;
use mailwright_wire::{DotEncoder, Irregular, Output, Ticket};

use crate::{
    client::{Client, Phase, SendBody, SendError, transaction::Expect},
    error::Misuse,
    line_ends::LineEnds,
};

/// Chunks are gathered to this size, so that a caller's small pieces do not each cost a command and a reply.
const CHUNK: usize = 64 * 1024;
/// Chunks sent ahead of their replies.
const CHUNKS_AHEAD: usize = 8;

/// How content goes over the wire.
#[derive(Debug)]
pub(super) enum Encoder {
    Dots(DotEncoder),
    Chunks(Chunks),
}

/// Pieces that wait to be a chunk.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    binary: bool,
    repair: bool,
    ends: LineEnds,
    /// Octets of the whole content so far, for the place of a fault.
    taken: u64,
    /// The content ends in CRLF as far as it has come.
    complete: bool,
    pieces: Vec<Bytes>,
    len: usize,
}

impl Encoder {
    pub(super) fn dots(repair: bool) -> Self {
        Self::Dots(if repair { DotEncoder::repairing() } else { DotEncoder::new() })
    }

    pub(super) fn chunks(binary: bool, repair: bool) -> Self {
        Self::Chunks(Chunks { binary, repair, complete: true, ..Chunks::default() })
    }

    pub(super) fn is_chunked(&self) -> bool {
        matches!(self, Self::Chunks(_))
    }
}

impl Chunks {
    fn take(&mut self, piece: Bytes) -> Result<(), Irregular> {
        if piece.is_empty() {
            return Ok(());
        }
        let at = self.taken;
        self.taken += piece.len() as u64;
        let piece = match (self.binary, self.repair) {
            (true, _) => piece,
            (false, true) => self.ends.mend(piece),
            (false, false) if self.ends.is_irregular(&piece) => return Err(Irregular { at }),
            (false, false) => piece,
        };
        self.push(piece);
        Ok(())
    }

    fn push(&mut self, piece: Bytes) {
        if let Some(last) = piece.last() {
            self.complete = *last == b'\n';
            self.len += piece.len();
            self.pieces.push(piece);
        }
    }

    /// What the end of the content adds: its last line gets the CRLF it lacks, as dot-stuffing does.
    fn end(&mut self) -> Result<(), Irregular> {
        if self.repair
            && let Some(end) = self.ends.mend_end()
        {
            self.push(end);
        }
        if self.ends.ends_irregular() {
            return Err(Irregular { at: self.taken.saturating_sub(1) });
        }
        if !self.complete && !self.binary {
            self.push(Bytes::from_static(b"\r\n"));
        }
        Ok(())
    }

    fn write(&mut self, last: bool, out: &mut Output) {
        out.put(format!("BDAT {}{}\r\n", self.len, if last { " LAST" } else { "" }).as_bytes());
        self.pieces.drain(..).for_each(|piece| out.push(piece));
        self.len = 0;
    }
}

impl Client {
    /// Gives the next octets of the message. Another [`Event::SendBody`](crate::client::Event::SendBody) follows, or
    /// [`Event::Sent`](crate::client::Event::Sent) if the server has refused the message meanwhile.
    ///
    /// # Errors
    /// A ticket that is not for now. Content with a bare CR or LF, unless
    /// [`Config::repair_line_ends`](crate::client::Config::repair_line_ends) is on: the message cannot be completed,
    /// and the session closes without having sent it.
    pub fn body(&mut self, ticket: Ticket<SendBody>, piece: Bytes) -> Result<(), SendError> {
        self.desk.redeem(ticket).map_err(Misuse::from)?;
        let Phase::Transaction(t) = &mut self.phase else { return Err(Misuse::NotReady.into()) };
        let fault = match &mut t.encoder {
            Some(Encoder::Dots(dots)) => dots.encode(piece, &mut self.out).err(),
            Some(Encoder::Chunks(chunks)) => {
                let fault = chunks.take(piece).err();
                if fault.is_none() && chunks.len >= CHUNK {
                    chunks.write(false, &mut self.out);
                    t.expect.push_back(Expect::Chunk);
                }
                fault
            }
            None => return Err(Misuse::NotReady.into()),
        };
        self.settle(fault)
    }

    /// That was the whole message. [`Event::Sent`](crate::client::Event::Sent) follows.
    ///
    /// # Errors
    /// As [`body`](Self::body).
    pub fn body_end(&mut self, ticket: Ticket<SendBody>) -> Result<(), SendError> {
        self.body_last(ticket, Bytes::new())
    }

    /// The last octets of the message, by one who knows that they are: they leave in one write with its end.
    /// [`Event::Sent`](crate::client::Event::Sent) follows.
    ///
    /// # Errors
    /// As [`body`](Self::body).
    pub fn body_last(&mut self, ticket: Ticket<SendBody>, piece: Bytes) -> Result<(), SendError> {
        self.desk.redeem(ticket).map_err(Misuse::from)?;
        let Phase::Transaction(mut t) = std::mem::replace(&mut self.phase, Phase::Closing) else {
            return Err(Misuse::NotReady.into());
        };
        let fault = match t.encoder.take() {
            Some(Encoder::Dots(mut dots)) => {
                dots.encode(piece, &mut self.out).and_then(|()| dots.end(&mut self.out)).err()
            }
            Some(Encoder::Chunks(mut chunks)) => {
                let fault = chunks.take(piece).and_then(|()| chunks.end()).err();
                if fault.is_none() {
                    chunks.write(true, &mut self.out);
                }
                fault
            }
            None => return Err(Misuse::NotReady.into()),
        };
        if fault.is_none() {
            self.expect_message(&mut t);
            self.phase = Phase::Transaction(t);
        }
        self.settle(fault)
    }

    /// The rest of the message is not to be had: the session closes, and the server drops what it has.
    ///
    /// # Errors
    /// A ticket that is not for now.
    pub fn abort(&mut self, ticket: Ticket<SendBody>) -> Result<(), Misuse> {
        self.desk.redeem(ticket)?;
        self.out.clear();
        self.phase = Phase::Closing;
        Ok(())
    }

    /// Content that cannot go on must not look complete: nothing more is sent.
    fn settle(&mut self, fault: Option<Irregular>) -> Result<(), SendError> {
        match fault {
            None => Ok(()),
            Some(irregular) => {
                self.out.clear();
                self.phase = Phase::Closing;
                Err(irregular.into())
            }
        }
    }

    /// Whether more content is wanted now.
    pub(super) fn wants_body(&self) -> bool {
        match &self.phase {
            Phase::Transaction(t) => t.body && t.expect.len() < CHUNKS_AHEAD,
            _ => false,
        }
    }
}
