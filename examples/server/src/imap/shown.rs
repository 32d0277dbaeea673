//! What is shown of messages again and again, kept ready for those that were looked at lately.

use super::{recent::Recent, refusal::no};
use bytes::Bytes;
use mailwright_imap::{
    encode::{core::Encoder, response::fetch_attribute},
    server::No,
    thread::{Key, Keys},
    types::response::FetchAttribute,
};
use mailwright_message::{
    Message as Parsed,
    collation::unicode_casemap,
    header::encoded_word,
    imap::{Address, BodyStructure, Envelope},
    thread::{base_subject, references},
};
use mailwright_store::{Derived, Fetched, MessageId, Store, Wants};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

/// Octets of what was computed of messages that are kept.
const KNOWN: usize = 96 << 20;
/// Octets of whole messages that are kept.
const BODIES: usize = 16 << 20;
/// Whole messages are kept up to this size, if few are asked for: who reads a whole mailbox reads it once.
const BODY: usize = 64 << 10;
const FEW: usize = 8;

/// The messages that were looked at lately, for all sessions. A message never changes and its number is never given
/// out again, so nothing here is ever wrong.
#[derive(Debug)]
pub(crate) struct Shown {
    messages: Recent<MessageId, Arc<Message>>,
    bodies: Recent<MessageId, Bytes>,
    keys: Keys,
}

impl Default for Shown {
    fn default() -> Self {
        Self { messages: Recent::new(KNOWN), bodies: Recent::new(BODIES), keys: Keys::new() }
    }
}

impl Shown {
    /// What is known of these messages, each in its place: `None` where one is gone.
    pub(super) async fn messages<S: Store>(
        &self,
        store: &S,
        messages: impl Iterator<Item = MessageId> + Clone,
    ) -> Result<Vec<Option<Arc<Message>>>, No> {
        let mut found = self.messages.get(messages.clone());
        let missing: Vec<_> =
            messages.clone().zip(&found).filter(|(_, f)| f.is_none()).map(|(m, _)| m).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let wants = Wants { envelope: true, structure: true, fields: true, preview: true, body_up_to: None };
        let fetched = store.fetch(missing, wants).await.map_err(no)?;
        let made = |fetched| Arc::new(Message::new(fetched, self.keys.clone()));
        let fetched: HashMap<_, _> = fetched.into_iter().map(|f| (f.message, made(f))).collect();
        self.messages.keep(fetched.iter().map(|(id, message)| (*id, message.clone(), message.octets())));
        for (id, place) in messages.zip(&mut found) {
            if place.is_none() {
                *place = fetched.get(&id).cloned();
            }
        }
        Ok(found)
    }

    /// These messages whole, each in its place, as far as they have at most `most` octets: `None` where one is longer,
    /// or gone.
    pub(super) async fn bodies<S: Store>(
        &self,
        store: &S,
        messages: impl Iterator<Item = MessageId> + Clone,
        most: u64,
    ) -> Result<Vec<Option<Bytes>>, No> {
        let mut found = self.bodies.get(messages.clone());
        let missing: Vec<_> =
            messages.clone().zip(&found).filter(|(_, f)| f.is_none()).map(|(m, _)| m).collect();
        if missing.is_empty() {
            return Ok(found);
        }
        let few = missing.len() <= FEW;
        let wants = Wants { body_up_to: Some(most), ..Wants::default() };
        let fetched = store.fetch(missing, wants).await.map_err(no)?;
        let fetched: HashMap<_, _> = fetched.into_iter().filter_map(|f| Some((f.message, f.body?))).collect();
        if few {
            let short = fetched.iter().filter(|(_, body)| body.len() <= BODY);
            self.bodies.keep(short.map(|(id, body)| (*id, body.clone(), body.len())));
        }
        for (id, place) in messages.zip(&mut found) {
            if place.is_none() {
                *place = fetched.get(&id).cloned();
            }
        }
        Ok(found)
    }
}

/// What is known of a message without its octets.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) fetched: Fetched,
    envelope: OnceLock<Option<Bytes>>,
    structure: OnceLock<Option<Bytes>>,
    sorted: OnceLock<Sorted>,
    keys: Keys,
}

/// What messages are sorted and threaded by.
#[derive(Debug)]
pub(super) struct Sorted {
    /// The base subject.
    pub(super) subject: Folded,
    /// The mailbox of the first address, and its name as it is displayed.
    pub(super) from: (Folded, Folded),
    pub(super) to: (Folded, Folded),
    pub(super) cc: (Folded, Folded),
    pub(super) threaded: Threaded,
}

