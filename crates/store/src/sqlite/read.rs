//! What is known of messages.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use super::{
    body::SqliteContent,
    fresh::{Arrived, Fresh},
};
use crate::{Derived, Fetched, MessageId, Result, ThreadId, Timestamp, Wants};

/// Octets of whole messages that one call brings at most.
const BODIES: u64 = 4 << 20;

/// What is known of messages that arrived lately, if all did; else those that did, each in its place.
pub(super) fn fresh(
    arrived: &Fresh<MessageId, Arc<Arrived>>,
    messages: &[MessageId],
    wants: Wants,
) -> std::result::Result<Vec<Fetched>, Vec<Option<Arc<Arrived>>>> {
    let held = arrived.get_all(messages);
    let each = messages.iter().zip(&held);
    let fetched = each.map(|(message, held)| Some(held.as_ref()?.fetched(*message, wants)));
    fetched.collect::<Option<_>>().ok_or(held)
}

/// What is known of messages, those of which are `held` that arrived lately.
pub(super) fn fetch(
    db: &Connection,
    packs: &Path,
    messages: &[MessageId],
    held: &[Option<Arc<Arrived>>],
    wants: Wants,
) -> Result<Vec<Fetched>> {
    // One for all: each statement alone would lock the file and unlock it again.
    let db = &*db.unchecked_transaction()?;
    let mut out = Vec::with_capacity(messages.len());
    let mut room = BODIES;
    let mut find = db.prepare_cached(&statement(wants))?;
    for (&message, held) in messages.iter().zip(held) {
        if let Some(held) = held {
            out.push(held.fetched(message, wants));
            continue;
        }
        let found = find.query_row([message.value()], |row| {
            let prefix: u32 = row.get(2)?;
            let blob = |at| Ok::<_, rusqlite::Error>(Bytes::from(row.get::<_, Vec<u8>>(at)?));
            Ok(Fetched {
                message,
                thread: ThreadId::new(row.get(0)?),
                received: Timestamp::from_secs(row.get(1)?),
                size: row.get::<_, u64>(3)? + u64::from(prefix),
                prefix,
                derived: Derived {
                    version: row.get(4)?,
                    header: row.get(5)?,
                    sent: row.get::<_, Option<i64>>(6)?.map(Timestamp::new),
                    envelope: blob(7)?,
                    structure: blob(8)?,
                    fields: blob(9)?,
                    preview: row.get(10)?,
                },
                body: None,
            })
        });
        let Some(mut fetched) = found.optional()? else { continue };
        if wants.body_up_to.is_some_and(|most| fetched.size <= most) && fetched.size <= room {
            room -= fetched.size;
            fetched.body =
                SqliteContent::of_message(db, packs, message)?.map(SqliteContent::whole).transpose()?;
        }
        out.push(fetched);
    }
    Ok(out)
}

/// What is asked of the database for each message.
fn statement(wants: Wants) -> String {
    let pick = |wanted: bool, column: &'static str| if wanted { column } else { "x''" };
    format!(
        "SELECT m.thread, m.received, length(m.prefix), b.size, d.version, d.header, d.sent, {}, {}, {}, {}
         FROM message m JOIN body b ON b.id = m.body JOIN derived d ON d.body = m.body WHERE m.id = ?1",
        pick(wants.envelope, "d.envelope"),
        pick(wants.structure, "d.structure"),
        pick(wants.fields, "d.fields"),
        if wants.preview { "d.preview" } else { "''" },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::{plan_once, schema};
    use rusqlite::StatementStatus;

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let mut db = Connection::open_in_memory().unwrap();
        plan_once(&db).unwrap();
        schema::migrate(&mut db).unwrap();
        let wants = Wants { envelope: true, ..Wants::default() };
        let ids: Vec<MessageId> = (1..100).map(MessageId::new).collect();
        assert_eq!(fetch(&db, Path::new(""), &ids, &vec![None; ids.len()], wants).unwrap(), []);
        let planned = db.prepare_cached(&statement(wants)).unwrap();
        assert_eq!(planned.get_status(StatementStatus::RePrepare), 0);
    }
}
