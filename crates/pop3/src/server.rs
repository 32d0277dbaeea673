//! The server's side.

mod capa;
mod config;
mod error;
mod event;
mod listing;
mod login;
mod maildrop;
mod question;
mod session;
mod transfer;

pub use config::{Config, Stls};
pub use error::{Error, Misuse};
pub use event::{Event, Peer};
pub use question::{Authenticate, Chunk, Commit, More, Open, Question, Refusal, Retrieve};
pub use session::{Server, Upgrading};
