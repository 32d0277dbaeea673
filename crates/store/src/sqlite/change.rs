//! Flags, copies, moves, removals, and the history of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use mailwright_message::Message;
use rusqlite::{Connection, OptionalExtension};

use super::{cell::NewMessage, conversation, writer::Writer};
use crate::{
    AccountId, Changes, Copied, Error, Expunge, Expunged, FlagChange, FlagList, FlagOp, Flags, FlagsChanged,
    MailboxId, MessageId, ModSeq, Result, Timestamp, UidSet, view::Entry,
};

/// Messages that can be copied from one mailbox to another.
struct Copies {
    /// Whose the one is, and whose the other.
    owner: AccountId,
    account: AccountId,
    octets: u64,
    /// With the flags that are kept.
    entries: Vec<Entry>,
}

impl Writer {
    pub(super) fn change_flags(
        &mut self,
        mailbox: MailboxId,
        uids: &UidSet,
        change: &FlagChange,
    ) -> Result<FlagsChanged> {
        let keyword = self.shared.limits.keyword;
        let cell = self.cell(mailbox)?;
        // Taking away a keyword that nobody has must not make it known.
        let flags = if change.op == FlagOp::Remove {
            cell.view().keywords().known(&change.flags)
        } else {
            cell.check_room(0, &[&change.flags], keyword)?;
            cell.intern(&change.flags)
        };
        let since = change.unchanged_since.unwrap_or(ModSeq::new(u64::MAX));
        let (mut changed, mut modified) = (UidSet::new(), UidSet::new());
        for entry in cell.view().among(uids) {
            if entry.modseq > since {
                modified.insert(entry.uid);
            } else if change.apply(entry.flags, flags) != entry.flags {
                changed.insert(entry.uid);
            }
        }
        if changed.is_empty() {
            let modseq = cell.view().highest_modseq();
            return Ok(FlagsChanged { changed, modified, modseq });
        }
        let modseq = cell.next_modseq();
        cell.edit.update(&changed, |entry| {
            entry.flags = change.apply(entry.flags, flags);
            entry.modseq = modseq;
            true
        });
        let account = cell.account;
        self.begin_change();
        self.touch(account);
        Ok(FlagsChanged { changed, modified, modseq })
    }

    pub(super) fn copy(
        &mut self,
        from: MailboxId,
        uids: &UidSet,
        to: MailboxId,
        keep: Flags,
    ) -> Result<Copied> {
        let copies = self.copies(from, uids, to, keep)?;
        let Copies { owner, account, octets, .. } = copies;
        self.check_quota(account, octets)?;
        let copied = self.place_copies(from, &copies, to)?;
        self.count_octets(account, octets, 0);
        if owner == account && !copies.entries.is_empty() {
            self.copied_mut(account)?.extend(copies.entries.iter().map(|entry| entry.message));
        }
        Ok(copied)
    }

    pub(super) fn move_to(
        &mut self,
        from: MailboxId,
        uids: &UidSet,
        to: MailboxId,
        keep: Flags,
    ) -> Result<Copied> {
        let copies = self.copies(from, uids, to, keep)?;
        let Copies { owner, account, octets, .. } = copies;
        if owner != account {
            self.check_quota(account, octets)?;
        }
        let copied = self.place_copies(from, &copies, to)?;
        if copies.entries.is_empty() {
            return Ok(copied);
        }
        let (removed, modseq) = self.take_out(from, &copied.from)?;
        if owner != account {
            self.account(owner)?;
            self.count_octets(account, octets, 0);
            self.count_octets(owner, 0, octets);
            self.discard(owner, &removed.iter().map(|entry| entry.message).collect())?;
        }
        Ok(Copied { modseq, ..copied })
    }

