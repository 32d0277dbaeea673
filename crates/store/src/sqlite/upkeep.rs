//! What the writer does between the groups of those who wait for an answer: removes for good what was discarded, empties
//! packs that are mostly gaps, and gives free pages back to the file system.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use super::writer::{Job, Writer};
use crate::{ModSeq, Result, Timestamp};

/// How long nothing is done after there was nothing to do.
const EVERY: Duration = Duration::from_secs(20);
/// Free pages that are kept for what comes next.
const SPARE: u64 = 2048;
/// Pages given back in one go.
const PAGES: u64 = 512;
/// Rows of a mailbox's history of expunges; when there are more, the older half becomes one.
const HISTORY: u64 = 512;

/// When the next upkeep is due.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    next: Timestamp,
    more: bool,
}

impl Upkeep {
    /// Whether there was more to do the last time.
    pub(super) fn has_more(&self) -> bool {
        self.more
    }
}

impl Writer {
    /// Does a little, if it is time.
    pub(super) fn upkeep(&mut self) {
        let now = self.now();
        // A clock that was put back must not stop it for long.
        if !self.upkeep.more && now < self.upkeep.next && self.upkeep.next < now.after(2 * EVERY) {
            return;
        }
        let more = Arc::new(AtomicBool::new(false));
        let found = more.clone();
        let job: Job = Box::new(move |writer| {
            let done = writer.a_little();
            if let Err(error) = &done {
                writer.refused(error);
            }
            Box::new(move |committed| {
                found.store(committed.is_ok() && done.unwrap_or(false), Ordering::Relaxed);
            })
        });
        self.group(&mut VecDeque::from([job]));
        self.upkeep = Upkeep { next: now.after(EVERY), more: more.load(Ordering::Relaxed) };
    }

    /// Whether there may be more.
    pub(super) fn a_little(&mut self) -> Result<bool> {
        Ok(self.sweep()? || self.compact_pack()? || self.give_pages_back()?)
    }

    /// Makes the file of the database smaller when much of it is free.
    fn give_pages_back(&mut self) -> Result<bool> {
        let free: u64 = self.value("PRAGMA freelist_count", [])?.unwrap_or(0);
        let all: u64 = self.value("PRAGMA page_count", [])?.unwrap_or(0);
        let shrinks: u64 = self.value("PRAGMA auto_vacuum", [])?.unwrap_or(0);
        if shrinks == 0 || free <= SPARE.max(all / 8) {
            return Ok(false);
        }
        self.begin_change();
        let mut freed = self.db.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
        let mut rows = freed.query([])?;
        while rows.next()?.is_some() {}
        Ok(true)
    }

    /// Makes one of the older rows of a mailbox's history when there are many: a client that was away for long is told
    /// of some removals again, and misses none (RFC 7162 §3.2.5.2).
    pub(super) fn shorten_history(&mut self, mailbox: crate::MailboxId) -> Result<()> {
        let count: u64 =
            self.value("SELECT count(*) FROM vanished WHERE mailbox = ?1", [mailbox.value()])?.unwrap_or(0);
        if count <= HISTORY {
            return Ok(());
        }
        let line: Option<u64> = self.value(
            "SELECT modseq FROM vanished WHERE mailbox = ?1 ORDER BY modseq LIMIT 1 OFFSET ?2",
            (mailbox.value(), HISTORY / 2),
        )?;
        let Some(line) = line else { return Ok(()) };
        let (older, _) = super::change::vanished(&self.db, mailbox, ModSeq::new(0), ModSeq::new(line))?;
        self.write("DELETE FROM vanished WHERE mailbox = ?1 AND modseq <= ?2", (mailbox.value(), line))?;
        self.write(
            "INSERT INTO vanished(mailbox, modseq, uids) VALUES(?1, ?2, ?3)",
            (mailbox.value(), line, older.to_bytes()),
        )?;
        Ok(())
    }
}
