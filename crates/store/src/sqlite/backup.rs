//! A copy of the store while it is in use.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use rusqlite::OptionalExtension;

use super::{Shared, SqliteStore, body::blocking, make_private, pack};
use crate::{Error, Result};

/// Counts the backups that run: while there is one, no pack is removed.
#[derive(Debug, Default)]
pub(super) struct Backups(AtomicU32);

/// One that runs.
struct Running<'a>(&'a Backups);

impl Backups {
    pub(super) fn run(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }

    fn begin(&self) -> Running<'_> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Running(self)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl SqliteStore {
    /// Copies the store as of now into a folder that is empty or does not exist, while it goes on being used; the copy is
    /// on disk when this returns, and is opened as any store. `progress` is told how many files of how many are copied.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when there is something in the folder, and [`Error::Unavailable`] when a file cannot be
    /// copied: then what was copied is of no use.
    pub async fn backup(
        &self,
        folder: impl AsRef<Path>,
        progress: impl FnMut(u64, u64) + Send + 'static,
    ) -> Result<()> {
        let (shared, folder) = (self.shared.clone(), folder.as_ref().to_owned());
        blocking(move || copy(&shared, &folder, progress)).await
    }
}

fn copy(shared: &Shared, folder: &Path, mut progress: impl FnMut(u64, u64)) -> Result<()> {
    if std::fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(Error::Forbidden("the folder for the backup is not empty"));
    }
    make_private(folder)?;
    let to = folder.join("packs");
    make_private(&to)?;
    // From here on what the copy of the database names stays.
    let _running = shared.backups.begin();
    let database = folder.join("mail.sqlite");
    let reader = shared.reader()?;
    let name = database.to_str().ok_or(Error::Forbidden("the name of the folder is not UTF-8"))?;
    reader.execute("VACUUM INTO ?1", [name])?;
    shared.give_back(reader);
    File::open(&database)?.sync_all()?;
    let packs: Vec<PathBuf> = {
        let copy =
            rusqlite::Connection::open_with_flags(&database, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let sound: Option<String> =
            copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).optional()?;
        if sound.as_deref() != Some("ok") {
            return Err(Error::Damaged(format!("the copy of the database: {}", sound.unwrap_or_default())));
        }
        let mut all = copy.prepare("SELECT id FROM pack ORDER BY id")?;
        let ids = all.query_map([], |row| row.get(0))?;
        ids.map(|id| Ok(pack::path(&shared.packs, id?))).collect::<Result<_>>()?
    };
    let total = packs.len() as u64 + 1;
    for (done, from) in (1..).zip(&packs) {
        progress(done, total);
        let Some(name) = from.file_name() else { continue };
        let copy = to.join(name);
        // What is appended meanwhile is not named by the copy of the database.
        std::fs::copy(from, &copy)?;
        File::open(&copy)?.sync_all()?;
    }
    pack::sync_folder(&to)?;
    pack::sync_folder(folder)?;
    progress(total, total);
    Ok(())
}
