//! Values of the protocol: what commands and responses are made of.

pub mod command;
pub mod response;

mod atom;
mod date;
mod fetch_item;
mod flag;
mod list;
mod mailbox_name;
mod message_url;
mod mutf7;
mod number;
pub(crate) mod octets;
mod rights;
mod search;
mod section;
mod sequence;
mod status_item;
mod store_item;
mod string;
mod uid_set;

pub use atom::{Atom, Tag};
pub use date::{Date, DateTime};
pub use fetch_item::FetchItem;
pub use flag::Flag;
pub use list::{ListOptions, ListReturn, ListSelect};
pub use mailbox_name::MailboxName;
pub use message_url::MessageUrl;
pub use number::{ModSeq, Uid, UidValidity};
pub use octets::Octets;
pub use rights::Rights;
pub use search::{Charset, SearchKey, SearchReturn, SortCriterion, SortKey, ThreadAlgorithm};
pub use section::{Partial, Section, SectionPart, SectionText};
pub use sequence::{SequenceNumber, SequenceRange, SequenceSet};
pub use status_item::StatusItem;
pub use store_item::{StoreItem, StoreMode};
pub use string::{AString, NString};
pub use uid_set::UidSet;
