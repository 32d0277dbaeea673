//! The plan behind attempts, as it is kept: the hosts that were considered, and why each is used or not.
use std::fmt;
use std::net::IpAddr;

use mailwright_mx::dane::Requirement;
use mailwright_mx::{Candidate, Host};
use serde::{Deserialize, Serialize};

use crate::destination::Destination;

/// Hosts kept of a plan.
const HOSTS: usize = 10;

/// A plan that held from some time on. `Display` tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// When it was first made, in milliseconds since 1970.
    pub at: i64,
    /// Why there is no host to send to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unroutable: Option<String>,
    /// The hosts that were considered, by preference and then by name: equals are tried in random order.
    pub hosts: Vec<PlannedHost>,
    /// How many more there were, none better than these.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// The MTA-STS policy in force, in words (RFC 8461).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// A host of a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlannedHost {
    /// As the MX record has it; 0 for the domain itself and for a host that was chosen.
    pub preference: u16,
    /// The name.
    pub name: String,
    /// Whether it is used, and why not.
    pub verdict: String,
    /// Its addresses; those that are not used with the reason.
    pub addresses: Vec<(IpAddr, Option<String>)>,
    /// What its TLSA records demand, where they were looked for (RFC 7672).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tlsa: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Planned {
    /// What is known of a destination.
    pub(crate) fn of(destination: &Destination, at: i64) -> Self {
        let outcome = &destination.planned;
        let route = outcome.result.as_ref().map(|route| route.hosts.as_slice()).unwrap_or_default();
        let tlsa = |name: &str| {
            let at = route.iter().position(|host| host.name == name)?;
            let (requirement, _) = destination.demands.get(at)?.get()?;
            (*requirement != Requirement::Nothing).then(|| requirement.to_string())
        };
        let considered = outcome.candidates.iter().map(PlannedHost::considered);
        // An address literal was not looked up, so there is nothing but the route.
        let chosen = route.iter().filter(|_| outcome.candidates.is_empty()).map(PlannedHost::chosen);
        let mut hosts: Vec<PlannedHost> = considered.chain(chosen).collect();
        for host in &mut hosts {
            host.tlsa = tlsa(&host.name);
        }
        hosts.sort_unstable();
        let more = hosts.len().saturating_sub(HOSTS);
        hosts.truncate(HOSTS);
        let unroutable = outcome.result.as_ref().err().map(ToString::to_string);
        let policy = destination.policy.as_ref().map(|policy| {
            let hosts: Vec<String> = policy.mx.iter().take(HOSTS).map(ToString::to_string).collect();
            format!("{}, for {}", policy.mode, hosts.join(", "))
        });
        Self { at, unroutable, hosts, more, policy }
    }

    /// Whether both say the same, whenever that was.
    pub(crate) fn says_the_same_as(&self, other: &Self) -> bool {
        Self { at: other.at, ..self.clone() } == *other
    }
}

impl PlannedHost {
    fn considered(candidate: &Candidate) -> Self {
        let address = |(address, verdict): &(IpAddr, mailwright_mx::AddressVerdict)| {
            (*address, verdict.why_not().map(str::to_owned))
        };
        let mut addresses: Vec<_> = candidate.addresses.iter().map(address).collect();
        addresses.sort_unstable();
        addresses.truncate(HOSTS);
        Self {
            preference: candidate.preference,
            name: candidate.name.to_string(),
            verdict: candidate.verdict.to_string(),
            addresses,
            tlsa: None,
        }
    }

    fn chosen(host: &Host) -> Self {
        Self {
            preference: host.preference,
            name: host.name.clone(),
            verdict: "used".to_owned(),
            addresses: host.addresses.iter().map(|address| (*address, None)).collect(),
            tlsa: None,
        }
    }
}

/// One line for each host.
impl fmt::Display for Planned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(why) = &self.unroutable {
            writeln!(f, "plan: no host: {why}")?;
        }
        for host in &self.hosts {
            write!(f, "plan: {} {}, {}", host.preference, host.name, host.verdict)?;
            for (at, (address, why_not)) in host.addresses.iter().enumerate() {
                write!(f, "{} {address}", if at == 0 { ":" } else { "," })?;
                if let Some(why) = why_not {
                    write!(f, " (not used: {why})")?;
                }
            }
            if let Some(tlsa) = &host.tlsa {
                write!(f, "; DANE: {tlsa}")?;
            }
            writeln!(f)?;
        }
        if self.more > 0 {
            writeln!(f, "plan: {} more hosts", self.more)?;
        }
        match &self.policy {
            Some(policy) => writeln!(f, "plan: MTA-STS: {policy}"),
            None => Ok(()),
        }
    }
}
