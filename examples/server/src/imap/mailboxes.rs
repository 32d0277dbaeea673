//! The mailboxes of an account as a whole, and those that others share with it.

use super::{
    place::{self, Path, SharedMailbox},
    refusal::no,
};
use crate::server::Shared;
use bytes::Bytes;
use mailwright_imap::{
    server::{Mailbox, MailboxChange, No, QuotaQuestion},
    types::{
        Atom, MailboxName, ModSeq, Rights, StatusItem, UidValidity,
        response::{Code, ListAttribute, ObjectId, Quota, QuotaResource, StatusValue},
    },
};
use mailwright_store::{self as store, Account, Flags, SpecialUse, Store};
use std::collections::HashSet;

/// The object identifier of a mailbox (RFC 8474 §4).
pub(super) fn id(mailbox: store::MailboxId) -> Option<ObjectId> {
    ObjectId::new(format!("F{}", mailbox.value()))
}

/// All that the account can see: its own, those shared with it, and names that are only subscribed.
pub(super) async fn list<S: Store>(store: &S, account: &Account) -> Result<Vec<Mailbox>, No> {
    let own = store.mailboxes(account.id).await.map_err(no)?;
    let subscribed = store.subscriptions(account.id).await.map_err(no)?;
    let subscribed: HashSet<&str> = subscribed.iter().map(store::MailboxName::as_str).collect();
    let own = own.into_iter().map(|mailbox| Mailbox {
        name: MailboxName::new(mailbox.name.as_str()),
        subscribed: mailbox.subscribed,
        exists: true,
        attributes: mailbox.special_use.and_then(attribute).into_iter().collect(),
        rights: Some(Rights::ALL),
    });
    let mut listed: Vec<Mailbox> = own.collect();
    for SharedMailbox { name, rights, .. } in place::shared(store, account.id).await? {
        if rights.contains(Rights::LOOKUP) {
            let subscribed = subscribed.contains(name.as_str());
            // What a mailbox is to its owner, the Sent one say, it is not to others.
            let attributes = Vec::new();
            listed.push(Mailbox { name, subscribed, exists: true, attributes, rights: Some(rights) });
        }
    }
    let there: HashSet<&str> = listed.iter().map(|mailbox| mailbox.name.as_str()).collect();
    // A subscription outlives its mailbox (RFC 9051 §6.3.7).
    let gone: Vec<Mailbox> = subscribed
        .into_iter()
        .filter(|name| !there.contains(name))
        .map(|name| Mailbox {
            name: MailboxName::new(name),
            subscribed: true,
            exists: false,
            attributes: Vec::new(),
            rights: None,
        })
        .collect();
    listed.extend(gone);
    Ok(listed)
}

pub(super) fn attribute(special_use: SpecialUse) -> Option<ListAttribute> {
    Atom::try_from(special_use.attribute().trim_start_matches('\\')).ok().map(ListAttribute::named)
}

pub(super) async fn status(
    shared: &Shared,
    mailbox: store::MailboxId,
    items: &[StatusItem],
) -> Result<Vec<StatusValue>, No> {
    let found = shared.store.statuses_of(vec![mailbox], items.contains(&StatusItem::Recent)).await;
    let found = found.map_err(no)?.pop().flatten().ok_or_else(No::no_such_mailbox)?;
    values(shared, &found, items).await
}

/// The numbers of many mailboxes; `None` for one that is not there or may not be looked into.
pub(super) async fn statuses(
    shared: &Shared,
    account: &Account,
    mailboxes: &[MailboxName],
    items: &[StatusItem],
) -> Result<Vec<Option<Vec<StatusValue>>>, No> {
    let mut ids = Vec::with_capacity(mailboxes.len());
    for name in mailboxes {
        let place = place::find(&shared.store, account, name).await?;
        let readable = place.filter(|place| place.rights.contains(Rights::READ));
        ids.push(readable.map(|place| place.mailbox.id));
    }
    let there = ids.iter().flatten().copied().collect();
    let found = shared.store.statuses_of(there, items.contains(&StatusItem::Recent)).await.map_err(no)?;
    let mut found = found.into_iter();
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.push(match id.and_then(|_| found.next().flatten()) {
            Some(status) => Some(values(shared, &status, items).await?),
            None => None,
        });
    }
    Ok(all)
}

async fn values(
    shared: &Shared,
    found: &store::Status,
    items: &[StatusItem],
) -> Result<Vec<StatusValue>, No> {
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        values.extend(match item {
            StatusItem::Messages => Some(StatusValue::Messages(found.messages)),
            StatusItem::Recent => Some(StatusValue::Recent(found.recent)),
            StatusItem::UidNext => Some(StatusValue::UidNext(found.uid_next.value())),
            StatusItem::UidValidity => {
                UidValidity::new(found.uid_validity.value()).map(StatusValue::UidValidity)
            }
            StatusItem::Unseen => Some(StatusValue::Unseen(found.unseen)),
            StatusItem::Deleted => Some(StatusValue::Deleted(found.deleted)),
            StatusItem::Size => Some(StatusValue::Size(found.size)),
            StatusItem::HighestModSeq => {
                ModSeq::new(found.highest_modseq.value()).map(StatusValue::HighestModSeq)
            }
            StatusItem::AppendLimit => {
                Some(StatusValue::AppendLimit(Some(shared.config.limits.message_size)))
            }
            StatusItem::MailboxId => id(found.mailbox).map(StatusValue::MailboxId),
            StatusItem::DeletedStorage => {
                let octets = deleted_octets(shared, found).await?;
                Some(StatusValue::DeletedStorage(octets.div_ceil(1024)))
            }
            _ => None,
        });
    }
    Ok(values)
}

