//! A resolver that answers from a script: for tests, of this crate and of whatever uses it.
//!
//! A script is lines of `NAME TYPE VALUE`, with `#` before a comment; `$TTL 300` says for how many seconds they may be kept
//! by those who are told over the network, which is none without it. A name that no line mentions, and that is above no
//! name mentioned, does not exist. In place of a value stands a fault, for one type or for all (`*`):
//!
//! ```text
//! example.test      MX     10 mx1.example.test
//! mx1.example.test  A      192.0.2.1
//! mx1.example.test  AAAA   2001:db8::1
//! www.example.test  CNAME  example.test
//! _x.example.test   TXT    v=STSv1; id=1
//! _25._tcp.mx1.example.test  TLSA  3 1 1 00ff..
//! broken.test       *      !servfail
//! flaky.test        MX     !servfail 1-2        the first and second query of this name and type
//! flaky.test        MX     10 mx1.example.test
//! refuses.test      MX     !refused
//! gone.test         *      !nxdomain
//! bogus.test        MX     !bogus
//! silent.test       A      !drop                no answer: a timeout
//! slow.test         A      !delay 300           milliseconds, then the rest of what is said of it
//! big.test          TXT    !truncate            over UDP cut off; whole over TCP
//! garbage.test      MX     !malformed
//! signed.test       *      !secure              its records count as validated by DNSSEC
//! ```
//!
//! The example `scripted_dns` serves scripts over the network, and signs what is `!secure` if it is told to.
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::dane::Tlsa;
use crate::name::Name;
use crate::query::{Answer, Data, Failure, Kind, Query, Record, Security};
use crate::resolve::Resolve;

/// A script with its count of the questions asked.
#[derive(Debug, Default)]
pub struct Scripted {
    records: Vec<(Name, Data)>,
    faults: Vec<FaultLine>,
    ttl: u32,
    asked: Mutex<HashMap<Query, u32>>,
}

#[derive(Debug)]
struct FaultLine {
    name: Name,
    kind: Option<Kind>,
    fault: Fault,
    queries: RangeInclusive<u32>,
}

/// What goes wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// NXDOMAIN, whatever the records say.
    NxDomain,
    /// DNSSEC validation fails; on the wire this is a SERVFAIL.
    Bogus,
    /// No answer ever.
    Drop,
    /// An answer that is not DNS.
    Malformed,
    /// Cut off over UDP.
    Truncate,
    /// Late by this much.
    Delay(Duration),
    /// Not a fault: the answer is marked as validated.
    Secure,
}

/// A line of a script that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct ScriptError {
    /// Counted from 1.
    pub line: usize,
    /// What was expected.
    pub what: &'static str,
}

/// What the script says of one question: the answer, and the faults on the way.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The answer if nothing hinders it.
    pub answer: Answer,
    /// Those of [`Fault::Drop`], [`Fault::Malformed`], [`Fault::Truncate`] and [`Fault::Delay`] that apply.
    pub faults: Vec<Fault>,
}

