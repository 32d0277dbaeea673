//! What the plan asks of the DNS, and the form in which it takes the answer.
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::name::Name;

/// One question. It is its own key: the same question is outstanding at most once in a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Query {
    /// The name asked, absolute: no search list may be applied (RFC 5321 §5.1).
    pub name: Name,
    /// The type of record.
    pub kind: Kind,
}

impl Query {
    /// Makes a question.
    pub fn new(name: Name, kind: Kind) -> Self {
        Self { name, kind }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.kind)
    }
}

/// The types of record that mail needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "UPPERCASE"))]
pub enum Kind {
    /// Mail exchanges (RFC 1035 §3.3.9).
    Mx,
    /// IPv4 addresses.
    A,
    /// IPv6 addresses (RFC 3596).
    Aaaa,
    /// An alias; asked only by itself when a chain must be told apart from its end.
    Cname,
    /// Text: MTA-STS and TLSRPT records.
    Txt,
    /// TLS certificate associations (RFC 6698).
    Tlsa,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mx => "MX",
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Txt => "TXT",
            Self::Tlsa => "TLSA",
        })
    }
}

/// What DNSSEC says of a record or of an answer that holds none (RFC 4035 §4.3). A bogus answer is no answer at all:
/// [`Failure::Bogus`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Security {
    /// Validated, here or by a trusted resolver over a trusted path.
    Secure,
    /// Not signed, or nobody validated it: the two are the same to DANE (RFC 7672 §2.1.1).
    #[default]
    Insecure,
}

impl Security {
    /// As strong as the weaker of the two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if self == Self::Secure { other } else { Self::Insecure }
    }
}

/// One resource record of the answer section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The owner.
    pub name: Name,
    /// The contents.
    pub data: Data,
    /// Its DNSSEC state.
    pub security: Security,
}

/// The contents of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// RFC 1035 §3.3.9.
    Mx {
        /// Lower is better.
        preference: u16,
        /// The host; the root for a null MX.
        exchange: Name,
    },
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// An alias.
    Cname(Name),
    /// Text, its strings joined (RFC 7208 §3.3, RFC 8461 §3.1).
    Txt(Vec<u8>),
    /// RFC 6698 §2.1.
    Tlsa(crate::dane::Tlsa),
}

impl Data {
    /// The type of record this is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Mx { .. } => Kind::Mx,
            Self::A(_) => Kind::A,
            Self::Aaaa(_) => Kind::Aaaa,
            Self::Cname(_) => Kind::Cname,
            Self::Txt(_) => Kind::Txt,
            Self::Tlsa(_) => Kind::Tlsa,
        }
    }
}

/// The answer to one [`Query`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// NOERROR: the whole answer section, aliases included; empty when the name has no record of this type (NODATA).
    Records(Vec<Record>, Security),
    /// NXDOMAIN, with the aliases that led there: the last name of the chain does not exist (RFC 6604 §3).
    NoSuchName(Vec<Record>, Security),
    /// Nothing could be learnt; try later.
    Failed(Failure),
}

impl Answer {
    /// An answer without records or promises: NODATA.
    pub fn empty() -> Self {
        Self::Records(Vec::new(), Security::Insecure)
    }

    /// How long-winded failures and answers read in an explanation.
    pub fn describe(&self) -> String {
        match self {
            Self::Records(records, _) if records.is_empty() => "no record".to_owned(),
            Self::Records(records, _) if records.len() == 1 => "1 record".to_owned(),
            Self::Records(records, _) => format!("{} records", records.len()),
            Self::NoSuchName(..) => "no such name".to_owned(),
            Self::Failed(failure) => failure.to_string(),
        }
    }
}

/// Why nothing could be learnt. Every one of these is temporary: the mail waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Failure {
    /// No name server answered in time.
    #[error("no name server answered in time")]
    Timeout,
    /// SERVFAIL.
    #[error("the name server failed (SERVFAIL)")]
    ServerFailure,
    /// REFUSED, or another code that is neither yes nor no.
    #[error("the name server refused")]
    Refused,
    /// An answer that is not a DNS message, or does not answer the question.
    #[error("the name server's answer is malformed")]
    Malformed,
    /// A DNSSEC signature that does not fit; never treated as unsigned (RFC 4035 §4.3).
    #[error("the answer fails DNSSEC validation")]
    Bogus,
    /// No name server could be reached.
    #[error("no name server can be reached")]
    Unreachable,
    /// More aliases in a row than the limit.
    #[error("the chain of aliases is too long")]
    ChainTooLong,
    /// An alias that leads back to itself.
    #[error("the aliases form a loop")]
    ChainLoop,
}
