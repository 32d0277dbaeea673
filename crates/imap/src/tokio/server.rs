//! Serves IMAP over a tokio stream: a server session, a connection and your mail.

mod backend;
mod serve;

pub use backend::{Append, Backend, Gone, Messages};
pub use serve::{serve, serve_until};
