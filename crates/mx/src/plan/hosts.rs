//! The second half of a plan: the hosts, best first, and their addresses.
use std::net::IpAddr;

use super::chain::{Chain, Found, Missing};
use super::order::{Dice, by_preference, deal, interleave};
use super::{Families, Options};
use crate::address::Reach;
use crate::name::Name;
use crate::outcome::{AddressVerdict, Candidate, Host, HostTrust, Reason, Route, Unroutable, Verdict};
use crate::query::{Answer, Data, Kind, Query, Security};

/// The hosts under consideration, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Hosts {
    list: Vec<Entry>,
    pending: Vec<Pending>,
    inspected: usize,
    domain: Option<Name>,
    mx_security: Security,
    /// The domain has no MX record, so its list is itself.
    implicit: bool,
}

#[derive(Clone, Debug)]
struct Entry {
    name: Name,
    preference: u16,
    /// Decided before or after the lookup; `None` while it may still be used.
    verdict: Option<Verdict>,
    v4: Option<Found>,
    v6: Option<Found>,
    addresses: Vec<(IpAddr, AddressVerdict)>,
}

#[derive(Clone, Debug)]
struct Pending {
    entry: usize,
    chain: Chain,
    kind: Kind,
}

impl Hosts {
    pub(super) fn new(found: Found, options: &Options, dice: &mut Dice) -> Self {
        let domain = found.path.last().cloned();
        let mut hosts = Self { mx_security: found.security, domain: domain.clone(), ..Self::default() };
        if let Ok(data) = found.result {
            let mut records: Vec<(u16, Name)> = data.into_iter().filter_map(mx).collect();
            by_preference(&mut records, |record| record.0, dice);
            records.truncate(options.limits.records);
            hosts.list = records.into_iter().map(|(preference, name)| Entry::new(name, preference)).collect();
        } else {
            hosts.implicit = true;
            hosts.list = domain.map(|name| Entry::new(name, 0)).into_iter().collect();
        }
        hosts.judge_names(options);
        hosts
    }

    fn judge_names(&mut self, options: &Options) {
        let mut seen = std::collections::HashSet::new();
        for entry in &mut self.list {
            entry.verdict = if entry.name.is_root() {
                Some(Verdict::NullAmongOthers)
            } else if let Some(fault) = entry.name.host_fault() {
                Some(Verdict::BadName(fault))
            } else if options.own_names.contains(&entry.name) {
                Some(Verdict::Itself)
            } else if !seen.insert(entry.name.clone()) {
                Some(Verdict::Duplicate)
            } else {
                None
            };
        }
        self.cut_at_itself();
    }

    /// RFC 5321 §5.1: "all records at that preference level and higher-numbered ones MUST be discarded".
    fn cut_at_itself(&mut self) {
        let own = self.list.iter().filter(|e| e.verdict == Some(Verdict::Itself)).map(|e| e.preference).min();
        let Some(own) = own else { return };
        for entry in self.list.iter_mut().filter(|e| e.preference >= own && e.verdict.is_none()) {
            entry.verdict = Some(Verdict::NotBetterThanItself);
        }
    }

    /// Whether no answer is awaited.
    pub(super) fn is_idle(&self) -> bool {
        self.pending.is_empty()
    }

    /// Asks for the addresses of as many further hosts as the plan still lacks; `false` if there is nothing to ask.
    pub(super) fn inspect(&mut self, options: &Options, wanted: &mut Vec<Query>) -> bool {
        let limits = &options.limits;
        let usable = self.list[..self.inspected].iter().filter(|e| e.verdict.is_none()).count();
        let mut lacking = limits.hosts.saturating_sub(usable);
        let mut looked_up =
            self.list[..self.inspected].iter().filter(|e| e.v4.is_some() || e.v6.is_some()).count();
        let mut questions = Vec::new();
        while self.inspected < self.list.len() && lacking > 0 && looked_up < limits.inspected {
            let entry = self.inspected;
            self.inspected += 1;
            if self.list[entry].verdict.is_some() {
                continue;
            }
            lacking -= 1;
            looked_up += 1;
            for &kind in kinds(options.families) {
                let chain = Chain::new(self.list[entry].name.clone(), kind, limits.aliases);
                let query = chain.query();
                if !self.pending.iter().any(|p| p.chain.query() == query) {
                    questions.push(query);
                }
                self.pending.push(Pending { entry, chain, kind });
            }
        }
        // Handed out from the end: the best host is asked for first.
        wanted.extend(questions.into_iter().rev());
        !self.pending.is_empty()
    }

