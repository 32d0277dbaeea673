//! `RCPT`: one recipient.

use crate::types::{ForwardPath, Notify, OriginalRecipient};

/// `RCPT TO:` and its parameters, RFC 5321 §4.1.1.3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rcpt {
    /// Where the message goes to.
    pub to: ForwardPath,
    /// The extensions' parameters.
    pub parameters: RcptParameters,
}

impl Rcpt {
    /// Without parameters.
    pub fn new(to: impl Into<ForwardPath>) -> Self {
        Self { to: to.into(), parameters: RcptParameters::default() }
    }
}

/// The parameters of `RCPT`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RcptParameters {
    /// `NOTIFY`, RFC 3461 §4.1.
    pub notify: Option<Notify>,
    /// `ORCPT`, RFC 3461 §4.2.
    pub orcpt: Option<OriginalRecipient>,
}
