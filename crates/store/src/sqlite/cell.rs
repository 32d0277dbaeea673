//! A mailbox as the writer has it: its view, and how the changed parts of it are written.

use std::sync::{Arc, PoisonError, atomic::Ordering};

use rusqlite::OptionalExtension;
use tokio::sync::watch;

use super::writer::Writer;
use crate::{
    AccountId, Error, FlagList, Flags, Keywords, MailboxId, MessageId, ModSeq, Result, Timestamp, Uid,
    UidSet, UidValidity, View,
    view::{Chunk, Edit, Entry},
};

/// A mailbox in use.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) account: AccountId,
    /// What the running transaction has made of it.
    pub(super) edit: Edit,
    /// Whether the counters must be written.
    pub(super) row_dirty: bool,
    /// Whether watchers have an older view.
    unpublished: bool,
    /// Whether it must be read again, a transaction having failed.
    pub(super) stale: bool,
    /// When it was last used, by [`Writer::tick`].
    pub(super) used: u64,
    /// Expunges since it was read.
    expunges: u32,
    watch: watch::Sender<Arc<View>>,
}

impl Cell {
    /// Gives the committed view to the watchers.
    pub(super) fn publish(&mut self) {
        if !self.stale && std::mem::take(&mut self.unpublished) {
            self.watch.send_replace(Arc::new(self.edit.view.clone()));
        }
    }

    /// Watches it: the view as of the last commit, and each one after.
    pub(super) fn subscribe(&self) -> watch::Receiver<Arc<View>> {
        self.watch.subscribe()
    }

    /// How many watch it.
    pub(super) fn watchers(&self) -> usize {
        self.watch.receiver_count()
    }

    /// Marks it as changed.
    pub(super) fn touch(&mut self) {
        self.row_dirty = true;
        self.unpublished = true;
    }

    pub(super) fn view(&self) -> &View {
        &self.edit.view
    }

    /// The modification sequence of a change that is about to be made.
    pub(super) fn next_modseq(&mut self) -> ModSeq {
        self.touch();
        let next = ModSeq::new(self.edit.view.highest_modseq.value() + 1);
        self.edit.view.highest_modseq = next;
        next
    }

    /// Whether `count` messages more can get UIDs and these flags bits.
    pub(super) fn check_room(&self, count: u64, flags: &[&FlagList], keyword: usize) -> Result<()> {
        if u64::from(self.edit.view.uid_next.value()) + count > u64::from(u32::MAX) {
            return Err(Error::UidsExhausted);
        }
        let mut keywords = self.edit.view.keywords.clone();
        for list in flags {
            if list.keywords().any(|name| name.len() > keyword) {
                return Err(Error::Limit { what: "octets in a keyword", max: keyword as u64 });
            }
            if list.keywords().any(|name| name.is_empty() || name.contains(|c: char| !c.is_ascii_graphic())) {
                return Err(Error::Forbidden("a keyword is an atom of printable ASCII"));
            }
            keywords
                .intern(list)
                .ok_or(Error::Limit { what: "keywords in a mailbox", max: Keywords::MAX as u64 })?;
        }
        Ok(())
    }

    /// The flags in this mailbox's bits. [`Cell::check_room`] was asked before.
    pub(super) fn intern(&mut self, list: &FlagList) -> Flags {
        let before = self.edit.view.keywords.iter().len();
        let flags = self.edit.view.keywords.intern(list).unwrap_or_else(|| list.system());
        if self.edit.view.keywords.iter().len() != before {
            self.touch();
        }
        flags
    }

