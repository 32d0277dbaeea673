//! Messages that come in, and those that leave for good.

use bytes::Bytes;

use super::{body::SqliteStaged, cell::NewMessage, fresh::Arrived, mailbox, writer::Writer};
use crate::{
    AccountId, Append, Appended, Delivered, Delivery, Error, Expunge, FlagList, Local, MailboxId, MessageId,
    Placed, RangeSet, Result, Staged, ThreadId, Timestamp, Uid, UidSet,
};

/// Messages removed for good in one go.
const SWEEP: usize = 200;

impl Writer {
    pub(super) fn deliver(&mut self, delivery: Delivery<SqliteStaged>) -> Result<Delivered> {
        let Delivery { body: staged, received, local, queue, each } = delivery;
        let mut targets = Vec::with_capacity(local.len());
        for one in &local {
            match self.target(one, staged.len()) {
                Ok(target) => targets.push(Ok(target)),
                Err(error) if each => targets.push(Err(error)),
                Err(error) => return Err(error),
            }
        }
        let refs = targets.iter().filter(|target| target.is_ok()).count() + queue.len();
        if refs == 0 {
            return Ok(Delivered {
                local: targets.into_iter().map(|t| t.and(Err(Error::NoSuchMailbox))).collect(),
                queue: vec![],
            });
        }
        let (size, octets) = (staged.len(), staged.copy_of_row(self.shared.limits.row));
        let body = self.insert_body(&staged, refs as u64)?;
        let mut placed = Vec::with_capacity(local.len());
        for (one, target) in local.iter().zip(targets) {
            placed.push(match target {
                Err(error) => Err(error),
                Ok((account, mailbox)) => {
                    let message =
                        self.arrive(account, body, received, &one.prefix, &staged, octets.as_ref())?;
                    let size = size + one.prefix.len() as u64;
                    let uids = self.place(account, mailbox, &[(message, &one.flags, received, size)])?;
                    let uid = uids.first().ok_or(Error::UidsExhausted)?;
                    let uid_validity = self.cell(mailbox)?.view().uid_validity();
                    Ok(Placed { mailbox, uid_validity, uid, message })
                }
            });
        }
        let mut entries = Vec::with_capacity(queue.len());
        for entry in queue {
            entries.push(self.enqueue(body, &entry, octets.clone())?);
        }
        Ok(Delivered { local: placed, queue: entries })
    }

    /// Where a copy for a local recipient goes, if it can.
    fn target(&mut self, local: &Local, size: u64) -> Result<(AccountId, MailboxId)> {
        let max = self.shared.limits.prefix;
        if local.prefix.len() > max {
            return Err(Error::Limit { what: "octets in a prefix", max: max as u64 });
        }
        let inbox = self.account(local.account)?.inbox;
        let named = local.mailbox.filter(|id| self.cell(*id).is_ok_and(|cell| cell.account == local.account));
        let mailbox = named.unwrap_or(inbox);
        self.check_quota(local.account, size + local.prefix.len() as u64)?;
        let keyword = self.shared.limits.keyword;
        self.cell(mailbox)?.check_room(1, &[&local.flags], keyword)?;
        Ok((local.account, mailbox))
    }

    pub(super) fn append(
        &mut self,
        mailbox: MailboxId,
        messages: Vec<Append<SqliteStaged>>,
    ) -> Result<Appended> {
        let keyword = self.shared.limits.keyword;
        let flags: Vec<&FlagList> = messages.iter().map(|message| &message.flags).collect();
        let cell = self.cell(mailbox)?;
        cell.check_room(messages.len() as u64, &flags, keyword)?;
        let (account, uid_validity) = (cell.account, cell.view().uid_validity());
        self.check_quota(account, messages.iter().map(|message| message.body.len()).sum())?;
        let uids = self.place_new(account, mailbox, messages)?;
        Ok(Appended { uid_validity, uids })
    }

    pub(super) fn replace(
        &mut self,
        from: MailboxId,
        uid: Uid,
        to: MailboxId,
        message: Append<SqliteStaged>,
    ) -> Result<Appended> {
        let source = self.cell(from)?;
        let owner = source.account;
        let replaced = source.view().entry(uid).ok_or(Error::NoSuchMessage)?;
        let keyword = self.shared.limits.keyword;
        let target = self.cell(to)?;
        target.check_room(1, &[&message.flags], keyword)?;
        let (account, uid_validity) = (target.account, target.view().uid_validity());
        let freed = if account == owner { replaced.size } else { 0 };
        self.check_quota(account, message.body.len().saturating_sub(freed))?;
        let uids = self.place_new(account, to, vec![message])?;
        self.expunge(from, Expunge::Uids(UidSet::from(uid..=uid)))?;
        Ok(Appended { uid_validity, uids })
    }

    /// Puts messages into a mailbox that are in none yet. Room and quota were checked before.
    fn place_new(
        &mut self,
        account: AccountId,
        mailbox: MailboxId,
        messages: Vec<Append<SqliteStaged>>,
    ) -> Result<UidSet> {
        let now = self.now();
        let mut uids = UidSet::new();
        for Append { body, flags, received } in messages {
            let received = received.unwrap_or(now);
            let octets = body.copy_of_row(self.shared.limits.row);
            let id = self.insert_body(&body, 1)?;
            let message = self.arrive(account, id, received, &Bytes::new(), &body, octets.as_ref())?;
            uids = uids.union(&self.place(account, mailbox, &[(message, &flags, received, body.len())])?);
        }
        Ok(uids)
    }

