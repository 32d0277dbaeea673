//! What a plan ends in: an ordered list of hosts, or the reason there is none; and the story of both.
use std::fmt;
use std::net::IpAddr;

use crate::address::Reach;
use crate::name::{Name, NameError};
use crate::query::{Failure, Query, Security};

/// The end of a plan. `Display` tells it to a person; with the feature `serde` it serialises whole.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Outcome {
    /// The domain or address literal as it was given.
    pub destination: String,
    /// Where the mail goes, best host first, or why nowhere.
    pub result: Result<Route, Unroutable>,
    /// Every host that was considered, best first, with the verdict on it.
    pub candidates: Vec<Candidate>,
    /// Every question asked, in order, and what came back.
    pub lookups: Vec<Lookup>,
}

/// Where to connect, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Route {
    /// Never empty; each with at least one address.
    pub hosts: Vec<Host>,
    /// The name that held the MX records (the next-hop domain after aliases); `None` for an address literal.
    pub domain: Option<Name>,
    /// DNSSEC state of the MX records and of every alias before them.
    pub mx_security: Security,
}

/// One host to try.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Host {
    /// The name in the MX record (its original form); for an address literal, the literal.
    pub name: String,
    /// The preference; 0 for an implicit MX or an address literal.
    pub preference: u16,
    /// Whether the domain has no MX record and is its own host (RFC 5321 §5.1).
    pub implicit: bool,
    /// Addresses to try in this order. Never empty.
    pub addresses: Vec<IpAddr>,
    /// What DNSSEC says, and the name behind aliases: what DANE needs (RFC 7672 §2.2.2).
    pub trust: HostTrust,
}

/// The DNSSEC state of a host's addresses, for the name as given and for the name its aliases lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HostTrust {
    /// The name that holds the addresses; the same as the host's unless it is an alias.
    pub expanded: Option<Name>,
    /// Of the first record at the host's own name.
    pub original_security: Security,
    /// Of the whole chain down to the addresses.
    pub expanded_security: Security,
}

/// Why there is no host to send to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Unroutable {
    /// The enhanced status code of a reply or report (RFC 3463).
    pub status: Status,
    /// What is wrong.
    pub reason: Reason,
}

impl Unroutable {
    pub(crate) fn new(reason: Reason) -> Self {
        Self { status: reason.status(), reason }
    }

    /// Whether trying later may help.
    pub fn is_temporary(&self) -> bool {
        self.status.class == 4
    }
}

impl fmt::Display for Unroutable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.reason)
    }
}

impl std::error::Error for Unroutable {}

/// What is wrong with a destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Reason {
    /// 5.1.2: not a domain at all.
    #[error("{0}")]
    BadDomain(NameError),
    /// 5.1.2: the domain does not exist.
    #[error("the domain does not exist")]
    NoSuchDomain,
    /// 5.1.10: the domain says that it takes no mail (RFC 7505).
    #[error("the domain accepts no mail (null MX)")]
    NullMx,
    /// 5.4.4: neither MX nor address.
    #[error("the domain has neither a mail exchanger nor an address")]
    NoHost,
    /// 5.4.4: it names mail exchangers, and none can be used. Temporary failures among them make it [`Reason::Lookup`].
    #[error("none of the domain's mail exchangers can be used")]
    NoUsableHost,
    /// 5.4.4: every address is of a kind that mail is not relayed to.
    #[error("the domain's mail exchangers have only addresses that mail is not relayed to")]
    RefusedAddress,
    /// 5.4.6: mail for this domain would come back here, and it is not a domain of this server.
    #[error("mail for the domain loops back to this server")]
    LoopsBack,
    /// 4.4.3: the DNS did not say.
    #[error("the domain's mail exchangers cannot be found out now: {0}")]
    Lookup(Failure),
}

impl Reason {
    /// The enhanced status code (RFC 3463; 5.1.10 from RFC 7505 §4.2).
    pub fn status(&self) -> Status {
        match self {
            Self::BadDomain(_) | Self::NoSuchDomain => Status::new(5, 1, 2),
            Self::NullMx => Status::new(5, 1, 10),
            Self::NoHost | Self::NoUsableHost | Self::RefusedAddress => Status::new(5, 4, 4),
            Self::LoopsBack => Status::new(5, 4, 6),
            Self::Lookup(_) => Status::new(4, 4, 3),
        }
    }
}

/// An enhanced mail system status code (RFC 3463 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Status {
    /// 2, 4 or 5.
    pub class: u8,
    /// Up to 999.
    pub subject: u16,
    /// Up to 999.
    pub detail: u16,
}

impl Status {
    /// Puts the three numbers together.
    pub const fn new(class: u8, subject: u16, detail: u16) -> Self {
        Self { class, subject, detail }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Status {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A host that was considered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Candidate {
    /// The exchange as the MX record has it.
    pub name: Name,
    /// Its preference.
    pub preference: u16,
    /// Whether it stands for a domain without MX records.
    pub implicit: bool,
    /// Whether and why it is used.
    pub verdict: Verdict,
    /// The addresses found, with the verdict on each.
    pub addresses: Vec<(IpAddr, AddressVerdict)>,
}

/// Whether a host is used, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum Verdict {
    /// In the route.
    Used,
    /// It is this server (RFC 5321 §5.1).
    Itself,
    /// Its preference is not better than this server's own: it would hand the mail back.
    NotBetterThanItself,
    /// The record's target is not the name of a host.
    BadName(NameError),
    /// The root among other exchanges: a null MX only counts alone (RFC 7505 §3).
    NullAmongOthers,
    /// The same host at a better preference.
    Duplicate,
    /// The name does not exist.
    NoSuchName,
    /// The name has no address of a family in use.
    NoAddress,
    /// Every address is refused.
    RefusedAddresses,
    /// Its addresses could not be found out now.
    Unknown(Failure),
    /// Better hosts fill the plan.
    BeyondLimit,
}

/// Whether an address is used, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
pub enum AddressVerdict {
    /// In the route.
    Used,
    /// Not an address that mail is relayed to.
    Refused(Reach),
    /// An address of this server.
    Own,
    /// Left out for the sake of the others.
    BeyondLimit,
}

/// A question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Lookup {
    /// What was asked.
    pub query: Query,
    /// What came back, in words.
    pub answer: String,
}
