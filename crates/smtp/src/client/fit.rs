//! Fits an envelope to what the server can do, before anything is sent.

use crate::types::{BodyType, ByMode, Capabilities, EnhancedStatus, Mail, Notify, Rcpt};

/// A sender and the recipients of one message.
///
/// Some servers name how many recipients they take in one transaction (`RCPTMAX` in
/// [`Capabilities::limits`]). Those past it are refused, for now, and go in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The sender. Set `size` and `body` where they are known; `smtputf8` where the message's own header needs it.
    pub mail: Mail,
    /// The recipients: at least one.
    pub rcpts: Vec<Rcpt>,
}

/// Why this message cannot go by this server as it is. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unsupported {
    /// Octets over 127, and no 8BITMIME: convert the message (RFC 6152 §3), or fail.
    #[error("the server takes no 8-bit messages")]
    EightBitMime,
    /// Binary content, and no BINARYMIME: convert the message (RFC 3030 §3), or fail.
    #[error("the server takes no binary messages")]
    BinaryMime,
    /// UTF-8 in addresses or header, and no SMTPUTF8: fail, RFC 6531 §3.2.
    #[error("the server takes no internationalized messages")]
    SmtpUtf8,
    /// The message is over the server's limit.
    #[error("the message has {size} octets, the server takes {limit}")]
    TooBig {
        /// What the envelope says.
        size: u64,
        /// What the server says.
        limit: u64,
    },
    /// REQUIRETLS, and the server does not promise it, RFC 8689 §4.2.1; or this session has no TLS.
    #[error("the server does not promise REQUIRETLS")]
    RequireTls,
    /// To be returned if it is late, and the server cannot do that, or promises no such haste, RFC 2852 §4.1.4.1.
    #[error("the server does not promise delivery by a time")]
    DeliverBy,
    /// To be held, and the server cannot do that.
    #[error("the server does not hold messages for future release")]
    FutureRelease,
}

impl Unsupported {
    /// The status for a report to the sender.
    pub fn status(self) -> EnhancedStatus {
        match self {
            Self::EightBitMime | Self::BinaryMime => EnhancedStatus::permanent(6, 3),
            Self::SmtpUtf8 => EnhancedStatus::permanent(6, 7),
            Self::TooBig { .. } => EnhancedStatus::permanent(3, 4),
            Self::RequireTls => EnhancedStatus::permanent(7, 30),
            Self::DeliverBy => EnhancedStatus::permanent(4, 7),
            Self::FutureRelease => EnhancedStatus::permanent(5, 4),
        }
    }
}

/// Takes out what the server need not know, adds SMTPUTF8 where an address needs it and DELAY where a time is lost, and
/// fails where something would be lost that matters.
pub(super) fn fit(mut envelope: Envelope, c: &Capabilities, tls: bool) -> Result<Envelope, Unsupported> {
    let p = &mut envelope.mail.parameters;
    let addresses = envelope.mail.from.mailbox().into_iter();
    let mut addresses = addresses.chain(envelope.rcpts.iter().filter_map(|r| r.to.mailbox()));
    p.smtputf8 |= addresses.any(|mailbox| !mailbox.is_ascii());
    if p.smtputf8 && !c.smtputf8 {
        return Err(Unsupported::SmtpUtf8);
    }
    match p.body {
        Some(BodyType::EightBitMime) if !c.eight_bit_mime => return Err(Unsupported::EightBitMime),
        Some(BodyType::BinaryMime) if !(c.binary_mime && c.chunking) => return Err(Unsupported::BinaryMime),
        Some(BodyType::SevenBit) if !c.eight_bit_mime => p.body = None,
        _ => {}
    }
    match (p.size, c.size) {
        (Some(size), Some(limit)) if limit > 0 && size > limit => {
            return Err(Unsupported::TooBig { size, limit });
        }
        (Some(_), None) => p.size = None,
        _ => {}
    }
    if p.require_tls && !(c.require_tls && tls) {
        return Err(Unsupported::RequireTls);
    }
    if let Some(by) = &p.by
        && by.mode == ByMode::Return
        && c.deliver_by.is_none_or(|least| i64::from(by.seconds) < i64::from(least.max(1)))
    {
        return Err(Unsupported::DeliverBy);
    }
    // Who does not know of the time is to tell of delays at least, RFC 2852 §4.1.4.2.
    let by = if c.deliver_by.is_some() { None } else { p.by.take() };
    if by.is_some_and(|by| by.seconds > 0) {
        for notify in envelope.rcpts.iter_mut().map(|rcpt| &mut rcpt.parameters.notify) {
            match notify {
                None => *notify = Some(Notify::DEFAULT),
                Some(notify) => notify.delay |= *notify != Notify::NEVER,
            }
        }
    }
    if p.hold.is_some() && c.future_release.is_none() {
        return Err(Unsupported::FutureRelease);
    }
    if !c.dsn {
        p.ret = None;
        p.envid = None;
        for rcpt in &mut envelope.rcpts {
            rcpt.parameters.notify = None;
            rcpt.parameters.orcpt = None;
        }
    }
    p.auth = p.auth.take().filter(|_| !c.auth.is_empty());
    p.mt_priority = p.mt_priority.filter(|_| c.mt_priority.is_some());
    p.solicit = p.solicit.take().filter(|_| c.no_soliciting.is_some());
    Ok(envelope)
}