    /// Whether an account may keep this much more.
    pub(super) fn check_quota(&mut self, account: AccountId, wanted: u64) -> Result<()> {
        let cell = self.account(account)?;
        match cell.quota {
            Some(limit) if cell.used + wanted > limit => {
                Err(Error::OverQuota { used: cell.used, limit, wanted })
            }
            _ => Ok(()),
        }
    }

    /// Makes a message of a body that just came in, of which `octets` is a copy to be held in memory.
    fn arrive(
        &mut self,
        account: AccountId,
        body: u64,
        received: Timestamp,
        prefix: &Bytes,
        staged: &SqliteStaged,
        octets: Option<&Bytes>,
    ) -> Result<MessageId> {
        let (message, thread) =
            self.insert_message(account, body, received, prefix, &staged.known.conversation)?;
        if let Some(octets) = octets {
            let arrived = Arrived {
                thread,
                received: Timestamp::from_secs(received.secs()),
                prefix: prefix.clone(),
                body: octets.clone(),
                derived: staged.known.derived.clone(),
            };
            self.shared.arrived.hold(message, arrived.into());
        }
        Ok(message)
    }

    /// Makes a message of a body, and finds its conversation.
    pub(super) fn insert_message(
        &mut self,
        account: AccountId,
        body: u64,
        received: Timestamp,
        prefix: &[u8],
        keys: &[i64],
    ) -> Result<(MessageId, ThreadId)> {
        let id = self.next("message")?;
        let thread = self.join_conversation(account, id, keys)?;
        self.write(
            "INSERT INTO message(id, account, body, received, thread, prefix) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
            (id, account.value(), body, received.secs(), thread, prefix),
        )?;
        self.message_arrived();
        Ok((MessageId::new(id), ThreadId::new(thread)))
    }

    /// Puts messages into a mailbox. Room and quota were checked before.
    pub(super) fn place(
        &mut self,
        account: AccountId,
        mailbox: MailboxId,
        new: &[(MessageId, &FlagList, Timestamp, u64)],
    ) -> Result<UidSet> {
        let saved = Timestamp::from_secs(self.now().secs());
        self.begin_change();
        self.count_octets(account, new.iter().map(|(.., size)| size).sum(), 0);
        let cell = self.cell(mailbox)?;
        let new: Vec<NewMessage> = new
            .iter()
            .map(|&(message, flags, received, size)| NewMessage {
                message,
                flags: cell.intern(flags),
                received: Timestamp::from_secs(received.secs()),
                saved,
                size,
            })
            .collect();
        let uids = cell.append(&new);
        self.touch(account);
        Ok(uids)
    }

    /// Messages have left a mailbox: they are removed for good after a while, unless they are in another.
    pub(super) fn discard(&mut self, account: AccountId, messages: &RangeSet<MessageId>) -> Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let id = self.next("garbage")?;
        let now = self.now();
        self.write(
            "INSERT INTO garbage(id, account, since, messages) VALUES(?1, ?2, ?3, ?4)",
            (id, account.value(), now.value(), messages.to_bytes()),
        )?;
        Ok(())
    }

    /// Removes some of what was discarded long enough ago; whether there may be more.
    pub(super) fn sweep(&mut self) -> Result<bool> {
        let afterlife = i64::try_from(self.shared.limits.afterlife.as_millis()).unwrap_or(i64::MAX);
        let before = self.now().value().saturating_sub(afterlife);
        let found: Option<(u64, u64, Vec<u8>)> = {
            let mut oldest = self.db.prepare_cached(
                "SELECT id, account, messages FROM garbage WHERE since <= ?1 ORDER BY id LIMIT 1",
            )?;
            let mut rows = oldest.query([before])?;
            rows.next()?.map(|row| Ok::<_, Error>((row.get(0)?, row.get(1)?, row.get(2)?))).transpose()?
        };
        let Some((id, account, bytes)) = found else { return Ok(false) };
        let account = AccountId::new(account);
        let all = RangeSet::<MessageId>::from_bytes(&bytes)
            .ok_or_else(|| Error::Damaged(format!("list of discarded messages of account {account}")))?;
        let some: RangeSet<MessageId> = all.iter().take(SWEEP).collect();
        let doubtful = some.intersection(self.copied(account)?);
        let kept = self.still_somewhere(account, &doubtful)?;
        for message in some.difference(&kept).iter() {
            self.remove_message(message.value())?;
        }
        let rest = all.difference(&some);
        if rest.is_empty() {
            self.write("DELETE FROM garbage WHERE id = ?1", [id])?;
        } else {
            self.write("UPDATE garbage SET messages = ?2 WHERE id = ?1", (id, rest.to_bytes()))?;
        }
        Ok(true)
    }

    /// Those that are in some mailbox of the account.
    pub(super) fn still_somewhere(
        &mut self,
        account: AccountId,
        messages: &RangeSet<MessageId>,
    ) -> Result<RangeSet<MessageId>> {
        let mut found = RangeSet::default();
        if messages.is_empty() {
            return Ok(found);
        }
        for mailbox in mailbox::all(&self.db, account)? {
            let cell = self.cell(mailbox.id)?;
            found.extend(cell.view().entries().map(|entry| entry.message).filter(|m| messages.contains(*m)));
        }
        Ok(found)
    }

    /// Removes a message, and its body if nothing else refers to it.
    pub(super) fn remove_message(&mut self, id: u64) -> Result<()> {
        self.shared.arrived.forget(MessageId::new(id));
        let body: Option<u64> = self.value("DELETE FROM message WHERE id = ?1 RETURNING body", [id])?;
        self.begin_change();
        match body {
            Some(body) => self.release_body(body),
            None => Ok(()),
        }
    }
}
