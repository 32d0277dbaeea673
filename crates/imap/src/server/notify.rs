//! NOTIFY (RFC 5465): which news a client wants, and those of mailboxes that are not selected.

use super::{
    Event, Mailbox, No, Notice, Server, WatchRequest, Watched, WatchedEvents,
    session::Asked,
    updates::{AfterSync, SyncPlan},
};
use crate::{
    Misuse,
    types::{
        FetchItem, MailboxName, Tag, UidSet,
        command::{
            EventGroup, MailboxFilter, MessageEvent, Notify, NotifySet, SearchSource, SourceMailboxes,
        },
        response::{
            Code, List, ListAttribute, ListExtendedItem, MailboxStatus, Metadata, MetadataEntries, Status,
            StatusValue, Untagged,
        },
    },
};
use bytes::Bytes;

/// What the last NOTIFY said.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The command's tag: news that come between commands are its doing.
    pub(super) tag: Tag,
    pub(super) selected: Selected,
    /// Other mailboxes are watched, or the server is.
    others: bool,
}

/// Which news of the selected mailbox are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Selected {
    /// None: the client keeps the mailbox as it knows it.
    Nothing,
    /// New messages and those that are gone.
    Messages {
        /// `SELECTED-DELAYED`: messages go only where a command lets them.
        delayed: bool,
        /// What to fetch of new messages.
        fetch: Vec<FetchItem>,
        /// Changed flags as well.
        flags: bool,
    },
}

/// The events that a client may ask for (RFC 5465 §8), but for annotations of messages, which there are none of.
const EVENTS: [&str; 7] = [
    "MessageNew",
    "MessageExpunge",
    "FlagChange",
    "MailboxName",
    "SubscriptionChange",
    "MailboxMetadataChange",
    "ServerMetadataChange",
];

/// A NOTIFY under way.
#[derive(Debug)]
pub(super) struct NotifyPlan {
    selected: Selected,
    others: bool,
    /// `NOTIFY SET`, which tells all that has gathered.
    set: bool,
}

impl Server {
    /// `NOTIFY`
    pub(super) fn notify(&mut self, tag: Tag, notify: Notify) {
        let mut request = WatchRequest::default();
        let mut selected = Selected::Nothing;
        let set = match notify {
            Notify::None => false,
            Notify::Set(set) => {
                if let Err(status) = self.read_groups(set, &mut request, &mut selected) {
                    return self.notify_refused(tag, status);
                }
                true
            }
        };
        let others = !request.watched.is_empty() || request.server_annotations;
        let plan = NotifyPlan { selected, others, set };
        self.ask(tag, Asked::Watch(plan), |ticket| Event::Watch { request, ticket });
    }

    fn notify_refused(&mut self, tag: Tag, status: Status) {
        if status.code.is_some() {
            return self.complete(tag, status);
        }
        self.bad_with(Some(tag), status);
    }

