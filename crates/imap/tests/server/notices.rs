//! What happens outside the selected mailbox of the [`Clerk`], for NOTIFY.

use super::Clerk;
use bytes::Bytes;
use mailwright_imap::{
    server::{Mailbox, Notice, WatchRequest, WatchedEvents},
    types::{
        MailboxName, ModSeq, UidValidity,
        command::{SearchSource, SourceMailboxes},
        response::{MailboxStatus, StatusValue},
    },
};

impl Clerk {
    /// The mailboxes whose messages are watched, and how they are.
    pub(crate) fn watch(&mut self, request: WatchRequest) -> Vec<MailboxStatus> {
        let status = request.status;
        self.watched = request;
        self.notices.clear();
        let names: Vec<String> = self.folders.keys().cloned().collect();
        let meant = names.iter().filter(|name| status && self.watches(name, |events| events.messages));
        meant.map(|name| self.counters(name, self.watches(name, |events| events.flags))).collect()
    }

    fn watches(&self, name: &str, event: impl Fn(WatchedEvents) -> bool) -> bool {
        let below = |above: &MailboxName| {
            name.strip_prefix(above.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.watched.watched.iter().any(|watched| {
            event(watched.events)
                && match &watched.mailboxes {
                    SearchSource::Personal => true,
                    SearchSource::Inboxes => name == "INBOX",
                    SearchSource::Subscribed => {
                        self.folders.get(name).is_some_and(|folder| folder.subscribed)
                    }
                    SearchSource::Mailboxes(SourceMailboxes::Subtree(names)) => names.iter().any(below),
                    SearchSource::Mailboxes(SourceMailboxes::Exactly(names)) => {
                        names.iter().any(|meant| meant.as_str() == name)
                    }
                    other => panic!("{other:?}"),
                }
        })
    }

    fn counters(&self, name: &str, flags: bool) -> MailboxStatus {
        let folder = &self.folders[name];
        let mut values = vec![
            StatusValue::Messages(folder.messages.len().try_into().unwrap()),
            StatusValue::UidNext(folder.next),
            StatusValue::UidValidity(UidValidity::new(7).unwrap()),
        ];
        if flags {
            values.push(StatusValue::HighestModSeq(ModSeq::new(self.mod_seq).unwrap()));
        }
        MailboxStatus { mailbox: MailboxName::new(name), values }
    }

    fn listed(&self, name: &str) -> Mailbox {
        let folder = self.folders.get(name);
        Mailbox {
            name: MailboxName::new(name),
            subscribed: folder.is_some_and(|folder| folder.subscribed),
            exists: folder.is_some(),
            attributes: Vec::new(),
            rights: None,
        }
    }

    fn tell_mailbox(&mut self, name: &str, old_name: Option<&str>, event: impl Fn(WatchedEvents) -> bool) {
        if self.watches(name, event) {
            let old_name = old_name.map(MailboxName::new);
            self.notices.push(Notice::Mailbox { mailbox: self.listed(name), old_name });
        }
    }

    /// What another session does: `mail`, `make`, `drop`, `rename`, `subscribe`, `annotate` with their mailboxes, or
    /// `overflow`.
    pub(crate) fn act_elsewhere(&mut self, verb: &str, words: &str) {
        let (name, more) = words.split_once(' ').unwrap_or((words, ""));
        match verb {
            "mail" => {
                self.put(name, b"Subject: new\r\n\r\nnew\r\n", vec![]);
                if self.watches(name, |events| events.messages) {
                    self.notices.push(Notice::Status(self.counters(name, true)));
                }
            }
            "make" => {
                self.folders.insert(name.to_owned(), super::Folder::default());
                self.tell_mailbox(name, None, |events| events.names);
            }
            "drop" => {
                self.folders.remove(name).unwrap();
                self.tell_mailbox(name, None, |events| events.names);
            }
            "rename" => {
                let folder = self.folders.remove(name).unwrap();
                self.folders.insert(more.to_owned(), folder);
                self.tell_mailbox(more, Some(name), |events| events.names);
            }
            "subscribe" => {
                self.folders.get_mut(name).unwrap().subscribed = true;
                self.tell_mailbox(name, None, |events| events.subscriptions);
            }
            "annotate" => {
                let (mailbox, name) = if more.is_empty() { (None, name) } else { (Some(name), more) };
                let wanted = match mailbox {
                    Some(mailbox) => self.watches(mailbox, |events| events.annotations),
                    None => self.watched.server_annotations,
                };
                if wanted {
                    let names = vec![Bytes::copy_from_slice(name.as_bytes())];
                    let mailbox = mailbox.map(MailboxName::new);
                    self.notices.push(Notice::Annotations { mailbox, names });
                }
            }
            "overflow" => self.notices.push(Notice::Overflow),
            other => panic!("{other:?}"),
        }
    }
}
