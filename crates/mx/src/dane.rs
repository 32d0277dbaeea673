//! DANE for SMTP (RFC 7672): which TLSA records count, and whether a certificate matches one.
//!
//! ```
//! use mailwright_mx::dane::{Requirement, Tlsa};
//!
//! let records = [Tlsa { usage: 3, selector: 1, matching: 1, data: vec![0; 32] }];
//! assert!(matches!(Requirement::of(&records), Requirement::Authenticate(usable) if usable.len() == 1));
//! let records = [Tlsa { usage: 0, selector: 0, matching: 1, data: vec![0; 32] }];
//! assert_eq!(Requirement::of(&records), Requirement::Encrypt);
//! ```
use std::fmt;

use crate::name::Name;
use crate::outcome::{Host, Route};
use crate::query::{Answer, Data, Failure, Kind, Query, Security};

/// A TLSA record (RFC 6698 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tlsa {
    /// Certificate usage: 2 (DANE-TA) and 3 (DANE-EE) have a meaning for SMTP.
    pub usage: u8,
    /// 0: the whole certificate; 1: its public key.
    pub selector: u8,
    /// 0: as is; 1: SHA-256; 2: SHA-512.
    pub matching: u8,
    /// The certificate, key or digest to match.
    pub data: Vec<u8>,
}

impl Tlsa {
    /// Whether a client can use this record (RFC 7672 §3.1): usages 2 and 3, known parameters, a digest of the right
    /// length.
    pub fn is_usable(&self) -> bool {
        let length = match self.matching {
            0 => !self.data.is_empty(),
            1 => self.data.len() == 32,
            2 => self.data.len() == 64,
            _ => false,
        };
        matches!(self.usage, 2 | 3) && self.selector <= 1 && length
    }
}

/// In presentation form (RFC 6698 §2.2).
impl fmt::Display for Tlsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ", self.usage, self.selector, self.matching)?;
        self.data.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// What TLSA records demand of a connection (RFC 7672 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing: there are no secure records. TLS is opportunistic.
    Nothing,
    /// Encrypt, without checking who is there: there are secure records, none of them usable.
    Encrypt,
    /// Encrypt, and match one of these.
    Authenticate(Vec<Tlsa>),
    /// Do not use this host now: the question failed.
    Unknown(Failure),
}

impl Requirement {
    /// Of secure records.
    pub fn of(records: &[Tlsa]) -> Self {
        let usable: Vec<Tlsa> = records.iter().filter(|record| record.is_usable()).cloned().collect();
        match (records.is_empty(), usable.is_empty()) {
            (true, _) => Self::Nothing,
            (false, true) => Self::Encrypt,
            (false, false) => Self::Authenticate(usable),
        }
    }
}

/// What is demanded, in words.
impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("no TLSA records that validate"),
            Self::Encrypt => f.write_str("TLS, whatever the certificate: no TLSA record is usable"),
            Self::Authenticate(records) => {
                f.write_str("TLS with a certificate that matches ")?;
                for (at, record) in records.iter().enumerate() {
                    write!(f, "{}{record}", if at == 0 { "" } else { " or " })?;
                }
                Ok(())
            }
            Self::Unknown(failure) => write!(f, "not used now: {failure}"),
        }
    }
}

/// The search for a host's TLSA records: one base domain after the other (RFC 7672 §2.2.3).
///
/// [`Search::query`] is asked and [`Search::feed`] takes the answer until [`Search::query`] is `None`; then
/// [`Search::end`] says what holds.
#[derive(Clone, Debug)]
pub struct Search {
    port: u16,
    bases: Vec<Name>,
    at: usize,
    requirement: Requirement,
    references: Vec<Name>,
}

impl Search {
    /// For a host of a route. Where the host's address is not secure there is nothing to ask (RFC 7672 §2.2.2).
    ///
    /// An insecure MX list does not keep its hosts' records from being used (RFC 7672 §2.2.1): they guard against all but
    /// a forged list.
    pub fn new(route: &Route, host: &Host, port: u16) -> Self {
        let original = Name::parse(&host.name).ok();
        let trust = &host.trust;
        let expanded = trust.expanded.clone().filter(|_| trust.expanded_security == Security::Secure);
        let original = original.filter(|_| trust.original_security == Security::Secure);
        let mut bases: Vec<Name> = expanded.into_iter().chain(original).collect();
        bases.dedup();
        if route.domain.is_none() {
            bases.clear();
        }
        let references = match (&route.domain, route.mx_security) {
            (Some(domain), Security::Secure) => vec![domain.clone()],
            _ => Vec::new(),
        };
        Self { port, bases, at: 0, requirement: Requirement::Nothing, references }
    }

    /// What to ask next.
    pub fn query(&self) -> Option<Query> {
        let base = self.bases.get(self.at)?;
        Some(Query::new(base.prefixed(&format!("_{}._tcp", self.port)), Kind::Tlsa))
    }

    /// Takes the answer to [`Search::query`].
    pub fn feed(&mut self, answer: Answer) {
        let records = match answer {
            Answer::Failed(failure) => {
                // "Lookup errors ... MUST result in falling back to the next SMTP server or delayed delivery."
                self.requirement = Requirement::Unknown(failure);
                self.bases.clear();
                return;
            }
            Answer::Records(records, _) if records.iter().all(|r| r.security == Security::Secure) => records,
            _ => Vec::new(),
        };
        let tlsa: Vec<Tlsa> = records
            .into_iter()
            .filter_map(|record| match record.data {
                Data::Tlsa(tlsa) => Some(tlsa),
                _ => None,
            })
            .collect();
        self.requirement = Requirement::of(&tlsa);
        if self.requirement == Requirement::Nothing {
            self.at += 1;
        } else {
            // The base is the first name that a certificate under DANE-TA may bear (RFC 7672 §3.2.2).
            self.references.insert(0, self.bases[self.at].clone());
            self.bases.clear();
        }
    }

