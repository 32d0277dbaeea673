//! What is known of messages.

use std::path::Path;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};

use super::body::SqliteContent;
use crate::{Derived, Fetched, MessageId, Result, ThreadId, Timestamp, Wants};

/// Octets of whole messages that one call brings at most.
const BODIES: u64 = 4 << 20;

pub(super) fn fetch(
    db: &Connection,
    packs: &Path,
    messages: &[MessageId],
    wants: Wants,
) -> Result<Vec<Fetched>> {
    let mut out = Vec::with_capacity(messages.len());
    let mut room = BODIES;
    let pick = |wanted: bool, column: &'static str| if wanted { column } else { "x''" };
    let sql = format!(
        "SELECT m.thread, m.received, length(m.prefix), b.size, d.version, d.header, d.sent, {}, {}, {}, {}
         FROM message m JOIN body b ON b.id = m.body JOIN derived d ON d.body = m.body WHERE m.id = ?1",
        pick(wants.envelope, "d.envelope"),
        pick(wants.structure, "d.structure"),
        pick(wants.fields, "d.fields"),
        if wants.preview { "d.preview" } else { "''" },
    );
    let mut find = db.prepare_cached(&sql)?;
    for &message in messages {
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
