//! Reading mail by POP3: the inbox of an account as it is at login.

mod lock;
mod maildrop;
mod surrogate;
mod unique_id;

use crate::{
    server::Shared,
    service::{Accepted, connect, stopped},
};
use mailwright_pop3::{
    server::{Config, Peer, Refusal, Server, Stls},
    tokio::server::{Backend, Error, serve_until},
};
use mailwright_sasl::server::{Answer, Failure, Identity, Question};
use mailwright_store::{MailboxName, Store};
use std::{net::IpAddr, sync::Arc};

pub(crate) use lock::Locks;
use maildrop::Maildrop;

/// One connection.
#[derive(Debug)]
struct Pop3 {
    shared: Arc<Shared>,
    peer: IpAddr,
}

/// The session's settings. `trusted`: the peer may send a password without TLS.
pub(crate) fn config(shared: &Shared, trusted: bool) -> Config {
    let policy = shared.accounts.policy(trusted);
    Config { stls: Stls::Offered, ..Config::new(shared.config.hostname.as_str(), policy) }
}

/// Serves one connection to its end.
pub(crate) async fn serve(accepted: Accepted, config: Arc<Config>) {
    let Accepted { shared, stream, peer, tls, implicit, stop } = accepted;
    let begin = |info| match info {
        Some(info) => Server::secure(config, info),
        None => Server::new(config),
    };
    let served = async {
        let connection = connect(stream, tls, implicit, begin).await?;
        serve_until(connection, &mut Pop3 { shared, peer: peer.ip() }, stopped(stop)).await
    };
    if let Err::<(), Error>(error) = served.await {
        tracing::debug!(%peer, %error, "ended early");
    }
}

impl Backend for Pop3 {
    type Maildrop = Maildrop;

    async fn authenticate(&mut self, _: &Peer, question: &Question) -> Answer {
        self.shared.accounts.answer(self.peer, question).await
    }

    async fn open(&mut self, _: &Peer, identity: &Identity) -> Result<Maildrop, Refusal> {
        self.shared.accounts.authenticated(self.peer, identity);
        tracing::info!(peer = %self.peer, account = identity.account, mechanism = %identity.mechanism, "logged in");
        let store = &self.shared.store;
        let gone = || Refusal::temporary("the mailbox is gone");
        let account = store.account(&identity.account).await.map_err(unavailable)?.ok_or_else(gone)?;
        let inbox =
            store.mailbox(account.id, &MailboxName::inbox()).await.map_err(unavailable)?.ok_or_else(gone)?;
        let lock = self.shared.maildrops.lock(inbox.id).await.ok_or_else(Refusal::in_use)?;
        let view = store.open(inbox.id).await.map_err(unavailable)?.borrow().clone();
        Maildrop::open(store.clone(), &view, lock).await.map_err(unavailable)
    }

    async fn authentication_failed(&mut self, _: &Peer, failure: Failure) {
        tracing::debug!(peer = %self.peer, %failure, "login failed");
    }

    async fn refused(&mut self, _: &Peer, refusal: &Refusal) {
        tracing::debug!(peer = %self.peer, text = refusal.text, "refused");
    }
}

/// What a peer is told when the store cannot do what it should.
fn unavailable(error: mailwright_store::Error) -> Refusal {
    tracing::error!(%error, "the store failed");
    if error.is_temporary() {
        Refusal::temporary("local error, try again later")
    } else {
        Refusal::permanent("local error")
    }
}
