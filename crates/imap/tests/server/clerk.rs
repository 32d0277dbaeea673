//! A mail store of a few lines, which answers a session's questions.

#[path = "acl.rs"]
mod acl;
#[path = "notices.rs"]
mod notices;

use bytes::Bytes;
use mailwright_imap::{
    Limits,
    server::{
        Appended, Config, Copied, Event, Found, FoundIn, Mailbox, MailboxChange, NewMessage, No, Notice,
        Selected, Server, Sorted, Stored, Update, WatchRequest,
    },
    types::{
        Atom, DateTime, FetchItem, Flag, MailboxName, ModSeq, Rights, SearchKey, Section, SectionText,
        StatusItem, StoreMode, Uid, UidSet, UidValidity,
        command::SearchSource,
        response::{Code, Data, FetchAttribute, ListAttribute, ObjectId, Quota, QuotaResource, StatusValue},
    },
};
use mailwright_sasl::{
    Name, Seed,
    server::{Answer, Policy, Question},
};
use mailwright_testkit::Play;
use mailwright_wire::TlsInfo;
use std::{collections::BTreeMap, sync::Arc};

/// One message.
#[derive(Clone)]
pub(crate) struct Message {
    uid: u32,
    flags: Vec<Flag>,
    date: DateTime,
    mod_seq: u64,
    octets: Vec<u8>,
}

#[derive(Default, Clone)]
pub(crate) struct Folder {
    pub(crate) messages: Vec<Message>,
    pub(crate) next: u32,
    pub(crate) subscribed: bool,
    attributes: Vec<ListAttribute>,
}

/// The folder that messages are being appended to, and what came of each so far.
type Appending = (String, Vec<(NewMessage, Vec<u8>)>);

/// The store, and what the selected mailbox has to tell.
pub(crate) struct Clerk {
    pub(crate) folders: BTreeMap<String, Folder>,
    pub(crate) watched: WatchRequest,
    pub(crate) notices: Vec<Notice>,
    selected: Option<String>,
    news: Vec<Update>,
    appending: Option<Appending>,
    pub(crate) mod_seq: u64,
    pub(crate) limits: Limits,
    pub(crate) plaintext: bool,
    pub(crate) quota: bool,
    pub(crate) compress: bool,
    pub(crate) in_progress: bool,
    pub(crate) thread: bool,
    extended: bool,
    annotations: BTreeMap<(String, Bytes), Bytes>,
    pub(crate) acl: bool,
    /// By folder and identifier.
    pub(crate) acls: BTreeMap<(String, String), Rights>,
}

impl Default for Clerk {
    fn default() -> Self {
        let mut clerk = Self {
            folders: BTreeMap::new(),
            watched: WatchRequest::default(),
            notices: Vec::new(),
            selected: None,
            news: Vec::new(),
            appending: None,
            mod_seq: 1,
            limits: Limits::default(),
            plaintext: true,
            quota: false,
            compress: false,
            in_progress: false,
            thread: false,
            extended: false,
            annotations: BTreeMap::new(),
            acl: false,
            acls: BTreeMap::new(),
        };
        for (name, attributes) in [
            ("INBOX", vec![]),
            ("Sent", vec![ListAttribute::Sent]),
            ("foo/bar", vec![]),
            ("Entw\u{fc}rfe", vec![ListAttribute::Drafts]),
        ] {
            clerk.folders.insert(
                name.into(),
                Folder { next: 1, subscribed: name != "Sent", attributes, ..Folder::default() },
            );
        }
        for n in 1..=3 {
            let text = format!("Subject: number {n}\r\nFrom: a@example.org\r\n\r\nHello {n}\r\n");
            clerk.put("INBOX", text.as_bytes(), vec![]);
        }
        clerk
    }
}

impl Clerk {
    /// One that can do all that needs an application's help.
    pub(crate) fn extended() -> Self {
        Self { extended: true, ..Self::default() }
    }

