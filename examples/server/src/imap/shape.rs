//! Envelope and structure, from what the store computed at arrival to what the client is sent.

use bytes::Bytes;
use mailwright_imap::types::response::{
    Address, BodyExtension, BodyStructure, Disposition, Envelope, MultiPart, PartKind, SinglePart,
};
use mailwright_message::imap as message;

/// An envelope for the client.
pub(super) fn envelope(found: message::Envelope) -> Envelope {
    Envelope {
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

fn text(octets: Option<Vec<u8>>) -> Option<Bytes> {
    octets.map(Bytes::from)
}

fn addresses(found: Option<Vec<message::Address>>) -> Vec<Address> {
    let address = |one: message::Address| Address {
        name: text(one.name),
        route: text(one.route),
        mailbox: text(one.mailbox).map(|mailbox| or(mailbox, "MISSING_MAILBOX")),
        host: text(one.host).map(|host| or(host, "MISSING_DOMAIN")),
    };
    found.unwrap_or_default().into_iter().map(address).collect()
}

/// What an address lacks. `NIL` would make it a group, and clients make `a@` of an empty string: so a word that is no
/// domain, which they know from other servers.
fn or(given: Bytes, missing: &'static str) -> Bytes {
    if given.is_empty() { Bytes::from_static(missing.as_bytes()) } else { given }
}

/// A structure for the client.
pub(super) fn structure(found: &message::BodyStructure) -> Option<BodyStructure> {
    part(found, 0)
}

/// The part at a place with all that is in it. Parts nest no deeper than the parser of messages lets them.
fn part(found: &message::BodyStructure, place: usize) -> Option<BodyStructure> {
    let this = found.parts().get(place)?;
    let parameters = |list: &[message::Parameter]| {
        let owned = |(name, value): &message::Parameter| (bytes(name), bytes(value));
        list.iter().map(owned).collect::<Vec<_>>()
    };
    let disposition = this.disposition.as_ref().map(|disposition| Disposition {
        kind: bytes(&disposition.disposition),
        parameters: parameters(&disposition.parameters),
    });
    let extension = Some(BodyExtension {
        disposition,
        languages: this.language.iter().map(|tag| bytes(tag)).collect(),
        location: this.location.as_deref().map(bytes),
        more: Vec::new(),
    });
    let lines = this.lines as u64;
    let kind = match &this.kind {
        message::BodyKind::Multipart => {
            return Some(BodyStructure::Multi(MultiPart {
                parts: found.children(place).filter_map(|child| part(found, child)).collect(),
                subtype: bytes(&this.subtype),
                parameters: parameters(&this.parameters),
                extension,
            }));
        }
        message::BodyKind::Message(inner) => PartKind::Message {
            envelope: Box::new(envelope(message::Envelope::clone(inner))),
            body: Box::new(part(found, place + 1)?),
            lines,
        },
        message::BodyKind::Leaf if this.is_type("text") => PartKind::Text { lines },
        message::BodyKind::Leaf => PartKind::Basic,
    };
    Some(BodyStructure::Single(SinglePart {
        media: bytes(&this.media_type),
        subtype: bytes(&this.subtype),
        parameters: parameters(&this.parameters),
        id: this.id.as_deref().map(bytes),
        description: this.description.as_deref().map(bytes),
        encoding: bytes(&this.encoding),
        size: this.body.len() as u64,
        kind,
        md5: this.md5.as_deref().map(bytes),
        extension,
    }))
}

fn bytes(octets: &[u8]) -> Bytes {
    Bytes::copy_from_slice(octets)
}
