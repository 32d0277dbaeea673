//! IMAP4rev1 and IMAP4rev2, client and server sessions, without I/O.

pub mod client;
pub mod encode;
pub mod error;
pub mod limits;
pub mod parse;
pub mod server;
pub mod thread;
#[cfg(feature = "tokio")]
pub mod tokio;
pub mod types;

pub use error::{Misuse, ParseError};
pub use limits::Limits;