    fn read_groups(
        &self,
        set: NotifySet,
        request: &mut WatchRequest,
        selected: &mut Selected,
    ) -> Result<(), Status> {
        let is_unknown =
            |event: &MessageEvent| matches!(event, MessageEvent::AnnotationChange | MessageEvent::Other(_));
        if set.groups.iter().flat_map(|group| &group.events).any(is_unknown) {
            let known = EVENTS.iter().map(|name| Bytes::from_static(name.as_bytes())).collect();
            return Err(Status::no("no such event here").with(Code::BadEvent(known)));
        }
        if set.groups.iter().map(names).sum::<usize>() > self.config.limits.notify {
            return Err(Status::no("too many mailboxes").with(Code::NotificationOverflow));
        }
        request.status = set.status;
        let mut selectors = 0;
        for group in set.groups {
            let EventGroup { mailboxes, events } = group;
            let has = |event: &MessageEvent| events.contains(event);
            let fetch = events.iter().find_map(|event| match event {
                MessageEvent::MessageNew(items) => Some(items),
                _ => None,
            });
            let flags = has(&MessageEvent::FlagChange);
            // RFC 5465 §5: these two go together, and the flags of messages with them.
            if fetch.is_some() != has(&MessageEvent::MessageExpunge) || (flags && fetch.is_none()) {
                return Err(Status::bad("MessageNew and MessageExpunge go together"));
            }
            let of_mailboxes = WatchedEvents {
                messages: fetch.is_some(),
                flags,
                names: has(&MessageEvent::MailboxName),
                subscriptions: has(&MessageEvent::SubscriptionChange),
                annotations: has(&MessageEvent::MailboxMetadataChange),
            };
            let of_server = has(&MessageEvent::ServerMetadataChange);
            let delayed = mailboxes == MailboxFilter::SelectedDelayed;
            let mailboxes = match mailboxes {
                MailboxFilter::Selected | MailboxFilter::SelectedDelayed => {
                    selectors += 1;
                    let others = of_server
                        || of_mailboxes.names
                        || of_mailboxes.subscriptions
                        || of_mailboxes.annotations;
                    if others || selectors > 1 {
                        return Err(Status::bad(
                            "events of messages only, and for the selected mailbox once",
                        ));
                    }
                    if let Some(items) = fetch {
                        if !items.iter().all(|item| self.can_fetch(item)) {
                            return Err(Status::bad("this server cannot fetch that"));
                        }
                        *selected = Selected::Messages { delayed, fetch: items.clone(), flags };
                    }
                    continue;
                }
                MailboxFilter::Inboxes => SearchSource::Inboxes,
                MailboxFilter::Personal => SearchSource::Personal,
                MailboxFilter::Subscribed => SearchSource::Subscribed,
                MailboxFilter::Mailboxes(names) => SearchSource::Mailboxes(names),
            };
            if fetch.is_some_and(|items| !items.is_empty()) {
                return Err(Status::bad("messages are fetched from the selected mailbox only"));
            }
            request.server_annotations |= of_server;
            if of_mailboxes != WatchedEvents::default() {
                request.watched.push(Watched { mailboxes, events: of_mailboxes });
            }
        }
        Ok(())
    }

