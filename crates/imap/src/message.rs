//! From a message to what FETCH shows of it. With feature `message`.
//!
//! `mailwright-message` knows the envelope, the structure and the sections of a message, and nothing of IMAP. Here its
//! values become this crate's: [`Envelope`] and [`BodyStructure`] by `From`, whole attributes by [`attribute`].
//!
//! ```
//! use mailwright_imap::{message::attribute, types::{FetchItem, response::FetchAttribute}};
//! use mailwright_message::Message;
//!
//! let message = Message::parse(b"Subject: hi\r\nFrom: Ann <ann@example.test>\r\n\r\nHello.\r\n");
//! let Ok(Some(FetchAttribute::Envelope(envelope))) = attribute(&FetchItem::Envelope, &message) else { panic!() };
//! assert_eq!(envelope.subject.unwrap(), "hi");
//! assert_eq!(envelope.from[0].mailbox.as_deref(), Some(&b"ann"[..]));
//! ```
//!
//! A NUL in a message is 0x80 here, but in `BINARY`: no other string of a response may hold one (RFC 9051 §4.3.1).
//!
//! A server whose messages do not fit into memory keeps the structure beside each: see
//! [`BodyStructure::section`](message::BodyStructure::section), which is a range of octets.

use crate::types::{
    FetchItem, Octets, Partial, Section, SectionPart, SectionText,
    octets::without_nul,
    response::{
        Address, BodyExtension, BodyStructure, Data, Disposition, Envelope, FetchAttribute, MultiPart,
        PartKind, SinglePart,
    },
};
use bytes::Bytes;
use mailwright_message::{
    Message,
    imap::{self as message, UnknownEncoding},
    view::View,
};
use std::borrow::Cow;

/// Characters of a preview, at most (RFC 8970 §3.1).
const PREVIEW: usize = 200;

/// The attribute of a message that an item asks for; `None` where it is not its content that tells: flags, dates of
/// arrival, identifiers.
///
/// What is wanted of the message is found anew for each item.
///
/// # Errors
///
/// [`UnknownEncoding`] for `BINARY` of a part whose transfer encoding cannot be undone: answer with
/// [`Code::UnknownCte`](crate::types::response::Code::UnknownCte).
pub fn attribute(item: &FetchItem, message: &Message<'_>) -> Result<Option<FetchAttribute>, UnknownEncoding> {
    let structure = || message::BodyStructure::of(message);
    let binary = |part: &SectionPart| structure().binary(&part.numbers(), message.raw()).transpose();
    Ok(Some(match item {
        FetchItem::Envelope => FetchAttribute::Envelope(Box::new(message::Envelope::of(message).into())),
        FetchItem::Body => FetchAttribute::Body(Box::new((&structure()).into())),
        FetchItem::BodyStructure => FetchAttribute::BodyStructure(Box::new((&structure()).into())),
        FetchItem::Rfc822Size => FetchAttribute::Size(message.raw().len() as u64),
        FetchItem::BinarySize(part) => FetchAttribute::BinarySize {
            part: part.clone(),
            size: binary(part)?.map_or(0, |octets| octets.len() as u64),
        },
        FetchItem::Preview { .. } => FetchAttribute::Preview(Some(View::of(message).preview(PREVIEW).into())),
        FetchItem::Binary { part, partial, .. } => {
            return Ok(FetchAttribute::of_octets(item, data(binary(part)?, *partial)));
        }
        _ => {
            let Some(section) = item.section() else { return Ok(None) };
            let octets = octets(&structure(), &section, message.raw());
            return Ok(FetchAttribute::of_octets(item, data(octets.map(without_nul), item.partial())));
        }
    }))
}

/// The octets of `BODY[section]`, of a message with this structure; `None` where there is no such section.
pub fn octets<'m>(
    structure: &message::BodyStructure,
    section: &Section,
    message: &'m [u8],
) -> Option<Cow<'m, [u8]>> {
    let text = section.text.as_ref().map(message::SectionText::from);
    let octets = message.get(structure.section(&section.part.numbers(), text)?)?;
    Some(match &section.text {
        Some(SectionText::HeaderFields(names)) => message::header_fields(octets, names).into(),
        Some(SectionText::HeaderFieldsNot(names)) => message::header_fields_not(octets, names).into(),
        _ => octets.into(),
    })
}