    pub(crate) fn put(&mut self, folder: &str, octets: &[u8], flags: Vec<Flag>) -> u32 {
        self.mod_seq += 1;
        let folder = self.folders.get_mut(folder).unwrap();
        let uid = folder.next;
        folder.next += 1;
        let date = DateTime::from_unix(837_596_665);
        folder.messages.push(Message { uid, flags, date, mod_seq: self.mod_seq, octets: octets.to_vec() });
        uid
    }

    fn here(&mut self) -> &mut Folder {
        let name = self.selected.clone().unwrap();
        self.folders.get_mut(&name).unwrap()
    }

    fn arrived(&mut self, folder: &str, uids: UidSet) {
        if self.selected.as_deref() == Some(folder) {
            self.news.push(Update::Arrived { uids, recent: 0 });
        }
    }

    /// Removes messages; the new mod-sequence, if there were any.
    fn remove(&mut self, which: impl Fn(&Message) -> bool) -> Option<ModSeq> {
        let folder = self.here();
        let gone: UidSet = folder.messages.iter().filter(|m| which(m)).map(|m| m.uid).collect();
        folder.messages.retain(|m| !which(m));
        if gone.is_empty() {
            return None;
        }
        self.news.push(Update::Expunged(gone));
        self.mod_seq += 1;
        ModSeq::new(self.mod_seq)
    }

    fn set_flags(&mut self, uid: u32, own: bool, change: impl Fn(&mut Vec<Flag>)) {
        self.mod_seq += 1;
        let mod_seq = self.mod_seq;
        let message = self.here().messages.iter_mut().find(|m| m.uid == uid).unwrap();
        let before = message.flags.clone();
        change(&mut message.flags);
        if message.flags != before {
            message.mod_seq = mod_seq;
            let flags = message.flags.clone();
            let (uid, mod_seq) = (Uid::new(uid).unwrap(), ModSeq::new(mod_seq));
            self.news.push(Update::Flags { uid, flags, mod_seq, own });
        }
    }

    fn select(&mut self, name: &MailboxName) -> Result<Selected, No> {
        self.selected = None;
        self.news.clear();
        let folder = self.folders.get(name.as_str()).ok_or_else(No::no_such_mailbox)?;
        self.selected = Some(name.as_str().to_owned());
        let flags = vec![Flag::Answered, Flag::Flagged, Flag::Deleted, Flag::Seen, Flag::Draft];
        let unseen = folder.messages.iter().find(|m| !m.flags.contains(&Flag::Seen));
        Ok(Selected {
            uids: folder.messages.iter().map(|m| m.uid).collect(),
            uid_validity: UidValidity::new(7).unwrap(),
            uid_next: Uid::new(folder.next).unwrap(),
            permanent_flags: flags.iter().cloned().chain([Flag::Any]).collect(),
            flags,
            highest_mod_seq: ModSeq::new(self.mod_seq),
            first_unseen: unseen.and_then(|m| Uid::new(m.uid)),
            recent: 0,
            read_only: false,
            mailbox_id: ObjectId::new("F1"),
        })
    }

    fn fetch(&mut self, session: &mut Server, event: Event) {
        let Event::Fetch { request, ticket } = event else { panic!("a fetch") };
        if request.vanished.is_some() {
            session.vanished(&ticket, &[2_u32].into_iter().collect()).unwrap();
        }
        for uid in request.uids.iter() {
            if request.mark_seen && self.here().messages.iter().any(|m| m.uid == uid) {
                self.set_flags(uid, false, |flags| {
                    if !flags.contains(&Flag::Seen) {
                        flags.push(Flag::Seen);
                    }
                });
            }
            let Some(message) = self.here().messages.iter().find(|m| m.uid == uid).cloned() else { continue };
            if request.changed_since.is_some_and(|since| message.mod_seq <= since.value()) {
                continue;
            }
            if !session.message(&ticket, Uid::new(uid).unwrap()).unwrap() {
                continue;
            }
            for item in &request.items {
                let (attribute, octets) = message.attribute(item);
                session.attribute(&ticket, &attribute).unwrap();
                for chunk in octets.chunks(7) {
                    session.chunk(&ticket, Bytes::copy_from_slice(chunk)).unwrap();
                }
            }
            session.message_end(&ticket).unwrap();
        }
        session.answer(ticket, Ok(())).unwrap();
    }