    /// What is to be copied, once it is sure that it can be.
    fn copies(&mut self, from: MailboxId, uids: &UidSet, to: MailboxId, keep: Flags) -> Result<Copies> {
        let keep = keep.with(Flags::IRREGULAR);
        let source = self.cell(from)?;
        let owner = source.account;
        let kept = |entry: Entry| Entry { flags: entry.flags.among(keep), ..entry };
        let entries: Vec<Entry> = source.view().among(uids).map(kept).collect();
        let lists: Vec<FlagList> = flag_lists(&entries, source.view().keywords()).into_values().collect();
        let keyword = self.shared.limits.keyword;
        let target = self.cell(to)?;
        target.check_room(entries.len() as u64, &lists.iter().collect::<Vec<_>>(), keyword)?;
        let octets = entries.iter().map(|entry| entry.size).sum();
        Ok(Copies { owner, account: target.account, octets, entries })
    }

    fn place_copies(&mut self, from: MailboxId, copies: &Copies, to: MailboxId) -> Result<Copied> {
        let Copies { owner, account, entries, .. } = copies;
        let saved = Timestamp::from_secs(self.now().secs());
        let source = self.cell(from)?;
        let (lists, modseq) = (flag_lists(entries, source.view().keywords()), source.view().highest_modseq());
        let messages: Vec<MessageId> = if owner == account {
            entries.iter().map(|entry| entry.message).collect()
        } else {
            self.adopt(*account, entries)?
        };
        let there = self.already_there(*account, from, &messages, to)?;
        self.begin_change();
        let target = self.cell(to)?;
        let flags: HashMap<u128, Flags> =
            lists.into_iter().map(|(bits, list)| (bits, target.intern(&list))).collect();
        let new: Vec<NewMessage> = entries
            .iter()
            .zip(messages)
            .map(|(entry, message)| {
                let another = if there.contains(&message) { Flags::ANOTHER } else { Flags::NONE };
                let flags = flags.get(&entry.flags.bits()).copied().unwrap_or(Flags::NONE).with(another);
                NewMessage { message, flags, received: entry.received, saved, size: entry.size }
            })
            .collect();
        let uids = target.append(&new);
        let uid_validity = target.view().uid_validity();
        self.touch(*account);
        Ok(Copied { uid_validity, from: entries.iter().map(|entry| entry.uid).collect(), to: uids, modseq })
    }

    /// Which of these messages, that come from one mailbox of an account, are in another one already, or in the same.
    fn already_there(
        &mut self,
        account: AccountId,
        from: MailboxId,
        messages: &[MessageId],
        to: MailboxId,
    ) -> Result<HashSet<MessageId>> {
        if from == to {
            return Ok(messages.iter().copied().collect());
        }
        let copied = self.copied(account)?;
        let twice: HashSet<MessageId> =
            messages.iter().copied().filter(|message| copied.contains(*message)).collect();
        if twice.is_empty() {
            return Ok(twice);
        }
        let there = self.cell(to)?.view();
        Ok(there.entries().map(|entry| entry.message).filter(|message| twice.contains(message)).collect())
    }

    /// Makes messages of another account ones of this account too, in the same order. The bodies stay where they are.
    fn adopt(&mut self, account: AccountId, entries: &[Entry]) -> Result<Vec<MessageId>> {
        let mut known = Vec::with_capacity(entries.len());
        {
            let mut one = self.db.prepare_cached(
                "SELECT m.body, m.received, m.prefix, d.fields
                 FROM message m LEFT JOIN derived d ON d.body = m.body WHERE m.id = ?1",
            )?;
            for entry in entries {
                let found = one.query_row([entry.message.value()], |row| {
                    let fields: Option<Vec<u8>> = row.get(3)?;
                    let keys = conversation::keys(Message::parse(&fields.unwrap_or_default()).header());
                    Ok((row.get::<_, u64>(0)?, row.get(1)?, row.get::<_, Vec<u8>>(2)?, keys))
                });
                known.push(found.optional()?.ok_or(Error::NoSuchMessage)?);
            }
        }
        let mut adopted = Vec::with_capacity(known.len());
        for (body, received, prefix, keys) in known {
            self.write("UPDATE body SET refs = refs + 1 WHERE id = ?1", [body])?;
            adopted.push(self.insert_message(
                account,
                body,
                Timestamp::from_secs(received),
                &prefix,
                &keys,
            )?);
        }
        Ok(adopted)
    }

