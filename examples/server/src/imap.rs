//! Mail going out to readers by IMAP: the account, its mailboxes and messages as the protocol wants them.

mod append;
mod content;
mod fetch;
mod mailboxes;
mod metadata;
mod multi_search;
mod recent;
mod refusal;
mod search;
mod selected;
mod sets;
mod shape;
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
        Config, Copied, CopyRequest, FetchRequest, Found, FoundIn, Mailbox, MailboxChange, No,
        SearchManyRequest, SearchRequest, Selected, Server, SortRequest, StoreRequest, Stored, ThreadRequest,
        Update,
    },
    tokio::server::{Backend, Messages, serve_until},
    types::{
        MailboxName, ModSeq, NString, StatusItem, Uid, UidSet,
        response::{ObjectId, Quota, StatusValue, Threads},
    },
};
use mailwright_sasl::server::{Answer, Identity, Question};
use mailwright_store::{Account, MailboxId, Store};
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
}

/// The session's settings. `trusted`: the peer may send a password without TLS.
pub(crate) fn config(shared: &Shared, trusted: bool) -> Config {
    let mut config = Config::new(shared.accounts.policy(trusted));
    config.greeting = format!("{} Mailwright ready", shared.config.hostname);
    config.limits.append = shared.config.limits.message_size;
    config.id = vec![
        ("name".to_owned(), "Mailwright".to_owned()),
        ("version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let features = &mut config.features;
    features.mod_seq = true;
    features.moves = true;
    features.create_special_use = true;
    features.binary = true;
    features.object_id = true;
    features.save_date = true;
    features.preview = true;
    features.quota = true;
    features.compress = true;
    features.in_progress = true;
    features.metadata = true;
    features.multi_search = true;
    features.catenate = true;
    features.replace = true;
    features.sort = true;
    features.thread = true;
    config
}

/// Serves one connection to its end.
pub(crate) async fn serve(accepted: Accepted, config: Arc<Config>) {
    let Accepted { shared, stream, peer, tls, implicit, stop } = accepted;
    let begin = |info| match info {
        Some(info) => Server::with_tls(config, info),
        None => Server::new(config),
    };
    let mut imap = Imap { shared, peer: peer.ip(), account: None, selected: None };
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

    /// The mailbox that is selected. The session asks for nothing in a mailbox before one is.
    fn selected(&mut self) -> Result<&mut selected::Selected, No> {
        self.selected.as_mut().ok_or_else(|| No::new("no mailbox is selected"))
    }

    /// The mailbox that annotations are about; `None` for the server.
    async fn annotated(&self, name: Option<&MailboxName>) -> Result<Option<MailboxId>, No> {
        let Some(name) = name else { return Ok(None) };
        Ok(Some(self.mailbox(name).await?.ok_or_else(No::no_such_mailbox)?.id))
    }

    async fn mailbox(&self, name: &MailboxName) -> Result<Option<mailwright_store::Mailbox>, No> {
        let Ok(name) = mailwright_store::MailboxName::new(name.as_str()) else { return Ok(None) };
        self.shared.store.mailbox(self.account()?.id, &name).await.map_err(refusal::no)
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
        self.account = None;
    }

    async fn mailboxes(&mut self) -> Result<Vec<Mailbox>, No> {
        mailboxes::list(&self.shared.store, self.account()?.id).await
    }

    async fn status(&mut self, mailbox: &MailboxName, items: &[StatusItem]) -> Result<Vec<StatusValue>, No> {
        let found = self.mailbox(mailbox).await?.ok_or_else(No::no_such_mailbox)?;
        mailboxes::status(&self.shared, &found, items).await
    }

    async fn change(&mut self, change: MailboxChange) -> Result<Option<ObjectId>, No> {
        mailboxes::change(&self.shared.store, self.account()?.id, change).await
    }

    async fn quota(&mut self, mailbox: &MailboxName) -> Result<Vec<Quota>, No> {
        self.mailbox(mailbox).await?.ok_or_else(No::no_such_mailbox)?;
        mailboxes::quota(&self.shared.store, self.account()?.id).await
    }

    async fn annotations(&mut self, mailbox: Option<&MailboxName>) -> Result<Vec<(Bytes, Bytes)>, No> {
        let mailbox = self.annotated(mailbox).await?;
        metadata::annotations(&self.shared, self.account()?.id, mailbox).await
    }

    async fn annotate(
        &mut self,
        mailbox: Option<&MailboxName>,
        changes: Vec<(Bytes, NString)>,
    ) -> Result<(), No> {
        let mailbox = self.annotated(mailbox).await?;
        metadata::annotate(&self.shared, self.account()?.id, mailbox, changes).await
    }

    async fn append(&mut self, mailbox: &MailboxName) -> Result<Self::Append, No> {
        use mailwright_imap::types::response::Code;
        let found = self.mailbox(mailbox).await?;
        let found = found.ok_or_else(|| No::new("no such mailbox").with(Code::TryCreate))?;
        let selected = self.selected.as_ref().map(|selected| selected.mailbox);
        Appending::begin(self.shared.store.clone(), self.account()?, found.id, selected).await
    }

    async fn select(&mut self, mailbox: &MailboxName, read_only: bool) -> Result<Selected, No> {
        self.selected = None;
        let found = self.mailbox(mailbox).await?.ok_or_else(No::no_such_mailbox)?;
        let (selected, told) = selected::Selected::open(&self.shared.store, &found, read_only).await?;
        self.selected = Some(selected);
        Ok(told)
    }

    async fn sync(&mut self) -> Result<Vec<Update>, No> {
        Ok(self.selected()?.news())
    }

    async fn changed(&mut self) {
        match &mut self.selected {
            Some(selected) => selected.changed().await,
            None => std::future::pending().await,
        }
    }

    async fn fetch(&mut self, request: FetchRequest, out: &mut impl Messages) -> Result<(), No> {
        let shared = self.shared.clone();
        fetch::fetch(&shared.store, &shared.shown, self.selected()?, request, out).await
    }

    async fn store(&mut self, request: StoreRequest) -> Result<Stored, No> {
        let store = self.shared.store.clone();
        self.selected()?.store(&store, request).await
    }

    async fn search(&mut self, request: SearchRequest) -> Result<Found, No> {
        let store = self.shared.store.clone();
        search::search(&store, self.selected()?, &request).await
    }

    async fn search_many(&mut self, request: SearchManyRequest) -> Result<Vec<FoundIn>, No> {
        let selected = self.selected.as_ref().map(|selected| selected.mailbox);
        multi_search::search(&self.shared.store, self.account()?.id, selected, request).await
    }

    async fn sort(&mut self, request: SortRequest) -> Result<Vec<Uid>, No> {
        let shared = self.shared.clone();
        sort::sort(&shared.store, &shared.shown, self.selected()?, &request).await
    }

    async fn thread(&mut self, request: ThreadRequest) -> Result<Threads, No> {
        let shared = self.shared.clone();
        thread::thread(&shared.store, &shared.shown, self.selected()?, &request).await
    }

    async fn copy(&mut self, request: CopyRequest) -> Result<Option<Copied>, No> {
        use mailwright_imap::types::response::Code;
        let to = self.mailbox(&request.to).await?;
        let to = to.ok_or_else(|| No::new("no such mailbox").with(Code::TryCreate))?;
        let store = self.shared.store.clone();
        self.selected()?.copy(&store, &request, to.id).await
    }

    async fn expunge(&mut self, uids: Option<&UidSet>) -> Result<Option<ModSeq>, No> {
        let store = self.shared.store.clone();
        self.selected()?.expunge(&store, uids).await
    }

    async fn unselect(&mut self) {
        self.selected = None;
    }
}
