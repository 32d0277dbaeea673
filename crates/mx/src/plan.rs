//! The plan: a value that asks questions, takes answers, and ends in an [`Outcome`].
mod chain;
mod hosts;
mod order;

use std::collections::HashSet;
use std::net::IpAddr;

use self::chain::{Chain, Found, Missing};
use self::hosts::Hosts;
use self::order::Dice;
use crate::address::{Reach, address_literal};
use crate::limits::Limits;
use crate::name::Name;
use crate::outcome::{Host, HostTrust, Lookup, Outcome, Reason, Route, Unroutable};
use crate::query::{Answer, Data, Kind, Query, Security};

/// What the caller knows and wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Decides the order among hosts of equal preference. Take a fresh random number for every plan; the same seed and
    /// answers give the same plan.
    pub seed: u64,
    /// The names this server goes by in mail transactions (RFC 5321 §5.1).
    pub own_names: Vec<Name>,
    /// The addresses at which this server takes mail.
    pub own_addresses: Vec<IpAddr>,
    /// Use addresses that are not public: loopback, private, link-local and the like. For tests and closed networks.
    pub allow_private: bool,
    /// Which address families, and which first.
    pub families: Families,
    /// The bounds.
    pub limits: Limits,
}

/// The address families to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Families {
    /// Both in turn, IPv6 first.
    #[default]
    V6First,
    /// Both in turn, IPv4 first.
    V4First,
    /// IPv4 alone; AAAA is not asked.
    V4Only,
    /// IPv6 alone; A is not asked.
    V6Only,
}

/// What the plan wants next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask this and [`Plan::feed`] the answer. Poll again at once: several questions may be under way together.
    Query(Query),
    /// Nothing to ask until an answer is fed.
    Wait,
    /// Finished. Polling again says the same.
    Done(Box<Outcome>),
}

/// The caller fed an answer to a question that is not outstanding.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer to {0} is awaited")]
pub struct NotAsked(pub Query);

/// A destination on its way to being hosts and addresses (RFC 5321 §5.1).
///
/// ```
/// use mailwright_mx::{Answer, Data, Kind, Name, Options, Plan, Record, Security, Step};
///
/// let mut plan = Plan::new("example.test", Options::default());
/// let outcome = loop {
///     match plan.poll() {
///         Step::Query(query) => {
///             let data = match query.kind {
///                 Kind::Mx => Data::Mx { preference: 10, exchange: Name::parse("mx.example.test")? },
///                 _ => Data::A("192.0.2.25".parse()?),
///             };
///             let record = Record { name: query.name.clone(), data, security: Security::Insecure };
///             plan.feed(&query, Answer::Records(vec![record], Security::Insecure))?;
///         }
///         Step::Wait => unreachable!("every question was answered"),
///         Step::Done(outcome) => break outcome,
///     }
/// };
/// let hosts = outcome.result?.hosts;
/// assert_eq!(hosts[0].name, "mx.example.test");
/// assert_eq!(hosts[0].addresses, ["192.0.2.25".parse::<std::net::IpAddr>()?]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    options: Options,
    dice: Dice,
    destination: String,
    stage: Stage,
    /// Wanted and not yet handed out; then outstanding.
    wanted: Vec<Query>,
    asked: HashSet<Query>,
    lookups: Vec<Lookup>,
}

#[derive(Clone, Debug)]
enum Stage {
    Mx(Chain),
    Hosts(Hosts),
    Done(Box<Outcome>),
}

impl Plan {
    /// Begins a plan for a domain as an envelope has it, or for an address literal with its brackets. A text that is
    /// neither ends at once in 5.1.2.
    pub fn new(destination: &str, options: Options) -> Self {
        let mut plan = Self::empty(destination, options);
        if let Some(address) = address_literal(destination) {
            plan.finish_literal(address);
            return plan;
        }
        match Name::parse(destination) {
            Ok(name) => {
                let chain = Chain::new(name, Kind::Mx, plan.options.limits.aliases);
                plan.wanted.push(chain.query());
                plan.stage = Stage::Mx(chain);
            }
            Err(fault) => plan.fail(Reason::BadDomain(fault)),
        }
        plan
    }

    /// Begins a plan for one host that the caller chose, such as a smarthost: its addresses alone are asked for, no MX.
    /// Takes a name, an address, or an address literal.
    pub fn of_host(host: &str, options: Options) -> Self {
        let mut plan = Self::empty(host, options);
        if let Some(address) = host.parse().ok().or_else(|| address_literal(host)) {
            plan.finish_literal(address);
            return plan;
        }
        match Name::parse(host) {
            Ok(name) => plan.look_up_hosts(Found::chosen(name)),
            Err(fault) => plan.fail(Reason::BadDomain(fault)),
        }
        plan
    }

