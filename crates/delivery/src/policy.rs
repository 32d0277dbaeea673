//! How a host must be secured: DANE first, then MTA-STS, then whatever it offers.
mod folder;
mod https;

pub(crate) use folder::Folder;
pub use https::Https;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use mailwright_mx::dane::{Requirement, Search};
use mailwright_mx::sts::{self, Cached, Discovery, Fetch, Mode, NoResponse, Policy, Rejected, Response};
use mailwright_mx::{Host, Name, Resolve, Route, Security, Status};
use mailwright_store::Store;

use crate::clock::Clock;
use crate::destination::Destination;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::envelope::Demand;
use crate::tlsrpt::{self, Session, Verdict};
use crate::transport::{Protection, Transport};

/// Policies kept at once.
const KEPT: usize = 10_000;

/// Fetches MTA-STS policies over HTTPS, as [`Fetch`] says; [`Https`] does. The queue keeps what they say.
pub trait PolicyHost: Send + Sync + fmt::Debug {
    /// Performs one fetch.
    fn get(&self, fetch: &Fetch) -> Pin<Box<dyn Future<Output = Result<Response, NoResponse>> + Send + '_>>;
}

/// The MTA-STS policies that are known; `None`: the folder has none, and nobody else writes to it.
#[derive(Debug)]
pub(crate) struct Policies {
    table: Mutex<HashMap<Name, Option<Cached>>>,
    folder: Option<Folder>,
}

impl Policies {
    pub(crate) fn new(folder: Option<Folder>) -> Self {
        Self { table: Mutex::default(), folder }
    }

    async fn of(&self, domain: &Name) -> Option<Cached> {
        let known = self.table.lock().unwrap_or_else(PoisonError::into_inner).get(domain).cloned();
        if let Some(known) = known {
            return known;
        }
        let (folder, of) = (self.folder.clone()?, domain.clone());
        let kept = tokio::task::spawn_blocking(move || folder.read(&of)).await.ok()?;
        self.remember(domain.clone(), kept.clone());
        kept
    }

    async fn keep(&self, domain: Name, cached: Cached) {
        self.remember(domain.clone(), Some(cached.clone()));
        let Some(folder) = self.folder.clone() else { return };
        let write = tokio::task::spawn_blocking(move || folder.write(&domain, &cached));
        if let Ok(Err(error)) = write.await {
            tracing::warn!(%error, "cannot keep an MTA-STS policy");
        }
    }

    fn remember(&self, domain: Name, cached: Option<Cached>) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        // Any one goes: a policy that is wanted again is fetched again.
        if table.len() >= KEPT
            && let Some(other) = table.keys().next().cloned()
        {
            table.remove(&other);
        }
        table.insert(domain, cached);
    }
}

impl<S: Store, R: Resolve + 'static, T: Transport, D: Directory, C: Clock> Engine<S, R, T, D, C> {
    /// The MTA-STS policy in force for a domain that is delivered to by MX.
    pub(crate) async fn policy(&self, domain: &str) -> Option<Policy> {
        let host = self.config.policies.as_ref().filter(|_| self.config.smarthost.is_none())?;
        let domain = Name::parse(domain).ok()?;
        let id = sts::policy_id(&self.resolver.answer(&sts::record_query(&domain)).await);
        let now = u64::try_from(self.clock.now().secs()).unwrap_or(0);
        match Discovery::new(&domain, self.policies.of(&domain).await, id.as_deref(), now) {
            Discovery::Nothing => None,
            Discovery::InForce(policy) => Some(policy),
            Discovery::Fetch(fetch) => {
                let response = host.get(&fetch).await;
                let found = fetch.found(response);
                if let Some(rejected) = found.rejected {
                    if let Some(results) = &self.config.tls_results {
                        let verdict = match rejected {
                            Rejected::Policy(_) => Verdict::StsPolicyInvalid,
                            Rejected::NoResponse(NoResponse::Certificate(_)) => Verdict::StsWebpkiInvalid,
                            _ => Verdict::StsPolicyFetchError,
                        };
                        let session = Session {
                            mx: String::new(),
                            address: None,
                            verdict,
                            reason: rejected.to_string(),
                        };
                        results.failed(domain.as_str(), &tlsrpt::Policy::none(), session);
                    }
                    tracing::warn!(%domain, %rejected, "cannot fetch the MTA-STS policy");
                }
                self.policies.keep(domain, found.cached).await;
                found.policy
            }
        }
    }

    /// What a host's TLSA records demand (RFC 7672 §2.2).
    async fn tlsa(&self, route: &Route, host: &Host, port: u16) -> (Requirement, Vec<Name>) {
        let mut search = Search::new(route, host, port);
        while let Some(query) = search.query() {
            search.feed(self.resolver.answer(&query).await);
        }
        search.end()
    }

    /// How the host at this place of the plan must be secured for a mail.
    pub(crate) async fn protection(
        &self,
        destination: &Destination,
        route: &Route,
        at: usize,
        port: u16,
        demand: Demand,
    ) -> Result<Protection, Unsuited> {
        let host = &route.hosts[at];
        let by_mx = self.config.smarthost.is_none();
        if demand == Demand::NoTls {
            return Ok(Protection::Opportunistic);
        }
        let policy = destination.policy.as_ref().filter(|policy| policy.mode != Mode::None);
        let permits = policy.map(|policy| policy.permits(&Name::from_dns(&host.name)));
        let enforced = policy.is_some_and(|policy| policy.mode == Mode::Enforce);
        // RFC 8689 §2: the name of the host must not have been forged on the way.
        let named = !by_mx || host.implicit || route.mx_security == Security::Secure || permits == Some(true);
        if demand == Demand::Tls && !named {
            return Err(Unsuited::for_ever(NO_TLS, "neither DNSSEC nor MTA-STS vouches for its name"));
        }
        if self.config.dane && by_mx {
            let found = &destination.demands[at];
            let (requirement, references) = found.get_or_init(|| self.tlsa(route, host, port)).await;
            match requirement {
                Requirement::Nothing => {}
                // RFC 8461 §5 asks for more, and nothing has been authenticated that could stand in for it.
                Requirement::Encrypt if demand == Demand::Tls || enforced => {}
                Requirement::Encrypt => return Ok(Protection::Encrypted),
                Requirement::Authenticate(records) => {
                    let (records, references) = (records.clone(), references.clone());
                    return Ok(Protection::Dane { records, references });
                }
                Requirement::Unknown(failure) => {
                    return Err(Unsuited::for_now(format!("its TLSA records are not known: {failure}")));
                }
            }
        }
        if demand == Demand::Tls {
            return Ok(Protection::Verified);
        }
        match (policy.map(|policy| policy.mode), permits) {
            (Some(Mode::Enforce), Some(true)) => Ok(Protection::Verified),
            (Some(Mode::Enforce), _) => {
                Err(Unsuited::for_now("the domain's MTA-STS policy does not list it".to_owned()))
            }
            _ => Ok(Protection::Opportunistic),
        }
    }
}

/// RFC 8689 §4.2.1: "Encryption needed".
pub(crate) const NO_TLS: Status = Status::new(5, 7, 10);

/// Why a host is not to be used for a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unsuited {
    pub(crate) status: Status,
    pub(crate) text: String,
}

impl Unsuited {
    fn for_now(text: String) -> Self {
        Self { status: Status::new(4, 7, 5), text }
    }

    fn for_ever(status: Status, text: &str) -> Self {
        Self { status, text: text.to_owned() }
    }
}
