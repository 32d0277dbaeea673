//! Appending a message, from wherever its octets come.

use super::{Client, Error};
use crate::{
    client::Event,
    types::{DateTime, Flag, MailboxName, UidSet, UidValidity, response::Code},
};
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

/// Where an appended message is now; known from a server with `UIDPLUS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The UIDVALIDITY of the mailbox.
    pub validity: UidValidity,
    /// The message's UID.
    pub uids: UidSet,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// Appends a message of exactly `size` octets (RFC 9051 §6.3.12). `progress` hears how many are sent.
    ///
    /// # Errors
    ///
    /// When the server refuses, before the octets or after; when they cannot be read, which ends the connection; or when the
    /// connection ends.
    pub async fn append(
        &mut self,
        mailbox: impl Into<MailboxName>,
        flags: Vec<Flag>,
        date: Option<DateTime>,
        size: u64,
        mut octets: impl AsyncRead + Unpin,
        mut progress: impl FnMut(u64),
    ) -> Result<Option<Appended>, Error> {
        let id = self.session()?.append(mailbox.into(), flags, date, size)?;
        let status = loop {
            let event = self.connection.next().await?.ok_or(Error::Closed)?;
            match self.sort(id, event)? {
                Some(Event::Ready(_)) => {
                    let mut sent = 0;
                    while sent < size {
                        let room = usize::try_from(size - sent).unwrap_or(CHUNK).min(CHUNK);
                        let mut chunk = BytesMut::with_capacity(room);
                        let n = (&mut octets)
                            .take(room as u64)
                            .read_buf(&mut chunk)
                            .await
                            .map_err(Error::Reading)?;
                        if n == 0 {
                            return Err(Error::Reading(std::io::ErrorKind::UnexpectedEof.into()));
                        }
                        self.session()?.append_data(chunk.freeze())?;
                        self.connection.flush().await?;
                        sent += n as u64;
                        progress(sent);
                    }
                }
                Some(Event::Done { status, .. }) => break status,
                _ => {}
            }
        };
        match status.code {
            _ if !status.is_ok() => Err(Error::refused("APPEND", status)),
            Some(Code::AppendUid { validity, uids }) => Ok(Some(Appended { validity, uids })),
            _ => Ok(None),
        }
    }
}

const CHUNK: usize = 64 * 1024;
