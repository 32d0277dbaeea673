//! Mail going out to readers by IMAP: the account, its mailboxes and messages as the protocol wants them.

mod acl;
mod activity;
mod append;
mod content;
mod fetch;
mod mailboxes;
mod metadata;
mod multi_search;
mod notify;
mod place;
mod recent;
mod refusal;
mod search;
mod selected;
mod sets;
mod shown;
mod sort;
mod thread;

use crate::{
    server::Shared,
    service::{Accepted, connect, stopped},
};
use append::Appending;
use bytes::Bytes;
use mailwright_imap::{
    server::{
        AclChange, Config, Copied, CopyRequest, FetchRequest, Found, FoundIn, Grantable, Mailbox,
        MailboxChange, No, Notice, QuotaQuestion, SearchManyRequest, SearchRequest, Selected, Server,
        SortRequest, Sorted, StoreRequest, Stored, ThreadRequest, Update, WatchRequest,
    },
    tokio::server::{Backend, Messages, serve_until},
    types::{
        MailboxName, ModSeq, NString, Rights, StatusItem, UidSet,
        response::{Code, MailboxStatus, ObjectId, Quota, StatusValue, Threads},
    },
};
use mailwright_sasl::server::{Answer, Identity, Question};
use mailwright_store::{Account, Store};
use place::Place;
pub(crate) use shown::Shown;
use std::{net::IpAddr, sync::Arc};

/// One connection.
#[derive(Debug)]
pub(crate) struct Imap {
    shared: Arc<Shared>,
    peer: IpAddr,
    /// Who has logged in.
    account: Option<Account>,
    /// The mailbox that is selected.
    selected: Option<selected::Selected>,
    /// What NOTIFY asked for.
    watching: Option<notify::Watching>,
}

/// The session's settings. `trusted`: the peer may send a password without TLS.
pub(crate) fn config(shared: &Shared, trusted: bool) -> Config {
    let mut config = Config::new(shared.accounts.policy(trusted));
    config.greeting = format!("{} Mailwright ready", shared.config.hostname);
    config.limits.append = shared.config.limits.message_size;
    config.limits.messages = shared.config.limits.messages_per_command;
    config.id = vec![
        ("name".to_owned(), "Mailwright".to_owned()),
        ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ];
    config.other_users = Some(MailboxName::new(place::OTHER_USERS));
    config.eight_bit_headers = true;
    let features = &mut config.features;
    features.mod_seq = true;
    features.moves = true;
    features.create_special_use = true;
    features.binary = true;
    features.object_id = true;
    features.save_date = true;
    features.preview = true;
    features.quota = true;
    features.acl = true;
    features.compress = true;
    features.in_progress = true;
    features.metadata = true;
    features.multi_search = true;
    features.catenate = true;
    features.replace = true;
    features.sort = true;
    features.thread = true;
    features.notify = true;
    features.fuzzy = true;
    features.unicode_casemap = true;
    config
}

/// Serves one connection to its end.
pub(crate) async fn serve(accepted: Accepted, config: Arc<Config>) {
    let Accepted { shared, stream, peer, tls, implicit, stop } = accepted;
    let begin = |info| match info {
        Some(info) => Server::with_tls(config, info),
        None => Server::new(config),
    };
    let mut imap = Imap { shared, peer: peer.ip(), account: None, selected: None, watching: None };
    let served = async {
        let connection = connect(stream, tls, implicit, begin).await?;
        serve_until(connection, &mut imap, stopped(stop)).await
    };
    if let Err(error) = served.await {
        tracing::debug!(%peer, %error, "ended early");
    }
}

impl Imap {
    /// Who has logged in. The session asks for nothing of an account's before somebody has.
    fn account(&self) -> Result<&Account, No> {
        self.account.as_ref().ok_or_else(|| No::new("nobody is logged in"))
    }

    /// The mailbox that is selected. The session asks for nothing in a mailbox before one is. Rights to one that another
    /// account shares are looked up each time: they end when they are taken away.
    async fn selected(&mut self) -> Result<&mut selected::Selected, No> {
        let account = self.account()?.id;
        let selected = self.selected.as_mut().ok_or_else(|| No::new("no mailbox is selected"))?;
        if selected.owner != account {
            let (store, mailbox) = (&self.shared.store, selected.mailbox);
            selected.rights = place::rights(store, account, selected.owner, mailbox).await?;
            selected.allow(Rights::READ)?;
        }
        Ok(selected)
    }

