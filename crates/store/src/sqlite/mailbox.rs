//! Mailboxes: making, naming and listing them.

use rusqlite::{Connection, OptionalExtension, Row};

use super::writer::Writer;
use crate::{
    AccountId, Error, Flags, Mailbox, MailboxId, MailboxName, ModSeq, Result, SpecialUse, Status, Uid,
    UidValidity,
};

pub(super) const COLUMNS: &str = "SELECT m.id, m.account, m.name, m.special_use, m.uid_validity,
    EXISTS(SELECT 1 FROM subscription s WHERE s.account = m.account AND s.name = m.name)";
/// How many columns these are.
pub(super) const WIDTH: usize = 6;

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<(Mailbox, String)> {
    let name: String = row.get(2)?;
    let special_use: Option<String> = row.get(3)?;
    let mailbox = Mailbox {
        id: MailboxId::new(row.get(0)?),
        account: AccountId::new(row.get(1)?),
        name: MailboxName::inbox(),
        special_use: special_use.as_deref().and_then(SpecialUse::from_attribute),
        uid_validity: UidValidity::new(row.get(4)?),
        subscribed: row.get(5)?,
    };
    Ok((mailbox, name))
}

pub(super) fn named((mailbox, name): (Mailbox, String)) -> Result<Mailbox> {
    Ok(Mailbox { name: MailboxName::new(&name)?, ..mailbox })
}

/// All mailboxes of an account, by name.
pub(super) fn all(db: &Connection, account: AccountId) -> Result<Vec<Mailbox>> {
    let mut all =
        db.prepare_cached(&format!("{COLUMNS} FROM mailbox m WHERE m.account = ?1 ORDER BY m.name"))?;
    let rows = all.query_map([account.value()], read)?;
    rows.map(|row| named(row?)).collect()
}

/// Whether an account has more mailboxes than that.
pub(super) fn are_more_than(db: &Connection, account: AccountId, count: usize) -> Result<bool> {
    let mut one_more = db.prepare_cached("SELECT 1 FROM mailbox WHERE account = ?1 LIMIT 1 OFFSET ?2")?;
    Ok(one_more.exists((account.value(), count as u64))?)
}

/// One mailbox by its name.
pub(super) fn by_name(db: &Connection, account: AccountId, name: &MailboxName) -> Result<Option<Mailbox>> {
    let mut one =
        db.prepare_cached(&format!("{COLUMNS} FROM mailbox m WHERE m.account = ?1 AND m.name = ?2"))?;
    one.query_row((account.value(), name.as_str()), read).optional()?.map(named).transpose()
}

/// Subscribed names, in order.
pub(super) fn subscriptions(db: &Connection, account: AccountId) -> Result<Vec<MailboxName>> {
    let mut all = db.prepare_cached("SELECT name FROM subscription WHERE account = ?1 ORDER BY name")?;
    let rows = all.query_map([account.value()], |row| row.get::<_, String>(0))?;
    rows.map(|name| Ok(MailboxName::new(&name?)?)).collect()
}

const COUNTERS: &str =
    "SELECT id, messages, unseen, deleted, size, uid_validity, uid_next, modseq, first_recent
    FROM mailbox";

fn counters(row: &Row<'_>) -> rusqlite::Result<(Status, Uid)> {
    let status = Status {
        mailbox: MailboxId::new(row.get(0)?),
        messages: row.get(1)?,
        recent: 0,
        unseen: row.get(2)?,
        deleted: row.get(3)?,
        size: row.get(4)?,
        uid_validity: UidValidity::new(row.get(5)?),
        uid_next: Uid::new(row.get(6)?),
        highest_modseq: ModSeq::new(row.get(7)?),
    };
    Ok((status, Uid::new(row.get(8)?)))
}

/// The counters of a mailbox without the recent ones, and the first UID that is recent.
pub(super) fn status(db: &Connection, mailbox: MailboxId) -> Result<Option<(Status, Uid)>> {
    let mut one = db.prepare_cached(&format!("{COUNTERS} WHERE id = ?1"))?;
    Ok(one.query_row([mailbox.value()], counters).optional()?)
}

