//! Following aliases, with a bound (RFC 5321 §5.1: "the resulting name is processed as if it were the initial name").
use crate::name::Name;
use crate::query::{Answer, Data, Failure, Kind, Query, Record, Security};

/// One name and type being looked up, alias by alias.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    kind: Kind,
    /// The names passed, the one asked first at the front; the last is where the chain stands.
    path: Vec<Name>,
    aliases: usize,
    security: Security,
    initial: Option<Security>,
}

/// What a chain came to.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) result: Result<Vec<Data>, Missing>,
    /// The names passed; the first is the one asked, the last the one that holds the records.
    pub(super) path: Vec<Name>,
    /// Of everything together: each alias, and the records or their absence.
    pub(super) security: Security,
    /// Of the first step alone, which is what the original name vouches for (RFC 7672 §2.2.2).
    pub(super) initial: Security,
}

impl Found {
    /// A host that was chosen by the caller: as if the domain of that name had no MX.
    pub(super) fn chosen(name: Name) -> Self {
        let security = Security::Insecure;
        Self { result: Err(Missing::Data), path: vec![name], security, initial: security }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    Name,
    Data,
    Unknown(Failure),
}

impl Chain {
    pub(super) fn new(name: Name, kind: Kind, aliases: usize) -> Self {
        Self { kind, path: vec![name], aliases, security: Security::Secure, initial: None }
    }

    /// The question this chain now needs answered.
    pub(super) fn query(&self) -> Query {
        Query::new(self.here().clone(), self.kind)
    }

    fn here(&self) -> &Name {
        // Never empty: made with one name, and only ever pushed to.
        &self.path[self.path.len() - 1]
    }

    /// Takes the answer; `Err` gives back the chain when it leads to a name whose records were not in this answer.
    pub(super) fn feed(mut self, answer: Answer) -> Result<Found, Self> {
        let (records, no_such_name, empty_security) = match answer {
            Answer::Failed(failure) => return Ok(self.missing(Missing::Unknown(failure))),
            Answer::Records(records, security) => (records, false, security),
            Answer::NoSuchName(records, security) => (records, true, security),
        };
        let asked = self.path.len();
        loop {
            let data = self.records_here(&records);
            if !data.is_empty() {
                return Ok(self.found(Ok(data)));
            }
            let Some((target, security)) = self.alias_here(&records) else { break };
            self.note(security);
            if self.path.contains(target) {
                return Ok(self.missing(Missing::Unknown(Failure::ChainLoop)));
            }
            if self.path.len() > self.aliases {
                return Ok(self.missing(Missing::Unknown(Failure::ChainTooLong)));
            }
            self.path.push(target.clone());
        }
        if no_such_name {
            self.note(empty_security);
            return Ok(self.missing(Missing::Name));
        }
        if self.path.len() > asked {
            return Err(self);
        }
        self.note(empty_security);
        Ok(self.missing(Missing::Data))
    }

    fn records_here(&mut self, records: &[Record]) -> Vec<Data> {
        let mut data = Vec::new();
        let mut security = Security::Secure;
        for record in records.iter().filter(|r| r.data.kind() == self.kind && r.name == *self.here()) {
            security = security.and(record.security);
            data.push(record.data.clone());
        }
        if !data.is_empty() {
            self.note(security);
        }
        data
    }

    fn alias_here<'a>(&self, records: &'a [Record]) -> Option<(&'a Name, Security)> {
        records.iter().find_map(|record| match &record.data {
            Data::Cname(target) if record.name == *self.here() => Some((target, record.security)),
            _ => None,
        })
    }

    fn note(&mut self, security: Security) {
        self.security = self.security.and(security);
        self.initial.get_or_insert(security);
    }

    fn missing(self, missing: Missing) -> Found {
        self.found(Err(missing))
    }

    fn found(self, result: Result<Vec<Data>, Missing>) -> Found {
        let initial = self.initial.unwrap_or_default();
        let security = if self.initial.is_some() { self.security } else { Security::Insecure };
        Found { result, path: self.path, security, initial }
    }
}
