//! An SMTP envelope as an entry of the queue, and back.
use std::sync::Arc;

use bytes::Bytes;
use mailwright_smtp::types::{BodyType, ForwardPath, Mail, MailParameters, Rcpt, Ret, ReversePath};
use mailwright_store::{Leased, NewEntry, NewRecipient, QueueEntry, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{facts::Facts, wishes::Wishes};

/// An envelope to be queued.
///
/// ```
/// use mailwright_delivery::Envelope;
/// use mailwright_smtp::types::{Mail, Mailbox, Rcpt};
/// use mailwright_store::Timestamp;
///
/// let mail = Mail::new(Mailbox::new("ann", "here.test")?);
/// let rcpts = [Rcpt::new(Mailbox::new("bob", "There.test")?)];
/// let entry = Envelope::new(&mail, Timestamp::now()).entry(&rcpts);
/// assert_eq!(entry.reverse_path, "ann@here.test");
/// assert_eq!(entry.recipients[0].route, "there.test");
/// # Ok::<(), mailwright_smtp::error::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    mail: &'a Mail,
    now: Timestamp,
    tls_optional: bool,
}

/// What a mail asks of the connections it goes over (RFC 8689).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Demand {
    /// What the destination's policies ask.
    #[default]
    Usual,
    /// TLS to a host that is who it says it is, all the way: `REQUIRETLS`.
    Tls,
    /// The destination's policies are passed over: `TLS-Required: No`.
    NoTls,
}

/// What is kept of the parameters of `MAIL`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Parameters {
    #[serde(skip_serializing_if = "Option::is_none")]
    ret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    envid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    smtputf8: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    require_tls: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    tls_optional: bool,
    /// What the sender asks of its times.
    #[serde(flatten)]
    pub(crate) wishes: Wishes,
}

/// A mail that was handed out, and what was asked of it, which is read once.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) mail: Leased,
    pub(crate) parameters: Arc<Parameters>,
}

impl<'a> Envelope<'a> {
    /// Of this sender, queued at this time.
    pub fn new(mail: &'a Mail, now: Timestamp) -> Self {
        Self { mail, now, tls_optional: false }
    }

    /// Notes that the message has the field `TLS-Required: No` (RFC 8689 §3): policies of the destination that would
    /// keep it from being delivered are passed over. `REQUIRETLS` outweighs it.
    #[must_use]
    pub fn tls_optional(mut self, optional: bool) -> Self {
        self.tls_optional = optional;
        self
    }

    /// The entry for these recipients, due at once, or when `HOLDFOR` or `HOLDUNTIL` says.
    pub fn entry<'r>(&self, rcpts: impl IntoIterator<Item = &'r Rcpt>) -> NewEntry {
        let parameters = &self.mail.parameters;
        let kept = Parameters {
            ret: parameters.ret.map(|ret| if ret == Ret::Full { "FULL" } else { "HDRS" }.to_owned()),
            envid: parameters.envid.as_ref().map(ToString::to_string),
            body: parameters.body.map(|body| body.as_str().to_owned()),
            smtputf8: parameters.smtputf8,
            require_tls: parameters.require_tls,
            tls_optional: self.tls_optional,
            wishes: Wishes::new(parameters, self.now),
        };
        let due = kept.wishes.held(self.now).unwrap_or(self.now);
        NewEntry {
            reverse_path: self.mail.from.mailbox().map(ToString::to_string).unwrap_or_default(),
            params: serde_json::to_vec(&kept).unwrap_or_default().into(),
            prefix: Bytes::new(),
            recipients: rcpts.into_iter().map(|rcpt| recipient(rcpt, due)).collect(),
        }
    }
}

fn recipient(rcpt: &Rcpt, due: Timestamp) -> NewRecipient {
    let mailbox = rcpt.to.mailbox();
    NewRecipient {
        forward_path: mailbox.map_or_else(|| "postmaster".to_owned(), ToString::to_string),
        route: mailbox.map(|mailbox| mailbox.domain().to_lowercase()).unwrap_or_default(),
        facts: Facts::new(&rcpt.parameters).write(),
        due,
    }
}

impl Parameters {
    /// Those of an entry. What cannot be read asks for nothing.
    pub(crate) fn of(entry: &QueueEntry) -> Self {
        serde_json::from_slice(&entry.params).unwrap_or_default()
    }

    /// How they are said for this entry now.
    pub(crate) fn mail(&self, entry: &QueueEntry, now: Timestamp) -> Mail {
        let bodies = [BodyType::SevenBit, BodyType::EightBitMime, BodyType::BinaryMime];
        let mut parameters = MailParameters {
            size: Some(entry.size),
            body: self.body.as_ref().and_then(|word| bodies.into_iter().find(|body| body.as_str() == word)),
            smtputf8: self.smtputf8,
            ret: self.ret.as_deref().map(|ret| if ret == "FULL" { Ret::Full } else { Ret::Hdrs }),
            envid: self.envid.as_ref().and_then(|envid| envid.parse().ok()),
            require_tls: self.require_tls,
            ..MailParameters::default()
        };
        self.wishes.tell(&mut parameters, now);
        Mail { from: reverse_path(&entry.reverse_path), parameters }
    }
}

impl Asked {
    pub(crate) fn entry(&self) -> &QueueEntry {
        &self.mail.entry
    }

    pub(crate) fn wishes(&self) -> &Wishes {
        &self.parameters.wishes
    }

    /// What it asks of its way.
    pub(crate) fn demand(&self) -> Demand {
        match (self.parameters.require_tls, self.parameters.tls_optional) {
            // RFC 8689 §5: that a report cannot go safely is no reason to discard it.
            (true, _) if self.entry().reverse_path.is_empty() => Demand::Usual,
            (true, _) => Demand::Tls,
            (false, true) => Demand::NoTls,
            (false, false) => Demand::Usual,
        }
    }

    /// The sender's part, as it is sent now.
    pub(crate) fn mail(&self, now: Timestamp) -> Mail {
        self.parameters.mail(self.entry(), now)
    }
}

/// Until when an entry of the queue must not leave (`HOLDFOR` or `HOLDUNTIL`), if that is to come.
pub fn held(entry: &QueueEntry, now: Timestamp) -> Option<Timestamp> {
    Parameters::of(entry).wishes.held(now)
}

/// Empty, or not readable, is the null path: then nobody is told, rather than somebody unconcerned.
pub(crate) fn reverse_path(text: &str) -> ReversePath {
    text.parse().map_or(ReversePath::Null, ReversePath::Mailbox)
}

/// A recipient's path; `None` if the store holds what is none.
pub(crate) fn forward_path(text: &str) -> Option<ForwardPath> {
    if text == "postmaster" {
        return Some(ForwardPath::Postmaster);
    }
    text.parse().ok().map(ForwardPath::Mailbox)
}