    fn found(&mut self, key: &SearchKey) -> UidSet {
        self.here().messages.iter().filter(|m| m.meets(key)).map(|m| m.uid).collect()
    }

    fn change(&mut self, change: MailboxChange) -> Result<Option<ObjectId>, No> {
        match change {
            MailboxChange::Create { mailbox, .. } => {
                if self.folders.contains_key(mailbox.as_str()) {
                    return Err(No::new("it exists").with(Code::AlreadyExists));
                }
                self.folders.insert(mailbox.as_str().into(), Folder { next: 1, ..Folder::default() });
            }
            MailboxChange::Delete(mailbox) => {
                self.folders.remove(mailbox.as_str()).ok_or_else(No::no_such_mailbox)?;
            }
            MailboxChange::Rename { from, to } => {
                let folder = self.folders.remove(from.as_str()).ok_or_else(No::no_such_mailbox)?;
                self.folders.insert(to.as_str().into(), folder);
            }
            MailboxChange::Subscribe(name) => {
                self.folders.get_mut(name.as_str()).ok_or_else(No::no_such_mailbox)?.subscribed = true;
            }
            MailboxChange::Unsubscribe(name) => {
                self.folders.get_mut(name.as_str()).ok_or_else(No::no_such_mailbox)?.subscribed = false;
            }
        }
        Ok(None)
    }

    fn status(&self, name: &MailboxName, items: &[StatusItem]) -> Result<Vec<StatusValue>, No> {
        let folder = self.folders.get(name.as_str()).ok_or_else(No::no_such_mailbox)?;
        let unseen = folder.messages.iter().filter(|m| !m.flags.contains(&Flag::Seen)).count();
        let value = |item: &StatusItem| match item {
            StatusItem::Messages => StatusValue::Messages(folder.messages.len().try_into().unwrap()),
            StatusItem::UidNext => StatusValue::UidNext(folder.next),
            StatusItem::Unseen => StatusValue::Unseen(unseen.try_into().unwrap()),
            other => panic!("{other:?}"),
        };
        Ok(items.iter().map(value).collect())
    }

    fn finish_append(&mut self) -> Appended {
        let (folder, messages) = self.appending.take().unwrap();
        let mut uids = UidSet::new();
        for (new, octets) in messages {
            assert!(new.size.is_none_or(|size| size == octets.len() as u64));
            let uid = self.put(&folder, &octets, new.flags);
            uids.push(uid, uid);
        }
        self.arrived(&folder, uids.clone());
        Appended { uid_validity: UidValidity::new(7).unwrap(), uids }
    }
}

impl Message {
    fn attribute(&self, item: &FetchItem) -> (FetchAttribute, Vec<u8>) {
        let header =
            self.octets.windows(4).position(|w| w == b"\r\n\r\n").map_or(self.octets.len(), |at| at + 4);
        let plain = |attribute| (attribute, Vec::new());
        match item {
            FetchItem::Flags => plain(FetchAttribute::Flags(self.flags.clone())),
            FetchItem::InternalDate => plain(FetchAttribute::InternalDate(self.date)),
            FetchItem::Rfc822Size => plain(FetchAttribute::Size(self.octets.len() as u64)),
            FetchItem::ModSeq => plain(FetchAttribute::ModSeq(ModSeq::new(self.mod_seq).unwrap())),
            FetchItem::BodySection { section, partial, .. } => {
                let whole = match section {
                    Section { text: None, part } if part.0.is_empty() => &self.octets[..],
                    Section { text: Some(SectionText::Header), .. } => &self.octets[..header],
                    Section { text: Some(SectionText::Text), .. } => &self.octets[header..],
                    _ => &[],
                };
                let place = |at: u64| usize::try_from(at).map_or(whole.len(), |at| at.min(whole.len()));
                let octets = match partial {
                    Some(p) => whole[place(p.offset)..place(p.offset.saturating_add(p.length))].to_vec(),
                    None => whole.to_vec(),
                };
                let data = Data::Streamed(octets.len() as u64);
                let origin = partial.map(|p| p.offset);
                (FetchAttribute::Section { section: section.clone(), origin, data }, octets)
            }
            other => panic!("{other:?}"),
        }
    }

