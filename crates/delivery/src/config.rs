//! How the queue behaves.
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mailwright_smtp::types::HelloName;

use crate::hosts::DownHosts;
use crate::policy::PolicyHost;
use crate::schedule::Schedule;
use crate::tlsrpt::TlsResults;

/// The settings of a [`Runner`](crate::Runner).
#[derive(Clone, Debug)]
pub struct Config {
    /// This server's name: what it calls itself in `EHLO` and in reports, and what it knows as itself in MX lists.
    pub hostname: HelloName,
    /// Addresses at which this server takes mail; a host that has one of them is this server.
    pub own_addresses: Vec<IpAddr>,
    /// Addresses of this machine that mail leaves from: to each host from the first of its family, where there is one.
    /// Default: the system chooses.
    pub source: Vec<IpAddr>,
    /// The port of other servers. Default 25.
    pub port: u16,
    /// A server that takes all mail that goes out, with its port, instead of each domain's own.
    pub smarthost: Option<(String, u16)>,
    /// Send to loopback and private addresses too. Default off. A smarthost may always have one.
    pub allow_private: bool,
    /// When to try again.
    pub schedule: Schedule,
    /// TLS as a client; `None`: all mail goes in plaintext. Used by `STARTTLS` where the server offers it. The default
    /// encrypts and does not check who is at the other end, which is what unconfigured servers can agree on
    /// (RFC 7435).
    pub tls: Option<Arc<rustls::ClientConfig>>,
    /// Use the TLSA records of hosts (RFC 7672). Counts where the resolver validates DNSSEC. Default on.
    pub dane: bool,
    /// Fetches MTA-STS policies (RFC 8461), as [`Https`](crate::Https) does; `None`: there are none.
    pub policies: Option<Arc<dyn PolicyHost>>,
    /// A folder in which the policies are kept, so that they hold across restarts; `None`: they are forgotten with the
    /// process.
    pub policy_folder: Option<PathBuf>,
    /// The authorities by which a host's certificate is checked where MTA-STS wants that.
    pub roots: Option<Arc<rustls::RootCertStore>>,
    /// Counts how TLS went, for reports to the domains that ask for them (RFC 8460); `None`: nobody counts. Keep a clone
    /// to take them. Certificates of domains whose policy is in mode `testing` are looked at only if somebody counts.
    pub tls_results: Option<TlsResults>,
    /// Hosts that could not be reached. Keep a clone to make the queue forget them.
    pub down_hosts: DownHosts,
    /// Bounds.
    pub limits: Limits,
}

/// The bounds of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attempts under way at once, those being recorded included. Default 500.
    pub attempts: usize,
    /// Mails that are due and kept in memory until their destination has a place, without their contents; beyond that
    /// they wait in the store. Default 20,000.
    pub ready: usize,
    /// Attempts under way to one destination to begin with. Default 5.
    pub per_route: usize,
    /// The same when all goes well. Default 20.
    pub per_route_max: usize,
    /// Recipients of one transaction. Default 100 (RFC 5321 §4.5.3.1.8).
    pub recipients: usize,
    /// Servers of one destination that are talked to in one attempt; unreachable ones do not count. Default 2.
    pub sessions: usize,
    /// Mails over one connection. Default 100.
    pub mails_per_link: u32,
    /// How long a connection is kept for the next mail; more than one to a host only for a moment. Default 5 s.
    pub idle: Duration,
    /// Connections kept at once. Default 500.
    pub idle_links: usize,
    /// For a TCP connection. Default 30 s.
    pub connect: Duration,
    /// How long a host that could not be reached is not tried again. Default 5 min; never longer than half of the first
    /// retry.
    pub down: Duration,
    /// Octets of the message that a report returns at most; of a longer one it returns the header. Default 16 KiB.
    pub returned: usize,
    /// For attempts under way when the queue stops. Default 10 s.
    pub stop: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 500,
            ready: 20_000,
            per_route: 5,
            per_route_max: 20,
            recipients: 100,
            sessions: 2,
            mails_per_link: 100,
            idle: Duration::from_secs(5),
            idle_links: 500,
            connect: Duration::from_secs(30),
            down: Duration::from_mins(5),
            returned: 16 * 1024,
            stop: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// The defaults, under this name.
    pub fn new(hostname: HelloName) -> Self {
        Self {
            hostname,
            own_addresses: Vec::new(),
            source: Vec::new(),
            port: 25,
            smarthost: None,
            allow_private: false,
            schedule: Schedule::default(),
            tls: Some(Arc::new(crate::tls::opportunistic())),
            dane: true,
            policies: None,
            policy_folder: None,
            roots: None,
            tls_results: None,
            down_hosts: DownHosts::default(),
            limits: Limits::default(),
        }
    }

    /// How long a host that could not be reached is left alone.
    pub(crate) fn down(&self) -> Duration {
        let first = self.schedule.retry.first().copied().unwrap_or(self.limits.down);
        self.limits.down.min(first / 2)
    }
}