/// Of these octets, the part asked for.
fn data(octets: Option<Cow<'_, [u8]>>, partial: Option<Partial>) -> Data {
    let Some(octets) = octets else { return Data::Nil };
    let octets = Bytes::from(octets.into_owned());
    let Some(Partial { offset, length }) = partial else { return Data::Whole(octets) };
    let place = |at: u64| usize::try_from(at).map_or(octets.len(), |at| at.min(octets.len()));
    Data::Whole(octets.slice(place(offset)..place(offset.saturating_add(length))))
}

/// `HEADER.FIELDS` and `HEADER.FIELDS.NOT` are cut from `HEADER`.
impl From<&SectionText> for message::SectionText {
    fn from(text: &SectionText) -> Self {
        match text {
            SectionText::Text => Self::Text,
            SectionText::Mime => Self::Mime,
            SectionText::Header | SectionText::HeaderFields(_) | SectionText::HeaderFieldsNot(_) => {
                Self::Header
            }
        }
    }
}

/// An address without mailbox or domain says so with `MISSING_MAILBOX` and `MISSING_DOMAIN`: `NIL` would make it a
/// group, and clients make `a@` of an empty string, but they know these words from other servers.
impl From<message::Envelope> for Envelope {
    fn from(found: message::Envelope) -> Self {
        Self {
            date: text(found.date),
            subject: text(found.subject),
            from: addresses(found.from),
            sender: addresses(found.sender),
            reply_to: addresses(found.reply_to),
            to: addresses(found.to),
            cc: addresses(found.cc),
            bcc: addresses(found.bcc),
            in_reply_to: text(found.in_reply_to),
            message_id: text(found.message_id),
        }
    }
}

fn text(octets: Option<Vec<u8>>) -> Option<Bytes> {
    octets.map(|octets| without_nul(octets.into()).into_owned().into())
}

fn addresses(found: Option<Vec<message::Address>>) -> Vec<Address> {
    let address = |one: message::Address| Address {
        name: one.name.as_deref().map(string),
        route: one.route.as_deref().map(string),
        mailbox: one.mailbox.map(|mailbox| or(&mailbox, "MISSING_MAILBOX")),
        host: one.host.map(|host| or(&host, "MISSING_DOMAIN")),
    };
    found.unwrap_or_default().into_iter().map(address).collect()
}

fn or(given: &[u8], missing: &str) -> Octets {
    if given.is_empty() { missing.into() } else { string(given) }
}

impl From<&message::BodyStructure> for BodyStructure {
    fn from(found: &message::BodyStructure) -> Self {
        part(found, 0)
    }
}

/// The part at a place with all that is in it. Parts nest no deeper than the parser of messages lets them.
fn part(found: &message::BodyStructure, place: usize) -> BodyStructure {
    let this = &found.parts()[place];
    let parameters = |list: &[message::Parameter]| {
        let owned = |(name, value): &message::Parameter| (string(name), string(value));
        list.iter().map(owned).collect::<Vec<_>>()
    };
    let disposition = this.disposition.as_ref().map(|disposition| Disposition {
        kind: string(&disposition.disposition),
        parameters: parameters(&disposition.parameters),
    });
    let extension = Some(BodyExtension {
        disposition,
        languages: this.language.iter().map(|tag| string(tag)).collect(),
        location: this.location.as_deref().map(bytes),
        more: Vec::new(),
    });
    let lines = this.lines as u64;
    let kind = match &this.kind {
        message::BodyKind::Multipart => {
            return BodyStructure::Multi(MultiPart {
                parts: found.children(place).map(|child| part(found, child)).collect(),
                subtype: string(&this.subtype),
                parameters: parameters(&this.parameters),
                extension,
            });
        }
        message::BodyKind::Message(inner) => PartKind::Message {
            envelope: Box::new(message::Envelope::clone(inner).into()),
            body: Box::new(part(found, place + 1)),
            lines,
        },
        message::BodyKind::Leaf if this.is_type("text") => PartKind::Text { lines },
        message::BodyKind::Leaf => PartKind::Basic,
    };
    BodyStructure::Single(SinglePart {
        media: string(&this.media_type),
        subtype: string(&this.subtype),
        parameters: parameters(&this.parameters),
        id: this.id.as_deref().map(bytes),
        description: this.description.as_deref().map(bytes),
        encoding: string(&this.encoding),
        size: this.body.len() as u64,
        kind,
        md5: this.md5.as_deref().map(string),
        extension,
    })
}

fn bytes(octets: &[u8]) -> Bytes {
    without_nul(octets.into()).into_owned().into()
}

fn string(octets: &[u8]) -> Octets {
    Octets::from(&*without_nul(octets.into()))
}