    fn meets(&self, key: &SearchKey) -> bool {
        match key {
            SearchKey::All => true,
            SearchKey::Seen => self.flags.contains(&Flag::Seen),
            SearchKey::Unseen => !self.flags.contains(&Flag::Seen),
            SearchKey::Deleted => self.flags.contains(&Flag::Deleted),
            SearchKey::Uid(set) => set.resolve(u32::MAX).contains(self.uid),
            SearchKey::ModSeq(since) => self.mod_seq >= since.value(),
            SearchKey::Subject(text) => {
                let head =
                    String::from_utf8_lossy(&self.octets).lines().next().unwrap_or_default().to_owned();
                head.contains(text.as_str().unwrap())
            }
            SearchKey::Fuzzy(key) => self.meets(key),
            SearchKey::Not(key) => !self.meets(key),
            SearchKey::And(keys) => keys.iter().all(|key| self.meets(key)),
            SearchKey::Or(one, other) => self.meets(one) || self.meets(other),
            other => panic!("{other:?}"),
        }
    }
}

/// How well a message is said to fit.
fn score(uid: u32) -> u8 {
    100 - 10 * u8::try_from(uid).unwrap()
}

impl Play for Clerk {
    type Session = Server;

    fn begin(&mut self) -> Server {
        let policy = Policy::new(Seed::new([7; 32])).mechanisms([Name::Plain, Name::Login]);
        let mut config = Config::new(policy.plaintext_without_tls(self.plaintext));
        config.limits = self.limits.clone();
        config.features.mod_seq = true;
        config.features.moves = true;
        config.features.quota = self.quota;
        config.features.compress = self.compress;
        config.features.in_progress = self.in_progress;
        config.features.thread = self.thread;
        config.features.acl = self.acl;
        config.other_users = self.acl.then(|| MailboxName::new("Other Users/"));
        if self.extended {
            let features = &mut config.features;
            (features.catenate, features.replace, features.metadata) = (true, true, true);
            (features.sort, features.multi_search, features.notify) = (true, true, true);
            (features.fuzzy, features.unicode_casemap) = (true, true);
        }
        config.id = vec![("name".into(), "Clerk".into())];
        Server::new(Arc::new(config))
    }

