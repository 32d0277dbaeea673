//! Where mail for a domain goes from here, why, and how its hosts are secured: what `mailwright mx` tells.

use crate::{Config, StartError, queue};
use mailwright_delivery::{Https, PolicyHost};
use mailwright_mx::{
    Name, Options, Outcome, Plan, Resolve, Route,
    dane::Search,
    resolve,
    resolver::Resolver,
    sts::{self, Discovery, Policy},
};
use serde::Serialize;
use std::{fmt, sync::Arc};

/// The way to a domain. `Display` tells it to a person; it serialises for machines.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The hosts, and what was asked to find them.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The policy of the domain.
    pub mta_sts: Sts,
    /// What the TLSA records of the hosts demand, host by host; empty where they are not looked for.
    pub dane: Vec<Dane>,
}

/// A domain's MTA-STS policy (RFC 8461).
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sts {
    /// Policies are not fetched here.
    Off,
    /// The domain has none.
    None,
    /// It has one.
    Policy(Policy),
    /// It has one that cannot be had, and mail goes as if it had none.
    Rejected(String),
}

/// What a host's TLSA records demand (RFC 7672).
#[derive(Debug, Serialize)]
pub struct Dane {
    /// The host.
    pub host: String,
    /// The demand, in words.
    pub demand: String,
}

/// Finds out the way to a domain, or to an address literal.
///
/// # Errors
///
/// The resolver or the authorities of the configuration cannot be used.
pub async fn explain(config: &Config, domain: &str) -> Result<Explanation, StartError> {
    let mut seed = [0; 8];
    // Any order among equals will do.
    let _ = getrandom::fill(&mut seed);
    let options = Options {
        seed: u64::from_be_bytes(seed),
        own_names: config.hostname.parse::<Name>().into_iter().collect(),
        own_addresses: queue::own_addresses(config),
        allow_private: config.delivery.allow_private,
        ..Options::default()
    };
    let dns = queue::dns(config)?;
    let outcome = resolve(Plan::new(domain, options), &dns).await;
    let mta_sts = policy(config, domain, &dns).await?;
    let mut dane = Vec::new();
    if config.dns.dnssec
        && let Ok(route) = &outcome.result
    {
        for at in 0..route.hosts.len() {
            dane.push(demand(route, at, config.delivery.port, &dns).await);
        }
    }
    Ok(Explanation { outcome, mta_sts, dane })
}

async fn policy(config: &Config, domain: &str, dns: &Resolver) -> Result<Sts, StartError> {
    let roots = if config.delivery.mta_sts { crate::tls::authorities(config)? } else { None };
    let (Some(roots), Ok(domain)) = (roots, domain.parse::<Name>()) else { return Ok(Sts::Off) };
    let id = sts::policy_id(&dns.answer(&sts::record_query(&domain)).await);
    let Discovery::Fetch(fetch) = Discovery::new(&domain, None, id.as_deref(), 0) else {
        return Ok(Sts::None);
    };
    let https = Https::new(dns.clone(), Arc::new(roots)).allow_private(config.delivery.allow_private);
    let response = https.get(&fetch).await;
    let found = fetch.found(response);
    Ok(match (found.policy, found.rejected) {
        (Some(policy), _) => Sts::Policy(policy),
        (None, Some(rejected)) => Sts::Rejected(rejected.to_string()),
        (None, None) => Sts::None,
    })
}

async fn demand(route: &Route, at: usize, port: u16, dns: &Resolver) -> Dane {
    let host = &route.hosts[at];
    let mut search = Search::new(route, host, port);
    while let Some(query) = search.query() {
        search.feed(dns.answer(&query).await);
    }
    Dane { host: host.name.clone(), demand: search.end().0.to_string() }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.outcome)?;
        match &self.mta_sts {
            Sts::Off => {}
            Sts::None => writeln!(f, "  MTA-STS: the domain has no policy")?,
            Sts::Rejected(why) => writeln!(f, "  MTA-STS: the policy cannot be had: {why}")?,
            Sts::Policy(policy) => {
                let hosts: Vec<String> = policy.mx.iter().map(ToString::to_string).collect();
                writeln!(f, "  MTA-STS: {}, for {}", policy.mode, hosts.join(", "))?;
                let route = self.outcome.result.iter().flat_map(|route| &route.hosts);
                for host in route.filter(|host| !policy.permits(&Name::from_dns(&host.name))) {
                    writeln!(f, "  MTA-STS: {} is not among them", host.name)?;
                }
            }
        }
        self.dane.iter().try_for_each(|dane| writeln!(f, "  DANE for {}: {}", dane.host, dane.demand))
    }
}
