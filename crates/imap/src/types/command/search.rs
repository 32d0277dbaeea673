//! SEARCH, SORT and THREAD.

use crate::types::{Charset, MailboxName, SearchKey, SearchReturn, SortCriterion, ThreadAlgorithm};

/// `SEARCH`, `UID SEARCH` (RFC 9051 §6.4.4) and `ESEARCH` (RFC 7377).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The result is UIDs.
    pub uid: bool,
    /// `IN (...)`: mailboxes other than the one selected (RFC 7377). Makes it an `ESEARCH` command.
    pub source: Option<Vec<SearchSource>>,
    /// `RETURN (...)`; `None` for the result as IMAP4rev1 has it.
    pub returns: Option<SearchReturn>,
    /// The charset of the strings, if it is said. A client session says `UTF-8` where it has to, and not where it must not:
    /// once `UTF8=ACCEPT` is enabled (RFC 9755 §3).
    pub charset: Option<Charset>,
    /// What is looked for.
    pub key: SearchKey,
}

/// One part of where a search of several mailboxes looks (RFC 7377 §2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SearchSource {
    /// `selected`
    Selected,
    /// `inboxes`
    Inboxes,
    /// `personal`
    Personal,
    /// `subscribed`
    Subscribed,
    /// `subtree`, `subtree-one` or `mailboxes`.
    Mailboxes(SourceMailboxes),
}

/// Mailboxes by name, with or without what is below them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceMailboxes {
    /// `subtree`: these and all below them.
    Subtree(Vec<MailboxName>),
    /// `subtree-one`: these and their children.
    SubtreeOne(Vec<MailboxName>),
    /// `mailboxes`: these.
    Exactly(Vec<MailboxName>),
}

/// `SORT` and `UID SORT` (RFC 5256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The result is UIDs.
    pub uid: bool,
    /// `RETURN (...)` (RFC 5267).
    pub returns: Option<SearchReturn>,
    /// What is compared, most important first.
    pub criteria: Vec<SortCriterion>,
    /// The charset of the strings.
    pub charset: Charset,
    /// What is looked for.
    pub key: SearchKey,
}

/// `THREAD` and `UID THREAD` (RFC 5256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    /// The result is UIDs.
    pub uid: bool,
    /// How messages are put together.
    pub algorithm: ThreadAlgorithm,
    /// The charset of the strings.
    pub charset: Charset,
    /// What is looked for.
    pub key: SearchKey,
}
