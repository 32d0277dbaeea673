//! How a host must be secured: DANE first, then MTA-STS, then whatever it offers.
use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use mailwright_mx::dane::{Requirement, Search};
use mailwright_mx::sts::{self, Cached, Discovery, Fetch, Mode, Policy, Response};
use mailwright_mx::{Host, Name, Resolve, Route};
use mailwright_store::Store;

use crate::clock::Clock;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::transport::{Protection, Transport};

/// Policies kept at once.
const KEPT: usize = 10_000;

/// Fetches MTA-STS policies over HTTPS, as [`Fetch`] says. The queue keeps them in memory.
pub trait PolicyHost: Send + Sync + fmt::Debug {
    /// Performs one fetch; a failure is told in words.
    fn get(&self, fetch: &Fetch) -> Pin<Box<dyn Future<Output = Result<Response, String>> + Send + '_>>;
}

/// The MTA-STS policies that are known.
#[derive(Debug, Default)]
pub(crate) struct Policies(Mutex<HashMap<Name, Cached>>);

impl Policies {
    fn of(&self, domain: &Name) -> Option<Cached> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(domain).cloned()
    }

    fn keep(&self, domain: Name, cached: Cached) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
        match Discovery::new(&domain, self.policies.of(&domain), id.as_deref(), now) {
            Discovery::Nothing => None,
            Discovery::InForce(policy) => Some(policy),
            Discovery::Fetch(fetch) => {
                let response = host.get(&fetch).await;
                let found = fetch.found(response);
                if let Some(rejected) = found.rejected {
                    tracing::warn!(%domain, %rejected, "cannot fetch the MTA-STS policy");
                }
                self.policies.keep(domain, found.cached);
                found.policy
            }
        }
    }

    /// How a host must be secured; `Err`: in words, why it is not to be used now.
    pub(crate) async fn protection(
        &self,
        route: &Route,
        host: &Host,
        port: u16,
        policy: Option<&Policy>,
    ) -> Result<Protection, String> {
        if self.config.dane && self.config.smarthost.is_none() {
            let mut search = Search::new(route, host, port);
            while let Some(query) = search.query() {
                search.feed(self.resolver.answer(&query).await);
            }
            match search.end() {
                (Requirement::Nothing, _) => {}
                (Requirement::Encrypt, _) => return Ok(Protection::Encrypted),
                (Requirement::Authenticate(records), references) => {
                    return Ok(Protection::Dane { records, references });
                }
                (Requirement::Unknown(failure), _) => {
                    return Err(format!("its TLSA records are not known: {failure}"));
                }
            }
        }
        let Some(policy) = policy.filter(|policy| policy.mode == Mode::Enforce) else {
            return Ok(Protection::Opportunistic);
        };
        if policy.permits(&Name::from_dns(&host.name)) {
            Ok(Protection::Verified)
        } else {
            Err("the domain's MTA-STS policy does not list it".to_owned())
        }
    }
}
