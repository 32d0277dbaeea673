//! What a server offers and demands.

use mailwright_sasl::server::Policy;

use crate::{
    limits::Limits,
    types::{Expire, LoginDelay},
};

/// One service's settings. Share one among its sessions in an `Arc`.
///
/// ```
/// use mailwright_pop3::server::{Config, Stls};
/// use mailwright_sasl::{Seed, server::Policy};
///
/// let policy = Policy::new(Seed::new([7; 32]));
/// let config = Config { stls: Stls::Required, ..Config::new("mail.example.test", policy) };
/// assert!(!config.apop);
/// ```
#[derive(Clone, Debug)]
pub struct Config {
    /// The server's name, for the greeting.
    pub host_name: Box<str>,
    /// Whether TLS can, or must, be started.
    pub stls: Stls,
    /// The mechanisms of `AUTH`, and whether passwords may be sent as they are, which goes for `USER` and `PASS` too.
    pub auth: Policy,
    /// Whether `USER` and `PASS` are offered. Default: yes.
    pub user: bool,
    /// Whether `APOP` is offered: it needs passwords in clear and MD5. Default: no.
    pub apop: bool,
    /// Whether UTF-8 mode is offered, RFC 6856. Default: yes.
    pub utf8: bool,
    /// `LOGIN-DELAY` to announce; that it is kept is the backend's affair. Default: none.
    pub login_delay: Option<LoginDelay>,
    /// `EXPIRE` to announce; that it is kept is the backend's affair. Default: never.
    pub expire: Option<Expire>,
    /// `IMPLEMENTATION` to announce, after login only. Default: `Mailwright`.
    pub implementation: Option<Box<str>>,
    /// The limits.
    pub limits: Limits,
}

/// Whether TLS can be started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Stls {
    /// Not offered.
    #[default]
    Off,
    /// Offered.
    Offered,
    /// Nobody logs in before it.
    Required,
}

impl Config {
    /// Without TLS; see the fields for the other defaults.
    pub fn new(host_name: impl Into<Box<str>>, auth: Policy) -> Self {
        Self {
            host_name: host_name.into(),
            stls: Stls::Off,
            auth,
            user: true,
            apop: false,
            utf8: true,
            login_delay: None,
            expire: Some(Expire::Never),
            implementation: Some("Mailwright".into()),
            limits: Limits::default(),
        }
    }
}