/// What stands for it where messages are threaded.
#[derive(Debug)]
pub(super) struct Threaded {
    pub(super) id: Option<Key>,
    pub(super) references: Box<[Key]>,
    pub(super) subject: Option<Key>,
    pub(super) is_reply: bool,
}

/// A text by `i;unicode-casemap` (RFC 5051). What could not be decoded comes after all that could, by its octets
/// (RFC 5255 §4.6).
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Folded {
    /// Its first octets: nearly always enough to compare, without a look at the text elsewhere in memory.
    begins: u128,
    text: Box<str>,
}

impl Folded {
    fn new(text: &str) -> Self {
        // No octet of UTF-8 is 255.
        let (text, before) = match text.contains(char::REPLACEMENT_CHARACTER) {
            true => (text.to_owned(), Some(0xff)),
            false => (unicode_casemap(text), None),
        };
        let mut octets = [0; 16];
        octets.iter_mut().zip(before.into_iter().chain(text.bytes())).for_each(|(to, from)| *to = from);
        Self { begins: u128::from_be_bytes(octets), text: text.into() }
    }

    /// A number that is less only where the text is.
    pub(super) fn begins(&self) -> u128 {
        self.begins
    }
}

impl Message {
    fn new(fetched: Fetched, keys: Keys) -> Self {
        let (envelope, structure, sorted) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Self { fetched, envelope, structure, sorted, keys }
    }

    /// About how many octets of memory it takes, with all that is made of it later.
    fn octets(&self) -> usize {
        let derived = &self.fetched.derived;
        let text = derived.envelope.len() + derived.structure.len() + derived.fields.len();
        1024 + 2 * text + derived.preview.len()
    }

    /// What the store computed, if it did.
    pub(super) fn derived(&self) -> Option<&Derived> {
        Some(&self.fetched.derived).filter(|derived| derived.version > 0)
    }

    /// `ENVELOPE` as it is sent.
    pub(super) fn envelope(&self) -> Option<Bytes> {
        let make = || {
            let envelope = Envelope::from_bytes(&self.derived()?.envelope).ok()?;
            Some(encoded(&FetchAttribute::Envelope(Box::new(envelope.into()))))
        };
        self.envelope.get_or_init(make).clone()
    }

    /// `BODYSTRUCTURE` as it is sent.
    pub(super) fn structure(&self) -> Option<Bytes> {
        let make = || {
            let structure = BodyStructure::from_bytes(&self.derived()?.structure).ok()?;
            Some(encoded(&FetchAttribute::BodyStructure(Box::new((&structure).into()))))
        };
        self.structure.get_or_init(make).clone()
    }

    /// What it is sorted and threaded by.
    pub(super) fn sorted(&self) -> &Sorted {
        self.sorted.get_or_init(|| Sorted::of(&Parsed::parse(&self.fetched.derived.fields), &self.keys))
    }
}

impl Sorted {
    fn of(header: &Parsed<'_>, keys: &Keys) -> Self {
        let base = base_subject(&header.subject().unwrap_or_default());
        let subject = Folded::new(&base.text);
        let envelope = Envelope::of(header);
        let id = header.header().field("Message-ID").and_then(|field| field.message_ids().into_iter().next());
        let threaded = Threaded {
            id: id.map(|id| keys.of(&id)),
            references: references(header.header()).iter().map(|id| keys.of(id)).collect(),
            subject: Some(&subject.text).filter(|text| !text.is_empty()).map(|text| keys.of(text)),
            is_reply: base.is_reply,
        };
        let (from, to, cc) = (address(envelope.from), address(envelope.to), address(envelope.cc));
        Self { subject, from, to, cc, threaded }
    }
}

/// The first address's mailbox, and what is displayed of it (RFC 5957 §3): the name, or else the address.
fn address(list: Option<Vec<Address>>) -> (Folded, Folded) {
    let Some(first) = list.and_then(|list| list.into_iter().next()) else {
        return (Folded::new(""), Folded::new(""));
    };
    let text = |octets: Option<Vec<u8>>| String::from_utf8_lossy(&octets.unwrap_or_default()).into_owned();
    let name = first.name.as_deref().map(encoded_word::decode).filter(|name| !name.is_empty());
    let mailbox = text(first.mailbox);
    let shown = match (name, first.host) {
        (Some(name), _) => Folded::new(&name),
        (None, Some(host)) => Folded::new(&format!("{mailbox}@{}", text(Some(host)))),
        (None, None) => Folded::new(&mailbox),
    };
    (Folded::new(&mailbox), shown)
}

/// An attribute as it is sent to any client: one that enabled UTF-8 takes literals as well.
fn encoded(attribute: &FetchAttribute) -> Bytes {
    let mut out = Encoder::server(false);
    fetch_attribute(&mut out, attribute);
    out.take()
}