/// The counters of all mailboxes of an account without the recent ones.
pub(super) fn statuses(db: &Connection, account: AccountId) -> Result<Vec<Status>> {
    let mut all = db.prepare_cached(&format!("{COUNTERS} WHERE account = ?1"))?;
    let rows = all.query_map([account.value()], |row| Ok(counters(row)?.0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Writer {
    /// Makes a mailbox, and those above it that do not exist.
    pub(super) fn create_mailbox(
        &mut self,
        account: AccountId,
        name: &MailboxName,
        special_use: Option<SpecialUse>,
    ) -> Result<Mailbox> {
        if by_name(&self.db, account, name)?.is_some() {
            return Err(Error::AlreadyExists(name.to_string()));
        }
        self.make_parents(account, name, 1)?;
        self.insert_mailbox(account, name, special_use)?;
        by_name(&self.db, account, name)?.ok_or(Error::NoSuchMailbox)
    }

    /// Makes the mailboxes above a name that do not exist, if the account may have those and so many more.
    fn make_parents(&mut self, account: AccountId, name: &MailboxName, more: usize) -> Result<()> {
        let mut missing = Vec::new();
        let mut above = name.parent();
        while let Some(parent) = above {
            if by_name(&self.db, account, &parent)?.is_some() {
                break;
            }
            above = parent.parent();
            missing.push(parent);
        }
        let max = self.shared.limits.mailboxes;
        let count = self.account(account)?.mailboxes as usize;
        if count + missing.len() + more > max as usize {
            return Err(Error::Limit { what: "mailboxes", max: u64::from(max) });
        }
        for parent in missing.iter().rev() {
            self.insert_mailbox(account, parent, None)?;
        }
        Ok(())
    }

    /// Makes one mailbox that does not exist. Whether there may be one more was checked before.
    pub(super) fn insert_mailbox(
        &mut self,
        account: AccountId,
        name: &MailboxName,
        special_use: Option<SpecialUse>,
    ) -> Result<MailboxId> {
        let id = MailboxId::new(self.next("mailbox")?);
        let validity = self.new_validity()?;
        self.write(
            "INSERT INTO mailbox(id, account, name, special_use, uid_validity) VALUES(?1, ?2, ?3, ?4, ?5)",
            (id.value(), account.value(), name.as_str(), special_use.map(SpecialUse::attribute), validity),
        )?;
        // RFC 4314 §4: who may use the mailbox above may use what is made below it.
        if let Some(above) = name.parent()
            && let Some(above) = by_name(&self.db, account, &above)?
        {
            self.copy_acl(above.id, id)?;
        }
        self.count_mailbox(account, true);
        self.rename(account);
        Ok(id)
    }

    /// Follows the clock, so that it grows even where the numbers given out are forgotten.
    fn new_validity(&mut self) -> Result<u64> {
        let seconds = u64::try_from(self.now().secs()).unwrap_or(0).min(u64::from(u32::MAX) - 1);
        let last: u64 = self.value("SELECT value FROM counter WHERE name = 'uid_validity'", [])?.unwrap_or(0);
        self.next_above("uid_validity", seconds.saturating_sub(1).max(last))
    }

    pub(super) fn delete_mailbox(&mut self, account: AccountId, name: &MailboxName) -> Result<()> {
        if name.is_inbox() {
            return Err(Error::Forbidden("the inbox cannot be deleted"));
        }
        let mailbox = by_name(&self.db, account, name)?.ok_or(Error::NoSuchMailbox)?;
        self.account(account)?;
        let entries = self.bury(mailbox.id)?;
        self.count_mailbox(account, false);
        self.count_octets(account, 0, entries.iter().map(|entry| entry.size).sum());
        self.discard(account, &entries.iter().map(|entry| entry.message).collect())?;
        self.rename(account);
        Ok(())
    }

    pub(super) fn rename_mailbox(
        &mut self,
        account: AccountId,
        from: &MailboxName,
        to: &MailboxName,
    ) -> Result<()> {
        let mailbox = by_name(&self.db, account, from)?;
        let below: Vec<Mailbox> =
            all(&self.db, account)?.into_iter().filter(|m| m.name.is_below(from)).collect();
        if mailbox.is_none() && below.is_empty() {
            return Err(Error::NoSuchMailbox);
        }
        if by_name(&self.db, account, to)?.is_some() {
            return Err(Error::AlreadyExists(to.to_string()));
        }
        if to.is_below(from) && !from.is_inbox() {
            return Err(Error::Forbidden("a mailbox cannot become its own child"));
        }
        if let Some(mailbox) = mailbox.as_ref().filter(|mailbox| mailbox.name.is_inbox()) {
            let new = self.create_mailbox(account, to, None)?;
            let all = self.cell(mailbox.id)?.view().uids();
            self.move_to(mailbox.id, &all, new.id, Flags::ALL)?;
            self.copy_annotations(mailbox.id, new.id)?;
            self.copy_acl(mailbox.id, new.id)?;
            self.rename_inbox(account, new.id);
            return Ok(());
        }
        let mut moved: Vec<_> = mailbox.into_iter().map(|mailbox| (mailbox.id, to.clone())).collect();
        for child in below {
            let name = format!("{to}{}", &child.name.as_str()[from.as_str().len()..]);
            let name = MailboxName::new(&name)?;
            if by_name(&self.db, account, &name)?.is_some() {
                return Err(Error::AlreadyExists(name.to_string()));
            }
            moved.push((child.id, name));
        }
        self.make_parents(account, to, 0)?;
        for (id, name) in moved {
            self.write("UPDATE mailbox SET name = ?2 WHERE id = ?1", (id.value(), name.as_str()))?;
        }
        self.rename(account);
        Ok(())
    }

    pub(super) fn set_special_use(
        &mut self,
        mailbox: MailboxId,
        special_use: Option<SpecialUse>,
    ) -> Result<()> {
        let cell = self.cell(mailbox)?;
        cell.next_modseq();
        let account = cell.account;
        self.write(
            "UPDATE mailbox SET special_use = ?2 WHERE id = ?1",
            (mailbox.value(), special_use.map(SpecialUse::attribute)),
        )?;
        self.rename(account);
        Ok(())
    }

    pub(super) fn subscribe(
        &mut self,
        account: AccountId,
        name: &MailboxName,
        subscribed: bool,
    ) -> Result<()> {
        self.account_exists(account)?;
        let sql = if subscribed {
            "INSERT OR IGNORE INTO subscription(account, name) VALUES(?1, ?2)"
        } else {
            "DELETE FROM subscription WHERE account = ?1 AND name = ?2"
        };
        self.write(sql, (account.value(), name.as_str()))?;
        self.rename(account);
        Ok(())
    }

    fn account_exists(&self, account: AccountId) -> Result<()> {
        self.value::<u64>("SELECT id FROM account WHERE id = ?1", [account.value()])?
            .ok_or(Error::NoSuchAccount)
            .map(drop)
    }
}
