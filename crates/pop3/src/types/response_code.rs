//! [`ResponseCode`]: why a command failed, for the client's program rather than for its user.

use std::fmt;

/// The bracketed code of a response, RFC 2449 §8.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseCode {
    /// The maildrop is locked by another session, RFC 2449 §8.1.2.
    InUse,
    /// The user logged in too short a time ago, RFC 2449 §8.1.1.
    LoginDelay,
    /// Try again later, RFC 3206 §3.
    SysTemp,
    /// An administrator has to help, RFC 3206 §3.
    SysPerm,
    /// The user's credentials are the problem, RFC 3206 §4.
    Auth,
    /// The message can be had in UTF-8 mode only, RFC 6856 §5.
    Utf8,
    /// Another one, as it stands between the brackets.
    Other(Box<str>),
}

impl ResponseCode {
    /// As it stands between the brackets.
    pub fn as_str(&self) -> &str {
        match self {
            Self::InUse => "IN-USE",
            Self::LoginDelay => "LOGIN-DELAY",
            Self::SysTemp => "SYS/TEMP",
            Self::SysPerm => "SYS/PERM",
            Self::Auth => "AUTH",
            Self::Utf8 => "UTF8",
            Self::Other(code) => code,
        }
    }

    /// Reads what stands between the brackets; upper and lower case are the same.
    pub(crate) fn parse(code: &str) -> Self {
        [Self::InUse, Self::LoginDelay, Self::SysTemp, Self::SysPerm, Self::Auth, Self::Utf8]
            .into_iter()
            .find(|known| known.as_str().eq_ignore_ascii_case(code))
            .unwrap_or_else(|| Self::Other(code.into()))
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
