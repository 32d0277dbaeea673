//! The mailbox that is selected: what the client has been told of it, and what is new.

use super::{
    place::{Place, flags_of, may_change},
    refusal::no,
    sets,
};
use mailwright_imap::{
    server::{self, Copied, CopyRequest, No, StoreRequest, Stored, Update},
    types::{Flag, ModSeq, Rights, StoreMode, Uid, UidSet, UidValidity},
};
use mailwright_store::{
    self as store, AccountId, Entry, Expunge, FlagChange, FlagOp, Flags, Keywords, MailboxId, Store, View,
};
use std::sync::Arc;
use tokio::sync::watch;

/// How many changed flags are told at once.
const AT_ONCE: usize = 1000;

/// How many messages that are gone a client can still fetch at most.
const GONE: usize = 1000;

/// Rights to do more than to look.
const CHANGING: Rights = Rights::from_bits(
    Rights::INSERT.bits()
        | Rights::EXPUNGE.bits()
        | Rights::SEEN.bits()
        | Rights::WRITE.bits()
        | Rights::DELETE_MESSAGES.bits(),
);

/// What it takes to move a message away (RFC 6851 §4.2, RFC 8508 §4.1).
pub(super) const REMOVING: Rights =
    Rights::from_bits(Rights::DELETE_MESSAGES.bits() | Rights::EXPUNGE.bits());

/// The mailbox that is selected.
#[derive(Debug)]
pub(super) struct Selected {
    pub(super) mailbox: MailboxId,
    pub(super) owner: AccountId,
    /// What the client may do here, as it was last looked up.
    pub(super) rights: Rights,
    /// The rights of which the client has been told.
    told_rights: Rights,
    /// The messages that are recent for this session: none is for two.
    pub(super) recent: store::UidSet,
    /// What becomes of messages that nobody was told of.
    telling: Telling,
    views: watch::Receiver<Arc<View>>,
    /// What the client has been told, but for `changed`.
    told: Arc<View>,
    /// Messages of `told` whose flags the client has not been told yet.
    changed: store::UidSet,
    /// Messages that are no longer in `told`, of whose end the client has not been told yet.
    gone: Vec<Entry>,
    /// What the client had been told before.
    before: Arc<View>,
    /// The last change that this session made.
    own: Option<Own>,
}

/// What becomes of messages that nobody was told of, as they are told here. They are recent for their owner, whoever else
/// looks at them before.
#[derive(Debug, Clone, Copy)]
enum Telling {
    /// They are recent here and nowhere else.
    Takes,
    /// They are recent here, and stay so for others (RFC 3501 §6.3.2).
    Leaves,
    /// They are not recent here.
    Foreign,
}

impl Telling {
    fn recent(self, view: &View) -> store::UidSet {
        match self {
            Self::Takes => view.take_recent(),
            Self::Leaves => view.recent(),
            Self::Foreign => store::UidSet::new(),
        }
    }
}

#[derive(Debug)]
struct Own {
    change: FlagChange,
    modseq: store::ModSeq,
}

impl Selected {
    pub(super) async fn open<S: Store>(
        store: &S,
        account: AccountId,
        place: &Place,
        read_only: bool,
    ) -> Result<(Self, server::Selected), No> {
        let Place { mailbox, rights } = place;
        let mut views = store.open(mailbox.id).await.map_err(no)?;
        let view = views.borrow_and_update().clone();
        let telling = match account == mailbox.account {
            true if read_only => Telling::Leaves,
            true => Telling::Takes,
            false => Telling::Foreign,
        };
        let recent = telling.recent(&view);
        let missing = || No::new("the mailbox has no UIDs left");
        let told = server::Selected {
            uids: sets::to_imap(&view.uids()),
            uid_validity: UidValidity::new(view.uid_validity().value()).ok_or_else(missing)?,
            uid_next: sets::uid(view.uid_next()).ok_or_else(missing)?,
            flags: known_flags(view.keywords()),
            permanent_flags: permanent_flags(view.keywords(), *rights),
            highest_mod_seq: ModSeq::new(view.highest_modseq().value()),
            first_unseen: view.first_unseen().and_then(sets::uid),
            recent: view.count(&recent),
            // RFC 4314 §5.2: all flags are shared here.
            read_only: !rights.has_any(CHANGING),
            mailbox_id: super::mailboxes::id(mailbox.id),
        };
        let selected = Self {
            mailbox: mailbox.id,
            owner: mailbox.account,
            rights: *rights,
            told_rights: *rights,
            recent,
            telling,
            views,
            before: view.clone(),
            told: view,
            changed: store::UidSet::new(),
            gone: Vec::new(),
            own: None,
        };
        Ok((selected, told))
    }

    /// Refuses what the client may not do here.
    pub(super) fn allow(&self, needed: Rights) -> Result<(), No> {
        if self.rights.contains(needed) { Ok(()) } else { Err(No::not_permitted()) }
    }

