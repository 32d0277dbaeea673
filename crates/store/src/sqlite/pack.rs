//! Files that hold large bodies: written once, synced before the commit that names them.
//!
//! A row would pass through the write-ahead log and then into the database; a large body is written to its place
//! directly. A body that was staged in a file of its own becomes a pack by being renamed.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use super::{body::SqliteContent, writer::Writer};
use crate::{Error, Result};

/// Octets after which a new pack is begun.
const FULL: u64 = 64 << 20;
/// Octets moved out of a thin pack in one go, about.
const MOVED: u64 = 1 << 20;

/// The folder of packs, as the writer has it.
#[derive(Debug)]
pub(super) struct Packs {
    folder: PathBuf,
    current: Option<Current>,
    /// Whether files were made or renamed since the last commit.
    folder_dirty: bool,
    /// Files made by the running transaction.
    made: Vec<PathBuf>,
    /// Files to remove after the running transaction.
    dropped: Vec<PathBuf>,
    /// Files of a transaction that failed, to be removed after one that did not: until then a crash might bring the
    /// failed one back from the log.
    doomed: Vec<PathBuf>,
    /// Packs with something that cannot be read: they are left as they are.
    sick: HashSet<u64>,
}

/// The pack that is being filled.
#[derive(Debug)]
struct Current {
    id: u64,
    file: File,
    size: u64,
    dirty: bool,
}

/// Where a body lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) pack: u64,
    pub(super) start: u64,
}

/// The file of a pack.
pub(super) fn path(folder: &Path, id: u64) -> PathBuf {
    folder.join(format!("{id}.pack"))
}

impl Packs {
    /// Opens the folder, removing files that no row names.
    pub(super) fn open(folder: PathBuf, db: &Connection) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let Some(id) = name.to_str().and_then(|n| n.strip_suffix(".pack")?.parse::<u64>().ok()) else {
                continue;
            };
            let known: bool =
                db.query_row(
                    "SELECT EXISTS(SELECT 1 FROM pack WHERE id = ?1) OR EXISTS(SELECT 1 FROM body WHERE pack = ?1)",
                    [id],
                    |row| row.get(0),
                )?;
            if !known && entry.file_type()?.is_file() {
                std::fs::remove_file(entry.path())?;
            }
        }
        Ok(Self {
            folder,
            current: None,
            folder_dirty: false,
            made: Vec::new(),
            dropped: Vec::new(),
            doomed: Vec::new(),
            sick: HashSet::new(),
        })
    }

    /// Makes what was written durable, before the commit.
    pub(super) fn flush(&mut self, db: &Connection) -> Result<()> {
        if let Some(current) = &mut self.current
            && std::mem::take(&mut current.dirty)
        {
            current.file.sync_data()?;
            db.prepare_cached("UPDATE pack SET size = ?2 WHERE id = ?1")?
                .execute((current.id, current.size))?;
        }
        if std::mem::take(&mut self.folder_dirty) {
            sync_folder(&self.folder)?;
        }
        Ok(())
    }

    /// The transaction is on disk.
    pub(super) fn committed(&mut self, backup_runs: bool) {
        self.made.clear();
        if backup_runs {
            self.doomed.append(&mut self.dropped);
            return;
        }
        for file in self.dropped.drain(..).chain(self.doomed.drain(..)) {
            // One that stays is collected when the store is opened next.
            let _ = std::fs::remove_file(file);
        }
    }

    /// The transaction failed; a pack whose sync may have failed is never written to again.
    pub(super) fn roll_back(&mut self) {
        self.current = None;
        self.folder_dirty = false;
        self.dropped.clear();
        self.doomed.append(&mut self.made);
    }
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    // Elsewhere than on Unix a folder cannot be opened, and names are durable with the file.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

impl Writer {
    /// A number for a new pack, and its file. A transaction that failed gave its numbers back, but its files are still
    /// to be removed: those are not used again.
    fn new_pack(&mut self) -> Result<(u64, PathBuf)> {
        loop {
            let id = self.next("pack")?;
            let file = path(&self.packs.folder, id);
            if !self.packs.doomed.contains(&file) {
                return Ok((id, file));
            }
        }
    }