/// Octets of the messages that are marked to be removed. Mostly there are none, and nothing is looked through.
async fn deleted_octets(shared: &Shared, found: &store::Status) -> Result<u64, No> {
    if found.deleted == 0 {
        return Ok(0);
    }
    let view = shared.store.open(found.mailbox).await.map_err(no)?.borrow().clone();
    let deleted = view.entries().filter(|entry| entry.flags.contains(Flags::DELETED));
    Ok(deleted.map(|entry| entry.size).sum())
}

pub(super) async fn change<S: Store>(
    store: &S,
    account: &Account,
    change: MailboxChange,
) -> Result<Option<ObjectId>, No> {
    match change {
        MailboxChange::Create { mailbox, special_use } => {
            let path = new_path(store, account, &mailbox).await?;
            let special_use = match &special_use[..] {
                [] => None,
                [one] if !path.is_foreign => Some(SpecialUse::from_attribute(&one.to_string())),
                _ => Some(None),
            };
            // RFC 6154 §3: a use that is not known, or several of them.
            let Some(special_use) = special_use.map_or(Some(None), |known| known.map(Some)) else {
                return Err(No::new("no such special use").with(Code::UseAttr));
            };
            let made = store.create_mailbox(path.owner, &path.name, special_use).await.map_err(no)?;
            return Ok(id(made.id));
        }
        MailboxChange::Delete(mailbox) => {
            let (path, is_name_only) = old_path(store, account, &mailbox).await?;
            if is_name_only {
                let no = No::new("there are mailboxes below this name");
                return Err(no.with(Code::HasChildren));
            }
            store.delete_mailbox(path.owner, &path.name).await
        }
        MailboxChange::Rename { from, to } => {
            let (from, _) = old_path(store, account, &from).await?;
            let to = new_path(store, account, &to).await?;
            if from.owner != to.owner {
                return Err(No::new("a mailbox stays with its owner").with(Code::Cannot));
            }
            // Renaming an inbox takes the messages out of it.
            if from.is_foreign && from.name.is_inbox() {
                return Err(No::not_permitted());
            }
            store.rename_mailbox(from.owner, &from.name, &to.name).await
        }
        MailboxChange::Subscribe(mailbox) => store.subscribe(account.id, &checked(&mailbox)?, true).await,
        MailboxChange::Unsubscribe(mailbox) => store.subscribe(account.id, &checked(&mailbox)?, false).await,
    }
    .map_err(no)?;
    Ok(None)
}

fn checked(name: &MailboxName) -> Result<store::MailboxName, No> {
    store::MailboxName::new(name.as_str()).map_err(|error| No::new(error.to_string()).with(Code::Cannot))
}

/// A name that a mailbox is to have, where the account may give it one.
async fn new_path<S: Store>(store: &S, account: &Account, name: &MailboxName) -> Result<Path, No> {
    if !name.as_str().starts_with(place::OTHER_USERS) {
        checked(name)?;
    }
    let is_above_others = place::OTHER_USERS.strip_suffix('/') == Some(name.as_str());
    let path = Path::of(store, account, name).await?.filter(|_| !is_above_others);
    let path = path.ok_or_else(|| No::new("names below this are other users'").with(Code::Cannot))?;
    if path.may_create(store, account).await? { Ok(path) } else { Err(No::not_permitted()) }
}

/// The name of a mailbox that the account may delete, or (`true`) of what only stands above some of its own.
async fn old_path<S: Store>(store: &S, account: &Account, name: &MailboxName) -> Result<(Path, bool), No> {
    let path = Path::of(store, account, name).await?.ok_or_else(No::no_such_mailbox)?;
    match path.place(store, account).await? {
        Some(place) => place.allow(Rights::DELETE_MAILBOX).map(|()| (path, false)),
        None if path.is_name_only(store).await? => Ok((path, true)),
        None => Err(No::no_such_mailbox()),
    }
}

/// One quota root for all mailboxes of an account, where it has a quota: without a name for its own, by its address for
/// others.
pub(super) async fn quota<S: Store>(
    store: &S,
    account: &Account,
    of: &QuotaQuestion,
) -> Result<Vec<Quota>, No> {
    let (owner, root) = match of {
        QuotaQuestion::Mailbox(mailbox) => {
            let place = place::require(store, account, mailbox, Rights::READ).await?;
            let owner = store.account_by_id(place.mailbox.account).await.map_err(no)?;
            owner.map(|owner| (owner.id, owner.address)).ok_or_else(No::no_such_mailbox)?
        }
        QuotaQuestion::Root(root) if root.is_empty() => (account.id, String::new()),
        QuotaQuestion::Root(root) => {
            // RFC 9208 §6: how full it is may be known to who may read some of it.
            let readable = |rights| Rights::from_bits(rights).contains(Rights::READ);
            let shared = store.shared_mailboxes(account.id).await.map_err(no)?;
            let mut shared = shared.into_iter().filter(|shared| readable(shared.rights));
            let Some(found) = shared.find(|shared| shared.owner.as_bytes() == root) else {
                return Ok(Vec::new());
            };
            (found.mailbox.account, found.owner)
        }
    };
    let usage = store.usage(owner).await.map_err(no)?;
    let name = Atom::try_from("STORAGE").ok();
    let resource = usage.quota.zip(name).map(|(limit, name)| QuotaResource {
        name,
        usage: usage.octets.div_ceil(1024),
        limit: limit / 1024,
    });
    let root = if owner == account.id { Bytes::new() } else { root.into() };
    Ok(resource.map(|resource| Quota { root, resources: vec![resource] }).into_iter().collect())
}