    /// The messages as they are now.
    pub(super) fn view(&self) -> Arc<View> {
        self.views.borrow().clone()
    }

    /// The messages as FETCH shows them: as they are now, or as the client was told of them, where there are keywords since
    /// then that it has not been told of (RFC 9051 §7.3.5). What has changed is told right after.
    pub(super) fn shown(&self) -> Arc<View> {
        let now = self.view();
        if now.keywords() == self.told.keywords() { now } else { self.told.clone() }
    }

    /// Waits for news.
    pub(super) async fn changed(&mut self) {
        if self.views.changed().await.is_err() {
            // The store is closing: there will be none.
            std::future::pending::<()>().await;
        }
    }

    /// Of these messages, those that the client still sees and that are no longer in `view`, in order: the store keeps
    /// what they were for a while.
    pub(super) fn gone(&self, view: &Arc<View>, uids: &store::UidSet) -> Vec<Entry> {
        let mut gone: Vec<_> = self.gone.iter().copied().filter(|entry| uids.contains(entry.uid)).collect();
        if !Arc::ptr_eq(view, &self.told) {
            gone.extend(self.told.among(&view.since(&self.told).vanished.intersection(uids)));
        }
        gone.sort_unstable_by_key(|entry| entry.uid);
        gone
    }

    /// What the client has not been told yet, a part at a time. `expunges`: it is told of messages that are gone.
    pub(super) fn news(&mut self, expunges: bool) -> Vec<Update> {
        if expunges {
            self.gone.clear();
        }
        if !self.changed.is_empty() {
            return self.changed_flags();
        }
        let view = self.views.borrow_and_update().clone();
        if view.is_gone() {
            return vec![Update::Gone];
        }
        let delta = view.since(&self.told);
        let mut news = Vec::new();
        if view.keywords() != self.told.keywords() || self.rights != self.told_rights {
            self.told_rights = self.rights;
            let permanent_flags = permanent_flags(view.keywords(), self.rights);
            let flags = known_flags(view.keywords());
            news.push(Update::MailboxFlags { flags, permanent_flags });
        }
        if !delta.vanished.is_empty() {
            let room = if expunges { 0 } else { GONE.saturating_sub(self.gone.len()) };
            self.gone.extend(self.told.among(&delta.vanished).take(room));
            news.push(Update::Expunged(sets::to_imap(&delta.vanished)));
        }
        if !delta.arrived.is_empty() {
            self.recent = self.recent.union(&self.telling.recent(&view));
            let recent = view.count(&self.recent);
            news.push(Update::Arrived { uids: sets::to_imap(&delta.arrived), recent });
        }
        self.before = std::mem::replace(&mut self.told, view);
        self.changed = delta.changed;
        if news.is_empty() {
            return self.changed_flags();
        }
        news
    }

    fn changed_flags(&mut self) -> Vec<Update> {
        let now: store::UidSet = self.changed.iter().take(AT_ONCE).collect();
        self.changed = self.changed.difference(&now);
        let keywords = self.told.keywords();
        let own = self.own.as_ref().map(|own| (own, keywords.known(&own.change.flags)));
        let mut before = own.iter().flat_map(|_| self.before.among(&now)).peekable();
        let mut names = FlagNames::new(keywords, &self.recent, std::convert::identity);
        let mut news = Vec::new();
        for entry in self.told.among(&now) {
            while before.next_if(|old| old.uid < entry.uid).is_some() {}
            let old = before.next_if(|old| old.uid == entry.uid);
            // As this session's own change made it from what the client knew.
            let is_own = own.as_ref().zip(old).is_some_and(|((own, named), old)| {
                entry.modseq == own.modseq && own.change.apply(old.flags, *named) == entry.flags
            });
            news.extend(sets::uid(entry.uid).map(|uid| Update::Flags {
                uid,
                flags: names.of(&entry).clone(),
                mod_seq: ModSeq::new(entry.modseq.value()),
                own: is_own,
            }));
        }
        drop(before);
        if self.changed.is_empty() {
            // What the client knows now, it knows whole: older parts of the mailbox need not be kept.
            (self.own, self.before) = (None, self.told.clone());
        }
        news
    }

    pub(super) async fn store<S: Store>(&mut self, store: &S, request: StoreRequest) -> Result<Stored, No> {
        let rights = self.rights;
        // RFC 4314 §4: what of it is not permitted is passed over, as long as something is.
        let flags: Vec<_> = request.flags.iter().filter(|flag| may_change(rights, flag)).collect();
        let among = flags_of(rights);
        if among.is_empty() || (flags.is_empty() && !request.flags.is_empty()) {
            return Err(No::not_permitted());
        }
        let op = match request.mode {
            StoreMode::Add => FlagOp::Add,
            StoreMode::Remove => FlagOp::Remove,
            StoreMode::Replace => FlagOp::Replace,
        };
        let change = FlagChange {
            op,
            flags: flags.iter().map(ToString::to_string).collect(),
            unchanged_since: request.unchanged_since.map(|since| store::ModSeq::new(since.value())),
            among,
        };
        let uids = sets::to_store(&request.uids);
        let done = store.change_flags(self.mailbox, uids, change.clone()).await.map_err(no)?;
        self.own = (!done.changed.is_empty()).then_some(Own { change, modseq: done.modseq });
        Ok(Stored { modified: sets::to_imap(&done.modified) })
    }

