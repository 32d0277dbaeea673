//! Which command may come when, and who does it.

use super::{
    AclChange, Event, MailboxChange, No, Server,
    append::AppendPlan,
    session::{Asked, Fate, Phase, SelectPlan},
    uid_only,
};
use crate::{
    parse::{
        command::{AppendPlace, Context, command, verb_of},
        core::Literal,
    },
    types::{
        MailboxName, Tag,
        command::{Command, CommandBody},
        response::{Code, ListAttribute, Namespace, Namespaces, Status, Untagged},
    },
};
use bytes::Bytes;

/// What a command needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    NoLogin,
    Login,
    Mailbox,
}

impl Needs {
    fn of(body: &CommandBody) -> Self {
        use CommandBody as C;
        match body {
            C::Capability | C::Noop | C::Logout | C::Id(_) | C::Language(_) => Self::Nothing,
            C::StartTls | C::Login { .. } | C::Authenticate { .. } => Self::NoLogin,
            // ESEARCH looks into mailboxes that are not selected (RFC 7377 §2.2).
            C::Search(search) if search.source.is_some() => Self::Login,
            C::Check
            | C::Close
            | C::Unselect
            | C::Expunge
            | C::UidExpunge(_)
            | C::Sort(_)
            | C::Thread(_)
            | C::Fetch(_)
            | C::Store(_)
            | C::Copy(_)
            | C::Move(_)
            | C::Search(_)
            | C::Replace(_) => Self::Mailbox,
            _ => Self::Login,
        }
    }
}

