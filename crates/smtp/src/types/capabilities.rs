//! What a server can do: the reply to `EHLO`.

use crate::parse::date_time;

/// The extensions that a server offers, RFC 5321 §4.1.1.1. What a keyword's absence means is the default.
///
/// ```
/// use mailwright_smtp::{parse, types::Capabilities};
/// let capabilities = parse::capabilities(["mx.example.org", "PIPELINING", "SIZE 1000", "AUTH PLAIN LOGIN"]);
/// assert_eq!(capabilities.size, Some(1000));
/// assert!(capabilities.offers_auth("plain"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// `PIPELINING`, RFC 2920.
    pub pipelining: bool,
    /// `8BITMIME`, RFC 6152.
    pub eight_bit_mime: bool,
    /// `SMTPUTF8`, RFC 6531.
    pub smtputf8: bool,
    /// `SIZE`, RFC 1870: `Some(0)` where the server takes the parameter and names no limit.
    pub size: Option<u64>,
    /// `CHUNKING`, RFC 3030.
    pub chunking: bool,
    /// `BINARYMIME`, RFC 3030.
    pub binary_mime: bool,
    /// `DSN`, RFC 3461.
    pub dsn: bool,
    /// `ENHANCEDSTATUSCODES`, RFC 2034.
    pub enhanced_status_codes: bool,
    /// `STARTTLS`, RFC 3207.
    pub starttls: bool,
    /// `AUTH`, RFC 4954: mechanism names in capitals.
    pub auth: Vec<Box<str>>,
    /// `REQUIRETLS`, RFC 8689.
    pub require_tls: bool,
    /// `DELIVERBY`, RFC 2852: the least number of seconds for `R`, 0 where none is named.
    pub deliver_by: Option<u32>,
    /// `FUTURERELEASE`, RFC 4865.
    pub future_release: Option<FutureReleaseLimit>,
    /// `MT-PRIORITY`, RFC 6710, and the name of the policy (may be empty).
    pub mt_priority: Option<Box<str>>,
    /// `LIMITS`, RFC 9422.
    pub limits: Option<SessionLimits>,
    /// `NO-SOLICITING`, RFC 3865: the classes not wanted, comma-separated (may be empty).
    pub no_soliciting: Option<Box<str>>,
    /// `BURL`, RFC 4468: its arguments.
    pub burl: Option<Vec<Box<str>>>,
    /// `VRFY`
    pub vrfy: bool,
    /// `EXPN`
    pub expn: bool,
    /// `HELP`
    pub help: bool,
    /// `ETRN`, RFC 1985.
    pub etrn: bool,
    /// `XCLIENT`: the attributes taken.
    pub xclient: Option<Vec<Box<str>>>,
    /// Keywords (in capitals) this crate does not know, with their arguments.
    pub other: Vec<(Box<str>, Box<str>)>,
}

/// How far ahead a message may be held: RFC 4865 §3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FutureReleaseLimit {
    /// The longest `HOLDFOR`, in seconds: at most 999,999,999.
    pub seconds: u32,
    /// The latest `HOLDUNTIL`, an RFC 3339 date-time.
    pub until: Box<str>,
}

impl FutureReleaseLimit {
    /// So many seconds, from this moment in seconds since 1970.
    ///
    /// ```
    /// use mailwright_smtp::types::FutureReleaseLimit;
    /// assert_eq!(&*FutureReleaseLimit::lasting(86_400, 1_795_499_400).until, "2026-11-25T05:50:00Z");
    /// ```
    pub fn lasting(seconds: u32, now: i64) -> Self {
        let seconds = seconds.min(999_999_999);
        Self { seconds, until: date_time::written(now.saturating_add(seconds.into())).into() }
    }
}

/// The limits a server names, RFC 9422 §3. `None` where it does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionLimits {
    /// `MAILMAX`: transactions in one session.
    pub mail_max: Option<u32>,
    /// `RCPTMAX`: recipients in one transaction.
    pub rcpt_max: Option<u32>,
    /// `RCPTDOMAINMAX`: different recipient domains in one transaction.
    pub rcpt_domain_max: Option<u32>,
}

impl Capabilities {
    /// Whether a SASL mechanism is offered, in any case.
    pub fn offers_auth(&self, mechanism: &str) -> bool {
        self.auth.iter().any(|m| m.eq_ignore_ascii_case(mechanism))
    }
}
