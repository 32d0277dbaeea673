//! The outbound queue: what empties it, and what an operator does with it.

use crate::{
    Config, StartError,
    server::{Backend, Shared},
    smtp::find,
};
use mailwright_delivery::{Directory, Https, Runner, Story, SystemClock, transport::smtp::Smtp};
use mailwright_mx::resolver::{self, Resolver, SetupError};
use mailwright_smtp::types::Mailbox;
use mailwright_store::{AccountId, Hurry, QueueId, Store, Timestamp};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// How many entries are read at a time.
const PAGE: usize = 1000;

/// An operator named a mail that does not wait.
#[derive(Debug, thiserror::Error)]
#[error("no mail {0} in the queue")]
pub struct NotQueued(u64);

type Done<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Whose mail never goes out, and where a report for somebody here goes.
struct Here(Arc<Shared>);

impl Directory for Here {
    fn is_local(&self, domain: &str) -> bool {
        self.0.config.is_local(domain)
    }

    async fn account(&self, address: &Mailbox) -> Result<Option<AccountId>, mailwright_store::Error> {
        Ok(find(&self.0, address).await?.map(|account| account.id))
    }
}

/// Starts sending what is in the queue.
pub(crate) fn start(shared: &Arc<Shared>) -> Result<Runner, StartError> {
    let ours = &shared.config.delivery;
    let hostname = shared.config.hostname.parse();
    let hostname = hostname.map_err(|e| shared.config.error("hostname", format!("{e}")))?;
    let mut config = mailwright_delivery::Config::new(hostname);
    config.own_addresses = own_addresses(&shared.config);
    config.source.clone_from(&ours.source);
    config.port = ours.port;
    config.smarthost = ours.smarthost.as_deref().and_then(|at| {
        let (host, port) = at.rsplit_once(':')?;
        Some((host.to_owned(), port.parse().ok()?))
    });
    config.allow_private = ours.allow_private;
    config.down_hosts = shared.down_hosts.clone();
    config.schedule.retry.clone_from(&ours.retry);
    config.schedule.expire = ours.expire;
    let resolver = dns(&shared.config)?;
    config.dane = shared.config.dns.dnssec;
    config.roots = crate::tls::authorities(&shared.config)?.map(Arc::new);
    if ours.mta_sts
        && let Some(roots) = &config.roots
    {
        let https = Https::new(resolver.clone(), roots.clone()).allow_private(ours.allow_private);
        config.policies = Some(Arc::new(https));
        config.policy_folder = Some(shared.config.data.join("mta-sts"));
    }
    let transport = Smtp::new(&config);
    Ok(Runner::start(shared.store.clone(), resolver, transport, Here(shared.clone()), SystemClock, config))
}

/// Every mail that waits, the oldest first.
pub(crate) async fn list(store: &Backend) -> Done<Vec<Story>> {
    let mut all: Vec<Story> = Vec::new();
    loop {
        let after = all.last().map(|last| QueueId::new(last.id));
        let page = store.queue_list(after, PAGE).await?;
        let whole = page.len() == PAGE;
        all.extend(page.iter().map(Story::of));
        if !whole {
            return Ok(all);
        }
    }
}

/// The story of one.
pub(crate) async fn show(store: &Backend, id: u64) -> Done<Story> {
    let entry = store.queue_entry(QueueId::new(id)).await?.ok_or(NotQueued(id))?;
    Ok(Story::of(&entry))
}

/// Tries one now, or all.
pub(crate) async fn retry(store: &Backend, id: Option<u64>) -> Done<()> {
    if let Some(id) = id {
        store.queue_entry(QueueId::new(id)).await?.ok_or(NotQueued(id))?;
    }
    let now = Timestamp::now();
    let which = id.map_or(Hurry::DueAfter(now), |id| Hurry::Entry(QueueId::new(id)));
    store.queue_retry(which, now).await?;
    Ok(())
}

/// Drops one.
pub(crate) async fn cancel(store: &Backend, id: u64) -> Done<()> {
    if store.queue_cancel(QueueId::new(id)).await? { Ok(()) } else { Err(NotQueued(id).into()) }
}

/// The resolver that the configuration names.
pub(crate) fn dns(config: &Config) -> Result<Resolver, StartError> {
    let ours = resolver::Config {
        servers: config.dns.servers.clone(),
        validate: config.dns.dnssec,
        trust_anchors: config.dns.trust_anchors.clone(),
        ..resolver::Config::default()
    };
    Resolver::new(&ours).map_err(|error| match error {
        SetupError::TrustAnchors { .. } => config.error("dns.trust_anchors", error.to_string()).into(),
        error @ SetupError::System(_) => StartError::Resolver(error.to_string()),
    })
}

/// The addresses from which mail that is sent to the port of other servers comes back to here.
pub(crate) fn own_addresses(config: &Config) -> Vec<IpAddr> {
    let comes_back = |at: &&SocketAddr| at.port() == config.delivery.port && !at.ip().is_unspecified();
    config.listen.smtp.iter().filter(comes_back).map(SocketAddr::ip).collect()
}
