//! The octets of a message: which of them a section is, and how they are read.

use super::{refusal::no, shown};
use bytes::{Bytes, BytesMut};
use mailwright_imap::{
    server::No,
    tokio::server::Messages,
    types::{Partial, Section, SectionPart, SectionText, response::Code},
};
use mailwright_message::{
    Message,
    encoding::{incremental::Decoder, transfer::TransferEncoding},
    imap::{self as message, BodyStructure, UnknownEncoding},
};
use mailwright_store::{Content, Derived, Entry, Store, read_all};
use std::{ops::Range, sync::Arc};

/// How much is read at once.
const CHUNK: usize = 64 << 10;

/// Octets of a part in an encoding that has to be decoded whole.
const HELD: u64 = 1 << 20;

/// One message, opened when its octets are first needed.
pub(super) struct Source<'s, S: Store> {
    store: &'s S,
    entry: Entry,
    message: Option<Arc<shown::Message>>,
    body: Option<Bytes>,
    content: Option<S::Content>,
    structure: Option<BodyStructure>,
}

/// What a section is.
pub(super) enum Octets {
    /// There is no such section.
    None,
    /// These octets of the message.
    Range(Range<u64>),
    /// These octets, made from the message.
    Made(Bytes),
    /// Octets of the message without their transfer encoding, and of what that gives, these.
    Decoded { of: Range<u64>, encoding: TransferEncoding, part: Range<u64> },
}

impl<'s, S: Store> Source<'s, S> {
    /// A message of which more or less is known.
    pub(super) fn new(
        store: &'s S,
        entry: Entry,
        message: Option<Arc<shown::Message>>,
        body: Option<Bytes>,
    ) -> Self {
        Self { store, entry, message, body, content: None, structure: None }
    }

    pub(super) fn entry(&self) -> &Entry {
        &self.entry
    }

    pub(super) fn message(&self) -> Option<&shown::Message> {
        self.message.as_deref()
    }

    fn derived(&self) -> Option<&Derived> {
        self.message()?.derived()
    }

    /// Reads octets: at least one, unless `offset` is at the end.
    pub(super) async fn read(&mut self, offset: u64, max: u64) -> Result<Bytes, No> {
        let max = usize::try_from(max).map_or(CHUNK, |max| max.min(CHUNK));
        if let Some(body) = &self.body {
            let start = usize::try_from(offset).map_or(body.len(), |start| start.min(body.len()));
            return Ok(body.slice(start..start.saturating_add(max).min(body.len())));
        }
        self.content().await?.read(offset, max).await.map_err(no)
    }

    /// Opens the message for reading; whether it still exists.
    pub(super) async fn open(&mut self) -> Result<bool, No> {
        if self.content.is_none() {
            self.content = self.store.content(self.entry.message).await.map_err(no)?;
        }
        Ok(self.content.is_some())
    }

    async fn content(&mut self) -> Result<&mut S::Content, No> {
        self.open().await?;
        self.content.as_mut().ok_or_else(|| No::new("the message is gone").with(Code::ExpungeIssued))
    }

    /// All octets of a range in memory.
    async fn all(&mut self, range: Range<u64>) -> Result<Bytes, No> {
        let mut at = range.start;
        let mut out = BytesMut::new();
        while at < range.end {
            let chunk = self.read(at, range.end - at).await?;
            if chunk.is_empty() {
                break;
            }
            at += chunk.len() as u64;
            if chunk.len() as u64 == range.end - range.start {
                return Ok(chunk);
            }
            out.extend_from_slice(&chunk);
        }
        Ok(out.freeze())
    }

    async fn whole(&mut self) -> Result<Bytes, No> {
        if let Some(body) = self.body.clone() {
            return Ok(body);
        }
        read_all(self.content().await?).await.map_err(no)
    }

    pub(super) async fn envelope(&mut self) -> Result<message::Envelope, No> {
        let kept = self.derived().and_then(|derived| message::Envelope::from_bytes(&derived.envelope).ok());
        match kept {
            Some(envelope) => Ok(envelope),
            None => Ok(message::Envelope::of(&Message::parse(&self.whole().await?))),
        }
    }

