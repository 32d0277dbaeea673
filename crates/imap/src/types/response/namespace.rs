//! `NAMESPACE`: where the user's, other users' and shared mailboxes are.

use crate::types::MailboxName;
use bytes::Bytes;

/// The three kinds of namespace (RFC 9051 §6.3.10).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Namespaces {
    /// The user's own.
    pub personal: Vec<Namespace>,
    /// Other users'.
    pub other: Vec<Namespace>,
    /// Shared by all.
    pub shared: Vec<Namespace>,
}

/// One namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// What the names in it begin with, the delimiter included. May be empty.
    pub prefix: MailboxName,
    /// What separates the levels of a name. `None`: names have no levels.
    pub delimiter: Option<char>,
    /// Extensions: a name and its values (RFC 2342 §5).
    pub extensions: Vec<(Bytes, Vec<Bytes>)>,
}