    pub(super) fn feed(
        &mut self,
        query: &Query,
        answer: &Answer,
        wanted: &mut Vec<Query>,
        options: &Options,
    ) {
        // Two hosts may be aliases of one: an answer serves every chain that stands at this question.
        let (ready, rest) =
            std::mem::take(&mut self.pending).into_iter().partition(|p| p.chain.query() == *query);
        self.pending = rest;
        let ready: Vec<Pending> = ready;
        for Pending { entry, chain, kind } in ready {
            match chain.feed(answer.clone()) {
                Ok(found) if kind == Kind::A => self.list[entry].v4 = Some(found),
                Ok(found) => self.list[entry].v6 = Some(found),
                Err(chain) => {
                    let next = chain.query();
                    if !wanted.contains(&next) && !self.pending.iter().any(|p| p.chain.query() == next) {
                        wanted.push(next);
                    }
                    self.pending.push(Pending { entry, chain, kind });
                }
            }
            if !self.pending.iter().any(|p| p.entry == entry) {
                self.list[entry].judge_addresses(options);
            }
        }
        self.cut_at_itself();
    }

    /// The route, or the reason, with the verdict on every host.
    pub(super) fn finish(mut self, options: &Options) -> (Result<Route, Unroutable>, Vec<Candidate>) {
        let mut used = Vec::new();
        for (index, entry) in self.list.iter_mut().enumerate() {
            if entry.verdict.is_none() {
                let beyond = index >= self.inspected || used.len() == options.limits.hosts;
                entry.verdict = Some(if beyond { Verdict::BeyondLimit } else { Verdict::Used });
                if !beyond {
                    used.push(index);
                }
            }
        }
        let counts: Vec<usize> = used.iter().map(|&i| self.list[i].usable().count()).collect();
        for (&index, share) in used.iter().zip(deal(&counts, options.limits.addresses)) {
            let usable = self.list[index].addresses.iter_mut().filter(|a| a.1 == AddressVerdict::Used);
            usable.skip(share).for_each(|address| address.1 = AddressVerdict::BeyondLimit);
        }
        let hosts: Vec<Host> = used.iter().filter_map(|&i| self.list[i].host(self.implicit)).collect();
        let result = if hosts.is_empty() {
            Err(Unroutable::new(self.reason()))
        } else {
            Ok(Route { hosts, domain: self.domain.clone(), mx_security: self.mx_security })
        };
        let implicit = self.implicit;
        let candidates = self.list.into_iter().map(|entry| entry.candidate(implicit)).collect();
        (result, candidates)
    }

    /// What a temporary failure leaves open is not yet an error; only then do the permanent reasons count.
    fn reason(&self) -> Reason {
        let verdicts = || self.list.iter().filter_map(|entry| entry.verdict);
        let unknown = verdicts().find_map(|verdict| match verdict {
            Verdict::Unknown(failure) => Some(failure),
            _ => None,
        });
        if let Some(failure) = unknown {
            return Reason::Lookup(failure);
        }
        if verdicts().any(|v| v == Verdict::Itself) {
            return Reason::LoopsBack;
        }
        if verdicts().any(|v| v == Verdict::RefusedAddresses) {
            return Reason::RefusedAddress;
        }
        match (self.implicit, verdicts().next()) {
            (true, Some(Verdict::NoSuchName)) => Reason::NoSuchDomain,
            (true, _) => Reason::NoHost,
            (false, _) => Reason::NoUsableHost,
        }
    }
}

