//! [`Maildrop`]: the inbox as it was at login.

use super::{lock::Lock, surrogate, unavailable, unique_id::unique_id};
use crate::{lines::Lines, server::Backend};
use bytes::Bytes;
use mailwright_pop3::{server::Refusal, tokio::server, types};
use mailwright_store::{
    Content as _, Entry, Expunge, FlagChange, Flags, MailboxId, MessageId, Store, Uid, UidSet, View, Wants,
};
use std::{collections::VecDeque, io};

/// Octets of a message that are read at once.
const CHUNK: usize = 64 * 1024;
/// Most messages that are read before they are asked for, and most octets of them.
const AHEAD: (usize, u64) = (64, 512 * 1024);

/// The inbox as it was at login. Holds its lock.
#[derive(Debug)]
pub(super) struct Maildrop {
    store: Backend,
    mailbox: MailboxId,
    messages: Vec<Entry>,
    /// What was read: `\Seen` when the client quits, so that IMAP shows it as read too.
    read: Vec<Uid>,
    ahead: Ahead,
    _lock: Lock,
}

/// Short messages that are likely to be asked for next: who fetches a maildrop goes from one to the next.
#[derive(Debug, Default)]
struct Ahead {
    messages: VecDeque<(MessageId, Bytes)>,
    /// The index that goes on with what was asked for.
    next: usize,
    /// How many were asked for in order; as many are read ahead.
    run: usize,
}

/// A message that is being read: first what has been read already, then the rest.
#[derive(Debug)]
pub(super) struct Content {
    ready: VecDeque<Bytes>,
    rest: Option<(<Backend as Store>::Content, u64)>,
}

impl Maildrop {
    pub(super) async fn open(store: Backend, view: &View, lock: Lock) -> mailwright_store::Result<Self> {
        let mut messages: Vec<Entry> = view.entries().collect();
        // The size is that of what is sent, RFC 1939 §11: with all lines ended by CRLF.
        for entry in messages.iter_mut().filter(|entry| entry.flags.contains(Flags::IRREGULAR)) {
            entry.size += lacking(&store, entry.message).await?;
        }
        let (read, ahead) = (Vec::new(), Ahead::default());
        Ok(Self { store, mailbox: view.mailbox(), messages, read, ahead, _lock: lock })
    }

    fn message(&self, index: usize) -> Option<&Entry> {
        self.messages.get(index)
    }

    /// A message that fits into a chunk, and with it those that will be asked for next.
    async fn short(&mut self, index: usize, message: MessageId) -> Result<Option<Bytes>, Refusal> {
        let ahead = &mut self.ahead;
        ahead.run = if index == ahead.next { (2 * ahead.run).clamp(1, AHEAD.0) } else { 1 };
        ahead.next = index + 1;
        if ahead.messages.front().is_none_or(|(first, _)| *first != message) {
            let mut room = AHEAD.1;
            let likely = self.messages.iter().skip(index).take(ahead.run).take_while(|entry| {
                let fits = entry.size <= room;
                room = room.saturating_sub(entry.size);
                fits
            });
            let wants = Wants { body_up_to: Some(CHUNK as u64), ..Wants::default() };
            let fetched = self
                .store
                .fetch(likely.map(|entry| entry.message).collect(), wants)
                .await
                .map_err(unavailable)?;
            let bodies = fetched.into_iter().filter_map(|found| Some((found.message, found.body?)));
            ahead.messages = bodies.collect();
        }
        Ok(ahead.messages.pop_front_if(|(first, _)| *first == message).map(|(_, octets)| octets))
    }
}

/// How many octets longer a message is sent than it is stored.
async fn lacking(store: &Backend, message: MessageId) -> mailwright_store::Result<u64> {
    let Some(mut content) = store.content(message).await? else { return Ok(0) };
    let (mut lines, mut at) = (Lines::default(), 0);
    loop {
        let piece = content.read(at, CHUNK).await?;
        if piece.is_empty() {
            return Ok(lines.lacking());
        }
        at += piece.len() as u64;
        lines.take(&piece);
    }
}

impl server::Maildrop for Maildrop {
    type Content = Content;

    fn entries(&mut self) -> Vec<types::Entry> {
        let one = |entry: &Entry| Some(types::Entry { size: entry.size, unique_id: unique_id(entry)? });
        self.messages.iter().filter_map(one).collect()
    }

    async fn read(&mut self, index: usize, utf8: bool) -> Result<Content, Refusal> {
        let gone = || Refusal::new(None, "the message was removed by another program");
        let entry = *self.message(index).ok_or_else(gone)?;
        let short = if entry.size <= CHUNK as u64 { self.short(index, entry.message).await? } else { None };
        let (first, rest) = match short {
            Some(whole) => (whole, None),
            None => {
                let found = self.store.content(entry.message).await.map_err(unavailable)?;
                let mut content = found.ok_or_else(gone)?;
                let first = content.read(0, CHUNK).await.map_err(unavailable)?;
                let at = first.len() as u64;
                (first, Some((content, at)))
            }
        };
        let mut ready = VecDeque::from([first]);
        if !utf8 && surrogate::is_internationalised(&ready[0]) {
            let mut body = std::mem::take(&mut ready[0]);
            let header = body.split_to(surrogate::header_len(&body));
            ready = VecDeque::from([Bytes::from(surrogate::header(&header)), body]);
        }
        Ok(Content { ready, rest })
    }

    fn retrieved(&mut self, index: usize, whole: bool) {
        let Some(entry) = self.messages.get(index) else { return };
        if whole && !entry.flags.contains(Flags::SEEN) {
            self.read.push(entry.uid);
        }
    }

    async fn commit(self, deleted: Vec<usize>) -> Result<(), Refusal> {
        let gone: UidSet =
            deleted.iter().filter_map(|index| self.message(*index)).map(|entry| entry.uid).collect();
        let mut seen = UidSet::new();
        seen.extend(self.read.iter().copied().filter(|uid| !gone.contains(*uid)));
        if !gone.is_empty() {
            self.store.expunge(self.mailbox, Expunge::Uids(gone)).await.map_err(unavailable)?;
        }
        if !seen.is_empty() {
            // Whether it shows as read is not worth an error to a client that asked for nothing of the kind.
            if let Err(error) =
                self.store.change_flags(self.mailbox, seen, FlagChange::add(Flags::SEEN)).await
            {
                tracing::warn!(%error, "messages that were read stay marked as new");
            }
        }
        Ok(())
    }
}

impl server::Content for Content {
    async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        while let Some(ready) = self.ready.pop_front() {
            if !ready.is_empty() {
                return Ok(Some(ready));
            }
        }
        let Some((content, at)) = self.rest.as_mut().filter(|(content, at)| *at < content.len()) else {
            return Ok(None);
        };
        let chunk = content.read(*at, CHUNK).await.map_err(io::Error::other)?;
        if chunk.is_empty() {
            return Err(io::Error::other("a message is shorter than recorded"));
        }
        *at += chunk.len() as u64;
        Ok(Some(chunk))
    }
}
