//! Every command, as a value.

use crate::types::{HelloName, Mail, Rcpt, XClient};

/// A command of SMTP, its extensions, or LMTP.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `EHLO`, RFC 5321 §4.1.1.1.
    Ehlo(HelloName),
    /// `HELO`, RFC 5321 §4.1.1.1.
    Helo(HelloName),
    /// `LHLO`, RFC 2033 §4.1.
    Lhlo(HelloName),
    /// `MAIL`, RFC 5321 §4.1.1.2.
    Mail(Mail),
    /// `RCPT`, RFC 5321 §4.1.1.3.
    Rcpt(Rcpt),
    /// `DATA`, RFC 5321 §4.1.1.4.
    Data,
    /// `BDAT`, RFC 3030 §2: that many octets follow.
    Bdat {
        /// Octets in this chunk.
        size: u64,
        /// No chunk follows.
        last: bool,
    },
    /// `BURL`, RFC 4468 §3.2.
    Burl(Burl),
    /// `RSET`, RFC 5321 §4.1.1.5.
    Rset,
    /// `VRFY`, RFC 5321 §4.1.1.6.
    Vrfy {
        /// A user name or mailbox.
        string: Box<str>,
        /// The client takes UTF-8 in the reply, RFC 6531 §3.7.4.2.
        smtputf8: bool,
    },
    /// `EXPN`, RFC 5321 §4.1.1.7.
    Expn {
        /// The name of a list.
        string: Box<str>,
        /// The client takes UTF-8 in the reply, RFC 6531 §3.7.4.2.
        smtputf8: bool,
    },
    /// `HELP`, RFC 5321 §4.1.1.8, and its subject.
    Help(Option<Box<str>>),
    /// `NOOP`, RFC 5321 §4.1.1.9. Its argument means nothing and is not kept.
    Noop,
    /// `QUIT`, RFC 5321 §4.1.1.10.
    Quit,
    /// `STARTTLS`, RFC 3207 §4.
    StartTls,
    /// `AUTH`, RFC 4954 §4.
    Auth {
        /// The mechanism's name, in capitals.
        mechanism: Box<str>,
        /// The initial response, still in base64.
        initial: Option<InitialResponse>,
    },
    /// `ETRN`, RFC 1985 §5: a domain, `@domain` or `#queue`.
    Etrn(Box<str>),
    /// `XCLIENT`: what a trusted proxy knows about the client.
    XClient(XClient),
}

/// `BURL`, RFC 4468 §3.2: fetch this part of the message from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burl {
    /// An absolute URI, as sent.
    pub url: Box<str>,
    /// Nothing follows.
    pub last: bool,
}

/// The argument of `AUTH` after the mechanism: base64, or `=` for an empty response.
///
/// Not shown by `Debug`: it may be a password.
#[derive(Clone, PartialEq, Eq)]
pub struct InitialResponse(pub(crate) Box<str>);

impl InitialResponse {
    /// As sent: base64, or `=`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for InitialResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InitialResponse(..)")
    }
}