    /// Where to note what this session does itself. Without NOTIFY nobody looks there.
    fn doings(&self) -> notify::Doings {
        self.watching.as_ref().map(|watching| watching.doings.clone()).unwrap_or_default()
    }

    /// The mailbox that annotations are about; `None` for the server.
    async fn annotated(&self, name: Option<&MailboxName>) -> Result<Option<Place>, No> {
        let Some(name) = name else { return Ok(None) };
        let place = self.place(name, Rights::LOOKUP).await?;
        // RFC 5464 §3.3
        let using = Rights::READ | Rights::SEEN | Rights::WRITE | Rights::INSERT | Rights::POST;
        if place.rights.has_any(using) { Ok(Some(place)) } else { Err(No::not_permitted()) }
    }

    /// The mailbox of a name, where the account may do what is needed.
    async fn place(&self, name: &MailboxName, needed: Rights) -> Result<Place, No> {
        place::require(&self.shared.store, self.account()?, name, needed).await
    }
}

impl Backend for Imap {
    type Append = Appending<crate::server::Backend>;

    async fn credentials(&mut self, question: Question) -> Answer {
        self.shared.accounts.answer(self.peer, &question).await
    }

    async fn login(&mut self, identity: &Identity) -> Result<(), No> {
        tracing::info!(peer = %self.peer, account = identity.account, mechanism = %identity.mechanism, "logged in");
        self.shared.accounts.authenticated(self.peer, identity);
        let account = self.shared.store.account(&identity.account).await.map_err(refusal::no)?;
        self.account = Some(account.ok_or_else(|| No::new("the account is gone"))?);
        Ok(())
    }

    async fn logout(&mut self) {
        (self.account, self.watching) = (None, None);
    }

    async fn mailboxes(&mut self) -> Result<Vec<Mailbox>, No> {
        mailboxes::list(&self.shared.store, self.account()?).await
    }

    async fn status(&mut self, mailbox: &MailboxName, items: &[StatusItem]) -> Result<Vec<StatusValue>, No> {
        let found = self.place(mailbox, Rights::READ).await?.mailbox.id;
        mailboxes::status(&self.shared, found, items).await
    }

    async fn statuses(
        &mut self,
        mailboxes: &[MailboxName],
        items: &[StatusItem],
    ) -> Result<Vec<Option<Vec<StatusValue>>>, No> {
        mailboxes::statuses(&self.shared, self.account()?, mailboxes, items).await
    }

    async fn change(&mut self, change: MailboxChange) -> Result<Option<ObjectId>, No> {
        let done = change.clone();
        let id = mailboxes::change(&self.shared.store, self.account()?, change).await?;
        self.doings().changed(&done);
        Ok(id)
    }

    async fn acl(&mut self, mailbox: &MailboxName) -> Result<Vec<(String, Rights)>, No> {
        acl::list(&self.shared, self.account()?, mailbox).await
    }

    async fn change_acl(
        &mut self,
        mailbox: &MailboxName,
        identifier: &str,
        change: AclChange,
    ) -> Result<(), No> {
        acl::change(&self.shared, self.account()?, mailbox, identifier, change).await
    }

    async fn list_rights(&mut self, mailbox: &MailboxName, identifier: &str) -> Result<Grantable, No> {
        acl::grantable(&self.shared, self.account()?, mailbox, identifier).await
    }

    async fn my_rights(&mut self, mailbox: &MailboxName) -> Result<Rights, No> {
        acl::mine(&self.shared, self.account()?, mailbox).await
    }

    async fn quota(&mut self, of: &QuotaQuestion) -> Result<Vec<Quota>, No> {
        mailboxes::quota(&self.shared.store, self.account()?, of).await
    }

    async fn annotations(&mut self, mailbox: Option<&MailboxName>) -> Result<Vec<(Bytes, Bytes)>, No> {
        let mailbox = self.annotated(mailbox).await?;
        metadata::annotations(&self.shared, self.account()?.id, mailbox.as_ref()).await
    }

    async fn annotate(
        &mut self,
        mailbox: Option<&MailboxName>,
        changes: Vec<(Bytes, NString)>,
    ) -> Result<(), No> {
        let mailbox = self.annotated(mailbox).await?;
        let names: Vec<_> =
            changes.iter().map(|(name, _)| String::from_utf8_lossy(name).into_owned()).collect();
        metadata::annotate(&self.shared, self.account()?.id, mailbox.as_ref(), changes).await?;
        self.doings().annotated(mailbox.map(|place| place.mailbox.id), names);
        Ok(())
    }

