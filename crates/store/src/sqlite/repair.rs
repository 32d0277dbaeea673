//! Repairs: each makes something derived anew, after looking again whether that is needed.

use std::collections::HashMap;

use rusqlite::OptionalExtension;

use super::{body::SqliteContent, cell, check, derive, pack, writer::Writer};
use crate::{
    AccountId, Error, FlagList, MailboxId, MailboxName, MessageId, ModSeq, RangeSet, Result, Timestamp, Uid,
    UidSet, view::Chunk,
};

/// Where messages go that were in no mailbox.
const RECOVERED: &str = "Recovered";

impl Writer {
    /// Computes what is kept beside a body anew.
    pub(super) fn restore_derived(&mut self, body: u64) -> Result<()> {
        let Some(mut content) = SqliteContent::of_body(&self.db, &self.shared.packs, body)? else {
            return Ok(());
        };
        let known = derive::derive_content(&mut content)?;
        self.shared.arrived.clear();
        self.write("DELETE FROM derived WHERE body = ?1", [body])?;
        self.insert_derived(body, &known.derived)
    }

    /// Counts references, octets in use and numbers given out anew; says what was wrong.
    pub(super) fn restore_counts(&mut self) -> Result<Vec<String>> {
        self.flush_numbers()?;
        let mut done = Vec::new();
        let refs: Vec<(u64, i64, u64)> = {
            let mut wrong = self.db.prepare(check::WRONG_REFS)?;
            wrong
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?
        };
        for (body, said, counted) in refs {
            self.write("UPDATE body SET refs = ?2 WHERE id = ?1", (body, counted.max(1)))?;
            if counted == 0 {
                self.release_body(body)?;
            }
            done.push(format!("body {body}: {said} references where there are {counted}"));
        }
        let packs: Vec<(u64, u64, u64)> = {
            let mut wrong = self.db.prepare(check::WRONG_PACKS)?;
            wrong
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?
        };
        for (id, live, ends) in packs {
            self.write(
                "INSERT INTO pack(id, size, live) VALUES(?1, ?3, ?2)
                 ON CONFLICT(id) DO UPDATE SET live = excluded.live, size = max(size, excluded.size)",
                (id, live, ends),
            )?;
            done.push(format!("pack {id}: octets in use"));
        }
        let emptied: Vec<u64> = {
            let mut all = self.db.prepare(
                "SELECT id FROM pack WHERE live > 0 AND id NOT IN (SELECT pack FROM body WHERE pack IS NOT NULL)",
            )?;
            all.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        for id in emptied {
            self.write("UPDATE pack SET live = 0 WHERE id = ?1", [id])?;
            done.push(format!("pack {id}: octets in use"));
        }
        let sizes: Vec<(u64, u64)> = {
            let mut all = self.db.prepare("SELECT id, max(CAST(size AS INTEGER), 0) FROM pack")?;
            all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
        };
        for (id, size) in sizes {
            let file = std::fs::metadata(pack::path(&self.shared.packs, id)).map_or(0, |file| file.len());
            if size > file {
                self.write("UPDATE pack SET size = ?2 WHERE id = ?1", (id, file))?;
                done.push(format!("pack {id}: size"));
            }
        }
        for (name, sql) in check::NUMBERS {
            let given: u64 = self.value::<Option<u64>>(sql, [])?.flatten().unwrap_or(0);
            let known: u64 = self
                .value("SELECT max(CAST(value AS INTEGER), 0) FROM counter WHERE name = ?1", [name])?
                .unwrap_or(0);
            if given > known {
                self.write("DELETE FROM counter WHERE name = ?1", [name])?;
                self.raise(name, given)?;
                done.push(format!("last number of a {name}"));
            }
        }
        Ok(done)
    }

    /// Counts the messages of a mailbox anew.
    pub(super) fn restore_counters(&mut self, mailbox: MailboxId) -> Result<()> {
        self.flush_cells()?;
        // What is not even a number must not keep the mailbox from being read.
        self.write(
            "UPDATE mailbox SET
                size = iif(typeof(size) = 'integer' AND size >= 0, size, 0),
                uid_next = iif(typeof(uid_next) = 'integer' AND uid_next BETWEEN 1 AND 4294967295, uid_next, 1),
                modseq = iif(typeof(modseq) = 'integer' AND modseq >= 1, modseq, 1)
             WHERE id = ?1",
            [mailbox.value()],
        )?;
        let (mut last, mut newest) = (Uid::new(0), ModSeq::new(0));
        {
            let mut history =
                self.db.prepare_cached("SELECT modseq, uids FROM vanished WHERE mailbox = ?1")?;
            let mut rows = history.query([mailbox.value()])?;
            while let Some(row) = rows.next()? {
                let gone =
                    UidSet::from_bytes(row.get_ref(1)?.as_blob().unwrap_or_default()).unwrap_or_default();
                (last, newest) =
                    (last.max(gone.last().unwrap_or_default()), newest.max(ModSeq::new(row.get(0)?)));
            }
        }
        let cell = self.cell(mailbox)?;
        let mut size = 0;
        for entry in cell.view().entries() {
            (size, last, newest) = (size + entry.size, last.max(entry.uid), newest.max(entry.modseq));
        }
        let view = &mut cell.edit.view;
        view.size = size;
        view.uid_next = view.uid_next.max(Uid::new(last.value().saturating_add(1)));
        view.highest_modseq = view.highest_modseq.max(newest);
        let account = cell.account;
        cell.touch();
        self.begin_change();
        self.forget_account(account);
        Ok(())
    }

    /// Sets the sizes of messages.
    pub(super) fn restore_sizes(&mut self, mailbox: MailboxId, sizes: &[(Uid, u64)]) -> Result<()> {
        self.begin_change();
        let sizes: HashMap<Uid, u64> = sizes.iter().copied().collect();
        let uids: UidSet = sizes.keys().copied().collect();
        self.cell(mailbox)?.edit.update(&uids, |entry| {
            let size = sizes.get(&entry.uid).copied().unwrap_or(entry.size);
            std::mem::replace(&mut entry.size, size) != size
        });
        self.restore_counters(mailbox)
    }

    /// A row of a mailbox's history that cannot be read says instead that all is gone that is not there.
    pub(super) fn restore_history(&mut self, mailbox: MailboxId, modseq: u64) -> Result<()> {
        let view = self.cell(mailbox)?.view();
        let mut gone = UidSet::new();
        if let Some(last) = view.uid_next().value().checked_sub(1) {
            gone.insert_range(Uid::new(1), Uid::new(last));
        }
        let gone = gone.difference(&view.uids());
        self.write(
            "UPDATE vanished SET uids = ?3 WHERE mailbox = ?1 AND modseq = ?2",
            (mailbox.value(), modseq, gone.to_bytes()),
        )?;
        Ok(())
    }

    /// Finds the messages of an account that are in two places.
    pub(super) fn restore_copied(&mut self, account: AccountId) -> Result<()> {
        self.write("DELETE FROM copied WHERE account = ?1", [account.value()])?;
        self.forget_account(account);
        let mut seen = std::collections::HashSet::new();
        let mut twice = Vec::new();
        for mailbox in super::mailbox::all(&self.db, account)? {
            let cell = self.cell(mailbox.id)?;
            let entries = cell.view().entries().map(|entry| entry.message);
            twice.extend(entries.filter(|message| !seen.insert(*message)));
        }
        twice.sort_unstable();
        self.copied_mut(account)?.extend(twice);
        Ok(())
    }

    /// Gives up a list of discarded messages that cannot be read; the messages are found to be in no mailbox.
    pub(super) fn drop_garbage(&mut self, id: u64) -> Result<()> {
        self.write("DELETE FROM garbage WHERE id = ?1", [id]).map(drop)
    }

    /// Puts messages that are in no mailbox, and not discarded, into one; how many.
    pub(super) fn recover(&mut self, account: AccountId, messages: &RangeSet<MessageId>) -> Result<u64> {
        let mut lost = messages.difference(&self.still_somewhere(account, messages)?);
        let discarded: Vec<Vec<u8>> = {
            let mut all = self.db.prepare_cached("SELECT messages FROM garbage WHERE account = ?1")?;
            all.query_map([account.value()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        for set in discarded {
            lost = lost.difference(&RangeSet::from_bytes(&set).unwrap_or_default());
        }
        let name = MailboxName::new(RECOVERED)?;
        let mut count = 0;
        for message in lost.iter() {
            let found: Option<(i64, u64)> = self
                .db
                .prepare_cached(
                    "SELECT m.received, length(m.prefix) + b.size FROM message m JOIN body b ON b.id = m.body
                     WHERE m.id = ?1",
                )?
                .query_row([message.value()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((received, octets)) = found else { continue };
            let mailbox = match super::mailbox::by_name(&self.db, account, &name)? {
                Some(mailbox) => mailbox,
                None => {
                    let made = self.create_mailbox(account, &name, None)?;
                    self.subscribe(account, &name, true)?;
                    made
                }
            };
            self.cell(mailbox.id)?.check_room(1, &[], 0)?;
            let new = (message, &FlagList::new(), Timestamp::from_secs(received), octets);
            self.place(account, mailbox.id, &[new])?;
            count += 1;
        }
        Ok(count)
    }

    /// Moves the parts of a mailbox's list that cannot be read aside; says what they were.
    pub(super) fn salvage_chunks(&mut self, mailbox: MailboxId) -> Result<Vec<String>> {
        let rows: Vec<(i64, Vec<u8>)> = {
            let mut all = self
                .db
                .prepare_cached("SELECT key, columns FROM chunk WHERE key BETWEEN ?1 AND ?2 ORDER BY key")?;
            let rows = all.query_map(cell::keys(mailbox), |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        let mut said = Vec::new();
        for (key, columns) in rows {
            let base = cell::base(key);
            if Chunk::unpack(base, &columns).is_some() {
                continue;
            }
            self.write("INSERT INTO aside(what, octets) VALUES(?1, ?2)", (format!("chunk {key}"), columns))?;
            self.write("DELETE FROM chunk WHERE key = ?1", [key])?;
            said.push(format!(
                "flags and UIDs of up to {} messages from UID {base} cannot be read; their octets are kept aside",
                Chunk::MAX
            ));
        }
        if let Some(cell) = self.cells.get_mut(&mailbox) {
            cell.stale = true;
        }
        self.cell(mailbox)?;
        self.restore_counters(mailbox)?;
        if said.is_empty() {
            return Err(Error::Damaged("its list of messages is in disorder".into()));
        }
        Ok(said)
    }

    /// Makes the keys of a message lead to its conversation again.
    pub(super) fn restore_conversation(
        &mut self,
        account: AccountId,
        message: u64,
        keys: &[i64],
    ) -> Result<()> {
        let thread: Option<u64> = self.value("SELECT thread FROM message WHERE id = ?1", [message])?;
        let Some(thread) = thread else { return Ok(()) };
        for key in keys {
            self.write(
                "INSERT OR IGNORE INTO conversation(account, key, thread) VALUES(?1, ?2, ?3)",
                (account.value(), key, thread),
            )?;
        }
        Ok(())
    }
}
