//! Annotations: small values that users keep with a mailbox, or with their account.

use bytes::Bytes;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

use super::writer::Writer;
use crate::{AccountId, Error, MailboxId, Result};

/// How an account's own annotations are kept: no mailbox has this number.
fn key(mailbox: Option<MailboxId>) -> u64 {
    mailbox.map_or(0, MailboxId::value)
}

/// All annotations of a mailbox or of the account, by name.
pub(super) fn all(
    db: &Connection,
    account: AccountId,
    mailbox: Option<MailboxId>,
) -> Result<Vec<(String, Bytes)>> {
    let mut all = db.prepare_cached(
        "SELECT name, value FROM annotation WHERE account = ?1 AND mailbox = ?2 ORDER BY name",
    )?;
    let rows = all.query_map((account.value(), key(mailbox)), |row| {
        Ok((row.get(0)?, Bytes::from(row.get::<_, Vec<u8>>(1)?)))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Writer {
    pub(super) fn annotate(
        &mut self,
        account: AccountId,
        mailbox: Option<MailboxId>,
        changes: &[(String, Option<Bytes>)],
    ) -> Result<()> {
        match mailbox {
            Some(id) if self.cell(id)?.account != account => return Err(Error::NoSuchMailbox),
            Some(_) => {}
            None => drop(self.account(account)?),
        }
        let max = self.shared.limits.annotation as u64;
        if changes.iter().flat_map(|(_, value)| value).any(|value| value.len() as u64 > max) {
            return Err(Error::Limit { what: "octets in an annotation", max });
        }
        let values: BTreeMap<String, Bytes> = all(&self.db, account, mailbox)?.into_iter().collect();
        let changed = changes.iter().any(|(name, value)| values.get(name) != value.as_ref());
        let mut names: BTreeSet<&String> = values.keys().collect();
        let before = names.len();
        for (name, value) in changes {
            if value.is_some() {
                names.insert(name)
            } else {
                names.remove(name)
            };
        }
        let max = self.shared.limits.annotations;
        if names.len() > before && names.len() > max {
            return Err(Error::Limit { what: "annotations", max: max as u64 });
        }
        self.begin_change();
        for (name, value) in changes {
            match value {
                Some(value) => self.write(
                    "INSERT INTO annotation(account, mailbox, name, value) VALUES(?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET value = excluded.value",
                    (account.value(), key(mailbox), name, &**value),
                )?,
                None => self.write(
                    "DELETE FROM annotation WHERE account = ?1 AND mailbox = ?2 AND name = ?3",
                    (account.value(), key(mailbox), name),
                )?,
            };
        }
        if let Some(id) = mailbox.filter(|_| changed) {
            self.cell(id)?.next_modseq();
        }
        self.touch_annotations(account);
        Ok(())
    }

    /// What a mailbox is annotated with, another one is too.
    pub(super) fn copy_annotations(&mut self, from: MailboxId, to: MailboxId) -> Result<()> {
        self.write(
            "INSERT OR REPLACE INTO annotation(account, mailbox, name, value)
             SELECT account, ?2, name, value FROM annotation WHERE mailbox = ?1",
            (from.value(), to.value()),
        )?;
        Ok(())
    }
}