    /// The structure; its places do not count the recipient's own fields before the message.
    pub(super) async fn structure(&mut self) -> Result<&BodyStructure, No> {
        if self.structure.is_none() {
            let kept = self.derived().and_then(|derived| BodyStructure::from_bytes(&derived.structure).ok());
            let found = match kept {
                Some(structure) => structure,
                None => {
                    let prefix = self.prefix().await?;
                    let whole = self.whole().await?;
                    BodyStructure::of(&Message::parse(whole.get(prefix..).unwrap_or_default()))
                }
            };
            self.structure = Some(found);
        }
        self.structure.as_ref().ok_or_else(|| No::new("the structure is not known"))
    }

    async fn prefix(&mut self) -> Result<usize, No> {
        let prefix = match &self.message {
            Some(message) => message.fetched.prefix,
            None => self.content().await?.prefix(),
        };
        Ok(usize::try_from(prefix).unwrap_or_default())
    }

    /// The octets of `BODY[section]`.
    pub(super) async fn section(&mut self, section: &Section) -> Result<Octets, No> {
        let (names, not) = match &section.text {
            Some(SectionText::HeaderFields(names)) => (Some(names), false),
            Some(SectionText::HeaderFieldsNot(names)) => (Some(names), true),
            _ => (None, false),
        };
        let text = section.text.as_ref().map(message::SectionText::from);
        let Some(names) = names else {
            return Ok(self.range(&section.part, text).await?.map_or(Octets::None, Octets::Range));
        };
        // The usual fields are kept beside the message, so that a list of messages reads none of them.
        if let Some(derived) = self.derived().filter(|_| section.part.0.is_empty() && !not)
            && names.iter().all(|name| name.as_str().is_some_and(Derived::keeps))
        {
            return Ok(Octets::Made(message::header_fields(&derived.fields, names).into()));
        }
        let Some(range) = self.range(&section.part, text).await? else { return Ok(Octets::None) };
        let header = self.all(range).await?;
        let cut = if not {
            message::header_fields_not(&header, names)
        } else {
            message::header_fields(&header, names)
        };
        Ok(Octets::Made(cut.into()))
    }

    /// Where a section lies in the message as the recipient has it.
    async fn range(
        &mut self,
        part: &SectionPart,
        text: Option<message::SectionText>,
    ) -> Result<Option<Range<u64>>, No> {
        if part.0.is_empty() && text.is_none() {
            return Ok(Some(0..self.entry.size));
        }
        let prefix = self.prefix().await? as u64;
        let path = part.numbers();
        let structure = self.structure().await?;
        let header = structure.parts().first().map(|root| root.header.clone());
        let found = structure.section(&path, text);
        Ok(found.map(|range| {
            // What is put before the message for this recipient belongs to its header.
            let start = if Some(&range) == header.as_ref() { 0 } else { range.start as u64 + prefix };
            start..range.end as u64 + prefix
        }))
    }

    /// The octets of `BINARY[part]`: without transfer encoding.
    pub(super) async fn binary(&mut self, part: &SectionPart) -> Result<Octets, No> {
        if part.0.is_empty() {
            return Ok(Octets::Range(0..self.entry.size));
        }
        let path = part.numbers();
        let Some(of) = self.range(part, None).await? else { return Ok(Octets::None) };
        let Some(encoding) = self.structure().await?.transfer_encoding(&path) else {
            return Ok(Octets::None);
        };
        let unknown = |error: UnknownEncoding| No::new(error.to_string()).with(Code::UnknownCte);
        let encoding = encoding.map_err(unknown)?;
        if encoding.is_identity() {
            return Ok(Octets::Range(of));
        }
        // These two are decoded whole, and mail has not had them for long.
        if matches!(encoding, TransferEncoding::UuEncode | TransferEncoding::YEnc) && of.end - of.start > HELD
        {
            return Err(unknown(UnknownEncoding));
        }
        let (mut decoding, mut len) = (Decoding::new(of.clone(), encoding), 0);
        while let Some(piece) = decoding.next(self).await? {
            len += piece.len() as u64;
        }
        Ok(Octets::Decoded { of, encoding, part: 0..len })
    }

    /// Writes the octets, a chunk at a time.
    pub(super) async fn write(&mut self, octets: Octets, out: &mut impl Messages) -> Result<(), No> {
        let mut pieces = Pieces::new(octets);
        while let Some(piece) = self.piece(&mut pieces).await? {
            out.chunk(piece).await?;
        }
        Ok(())
    }

