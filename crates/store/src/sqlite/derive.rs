//! What is computed of a body when it arrives.

use std::sync::Arc;

use bytes::Bytes;
use mailwright_message::{
    Limits, Message,
    imap::{BodyStructure, Envelope},
    incremental::Outliner,
    view::View,
};
use rusqlite::{Connection, OptionalExtension};

use super::{body::SqliteContent, conversation};

use crate::{Content, Derived, Result, Timestamp};

/// Changes when what is computed does.
const VERSION: u32 = 3;
/// Characters of a preview (RFC 8970 §3.1 allows 256).
const PREVIEW: usize = 200;

/// Octets of a body above which it is not held whole.
const HELD: u64 = 256 << 10;
/// Octets of a piece of one that is not.
const PIECE: usize = 256 << 10;

/// What is computed of a body.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) derived: Arc<Derived>,
    /// What [`conversation::keys`] gives.
    pub(super) conversation: Vec<i64>,
}

/// Computes it of a body in memory.
pub(super) fn derive(body: &[u8]) -> Known {
    if body.len() as u64 > HELD {
        let mut outliner = Outliner::new(Limits::default());
        body.chunks(PIECE).for_each(|piece| outliner.push(piece));
        return of_outline(outliner);
    }
    let message = Message::parse(body);
    known(
        &message,
        Envelope::of(&message),
        &BodyStructure::of(&message),
        message.root().body_range().start as u64,
    )
}

/// Computes it of a body that is read in pieces, of this many octets: it is never held whole unless it is short.
pub(super) fn derive_pieces(len: u64, mut read: impl FnMut(u64, usize) -> Result<Bytes>) -> Result<Known> {
    let mut at = 0;
    let mut next = |max: usize| {
        let piece = if at < len { read(at, max)? } else { Bytes::new() };
        at += piece.len() as u64;
        Ok::<_, crate::Error>(piece)
    };
    if len <= HELD {
        let mut whole = Vec::new();
        loop {
            let piece = next(PIECE)?;
            if piece.is_empty() {
                return Ok(derive(&whole));
            }
            whole.extend_from_slice(&piece);
        }
    }
    let mut outliner = Outliner::new(Limits::default());
    loop {
        let piece = next(PIECE)?;
        if piece.is_empty() {
            return Ok(of_outline(outliner));
        }
        outliner.push(&piece);
    }
}

/// Computes it of a stored body.
pub(super) fn derive_content(content: &mut SqliteContent) -> Result<Known> {
    derive_pieces(content.len(), |offset, max| content.read_here(offset, max))
}

fn of_outline(outliner: Outliner) -> Known {
    let outline = outliner.finish();
    let structure = outline.body_structure();
    let header = structure.parts().first().map_or(0, |root| root.body.start as u64);
    known(&outline.message(), outline.envelope(), &structure, header)
}

fn known(message: &Message<'_>, envelope: Envelope, structure: &BodyStructure, header_octets: u64) -> Known {
    let header = message.header();
    let mut fields = Vec::new();
    for field in header.iter().filter(|field| std::str::from_utf8(field.name()).is_ok_and(Derived::keeps)) {
        fields.extend_from_slice(field.raw());
    }
    // RFC 5322 §3.3: the year is 1900 or later. Mail of the year 102 says nothing of when it was sent.
    let date = header.field("Date").and_then(|field| field.date()).filter(|date| date.year >= 1900);
    let derived = Derived {
        version: VERSION,
        envelope: envelope.to_bytes().into(),
        structure: structure.to_bytes().into(),
        fields: Bytes::from(fields),
        header: header_octets,
        sent: date.map(|date| Timestamp::from_secs(date.unix())),
        preview: View::of(message).preview(PREVIEW),
    };
    Known { derived: derived.into(), conversation: conversation::keys(header) }
}

/// What is kept beside a body.
pub(super) fn stored(db: &Connection, body: u64) -> Result<Option<Derived>> {
    let mut find = db.prepare_cached(
        "SELECT version, header, sent, envelope, structure, fields, preview FROM derived WHERE body = ?1",
    )?;
    let found = find.query_row([body], |row| {
        let blob = |at| Ok::<_, rusqlite::Error>(Bytes::from(row.get::<_, Vec<u8>>(at)?));
        Ok(Derived {
            version: row.get(0)?,
            header: row.get(1)?,
            sent: row.get::<_, Option<i64>>(2)?.map(Timestamp::new),
            envelope: blob(3)?,
            structure: blob(4)?,
            fields: blob(5)?,
            preview: row.get(6)?,
        })
    });
    match found.optional() {
        // A value of another type is no more what was kept than none at all.
        Err(
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::FromSqlConversionFailure(..),
        ) => Ok(None),
        found => Ok(found?),
    }
}
