//! SMTP and LMTP, client and server sessions, without I/O.

pub mod client;
pub mod encode;
pub mod error;
mod limits;
mod line_ends;
pub mod parse;
pub mod server;
pub mod types;

pub use limits::{ClientLimits, Limits};

#[cfg(feature = "tokio")]
pub mod tokio;
