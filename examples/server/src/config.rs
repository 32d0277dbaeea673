//! The configuration file: TOML with every key optional, read strictly.

mod duration;
mod error;
mod network;
mod size;

pub use duration::duration;
pub use error::ConfigError;
pub use network::Network;
pub use size::size;

use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

/// All that an operator can say.
///
/// ```
/// use mailwright_server::Config;
/// let config = Config::parse("hostname = 'mx.example'\n[listen]\nsmtp = '127.0.0.1:2525'", "example.toml")?;
/// assert_eq!(config.listen.smtp, ["127.0.0.1:2525".parse().unwrap()]);
/// let error = Config::parse("[listen]\nsmpt = '127.0.0.1:2525'", "example.toml").unwrap_err();
/// assert!(error.to_string().starts_with("example.toml:2: smpt: unknown key"));
/// # Ok::<(), mailwright_server::ConfigError>(())
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The name that this server greets with, and has in DNS.
    pub hostname: String,
    /// The domains whose mail stays here. Never relayed.
    pub domains: Vec<String>,
    /// The folder with everything that lasts.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: Listen,
    /// The certificate.
    pub tls: Tls,
    /// Who may log in, and how.
    pub auth: Auth,
    /// Whom to ask for MX records.
    pub dns: Dns,
    /// How mail goes out.
    pub delivery: Delivery,
    /// What is too much.
    pub limits: Limits,
    /// Who may speak for others.
    pub trust: Trust,
    /// The file's name and text, to tell a line by.
    #[serde(skip)]
    source: Option<(String, String)>,
}

/// The addresses of each service; none: the service is off.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Mail from other servers, RFC 5321. Port 25 in the world.
    #[serde(deserialize_with = "one_or_many")]
    pub smtp: Vec<SocketAddr>,
    /// Mail from people who log in, RFC 6409. Port 587.
    #[serde(deserialize_with = "one_or_many")]
    pub submission: Vec<SocketAddr>,
    /// The same inside TLS, RFC 8314. Port 465.
    #[serde(deserialize_with = "one_or_many")]
    pub submissions: Vec<SocketAddr>,
    /// Mail from a server in front of this one, RFC 2033. Trusted: do not open it to the world.
    #[serde(deserialize_with = "one_or_many")]
    pub lmtp: Vec<SocketAddr>,
    /// Reading mail, RFC 1939. Port 110.
    #[serde(deserialize_with = "one_or_many")]
    pub pop3: Vec<SocketAddr>,
    /// The same inside TLS. Port 995.
    #[serde(deserialize_with = "one_or_many")]
    pub pop3s: Vec<SocketAddr>,
    /// Reading mail, RFC 9051. Port 143.
    #[serde(deserialize_with = "one_or_many")]
    pub imap: Vec<SocketAddr>,
    /// The same inside TLS. Port 993.
    #[serde(deserialize_with = "one_or_many")]
    pub imaps: Vec<SocketAddr>,
}

/// Certificate and key in PEM. Both absent: a self-signed one, made at first start.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub certificate: Option<PathBuf>,
    /// The private key.
    pub key: Option<PathBuf>,
    /// Who is believed about the names of other servers, where MTA-STS or REQUIRETLS wants to know; absent: those whom
    /// this machine trusts.
    pub authorities: Option<PathBuf>,
}

/// Authentication.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// Whether a password may travel without TLS.
    pub plaintext: Plaintext,
}

/// Whether a password may travel without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plaintext {
    /// Never.
    Never,
    /// From an address of this machine only.
    #[default]
    Loopback,
    /// From anywhere. Anyone on the way can read it.
    Always,
}

impl Plaintext {
    /// Whether this peer may send a password without TLS.
    #[must_use]
    pub fn allows(self, peer: IpAddr) -> bool {
        match self {
            Self::Never => false,
            Self::Loopback => peer.to_canonical().is_loopback(),
            Self::Always => true,
        }
    }
}

