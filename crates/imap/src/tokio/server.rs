//! Serves IMAP over a tokio stream: a server session, a connection and your mail.

mod backend;

pub use backend::{Append, Backend, Gone, Messages};
