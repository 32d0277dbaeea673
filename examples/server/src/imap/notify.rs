//! NOTIFY: what is watched beside the selected mailbox, and how it was when the client was last told.

use super::{
    activity::Accounts,
    mailboxes,
    metadata::SHARED,
    place::{self, OTHER_USERS, SharedMailbox},
    refusal::no,
};
use bytes::Bytes;
use mailwright_imap::{
    server::{Mailbox, MailboxChange, No, Notice, WatchRequest, WatchedEvents},
    types::{
        MailboxName, ModSeq, Rights, UidValidity,
        command::{SearchSource, SourceMailboxes},
        response::{Code, ListAttribute, MailboxStatus, StatusValue},
    },
};
use mailwright_store::{self as store, AccountId, Activity, MailboxId, Status, Store};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
};

/// Mailboxes that may be watched at most.
const WATCHED: usize = 10_000;
/// How much is told at once.
const AT_ONCE: usize = 1000;

/// What is watched.
#[derive(Debug)]
pub(super) struct Watching {
    account: AccountId,
    accounts: Accounts,
    /// Up to where `known` and the rest are brought.
    seen: Activity,
    groups: Vec<(Filter, WatchedEvents)>,
    server_annotations: bool,
    known: HashMap<MailboxId, Known>,
    subscribed: BTreeSet<store::MailboxName>,
    /// Annotations of what is watched for them, their values hashed.
    annotations: HashMap<Option<MailboxId>, BTreeMap<String, u64>>,
    hasher: RandomState,
    /// What is still to be told.
    notices: VecDeque<Notice>,
    pub(super) doings: Doings,
}

/// A mailbox as the client knows it.
#[derive(Debug)]
struct Known {
    owner: AccountId,
    name: store::MailboxName,
    is_readable: bool,
    /// None where the account may not read it (RFC 5465 §5).
    events: WatchedEvents,
    /// Unknown where its messages are not watched.
    status: Option<Status>,
}

/// Which mailboxes a group of events is about.
#[derive(Debug)]
enum Filter {
    Inboxes,
    Personal,
    Subscribed,
    Exactly(HashSet<store::MailboxName>),
    Subtree(HashSet<store::MailboxName>),
    SubtreeOne(HashSet<store::MailboxName>),
    /// What this server does not have.
    Nothing,
}

/// What this session itself has done since the client was last told: that is no news to it (RFC 5465 §5).
#[derive(Debug, Clone, Default)]
pub(super) struct Doings(Arc<Mutex<Done>>);

#[derive(Debug, Default)]
struct Done {
    names: Vec<store::MailboxName>,
    annotations: HashSet<(Option<MailboxId>, String)>,
    /// Into which mailboxes how many messages were put, in how many steps.
    messages: HashMap<MailboxId, (u64, u64)>,
}

