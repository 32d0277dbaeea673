//! Mail coming in, by SMTP, submission and LMTP: who may send what to whom.

mod head;
mod held;
mod incoming;
mod rate;
mod received;
mod recipient;
mod space;

use crate::{
    server::Shared,
    service::{Accepted, connect, stopped},
};
pub(crate) use held::Held;
use incoming::Incoming;
use mailwright_sasl::server::{Answer, Identity, Question};
use mailwright_smtp::{
    server::{BareNewline, Config, Extensions, Peer, Protocol, Server, StartTls},
    tokio::server::{Backend, Error, serve_until},
    types::{
        EnhancedStatus, ForwardPath, FutureReleaseLimit, Mail, MailParameters, Mailbox, Rcpt, Reply,
        ReplyCode,
    },
};
use mailwright_store::{Account, AccountId, Store, Timestamp};
use rate::Counted;
pub(crate) use rate::Rates;
use recipient::Resolved;
pub(crate) use recipient::find;
pub(crate) use space::Space;
use std::{net::IpAddr, sync::Arc, time::Instant};

/// The three ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Other servers, with mail for here.
    Relay,
    /// People who log in, with mail for anywhere.
    Submission,
    /// A server in front of this one, with mail for here.
    Lmtp,
}

/// One connection.
#[derive(Debug)]
pub(crate) struct Smtp {
    shared: Arc<Shared>,
    role: Role,
    peer: IpAddr,
    /// Who has logged in.
    account: Option<Account>,
    transaction: Option<Transaction>,
}

/// A sender and the recipients that were taken, in their order.
#[derive(Debug)]
struct Transaction {
    mail: Mail,
    recipients: Vec<Recipient>,
}

/// A recipient that was taken.
#[derive(Clone, Debug)]
struct Recipient {
    rcpt: Rcpt,
    /// As the peer wrote it, or the postmaster's address in full.
    address: Mailbox,
    /// Whose inbox, or `None` for the queue.
    account: Option<AccountId>,
}

/// As many mails in one session as LIMITS can say (RFC 9422): programs of this machine send all they have in one.
const UNBOUNDED: u32 = 999_999;

/// How long a mail may be held for its release at most, in seconds: 60 days.
const HOLD_MAX: u32 = 60 * 24 * 3600;

/// The session's settings for a service, and for who is at the other end.
fn config(shared: &Shared, role: Role, peer: IpAddr) -> Config {
    let mut config = Config::new(shared.config.hostname.as_str());
    if shared.gate.is_crowded() {
        config.limits = config.limits.under_stress();
    }
    config.limits.message = shared.config.limits.message_size;
    config.xclient = shared.config.trust.may_xclient(peer);
    if peer.to_canonical().is_loopback() {
        config.limits.transactions = UNBOUNDED;
    }
    match role {
        Role::Relay => {
            config.starttls = StartTls::Offered;
            config.extensions.require_tls = true;
        }
        Role::Submission => {
            config.starttls = StartTls::Offered;
            config.auth = Some(shared.accounts.policy(shared.config.auth.plaintext.allows(peer)));
            config.auth_required = true;
            offer_what_the_queue_keeps(&mut config.extensions, Timestamp::now());
            // RFC 6409 §8: a submission may be put right, and what people send by hand has bare newlines.
            config.bare_newline = BareNewline::Normalise;
        }
        Role::Lmtp => config.protocol = Protocol::Lmtp,
    }
    config
}

/// What the queue keeps may be promised: REQUIRETLS (RFC 8689), FUTURERELEASE (RFC 4865), DELIVERBY (RFC 2852) and
/// MT-PRIORITY (RFC 6710).
fn offer_what_the_queue_keeps(extensions: &mut Extensions, now: Timestamp) {
    extensions.require_tls = true;
    extensions.deliver_by = Some(0);
    extensions.mt_priority = Some("".into());
    extensions.future_release = Some(FutureReleaseLimit::lasting(HOLD_MAX, now.secs()));
}

/// Refuses a mail that is to leave only when it is too late, RFC 4865 §5.2.2.
fn in_time(parameters: &MailParameters, now: Timestamp) -> Result<(), Reply> {
    let leaves = parameters.hold.as_ref().and_then(|hold| hold.moment(now.secs()));
    let by = parameters.by.map(|by| now.secs() + i64::from(by.seconds));
    if leaves.zip(by).is_some_and(|(leaves, by)| leaves > by) {
        let text = "The message would be released after the time by which it is to be delivered";
        return Err(Reply::new(ReplyCode::SYNTAX, EnhancedStatus::permanent(5, 4), text));
    }
    Ok(())
}