/// The resolver.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Dns {
    /// Name servers; none: the system's.
    pub servers: Vec<SocketAddr>,
    /// Whether answers are validated here (RFC 4035), which DANE needs: hosts with TLSA records are then held to them.
    /// The name servers must hand on signatures.
    pub dnssec: bool,
    /// A file of DNSKEY records with which validation begins, for closed networks and tests; absent: the root's keys.
    pub trust_anchors: Option<PathBuf>,
}

/// Mail on its way out.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Delivery {
    /// The port of other servers.
    pub port: u16,
    /// How long to wait after each attempt; the last one repeats.
    #[serde(deserialize_with = "duration::list")]
    pub retry: Vec<Duration>,
    /// When to give up and return the mail.
    #[serde(deserialize_with = "duration::deserialize")]
    pub expire: Duration,
    /// A server that takes all mail that is not for here, as `host:port`; absent: by MX.
    pub smarthost: Option<String>,
    /// Addresses of this machine that mail leaves from: to each host from the first of its family. None: the system
    /// chooses.
    pub source: Vec<IpAddr>,
    /// Whether a mail may go to a loopback or private address.
    pub allow_private: bool,
    /// Whether the MTA-STS policies of other domains are fetched and kept to (RFC 8461).
    pub mta_sts: bool,
}

/// Limits.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// The largest message, in octets.
    #[serde(deserialize_with = "size::deserialize")]
    pub message_size: u64,
    /// How many connections at once, over all services.
    pub connections: usize,
    /// How many connections at once from one IPv4 address or IPv6 /64. Loopback is not counted.
    pub connections_per_peer: usize,
    /// How many new connections within a minute from one IPv4 address or IPv6 /64. Loopback is not counted.
    pub connections_per_minute: usize,
    /// How many messages an account may submit within an hour; absent: any number.
    pub messages_per_account: Option<u32>,
    /// How many recipients the messages that an account submits within an hour may have; absent: any number.
    pub recipients_per_account: Option<u32>,
    /// How many messages one IMAP command handles (RFC 9738), for clients that know `MESSAGELIMIT`: others see no older ones,
    /// so no less than 1,000. Absent: as many as there are.
    pub messages_per_command: Option<NonZeroU32>,
    /// How many messages of an account may wait for their release (FUTURERELEASE) at once.
    pub held_per_account: usize,
    /// How many messages without login come within an hour from one IPv4 address or IPv6 /64; absent: any number.
    pub messages_per_peer: Option<u32>,
}

/// Peers who may speak for others.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trust {
    /// Proxies: every connection from there, to any service, begins with a PROXY protocol header (version 1 or 2), and
    /// counts as its client's.
    pub proxy: Vec<Network>,
    /// Who may name another client, and who has logged in, by `XCLIENT`.
    pub xclient: Vec<Network>,
}

impl Trust {
    /// Whether this peer is a proxy.
    #[must_use]
    pub fn is_proxy(&self, peer: IpAddr) -> bool {
        self.proxy.iter().any(|network| network.contains(peer))
    }

    /// Whether this peer may send `XCLIENT`.
    #[must_use]
    pub fn may_xclient(&self, peer: IpAddr) -> bool {
        self.xclient.iter().any(|network| network.contains(peer))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            hostname: "localhost".into(),
            domains: vec!["localhost".into()],
            data: "mailwright-data".into(),
            listen: Listen::default(),
            tls: Tls::default(),
            auth: Auth::default(),
            dns: Dns::default(),
            delivery: Delivery::default(),
            limits: Limits::default(),
            trust: Trust::default(),
            source: None,
        }
    }
}

impl Default for Delivery {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_mins(1);
        Self {
            port: 25,
            retry: [15, 30, 60, 120, 240].map(|n| n * MINUTE).to_vec(),
            expire: 5 * 24 * 60 * MINUTE,
            smarthost: None,
            source: Vec::new(),
            allow_private: false,
            mta_sts: true,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_size: 50 << 20,
            connections: 10_000,
            connections_per_peer: 50,
            connections_per_minute: 300,
            messages_per_account: None,
            recipients_per_account: None,
            messages_per_command: None,
            held_per_account: 500,
            messages_per_peer: None,
        }
    }
}

