//! What is computed of a body when it arrives.

use std::{fs::File, io::Read};

use bytes::Bytes;
use mailwright_message::{
    Message,
    imap::{BodyStructure, Envelope},
    view::View,
};

use crate::{Derived, Error, Result, Timestamp};

/// Changes when what is computed does.
const VERSION: u32 = 1;
/// Characters of a preview (RFC 8970 §3.1 allows 256).
const PREVIEW: usize = 200;

/// Computes it of a body in memory.
pub(super) fn derive(body: &[u8]) -> Derived {
    let message = Message::parse(body);
    let header = message.header();
    let mut fields = Vec::new();
    for field in header.iter().filter(|field| std::str::from_utf8(field.name()).is_ok_and(Derived::keeps)) {
        fields.extend_from_slice(field.raw());
    }
    let date = header.field("Date").and_then(|field| field.date());
    Derived {
        version: VERSION,
        envelope: Envelope::of(&message).to_bytes().into(),
        structure: BodyStructure::of(&message).to_bytes().into(),
        fields: Bytes::from(fields),
        header: message.root().body_range().start as u64,
        sent: date.map(|date| Timestamp::from_secs(date.timestamp())),
        preview: preview(&View::of(&message).text().unwrap_or_default()),
    }
}

/// Computes it of a body in a file, of this many octets.
pub(super) fn derive_from(file: &mut File, len: u64) -> Result<Derived> {
    let mut body = Vec::with_capacity(usize::try_from(len).map_err(Error::unavailable)?);
    file.read_to_end(&mut body)?;
    Ok(derive(&body))
}

/// The first words, with every run of white space made one space.
fn preview(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.chars().nth(PREVIEW).is_some() {
            return out.chars().take(PREVIEW).collect();
        }
    }
    out
}