    async fn append(&mut self, mailbox: &MailboxName) -> Result<Self::Append, No> {
        let place = place::target(&self.shared.store, self.account()?, mailbox).await?;
        let selected = match &self.selected {
            Some(_) => self.selected().await.ok().map(|selected| (selected.mailbox, selected.rights)),
            None => None,
        };
        let doings = self.doings();
        Appending::begin(self.shared.store.clone(), self.account()?, &place, selected, doings).await
    }

    async fn select(&mut self, mailbox: &MailboxName, read_only: bool) -> Result<Selected, No> {
        self.selected = None;
        let place = self.place(mailbox, Rights::READ).await?;
        let account = self.account()?.id;
        let (selected, told) =
            selected::Selected::open(&self.shared.store, account, &place, read_only).await?;
        self.selected = Some(selected);
        Ok(told)
    }

    async fn sync(&mut self, expunges: bool) -> Result<Vec<Update>, No> {
        match self.selected().await {
            Ok(selected) => Ok(selected.news(expunges)),
            Err(no) if no.code == Some(Code::NoPerm) => Ok(vec![Update::Gone]),
            Err(no) => Err(no),
        }
    }

    async fn changed(&mut self) {
        let Self { selected, watching, .. } = self;
        let in_mailbox = async {
            match selected {
                Some(selected) => selected.changed().await,
                None => std::future::pending().await,
            }
        };
        let elsewhere = async {
            match watching {
                Some(watching) => watching.changed().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = in_mailbox => {}
            () = elsewhere => {}
        }
    }

    async fn watch(&mut self, request: WatchRequest) -> Result<Vec<MailboxStatus>, No> {
        if request.watched.is_empty() && !request.server_annotations {
            self.watching = None;
            return Ok(Vec::new());
        }
        let (watching, statuses) =
            notify::Watching::begin(&self.shared.store, self.account()?.id, request).await?;
        self.watching = Some(watching);
        Ok(statuses)
    }

    async fn notices(&mut self) -> Result<Vec<Notice>, No> {
        let selected = self.selected.as_ref().map(|selected| selected.mailbox);
        match &mut self.watching {
            Some(watching) => watching.notices(&self.shared.store, selected).await,
            None => Ok(Vec::new()),
        }
    }

    async fn fetch(&mut self, request: FetchRequest, out: &mut impl Messages) -> Result<(), No> {
        let shared = self.shared.clone();
        fetch::fetch(&shared.store, &shared.shown, self.selected().await?, request, out).await
    }

    async fn store(&mut self, request: StoreRequest) -> Result<Stored, No> {
        let store = self.shared.store.clone();
        self.selected().await?.store(&store, request).await
    }

    async fn search(&mut self, request: SearchRequest) -> Result<Found, No> {
        let store = self.shared.store.clone();
        search::search(&store, self.selected().await?, &request).await
    }

    async fn search_many(&mut self, request: SearchManyRequest) -> Result<Vec<FoundIn>, No> {
        let selected = self.selected.as_ref().map(|selected| selected.mailbox);
        multi_search::search(&self.shared.store, self.account()?, selected, request).await
    }

    async fn sort(&mut self, request: SortRequest) -> Result<Sorted, No> {
        let shared = self.shared.clone();
        sort::sort(&shared.store, &shared.shown, self.selected().await?, &request).await
    }

    async fn thread(&mut self, request: ThreadRequest) -> Result<Threads, No> {
        let shared = self.shared.clone();
        thread::thread(&shared.store, &shared.shown, self.selected().await?, &request).await
    }

    async fn copy(&mut self, request: CopyRequest) -> Result<Option<Copied>, No> {
        let to = place::target(&self.shared.store, self.account()?, &request.to).await?;
        let store = self.shared.store.clone();
        let copied = self.selected().await?.copy(&store, &request, &to).await?;
        self.doings().put(to.mailbox.id, copied.iter().map(|copied| copied.to.len()).sum());
        Ok(copied)
    }

    async fn expunge(&mut self, uids: Option<&UidSet>) -> Result<Option<ModSeq>, No> {
        let store = self.shared.store.clone();
        let selected = self.selected().await?;
        let mailbox = selected.mailbox;
        let expunged = selected.expunge(&store, uids).await?;
        // `CLOSE` leaves the mailbox with it, and then others' changes there are news.
        if expunged.is_some() {
            self.doings().put(mailbox, 0);
        }
        Ok(expunged)
    }

    async fn unselect(&mut self) {
        self.selected = None;
    }
}
