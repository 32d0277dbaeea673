//! Which data answers which command.

use crate::types::{
    FetchItem, MailboxName, SequenceNumber, SequenceSet, StoreItem, UidSet,
    command::{CommandBody, Fetch as FetchCommand},
    response::{Code, Fetch, FetchAttribute, MetadataEntries, Untagged},
};

/// The data that a command may be answered with.
#[derive(Debug)]
pub(super) enum Answers {
    None,
    Capability,
    Enabled,
    Id,
    Namespace,
    Language,
    Comparator,
    Jmap,
    GenUrlAuth,
    UrlFetch,
    Acl,
    ListRights,
    MyRights,
    Metadata,
    Quota,
    QuotaRoots,
    /// `LIST` and what its return options add.
    List {
        extended: bool,
    },
    Lsub,
    MailboxStatus(MailboxName),
    /// `STATUS` of any mailbox.
    Notify,
    Select,
    Search,
    Sort,
    Thread,
    Fetch(Wanted),
    /// `MOVE` and `COPY`: the code that says which messages became which.
    Copy,
}

/// What a `FETCH` or `STORE` asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    /// `None`: any message.
    messages: Option<UidSet>,
    uid: bool,
    items: Vec<FetchItem>,
    vanished: bool,
}

impl Answers {
    pub(super) fn to(command: &CommandBody) -> Self {
        match command {
            CommandBody::Capability => Self::Capability,
            CommandBody::Enable(_) => Self::Enabled,
            CommandBody::Id(_) => Self::Id,
            CommandBody::Namespace => Self::Namespace,
            CommandBody::Language(_) => Self::Language,
            CommandBody::Comparator(_) => Self::Comparator,
            CommandBody::GetJmapAccess => Self::Jmap,
            CommandBody::GenUrlAuth(_) => Self::GenUrlAuth,
            CommandBody::UrlFetch(_) => Self::UrlFetch,
            CommandBody::GetAcl(_) => Self::Acl,
            CommandBody::ListRights(..) => Self::ListRights,
            CommandBody::MyRights(_) => Self::MyRights,
            CommandBody::GetMetadata(_) => Self::Metadata,
            CommandBody::GetQuota(_) | CommandBody::SetQuota(..) => Self::Quota,
            CommandBody::GetQuotaRoot(_) => Self::QuotaRoots,
            CommandBody::List(list) => Self::List { extended: list.options.returns.is_some() },
            CommandBody::Lsub { .. } => Self::Lsub,
            CommandBody::Status(status) => Self::MailboxStatus(status.mailbox.clone()),
            CommandBody::Notify(_) => Self::Notify,
            CommandBody::Select(_) | CommandBody::Examine(_) => Self::Select,
            CommandBody::Search(_) => Self::Search,
            CommandBody::Sort(_) => Self::Sort,
            CommandBody::Thread(_) => Self::Thread,
            CommandBody::Fetch(fetch) => Self::Fetch(Wanted::by_fetch(fetch)),
            CommandBody::Store(store) => Self::Fetch(Wanted {
                messages: set(&store.messages),
                uid: store.uid,
                items: stored(&store.item),
                vanished: false,
            }),
            CommandBody::Copy(_) | CommandBody::Move(_) => Self::Copy,
            _ => Self::None,
        }
    }

    /// Whether this is data that the command with that tag asked for.
    pub(super) fn include(&self, data: &Untagged, tag: &str) -> bool {
        if let Untagged::Status(status) = data
            && let Some(Code::InProgress(Some(progress))) = &status.code
        {
            return progress.tag.as_ref().is_some_and(|of| of.as_str() == tag);
        }
        match (self, data) {
            (Self::Capability, Untagged::Capability(_))
            | (Self::Enabled, Untagged::Enabled(_))
            | (Self::Id, Untagged::Id(_))
            | (Self::Namespace, Untagged::Namespace(_))
            | (Self::Language, Untagged::Language(_) | Untagged::Namespace(_))
            | (Self::Comparator, Untagged::Comparator(_))
            | (Self::Jmap, Untagged::JmapAccess(_))
            | (Self::GenUrlAuth, Untagged::GenUrlAuth(_))
            | (Self::UrlFetch, Untagged::UrlFetch(_))
            | (Self::Acl, Untagged::Acl(_))
            | (Self::ListRights, Untagged::ListRights(_))
            | (Self::MyRights, Untagged::MyRights(_))
            | (Self::Quota, Untagged::Quota(_))
            | (Self::QuotaRoots, Untagged::QuotaRoots(_) | Untagged::Quota(_))
            | (Self::List { .. }, Untagged::List(_))
            | (
                Self::List { extended: true },
                Untagged::MailboxStatus(_) | Untagged::MyRights(_) | Untagged::Metadata(_),
            )
            | (Self::Lsub, Untagged::Lsub(_) | Untagged::List(_))
            | (Self::Notify, Untagged::MailboxStatus(_))
            | (Self::Search, Untagged::Search(_))
            | (Self::Sort, Untagged::Sort(_))
            | (Self::Thread, Untagged::Thread(_)) => true,
            (Self::Metadata, Untagged::Metadata(metadata)) => {
                matches!(metadata.entries, MetadataEntries::Values(_))
            }
            (Self::MailboxStatus(mailbox), Untagged::MailboxStatus(status)) => status.mailbox == *mailbox,
            (Self::Search | Self::Sort, Untagged::Esearch(found)) => {
                found.correlator.tag.as_ref().is_none_or(|of| *of == tag.as_bytes())
            }
            (
                Self::Select,
                Untagged::Flags(_)
                | Untagged::Exists(_)
                | Untagged::Recent(_)
                | Untagged::List(_)
                | Untagged::Fetch(_)
                | Untagged::Vanished { .. },
            ) => true,
            (Self::Select, Untagged::Status(status)) => {
                !matches!(status.code, None | Some(Code::Alert | Code::Closed)) && status.is_ok()
            }
            (Self::Fetch(wanted), Untagged::Fetch(fetch)) => wanted.include(fetch),
            (Self::Fetch(wanted), Untagged::Vanished { earlier, .. }) => wanted.vanished && *earlier,
            (Self::Copy, Untagged::Status(status)) => matches!(status.code, Some(Code::CopyUid { .. })),
            _ => false,
        }
    }
}

