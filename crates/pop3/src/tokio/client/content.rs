//! [`Content`]: a message on its way from the server.

use ::tokio::io::{AsyncRead, AsyncWrite};
use bytes::{Bytes, BytesMut};

use super::{Error, Maildrop};
use crate::client::Event;

/// A message on its way from the server. Read it to its end; dropped before, it leaves the connection in the middle
/// of the message.
#[derive(Debug)]
#[must_use = "the message is on its way and has to be read"]
pub struct Content<'a, I> {
    maildrop: &'a mut Maildrop<I>,
    ended: bool,
}

impl<'a, I: AsyncRead + AsyncWrite + Unpin + Send> Content<'a, I> {
    pub(super) fn new(maildrop: &'a mut Maildrop<I>) -> Self {
        Self { maildrop, ended: false }
    }

    /// The next octets, `None` at the end.
    ///
    /// # Errors
    /// When the connection fails: what was read is not the whole message.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        if self.ended {
            return Ok(None);
        }
        match self.maildrop.event().await? {
            Event::Body(piece) => Ok(Some(piece)),
            Event::End => {
                self.ended = true;
                Ok(None)
            }
            _ => Err(Error::Closed),
        }
    }

    /// The whole message, if it has at most `max` octets. A longer one is read to its end, and its start returned as
    /// `Err` within.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn read(mut self, max: usize) -> Result<Result<Bytes, Bytes>, Error> {
        let (mut all, mut is_whole) = (BytesMut::new(), true);
        while let Some(piece) = self.next().await? {
            let room = max - all.len();
            is_whole &= piece.len() <= room;
            all.extend_from_slice(&piece[..piece.len().min(room)]);
        }
        Ok(if is_whole { Ok(all.freeze()) } else { Err(all.freeze()) })
    }
}
