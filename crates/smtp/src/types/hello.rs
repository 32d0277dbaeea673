//! The name a client gives itself.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::{
    error::SyntaxError,
    parse::address::{IN, Kind, kind},
    types::AddressLiteral,
};

/// What a name is made of.
static NAME: Kind = kind(b"-._:[]");

/// The argument of `EHLO`, `HELO` and `LHLO`: RFC 5321 §4.1.1.1.
///
/// What clients send here is often no domain (`my_laptop`, `[10.0.0.1`), so any run of letters, digits and
/// `-._:[]` up to 255 octets is taken: enough that it can stand in a `Received` field and a log.
///
/// ```
/// use mailwright_smtp::types::HelloName;
/// assert_eq!("client.example.org".parse::<HelloName>()?.as_str(), "client.example.org");
/// assert!("evil\r\nMAIL".parse::<HelloName>().is_err());
/// # Ok::<(), mailwright_smtp::error::SyntaxError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HelloName(Box<str>);

impl HelloName {
    /// The longest name, in octets.
    pub const MAX: usize = 255;

    /// As it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HelloName {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        let named = |b: u8| NAME[usize::from(b)] == IN;
        if text.is_empty() || !text.bytes().fold(true, |all, b| all & named(b)) {
            let at = text.bytes().position(|b| !named(b)).unwrap_or(0);
            return Err(SyntaxError { expected: "a host name or an address literal", at });
        }
        if text.len() > Self::MAX {
            return Err(SyntaxError { expected: "a shorter host name", at: Self::MAX });
        }
        Ok(Self(text.into()))
    }
}

impl From<IpAddr> for HelloName {
    fn from(ip: IpAddr) -> Self {
        Self(AddressLiteral::Ip(ip).to_string().into())
    }
}

impl fmt::Display for HelloName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