    /// All the octets, in memory.
    pub(super) async fn collect(&mut self, octets: Octets) -> Result<Bytes, No> {
        let mut pieces = Pieces::new(octets);
        let first = self.piece(&mut pieces).await?.unwrap_or_default();
        let Some(second) = self.piece(&mut pieces).await? else { return Ok(first) };
        let mut all = BytesMut::from(first);
        all.extend_from_slice(&second);
        while let Some(piece) = self.piece(&mut pieces).await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    async fn piece(&mut self, pieces: &mut Pieces) -> Result<Option<Bytes>, No> {
        match pieces {
            Pieces::Made(octets) => Ok(octets.take()),
            Pieces::Range(range) if range.is_empty() => Ok(None),
            Pieces::Range(range) => self.next(range).await.map(Some),
            Pieces::Decoded { decoding, at, part } => {
                while *at < part.end
                    && let Some(piece) = decoding.next(self).await?
                {
                    let place = |wanted: u64| {
                        let within = wanted.saturating_sub(*at).min(piece.len() as u64);
                        usize::try_from(within).unwrap_or(piece.len())
                    };
                    let wanted = piece.slice(place(part.start)..place(part.end));
                    *at += piece.len() as u64;
                    if !wanted.is_empty() {
                        return Ok(Some(wanted));
                    }
                }
                Ok(None)
            }
        }
    }

    /// The next octets of a range that is there, taken off it.
    pub(super) async fn next(&mut self, range: &mut Range<u64>) -> Result<Bytes, No> {
        let chunk = self.read(range.start, range.end - range.start).await?;
        if chunk.is_empty() {
            return Err(No::new("the message is shorter than it was"));
        }
        range.start += chunk.len() as u64;
        Ok(chunk)
    }
}

/// Octets that are being read.
enum Pieces {
    Made(Option<Bytes>),
    Range(Range<u64>),
    /// `at`: how many have been decoded.
    Decoded {
        decoding: Decoding,
        at: u64,
        part: Range<u64>,
    },
}

impl Pieces {
    fn new(octets: Octets) -> Self {
        match octets {
            Octets::None => Self::Made(None),
            Octets::Made(octets) => Self::Made(Some(octets).filter(|octets| !octets.is_empty())),
            Octets::Range(range) => Self::Range(range),
            Octets::Decoded { of, encoding, part } => {
                Self::Decoded { decoding: Decoding::new(of, encoding), at: 0, part }
            }
        }
    }
}

/// A transfer encoding that is being undone.
struct Decoding {
    /// What is still to be read.
    of: Range<u64>,
    decoder: Option<Decoder>,
}

impl Decoding {
    fn new(of: Range<u64>, encoding: TransferEncoding) -> Self {
        Self { of, decoder: Some(Decoder::new(encoding)) }
    }

    /// The next octets; `None` at the end.
    async fn next<S: Store>(&mut self, source: &mut Source<'_, S>) -> Result<Option<Bytes>, No> {
        let mut out = Vec::new();
        while let Some(decoder) = &mut self.decoder
            && out.is_empty()
        {
            if self.of.start < self.of.end {
                decoder.push(&source.next(&mut self.of).await?, &mut out);
            } else if let Some(decoder) = self.decoder.take() {
                decoder.finish(&mut out);
            }
        }
        Ok(Some(Bytes::from(out)).filter(|out| !out.is_empty()))
    }
}

impl Octets {
    /// Of these, the part asked for.
    pub(super) fn cut(self, partial: Option<Partial>) -> Self {
        let Some(Partial { offset, length }) = partial else { return self };
        let bounds = |len: u64| offset.min(len)..offset.saturating_add(length).min(len);
        match self {
            Self::None => Self::None,
            Self::Range(range) => {
                let within = bounds(range.end - range.start);
                Self::Range(range.start + within.start..range.start + within.end)
            }
            Self::Decoded { of, encoding, part } => {
                let within = bounds(part.end - part.start);
                Self::Decoded { of, encoding, part: part.start + within.start..part.start + within.end }
            }
            Self::Made(octets) => {
                let within = bounds(octets.len() as u64);
                let place = |at: u64| usize::try_from(at).unwrap_or(octets.len());
                Self::Made(octets.slice(place(within.start)..place(within.end)))
            }
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Range(range) | Self::Decoded { part: range, .. } => range.end - range.start,
            Self::Made(octets) => octets.len() as u64,
        }
    }
}
