//! A durable mail store: mailboxes, messages, flags, changes and a queue, on SQLite.

#![cfg_attr(docsrs, feature(doc_cfg))]
// What only a backend needs is there for any that is built in.
#![cfg_attr(not(feature = "sqlite"), allow(dead_code))]

mod account;
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

pub use account::{Account, AccountChange, NewAccount, Usage};
pub use change::{Changes, Copied, Expunge, Expunged, FlagChange, FlagOp, FlagsChanged};
pub use delivery::{Append, Appended, Delivered, Delivery, Local, Placed};
pub use error::{Error, Result};
pub use flag::{FlagList, Flags, Keywords};
pub use id::{AccountId, MailboxId, MessageId, ModSeq, QueueId, ThreadId, Timestamp, Uid, UidValidity};
pub use limits::Limits;
pub use mailbox::{InvalidName, Mailbox, MailboxName, SpecialUse, Status};
pub use message::{Content, Derived, Fetched, Incoming, Staged, Wants, read_all};
pub use queue::{
    Claim, Leased, NewEntry, NewRecipient, Outcome, QueueEntry, QueueRecipient, RecipientState, Settlement,
};
pub use range_set::{Point, RangeSet, UidSet};
pub use search::Criterion;
pub use store::Store;
pub use view::{Delta, Entry, View};