/// Serves one connection to its end.
pub(crate) async fn serve(accepted: Accepted, role: Role) {
    let Accepted { shared, stream, peer, tls, implicit, stop } = accepted;
    let config = Arc::new(config(&shared, role, peer.ip()));
    let begin = |info| match info {
        Some(info) => Server::secure(config, info),
        None => Server::new(config),
    };
    let served = async {
        let connection = connect(stream, tls, implicit, begin).await?;
        serve_until(connection, &mut Smtp::new(shared, role, peer.ip()), stopped(stop)).await
    };
    if let Err::<(), Error>(error) = served.await {
        tracing::debug!(%peer, ?role, %error, "ended early");
    }
}

impl Smtp {
    pub(crate) fn new(shared: Arc<Shared>, role: Role, peer: IpAddr) -> Self {
        Self { shared, role, peer, account: None, transaction: None }
    }
}

impl Backend for Smtp {
    type Message = Incoming;

    async fn authenticate(&mut self, _: &Peer, question: &Question) -> Answer {
        self.shared.accounts.answer(self.peer, question).await
    }

    async fn authenticated(&mut self, _: &Peer, identity: &Identity) {
        tracing::info!(peer = %self.peer, account = identity.account, mechanism = %identity.mechanism, "logged in");
        self.shared.accounts.authenticated(self.peer, identity);
        self.account = self.shared.store.account(&identity.account).await.ok().flatten();
    }

    async fn xclient(&mut self, peer: &Peer) {
        let Some(client) = peer.xclient() else { return };
        tracing::info!(proxy = %self.peer, client = ?client.addr, login = client.login, "speaks for another");
        self.peer = client.addr.unwrap_or(self.peer);
        self.account = None;
    }

    async fn mail(&mut self, _: &Peer, mail: &Mail) -> Result<(), Reply> {
        in_time(&mail.parameters, Timestamp::now())?;
        let limits = &self.shared.config.limits;
        self.shared.space.check(&self.shared.config.data, limits.message_size)?;
        if self.role == Role::Submission {
            let account = self.account.as_ref().ok_or_else(Reply::local_error)?;
            if let Some(from) = mail.from.mailbox()
                && !recipient::owns(account, &from.to_string())
            {
                let text = format!("{from} is not an address of {}", account.address);
                return Err(Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(7, 1), text));
            }
        }
        let (counted, limit) = match &self.account {
            Some(account) => (Counted::AccountMessages(account.id), limits.messages_per_account),
            None => (Counted::peer(self.peer), limits.messages_per_peer),
        };
        if self.role != Role::Lmtp {
            self.shared.rates.count(counted, limit, Instant::now())?;
        }
        if let (Some(account), Some(_)) = (&self.account, &mail.parameters.hold) {
            self.shared.held.check(&self.shared, account.id, Timestamp::now()).await?;
        }
        self.transaction = Some(Transaction { mail: mail.clone(), recipients: Vec::new() });
        Ok(())
    }

    async fn rcpt(&mut self, _: &Peer, rcpt: &Rcpt) -> Result<(), Reply> {
        let may_relay = self.role == Role::Submission && self.account.is_some();
        let address = match &rcpt.to {
            ForwardPath::Mailbox(mailbox) => mailbox.clone(),
            ForwardPath::Postmaster => Mailbox::new("postmaster", &self.shared.config.domains[0])
                .map_err(|_| Reply::local_error())?,
        };
        let account = match recipient::resolve(&self.shared, &address).await? {
            Resolved::Account(account) => Some(account),
            Resolved::Elsewhere if may_relay => None,
            Resolved::Elsewhere => {
                let text = format!("No relaying to {}", address.domain());
                return Err(Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(7, 1), text));
            }
        };
        if let Some(account) = &self.account {
            let limit = self.shared.config.limits.recipients_per_account;
            self.shared.rates.count(Counted::AccountRecipients(account.id), limit, Instant::now())?;
        }
        let transaction = self.transaction.as_mut().ok_or_else(Reply::local_error)?;
        // What is to leave later waits in the queue, for those who live here as well.
        let account = account.filter(|_| transaction.mail.parameters.hold.is_none());
        let rcpt = Rcpt { to: address.clone().into(), ..rcpt.clone() };
        transaction.recipients.push(Recipient { rcpt, address, account });
        Ok(())
    }

    async fn data(&mut self, peer: &Peer) -> Result<Incoming, Reply> {
        let transaction = self.transaction.take().ok_or_else(Reply::local_error)?;
        Ok(Incoming::new(self, peer, transaction))
    }

    async fn reset(&mut self) {
        self.transaction = None;
    }

    async fn refused(&mut self, _: &Peer, reply: &Reply) {
        tracing::info!(peer = %self.peer, role = ?self.role, %reply, "refused");
    }
}
