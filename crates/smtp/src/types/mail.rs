//! `MAIL`: the sender, and what is said of the message before it comes.

use crate::types::{BodyType, DeliverBy, EnvelopeId, FutureRelease, Mailbox, Priority, Ret, ReversePath};

/// `MAIL FROM:` and its parameters, RFC 5321 §4.1.1.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Where failures are reported to.
    pub from: ReversePath,
    /// The extensions' parameters.
    pub parameters: MailParameters,
}

impl Mail {
    /// Without parameters.
    pub fn new(from: impl Into<ReversePath>) -> Self {
        Self { from: from.into(), parameters: MailParameters::default() }
    }
}

/// The parameters of `MAIL`, each from its extension. Absent ones are `None`, `false` or empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MailParameters {
    /// `SIZE`: octets of the message as sent, RFC 1870 §5. A number past 64 bits is held at `u64::MAX`.
    pub size: Option<u64>,
    /// `BODY`, RFC 6152 §3.
    pub body: Option<BodyType>,
    /// `SMTPUTF8`: UTF-8 in addresses or header, RFC 6531 §3.4.
    pub smtputf8: bool,
    /// `AUTH`: who submitted the message, RFC 4954 §5.
    pub auth: Option<MailAuth>,
    /// `RET`, RFC 3461 §4.3.
    pub ret: Option<Ret>,
    /// `ENVID`, RFC 3461 §4.4.
    pub envid: Option<EnvelopeId>,
    /// `REQUIRETLS`, RFC 8689 §4.
    pub require_tls: bool,
    /// `BY`, RFC 2852 §4.
    pub by: Option<DeliverBy>,
    /// `HOLDFOR` or `HOLDUNTIL`, RFC 4865 §4.
    pub hold: Option<FutureRelease>,
    /// `MT-PRIORITY`, RFC 6710 §4.
    pub mt_priority: Option<Priority>,
    /// `SOLICIT`: comma-separated solicitation class keywords, RFC 3865 §4, as sent.
    pub solicit: Option<Box<str>>,
}

/// The `AUTH` parameter of `MAIL`, RFC 4954 §5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailAuth {
    /// `AUTH=<>`: nobody known.
    Unknown,
    /// The mailbox of whoever submitted it, xtext undone.
    Mailbox(Mailbox),
}