    fn event(&mut self, session: &mut Server, event: Event) {
        match event {
            Event::Credentials { question, ticket } => {
                let Question::Password { user, password } = question else { panic!("a password") };
                let right = user == "fred" && password.expose() == "blurdybloop";
                let answer = if right { Answer::accept(user) } else { Answer::refuse() };
                session.answer(ticket, answer).unwrap();
            }
            Event::Login { ticket, .. } => session.answer(ticket, Ok(())).unwrap(),
            Event::Mailboxes { ticket } => {
                let mailbox = |(name, folder): (&String, &Folder)| Mailbox {
                    name: MailboxName::new(name),
                    subscribed: folder.subscribed,
                    exists: true,
                    attributes: folder.attributes.clone(),
                    rights: Some(Rights::ALL),
                };
                session.answer(ticket, Ok(self.folders.iter().map(mailbox).collect())).unwrap();
            }
            Event::Status { mailbox, items, ticket } => {
                session.answer(ticket, self.status(&mailbox, &items)).unwrap();
            }
            Event::Statuses { mailboxes, items, ticket } => {
                let all = mailboxes.iter().map(|mailbox| self.status(mailbox, &items).ok()).collect();
                session.answer(ticket, Ok(all)).unwrap();
            }
            Event::Change { change, ticket } => session.answer(ticket, self.change(change)).unwrap(),
            Event::Select { mailbox, ticket, .. } => session.answer(ticket, self.select(&mailbox)).unwrap(),
            Event::NewMessage { mailbox, message, ticket } => {
                if let Some(name) = mailbox {
                    if !self.folders.contains_key(name.as_str()) {
                        return session
                            .answer(ticket, Err(No::new("make it first").with(Code::TryCreate)))
                            .unwrap();
                    }
                    self.appending = Some((name.as_str().to_owned(), Vec::new()));
                }
                self.appending.as_mut().unwrap().1.push((message, Vec::new()));
                session.answer(ticket, Ok(())).unwrap();
            }
            Event::Body(octets) => {
                self.appending.as_mut().unwrap().1.last_mut().unwrap().1.extend_from_slice(&octets);
            }
            Event::Url { url, ticket } => {
                let folder = url.mailbox.as_ref().map_or("INBOX", |name| name.as_str());
                let message = self
                    .folders
                    .get(folder)
                    .and_then(|f| f.messages.iter().find(|m| m.uid == url.uid.value()));
                let octets = message.map(|message| message.octets.clone());
                let octets = octets.ok_or_else(|| No::new("no such message"));
                if let (Ok(octets), Some((_, messages))) = (&octets, &mut self.appending) {
                    messages.last_mut().unwrap().1.extend_from_slice(octets);
                }
                session.answer(ticket, octets.map(|octets| octets.len() as u64)).unwrap();
            }
            Event::Append { replaces, ticket } => {
                let appended = self.finish_append();
                if let Some(uid) = replaces {
                    self.remove(|m| m.uid == uid.value());
                }
                session.answer(ticket, Ok(appended)).unwrap();
            }
            Event::Annotations { mailbox, ticket } => {
                let of = mailbox.map(|name| name.as_str().to_owned()).unwrap_or_default();
                let found = self.annotations.iter().filter(|((mailbox, _), _)| *mailbox == of);
                let found = found.map(|((_, name), value)| (name.clone(), value.clone())).collect();
                session.answer(ticket, Ok(found)).unwrap();
            }
            Event::Annotate { mailbox, changes, ticket } => {
                let of = mailbox.map(|name| name.as_str().to_owned()).unwrap_or_default();
                for (name, value) in changes {
                    match value {
                        Some(value) => self.annotations.insert((of.clone(), name), value),
                        None => self.annotations.remove(&(of.clone(), name)),
                    };
                }
                session.answer(ticket, Ok(())).unwrap();
            }
            Event::SearchMany { request, ticket } => {
                let all = request.sources.contains(&SearchSource::Personal);
                let found =
                    self.folders.iter().filter(|(name, _)| all || *name == "INBOX").map(|(name, folder)| {
                        let uids =
                            folder.messages.iter().filter(|m| m.meets(&request.key)).map(|m| m.uid).collect();
                        FoundIn {
                            mailbox: MailboxName::new(name),
                            uid_validity: UidValidity::new(7).unwrap(),
                            found: Found { uids, ..Found::default() },
                        }
                    });
                session.answer(ticket, Ok(found.collect())).unwrap();
            }
            Event::Sort { request, ticket } => {
                // By size only.
                let uids = self.found(&request.key);
                let mut found: Vec<_> =
                    self.here().messages.iter().filter(|m| uids.contains(m.uid)).collect();
                found.sort_by_key(|m| m.octets.len());
                if request.criteria[0].reverse {
                    found.reverse();
                }
                let scores =
                    if request.scores { found.iter().map(|m| score(m.uid)).collect() } else { Vec::new() };
                let uids = found.iter().filter_map(|m| Uid::new(m.uid)).collect();
                session.answer(ticket, Ok(Sorted { uids, scores })).unwrap();
            }
            Event::AppendAborted => self.appending = None,
            Event::Watch { request, ticket } => session.answer(ticket, Ok(self.watch(request))).unwrap(),
            Event::Notices { ticket } => {
                session.answer(ticket, Ok(std::mem::take(&mut self.notices))).unwrap();
            }
            Event::Sync { ticket, .. } => session.answer(ticket, Ok(std::mem::take(&mut self.news))).unwrap(),
            Event::Fetch { .. } => self.fetch(session, event),
            Event::Store { request, ticket } => {
                let mut modified = UidSet::new();
                for uid in request.uids.iter() {
                    let Some(message) = self.here().messages.iter().find(|m| m.uid == uid) else { continue };
                    if request.unchanged_since.is_some_and(|since| message.mod_seq > since.value()) {
                        modified.push(uid, uid);
                        continue;
                    }
                    self.set_flags(uid, true, |flags| match request.mode {
                        StoreMode::Replace => flags.clone_from(&request.flags),
                        StoreMode::Add => {
                            let new = request.flags.iter().filter(|flag| !flags.contains(flag));
                            let new: Vec<_> = new.cloned().collect();
                            flags.extend(new);
                        }
                        StoreMode::Remove => flags.retain(|flag| !request.flags.contains(flag)),
                    });
                }
                session.answer(ticket, Ok(Stored { modified })).unwrap();
            }
            Event::Search { request, ticket } => {
                let uids = self.found(&request.key);
                let counted = request.mod_seq_of.unwrap_or_default().among(&uids);
                let newest =
                    self.here().messages.iter().filter(|m| counted.contains(m.uid)).map(|m| m.mod_seq).max();
                // The first fits best.
                let scores = if request.scores { uids.iter().map(score).collect() } else { Vec::new() };
                let mod_seq = newest.and_then(ModSeq::new);
                session.answer(ticket, Ok(Found { uids, mod_seq, scores })).unwrap();
            }
            Event::Copy { request, ticket } => {
                let Some(_) = self.folders.get(request.to.as_str()) else {
                    return session
                        .answer(ticket, Err(No::new("make it first").with(Code::TryCreate)))
                        .unwrap();
                };
                let copies = self.here().messages.iter().filter(|m| request.uids.contains(m.uid));
                let copies: Vec<Message> = copies.cloned().collect();
                let from: UidSet = copies.iter().map(|m| m.uid).collect();
                let mut to = UidSet::new();
                for message in copies {
                    let uid = self.put(request.to.as_str(), &message.octets, message.flags);
                    to.push(uid, uid);
                }
                let mod_seq = request.moves.then(|| self.remove(|m| from.contains(m.uid))).flatten();
                self.arrived(request.to.as_str(), to.clone());
                let uid_validity = UidValidity::new(7).unwrap();
                let copied = (!from.is_empty()).then_some(Copied { uid_validity, from, to, mod_seq });
                session.answer(ticket, Ok(copied)).unwrap();
            }
            Event::Expunge { uids, ticket } => {
                let mod_seq = self.remove(|m| {
                    m.flags.contains(&Flag::Deleted) && uids.as_ref().is_none_or(|uids| uids.contains(m.uid))
                });
                session.answer(ticket, Ok(mod_seq)).unwrap();
            }
            Event::Unselected => self.selected = None,
            Event::Quota { ticket, .. } => {
                let name = Atom::try_from("STORAGE").unwrap();
                let resources = vec![QuotaResource { name, usage: 10, limit: 512 }];
                session.answer(ticket, Ok(vec![Quota { root: Bytes::new(), resources }])).unwrap();
            }
            Event::ClientId(_) | Event::LoggedOut => {}
            other => self.acl_event(session, other),
        }
    }

    /// `arrive`, `expunge UID`, `seen UID`: as another session would.
    fn act(&mut self, session: &mut Server, words: &str) {
        match words.split_once(' ').unwrap_or((words, "")) {
            ("arrive", _) => {
                let uid = self.put("INBOX", b"Subject: new\r\n\r\nnew\r\n", vec![]);
                self.arrived("INBOX", [uid].into_iter().collect());
            }
            ("expunge", uid) => {
                let uid: u32 = uid.parse().unwrap();
                self.remove(|m| m.uid == uid);
            }
            ("seen", uid) => self.set_flags(uid.parse().unwrap(), false, |flags| flags.push(Flag::Seen)),
            (verb, words) => self.act_elsewhere(verb, words),
        }
        session.changed();
    }

    fn tls(&mut self) -> TlsInfo {
        TlsInfo::default()
    }
}
