//! Address literals: `[192.0.2.1]`, `[IPv6:2001:db8::1]` and the general form.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::{error::SyntaxError, parse};

/// An address in place of a domain name, RFC 5321 §4.1.3.
///
/// ```
/// use mailwright_smtp::types::AddressLiteral;
/// let literal: AddressLiteral = "[IPv6:2001:db8::1]".parse()?;
/// assert_eq!(literal, AddressLiteral::Ip("2001:db8::1".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AddressLiteral {
    /// IPv4, or IPv6 with its `IPv6:` tag.
    Ip(IpAddr),
    /// `[tag:content]` with a tag this crate does not know.
    General {
        /// The standardised tag, a host-name label.
        tag: Box<str>,
        /// What follows the colon: printable ASCII without brackets and backslash.
        content: Box<str>,
    },
}

impl fmt::Display for AddressLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(IpAddr::V4(ip)) => write!(f, "[{ip}]"),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[IPv6:{ip}]"),
            Self::General { tag, content } => write!(f, "[{tag}:{content}]"),
        }
    }
}

impl From<IpAddr> for AddressLiteral {
    fn from(ip: IpAddr) -> Self {
        Self::Ip(ip)
    }
}

impl FromStr for AddressLiteral {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        parse::whole(text, parse::address::address_literal, "an address literal")
    }
}