    pub(super) fn watch_answered(&mut self, answer: Result<Vec<MailboxStatus>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Watch(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("nothing was to be watched"));
        };
        let statuses = match answer {
            Ok(statuses) => statuses,
            Err(no) => {
                self.complete(tag, no.into());
                return Ok(());
            }
        };
        let NotifyPlan { selected, others, set } = plan;
        self.notify = Some(Wanted { tag: tag.clone(), selected, others });
        let done = AfterSync::Tagged(Status::ok("NOTIFY completed"));
        if !set {
            self.sync(tag, SyncPlan::new(true, done));
            return Ok(());
        }
        for MailboxStatus { mailbox, values } in statuses {
            if !self.is_selected(&mailbox) {
                self.untagged(&Untagged::MailboxStatus(MailboxStatus { mailbox, values }));
            }
        }
        // RFC 5465 §3.1: what gathered in the selected mailbox is told at once, whatever is wanted from now on.
        let mut plan = SyncPlan::new(true, done).own();
        if let Some(selection) = self.selected_mut() {
            let unsaid = std::mem::take(&mut selection.unsaid);
            let mut items = vec![FetchItem::Uid, FetchItem::Flags];
            items.extend(self.enabled.condstore.then_some(FetchItem::ModSeq));
            plan.wants(&unsaid, &items);
        }
        self.sync(tag, plan);
        Ok(())
    }

    pub(super) fn is_selected(&self, mailbox: &MailboxName) -> bool {
        self.selected().is_some_and(|selection| selection.name == *mailbox)
    }

    /// Whether the client wants to know what others do in the selected mailbox.
    pub(super) fn hears_of_mailbox(&self) -> bool {
        self.notify.as_ref().is_none_or(|wanted| wanted.selected != Selected::Nothing)
    }

    /// Whether the client is told of messages that are gone as soon as they are, and so uses no message numbers.
    pub(super) fn expunges_at_once(&self) -> bool {
        let selected = self.notify.as_ref().map(|wanted| &wanted.selected);
        matches!(selected, Some(Selected::Messages { delayed: false, .. }))
    }

    /// Whether the client wants to know of flags that others change in the selected mailbox.
    pub(super) fn hears_of_flags(&self) -> bool {
        match &self.notify {
            Some(wanted) => matches!(wanted.selected, Selected::Messages { flags: true, .. }),
            None => true,
        }
    }

    /// What to fetch of messages that came into the selected mailbox.
    pub(super) fn fetch_of_new(&self) -> &[FetchItem] {
        match self.notify.as_ref().map(|wanted| &wanted.selected) {
            Some(Selected::Messages { fetch, .. }) => fetch,
            _ => &[],
        }
    }

    /// Whether there may be news that the client wants now.
    pub(super) fn listens(&self) -> bool {
        self.watches_others() || (self.selected().is_some() && self.hears_of_mailbox())
    }

    /// Whether other mailboxes are watched, or the server is.
    pub(super) fn watches_others(&self) -> bool {
        self.login.is_some() && self.notify.as_ref().is_some_and(|wanted| wanted.others)
    }

    pub(super) fn notices_answered(&mut self, answer: Result<Vec<Notice>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Notices(plan)) = self.asked()? else {
            return Err(Misuse::NotNow("no notices were asked for"));
        };
        let notices = answer.unwrap_or_default();
        let more = !notices.is_empty();
        for notice in notices {
            self.notice(notice);
        }
        if more && self.watches_others() {
            self.ask_notices(tag, plan);
        } else {
            self.synced(tag, plan);
        }
        Ok(())
    }

    pub(super) fn ask_notices(&mut self, tag: Tag, plan: SyncPlan) {
        self.ask(tag, Asked::Notices(plan), |ticket| Event::Notices { ticket });
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Status(MailboxStatus { mailbox, mut values }) => {
                // RFC 5465 §5.2: to clients that know mod-sequences.
                values.retain(|value| {
                    self.enabled.condstore || !matches!(value, StatusValue::HighestModSeq(_))
                });
                if !values.is_empty() && !self.is_selected(&mailbox) {
                    self.untagged(&Untagged::MailboxStatus(MailboxStatus { mailbox, values }));
                }
            }
            Notice::Mailbox { mailbox, old_name } => {
                let Mailbox { name, subscribed, exists, mut attributes, .. } = mailbox;
                attributes.extend((!exists).then_some(ListAttribute::NonExistent));
                attributes.extend(subscribed.then_some(ListAttribute::Subscribed));
                let mut list = List::new(attributes, Some(self.config.delimiter), name);
                list.extended.extend(old_name.map(ListExtendedItem::OldName));
                self.untagged(&Untagged::List(list));
            }
            Notice::Annotations { mailbox, names } => {
                let mailbox = mailbox.unwrap_or_else(|| MailboxName::new(""));
                let entries = MetadataEntries::Changed(names);
                self.untagged(&Untagged::Metadata(Metadata { mailbox, entries }));
            }
            Notice::Overflow => {
                // RFC 5465 §5.8: as if `NOTIFY NONE` had come.
                self.ok(Code::NotificationOverflow, "too much is going on: no more news");
                if let Some(wanted) = &mut self.notify {
                    (wanted.selected, wanted.others) = (Selected::Nothing, false);
                }
            }
        }
    }
}

impl SyncPlan {
    /// Attributes that are to be fetched of messages, in one response for each message.
    pub(super) fn wants(&mut self, uids: &UidSet, items: &[FetchItem]) {
        if items.is_empty() {
            return;
        }
        let mut rest = uids.clone();
        for (known, wanted) in std::mem::take(&mut self.fetches) {
            let (both, alone) = (known.intersection(&rest), known.difference(&rest));
            rest = rest.difference(&both);
            let mut more = wanted.clone();
            more.extend(items.iter().filter(|item| !wanted.contains(item)).cloned());
            let parts = [(alone, wanted), (both, more)];
            self.fetches.extend(parts.into_iter().filter(|(uids, _)| !uids.is_empty()));
        }
        if !rest.is_empty() {
            self.fetches.push((rest, items.to_vec()));
        }
    }
}

/// How many groups and names are in a group.
fn names(group: &EventGroup) -> usize {
    1 + match &group.mailboxes {
        MailboxFilter::Mailboxes(
            SourceMailboxes::Exactly(names)
            | SourceMailboxes::Subtree(names)
            | SourceMailboxes::SubtreeOne(names),
        ) => names.len(),
        _ => 0,
    }
}
