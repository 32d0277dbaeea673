//! The server session: what a client asks, in the order in which it may ask it, without I/O.
//!
//! A [`Server`] is a [`Session`](mailwright_wire::Session): it is fed octets and polled for events. Most events are
//! questions that carry a ticket; [`Server::answer`] takes the ticket and the answer, and the session says to the client
//! what that means. The application never sees a tag, a message number or a literal's announcement.
//!
//! While a question is open the session reads no further command, so commands are carried out in the order in which
//! they came and cannot contradict each other (RFC 9051 §5.5).
//!
//! Most applications want [`tokio::server`](crate::tokio::server) with its one trait instead of these events.
//!
//! | Client | Event | Answer |
//! |---|---|---|
//! | `LOGIN`, `AUTHENTICATE` | [`Event::Credentials`], [`Event::Login`] | who it is, and whether it may |
//! | `LIST`, `LSUB` | [`Event::Mailboxes`] | all mailboxes |
//! | `SELECT`, `EXAMINE` | [`Event::Select`] | what is in it |
//! | `GETMETADATA`, `SETMETADATA` | [`Event::Annotations`], [`Event::Annotate`] | all there are; that they are set |
//! | `GETACL`, `SETACL`, `DELETEACL`, `LISTRIGHTS`, `MYRIGHTS` | [`Event::Acl`], [`Event::ChangeAcl`], [`Event::ListRights`], [`Event::MyRights`] | who may do what |
//! | `APPEND`, `REPLACE` | [`Event::NewMessage`], [`Event::Body`], [`Event::Url`], [`Event::Append`] | where it is |
//! | `FETCH` | [`Event::Fetch`] | [`Server::message`] and what follows it, then that it is done |
//! | `STORE`, `COPY`, `EXPUNGE`, ... | events of that name | that it is done |
//! | the end of any command, and `IDLE` | [`Event::Sync`] | what changed |
//! | `NOTIFY` | [`Event::Watch`], and [`Event::Notices`] where `Sync` is asked | what changed elsewhere |

mod acl;
mod append;
mod auth;
mod capability;
mod compress;
mod config;
mod context;
mod copy;
mod dispatch;
mod event;
mod fetch;
mod frames;
mod language;
mod list;
mod mailbox;
mod message;
mod message_limit;
mod metadata;
mod multi_search;
mod names;
mod no;
mod notify;
mod pattern;
mod quota;
mod search;
mod select;
mod session;
mod store;
mod uid_only;
mod updates;
mod view;

pub use acl::{AclChange, Grantable};
pub use config::{Config, Features};
pub use event::{
    AclOf, Annotate, Annotations, Announced, Append, Change, ChangeAcl, Copy, Credentials, Event, Expunge,
    Fetch, ListRights, Login, Mailboxes, MyRights, Notices, Question, QuotaOf, Search, SearchMany, Select,
    Sort, Status, Statuses, Store, Sync, Thread, Url, Watch,
};
pub use mailbox::{Mailbox, MailboxChange, Notice, Selected, Update, WatchRequest, Watched, WatchedEvents};
pub use message::{
    Appended, Copied, CopyRequest, FetchRequest, Found, FoundIn, ModSeqOf, NewMessage, SearchManyRequest,
    SearchRequest, SortRequest, Sorted, StoreRequest, Stored, ThreadRequest,
};
pub use no::No;
pub use quota::QuotaQuestion;
pub use session::{Error, Server, Upgrading};
