//! Searching what a view does not know.

use std::path::Path;

use mailwright_message::{Header, Message};
use rusqlite::{Connection, OptionalExtension};

use super::body::SqliteContent;
use crate::{Criterion, Derived, MessageId, Result, UidSet, View, view::Entry};

/// Those of `among` that meet the criterion.
pub(super) fn search(
    db: &Connection,
    packs: &Path,
    view: &View,
    among: &UidSet,
    criterion: &Criterion,
) -> Result<UidSet> {
    let mut found = UidSet::new();
    let criterion = Folded::of(criterion);
    for entry in view.among(among) {
        if criterion.meets(db, packs, &entry)? {
            found.insert(entry.uid);
        }
    }
    Ok(found)
}

/// A criterion with its text made ready for comparison.
enum Folded<'a> {
    Header { name: &'a str, text: String },
    Body(String),
    Text(String),
    Other(&'a Criterion),
}

impl<'a> Folded<'a> {
    fn of(criterion: &'a Criterion) -> Self {
        match criterion {
            Criterion::Header { name, text } => Self::Header { name, text: fold(text) },
            Criterion::Body(text) => Self::Body(fold(text)),
            Criterion::Text(text) => Self::Text(fold(text)),
            other => Self::Other(other),
        }
    }

    fn meets(&self, db: &Connection, packs: &Path, entry: &Entry) -> Result<bool> {
        Ok(match self {
            Self::Header { name, text } if Derived::keeps(name) => {
                let fields: Option<Vec<u8>> = db
                    .prepare_cached(
                        "SELECT d.fields FROM message m JOIN derived d ON d.body = m.body WHERE m.id = ?1",
                    )?
                    .query_row([entry.message.value()], |row| row.get(0))
                    .optional()?;
                fields.is_some_and(|fields| in_field(Message::parse(&fields).header(), name, text))
            }
            Self::Header { name, text } => whole(db, packs, entry.message)?
                .is_some_and(|body| in_field(Message::parse(&body).header(), name, text)),
            Self::Body(text) => {
                whole(db, packs, entry.message)?.is_some_and(|body| in_body(&Message::parse(&body), text))
            }
            Self::Text(text) => whole(db, packs, entry.message)?.is_some_and(|body| {
                let message = Message::parse(&body);
                in_header(message.header(), text) || in_body(&message, text)
            }),
            Self::Other(Criterion::Sent { from, to }) => {
                let sent: Option<Option<i64>> = db
                    .prepare_cached(
                        "SELECT d.sent FROM message m JOIN derived d ON d.body = m.body WHERE m.id = ?1",
                    )?
                    .query_row([entry.message.value()], |row| row.get(0))
                    .optional()?;
                let sent = sent.flatten().unwrap_or(entry.received.value());
                (from.value()..to.value()).contains(&sent)
            }
            Self::Other(Criterion::Thread(thread)) => {
                let found: Option<u64> = db
                    .prepare_cached("SELECT thread FROM message WHERE id = ?1")?
                    .query_row([entry.message.value()], |row| row.get(0))
                    .optional()?;
                found == Some(thread.value())
            }
            Self::Other(_) => false,
        })
    }
}

fn whole(db: &Connection, packs: &Path, message: MessageId) -> Result<Option<bytes::Bytes>> {
    SqliteContent::of_message(db, packs, message)?.map(SqliteContent::whole).transpose()
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn in_field(header: Header<'_, '_>, name: &str, text: &str) -> bool {
    header.all(name).any(|field| text.is_empty() || fold(&field.text()).contains(text))
}

/// The header as a person reads it: each field with its name.
fn in_header(header: Header<'_, '_>, text: &str) -> bool {
    header.iter().any(|field| {
        let line = format!("{}: {}", String::from_utf8_lossy(field.name()), field.text());
        fold(&line).contains(text)
    })
}

/// The text of all parts, and the headers of messages in the message.
fn in_body(message: &Message<'_>, text: &str) -> bool {
    text.is_empty()
        || message.parts().enumerate().any(|(at, part)| {
            (at > 0 && in_header(part.header(), text))
                || (part.children().next().is_none()
                    && (part.content_type().is_type("text") || part.content_type().is_type("message"))
                    && fold(&part.text()).contains(text))
        })
}