    /// Adds messages in order. [`Cell::check_room`] was asked before.
    pub(super) fn append(&mut self, new: &[NewMessage]) -> UidSet {
        let Some(count) = u32::try_from(new.len()).ok().filter(|count| *count > 0) else {
            return UidSet::new();
        };
        let first = self.edit.view.uid_next;
        let modseq = self.next_modseq();
        let entries: Vec<Entry> = new
            .iter()
            .zip(first.value()..)
            .map(|(new, uid)| Entry {
                seq: 0,
                uid: Uid::new(uid),
                message: new.message,
                flags: new.flags,
                modseq,
                received: new.received,
                saved: new.saved,
                size: new.size,
            })
            .collect();
        self.edit.append(&entries);
        self.edit.view.size += new.iter().map(|new| new.size).sum::<u64>();
        self.edit.view.uid_next = Uid::new(first.value() + count);
        UidSet::from(first..=Uid::new(first.value() + count - 1))
    }

    /// Counts an expunge; whether it is time to look at the history.
    pub(super) fn expunge_counts(&mut self) -> bool {
        self.expunges = self.expunges.wrapping_add(1);
        self.expunges % 64 == 1
    }

    /// Removes messages and gives them back.
    pub(super) fn remove(&mut self, uids: &UidSet) -> Vec<Entry> {
        let removed = self.edit.remove(uids);
        let octets = removed.iter().map(|entry| entry.size).sum();
        self.edit.view.size = self.edit.view.size.saturating_sub(octets);
        self.touch();
        removed
    }
}

/// A message that comes into a mailbox.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewMessage {
    pub(super) message: MessageId,
    pub(super) flags: Flags,
    pub(super) received: Timestamp,
    pub(super) saved: Timestamp,
    pub(super) size: u64,
}

/// The keys of a mailbox's chunks lie between these two.
pub(super) fn keys(mailbox: MailboxId) -> (i64, i64) {
    let low = mailbox.value().cast_signed() << 32;
    (low, low | i64::from(u32::MAX))
}

/// The base of the chunk with a key.
pub(super) fn base(key: i64) -> Uid {
    Uid::new(u32::try_from(key & i64::from(u32::MAX)).unwrap_or(u32::MAX))
}

impl Writer {
    /// A mailbox, read if it is not in use yet.
    pub(super) fn cell(&mut self, id: MailboxId) -> Result<&mut Cell> {
        let used = self.tick();
        if self.cells.get(&id).is_none_or(|cell| cell.stale) {
            let Some((account, mut edit)) = self.load(id)? else {
                if let Some(gone) = self.cells.remove(&id) {
                    gone.watch.send_if_modified(|view| {
                        Arc::make_mut(view).deleted = true;
                        true
                    });
                }
                return Err(Error::NoSuchMailbox);
            };
            if let Some(cell) = self.cells.get_mut(&id) {
                edit.view.first_recent = cell.edit.view.first_recent.clone();
                (cell.edit, cell.stale, cell.row_dirty, cell.unpublished) = (edit, false, false, true);
            } else {
                let (watch, _) = watch::channel(Arc::new(edit.view.clone()));
                let mut open = self.shared.mailboxes.lock().unwrap_or_else(PoisonError::into_inner);
                open.insert(id, watch.clone());
                drop(open);
                let cell = Cell {
                    account,
                    edit,
                    row_dirty: false,
                    unpublished: false,
                    stale: false,
                    used,
                    expunges: 0,
                    watch,
                };
                self.cells.insert(id, cell);
            }
        }
        let cell = self.cells.get_mut(&id).ok_or(Error::NoSuchMailbox)?;
        if cell.edit.view.deleted {
            return Err(Error::NoSuchMailbox);
        }
        cell.used = used;
        self.used_cells.insert(id);
        Ok(cell)
    }

