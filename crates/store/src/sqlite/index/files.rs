//! The files of the index, and connections to them.

use std::{
    ffi::OsString,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use mailwright_message::collation;
use rusqlite::{Connection, OpenFlags};

use crate::Result;

/// Changes when what is in the file does: a file of another version is made anew.
const VERSION: u32 = 2 << 16 | collation::VERSION as u32;

/// The tables.
const SCHEMA: &str = r"
CREATE TABLE segment(
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    messages INTEGER NOT NULL,
    postings INTEGER NOT NULL,
    head BLOB NOT NULL
);
CREATE INDEX segment_account ON segment(account, first);
-- A page of a segment, or a column; key: segment << 16 | number
CREATE TABLE page(
    key INTEGER PRIMARY KEY,
    octets BLOB NOT NULL
);
-- Messages of an account that are in no segment yet.
CREATE TABLE waiting(
    account INTEGER PRIMARY KEY,
    octets INTEGER NOT NULL,
    messages BLOB NOT NULL
);
-- All messages up to this one are in a segment, or wait, or are gone.
CREATE TABLE seen(message INTEGER NOT NULL);
INSERT INTO seen VALUES(0);
";

/// Connections kept for searches.
const READERS: usize = 4;

#[derive(Debug)]
pub(super) struct Files {
    file: PathBuf,
    /// How often the file was removed, and connections made since.
    readers: Mutex<(u64, Vec<Connection>)>,
}

impl Files {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, readers: Mutex::default() }
    }

    /// Opens the file to change it; one that cannot be read is made anew.
    pub(super) fn writer(&self) -> Result<Connection> {
        match self.open_writer() {
            Ok(db) => Ok(db),
            Err(_) => {
                self.remove();
                self.open_writer()
            }
        }
    }

    fn open_writer(&self) -> Result<Connection> {
        let mut db = Connection::open(&self.file)?;
        db.busy_timeout(super::super::BUSY)?;
        let version = version(&db)?;
        if version == 0 {
            db.pragma_update(None, "page_size", 16 << 10)?;
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        // What a power cut takes is indexed again.
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.pragma_update(None, "cache_size", -8_000)?;
        if version == 0 {
            let made = db.transaction()?;
            made.execute_batch(SCHEMA)?;
            made.pragma_update(None, "user_version", VERSION)?;
            made.commit()?;
        } else {
            is_ours(version)?;
        }
        Ok(db)
    }

    /// Removes the file: it is made anew.
    pub(super) fn remove(&self) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.0 += 1;
        readers.1.clear();
        for ending in ["", "-wal", "-shm"] {
            let mut name = OsString::from(&self.file);
            name.push(ending);
            // What cannot be removed is found unsound again.
            let _ = std::fs::remove_file(name);
        }
    }

    /// Reads with a connection that is kept.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let (making, free) = {
            let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
            (readers.0, readers.1.pop())
        };
        let db = match free {
            Some(db) => db,
            None => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
                let db = Connection::open_with_flags(&self.file, flags)?;
                db.busy_timeout(super::super::BUSY)?;
                is_ours(version(&db)?)?;
                db
            }
        };
        let done = work(&db)?;
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.0 == making && readers.1.len() < READERS {
            readers.1.push(db);
        }
        Ok(done)
    }
}

fn version(db: &Connection) -> Result<u32> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

fn is_ours(version: u32) -> Result<()> {
    if version == VERSION {
        return Ok(());
    }
    Err(crate::Error::Damaged(format!("a search index of version {version}")))
}
