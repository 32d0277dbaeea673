//! MX: whatever a name server, a policy host or a person says, a plan ends, within its bounds, at no forbidden place.

use mailwright_mx::{
    Answer, Data, Failure, Kind, Limits, Name, Options, Plan, Query, Reach, Record, Security, Step,
    address_literal,
    dane::{Requirement, Search, Tlsa},
    sts::{Discovery, Policy, Response, policy_id},
};
use std::net::IpAddr;

/// Octets that decide one thing after another; nothing but zeros when they are used up.
struct Dice<'a>(&'a [u8]);

impl Dice<'_> {
    fn octet(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn octets<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.octet())
    }

    /// One of few names, so that chains and loops come about; now and then an odd one.
    fn name(&mut self) -> Name {
        match self.octet() {
            which @ 0..=199 => Name::from_dns(&format!("h{}.test", which % 8)),
            200..=209 => Name::from_dns("."),
            210..=219 => Name::from_dns("self.test"),
            length => {
                let length = usize::from(length % 32).min(self.0.len());
                let (text, rest) = self.0.split_at(length);
                self.0 = rest;
                Name::from_dns(&String::from_utf8_lossy(text))
            }
        }
    }

    fn security(&mut self) -> Security {
        if self.octet() % 2 == 0 { Security::Insecure } else { Security::Secure }
    }

    fn data(&mut self, asked: Kind) -> Data {
        match (self.octet() % 8, asked) {
            (0, _) => Data::Cname(self.name()),
            (1, _) => Data::Mx { preference: u16::from(self.octet()), exchange: self.name() },
            (_, Kind::Mx) => Data::Mx { preference: u16::from(self.octet() % 4), exchange: self.name() },
            (_, Kind::A) => Data::A(self.octets::<4>().into()),
            (_, Kind::Aaaa) => Data::Aaaa(self.octets::<16>().into()),
            (_, Kind::Cname) => Data::Cname(self.name()),
            (_, Kind::Txt) => Data::Txt(self.octets::<12>().to_vec()),
            (_, Kind::Tlsa) => {
                let [usage, selector, matching, length] = self.octets();
                let data = (0..length % 70).map(|_| self.octet()).collect();
                Data::Tlsa(Tlsa { usage: usage % 5, selector: selector % 3, matching: matching % 4, data })
            }
        }
    }

    fn answer(&mut self, query: &Query) -> Answer {
        let count = match self.octet() {
            255 => return Answer::Failed(Failure::Timeout),
            254 => return Answer::Failed(Failure::Bogus),
            253 => 1_500,
            other => usize::from(other % 8),
        };
        let records = (0..count).map(|_| {
            let name = if self.octet() < 220 { query.name.clone() } else { self.name() };
            Record { name, data: self.data(query.kind), security: self.security() }
        });
        let records: Vec<Record> = records.collect();
        if self.octet() < 230 {
            Answer::Records(records, self.security())
        } else {
            Answer::NoSuchName(records, self.security())
        }
    }
}

/// A plan is fed arbitrary answers.
pub fn plan(data: &[u8]) {
    let mut dice = Dice(data);
    let limits = Limits { records: 1_000, ..Limits::default() };
    let own: IpAddr = "198.51.100.1".parse().expect("an address");
    let options = Options {
        seed: u64::from_be_bytes(dice.octets()),
        own_names: vec![Name::from_dns("self.test")],
        own_addresses: vec![own],
        limits: limits.clone(),
        ..Options::default()
    };
    let mut plan = Plan::new("h0.test", options);
    let mut asked = 0;
    let outcome = loop {
        match plan.poll() {
            Step::Query(query) => {
                asked += 1;
                // Each alias of the domain, and for each host two families with their aliases.
                assert!(asked <= (1 + limits.aliases) * (1 + 2 * limits.inspected), "no end of questions");
                let answer = dice.answer(&query);
                plan.feed(&query, answer.clone()).expect("it was asked");
                plan.feed(&query, answer).expect_err("it was answered");
            }
            Step::Wait => panic!("every question was answered"),
            Step::Done(outcome) => break outcome,
        }
    };
    assert!(!outcome.to_string().is_empty());
    let Ok(route) = &outcome.result else { return };
    assert!(!route.hosts.is_empty() && route.hosts.len() <= limits.hosts);
    assert!(route.hosts.is_sorted_by_key(|host| host.preference));
    assert!(route.hosts.iter().map(|host| host.addresses.len()).sum::<usize>() <= limits.addresses);
    for host in &route.hosts {
        assert!(!host.addresses.is_empty() && host.name != "self.test");
        assert!(host.addresses.iter().all(|at| Reach::of(*at) == Reach::Public && *at != own));
        let mut search = Search::new(route, host, 25);
        let mut questions = 0;
        while let Some(query) = search.query() {
            questions += 1;
            assert!(questions <= 2, "one question for each base domain");
            search.feed(dice.answer(&query));
        }
        if let (Requirement::Authenticate(records), references) = search.end() {
            assert!(!records.is_empty() && records.iter().all(Tlsa::is_usable) && !references.is_empty());
        }
    }
}

/// A policy file, the record that announces it, and what an HTTPS server may answer.
pub fn policy(data: &[u8]) {
    if let Ok(policy) = Policy::parse(data) {
        assert_eq!(Policy::parse(policy.to_string().as_bytes()).as_ref(), Ok(&policy));
    }
    let name = Name::from_dns("_mta-sts.d.test");
    let record = Record { name, data: Data::Txt(data.to_vec()), security: Security::Insecure };
    if let Some(id) = policy_id(&Answer::Records(vec![record], Security::Insecure)) {
        assert!((1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
    let Discovery::Fetch(fetch) = Discovery::new(&Name::from_dns("d.test"), None, Some("1"), 0) else {
        panic!("nothing is cached");
    };
    let response = Response { status: 200, content_type: "text/plain".into(), body: data.to_vec() };
    let found = fetch.found(Ok(response));
    // A policy that may be kept for no time at all is in force for this mail.
    assert_eq!(found.policy.is_some(), found.rejected.is_none());
}

/// A domain as a person or an envelope has it.
pub fn name(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(name) = Name::parse(&text) {
        assert_eq!(name.host_fault(), None);
        assert_eq!(Name::parse(name.as_str()).as_ref(), Ok(&name));
        assert_eq!(Name::from_dns(&format!("{name}.")), name);
    }
    _ = Name::from_dns(&text).host_fault();
    if let Some(address) = address_literal(&text) {
        assert!(text.starts_with('[') && text.ends_with(']'));
        _ = Reach::of(address).describe();
    }
}
