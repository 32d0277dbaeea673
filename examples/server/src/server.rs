//! Starting, running and stopping the whole.

use crate::{
    Certificate, Config, ConfigError, TlsError,
    accounts::Accounts,
    admin, imap,
    listen::{self, Gate},
    pop3, queue, service,
    smtp::{Held, Rates, Space},
    tls,
};
use mailwright_delivery::{DownHosts, Runner};
use mailwright_store::{Limits, MailboxName, Store, read_all, sqlite::SqliteStore};
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinSet, time::timeout};

/// The store that the server runs on.
pub(crate) type Backend = SqliteStore;

/// Room for the fields that are put before a message of the largest size.
const TRACE: u64 = 64 * 1024;
/// How long a stop waits for what runs.
const GRACE: Duration = Duration::from_secs(10);

/// What all sessions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) store: Backend,
    pub(crate) accounts: Accounts,
    pub(crate) certificate: tls::Serving,
    pub(crate) maildrops: pop3::Locks,
    pub(crate) shown: imap::Shown,
    pub(crate) down_hosts: DownHosts,
    pub(crate) rates: Rates,
    pub(crate) space: Space,
    pub(crate) held: Held,
    pub(crate) gate: Arc<Gate>,
}

/// A running server.
///
/// Dropping it ends its sessions at once; [`stop`](Self::stop) lets them finish.
#[derive(Debug)]
pub struct Server {
    shared: Arc<Shared>,
    addresses: Vec<(&'static str, SocketAddr)>,
    stop: watch::Sender<bool>,
    services: JoinSet<()>,
    delivery: Runner,
}

/// The account of a server that runs without a configuration.
#[derive(Clone, Debug)]
pub struct DemoAccount {
    /// Its address.
    pub address: String,
    /// Its password.
    pub password: String,
}

/// Why a server does not start, or a request to it does not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The certificate cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The store cannot be used.
    #[error("store: {0}")]
    Store(#[from] mailwright_store::Error),
    /// An account cannot be made or changed.
    #[error(transparent)]
    Account(#[from] crate::accounts::AccountError),
    /// A file in the data folder cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The resolver cannot be set up.
    #[error("resolver: {0}")]
    Resolver(String),
    /// What was waited for did not happen in time.
    #[error("{0}")]
    TimedOut(String),
}

/// Checks all of a configuration that can be checked without running it.
///
/// # Errors
///
/// See [`StartError`].
pub fn check(config: &Config) -> Result<(), StartError> {
    if config.tls.certificate.is_some() {
        Certificate::load(config)?;
    }
    crate::tls::authorities(config)?;
    Ok(())
}

/// Opens the store of this configuration.
pub(crate) async fn open_store(config: &Config) -> Result<Backend, StartError> {
    let mut limits = Limits::default();
    limits.message = config.limits.message_size.saturating_add(TRACE);
    Ok(SqliteStore::open(&config.data, limits).await?)
}

impl Server {
    /// Starts every service of the configuration. When this returns, all of them accept connections.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn start(config: Config) -> Result<Self, StartError> {
        let listeners = bind(&config).await?;
        let store = open_store(&config).await?;
        let certificate = tls::Serving::new(&Certificate::load(&config)?);
        let accounts = Accounts::open(&config, store.clone())?;
        let gate = Arc::new(Gate::new(config.limits.clone(), config.trust.clone()));
        let (down_hosts, maildrops, rates, held, shown, space) = Default::default();
        let shared = Shared {
            config,
            store,
            accounts,
            certificate,
            down_hosts,
            maildrops,
            rates,
            held,
            shown,
            space,
            gate,
        };
        let shared = Arc::new(shared);
        let delivery = queue::start(&shared)?;
        let (stop, stopping) = watch::channel(false);
        let mut services = JoinSet::new();
        let mut addresses = Vec::new();
        for (service, listener) in listeners {
            let at = |error| StartError::File { path: service.into(), error };
            addresses.push((service, listener.local_addr().map_err(at)?));
            let session = service::session(service, &shared, stopping.clone());
            services.spawn(listen::accept(service, listener, shared.gate.clone(), stopping.clone(), session));
        }
        services.spawn(admin::serve(shared.clone(), stopping.clone())?);
        let following = shared.clone();
        services.spawn(async move { following.certificate.follow(&following.config, stopping).await });
        Ok(Self { shared, addresses, stop, services, delivery })
    }

    /// Serves the certificate that is in the files now, to connections that come from now on.
    ///
    /// # Errors
    ///
    /// It cannot be used; the one from before is served on.
    pub fn reload_certificate(&self) -> Result<(), TlsError> {
        self.shared.certificate.reload(&self.shared.config)
    }

    /// Where each service listens.
    pub fn addresses(&self) -> impl Iterator<Item = (&'static str, SocketAddr)> {
        self.addresses.iter().copied()
    }

    /// Where a service listens, by its name in the configuration: the first address, if it is on.
    pub fn address(&self, service: &str) -> Option<SocketAddr> {
        self.addresses().find(|(name, _)| *name == service).map(|(_, address)| address)
    }

    /// Adds an account, or sets its password.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn add_account(&self, address: &str, password: &str) -> Result<(), StartError> {
        Ok(self.shared.accounts.set_password(&self.shared.config, address, password).await?)
    }

