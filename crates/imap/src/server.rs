//! The server session: what a client asks, in the order in which it may ask it, without I/O.

mod config;
mod mailbox;
mod message;
mod no;
mod view;

pub use config::{Config, Features};
pub use mailbox::{Mailbox, MailboxChange, Selected, Update};
pub use message::{
    Appended, Copied, CopyRequest, FetchRequest, Found, NewMessage, SearchRequest, SortRequest, StoreRequest,
    Stored, ThreadRequest,
};
pub use no::No;