    fn load(&self, id: MailboxId) -> Result<Option<(AccountId, Edit)>> {
        let mut find = self.db.prepare_cached(
            "SELECT account, uid_validity, uid_next, modseq, first_recent, size, keywords
             FROM mailbox WHERE id = ?1",
        )?;
        let row = find
            .query_row([id.value()], |row| {
                let keywords: String = row.get(6)?;
                let view = View {
                    mailbox: id,
                    uid_validity: UidValidity::new(row.get(1)?),
                    uid_next: Uid::new(row.get(2)?),
                    highest_modseq: ModSeq::new(row.get(3)?),
                    first_recent: Arc::new(row.get::<_, u32>(4)?.into()),
                    size: row.get(5)?,
                    keywords: Keywords::from_names(
                        keywords.split(' ').filter(|k| !k.is_empty()).map(Box::from).collect(),
                    ),
                    deleted: false,
                    nodes: Vec::new(),
                };
                Ok((AccountId::new(row.get(0)?), view))
            })
            .optional()?;
        let Some((account, view)) = row else { return Ok(None) };
        let mut edit = Edit::new(view);
        let mut read = self
            .db
            .prepare_cached("SELECT key, columns FROM chunk WHERE key BETWEEN ?1 AND ?2 ORDER BY key")?;
        let mut rows = read.query(keys(id))?;
        while let Some(row) = rows.next()? {
            let key: i64 = row.get(0)?;
            let base = base(key);
            let chunk = Chunk::unpack(base, row.get_ref(1)?.as_blob().unwrap_or_default())
                .ok_or_else(|| Error::Damaged(format!("mailbox {id}, messages from UID {base}")))?;
            edit.load(chunk);
        }
        Ok(Some((account, edit)))
    }

    /// Writes what was changed of all mailboxes: each chunk once, however many operations changed it.
    pub(super) fn flush_cells(&mut self) -> Result<()> {
        for id in &self.used_cells {
            let Some(cell) = self.cells.get_mut(id) else { continue };
            if !cell.row_dirty || cell.stale || cell.edit.view.deleted {
                continue;
            }
            let low = keys(*id).0;
            for base in std::mem::take(&mut cell.edit.dirty) {
                let key = low | i64::from(base.value());
                if let Some(chunk) = cell.edit.chunk(base) {
                    self.db
                        .prepare_cached(
                            "INSERT INTO chunk(key, columns) VALUES(?1, ?2)
                             ON CONFLICT(key) DO UPDATE SET columns = excluded.columns",
                        )?
                        .execute((key, chunk.bytes()))?;
                } else {
                    self.db.prepare_cached("DELETE FROM chunk WHERE key = ?1")?.execute([key])?;
                }
            }
            let view = &cell.edit.view;
            let keywords = view.keywords.iter().collect::<Vec<_>>().join(" ");
            self.db
                .prepare_cached(
                    "UPDATE mailbox SET uid_next = ?2, modseq = ?3, first_recent = ?4, messages = ?5,
                     unseen = ?6, deleted = ?7, size = ?8, keywords = ?9 WHERE id = ?1",
                )?
                .execute((
                    id.value(),
                    view.uid_next.value(),
                    view.highest_modseq.value(),
                    view.first_recent.load(Ordering::Relaxed),
                    view.len(),
                    view.unseen(),
                    view.marked_deleted(),
                    view.size,
                    keywords,
                ))?;
            cell.row_dirty = false;
        }
        Ok(())
    }

    /// Closes a mailbox that is being deleted: its watchers see it empty and gone after the commit.
    pub(super) fn bury(&mut self, id: MailboxId) -> Result<Vec<Entry>> {
        self.begin_change();
        let cell = self.cell(id)?;
        let all = cell.view().uids();
        let entries = cell.remove(&all);
        cell.edit.view.deleted = true;
        let (low, high) = keys(id);
        self.write("DELETE FROM chunk WHERE key BETWEEN ?1 AND ?2", (low, high))?;
        self.write("DELETE FROM vanished WHERE mailbox = ?1", [id.value()])?;
        self.write("DELETE FROM annotation WHERE mailbox = ?1", [id.value()])?;
        self.drop_acl(id)?;
        self.write("DELETE FROM mailbox WHERE id = ?1", [id.value()])?;
        Ok(entries)
    }
}
