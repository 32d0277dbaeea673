//! IMAP as the running server offers it, octet by octet over a connection.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

mod acl;
mod collation;
mod dovecot;
mod extensions;
mod mailboxes;
mod notify;
mod search;
mod sessions;
mod wire;