impl Server {
    pub(super) fn context(&self) -> Context<'_> {
        Context { limits: &self.config.limits, utf8: self.enabled.utf8 }
    }

    /// A whole command.
    pub(super) fn frame(&mut self, frame: &Bytes) {
        self.commands += 1;
        if let Some((tag, Some(verb))) = verb_of(frame)
            && verb.streams()
            && self.login.is_some()
        {
            return self.append_frame(tag, frame, AppendPlace::Command, None, AppendPlan::default());
        }
        match command(frame, self.context()) {
            Ok(Command { tag, body }) => self.command(tag, body),
            Err(error) => self.bad(error.tag, error.error.to_string()),
        }
    }

    /// A command that goes on after a literal.
    pub(super) fn announced(&mut self, frame: &Bytes, literal: Literal) {
        let Some((tag, verb)) = verb_of(frame) else {
            return self.refuse(None, literal, Status::bad("expected a tag"));
        };
        let Some(verb) = verb else {
            return self.refuse(Some(tag), literal, Status::bad("unknown command"));
        };
        if verb.streams() && self.login.is_some() {
            return self.append_frame(tag, frame, AppendPlace::Command, Some(literal), AppendPlan::default());
        }
        if let Err(status) = self.gather(frame, literal) {
            self.refuse(Some(tag), literal, status);
        }
    }

    /// Gathers a literal into its command.
    pub(super) fn gather(&mut self, frame: &Bytes, literal: Literal) -> Result<(), Status> {
        let limits = &self.config.limits;
        let (one, all) = match self.login {
            Some(_) => (limits.literal, limits.command),
            None => (limits.literal_before_login, limits.literals_before_login),
        };
        if literal.len > one || literal.len.saturating_add(frame.len() as u64) > all {
            return Err(Status::no("literal too large").with(Code::TooBig));
        }
        self.frames.gather(frame, literal);
        if !literal.non_sync {
            self.continuation("OK");
        }
        Ok(())
    }

    /// Refuses a command before its literal came.
    pub(super) fn refuse(&mut self, tag: Option<Tag>, literal: Literal, status: Status) {
        if literal.non_sync {
            self.frames.skip(literal);
        }
        match (tag, status.condition) {
            (Some(tag), crate::types::response::Condition::No) => self.tagged(tag, status),
            (tag, _) => self.bad_with(tag, status),
        }
    }

    fn command(&mut self, tag: Tag, body: CommandBody) {
        match Needs::of(&body) {
            Needs::NoLogin if self.login.is_some() => return self.bad(Some(tag), "already logged in"),
            Needs::Login | Needs::Mailbox if self.login.is_none() => {
                return self.bad(Some(tag), "log in first");
            }
            Needs::Mailbox if self.selected().is_none() => {
                return self.bad(Some(tag), "select a mailbox first");
            }
            _ => {}
        }
        if self.enabled.uid_only && uid_only::has_message_numbers(&body) {
            return self.bad_with(Some(tag), uid_only::required());
        }
        if let Err(no) = self.check_names(&body) {
            return self.complete(tag, no.into());
        }
        self.run(tag, body);
    }

    fn run(&mut self, tag: Tag, body: CommandBody) {
        match body {
            CommandBody::Capability => {
                self.capability();
                self.complete(tag, Status::ok("CAPABILITY completed"));
            }
            CommandBody::Noop => self.complete(tag, Status::ok("NOOP completed")),
            CommandBody::Check => self.complete(tag, Status::ok("CHECK completed")),
            CommandBody::Logout => {
                self.untagged(&Untagged::Status(Status::bye("logging out")));
                self.tagged(tag, Status::ok("LOGOUT completed"));
                self.phase = Phase::Closing;
            }
            CommandBody::Id(fields) => {
                let own = self
                    .config
                    .id
                    .iter()
                    .map(|(name, value)| (Bytes::from(name.clone()), Some(value.clone().into())));
                let own: Vec<_> = own.collect();
                self.untagged(&Untagged::Id(Some(own).filter(|own| !own.is_empty())));
                self.events.extend(fields.map(Event::ClientId));
                self.complete(tag, Status::ok("ID completed"));
            }
            CommandBody::Compress(algorithm) if self.can_compress() => self.compress(tag, &algorithm),
            CommandBody::Language(wanted) => self.language(tag, &wanted),
            CommandBody::StartTls => self.starttls(tag),
            CommandBody::Login { user, password } => self.login_command(tag, &user, &password),
            CommandBody::Authenticate { mechanism, initial } => self.authenticate(tag, &mechanism, initial),
            CommandBody::Unauthenticate => {
                if self.selected().is_some() {
                    self.events.push_back(Event::Unselected);
                }
                self.events.push_back(Event::LoggedOut);
                self.forget_login();
                self.tagged(tag, Status::ok("UNAUTHENTICATE completed"));
                // RFC 8437 §4: compression ends with the login.
                self.set_compressed(false);
            }
            CommandBody::Enable(wanted) => {
                let status = self.enable(&wanted);
                self.complete(tag, status);
            }
            CommandBody::Select(select) => self.select(tag, select, false),
            CommandBody::Examine(select) => self.select(tag, select, true),
            CommandBody::Create(create) => self.create(tag, create),
            CommandBody::Delete(mailbox) => self.change(tag, MailboxChange::Delete(mailbox)),
            CommandBody::Rename(rename) => {
                let (from, to) = (rename.from, rename.to);
                self.change(tag, MailboxChange::Rename { from, to });
            }
            CommandBody::Subscribe(mailbox) => self.change(tag, MailboxChange::Subscribe(mailbox)),
            CommandBody::Unsubscribe(mailbox) => self.change(tag, MailboxChange::Unsubscribe(mailbox)),
            CommandBody::List(list) => self.list(tag, list),
            CommandBody::Lsub { reference, pattern } => self.lsub(tag, &reference, &pattern),
            CommandBody::Namespace => {
                let delimiter = Some(self.config.delimiter);
                let namespace = |prefix| Namespace { prefix, delimiter, extensions: Vec::new() };
                let other = self.config.other_users.clone();
                self.untagged(&Untagged::Namespace(Namespaces {
                    personal: vec![namespace(MailboxName::new(""))],
                    other: other.map(namespace).into_iter().collect(),
                    shared: Vec::new(),
                }));
                self.complete(tag, Status::ok("NAMESPACE completed"));
            }
            CommandBody::Status(status) => self.status(tag, status),
            CommandBody::Idle => {
                self.continuation("idling");
                self.phase = Phase::Idle { tag };
                self.changed();
            }
            CommandBody::Close => self.close(tag),
            CommandBody::Unselect => {
                self.unselect();
                self.tagged(tag, Status::ok("UNSELECT completed"));
            }
            CommandBody::Expunge => self.expunge(tag, None),
            CommandBody::UidExpunge(expunge) => self.expunge(tag, Some(&expunge.uids)),
            CommandBody::Search(search) => self.search(tag, *search),
            CommandBody::Sort(sort) if self.config.features.sort => self.sort(tag, *sort),
            CommandBody::Thread(thread) if self.config.features.thread => self.thread(tag, *thread),
            CommandBody::Fetch(fetch) => self.fetch(tag, fetch),
            CommandBody::Store(store) => self.store(tag, store),
            CommandBody::Copy(copy) => self.copy(tag, copy, false),
            CommandBody::Move(copy) if self.config.features.moves => self.copy(tag, copy, true),
            CommandBody::GetQuotaRoot(mailbox) if self.config.features.quota => self.quota_root(tag, mailbox),
            CommandBody::GetQuota(root) if self.config.features.quota => self.quota(tag, root),
            // Quotas are given by who runs the server.
            CommandBody::SetQuota(..) if self.config.features.quota => {
                self.complete(tag, Status::no("quotas cannot be set from here").with(Code::NoPerm));
            }
            CommandBody::GetAcl(mailbox) if self.config.features.acl => self.get_acl(tag, mailbox),
            CommandBody::SetAcl(mailbox, identifier, rights) if self.config.features.acl => {
                self.set_acl(tag, mailbox, &identifier, &rights);
            }
            CommandBody::DeleteAcl(mailbox, identifier) if self.config.features.acl => {
                self.change_acl(tag, mailbox, &identifier, AclChange::Delete);
            }
            CommandBody::ListRights(mailbox, identifier) if self.config.features.acl => {
                self.list_rights(tag, mailbox, identifier);
            }
            CommandBody::MyRights(mailbox) if self.config.features.acl => self.my_rights(tag, mailbox),
            CommandBody::Notify(notify) if self.config.features.notify => self.notify(tag, notify),
            CommandBody::CancelUpdate(tags) => self.cancel_update(tag, &tags),
            CommandBody::GetMetadata(get) if self.config.features.metadata => self.get_metadata(tag, get),
            CommandBody::SetMetadata(set) if self.config.features.metadata => self.set_metadata(tag, set),
            _ => self.bad(Some(tag), "this server does not do that"),
        }
    }

    fn starttls(&mut self, tag: Tag) {
        if self.tls.is_some() {
            return self.bad(Some(tag), "TLS is on already");
        }
        if !self.config.starttls {
            return self.bad(Some(tag), "no TLS here");
        }
        self.tagged(tag, Status::ok("begin TLS now"));
        self.phase = Phase::Upgrade;
    }

    fn create(&mut self, tag: Tag, create: crate::types::command::Create) {
        if !create.special_use.is_empty() && !self.config.features.create_special_use {
            return self.bad(Some(tag), "CREATE takes no parameters here");
        }
        let mailbox = MailboxName::new(self.to_create(&create.mailbox));
        let special_use = create.special_use.into_iter().map(ListAttribute::named).collect();
        self.change(tag, MailboxChange::Create { mailbox, special_use });
    }

    fn change(&mut self, tag: Tag, change: MailboxChange) {
        let fate = self.fate(&change);
        self.ask(tag, Asked::Change(fate), |ticket| Event::Change { change, ticket });
    }

    fn fate(&self, change: &MailboxChange) -> Fate {
        let Some(selection) = self.selected() else { return Fate::Stays };
        let selected = selection.name.as_str();
        match change {
            MailboxChange::Delete(name) if *name == selection.name => Fate::Deleted,
            // RFC 9051 §6.3.6: of the inbox only the messages go, and those below a mailbox go with it.
            MailboxChange::Rename { from, to } if *from != MailboxName::inbox() => {
                match selected.strip_prefix(from.as_str()) {
                    Some(below) if below.is_empty() || below.starts_with(self.config.delimiter) => {
                        Fate::Renamed(MailboxName::new(&format!("{}{below}", to.as_str())))
                    }
                    _ => Fate::Stays,
                }
            }
            _ => Fate::Stays,
        }
    }

    pub(super) fn change_answered(
        &mut self,
        answer: Result<Option<crate::types::response::ObjectId>, No>,
    ) -> Result<(), crate::Misuse> {
        let (tag, asked) = self.asked()?;
        match asked {
            // Who deletes the mailbox that it has selected has none selected, and goes on.
            Asked::Change(Fate::Deleted) if answer.is_ok() => self.unselect(),
            Asked::Change(Fate::Renamed(name)) if answer.is_ok() => {
                if let Some(selection) = self.selected_mut() {
                    selection.name = name;
                }
            }
            _ => {}
        }
        let status = match answer {
            Ok(Some(id)) if self.config.features.object_id => {
                Status::ok("completed").with(Code::MailboxId(id))
            }
            Ok(_) => Status::ok("completed"),
            Err(no) => no.into(),
        };
        self.complete(tag, status);
        Ok(())
    }

    fn status(&mut self, tag: Tag, status: crate::types::command::Status) {
        if status.items.contains(&crate::types::StatusItem::HighestModSeq) {
            self.mod_seq_enabled();
        }
        let (mailbox, items) = (status.mailbox, status.items);
        let what = Asked::Status(mailbox.clone());
        self.ask(tag, what, |ticket| Event::Status { mailbox, items, ticket });
    }

    fn select(&mut self, tag: Tag, select: crate::types::command::Select, read_only: bool) {
        // The mailbox that it is told of is the one selected by it.
        self.enabled.condstore |= select.condstore && self.config.features.mod_seq;
        if select.qresync.is_some() && !self.enabled.qresync {
            return self.bad(Some(tag), "ENABLE QRESYNC first");
        }
        let mailbox = select.mailbox;
        let plan = SelectPlan { mailbox: mailbox.clone(), read_only, qresync: select.qresync };
        self.ask(tag, Asked::Select(plan), |ticket| Event::Select { mailbox, read_only, ticket });
    }

    pub(super) fn unselect(&mut self) {
        if let Some(login) = &mut self.login
            && login.selected.take().is_some()
        {
            self.events.push_back(Event::Unselected);
        }
    }
}