    /// What holds, and the names of which a certificate under DANE-TA must bear one. The first goes into SNI.
    pub fn end(self) -> (Requirement, Vec<Name>) {
        (self.requirement, self.references)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::HostTrust;
    use crate::query::Record;
    use crate::query::Security::{Insecure, Secure};

    fn tlsa(usage: u8, selector: u8, matching: u8, length: usize) -> Tlsa {
        Tlsa { usage, selector, matching, data: vec![7; length] }
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn usable_records_are_told_from_the_rest() {
        for (record, usable) in [
            (tlsa(3, 1, 1, 32), true),
            (tlsa(3, 0, 2, 64), true),
            (tlsa(2, 0, 1, 32), true),
            (tlsa(3, 1, 0, 91), true),
            (tlsa(0, 0, 1, 32), false),
            (tlsa(1, 1, 1, 32), false),
            (tlsa(255, 1, 1, 32), false),
            (tlsa(3, 2, 1, 32), false),
            (tlsa(3, 1, 3, 32), false),
            (tlsa(3, 1, 1, 31), false),
            (tlsa(3, 1, 2, 32), false),
            (tlsa(3, 1, 0, 0), false),
        ] {
            assert_eq!(record.is_usable(), usable, "{record:?}");
        }
        assert_eq!(tlsa(3, 1, 2, 2).to_string(), "3 1 2 0707");
        assert_eq!(Requirement::of(&[]), Requirement::Nothing);
        assert_eq!(Requirement::of(&[tlsa(0, 0, 1, 32)]), Requirement::Encrypt);
        let mixed = Requirement::of(&[tlsa(0, 0, 1, 32), tlsa(3, 1, 1, 32)]);
        assert_eq!(mixed, Requirement::Authenticate(vec![tlsa(3, 1, 1, 32)]));
    }

    /// A host `m.test`, perhaps an alias of `n.test`.
    fn search(expanded: &str, original: Security, all: Security, mx: Security) -> Search {
        let trust =
            HostTrust { expanded: Some(name(expanded)), original_security: original, expanded_security: all };
        let addresses = vec!["192.0.2.1".parse().unwrap()];
        let host = Host { name: "m.test".into(), preference: 0, implicit: false, addresses, trust };
        let route = Route { hosts: vec![host.clone()], domain: Some(name("d.test")), mx_security: mx };
        Search::new(&route, &host, 25)
    }

    fn asked(mut search: Search, answers: &[Answer]) -> (Vec<String>, Requirement, Vec<Name>) {
        let mut asked = Vec::new();
        let mut answers = answers.iter().cloned();
        while let Some(query) = search.query() {
            asked.push(query.name.to_string());
            search.feed(answers.next().unwrap_or(Answer::empty()));
        }
        let (requirement, references) = search.end();
        (asked, requirement, references)
    }

    fn found(security: Security) -> Answer {
        let record = Record { name: name("x.test"), data: Data::Tlsa(tlsa(3, 1, 1, 32)), security };
        Answer::Records(vec![record], security)
    }

    #[test]
    fn the_base_domains_are_those_of_rfc_7672() {
        for (expanded, original, all, expected) in [
            ("m.test", Secure, Secure, &["_25._tcp.m.test"][..]),
            ("m.test", Insecure, Insecure, &[]),
            ("n.test", Secure, Secure, &["_25._tcp.n.test", "_25._tcp.m.test"]),
            ("n.test", Secure, Insecure, &["_25._tcp.m.test"]),
            ("n.test", Insecure, Insecure, &[]),
        ] {
            let (asked, requirement, _) = asked(search(expanded, original, all, Secure), &[]);
            assert_eq!(asked, expected, "{expanded} {original:?} {all:?}");
            assert_eq!(requirement, Requirement::Nothing);
        }
    }

    #[test]
    fn the_first_secure_records_decide() {
        let aliased = || search("n.test", Secure, Secure, Secure);
        let (asked_names, requirement, references) = asked(aliased(), &[found(Secure)]);
        assert_eq!((asked_names.len(), references), (1, vec![name("n.test"), name("d.test")]));
        assert!(matches!(requirement, Requirement::Authenticate(_)));
        let (_, requirement, references) = asked(aliased(), &[found(Insecure), found(Secure)]);
        assert_eq!(references, [name("m.test"), name("d.test")]);
        assert!(matches!(requirement, Requirement::Authenticate(_)));
        let (_, requirement, _) = asked(aliased(), &[found(Insecure), found(Insecure)]);
        assert_eq!(requirement, Requirement::Nothing);
    }

    #[test]
    fn a_failed_question_rules_the_host_out() {
        let (asked, requirement, _) =
            asked(search("n.test", Secure, Secure, Secure), &[Answer::Failed(Failure::Bogus)]);
        assert_eq!(asked.len(), 1);
        assert_eq!(requirement, Requirement::Unknown(Failure::Bogus));
    }

    #[test]
    fn an_insecure_list_leaves_the_host_as_the_only_name() {
        let (_, requirement, references) =
            asked(search("m.test", Secure, Secure, Insecure), &[found(Secure)]);
        assert!(matches!(requirement, Requirement::Authenticate(_)));
        assert_eq!(references, [name("m.test")]);
    }
}