impl Wanted {
    fn by_fetch(fetch: &FetchCommand) -> Self {
        Self {
            messages: set(&fetch.messages),
            uid: fetch.uid,
            items: fetch.items.clone(),
            vanished: fetch.vanished,
        }
    }

    /// Whether the response is about a message of the command and has something that only the command can have asked for,
    /// or all that it asked for.
    fn include(&self, fetch: &Fetch) -> bool {
        let number =
            if self.uid && !fetch.by_uid { fetch.uid().map(u32::from) } else { Some(fetch.number.get()) };
        let (Some(number), true) = (number, !fetch.attributes.is_empty()) else {
            // A server may leave the UID out, though it should not.
            return !self.items.is_empty()
                && fetch.attributes.iter().any(|it| !is_news(it) && self.asked(it));
        };
        if self.messages.as_ref().is_some_and(|set| !set.contains(number)) {
            return false;
        }
        if !fetch.faults.is_empty() {
            // What could not be read was asked for by somebody.
            return true;
        }
        if fetch.attributes.iter().all(is_news) {
            return self.items.iter().all(|item| fetch.attributes.iter().any(|it| asked_by(item, it)));
        }
        fetch.attributes.iter().any(|it| !is_news(it) && self.asked(it))
    }

    fn asked(&self, attribute: &FetchAttribute) -> bool {
        self.items.iter().any(|item| asked_by(item, attribute))
    }
}

/// What a server also tells when another client changed a message.
fn is_news(attribute: &FetchAttribute) -> bool {
    matches!(attribute, FetchAttribute::Flags(_) | FetchAttribute::Uid(_) | FetchAttribute::ModSeq(_))
}

fn asked_by(item: &FetchItem, attribute: &FetchAttribute) -> bool {
    matches!(
        (item, attribute),
        (FetchItem::Envelope, FetchAttribute::Envelope(_))
            | (FetchItem::Flags, FetchAttribute::Flags(_))
            | (FetchItem::InternalDate, FetchAttribute::InternalDate(_))
            | (FetchItem::Rfc822, FetchAttribute::Rfc822(_))
            | (FetchItem::Rfc822Header, FetchAttribute::Rfc822Header(_))
            | (FetchItem::Rfc822Size, FetchAttribute::Size(_))
            | (FetchItem::Rfc822Text, FetchAttribute::Rfc822Text(_))
            | (FetchItem::Body, FetchAttribute::Body(_))
            | (FetchItem::BodyStructure, FetchAttribute::BodyStructure(_))
            | (FetchItem::Uid, FetchAttribute::Uid(_))
            | (FetchItem::BodySection { .. }, FetchAttribute::Section { .. })
            | (FetchItem::Binary { .. }, FetchAttribute::Binary { .. })
            | (FetchItem::BinarySize(_), FetchAttribute::BinarySize { .. })
            | (FetchItem::ModSeq, FetchAttribute::ModSeq(_))
            | (FetchItem::EmailId, FetchAttribute::EmailId(_))
            | (FetchItem::ThreadId, FetchAttribute::ThreadId(_))
            | (FetchItem::SaveDate, FetchAttribute::SaveDate(_))
            | (FetchItem::Preview { .. }, FetchAttribute::Preview(_))
    )
}

/// What a `STORE` is answered with.
fn stored(item: &StoreItem) -> Vec<FetchItem> {
    if item.silent { vec![FetchItem::ModSeq] } else { vec![FetchItem::Flags] }
}

/// The numbers of a set that stands for itself; `None` where it depends on what is in the mailbox.
fn set(messages: &SequenceSet) -> Option<UidSet> {
    match messages {
        SequenceSet::Ranges(ranges) if ranges.iter().all(|range| range.first != SequenceNumber::Last) => {
            Some(messages.resolve(u32::MAX))
        }
        _ => None,
    }
}
