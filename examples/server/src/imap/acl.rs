//! Who may do what with a mailbox: identifiers are `anyone` and the names of accounts, with `-` before them where they
//! take rights away.

use super::{
    place::{self, Place},
    refusal::no,
};
use crate::server::Shared;
use mailwright_imap::{
    server::{AclChange, Grantable, No},
    types::{MailboxName, Rights, response::Code},
};
use mailwright_store::{self as store, Account, AccountId, Grantee, Store};

/// The identifier of everybody.
const ANYONE: &str = "anyone";

/// The entries of a mailbox's list, its owner's first.
pub(super) async fn list(
    shared: &Shared,
    account: &Account,
    mailbox: &MailboxName,
) -> Result<Vec<(String, Rights)>, No> {
    let Place { mailbox, .. } = place::require(&shared.store, account, mailbox, Rights::ADMINISTER).await?;
    let mut listed: Vec<_> =
        address(shared, mailbox.account).await?.map(|owner| (owner, Rights::ALL)).into_iter().collect();
    for entry in shared.store.acl(mailbox.id).await.map_err(no)?.iter() {
        let name = match entry.grantee {
            Grantee::Anyone => Some(ANYONE.to_owned()),
            Grantee::Account(account) => address(shared, account).await?,
        };
        let sign = if entry.negative { "-" } else { "" };
        listed.extend(name.map(|name| (format!("{sign}{name}"), Rights::from_bits(entry.rights))));
    }
    Ok(listed)
}

/// Changes an entry. The owner's cannot be: all may be done by it, always.
pub(super) async fn change(
    shared: &Shared,
    account: &Account,
    mailbox: &MailboxName,
    identifier: &str,
    change: AclChange,
) -> Result<(), No> {
    let Place { mailbox, .. } = place::require(&shared.store, account, mailbox, Rights::ADMINISTER).await?;
    let (grantee, negative) = grantee(shared, identifier).await?;
    if grantee == Grantee::Account(mailbox.account) {
        let leaves_all = match change {
            AclChange::Set(rights) => rights == Rights::ALL,
            AclChange::Add(_) => true,
            AclChange::Remove(rights) => rights.is_empty(),
            AclChange::Delete => false,
        };
        return match leaves_all && !negative {
            true => Ok(()),
            false => Err(No::new("the owner has all rights").with(Code::Cannot)),
        };
    }
    let change = match change {
        AclChange::Set(rights) => store::AclChange::Set(rights.bits()),
        AclChange::Add(rights) => store::AclChange::Add(rights.bits()),
        AclChange::Remove(rights) => store::AclChange::Remove(rights.bits()),
        AclChange::Delete => store::AclChange::Delete,
    };
    shared.store.change_acl(mailbox.id, grantee, negative, change).await.map_err(no)
}

/// Which rights an identifier may be given.
pub(super) async fn grantable(
    shared: &Shared,
    account: &Account,
    mailbox: &MailboxName,
    identifier: &str,
) -> Result<Grantable, No> {
    let Place { mailbox, .. } = place::require(&shared.store, account, mailbox, Rights::ADMINISTER).await?;
    let (grantee, negative) = grantee(shared, identifier).await?;
    Ok(match (grantee == Grantee::Account(mailbox.account), negative) {
        (true, false) => Grantable { required: Rights::ALL, optional: Rights::NONE },
        (true, true) => Grantable { required: Rights::NONE, optional: Rights::NONE },
        (false, _) => Grantable { required: Rights::NONE, optional: Rights::ALL },
    })
}

/// What the account may do with a mailbox. Somebody who may do something with it is told what (RFC 4314 §4).
pub(super) async fn mine(shared: &Shared, account: &Account, mailbox: &MailboxName) -> Result<Rights, No> {
    let found = place::find(&shared.store, account, mailbox).await?;
    let told = found.filter(|place| place.rights.has_any(Rights::TELLING));
    told.map(|place| place.rights).ok_or_else(No::no_such_mailbox)
}

async fn address(shared: &Shared, account: AccountId) -> Result<Option<String>, No> {
    let found = shared.store.account_by_id(account).await.map_err(no)?;
    Ok(found.map(|account| account.address))
}

async fn grantee(shared: &Shared, identifier: &str) -> Result<(Grantee, bool), No> {
    let (name, negative) = identifier.strip_prefix('-').map_or((identifier, false), |name| (name, true));
    if name == ANYONE {
        return Ok((Grantee::Anyone, negative));
    }
    let found = shared.accounts.named(name).await.map_err(no)?;
    let found = found.ok_or_else(|| No::new("no such identifier").with(Code::NonExistent))?;
    Ok((Grantee::Account(found.id), negative))
}
