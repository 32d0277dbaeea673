//! Access control lists of mailboxes.

use std::sync::Arc;

use rusqlite::{Connection, Row};

use super::{mailbox, writer::Writer};
use crate::{AccountId, AclChange, AclEntry, Error, Grantee, MailboxId, Result, SharedMailbox};

/// How `anyone` is kept: no account has this number.
const ANYONE: u64 = 0;

fn key(grantee: Grantee) -> u64 {
    match grantee {
        Grantee::Anyone => ANYONE,
        Grantee::Account(account) => account.value(),
    }
}

/// An entry from three columns, of which this is the first.
fn entry(row: &Row<'_>, first: usize) -> rusqlite::Result<AclEntry> {
    let grantee = match row.get(first)? {
        ANYONE => Grantee::Anyone,
        account => Grantee::Account(AccountId::new(account)),
    };
    Ok(AclEntry { grantee, negative: row.get(first + 1)?, rights: row.get(first + 2)? })
}

/// The list of a mailbox: `anyone` first, then accounts by age.
pub(super) fn of(db: &Connection, mailbox: MailboxId) -> Result<Arc<[AclEntry]>> {
    let mut all = db.prepare_cached(
        "SELECT grantee, negative, rights FROM acl WHERE mailbox = ?1 ORDER BY grantee, negative",
    )?;
    let rows = all.query_map([mailbox.value()], |row| entry(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Mailboxes of other accounts that this one has a right to, by owner and name.
pub(super) fn shared(db: &Connection, account: AccountId) -> Result<Vec<SharedMailbox>> {
    let mut all = db.prepare_cached(&format!(
        "{}, a.address, acl.grantee, acl.negative, acl.rights
         FROM acl JOIN mailbox m ON m.id = acl.mailbox JOIN account a ON a.id = m.account
         WHERE acl.grantee IN ({ANYONE}, ?1) AND m.account <> ?1
         ORDER BY a.address, m.name, m.id",
        mailbox::COLUMNS
    ))?;
    let mut rows = all.query([account.value()])?;
    let mut found: Vec<SharedMailbox> = Vec::new();
    let mut acl: Vec<AclEntry> = Vec::new();
    while let Some(row) = rows.next()? {
        let (one, name) = mailbox::read(row)?;
        if found.last().is_none_or(|last| last.mailbox.id != one.id) {
            let mailbox = mailbox::named((one, name))?;
            found.push(SharedMailbox { mailbox, owner: row.get(mailbox::WIDTH)?, rights: 0 });
            acl.clear();
        }
        acl.push(entry(row, mailbox::WIDTH + 1)?);
        if let Some(last) = found.last_mut() {
            last.rights = AclEntry::rights_of(account, &acl);
        }
    }
    found.retain(|shared| shared.rights != 0);
    Ok(found)
}

impl Writer {
    pub(super) fn change_acl(
        &mut self,
        mailbox: MailboxId,
        grantee: Grantee,
        negative: bool,
        change: AclChange,
    ) -> Result<()> {
        let owner = self.cell(mailbox)?.account;
        if let Grantee::Account(account) = grantee {
            self.account(account)?;
        }
        let acl = of(&self.db, mailbox)?;
        let found = acl.iter().find(|entry| entry.grantee == grantee && entry.negative == negative);
        let before = found.map_or(0, |entry| entry.rights);
        let max = self.shared.limits.acl;
        if found.is_none() && change != AclChange::Delete && acl.len() >= max {
            return Err(Error::Limit { what: "entries in an access control list", max: max as u64 });
        }
        let rights = match change {
            AclChange::Set(rights) => Some(rights),
            AclChange::Add(rights) => Some(before | rights),
            AclChange::Remove(rights) => Some(before & !rights),
            AclChange::Delete => None,
        };
        let of_entry = (mailbox.value(), key(grantee), negative);
        match rights {
            Some(rights) => self.write(
                "INSERT INTO acl(mailbox, grantee, negative, rights) VALUES(?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET rights = excluded.rights",
                (of_entry.0, of_entry.1, of_entry.2, rights),
            )?,
            None => {
                self.write("DELETE FROM acl WHERE mailbox = ?1 AND grantee = ?2 AND negative = ?3", of_entry)?
            }
        };
        self.change_acls();
        self.touch(owner);
        if let Grantee::Account(account) = grantee {
            self.touch(account);
        }
        Ok(())
    }

    /// Who may do something with a mailbox may do it with another one too.
    pub(super) fn copy_acl(&mut self, from: MailboxId, to: MailboxId) -> Result<()> {
        let copied = self.write(
            "INSERT OR REPLACE INTO acl(mailbox, grantee, negative, rights)
             SELECT ?2, grantee, negative, rights FROM acl WHERE mailbox = ?1",
            (from.value(), to.value()),
        )?;
        if copied > 0 {
            self.change_acls();
        }
        Ok(())
    }

    /// Removes the list of a mailbox that is being deleted.
    pub(super) fn drop_acl(&mut self, mailbox: MailboxId) -> Result<()> {
        if self.write("DELETE FROM acl WHERE mailbox = ?1", [mailbox.value()])? > 0 {
            self.change_acls();
        }
        Ok(())
    }

    /// Removes what an account that is being removed was given.
    pub(super) fn drop_grants(&mut self, account: AccountId) -> Result<()> {
        if self.write("DELETE FROM acl WHERE grantee = ?1", [account.value()])? > 0 {
            self.change_acls();
        }
        Ok(())
    }
}
