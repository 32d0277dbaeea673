//! What every backend has to do, written against the trait.
#![allow(clippy::panic, clippy::unwrap_used, dead_code, unused_imports, unreachable_pub)]

mod mail;
mod queue;

pub use mail::*;
pub use queue::*;

use bytes::Bytes;
use mailwright_store::{
    Account, AccountId, Append, Delivery, FlagList, Incoming, Local, MailboxId, MailboxName, MessageId,
    NewAccount, SharedMailbox, Store, Timestamp, Uid, UidSet, read_all,
};

pub fn new_account(address: &str) -> NewAccount {
    NewAccount { address: address.into(), ..NewAccount::default() }
}

pub async fn account<S: Store>(store: &S, address: &str) -> Account {
    store.create_account(new_account(address)).await.unwrap()
}

pub fn name(name: &str) -> MailboxName {
    MailboxName::new(name).unwrap()
}

pub async fn inbox<S: Store>(store: &S, account: &Account) -> MailboxId {
    store.mailbox(account.id, &MailboxName::inbox()).await.unwrap().unwrap().id
}

pub async fn staged<S: Store>(store: &S, body: &str) -> S::Staged {
    let mut incoming = store.incoming(Some(body.len() as u64)).await.unwrap();
    for chunk in body.as_bytes().chunks(30_000) {
        incoming.write(Bytes::copy_from_slice(chunk)).await.unwrap();
    }
    incoming.finish().await.unwrap()
}

pub async fn deliver<S: Store>(store: &S, account: &Account, body: &str) -> MessageId {
    let delivery = Delivery::new(staged(store, body).await, Timestamp::now()).to(Local::inbox(account.id));
    store.deliver(delivery).await.unwrap().local.remove(0).unwrap().message
}

pub async fn append<S: Store>(store: &S, mailbox: MailboxId, flags: &[&str], body: &str) -> Uid {
    let message =
        Append { body: staged(store, body).await, flags: flags.iter().collect::<FlagList>(), received: None };
    store.append(mailbox, vec![message]).await.unwrap().uids.first().unwrap()
}

pub async fn body<S: Store>(store: &S, message: MessageId) -> String {
    let mut content = store.content(message).await.unwrap().unwrap();
    String::from_utf8(read_all(&mut content).await.unwrap().to_vec()).unwrap()
}

/// UIDs with their flags.
pub async fn flags<S: Store>(store: &S, mailbox: MailboxId) -> Vec<(u32, String)> {
    let view = store.open(mailbox).await.unwrap().borrow().clone();
    let names = |flags| view.keywords().names(flags).collect::<Vec<_>>().join(" ");
    view.entries().map(|entry| (entry.uid.value(), names(entry.flags))).collect()
}

pub fn uids(numbers: &[u32]) -> UidSet {
    numbers.iter().map(|n| Uid::new(*n)).collect()
}
