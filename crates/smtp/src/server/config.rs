//! What a server offers and demands.

use mailwright_sasl::server::Policy;

use crate::{
    limits::Limits,
    types::{Capabilities, FutureReleaseLimit, SessionLimits},
};

/// One service's settings. Share one among its sessions in an `Arc`.
///
/// ```
/// use mailwright_smtp::server::{Config, StartTls};
/// let relay = Config { starttls: StartTls::Offered, ..Config::new("mx.example.org") };
/// assert!(relay.auth.is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The server's name, for the greeting and the reply to `EHLO`.
    pub host_name: Box<str>,
    /// SMTP or LMTP.
    pub protocol: Protocol,
    /// Whether TLS can, or must, be started.
    pub starttls: StartTls,
    /// The mechanisms of `AUTH`; without them it is not offered.
    pub auth: Option<Policy>,
    /// No mail from who has not authenticated, as a submission service has it (RFC 6409 §4.3).
    pub auth_required: bool,
    /// A bare CR or LF in the content.
    pub bare_newline: BareNewline,
    /// Which extensions are offered.
    pub extensions: Extensions,
    /// What `VRFY` and `EXPN` are answered.
    pub queries: Queries,
    /// What `HELP` says.
    pub help: Box<str>,
    /// Wait so long before the greeting; who speaks meanwhile is turned away. Off by default.
    pub greeting_delay: Option<std::time::Duration>,
    /// The peer is a trusted proxy and may send `XCLIENT`.
    pub xclient: bool,
    /// The limits.
    pub limits: Limits,
}

/// Which protocol is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// SMTP, RFC 5321.
    #[default]
    Smtp,
    /// LMTP, RFC 2033: a reply for each recipient after the message.
    Lmtp,
}

/// Whether TLS can be started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum StartTls {
    /// Not offered.
    #[default]
    Off,
    /// Offered.
    Offered,
    /// Nothing is done before it, RFC 3207 §4.
    Required,
}

/// What becomes of content with a bare CR or LF. Either way neither ends a line, and so neither can end the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BareNewline {
    /// 550 5.5.2, and the connection is closed.
    #[default]
    Reject,
    /// Each becomes CRLF. (Not in `BODY=BINARYMIME`, where they are data.)
    Normalise,
}

/// What `VRFY` and `EXPN` are answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Queries {
    /// `252` and `502`, whoever is asked for, RFC 5321 §7.3.
    #[default]
    Decline,
    /// What the application says.
    Ask,
}

/// The extensions that a service offers. `PIPELINING`, `8BITMIME`, `SIZE` and `ENHANCEDSTATUSCODES` always are.
#[derive(Clone, Debug)]
pub struct Extensions {
    /// `SMTPUTF8`, RFC 6531. On by default.
    pub smtputf8: bool,
    /// `CHUNKING`, RFC 3030. On by default.
    pub chunking: bool,
    /// `BINARYMIME`, RFC 3030; only with chunking. Off by default: who relays must be able to convert.
    pub binary_mime: bool,
    /// `DSN`, RFC 3461. On by default.
    pub dsn: bool,
    /// `LIMITS`, RFC 9422. On by default.
    pub limits: bool,
    /// `REQUIRETLS`, RFC 8689, offered inside TLS. Off by default: who offers it must keep it.
    pub require_tls: bool,
    /// `DELIVERBY`, RFC 2852: the least number of seconds for `R`.
    pub deliver_by: Option<u32>,
    /// `FUTURERELEASE`, RFC 4865.
    pub future_release: Option<FutureReleaseLimit>,
    /// `MT-PRIORITY`, RFC 6710, and the name of the policy (may be empty).
    pub mt_priority: Option<Box<str>>,
    /// `NO-SOLICITING`, RFC 3865: the classes not wanted, comma-separated (may be empty).
    pub no_soliciting: Option<Box<str>>,
    /// `ETRN`, RFC 1985.
    pub etrn: bool,
}

impl Default for Extensions {
    fn default() -> Self {
        Self {
            smtputf8: true,
            chunking: true,
            binary_mime: false,
            dsn: true,
            limits: true,
            require_tls: false,
            deliver_by: None,
            future_release: None,
            mt_priority: None,
            no_soliciting: None,
            etrn: false,
        }
    }
}

impl Config {
    /// A relay's settings: no AUTH, no TLS.
    pub fn new(host_name: impl Into<Box<str>>) -> Self {
        Self {
            host_name: host_name.into(),
            protocol: Protocol::Smtp,
            starttls: StartTls::Off,
            auth: None,
            auth_required: false,
            bare_newline: BareNewline::Reject,
            extensions: Extensions::default(),
            queries: Queries::Decline,
            help: "See RFC 5321".into(),
            greeting_delay: None,
            xclient: false,
            limits: Limits::default(),
        }
    }

    /// What the reply to `EHLO` says on this connection.
    pub(crate) fn capabilities(
        &self,
        tls: Option<&mailwright_wire::TlsInfo>,
        authenticated: bool,
    ) -> Capabilities {
        let e = &self.extensions;
        let auth = self.auth.as_ref().filter(|_| !authenticated && self.tls_is_met(tls));
        Capabilities {
            pipelining: true,
            eight_bit_mime: true,
            enhanced_status_codes: true,
            size: Some(self.limits.message),
            smtputf8: e.smtputf8,
            chunking: e.chunking,
            binary_mime: e.chunking && e.binary_mime,
            dsn: e.dsn,
            starttls: self.starttls != StartTls::Off && tls.is_none(),
            auth: auth.map(|p| p.offered(tls).into_iter().map(Into::into).collect()).unwrap_or_default(),
            require_tls: e.require_tls && tls.is_some(),
            deliver_by: e.deliver_by,
            future_release: e.future_release.clone(),
            mt_priority: e.mt_priority.clone(),
            limits: e.limits.then_some(SessionLimits {
                mail_max: Some(self.limits.transactions),
                rcpt_max: Some(self.limits.recipients),
                rcpt_domain_max: None,
            }),
            no_soliciting: e.no_soliciting.clone(),
            etrn: e.etrn,
            xclient: self.xclient.then(|| {
                ["NAME", "ADDR", "PORT", "PROTO", "HELO", "LOGIN", "DESTADDR", "DESTPORT"]
                    .map(Into::into)
                    .into()
            }),
            ..Capabilities::default()
        }
    }

    pub(crate) fn tls_is_met(&self, tls: Option<&mailwright_wire::TlsInfo>) -> bool {
        tls.is_some() || self.starttls != StartTls::Required
    }
}