impl Listen {
    /// The services with their names, as in the file.
    #[must_use]
    pub fn services(&self) -> [(&'static str, &[SocketAddr]); 8] {
        [
            ("smtp", &self.smtp),
            ("submission", &self.submission),
            ("submissions", &self.submissions),
            ("lmtp", &self.lmtp),
            ("pop3", &self.pop3),
            ("pop3s", &self.pop3s),
            ("imap", &self.imap),
            ("imaps", &self.imaps),
        ]
    }

    /// Every service on its customary unprivileged port of this machine's loopback address.
    #[must_use]
    pub fn loopback() -> Self {
        Self::on(|port| port)
    }

    /// Every service on a port of this machine's loopback address that the system chooses.
    #[must_use]
    pub fn anywhere() -> Self {
        Self::on(|_| 0)
    }

    fn on(port: impl Fn(u16) -> u16) -> Self {
        let at = |p| vec![SocketAddr::from(([127, 0, 0, 1], port(p)))];
        Self {
            smtp: at(2525),
            submission: at(2587),
            submissions: at(2465),
            lmtp: at(2424),
            pop3: at(2110),
            pop3s: at(2995),
            imap: at(2143),
            imaps: at(2993),
        }
    }
}

impl Config {
    /// What runs when nobody says anything: everything on loopback, for `localhost`.
    #[must_use]
    pub fn demo() -> Self {
        Self { listen: Listen::loopback(), ..Self::default() }
    }

    /// For tests: everything on loopback, on ports that the system chooses, with the mail in this folder.
    #[must_use]
    pub fn for_test(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), listen: Listen::anywhere(), ..Self::default() }
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    ///
    /// One line that names the file, its line, the key, and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|e| ConfigError::file(&name, &e))?;
        Self::parse(&text, &name)
    }

    /// Reads a configuration from text. `name` is what errors call it.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|e| ConfigError::toml(name, text, &e))?;
        config.source = Some((name.into(), text.into()));
        config.validate().map_err(|(key, what)| config.error(key, what))?;
        Ok(config)
    }

    /// An error that the key is to blame for.
    pub(crate) fn error(&self, key: &str, what: String) -> ConfigError {
        ConfigError::at_key(self.source.as_ref(), key, what)
    }

    /// What the types cannot say.
    fn validate(&self) -> Result<(), (&'static str, String)> {
        let host = |name: &str| name.parse::<mailwright_smtp::types::Domain>().map_err(|e| e.to_string());
        host(&self.hostname).map_err(|e| ("hostname", e))?;
        for domain in &self.domains {
            host(domain).map_err(|e| ("domains", format!("{domain:?}: {e}")))?;
        }
        if self.domains.is_empty() {
            return Err(("domains", "at least one domain is needed".into()));
        }
        match (&self.tls.certificate, &self.tls.key) {
            (Some(_), None) => return Err(("certificate", "the key is missing".into())),
            (None, Some(_)) => return Err(("key", "the certificate is missing".into())),
            _ => {}
        }
        if self.delivery.retry.is_empty() {
            return Err(("retry", "at least one time is needed".into()));
        }
        if let Some(host) = &self.delivery.smarthost
            && host
                .rsplit_once(':')
                .is_none_or(|(name, port)| name.is_empty() || port.parse::<u16>().is_err())
        {
            return Err(("smarthost", format!("expected host:port, found {host:?}")));
        }
        Ok(())
    }

    /// Whether mail for this domain stays here.
    #[must_use]
    pub fn is_local(&self, domain: &str) -> bool {
        self.domains.iter().any(|d| d.eq_ignore_ascii_case(domain))
    }
}

fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<SocketAddr>, D::Error> {
    #[derive(Deserialize)]
    #[serde(
        untagged,
        expecting = "expected an address with a port such as \"127.0.0.1:2525\", or a list of them"
    )]
    enum OneOrMany {
        One(SocketAddr),
        Many(Vec<SocketAddr>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(address) => vec![address],
        OneOrMany::Many(addresses) => addresses,
    })
}
