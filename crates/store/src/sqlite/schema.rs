//! The tables, and how older files become new ones.

use rusqlite::Connection;

use crate::{Error, Result};

/// Every version of the schema as the step from the one before; `user_version` counts the steps taken.
const STEPS: [&str; 1] = [r"
CREATE TABLE counter(
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE account(
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    credentials BLOB NOT NULL,
    quota INTEGER,
    created INTEGER NOT NULL
);
CREATE TABLE alias(
    address TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account
) WITHOUT ROWID;
CREATE INDEX alias_account ON alias(account);

CREATE TABLE mailbox(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    special_use TEXT,
    uid_validity INTEGER NOT NULL,
    uid_next INTEGER NOT NULL DEFAULT 1,
    modseq INTEGER NOT NULL DEFAULT 1,
    first_recent INTEGER NOT NULL DEFAULT 1,
    messages INTEGER NOT NULL DEFAULT 0,
    unseen INTEGER NOT NULL DEFAULT 0,
    deleted INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0,
    keywords TEXT NOT NULL DEFAULT '',
    UNIQUE(account, name)
);
CREATE TABLE subscription(
    account INTEGER NOT NULL REFERENCES account,
    name TEXT NOT NULL,
    PRIMARY KEY(account, name)
) WITHOUT ROWID;

-- key: mailbox << 32 | first UID
CREATE TABLE chunk(
    key INTEGER PRIMARY KEY,
    columns BLOB NOT NULL
);
CREATE TABLE vanished(
    mailbox INTEGER NOT NULL,
    modseq INTEGER NOT NULL,
    uids BLOB NOT NULL,
    PRIMARY KEY(mailbox, modseq)
) WITHOUT ROWID;

CREATE TABLE message(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    body INTEGER NOT NULL,
    received INTEGER NOT NULL,
    thread INTEGER NOT NULL,
    prefix BLOB NOT NULL
);
-- Messages of an account that were copied at some time: only these can be in two places.
CREATE TABLE copied(
    account INTEGER PRIMARY KEY,
    messages BLOB NOT NULL
);
-- Messages that left a mailbox, to be removed if they are in no other.
CREATE TABLE garbage(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    since INTEGER NOT NULL,
    messages BLOB NOT NULL
);

CREATE TABLE body(
    id INTEGER PRIMARY KEY,
    refs INTEGER NOT NULL,
    size INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    pack INTEGER,
    start INTEGER
);
CREATE TABLE small(
    body INTEGER PRIMARY KEY,
    octets BLOB NOT NULL
);
CREATE TABLE derived(
    body INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    header INTEGER NOT NULL,
    sent INTEGER,
    envelope BLOB NOT NULL,
    structure BLOB NOT NULL,
    fields BLOB NOT NULL,
    preview TEXT NOT NULL
);
CREATE TABLE pack(
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    live INTEGER NOT NULL
);

CREATE TABLE queue(
    id INTEGER PRIMARY KEY,
    body INTEGER NOT NULL,
    created INTEGER NOT NULL,
    reverse_path TEXT NOT NULL,
    params BLOB NOT NULL,
    prefix BLOB NOT NULL
);
-- due: NULL when nothing more is to happen
CREATE TABLE recipient(
    entry INTEGER NOT NULL REFERENCES queue,
    number INTEGER NOT NULL,
    forward_path TEXT NOT NULL,
    route TEXT NOT NULL,
    due INTEGER,
    facts BLOB NOT NULL,
    PRIMARY KEY(entry, number)
) WITHOUT ROWID;
CREATE INDEX recipient_due ON recipient(due, entry, number, route) WHERE due IS NOT NULL;
"];

/// The newest version this program knows.
#[allow(clippy::cast_possible_truncation)] // a handful
pub(super) const VERSION: u32 = STEPS.len() as u32;

/// Brings the schema up to date, each step in a transaction of its own.
pub(super) fn migrate(db: &mut Connection) -> Result<()> {
    let found: u32 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > VERSION {
        return Err(Error::Newer { found, known: VERSION });
    }
    for (version, step) in (1..).zip(STEPS).skip(found as usize) {
        let step_done = db.transaction()?;
        step_done.execute_batch(step)?;
        step_done.pragma_update(None, "user_version", version)?;
        step_done.commit()?;
    }
    Ok(())
}
