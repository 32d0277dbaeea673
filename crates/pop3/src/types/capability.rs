//! [`Capabilities`]: what a server says it can do.

use std::time::Duration;

/// What a server answers to `CAPA`, RFC 2449 §6.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// `TOP`
    pub top: bool,
    /// `USER`: `USER` and `PASS` may be used.
    pub user: bool,
    /// `SASL`: the mechanisms of `AUTH`, RFC 5034. `None` where the capability is absent.
    pub sasl: Option<Vec<Box<str>>>,
    /// `RESP-CODES`: brackets in a response mean a code.
    pub resp_codes: bool,
    /// `AUTH-RESP-CODE`, RFC 3206 §5: `-ERR` to a login without `[AUTH]` is not about the credentials.
    pub auth_resp_code: bool,
    /// `LOGIN-DELAY`
    pub login_delay: Option<LoginDelay>,
    /// `PIPELINING`
    pub pipelining: bool,
    /// `EXPIRE`
    pub expire: Option<Expire>,
    /// `UIDL`
    pub uidl: bool,
    /// `STLS`, RFC 2595 §4.
    pub stls: bool,
    /// `IMPLEMENTATION`
    pub implementation: Option<Box<str>>,
    /// `UTF8`, RFC 6856 §2; the value says whether user names and passwords may be UTF-8 too.
    pub utf8: Option<bool>,
    /// `LANG`, RFC 6856 §3.
    pub lang: bool,
    /// Lines that are none of these.
    pub other: Vec<Box<str>>,
}

/// The least time between two logins of one user, RFC 2449 §6.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginDelay {
    /// The delay, in whole seconds.
    pub least: Duration,
    /// It may be another one for each user: ask again after login.
    pub per_user: bool,
}

/// How long messages stay on the server, RFC 2449 §6.7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expire {
    /// `EXPIRE NEVER`
    Never,
    /// So many days; with 0 a message may be gone after it was read.
    Days {
        /// The number of days.
        days: u32,
        /// It may be another one for each user: ask again after login.
        per_user: bool,
    },
}