impl Scripted {
    /// Reads a script.
    ///
    /// # Errors
    /// The first line that cannot be read, and what was expected there.
    pub fn parse(script: &str) -> Result<Self, ScriptError> {
        let mut scripted = Self::default();
        for (index, line) in script.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                scripted.line(line).map_err(|what| ScriptError { line: index + 1, what })?;
            }
        }
        Ok(scripted)
    }

    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        if let Some(ttl) = line.strip_prefix("$TTL ") {
            self.ttl = ttl.trim().parse().map_err(|_| "seconds after $TTL")?;
            return Ok(());
        }
        let mut words = line.split_whitespace();
        let name = Name::from_dns(words.next().ok_or("a name")?);
        let kind = words.next().ok_or("a type after the name")?;
        let rest: Vec<&str> = words.collect();
        match rest.first().and_then(|word| word.strip_prefix('!')) {
            Some(fault) => {
                let kind = if kind == "*" { None } else { Some(read_kind(kind)?) };
                let (fault, queries) = read_fault(fault, &rest[1..])?;
                self.faults.push(FaultLine { name, kind, fault, queries });
            }
            None => self.records.push((name, read_data(read_kind(kind)?, &rest)?)),
        }
        Ok(())
    }

    /// For how many seconds answers may be kept.
    pub fn ttl(&self) -> u32 {
        self.ttl
    }

    /// How often this was asked.
    pub fn asked(&self, query: &Query) -> u32 {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(query).copied().unwrap_or(0)
    }

    /// Counts the question and says what happens to it.
    pub fn scene(&self, query: &Query) -> Scene {
        let nth = {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let count = asked.entry(query.clone()).or_default();
            *count += 1;
            *count
        };
        let mut faults = Vec::new();
        for line in self.faults_of(&query.name, query.kind).filter(|line| line.queries.contains(&nth)) {
            match line.fault {
                Fault::ServFail => return Scene { answer: Answer::Failed(Failure::ServerFailure), faults },
                Fault::Refused => return Scene { answer: Answer::Failed(Failure::Refused), faults },
                Fault::Bogus => return Scene { answer: Answer::Failed(Failure::Bogus), faults },
                Fault::NxDomain => {
                    return Scene { answer: Answer::NoSuchName(Vec::new(), Security::Insecure), faults };
                }
                Fault::Secure => {}
                fault => faults.push(fault),
            }
        }
        Scene { answer: self.look_up(query), faults }
    }

    fn faults_of<'a>(&'a self, name: &'a Name, kind: Kind) -> impl Iterator<Item = &'a FaultLine> {
        self.faults.iter().filter(move |f| f.name == *name && f.kind.is_none_or(|k| k == kind))
    }

    /// Every owner of a record, with the type of that record.
    pub fn owners(&self) -> impl Iterator<Item = (&Name, Kind)> {
        self.records.iter().map(|(name, data)| (name, data.kind()))
    }

    /// Whether a line says of this name that it is signed, be it well or not.
    pub fn is_signed(&self, name: &Name) -> bool {
        self.faults.iter().any(|f| f.name == *name && matches!(f.fault, Fault::Secure | Fault::Bogus))
    }

    fn security(&self, name: &Name, kind: Kind) -> Security {
        let secure = self.faults_of(name, kind).any(|f| f.fault == Fault::Secure);
        if secure { Security::Secure } else { Security::Insecure }
    }

    /// What the records say, as if there were no faults. Follows aliases as a recursive server does, as far as this script
    /// knows them.
    pub fn look_up(&self, query: &Query) -> Answer {
        let mut records = Vec::new();
        let mut name = query.name.clone();
        // A loop stops by itself after every record was used once.
        for _ in 0..=self.records.len() {
            let here = |data: &Data, kind: Kind| data.kind() == kind;
            let matching = self.records.iter().filter(|r| r.0 == name && here(&r.1, query.kind));
            let found: Vec<&Data> = matching.map(|r| &r.1).collect();
            let alias = self.records.iter().find_map(|(owner, data)| match data {
                Data::Cname(target) if *owner == name => Some(target.clone()),
                _ => None,
            });
            let security = self.security(&name, query.kind);
            let mut push = |data: Data| records.push(Record { name: name.clone(), data, security });
            if !found.is_empty() {
                found.into_iter().cloned().for_each(&mut push);
                return Answer::Records(records, security);
            }
            let Some(target) = alias else {
                return if self.exists(&name) {
                    Answer::Records(records, security)
                } else {
                    Answer::NoSuchName(records, security)
                };
            };
            push(Data::Cname(target.clone()));
            name = target;
        }
        Answer::Records(records, Security::Insecure)
    }

    /// A name exists if it holds a record, or a name below it does (an empty non-terminal, RFC 8020 §2).
    fn exists(&self, name: &Name) -> bool {
        let below = format!(".{}", name.as_str());
        self.records.iter().any(|(owner, _)| owner == name || owner.as_str().ends_with(&below))
    }
}

impl Resolve for Scripted {
    /// Answers at once: [`Fault::Drop`] is the timeout it would become, [`Fault::Delay`] passes unseen.
    async fn answer(&self, query: &Query) -> Answer {
        let scene = self.scene(query);
        if scene.faults.contains(&Fault::Drop) {
            Answer::Failed(Failure::Timeout)
        } else if scene.faults.contains(&Fault::Malformed) {
            Answer::Failed(Failure::Malformed)
        } else {
            scene.answer
        }
    }
}

