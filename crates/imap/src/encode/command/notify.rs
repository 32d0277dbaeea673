//! NOTIFY.

use super::search::source_mailboxes;
use crate::{
    encode::{Encode, core::Encoder},
    types::command::{EventGroup, MailboxFilter, MessageEvent, Notify},
};

/// `notify = "NOTIFY" SP (notify-add / notify-none)` (RFC 5465 §8)
impl Encode for Notify {
    fn encode(&self, out: &mut Encoder) {
        let Self::Set(set) = self else {
            out.put("NOTIFY NONE");
            return;
        };
        out.put(if set.status { "NOTIFY SET STATUS" } else { "NOTIFY SET" });
        for group in &set.groups {
            out.byte(b' ').value(group);
        }
    }
}

/// `event-group = "(" filter-mailboxes SP events ")"`
impl Encode for EventGroup {
    fn encode(&self, out: &mut Encoder) {
        out.byte(b'(');
        match &self.mailboxes {
            MailboxFilter::Selected => out.put("selected"),
            MailboxFilter::SelectedDelayed => out.put("selected-delayed"),
            MailboxFilter::Inboxes => out.put("inboxes"),
            MailboxFilter::Personal => out.put("personal"),
            MailboxFilter::Subscribed => out.put("subscribed"),
            MailboxFilter::Mailboxes(mailboxes) => source_mailboxes(out, mailboxes),
        };
        if self.events.is_empty() {
            out.put(" NONE)");
            return;
        }
        out.byte(b' ').list(&self.events, |out, event| {
            match event {
                MessageEvent::MessageNew(items) if items.is_empty() => out.put("MessageNew"),
                MessageEvent::MessageNew(items) => out.put("MessageNew ").list(items, |out, item| {
                    out.value(item);
                }),
                MessageEvent::MessageExpunge => out.put("MessageExpunge"),
                MessageEvent::FlagChange => out.put("FlagChange"),
                MessageEvent::AnnotationChange => out.put("AnnotationChange"),
                MessageEvent::MailboxName => out.put("MailboxName"),
                MessageEvent::SubscriptionChange => out.put("SubscriptionChange"),
                MessageEvent::MailboxMetadataChange => out.put("MailboxMetadataChange"),
                MessageEvent::ServerMetadataChange => out.put("ServerMetadataChange"),
                MessageEvent::Other(name) => out.put(name.as_bytes()),
            };
        });
        out.byte(b')');
    }
}