    /// Writes a body at the end of the current pack.
    pub(super) fn pack_append(&mut self, octets: &[u8]) -> Result<Place> {
        self.begin_change();
        let len = octets.len() as u64;
        if self.packs.current.as_ref().is_none_or(|current| current.size >= FULL) {
            let (id, file_path) = self.new_pack()?;
            let file = OpenOptions::new().create(true).write(true).truncate(true).open(&file_path)?;
            self.packs.made.push(file_path);
            self.packs.folder_dirty = true;
            self.packs.retire(&self.db)?;
            self.packs.current = Some(Current { id, file, size: 0, dirty: false });
            self.write("INSERT INTO pack(id, size, live) VALUES(?1, 0, 0)", [id])?;
        }
        let current = self.packs.current.as_mut().ok_or(Error::Closed)?;
        current.dirty = true;
        current.file.write_all(octets)?;
        let place = Place { pack: current.id, start: current.size };
        current.size += len;
        self.write("UPDATE pack SET live = live + ?2 WHERE id = ?1", (place.pack, len))?;
        Ok(place)
    }

    /// Takes a file over as a pack that holds one body. It has been synced.
    pub(super) fn pack_adopt(&mut self, file: &Path, len: u64) -> Result<Place> {
        self.begin_change();
        let (id, to) = self.new_pack()?;
        std::fs::rename(file, &to)?;
        self.packs.made.push(to);
        self.packs.folder_dirty = true;
        self.write("INSERT INTO pack(id, size, live) VALUES(?1, ?2, ?2)", (id, len))?;
        Ok(Place { pack: id, start: 0 })
    }

    /// A body is no more; a pack of which nothing is left is removed after the commit.
    pub(super) fn pack_release(&mut self, pack: u64, len: u64) -> Result<()> {
        self.begin_change();
        self.write("UPDATE pack SET live = max(live - ?2, 0) WHERE id = ?1", (pack, len))?;
        // Not by the count: were it wrong, bodies would go with the pack.
        let in_use = self.value::<u64>("SELECT 1 FROM body WHERE pack = ?1 LIMIT 1", [pack])?.is_some();
        let is_current = self.packs.current.as_ref().is_some_and(|current| current.id == pack);
        if !in_use && !is_current {
            self.write("DELETE FROM pack WHERE id = ?1", [pack])?;
            self.packs.dropped.push(path(&self.packs.folder, pack));
        }
        Ok(())
    }
}

impl Writer {
    /// Moves bodies out of a pack that is mostly gaps, which goes when it is empty; whether there may be more to do.
    pub(super) fn compact_pack(&mut self) -> Result<bool> {
        let thin: Vec<u64> = {
            let mut all = self.db.prepare_cached(
                "SELECT id FROM pack WHERE live > 0 AND live * 2 < size ORDER BY id LIMIT 100",
            )?;
            all.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        let current = self.packs.current.as_ref().map(|current| current.id);
        let mut thin = thin.into_iter().filter(|id| Some(*id) != current && !self.packs.sick.contains(id));
        let Some(pack) = thin.next() else { return Ok(false) };
        let bodies: Vec<u64> = {
            let mut some = self.db.prepare_cached("SELECT id FROM body WHERE pack = ?1 LIMIT 64")?;
            some.query_map([pack], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        let mut moved = 0;
        for body in bodies {
            let read = SqliteContent::of_body(&self.db, &self.shared.packs, body);
            let octets = match read.and_then(|content| content.map(SqliteContent::whole).transpose()) {
                Ok(Some(octets)) => octets,
                Ok(None) => continue,
                Err(_) => {
                    self.packs.sick.insert(pack);
                    return Ok(true);
                }
            };
            let place = self.pack_append(&octets)?;
            self.write(
                "UPDATE body SET pack = ?2, start = ?3 WHERE id = ?1",
                (body, place.pack, place.start),
            )?;
            self.pack_release(pack, octets.len() as u64)?;
            moved += octets.len() as u64;
            if moved >= MOVED {
                break;
            }
        }
        if moved == 0 {
            // Its numbers are wrong, which a check repairs.
            self.packs.sick.insert(pack);
        }
        Ok(true)
    }
}

impl Packs {
    /// Finishes the current pack before another is begun.
    fn retire(&mut self, db: &Connection) -> Result<()> {
        self.flush(db)?;
        if let Some(current) = self.current.take() {
            let emptied = db
                .prepare_cached(
                    "DELETE FROM pack WHERE id = ?1 AND id NOT IN (SELECT pack FROM body WHERE pack = ?1)",
                )?
                .execute([current.id])?;
            if emptied > 0 {
                self.dropped.push(path(&self.folder, current.id));
            }
        }
        Ok(())
    }
}