    /// The account `demo` of the first domain, made now if there is none. Its password is kept in the data folder.
    ///
    /// # Errors
    ///
    /// See [`StartError`].
    pub async fn demo_account(&self) -> Result<DemoAccount, StartError> {
        let address = format!("demo@{}", self.shared.config.domains[0]);
        let path = self.shared.config.data.join("demo-password");
        let file = |error| StartError::File { path: path.clone(), error };
        let known = self.shared.store.account(&address).await?.is_some();
        let password = match std::fs::read_to_string(&path) {
            Ok(password) if known => password,
            _ => {
                let password = crate::trace::id().to_lowercase();
                crate::tls::write(&path, &password, 0o600).map_err(file)?;
                self.add_account(&address, &password).await?;
                password
            }
        };
        Ok(DemoAccount { address, password })
    }

    /// Waits for the inbox of an account to have at least this many messages, for at most 30 seconds, and returns all
    /// of them in order.
    ///
    /// # Errors
    ///
    /// The account does not exist, or the mail did not come.
    pub async fn wait_for_mail(&self, address: &str, count: u32) -> Result<Vec<Vec<u8>>, StartError> {
        let store = &self.shared.store;
        let account = store.account(address).await?.ok_or(mailwright_store::Error::NoSuchAccount)?;
        let inbox = store.mailbox(account.id, &MailboxName::inbox()).await?;
        let inbox = inbox.ok_or(mailwright_store::Error::NoSuchMailbox)?;
        let mut views = store.open(inbox.id).await?;
        let wanted = timeout(Duration::from_secs(30), views.wait_for(|view| view.len() >= count)).await;
        let view = match wanted {
            Ok(Ok(view)) => view.clone(),
            _ => return Err(StartError::TimedOut(format!("{count} messages for {address} did not come"))),
        };
        let mut mail = Vec::new();
        for entry in view.entries() {
            if let Some(mut content) = store.content(entry.message).await? {
                mail.push(read_all(&mut content).await?.to_vec());
            }
        }
        Ok(mail)
    }

    /// Stops: accepts no more, lets what runs finish for ten seconds at most, and closes the store.
    ///
    /// # Errors
    ///
    /// The store could not be closed.
    pub async fn stop(mut self) -> Result<(), StartError> {
        self.stop.send_replace(true);
        let finish = async {
            self.delivery.stop().await;
            while self.services.join_next().await.is_some() {}
        };
        if timeout(GRACE, finish).await.is_err() {
            tracing::warn!("some sessions did not finish in time");
            self.services.abort_all();
        }
        self.shared.store.close().await?;
        Ok(())
    }
}

/// Binds every address first, so that nothing has begun when one of them is taken.
async fn bind(config: &Config) -> Result<Vec<(&'static str, TcpListener)>, ConfigError> {
    let mut listeners = Vec::new();
    for (service, addresses) in config.listen.services() {
        for address in addresses {
            match TcpListener::bind(address).await {
                Ok(listener) => listeners.push((service, listener)),
                Err(e) => return Err(config.error(service, format!("{address}: {e}"))),
            }
        }
    }
    Ok(listeners)
}
