//! A durable mail store: mailboxes, messages, flags, changes and a queue, on SQLite.
//!
//! The [`Store`] trait speaks of mail, not of keys and values, and knows no protocol. What changes something returns when
//! the change is on disk. The feature `sqlite` (default) brings the embedded backend, [`sqlite::SqliteStore`].
//!
//! ```
//! use bytes::Bytes;
//! use mailwright_store::{
//!     Content, Delivery, Incoming, Limits, Local, MailboxName, NewAccount, Store, Timestamp, read_all,
//!     sqlite::SqliteStore,
//! };
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! let folder = tempfile::tempdir()?;
//! let store = SqliteStore::open(folder.path(), Limits::default()).await?;
//! let ann = NewAccount { address: "ann@example.test".into(), ..NewAccount::default() };
//! let ann = store.create_account(ann).await?;
//!
//! let mut body = store.incoming(None).await?;
//! body.write(Bytes::from("Subject: hello\r\n\r\nHow are you?\r\n")).await?;
//! let to = Local::inbox(ann.id).prefixed("Return-Path: <bob@example.test>\r\n");
//! store.deliver(Delivery::new(body.finish().await?, Timestamp::now()).to(to)).await?;
//!
//! let inbox = store.mailbox(ann.id, &MailboxName::inbox()).await?.unwrap();
//! let view = store.open(inbox.id).await?.borrow().clone();
//! let entry = view.entries().next().unwrap();
//! let mut content = store.content(entry.message).await?.unwrap();
//! assert!(read_all(&mut content).await?.starts_with(b"Return-Path: <bob@example.test>\r\nSubject: hello\r\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is put together
//!
//! - [`Delivery`]: a message for local mailboxes and for the queue, in one commit. Bodies come in through
//!   [`Incoming`], in chunks, and are read through [`Content`], in chunks; a body is stored once.
//! - [`View`]: the messages of a mailbox as a value that never changes, shared by all who have it open; [`View::since`]
//!   tells what happened between two of them. Flags are bits, UIDs are runs ([`UidSet`]).
//! - [`Derived`]: what is computed of a body at arrival, so that lists of messages are shown without reading bodies.
//! - [`Criterion`]: what a search asks beyond what a view knows. The backend has an index of all text that says which
//!   messages have to be looked into; it is derived, and answers are the same with it and without.
//! - [`QueueEntry`]: an envelope that waits to go out; [`Settlement`] records how attempts went together with the reports
//!   that follow from it.
//!
//! [`sqlite::SqliteStore::check`] reads everything, repairs what is derived and names what is lost;
//! [`sqlite::SqliteStore::backup`] copies a store in use. Space of what was expunged is given back in the background.
//!
//! # What it does not do
//!
//! It checks no password, speaks to no network, and does not decide what is retried when.

#![cfg_attr(docsrs, feature(doc_cfg))]
// What only a backend needs is there for any that is built in.
#![cfg_attr(not(feature = "sqlite"), allow(dead_code))]

mod account;
mod acl;
mod change;
mod delivery;
mod error;
mod flag;
mod id;
mod limits;
mod mailbox;
mod message;
mod queue;
mod range_set;
mod search;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod store;
mod varint;
mod view;

pub use account::{Account, AccountChange, Activity, NewAccount, Usage};
pub use acl::{AclChange, AclEntry, Grantee, SharedMailbox};
pub use change::{Changes, Copied, Expunge, Expunged, FlagChange, FlagOp, FlagsChanged};
pub use delivery::{Append, Appended, Delivered, Delivery, Local, Placed};
pub use error::{Error, Result};
pub use flag::{FlagList, Flags, Keywords};
pub use id::{AccountId, MailboxId, MessageId, ModSeq, QueueId, ThreadId, Timestamp, Uid, UidValidity};
pub use limits::Limits;
pub use mailbox::{InvalidName, Mailbox, MailboxName, SpecialUse, Status};
pub use message::{Content, Derived, Fetched, Incoming, Staged, Wants, read_all};
pub use queue::{
    Claim, Hurry, Leased, NewEntry, NewRecipient, Outcome, QueueEntry, QueueRecipient, RecipientState,
    Settlement,
};
pub use range_set::{Point, RangeSet, UidSet};
pub use search::Criterion;
pub use store::Store;
pub use view::{Delta, Entry, View};
