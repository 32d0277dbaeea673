//! NOTIFY.

use super::SourceMailboxes;
use crate::types::{Atom, FetchItem};

/// `NOTIFY` (RFC 5465).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notify {
    /// `NONE`
    None,
    /// `SET`
    Set(NotifySet),
}

/// What to tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifySet {
    /// `STATUS`: first tell how each mailbox is now.
    pub status: bool,
    /// Which events of which mailboxes; all groups that fit a mailbox count.
    pub groups: Vec<EventGroup>,
}

/// Mailboxes and their events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventGroup {
    /// Which mailboxes.
    pub mailboxes: MailboxFilter,
    /// Their events; empty for `NONE`.
    pub events: Vec<MessageEvent>,
}

impl EventGroup {
    /// Messages that come, go, or have their flags changed; of those that come into the selected mailbox nothing is fetched.
    pub fn messages(mailboxes: MailboxFilter) -> Self {
        let events = vec![
            MessageEvent::MessageNew(Vec::new()),
            MessageEvent::MessageExpunge,
            MessageEvent::FlagChange,
        ];
        Self { mailboxes, events }
    }
}

/// `filter-mailboxes` (RFC 5465 §8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailboxFilter {
    /// `selected`
    Selected,
    /// `selected-delayed`
    SelectedDelayed,
    /// `inboxes`
    Inboxes,
    /// `personal`
    Personal,
    /// `subscribed`
    Subscribed,
    /// `subtree` or `mailboxes`
    Mailboxes(SourceMailboxes),
}

/// `event` (RFC 5465 §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageEvent {
    /// `MessageNew`, with what to fetch of it.
    MessageNew(Vec<FetchItem>),
    /// `MessageExpunge`
    MessageExpunge,
    /// `FlagChange`
    FlagChange,
    /// `AnnotationChange`
    AnnotationChange,
    /// `MailboxName`
    MailboxName,
    /// `SubscriptionChange`
    SubscriptionChange,
    /// `MailboxMetadataChange`
    MailboxMetadataChange,
    /// `ServerMetadataChange`
    ServerMetadataChange,
    /// One that this crate does not know: answered with `NO [BADEVENT]`.
    Other(Atom),
}