impl Entry {
    fn new(name: Name, preference: u16) -> Self {
        Self { name, preference, verdict: None, v4: None, v6: None, addresses: Vec::new() }
    }

    fn usable(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.addresses.iter().filter(|a| a.1 == AddressVerdict::Used).map(|a| a.0)
    }

    /// Once both families are in: which addresses count, and if none does, why.
    fn judge_addresses(&mut self, options: &Options) {
        let v4 = addresses(self.v4.as_ref(), options.limits.records);
        let v6 = addresses(self.v6.as_ref(), options.limits.records);
        let found = interleave(v4, v6, options.families);
        self.addresses = found.into_iter().map(|address| (address, judge(address, options))).collect();
        if self.verdict.is_some() {
            return;
        }
        self.verdict = if self.addresses.iter().any(|a| a.1 == AddressVerdict::Own) {
            Some(Verdict::Itself)
        } else if self.usable().next().is_some() {
            None
        } else {
            Some(self.fault())
        };
    }

    fn fault(&self) -> Verdict {
        let missing = |found: &Option<Found>| found.as_ref().and_then(|f| f.result.as_ref().err().copied());
        let faults = [missing(&self.v4), missing(&self.v6)];
        let unknown = faults.iter().find_map(|fault| match fault {
            Some(Missing::Unknown(failure)) => Some(*failure),
            _ => None,
        });
        if let Some(failure) = unknown {
            Verdict::Unknown(failure)
        } else if !self.addresses.is_empty() {
            Verdict::RefusedAddresses
        } else if faults.contains(&Some(Missing::Name)) {
            Verdict::NoSuchName
        } else {
            Verdict::NoAddress
        }
    }

    fn host(&self, implicit: bool) -> Option<Host> {
        let addresses: Vec<IpAddr> = self.usable().collect();
        if addresses.is_empty() {
            return None;
        }
        let found: Vec<&Found> =
            [&self.v4, &self.v6].into_iter().flatten().filter(|f| f.result.is_ok()).collect();
        let weakest = |pick: fn(&Found) -> Security| {
            found.iter().map(|f| pick(f)).reduce(Security::and).unwrap_or_default()
        };
        let trust = HostTrust {
            expanded: found.first().and_then(|f| f.path.last()).cloned(),
            original_security: weakest(|f| f.initial),
            expanded_security: weakest(|f| f.security),
        };
        let (name, preference) = (self.name.to_string(), self.preference);
        Some(Host { name, preference, implicit, addresses, trust })
    }

    fn candidate(self, implicit: bool) -> Candidate {
        let verdict = self.verdict.unwrap_or(Verdict::BeyondLimit);
        Candidate {
            name: self.name,
            preference: self.preference,
            implicit,
            verdict,
            addresses: self.addresses,
        }
    }
}

fn mx(data: Data) -> Option<(u16, Name)> {
    match data {
        Data::Mx { preference, exchange } => Some((preference, exchange)),
        _ => None,
    }
}

fn kinds(families: Families) -> &'static [Kind] {
    match families {
        Families::V6First | Families::V4First => &[Kind::A, Kind::Aaaa],
        Families::V4Only => &[Kind::A],
        Families::V6Only => &[Kind::Aaaa],
    }
}

fn addresses(found: Option<&Found>, limit: usize) -> Vec<IpAddr> {
    let data = found.and_then(|f| f.result.as_ref().ok()).map(Vec::as_slice).unwrap_or_default();
    let address = |data: &Data| match data {
        Data::A(v4) => Some(IpAddr::V4(*v4)),
        Data::Aaaa(v6) => Some(IpAddr::V6(*v6)),
        _ => None,
    };
    data.iter().filter_map(address).take(limit).collect()
}

fn judge(address: IpAddr, options: &Options) -> AddressVerdict {
    let reach = Reach::of(address);
    if options.own_addresses.contains(&address) {
        AddressVerdict::Own
    } else if reach == Reach::Public || options.allow_private {
        AddressVerdict::Used
    } else {
        AddressVerdict::Refused(reach)
    }
}