    pub(super) fn expunge(&mut self, mailbox: MailboxId, which: Expunge) -> Result<Expunged> {
        let cell = self.cell(mailbox)?;
        let account = cell.account;
        let deleted = |entry: &Entry| entry.flags.contains(Flags::DELETED);
        let uids: UidSet = match which {
            Expunge::Deleted if cell.view().marked_deleted() == 0 => UidSet::new(),
            Expunge::Deleted => cell.view().entries().filter(deleted).map(|entry| entry.uid).collect(),
            Expunge::DeletedAmong(among) => {
                cell.view().among(&among).filter(deleted).map(|entry| entry.uid).collect()
            }
            Expunge::Uids(among) => cell.view().among(&among).map(|entry| entry.uid).collect(),
        };
        if uids.is_empty() {
            return Ok(Expunged { uids, modseq: cell.view().highest_modseq() });
        }
        let (removed, modseq) = self.take_out(mailbox, &uids)?;
        self.account(account)?;
        self.count_octets(account, 0, removed.iter().map(|entry| entry.size).sum());
        self.discard(account, &removed.iter().map(|entry| entry.message).collect())?;
        Ok(Expunged { uids, modseq })
    }

    /// Takes messages out of a mailbox and keeps the fact that they are gone.
    fn take_out(&mut self, mailbox: MailboxId, uids: &UidSet) -> Result<(Vec<Entry>, ModSeq)> {
        self.begin_change();
        let cell = self.cell(mailbox)?;
        let modseq = cell.next_modseq();
        let removed = cell.remove(uids);
        let account = cell.account;
        self.write(
            "INSERT INTO vanished(mailbox, modseq, uids) VALUES(?1, ?2, ?3)",
            (mailbox.value(), modseq.value(), uids.to_bytes()),
        )?;
        if self.cell(mailbox)?.expunge_counts() {
            self.shorten_history(mailbox)?;
        }
        self.touch(account);
        Ok((removed, modseq))
    }

    pub(super) fn changes(
        &mut self,
        mailbox: MailboxId,
        since: ModSeq,
        known: Option<&UidSet>,
    ) -> Result<Changes> {
        let view = self.cell(mailbox)?.view();
        let mut changed: UidSet = view.changed_since(since).map(|entry| entry.uid).collect();
        let highest_modseq = view.highest_modseq();
        let since = since.value().min(i64::MAX.cast_unsigned());
        let mut vanished = vanished(&self.db, mailbox, since, i64::MAX.cast_unsigned())?;
        if let Some(known) = known {
            changed = changed.intersection(known);
            vanished = vanished.intersection(known);
        }
        Ok(Changes { changed, vanished, highest_modseq })
    }
}

/// What was removed from a mailbox after one modification sequence, up to another.
pub(super) fn vanished(db: &Connection, mailbox: MailboxId, after: u64, upto: u64) -> Result<UidSet> {
    let mut between =
        db.prepare_cached("SELECT uids FROM vanished WHERE mailbox = ?1 AND modseq > ?2 AND modseq <= ?3")?;
    let mut rows = between.query((mailbox.value(), after, upto))?;
    let mut ranges = Vec::new();
    while let Some(row) = rows.next()? {
        let uids = UidSet::from_bytes(row.get_ref(0)?.as_blob().unwrap_or_default())
            .ok_or_else(|| Error::Damaged(format!("history of mailbox {mailbox}")))?;
        ranges.extend(uids.ranges());
    }
    // In order, each range is added at the end.
    ranges.sort_unstable_by_key(|range| *range.start());
    let mut all = UidSet::new();
    for range in ranges {
        all.insert_range(*range.start(), *range.end());
    }
    Ok(all)
}

/// The flags that occur, by their bits, as names that every mailbox understands.
fn flag_lists(entries: &[Entry], keywords: &crate::Keywords) -> BTreeMap<u128, FlagList> {
    let mut lists = BTreeMap::new();
    for entry in entries {
        lists.entry(entry.flags.bits()).or_insert_with(|| {
            let mut list = FlagList::new();
            keywords.names(entry.flags).for_each(|name| list.insert(name));
            list.with(entry.flags.among(Flags::IRREGULAR))
        });
    }
    lists
}
