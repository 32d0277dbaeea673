//! Fetching: attributes at once, octets as they come.

use super::{Client, Error};
use crate::{
    client::{CommandId, Event},
    types::{
        FetchItem, SequenceSet, Uid, UidSet,
        command::{self, CommandBody},
        response::{Data, Fetch, FetchAttribute, Untagged},
    },
};
use bytes::{Bytes, BytesMut};
use std::collections::VecDeque;
use tokio::io::{AsyncRead, AsyncWrite};

/// Which messages a command is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    /// Their numbers or UIDs.
    pub set: SequenceSet,
    /// They are UIDs.
    pub uid: bool,
}

impl Messages {
    /// Messages by their UIDs, which stay theirs.
    pub fn uids(set: SequenceSet) -> Self {
        Self { set, uid: true }
    }

    /// Messages by their place in the mailbox, which moves when one before them is gone.
    pub fn numbers(set: SequenceSet) -> Self {
        Self { set, uid: false }
    }
}

impl From<Uid> for Messages {
    fn from(uid: Uid) -> Self {
        Self::uids((&UidSet::from(uid)).into())
    }
}

impl From<&UidSet> for Messages {
    fn from(uids: &UidSet) -> Self {
        Self::uids(uids.into())
    }
}

/// What comes of a `FETCH` in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// One message, with all its attributes. Where octets came before it in pieces, it says [`Data::Streamed`].
    Message(Fetch),
    /// Octets of a message follow: of the last attribute.
    Begin(Fetch),
    /// The next of these octets.
    Octets(Bytes),
    /// There were all of them.
    End,
}

/// A `FETCH` in progress.
#[derive(Debug)]
#[must_use = "the command is sent when the first part is asked for"]
pub struct Fetching<'c, I> {
    client: &'c mut Client<I>,
    id: CommandId,
    ours: bool,
    done: bool,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Fetching<'_, I> {
    /// The next part; `None` when the command has succeeded.
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn next(&mut self) -> Result<Option<Part>, Error> {
        while !self.done {
            let event = self.client.connection.next().await?.ok_or(Error::Closed)?;
            match self.client.sort(self.id, event)? {
                Some(Event::Result { data: Untagged::Fetch(fetch), .. }) => {
                    return Ok(Some(Part::Message(fetch)));
                }
                Some(Event::LiteralBegin { command, fetch }) => {
                    self.ours = command == Some(self.id);
                    if self.ours {
                        return Ok(Some(Part::Begin(fetch)));
                    }
                }
                Some(Event::Literal(octets)) if self.ours => return Ok(Some(Part::Octets(octets))),
                Some(Event::LiteralEnd) if self.ours => return Ok(Some(Part::End)),
                Some(Event::Done { status, .. }) => {
                    self.done = true;
                    if !status.is_ok() {
                        return Err(Error::refused("FETCH", status));
                    }
                }
                _ => {}
            }
        }
        Ok(None)
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// Fetches attributes of messages, and hands out each as it comes; octets of any size pass through in pieces.
    ///
    /// # Errors
    ///
    /// When the connection has ended.
    pub fn fetch(
        &mut self,
        messages: impl Into<Messages>,
        items: Vec<FetchItem>,
    ) -> Result<Fetching<'_, I>, Error> {
        let id = self.session()?.send(command(messages.into(), items))?;
        Ok(Fetching { client: self, id, ours: false, done: false })
    }

    /// Fetches attributes of messages and waits for all of them. Octets are put together, within
    /// [`set_largest_literal`](Self::set_largest_literal).
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn fetch_all(
        &mut self,
        messages: impl Into<Messages>,
        items: Vec<FetchItem>,
    ) -> Result<Vec<Fetch>, Error> {
        let mut all = Vec::new();
        let each = |data| {
            if let Untagged::Fetch(fetch) = data {
                all.push(fetch);
            }
        };
        self.run("FETCH", command(messages.into(), items), each).await?;
        Ok(all)
    }
}

fn command(messages: Messages, items: Vec<FetchItem>) -> CommandBody {
    let Messages { set: messages, uid } = messages;
    CommandBody::Fetch(command::Fetch {
        messages,
        uid,
        items,
        changed_since: None,
        vanished: false,
        partial: None,
    })
}

/// Puts streamed octets back into their `FETCH`.
#[derive(Debug)]
pub(super) struct Collector {
    largest: u64,
    /// Of the message that is coming in, in order; `None`: too many octets.
    whole: VecDeque<Option<Bytes>>,
    gathering: Option<BytesMut>,
}

impl Collector {
    pub(super) fn new(largest: u64) -> Self {
        Self { largest, whole: VecDeque::new(), gathering: None }
    }

    /// The event, unless it is part of one to come.
    pub(super) fn take(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::LiteralBegin { fetch, .. } => {
                let len = fetch.attributes.iter().rev().find_map(streamed).unwrap_or(u64::MAX);
                // Room is made as octets come, not as they are announced.
                self.gathering = (len <= self.largest).then(BytesMut::new);
                None
            }
            Event::Literal(octets) => {
                if let Some(gathering) = &mut self.gathering {
                    gathering.extend_from_slice(&octets);
                }
                None
            }
            Event::LiteralEnd => {
                self.whole.push_back(self.gathering.take().map(BytesMut::freeze));
                None
            }
            Event::Result { command, data: Untagged::Fetch(fetch) } => {
                Some(Event::Result { command, data: Untagged::Fetch(self.fill(fetch)) })
            }
            Event::Unsolicited(Untagged::Fetch(fetch)) => {
                Some(Event::Unsolicited(Untagged::Fetch(self.fill(fetch))))
            }
            other => Some(other),
        }
    }

    fn fill(&mut self, mut fetch: Fetch) -> Fetch {
        for attribute in &mut fetch.attributes {
            if let FetchAttribute::Section { data, .. }
            | FetchAttribute::Binary { data, .. }
            | FetchAttribute::Rfc822(data)
            | FetchAttribute::Rfc822Header(data)
            | FetchAttribute::Rfc822Text(data) = attribute
                && matches!(data, Data::Streamed(_))
                && let Some(Some(octets)) = self.whole.pop_front()
            {
                *data = Data::Whole(octets);
            }
        }
        self.whole.clear();
        fetch
    }
}

fn streamed(attribute: &FetchAttribute) -> Option<u64> {
    match attribute {
        FetchAttribute::Section { data: Data::Streamed(len), .. }
        | FetchAttribute::Binary { data: Data::Streamed(len), .. }
        | FetchAttribute::Rfc822(Data::Streamed(len))
        | FetchAttribute::Rfc822Header(Data::Streamed(len))
        | FetchAttribute::Rfc822Text(Data::Streamed(len)) => Some(*len),
        _ => None,
    }
}
