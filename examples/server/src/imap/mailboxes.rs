//! The mailboxes of an account as a whole.

use super::refusal::no;
use crate::server::Shared;
use bytes::Bytes;
use mailwright_imap::{
    server::{Mailbox, MailboxChange, No},
    types::{
        Atom, MailboxName, ModSeq, StatusItem, UidValidity,
        response::{Code, ListAttribute, ObjectId, Quota, QuotaResource, StatusValue},
    },
};
use mailwright_store::{self as store, AccountId, Flags, SpecialUse, Store};
use std::collections::HashSet;

/// The object identifier of a mailbox (RFC 8474 §4).
pub(super) fn id(mailbox: store::MailboxId) -> Option<ObjectId> {
    ObjectId::new(format!("F{}", mailbox.value()))
}

pub(super) async fn list<S: Store>(store: &S, account: AccountId) -> Result<Vec<Mailbox>, No> {
    let mailboxes = store.mailboxes(account).await.map_err(no)?;
    let mut listed: Vec<Mailbox> = mailboxes
        .iter()
        .map(|mailbox| Mailbox {
            name: MailboxName::new(mailbox.name.as_str()),
            subscribed: mailbox.subscribed,
            exists: true,
            attributes: mailbox.special_use.and_then(attribute).into_iter().collect(),
        })
        .collect();
    let there: HashSet<_> = mailboxes.iter().map(|mailbox| &mailbox.name).collect();
    // A subscription outlives its mailbox (RFC 9051 §6.3.7).
    for name in store.subscriptions(account).await.map_err(no)? {
        if !there.contains(&name) {
            let name = MailboxName::new(name.as_str());
            listed.push(Mailbox { name, subscribed: true, exists: false, attributes: Vec::new() });
        }
    }
    Ok(listed)
}

fn attribute(special_use: SpecialUse) -> Option<ListAttribute> {
    Atom::try_from(special_use.attribute().trim_start_matches('\\')).ok().map(ListAttribute::named)
}

pub(super) async fn status(
    shared: &Shared,
    mailbox: &store::Mailbox,
    items: &[StatusItem],
) -> Result<Vec<StatusValue>, No> {
    let found = shared.store.status(mailbox.id).await.map_err(no)?;
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
            StatusItem::MailboxId => id(mailbox.id).map(StatusValue::MailboxId),
            StatusItem::DeletedStorage => {
                let view = shared.store.open(mailbox.id).await.map_err(no)?.borrow().clone();
                let deleted = view.entries().filter(|entry| entry.flags.contains(Flags::DELETED));
                Some(StatusValue::DeletedStorage(deleted.map(|entry| entry.size).sum::<u64>().div_ceil(1024)))
            }
            _ => None,
        });
    }
    Ok(values)
}

pub(super) async fn change<S: Store>(
    store: &S,
    account: AccountId,
    change: MailboxChange,
) -> Result<Option<ObjectId>, No> {
    let checked = |name: &MailboxName| {
        store::MailboxName::new(name.as_str()).map_err(|error| No::new(error.to_string()).with(Code::Cannot))
    };
    match change {
        MailboxChange::Create { mailbox, special_use } => {
            let special_use = match &special_use[..] {
                [] => None,
                [one] => Some(SpecialUse::from_attribute(&one.to_string())),
                _ => Some(None),
            };
            // RFC 6154 §3: a use that is not known, or several of them.
            let Some(special_use) = special_use.map_or(Some(None), |known| known.map(Some)) else {
                return Err(No::new("no such special use").with(Code::UseAttr));
            };
            let made = store.create_mailbox(account, &checked(&mailbox)?, special_use).await.map_err(no)?;
            return Ok(id(made.id));
        }
        MailboxChange::Delete(mailbox) => store.delete_mailbox(account, &checked(&mailbox)?).await,
        MailboxChange::Rename { from, to } => {
            store.rename_mailbox(account, &checked(&from)?, &checked(&to)?).await
        }
        MailboxChange::Subscribe(mailbox) => store.subscribe(account, &checked(&mailbox)?, true).await,
        MailboxChange::Unsubscribe(mailbox) => store.subscribe(account, &checked(&mailbox)?, false).await,
    }
    .map_err(no)?;
    Ok(None)
}

/// One quota root for all mailboxes, where the account has a quota.
pub(super) async fn quota<S: Store>(store: &S, account: AccountId) -> Result<Vec<Quota>, No> {
    let usage = store.usage(account).await.map_err(no)?;
    let name = Atom::try_from("STORAGE").ok();
    let resource = usage.quota.zip(name).map(|(limit, name)| QuotaResource {
        name,
        usage: usage.octets.div_ceil(1024),
        limit: limit / 1024,
    });
    Ok(resource
        .map(|resource| Quota { root: Bytes::from_static(b""), resources: vec![resource] })
        .into_iter()
        .collect())
}