fn read_kind(word: &str) -> Result<Kind, &'static str> {
    let kinds = [Kind::Mx, Kind::A, Kind::Aaaa, Kind::Cname, Kind::Txt, Kind::Tlsa];
    let kind = kinds.into_iter().find(|kind| kind.to_string().eq_ignore_ascii_case(word));
    kind.ok_or("a type: MX, A, AAAA, CNAME, TXT or TLSA")
}

fn read_fault(word: &str, rest: &[&str]) -> Result<(Fault, RangeInclusive<u32>), &'static str> {
    let (fault, rest) = match word {
        "servfail" => (Fault::ServFail, rest),
        "refused" => (Fault::Refused, rest),
        "nxdomain" => (Fault::NxDomain, rest),
        "bogus" => (Fault::Bogus, rest),
        "drop" => (Fault::Drop, rest),
        "malformed" => (Fault::Malformed, rest),
        "truncate" => (Fault::Truncate, rest),
        "secure" => (Fault::Secure, rest),
        "delay" => {
            let (millis, rest) = rest.split_first().ok_or("milliseconds after !delay")?;
            let millis = millis.parse().map_err(|_| "milliseconds after !delay")?;
            (Fault::Delay(Duration::from_millis(millis)), rest)
        }
        _ => {
            return Err(
                "a fault: servfail, refused, nxdomain, bogus, drop, malformed, truncate, delay or secure",
            );
        }
    };
    let expected = "which queries, as 3 or 1-2";
    let queries = match rest {
        [] => 1..=u32::MAX,
        [range] => {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            first.parse().map_err(|_| expected)?..=last.parse().map_err(|_| expected)?
        }
        _ => return Err(expected),
    };
    Ok((fault, queries))
}

fn read_data(kind: Kind, words: &[&str]) -> Result<Data, &'static str> {
    match (kind, words) {
        (Kind::Mx, [preference, exchange]) => {
            let preference = preference.parse().map_err(|_| "a preference")?;
            Ok(Data::Mx { preference, exchange: Name::from_dns(exchange) })
        }
        (Kind::A, [address]) => address.parse().map(Data::A).map_err(|_| "an IPv4 address"),
        (Kind::Aaaa, [address]) => address.parse().map(Data::Aaaa).map_err(|_| "an IPv6 address"),
        (Kind::Cname, [target]) => Ok(Data::Cname(Name::from_dns(target))),
        (Kind::Txt, text) => Ok(Data::Txt(text.join(" ").into_bytes())),
        (Kind::Tlsa, [usage, selector, matching, data]) => {
            let number =
                |word: &str| word.parse().map_err(|_| "usage, selector and matching type as numbers");
            let data = hex(data).ok_or("the association data in hexadecimal")?;
            let (usage, selector, matching) = (number(usage)?, number(selector)?, number(matching)?);
            Ok(Data::Tlsa(Tlsa { usage, selector, matching, data }))
        }
        _ => Err("the value of the record"),
    }
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.bytes().map(|b| char::from(b).to_digit(16)).collect::<Option<Vec<u32>>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    pairs.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for (script, line, what) in [
            ("a", 1, "a type after the name"),
            ("\n\na X b", 3, "a type: MX, A, AAAA, CNAME, TXT or TLSA"),
            ("a MX mx", 1, "the value of the record"),
            ("a A 1.2.3", 1, "an IPv4 address"),
            ("a A !delay", 1, "milliseconds after !delay"),
            ("$TTL long", 1, "seconds after $TTL"),
            ("a A !servfail x", 1, "which queries, as 3 or 1-2"),
            ("a TLSA 3 1 1 0", 1, "the association data in hexadecimal"),
        ] {
            assert_eq!(Scripted::parse(script).unwrap_err(), ScriptError { line, what }, "{script}");
        }
    }

    #[test]
    fn a_fault_can_be_for_some_queries_only() {
        let dns = Scripted::parse("a.test A !servfail 2-3\na.test A 192.0.2.1").unwrap();
        let query = Query::new(Name::from_dns("a.test"), Kind::A);
        let failed: Vec<bool> =
            (0..4).map(|_| matches!(dns.scene(&query).answer, Answer::Failed(_))).collect();
        assert_eq!(failed, [false, true, true, false]);
        assert_eq!(dns.asked(&query), 4);
    }
}
