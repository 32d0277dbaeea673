//! `FETCH`, whole or in pieces around streamed octets.

use super::body_structure;
use crate::{
    encode::{Encode, core::Encoder},
    types::response::{Address, Data, Envelope, Fetch, FetchAttribute, ObjectId},
};
use std::num::NonZeroU32;

/// `* 12 FETCH (`, or `* 12 UIDFETCH (` with `by_uid`. Attributes follow, a space between them, then [`fetch_end`].
pub fn fetch_begin(out: &mut Encoder, number: NonZeroU32, by_uid: bool) {
    out.put("* ");
    begin(out, number, by_uid);
}

fn begin(out: &mut Encoder, number: NonZeroU32, by_uid: bool) {
    out.number(u64::from(number.get())).put(if by_uid { " UIDFETCH (" } else { " FETCH (" });
}

/// `)` and CRLF.
pub fn fetch_end(out: &mut Encoder) {
    out.put(")\r\n");
}

/// `message-data = nz-number SP "FETCH" SP msg-att`
///
/// The octets of [`Data::Streamed`] cannot be here: write such a response piece by piece.
impl Encode for Fetch {
    fn encode(&self, out: &mut Encoder) {
        begin(out, self.number, self.by_uid);
        for (index, attribute) in self.attributes.iter().enumerate() {
            if index > 0 {
                out.byte(b' ');
            }
            fetch_attribute(out, attribute);
        }
        out.byte(b')');
    }
}

/// `msg-att-dynamic / msg-att-static`: one attribute with its value.
///
/// Octets of [`Data::Streamed`] are only announced: exactly so many must be written next.
pub fn fetch_attribute(out: &mut Encoder, attribute: &FetchAttribute) {
    match attribute {
        FetchAttribute::Flags(flags) => out.put("FLAGS ").flags(flags),
        FetchAttribute::Uid(uid) => out.put("UID ").number(u64::from(uid.value())),
        FetchAttribute::ModSeq(mod_seq) => out.put("MODSEQ (").number(mod_seq.value()).byte(b')'),
        FetchAttribute::InternalDate(date) => out.put("INTERNALDATE ").date_time(*date),
        FetchAttribute::Size(size) => out.put("RFC822.SIZE ").number(*size),
        FetchAttribute::Envelope(envelope) => out.put("ENVELOPE ").value(&**envelope),
        FetchAttribute::Body(body) => {
            body_structure::encode(out.put("BODY "), body, false);
            out
        }
        FetchAttribute::BodyStructure(body) => {
            body_structure::encode(out.put("BODYSTRUCTURE "), body, true);
            out
        }
        FetchAttribute::Section { section, origin, data } => {
            octets(from(out.put("BODY").section(section), *origin), data, false)
        }
        FetchAttribute::Binary { part, origin, data } => {
            octets(from(out.put("BINARY").section_part(part), *origin), data, true)
        }
        FetchAttribute::BinarySize { part, size } => {
            out.put("BINARY.SIZE").section_part(part).byte(b' ').number(*size)
        }
        FetchAttribute::Rfc822(data) => octets(out.put("RFC822"), data, false),
        FetchAttribute::Rfc822Header(data) => octets(out.put("RFC822.HEADER"), data, false),
        FetchAttribute::Rfc822Text(data) => octets(out.put("RFC822.TEXT"), data, false),
        FetchAttribute::EmailId(id) => object_id(out.put("EMAILID "), Some(id)),
        FetchAttribute::ThreadId(id) => object_id(out.put("THREADID "), id.as_ref()),
        FetchAttribute::SaveDate(None) => out.put("SAVEDATE NIL"),
        FetchAttribute::SaveDate(Some(date)) => out.put("SAVEDATE ").date_time(*date),
        FetchAttribute::Preview(text) => out.put("PREVIEW ").nstring(text.as_deref()),
        FetchAttribute::GmailMessageId(id) => out.put("X-GM-MSGID ").number(*id),
        FetchAttribute::GmailThreadId(id) => out.put("X-GM-THRID ").number(*id),
        FetchAttribute::GmailLabels(labels) => out.put("X-GM-LABELS ").list(labels, |out, label| {
            // A system label is a flag by its looks.
            let atom = label.strip_prefix(b"\\").filter(|name| !name.is_empty());
            match atom {
                Some(name) if name.iter().all(u8::is_ascii_alphanumeric) => out.put(label),
                _ => out.astring(label),
            };
        }),
        FetchAttribute::Other { name, value } => out.put(name).byte(b' ').value(value),
    };
}

fn from(out: &mut Encoder, origin: Option<u64>) -> &mut Encoder {
    match origin {
        Some(origin) => out.byte(b'<').number(origin).byte(b'>'),
        None => out,
    }
}

/// `SP nstring`, or `SP (nstring / literal8)` where `binary`. Always a literal: it is what clients are used to.
fn octets<'e>(out: &'e mut Encoder, data: &Data, binary: bool) -> &'e mut Encoder {
    match data {
        Data::Nil => out.put(" NIL"),
        Data::Whole(bytes) => {
            let nul = binary && memchr::memchr(0, bytes).is_some();
            out.byte(b' ').announce(bytes.len() as u64, nul).put(bytes)
        }
        // Any octet may be to come.
        Data::Streamed(len) => out.byte(b' ').announce(*len, binary),
    }
}

fn object_id<'e>(out: &'e mut Encoder, id: Option<&ObjectId>) -> &'e mut Encoder {
    match id {
        Some(id) => out.byte(b'(').put(id.as_bytes()).byte(b')'),
        None => out.put("NIL"),
    }
}

/// `envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP env-bcc SP
/// env-in-reply-to SP env-message-id ")"`
impl Encode for Envelope {
    fn encode(&self, out: &mut Encoder) {
        out.byte(b'(').nstring(self.date.as_deref()).spaced_nstring(self.subject.as_deref());
        for list in [&self.from, &self.sender, &self.reply_to, &self.to, &self.cc, &self.bcc] {
            addresses(out, list);
        }
        out.spaced_nstring(self.in_reply_to.as_deref()).spaced_nstring(self.message_id.as_deref()).byte(b')');
    }
}

/// `SP ("(" 1*address ")" / nil)`
fn addresses(out: &mut Encoder, addresses: &[Address]) {
    if addresses.is_empty() {
        out.put(" NIL");
        return;
    }
    out.put(" (");
    for address in addresses {
        match &address.name {
            Some(name) => out.byte(b'(').octets(name),
            None => out.put("(NIL"),
        };
        for field in [&address.route, &address.mailbox, &address.host] {
            out.spaced_octets(field.as_ref());
        }
        out.byte(b')');
    }
    out.byte(b')');
}
