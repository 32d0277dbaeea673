//! Flags, copies, moves, removals, and the history of it.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::RangeInclusive,
};

use mailwright_message::Message;
use rusqlite::{Connection, OptionalExtension};

use super::{cell::NewMessage, conversation, writer::Writer};
use crate::{
    AccountId, Changes, Copied, Error, Expunge, Expunged, FlagChange, FlagList, FlagOp, Flags, FlagsChanged,
    MailboxId, MessageId, ModSeq, Result, Timestamp, Uid, UidSet, View, view::Entry,
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
            let received = Timestamp::from_secs(received);
            adopted.push(self.insert_message(account, body, received, &prefix, &keys)?.0);
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
}

/// The outcome of a change of flags that leaves all messages of the view as they are: the writer need not be asked.
pub(super) fn leaves(view: &View, uids: &UidSet, change: &FlagChange) -> Option<FlagsChanged> {
    let (keywords, flags) = (view.keywords(), view.keywords().known(&change.flags));
    let is_new = |name| keywords.flag(name).is_none();
    if change.unchanged_since.is_some()
        || (change.op != FlagOp::Remove && change.flags.keywords().any(is_new))
        || view.among(uids).any(|entry| change.apply(entry.flags, flags) != entry.flags)
    {
        return None;
    }
    Some(FlagsChanged { changed: UidSet::new(), modified: UidSet::new(), modseq: view.highest_modseq() })
}

/// What happened in a mailbox after `since`, up to the view.
pub(super) fn changes(
    db: &Connection,
    view: &View,
    since: ModSeq,
    known: Option<&UidSet>,
) -> Result<Changes> {
    let (mut changed, highest_modseq) = (view.changed_since(since), view.highest_modseq());
    let (mut vanished, later) = vanished(db, view.mailbox(), since, highest_modseq)?;
    // What went after the view was made may have been joined with what went before.
    if !later.is_empty() {
        vanished = vanished.union(&later.difference(&view.uids()));
    }
    if let Some(known) = known {
        changed = changed.intersection(known);
        vanished = vanished.intersection(known);
    }
    Ok(Changes { changed, vanished, highest_modseq })
}

/// What was removed from a mailbox after one modification sequence up to another, and what was removed later.
pub(super) fn vanished(
    db: &Connection,
    mailbox: MailboxId,
    after: ModSeq,
    upto: ModSeq,
) -> Result<(UidSet, UidSet)> {
    let mut rows_after =
        db.prepare_cached("SELECT uids, modseq FROM vanished WHERE mailbox = ?1 AND modseq > ?2")?;
    let after = after.value().min(i64::MAX.cast_unsigned());
    let mut rows = rows_after.query((mailbox.value(), after))?;
    let (mut removed, mut later) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let uids = UidSet::from_bytes(row.get_ref(0)?.as_blob().unwrap_or_default())
            .ok_or_else(|| Error::Damaged(format!("history of mailbox {mailbox}")))?;
        let part = if row.get::<_, u64>(1)? <= upto.value() { &mut removed } else { &mut later };
        part.extend(uids.ranges());
    }
    Ok((joined(removed), joined(later)))
}

fn joined(mut ranges: Vec<RangeInclusive<Uid>>) -> UidSet {
    // In order, each range is added at the end.
    ranges.sort_unstable_by_key(|range| *range.start());
    let mut all = UidSet::new();
    for range in ranges {
        all.insert_range(*range.start(), *range.end());
    }
    all
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Append, Incoming, Limits, MailboxName, NewAccount, Store, sqlite::SqliteStore};

    #[tokio::test(flavor = "multi_thread")]
    async fn what_went_after_the_view_is_not_told_even_where_the_history_was_shortened() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), Limits::default()).await.unwrap();
        let ann = NewAccount { address: "ann@example.test".into(), ..NewAccount::default() };
        let ann = store.create_account(ann).await.unwrap();
        let inbox = store.mailbox(ann.id, &MailboxName::inbox()).await.unwrap().unwrap().id;
        let mut messages = Vec::new();
        for _ in 0..4 {
            let body = store.incoming(None).await.unwrap().finish().await.unwrap();
            messages.push(Append { body, flags: FlagList::new(), received: None });
        }
        store.append(inbox, messages).await.unwrap();
        let start = store.open(inbox).await.unwrap().borrow().highest_modseq();
        let gone = |uid| Expunge::Uids(UidSet::from(Uid::new(uid)..=Uid::new(uid)));
        store.expunge(inbox, gone(2)).await.unwrap();
        let view = store.open(inbox).await.unwrap().borrow().clone();
        let last = store.expunge(inbox, gone(3)).await.unwrap().modseq;
        for is_shortened in [false, true] {
            if is_shortened {
                let joined = UidSet::from(Uid::new(2)..=Uid::new(3)).to_bytes();
                let shorten = move |writer: &mut Writer| {
                    writer.write("DELETE FROM vanished", [])?;
                    writer.write(
                        "INSERT INTO vanished VALUES(?1, ?2, ?3)",
                        (inbox.value(), last.value(), joined),
                    )
                };
                store.asks.run(shorten).await.unwrap();
            }
            let view = view.clone();
            let told = store.read(move |db, _| changes(db, &view, start, None)).await.unwrap();
            assert_eq!(told.vanished.to_string(), "2", "shortened: {is_shortened}");
        }
        store.close().await.unwrap();
    }
}
