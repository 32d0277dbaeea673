//! Accounts and their addresses.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};

use super::writer::Writer;
use crate::{Account, AccountChange, AccountId, Error, MailboxName, NewAccount, Result, Timestamp, Usage};

const COLUMNS: &str = "SELECT id, address, credentials, quota, created FROM account";

fn read(db: &Connection, row: &Row<'_>) -> rusqlite::Result<Account> {
    let id: u64 = row.get(0)?;
    let mut aliases = db.prepare_cached("SELECT address FROM alias WHERE account = ?1 ORDER BY address")?;
    let aliases = aliases.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(Account {
        id: AccountId::new(id),
        address: row.get(1)?,
        aliases,
        credentials: Bytes::from(row.get::<_, Vec<u8>>(2)?),
        quota: row.get(3)?,
        created: Timestamp::new(row.get(4)?),
    })
}

/// The account with this address or alias.
pub(super) fn by_address(db: &Connection, address: &str) -> Result<Option<Account>> {
    let sql = format!(
        "{COLUMNS} WHERE id = coalesce((SELECT id FROM account WHERE address = ?1),
                                       (SELECT account FROM alias WHERE address = ?1))"
    );
    Ok(db.prepare_cached(&sql)?.query_row([address], |row| read(db, row)).optional()?)
}

/// The account with this number.
pub(super) fn by_id(db: &Connection, id: AccountId) -> Result<Account> {
    let found =
        db.prepare_cached(&format!("{COLUMNS} WHERE id = ?1"))?.query_row([id.value()], |row| read(db, row));
    found.optional()?.ok_or(Error::NoSuchAccount)
}

/// All accounts, by address.
pub(super) fn all(db: &Connection) -> Result<Vec<Account>> {
    let mut every = db.prepare_cached(&format!("{COLUMNS} ORDER BY address"))?;
    Ok(every.query_map([], |row| read(db, row))?.collect::<rusqlite::Result<_>>()?)
}

/// What an account keeps.
pub(super) fn usage(db: &Connection, id: AccountId) -> Result<Usage> {
    let mut sums = db.prepare_cached(
        "SELECT a.quota, coalesce(sum(m.messages), 0), coalesce(sum(m.size), 0)
         FROM account a LEFT JOIN mailbox m ON m.account = a.id WHERE a.id = ?1 GROUP BY a.id",
    )?;
    let usage = sums.query_row([id.value()], |row| {
        Ok(Usage { quota: row.get(0)?, messages: row.get(1)?, octets: row.get(2)? })
    });
    usage.optional()?.ok_or(Error::NoSuchAccount)
}

impl Writer {
    pub(super) fn create_account(&mut self, new: &NewAccount) -> Result<Account> {
        for address in std::iter::once(&new.address).chain(&new.aliases) {
            self.check_address(address, None)?;
        }
        let id = AccountId::new(self.next("account")?);
        let created = self.now();
        self.write(
            "INSERT INTO account(id, address, credentials, quota, created) VALUES(?1, ?2, ?3, ?4, ?5)",
            (id.value(), &new.address, &*new.credentials, new.quota, created.value()),
        )?;
        self.set_aliases(id, &new.aliases)?;
        self.insert_mailbox(id, &MailboxName::inbox(), None)?;
        self.subscribe(id, &MailboxName::inbox(), true)?;
        for (name, special_use) in new.mailboxes.iter().filter(|(name, _)| !name.is_inbox()) {
            self.create_mailbox(id, name, *special_use)?;
            self.subscribe(id, name, true)?;
        }
        by_id(&self.db, id)
    }

    pub(super) fn change_account(&mut self, id: AccountId, change: &AccountChange) -> Result<Account> {
        by_id(&self.db, id)?;
        self.change_accounts();
        for address in change.aliases.iter().flatten() {
            self.check_address(address, Some(id))?;
        }
        if let Some(credentials) = &change.credentials {
            self.write("UPDATE account SET credentials = ?2 WHERE id = ?1", (id.value(), &**credentials))?;
        }
        if let Some(quota) = change.quota {
            self.write("UPDATE account SET quota = ?2 WHERE id = ?1", (id.value(), quota))?;
            self.forget_account(id);
        }
        if let Some(aliases) = &change.aliases {
            self.write("DELETE FROM alias WHERE account = ?1", [id.value()])?;
            self.set_aliases(id, aliases)?;
        }
        by_id(&self.db, id)
    }

    pub(super) fn remove_account(&mut self, id: AccountId) -> Result<()> {
        by_id(&self.db, id)?;
        for mailbox in super::mailbox::all(&self.db, id)? {
            self.bury(mailbox.id)?;
        }
        for table in ["alias", "subscription", "annotation", "copied", "garbage", "conversation"] {
            self.write(&format!("DELETE FROM {table} WHERE account = ?1"), [id.value()])?;
        }
        self.drop_grants(id)?;
        let messages: Vec<u64> = {
            let mut all = self.db.prepare_cached("SELECT id FROM message WHERE account = ?1")?;
            all.query_map([id.value()], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
        };
        for message in messages {
            self.remove_message(message)?;
        }
        self.write("DELETE FROM account WHERE id = ?1", [id.value()])?;
        self.forget_account(id);
        self.change_accounts();
        self.rename(id);
        Ok(())
    }

    fn check_address(&self, address: &str, but: Option<AccountId>) -> Result<()> {
        match by_address(&self.db, address)? {
            Some(other) if Some(other.id) != but || other.address == address => {
                Err(Error::AlreadyExists(address.to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn set_aliases(&mut self, id: AccountId, aliases: &[String]) -> Result<()> {
        for alias in aliases {
            self.write("INSERT OR IGNORE INTO alias(address, account) VALUES(?1, ?2)", (alias, id.value()))?;
        }
        Ok(())
    }
}
