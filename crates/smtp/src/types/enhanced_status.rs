//! Enhanced mail system status codes: RFC 3463.

use std::{fmt, str::FromStr};

use crate::{error::SyntaxError, parse, types::Severity};

/// `class.subject.detail`, RFC 3463 §2, as in `5.1.1`.
///
/// ```
/// use mailwright_smtp::types::EnhancedStatus;
/// assert_eq!(EnhancedStatus::permanent(1, 1).to_string(), "5.1.1");
/// assert_eq!("2.0.0".parse(), Ok(EnhancedStatus::success(0, 0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EnhancedStatus {
    class: Class,
    subject: u16,
    detail: u16,
}

/// The first number of an enhanced status, RFC 3463 §3.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Class {
    /// `2`: it went well.
    Success,
    /// `4`: it may go well later.
    Transient,
    /// `5`: it will not go well as it is.
    Permanent,
}

impl Class {
    /// `2`, `4` or `5`.
    pub fn digit(self) -> u8 {
        match self {
            Self::Success => 2,
            Self::Transient => 4,
            Self::Permanent => 5,
        }
    }

    /// The class that goes with a reply code. A `3yz` reply carries none, RFC 2034 §4.
    pub fn of(severity: Severity) -> Option<Self> {
        match severity {
            Severity::Completion => Some(Self::Success),
            Severity::Intermediate => None,
            Severity::Transient => Some(Self::Transient),
            Severity::Permanent => Some(Self::Permanent),
        }
    }
}

impl EnhancedStatus {
    /// A status of this class. Numbers over 999 do not exist and become 999.
    pub const fn new(class: Class, subject: u16, detail: u16) -> Self {
        const fn three_digits(n: u16) -> u16 {
            if n > 999 { 999 } else { n }
        }
        Self { class, subject: three_digits(subject), detail: three_digits(detail) }
    }

    /// `2.subject.detail`
    pub const fn success(subject: u16, detail: u16) -> Self {
        Self::new(Class::Success, subject, detail)
    }

    /// `4.subject.detail`
    pub const fn transient(subject: u16, detail: u16) -> Self {
        Self::new(Class::Transient, subject, detail)
    }

    /// `5.subject.detail`
    pub const fn permanent(subject: u16, detail: u16) -> Self {
        Self::new(Class::Permanent, subject, detail)
    }

    /// Success, transient or permanent.
    pub const fn class(self) -> Class {
        self.class
    }

    /// What it is about: 1 address, 2 mailbox, 3 system, 4 network, 5 protocol, 6 content, 7 security.
    pub const fn subject(self) -> u16 {
        self.subject
    }

    /// What it is, within the subject.
    pub const fn detail(self) -> u16 {
        self.detail
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class.digit(), self.subject, self.detail)
    }
}

impl FromStr for EnhancedStatus {
    type Err = SyntaxError;

    fn from_str(text: &str) -> Result<Self, SyntaxError> {
        parse::whole(text, parse::reply::enhanced_status, "an enhanced status code")
    }
}