impl Doings {
    fn note(&self, note: impl FnOnce(&mut Done)) {
        note(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn take(&self) -> Done {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Messages were put into a mailbox in one step.
    pub(super) fn put(&self, mailbox: MailboxId, messages: u64) {
        self.note(|done| {
            let (count, steps) = done.messages.entry(mailbox).or_default();
            (*count, *steps) = (*count + messages, *steps + 1);
        });
    }

    /// Mailboxes were changed.
    pub(super) fn changed(&self, change: &MailboxChange) {
        let names = match change {
            MailboxChange::Create { mailbox, .. } => [Some(mailbox), None],
            MailboxChange::Delete(name) => [Some(name), None],
            MailboxChange::Rename { from, to } => [Some(from), Some(to)],
            MailboxChange::Subscribe(name) | MailboxChange::Unsubscribe(name) => [Some(name), None],
        };
        let names =
            names.into_iter().flatten().filter_map(|name| store::MailboxName::new(name.as_str()).ok());
        self.note(|done| done.names.extend(names));
    }

    /// Annotations were set.
    pub(super) fn annotated(&self, mailbox: Option<MailboxId>, names: Vec<String>) {
        self.note(|done| done.annotations.extend(names.into_iter().map(|name| (mailbox, name))));
    }
}

impl Done {
    fn is_own(&self, name: &store::MailboxName) -> bool {
        self.names.iter().any(|own| own == name || own.is_below(name) || name.is_below(own))
    }

    /// Whether nothing but this session's doing lies between two states of a mailbox.
    fn explains(&self, before: &Status, now: &Status) -> bool {
        self.messages.get(&now.mailbox).is_some_and(|(count, steps)| {
            u64::from(before.uid_next.value()) + count == u64::from(now.uid_next.value())
                && before.highest_modseq.value() + steps == now.highest_modseq.value()
        })
    }
}

impl Watching {
    /// Begins to watch; with how the mailboxes are, where that is wanted.
    pub(super) async fn begin<S: Store>(
        store: &S,
        account: AccountId,
        request: WatchRequest,
    ) -> Result<(Self, Vec<MailboxStatus>), No> {
        let groups =
            request.watched.into_iter().map(|watched| (Filter::new(watched.mailboxes), watched.events));
        let mut this = Self {
            account,
            accounts: Accounts::default(),
            seen: Activity::default(),
            groups: groups.collect(),
            server_annotations: request.server_annotations,
            known: HashMap::new(),
            subscribed: BTreeSet::new(),
            annotations: HashMap::new(),
            hasher: RandomState::new(),
            notices: VecDeque::new(),
            doings: Doings::default(),
        };
        let own = Done::default();
        if !this.look_at_mailboxes(store, &own).await? {
            return Err(No::new("too many mailboxes to watch").with(Code::NotificationOverflow));
        }
        this.look_at_messages(store, &own, None).await?;
        this.look_at_annotations(store, &own).await?;
        this.notices.clear();
        let mut statuses = Vec::new();
        if request.status {
            let known = this.known.values().filter_map(|known| {
                let flags = known.events.flags;
                Some(shown(&known.name, known.status.as_ref()?, known.events.messages, flags, flags))
            });
            statuses.extend(known);
            statuses.sort_by(|one, other| one.mailbox.as_str().cmp(other.mailbox.as_str()));
        }
        Ok((this, statuses))
    }

    /// Waits for news.
    pub(super) async fn changed(&mut self) {
        self.accounts.changed().await;
    }

    /// What the client has not been told yet, a part at a time. Of the selected mailbox only what is not about its
    /// messages.
    pub(super) async fn notices<S: Store>(
        &mut self,
        store: &S,
        selected: Option<MailboxId>,
    ) -> Result<Vec<Notice>, No> {
        let now = self.accounts.now();
        if self.notices.is_empty() && now != self.seen {
            let own = self.doings.take();
            let before = std::mem::replace(&mut self.seen, now);
            let list = now.mailboxes != before.mailboxes;
            if list && !self.look_at_mailboxes(store, &own).await? {
                self.groups.clear();
                self.server_annotations = false;
                self.notices.push_back(Notice::Overflow);
            }
            if list || now.messages != before.messages {
                self.look_at_messages(store, &own, selected).await?;
            }
            if list || now.annotations != before.annotations {
                self.look_at_annotations(store, &own).await?;
            }
        }
        let count = self.notices.len().min(AT_ONCE);
        Ok(self.notices.drain(..count).collect())
    }

    fn events(&self, name: &store::MailboxName, subscribed: bool) -> WatchedEvents {
        let mut all = WatchedEvents::default();
        for (_, events) in self.groups.iter().filter(|(filter, _)| filter.fits(name, subscribed)) {
            all.messages |= events.messages;
            all.flags |= events.flags;
            all.names |= events.names;
            all.subscriptions |= events.subscriptions;
            all.annotations |= events.annotations;
        }
        all
    }

    /// The mailboxes that the account can see, by the names they have for it, and whether it may read them. To those whose
    /// they are is listened from now on.
    async fn visible<S: Store>(&mut self, store: &S) -> Result<Vec<(store::Mailbox, bool)>, No> {
        loop {
            let own = store.mailboxes(self.account).await.map_err(no)?;
            let mut all: Vec<_> = own.into_iter().map(|mailbox| (mailbox, true)).collect();
            if self.groups.iter().any(|(filter, _)| filter.reaches_others()) {
                for SharedMailbox { name, rights, mut mailbox } in place::shared(store, self.account).await? {
                    let Ok(name) = store::MailboxName::new(name.as_str()) else { continue };
                    // Whether it is subscribed, and what it is for, are its owner's affair.
                    (mailbox.name, mailbox.subscribed, mailbox.special_use) = (name, false, None);
                    if rights.contains(Rights::LOOKUP) {
                        all.push((mailbox, rights.contains(Rights::READ)));
                    }
                }
            }
            let mut owners: BTreeSet<_> = all.iter().map(|(mailbox, _)| mailbox.account).collect();
            owners.insert(self.account);
            if !self.accounts.follow(store, &owners).await? {
                return Ok(all);
            }
        }
    }

    /// Brings the list of mailboxes up to date. `false`: there are too many.
    async fn look_at_mailboxes<S: Store>(&mut self, store: &S, own: &Done) -> Result<bool, No> {
        let all = self.visible(store).await?;
        let names: HashSet<_> = all.iter().map(|(mailbox, _)| &mailbox.name).collect();
        let subscriptions = store.subscriptions(self.account).await.map_err(no)?;
        let subscribed: BTreeSet<_> = subscriptions.into_iter().collect();
        let mut known = HashMap::new();
        let mut affected: BTreeSet<store::MailboxName> = BTreeSet::new();
        let mut renamed: BTreeMap<store::MailboxName, store::MailboxName> = BTreeMap::new();
        // RFC 5465 §5.4: the inbox is renamed like any other, and nothing is told of the one that takes its place.
        let renamed_inbox =
            self.accounts.renamed_inbox(self.account).filter(|made| !self.known.contains_key(made));
        for (mailbox, is_readable) in &all {
            let events = match is_readable {
                true => self.events(&mailbox.name, subscribed.contains(&mailbox.name)),
                false => WatchedEvents::default(),
            };
            let before = self.known.remove(&mailbox.id);
            match &before {
                Some(before) if before.name != mailbox.name => {
                    renamed.insert(mailbox.name.clone(), before.name.clone());
                }
                _ if renamed_inbox == Some(mailbox.id) => {
                    renamed.insert(mailbox.name.clone(), store::MailboxName::inbox());
                }
                // Who is let in finds it as if it had been made just now.
                _ if *is_readable && before.as_ref().is_none_or(|before| !before.is_readable) => {
                    affected.insert(mailbox.name.clone());
                    affected.extend(mailbox.name.parent().filter(|parent| names.contains(parent)));
                }
                _ => {}
            }
            let status = before.and_then(|before| before.status);
            let (owner, name, is_readable) = (mailbox.account, mailbox.name.clone(), *is_readable);
            known.insert(mailbox.id, Known { owner, name, is_readable, events, status });
        }
        for gone in self.known.drain().map(|(_, gone)| gone) {
            affected.extend(gone.name.parent().filter(|parent| names.contains(parent)));
            if gone.events.names {
                affected.insert(gone.name);
            }
        }
        // RFC 5465 §5.4: nothing is told of those below a mailbox that is renamed with it.
        let with_parent = |new: &store::MailboxName, old: &store::MailboxName| {
            let (new, old) = (new.parent(), old.parent());
            new.zip(old).is_some_and(|(new, old)| renamed.get(&new) == Some(&old))
        };
        let old_names: HashMap<_, _> = renamed
            .iter()
            .filter(|(new, old)| !with_parent(new, old))
            .map(|(new, old)| (new.clone(), old.clone()))
            .collect();
        affected.extend(old_names.keys().cloned());
        affected.retain(|name| {
            !own.is_own(name)
                && self.events(name, subscribed.contains(name) || self.subscribed.contains(name)).names
        });
        for name in subscribed.symmetric_difference(&self.subscribed) {
            if !own.is_own(name) && self.events(name, true).subscriptions {
                affected.insert(name.clone());
            }
        }
        let parents: HashSet<_> = all.iter().filter_map(|(mailbox, _)| mailbox.name.parent()).collect();
        let by_name: HashMap<_, _> = all.iter().map(|(mailbox, _)| (&mailbox.name, mailbox)).collect();
        for name in affected {
            let mailbox = by_name.get(&name);
            let mut attributes: Vec<_> =
                mailbox.and_then(|found| mailboxes::attribute(found.special_use?)).into_iter().collect();
            let children = parents.contains(&name);
            attributes.push(if children { ListAttribute::HasChildren } else { ListAttribute::HasNoChildren });
            let old_name = old_names.get(&name).map(|old| MailboxName::new(old.as_str()));
            self.notices.push_back(Notice::Mailbox {
                mailbox: Mailbox {
                    name: MailboxName::new(name.as_str()),
                    subscribed: subscribed.contains(&name),
                    exists: mailbox.is_some(),
                    attributes,
                    rights: None,
                },
                old_name,
            });
        }
        let watched = |known: &&Known| known.events.messages || known.events.annotations;
        let fits = known.values().filter(watched).count() <= WATCHED;
        (self.known, self.subscribed) = (known, subscribed);
        Ok(fits)
    }

    /// Brings the counters of mailboxes up to date.
    async fn look_at_messages<S: Store>(
        &mut self,
        store: &S,
        own: &Done,
        selected: Option<MailboxId>,
    ) -> Result<(), No> {
        if !self.known.values().any(|known| known.events.messages) {
            return Ok(());
        }
        let shared = self.known.iter().filter(|(_, known)| known.owner != self.account);
        let shared = shared.filter(|(_, known)| known.events.messages).map(|(id, _)| *id).collect();
        let mut statuses = store.statuses(self.account).await.map_err(no)?;
        statuses.extend(store.statuses_of(shared, false).await.map_err(no)?.into_iter().flatten());
        let mut told = Vec::new();
        for now in statuses {
            let Some(known) = self.known.get_mut(&now.mailbox) else { continue };
            if !known.events.messages {
                known.status = None;
                continue;
            }
            let before = known.status.replace(now);
            if selected == Some(now.mailbox) {
                continue;
            }
            let (came, changed) = match &before {
                Some(before) if own.explains(before, &now) => continue,
                Some(before) => (
                    (before.messages, before.uid_next) != (now.messages, now.uid_next),
                    before.highest_modseq != now.highest_modseq || before.uid_validity != now.uid_validity,
                ),
                // A new one: that its UIDs are valid anew is told where flags are watched (RFC 5465 §5.1).
                None => (now.messages > 0, true),
            };
            let flags = changed && known.events.flags;
            if came || flags {
                told.push(shown(&known.name, &now, came, flags, true));
            }
        }
        told.sort_by(|one, other| one.mailbox.as_str().cmp(other.mailbox.as_str()));
        self.notices.extend(told.into_iter().map(Notice::Status));
        Ok(())
    }

    /// Brings annotations up to date.
    async fn look_at_annotations<S: Store>(&mut self, store: &S, own: &Done) -> Result<(), No> {
        let watched = self.known.iter().filter(|(_, known)| known.events.annotations);
        let mut watched: Vec<_> =
            watched.map(|(id, known)| (known.owner, Some(*id), Some(&known.name))).collect();
        watched.sort_by_key(|(_, _, name)| *name);
        watched.extend(self.server_annotations.then_some((self.account, None, None)));
        let mut all = HashMap::new();
        for (owner, mailbox, name) in watched {
            let now = match store.annotations(owner, mailbox).await {
                Err(store::Error::NoSuchMailbox) => continue, // gone meanwhile
                found => found.map_err(no)?,
            };
            // What is one user's alone is not another's.
            let is_told = |name: &String| owner == self.account || name.as_bytes().starts_with(SHARED);
            let now = now.into_iter().filter(|(name, _)| is_told(name));
            let now: BTreeMap<_, _> = now.map(|(name, value)| (name, self.hasher.hash_one(&value))).collect();
            if let Some(before) = self.annotations.get(&mailbox) {
                let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
                let changed = names.into_iter().filter(|name| before.get(*name) != now.get(*name));
                let changed = changed.filter(|name| !own.annotations.contains(&(mailbox, (*name).clone())));
                let names: Vec<_> = changed.map(|name| Bytes::copy_from_slice(name.as_bytes())).collect();
                if !names.is_empty() {
                    let mailbox = name.map(|name| MailboxName::new(name.as_str()));
                    self.notices.push_back(Notice::Annotations { mailbox, names });
                }
            }
            all.insert(mailbox, now);
        }
        self.annotations = all;
        Ok(())
    }
}

/// The counters that a client is told.
fn shown(
    name: &store::MailboxName,
    now: &Status,
    messages: bool,
    flags: bool,
    mod_seq: bool,
) -> MailboxStatus {
    let mut values = Vec::new();
    if messages {
        values.extend([StatusValue::Messages(now.messages), StatusValue::UidNext(now.uid_next.value())]);
    }
    values.extend(UidValidity::new(now.uid_validity.value()).map(StatusValue::UidValidity));
    values.extend(flags.then_some(StatusValue::Unseen(now.unseen)));
    let highest = ModSeq::new(now.highest_modseq.value()).filter(|_| mod_seq);
    values.extend(highest.map(StatusValue::HighestModSeq));
    MailboxStatus { mailbox: MailboxName::new(name.as_str()), values }
}

impl Filter {
    fn new(mailboxes: SearchSource) -> Self {
        let set = |names: Vec<MailboxName>| {
            names.iter().filter_map(|name| store::MailboxName::new(name.as_str()).ok()).collect()
        };
        match mailboxes {
            SearchSource::Inboxes => Self::Inboxes,
            SearchSource::Personal => Self::Personal,
            SearchSource::Subscribed => Self::Subscribed,
            SearchSource::Mailboxes(SourceMailboxes::Exactly(names)) => Self::Exactly(set(names)),
            SearchSource::Mailboxes(SourceMailboxes::Subtree(names)) => Self::Subtree(set(names)),
            SearchSource::Mailboxes(SourceMailboxes::SubtreeOne(names)) => Self::SubtreeOne(set(names)),
            SearchSource::Selected => Self::Nothing,
        }
    }

    /// Whether it may mean mailboxes of other accounts.
    fn reaches_others(&self) -> bool {
        !matches!(self, Self::Inboxes | Self::Personal | Self::Nothing)
    }

    fn fits(&self, name: &store::MailboxName, subscribed: bool) -> bool {
        match self {
            Self::Inboxes => name.is_inbox(),
            Self::Personal => !name.as_str().starts_with(OTHER_USERS),
            Self::Subscribed => subscribed,
            Self::Exactly(names) => names.contains(name),
            Self::Subtree(names) => std::iter::successors(Some(name.clone()), store::MailboxName::parent)
                .any(|name| names.contains(&name)),
            Self::SubtreeOne(names) => {
                names.contains(name) || name.parent().is_some_and(|parent| names.contains(&parent))
            }
            Self::Nothing => false,
        }
    }
}