    fn empty(destination: &str, options: Options) -> Self {
        Self {
            dice: Dice::new(options.seed),
            options,
            destination: destination.to_owned(),
            stage: Stage::Hosts(Hosts::default()),
            wanted: Vec::new(),
            asked: HashSet::new(),
            lookups: Vec::new(),
        }
    }

    /// The next question, or the end.
    pub fn poll(&mut self) -> Step {
        if let Stage::Done(outcome) = &self.stage {
            return Step::Done(outcome.clone());
        }
        match self.wanted.pop() {
            Some(query) => {
                self.asked.insert(query.clone());
                Step::Query(query)
            }
            None => Step::Wait,
        }
    }

    /// Takes the answer to a question that [`Plan::poll`] gave out.
    ///
    /// # Errors
    /// [`NotAsked`] if it gave out no such question, or it was answered already; the plan is as before.
    pub fn feed(&mut self, query: &Query, answer: Answer) -> Result<(), NotAsked> {
        if !self.asked.remove(query) {
            return Err(NotAsked(query.clone()));
        }
        self.lookups.push(Lookup { query: query.clone(), answer: answer.describe() });
        match std::mem::replace(&mut self.stage, Stage::Hosts(Hosts::default())) {
            Stage::Mx(chain) => self.feed_mx(chain, answer),
            Stage::Hosts(mut hosts) => {
                hosts.feed(query, &answer, &mut self.wanted, &self.options);
                self.advance(hosts);
            }
            done @ Stage::Done(_) => self.stage = done,
        }
        Ok(())
    }

    fn feed_mx(&mut self, chain: Chain, answer: Answer) {
        let found = match chain.feed(answer) {
            Ok(found) => found,
            Err(chain) => {
                self.wanted.push(chain.query());
                self.stage = Stage::Mx(chain);
                return;
            }
        };
        match &found.result {
            Ok(data) if is_null_mx(data) => self.fail(Reason::NullMx),
            Ok(_) | Err(Missing::Data) => self.look_up_hosts(found),
            Err(Missing::Name) => self.fail(Reason::NoSuchDomain),
            Err(Missing::Unknown(failure)) => self.fail(Reason::Lookup(*failure)),
        }
    }

    fn look_up_hosts(&mut self, found: Found) {
        let mut hosts = Hosts::new(found, &self.options, &mut self.dice);
        hosts.inspect(&self.options, &mut self.wanted);
        self.advance(hosts);
    }

    fn advance(&mut self, mut hosts: Hosts) {
        while hosts.is_idle() {
            if !hosts.inspect(&self.options, &mut self.wanted) {
                let (result, candidates) = hosts.finish(&self.options);
                self.done(result, candidates);
                return;
            }
        }
        self.stage = Stage::Hosts(hosts);
    }

    fn finish_literal(&mut self, address: IpAddr) {
        let result = if self.options.own_addresses.contains(&address) {
            Err(Unroutable::new(Reason::LoopsBack))
        } else if !self.options.allow_private && Reach::of(address) != Reach::Public {
            Err(Unroutable::new(Reason::RefusedAddress))
        } else {
            let trust = HostTrust {
                expanded: None,
                original_security: Security::Insecure,
                expanded_security: Security::Insecure,
            };
            let name = self.destination.clone();
            let host = Host { name, preference: 0, implicit: false, addresses: vec![address], trust };
            Ok(Route { hosts: vec![host], domain: None, mx_security: Security::Insecure })
        };
        self.done(result, Vec::new());
    }

    fn fail(&mut self, reason: Reason) {
        self.done(Err(Unroutable::new(reason)), Vec::new());
    }

    fn done(&mut self, result: Result<Route, Unroutable>, candidates: Vec<crate::outcome::Candidate>) {
        let destination = self.destination.clone();
        let lookups = std::mem::take(&mut self.lookups);
        self.stage = Stage::Done(Box::new(Outcome { destination, result, candidates, lookups }));
        self.wanted.clear();
        self.asked.clear();
    }
}

/// RFC 7505 §3: a single MX with the root as its exchange. Its preference should be 0, and is not looked at.
fn is_null_mx(data: &[Data]) -> bool {
    matches!(data, [Data::Mx { exchange, .. }] if exchange.is_root())
}
