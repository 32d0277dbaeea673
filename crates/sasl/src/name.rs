//! The names of the mechanisms.

use std::{fmt, str::FromStr};

use thiserror::Error;

use crate::hash::Hash;

/// The name of a mechanism this crate does not speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("unknown SASL mechanism")]
pub struct UnknownMechanism;

/// A SASL mechanism this crate speaks, in order of strength.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// SCRAM bound to the TLS channel, RFC 5802 §6.
    ScramPlus(Hash),
    /// SCRAM, RFC 5802 and RFC 7677.
    Scram(Hash),
    /// The client is known from outside, by its certificate: RFC 4422 appendix A.
    External,
    /// A bearer token, RFC 7628.
    OAuthBearer,
    /// A bearer token, in the form that came before RFC 7628.
    XOAuth2,
    /// RFC 2195: the server must keep the password itself.
    CramMd5,
    /// RFC 4616: the password as it is.
    Plain,
    /// The password as it is, asked for in two steps. Never specified, widely used.
    Login,
    /// RFC 4505.
    Anonymous,
}

impl Name {
    /// All of them, the strongest first.
    pub const ALL: [Self; 13] = [
        Self::ScramPlus(Hash::Sha512),
        Self::ScramPlus(Hash::Sha256),
        Self::ScramPlus(Hash::Sha1),
        Self::External,
        Self::Scram(Hash::Sha512),
        Self::Scram(Hash::Sha256),
        Self::Scram(Hash::Sha1),
        Self::OAuthBearer,
        Self::XOAuth2,
        Self::CramMd5,
        Self::Plain,
        Self::Login,
        Self::Anonymous,
    ];

    /// The registered name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScramPlus(Hash::Sha1) => "SCRAM-SHA-1-PLUS",
            Self::ScramPlus(Hash::Sha256) => "SCRAM-SHA-256-PLUS",
            Self::ScramPlus(Hash::Sha512) => "SCRAM-SHA-512-PLUS",
            Self::Scram(hash) => hash.scram(),
            Self::External => "EXTERNAL",
            Self::OAuthBearer => "OAUTHBEARER",
            Self::XOAuth2 => "XOAUTH2",
            Self::CramMd5 => "CRAM-MD5",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// Whether whoever reads the connection learns the password or the token.
    pub fn is_plaintext(self) -> bool {
        matches!(self, Self::Plain | Self::Login | Self::OAuthBearer | Self::XOAuth2)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Name {
    type Err = UnknownMechanism;

    /// Upper and lower case are the same, as in the commands that carry the name.
    fn from_str(name: &str) -> Result<Self, UnknownMechanism> {
        Self::ALL.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(name)).ok_or(UnknownMechanism)
    }
}