    /// Marks messages as read, as FETCH does in passing where the client may.
    pub(super) async fn mark_seen<S: Store>(&mut self, store: &S, uids: &UidSet) -> Result<(), No> {
        if !self.rights.contains(Rights::SEEN) {
            return Ok(());
        }
        let view = self.view();
        let uids = sets::to_store(uids);
        let unseen = view.among(&uids).filter(|entry| !entry.flags.contains(Flags::SEEN));
        let unseen: store::UidSet = unseen.map(|entry| entry.uid).collect();
        if !unseen.is_empty() {
            store.change_flags(self.mailbox, unseen, FlagChange::add(Flags::SEEN)).await.map_err(no)?;
        }
        Ok(())
    }

    pub(super) async fn copy<S: Store>(
        &mut self,
        store: &S,
        request: &CopyRequest,
        to: &Place,
    ) -> Result<Option<Copied>, No> {
        if request.moves {
            self.allow(REMOVING)?;
        }
        let keep = flags_of(to.rights);
        let uids = sets::to_store(&request.uids);
        let copied = if request.moves {
            store.move_to(self.mailbox, uids, to.mailbox.id, keep).await
        } else {
            store.copy(self.mailbox, uids, to.mailbox.id, keep).await
        };
        let copied = copied.map_err(no)?;
        let validity = UidValidity::new(copied.uid_validity.value());
        Ok(validity.filter(|_| !copied.from.is_empty()).map(|uid_validity| Copied {
            uid_validity,
            from: sets::to_imap(&copied.from),
            to: sets::to_imap(&copied.to),
            mod_seq: ModSeq::new(copied.modseq.value()),
        }))
    }

    pub(super) async fn expunge<S: Store>(
        &mut self,
        store: &S,
        uids: Option<&UidSet>,
    ) -> Result<Option<ModSeq>, No> {
        self.allow(Rights::EXPUNGE)?;
        let which = match uids {
            Some(uids) => Expunge::DeletedAmong(sets::to_store(uids)),
            None => Expunge::Deleted,
        };
        let expunged = store.expunge(self.mailbox, which).await.map_err(no)?;
        Ok(ModSeq::new(expunged.modseq.value()).filter(|_| !expunged.uids.is_empty()))
    }
}

/// What is told of the flags of messages, made of their names. Neighbours mostly have the same, so the last is kept.
pub(super) struct FlagNames<'v, T> {
    keywords: &'v Keywords,
    recent: &'v store::UidSet,
    make: fn(Vec<Flag>) -> T,
    last: Option<((Flags, bool), T)>,
}

impl<'v, T> FlagNames<'v, T> {
    pub(super) fn new(keywords: &'v Keywords, recent: &'v store::UidSet, make: fn(Vec<Flag>) -> T) -> Self {
        Self { keywords, recent, make, last: None }
    }

    pub(super) fn of(&mut self, entry: &Entry) -> &T {
        let (bits, recent) = (entry.flags, self.recent.contains(entry.uid));
        let last = self.last.take().filter(|(last, _)| *last == (bits, recent));
        let named = || ((bits, recent), (self.make)(flags(self.keywords, bits, recent)));
        &self.last.insert(last.unwrap_or_else(named)).1
    }
}

/// The flags of a message by name, the system's before keywords.
fn flags(keywords: &Keywords, flags: Flags, recent: bool) -> Vec<Flag> {
    let mut named: Vec<_> = keywords.names(flags).filter_map(|name| Flag::try_from(name).ok()).collect();
    if recent {
        let keyword = named.iter().position(|flag| matches!(flag, Flag::Keyword(_)));
        named.insert(keyword.unwrap_or(named.len()), Flag::Recent);
    }
    named
}

fn known_flags(keywords: &Keywords) -> Vec<Flag> {
    let system = Flags::SYSTEM.iter().map(|(_, name)| *name);
    system.chain(keywords.iter()).filter_map(|name| Flag::try_from(name).ok()).collect()
}

fn permanent_flags(keywords: &Keywords, rights: Rights) -> Vec<Flag> {
    let mut flags = known_flags(keywords);
    flags.retain(|flag| may_change(rights, flag));
    if keywords.iter().len() < Keywords::MAX && rights.contains(Rights::WRITE) {
        flags.push(Flag::Any);
    }
    flags
}

/// A UID of the store for the client.
pub(super) fn imap_uid(entry: &Entry) -> Option<Uid> {
    sets::uid(entry.uid)
}
