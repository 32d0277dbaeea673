//! Three-digit reply codes: RFC 5321 §4.2.

use std::fmt;

/// A reply code, 200 to 599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplyCode(u16);

/// The first digit of a reply code, RFC 5321 §4.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// `2yz`: done.
    Completion,
    /// `3yz`: go on.
    Intermediate,
    /// `4yz`: not now.
    Transient,
    /// `5yz`: no.
    Permanent,
}

impl ReplyCode {
    /// 211: system status.
    pub const SYSTEM_STATUS: Self = Self(211);
    /// 214: help.
    pub const HELP: Self = Self(214);
    /// 220: ready.
    pub const READY: Self = Self(220);
    /// 221: closing.
    pub const CLOSING: Self = Self(221);
    /// 235: authenticated, RFC 4954 §6.
    pub const AUTHENTICATED: Self = Self(235);
    /// 250: done.
    pub const OK: Self = Self(250);
    /// 251: not here, but forwarded.
    pub const FORWARDED: Self = Self(251);
    /// 252: cannot say, but will try.
    pub const CANNOT_VERIFY: Self = Self(252);
    /// 334: a SASL challenge, RFC 4954 §4.
    pub const CHALLENGE: Self = Self(334);
    /// 354: send the message.
    pub const START_MAIL_INPUT: Self = Self(354);
    /// 421: the service goes away.
    pub const NOT_AVAILABLE: Self = Self(421);
    /// 450: the mailbox is busy, or policy says later.
    pub const MAILBOX_BUSY: Self = Self(450);
    /// 451: a fault here.
    pub const LOCAL_ERROR: Self = Self(451);
    /// 452: no room, or too many recipients.
    pub const NO_STORAGE: Self = Self(452);
    /// 454: authentication or TLS fails for now, RFC 4954 §6, RFC 3207 §4.
    pub const TEMPORARY_FAILURE: Self = Self(454);
    /// 500: unknown command, or one too long.
    pub const UNRECOGNIZED: Self = Self(500);
    /// 501: bad syntax in an argument.
    pub const SYNTAX: Self = Self(501);
    /// 502: known, not done here.
    pub const NOT_IMPLEMENTED: Self = Self(502);
    /// 503: not in this order.
    pub const BAD_SEQUENCE: Self = Self(503);
    /// 504: an argument that is not done here.
    pub const PARAMETER_NOT_IMPLEMENTED: Self = Self(504);
    /// 521: takes no mail at all, RFC 7504 §3.
    pub const NO_MAIL: Self = Self(521);
    /// 530: authenticate, or start TLS, first; RFC 4954 §6, RFC 3207 §4.
    pub const AUTHENTICATION_REQUIRED: Self = Self(530);
    /// 534: the mechanism is too weak, RFC 4954 §6.
    pub const MECHANISM_TOO_WEAK: Self = Self(534);
    /// 535: bad credentials, RFC 4954 §6.
    pub const BAD_CREDENTIALS: Self = Self(535);
    /// 538: this mechanism needs TLS.
    pub const ENCRYPTION_REQUIRED: Self = Self(538);
    /// 550: no such mailbox, or policy says no.
    pub const UNAVAILABLE: Self = Self(550);
    /// 551: not here.
    pub const NOT_LOCAL: Self = Self(551);
    /// 552: too big.
    pub const TOO_BIG: Self = Self(552);
    /// 553: not a mailbox name that is allowed.
    pub const BAD_MAILBOX: Self = Self(553);
    /// 554: it failed.
    pub const FAILED: Self = Self(554);
    /// 555: unknown parameters of `MAIL` or `RCPT`.
    pub const BAD_PARAMETERS: Self = Self(555);
    /// 556: the recipient's domain takes no mail, RFC 7504 §4.
    pub const DOMAIN_NO_MAIL: Self = Self(556);

    /// `None` outside 200 to 599.
    pub const fn new(code: u16) -> Option<Self> {
        if code >= 200 && code <= 599 { Some(Self(code)) } else { None }
    }

    /// The number.
    pub const fn value(self) -> u16 {
        self.0
    }

    /// What the first digit says.
    pub const fn severity(self) -> Severity {
        match self.0 / 100 {
            2 => Severity::Completion,
            3 => Severity::Intermediate,
            4 => Severity::Transient,
            _ => Severity::Permanent,
        }
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
