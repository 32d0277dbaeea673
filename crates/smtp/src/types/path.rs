//! The two paths of an envelope.

use std::{fmt, str::FromStr};

use crate::{error::SyntaxError, parse, types::Mailbox};

/// Where failures are reported to: RFC 5321 §4.1.2. A source route is accepted and dropped.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ReversePath {
    /// `<>`: nowhere. What bounces carry, RFC 5321 §4.5.5.
    Null,
    /// `<local-part@domain>`
    Mailbox(Mailbox),
}

/// Where the message goes to: RFC 5321 §4.1.2. A source route is accepted and dropped (RFC 5321 §3.6.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ForwardPath {
    /// `<Postmaster>`, in any case and without a domain: the server's own, RFC 5321 §4.5.1.
    Postmaster,
    /// `<local-part@domain>`
    Mailbox(Mailbox),
}

impl ReversePath {
    /// The mailbox, unless the path is null.
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            Self::Null => None,
            Self::Mailbox(mailbox) => Some(mailbox),
        }
    }

    /// `<>`
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

impl ForwardPath {
    /// The mailbox, unless it is the domainless postmaster.
    pub fn mailbox(&self) -> Option<&Mailbox> {
        match self {
            Self::Postmaster => None,
            Self::Mailbox(mailbox) => Some(mailbox),
        }
    }
}

impl From<Mailbox> for ReversePath {
    fn from(mailbox: Mailbox) -> Self {
        Self::Mailbox(mailbox)
    }
}

impl From<Option<Mailbox>> for ReversePath {
    fn from(mailbox: Option<Mailbox>) -> Self {
        mailbox.map_or(Self::Null, Self::Mailbox)
    }
}

impl From<Mailbox> for ForwardPath {
    fn from(mailbox: Mailbox) -> Self {
        Self::Mailbox(mailbox)
    }
}

impl fmt::Display for ReversePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("<>"),
            Self::Mailbox(mailbox) => write!(f, "<{mailbox}>"),
        }
    }
}

impl fmt::Display for ForwardPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postmaster => f.write_str("<postmaster>"),
            Self::Mailbox(mailbox) => write!(f, "<{mailbox}>"),
        }
    }
}

impl FromStr for ReversePath {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        parse::whole(text, parse::address::reverse_path, "a reverse path")
    }
}

impl FromStr for ForwardPath {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        parse::whole(text, parse::address::forward_path, "a forward path")
    }
}
