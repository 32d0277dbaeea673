//! The real DNS, by hickory-resolver: cache, UDP with TCP behind it, several servers.
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
#[cfg(feature = "dnssec")]
use hickory_resolver::proto::dnssec::{Proof, TrustAnchors};
#[cfg(feature = "dnssec")]
use hickory_resolver::proto::op::DnsResponse;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Record as WireRecord;

use crate::query::{Answer, Failure, Kind, Query, Record, Security};
use crate::resolve::Resolve;
use crate::wire::{code_failure, record, record_type};

/// Which servers to ask, and how long to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Recursive name servers with their ports, asked over UDP and, when an answer is cut off, TCP. Empty: the system's.
    pub servers: Vec<SocketAddr>,
    /// For each try. Default 5 s.
    pub timeout: Duration,
    /// Tries for each question. Default 2.
    pub attempts: usize,
    /// For a question with all its tries and servers. Default 30 s.
    pub total: Duration,
    /// Answers kept. Default 8,192.
    pub cache: u64,
    /// Mix upper and lower case in the names asked, and refuse answers that do not repeat it: harder to forge, and some
    /// old forwarders cannot. Default off.
    pub mixed_case: bool,
    /// Validate DNSSEC here, which DANE needs. Has an effect with the feature `dnssec`, and needs name servers that hand
    /// on signatures. Default off.
    pub validate: bool,
    /// A file of DNSKEY records in presentation form (RFC 4034 §2.2), `. DNSKEY 257 3 8 AwEAA...`: what validation
    /// begins with, in place of the root's keys as IANA publishes them. For closed networks and tests: names that are not
    /// below one of them fail validation. Without `validate` it has no effect.
    pub trust_anchors: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            timeout: Duration::from_secs(5),
            attempts: 2,
            total: Duration::from_secs(30),
            cache: 8_192,
            mixed_case: false,
            validate: false,
            trust_anchors: None,
        }
    }
}

/// The longest that an answer is kept, whatever its TTL says.
const LONGEST_TTL: Duration = Duration::from_hours(24);
/// The longest that an absence is kept (RFC 2308 §5 recommends one to three hours at most).
const LONGEST_NEGATIVE_TTL: Duration = Duration::from_hours(1);

/// A caching stub resolver. Cheap to clone; clones share the cache.
///
/// ```no_run
/// use mailwright_mx::{Options, Plan, resolve, resolver::{Config, Resolver}};
/// # async fn f() -> Result<(), Box<dyn std::error::Error>> {
/// let dns = Resolver::new(&Config::default())?;
/// println!("{}", resolve(Plan::new("example.com", Options::default()), &dns).await);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Resolver {
    hickory: TokioResolver,
    total: Duration,
}

/// Why a resolver cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The system's configuration cannot be read, or makes no sense.
    #[error("the system's name servers cannot be found out: {0}")]
    System(#[source] Box<NetError>),
    /// [`Config::trust_anchors`] cannot be read, or is not DNSKEY records.
    #[error("{}: no trust anchors: {why}", .file.display())]
    TrustAnchors {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl Resolver {
    /// Sets a resolver up; asks nothing yet. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// [`SetupError`].
    pub fn new(config: &Config) -> Result<Self, SetupError> {
        let fail = |error| SetupError::System(Box::new(error));
        let mut builder = if config.servers.is_empty() {
            TokioResolver::builder_tokio().map_err(fail)?
        } else {
            let servers = config.servers.iter().map(|server| name_server(*server)).collect();
            let servers = ResolverConfig::from_parts(None, Vec::new(), servers);
            TokioResolver::builder_with_config(servers, TokioRuntimeProvider::default())
        };
        set(builder.options_mut(), config);
        #[cfg(feature = "dnssec")]
        if let (true, Some(file)) = (config.validate, &config.trust_anchors) {
            builder = builder.with_trust_anchor(trust_anchors(file)?.into());
        }
        Ok(Self { hickory: builder.build().map_err(fail)?, total: config.total })
    }
}

#[cfg(feature = "dnssec")]
fn trust_anchors(file: &std::path::Path) -> Result<TrustAnchors, SetupError> {
    let fail = |why: String| SetupError::TrustAnchors { file: file.to_owned(), why };
    let text = std::fs::read_to_string(file).map_err(|error| fail(error.to_string()))?;
    let anchors: TrustAnchors = text.parse().map_err(|error| fail(format!("{error}")))?;
    // A file that says nothing would make every answer bogus.
    let says = |line: &str| line.split(';').next().is_some_and(|record| record.contains("DNSKEY"));
    if text.lines().any(says) { Ok(anchors) } else { Err(fail("it has no DNSKEY record".to_owned())) }
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let mut udp = ConnectionConfig::udp();
    let mut tcp = ConnectionConfig::tcp();
    udp.port = address.port();
    tcp.port = address.port();
    // "Trust" here means: one server's NXDOMAIN is believed, the next is not asked for a nicer answer.
    NameServerConfig::new(address.ip(), true, vec![udp, tcp])
}

fn set(options: &mut ResolverOpts, config: &Config) {
    options.timeout = config.timeout;
    options.attempts = config.attempts;
    options.cache_size = config.cache;
    options.case_randomization = config.mixed_case;
    options.positive_max_ttl = Some(LONGEST_TTL);
    options.negative_max_ttl = Some(LONGEST_NEGATIVE_TTL);
    // The plan follows aliases itself and wants to see them.
    options.preserve_intermediates = true;
    // RFC 5321 §5.1: no names but those of the DNS, and no inference from partial ones.
    options.use_hosts_file = ResolveHosts::Never;
    options.ndots = 0;
    #[cfg(feature = "dnssec")]
    {
        options.validate = config.validate;
    }
}

impl Resolve for Resolver {
    /// hickory-resolver says "no record" of a chain of aliases that ends nowhere, and does not show the chain. Where
    /// that would be taken for a fact about the name (an implicit MX, a host without an address), the alias is asked for.
    async fn answer(&self, query: &Query) -> Answer {
        let answer = self.ask(query).await;
        let absent = matches!(&answer, Answer::Records(records, _) if records.is_empty());
        if !absent || !matches!(query.kind, Kind::Mx | Kind::A) {
            return answer;
        }
        match self.ask(&Query::new(query.name.clone(), Kind::Cname)).await {
            Answer::Records(aliases, security) => Answer::Records(aliases, security),
            Answer::NoSuchName(..) => answer,
            failed @ Answer::Failed(_) => failed,
        }
    }
}

impl Resolver {
    async fn ask(&self, query: &Query) -> Answer {
        // The final dot keeps the system's search list out of it.
        let name = format!("{}.", query.name.as_str());
        let lookup = self.hickory.lookup(name, record_type(query.kind));
        match tokio::time::timeout(self.total, lookup).await {
            Err(_) => Answer::Failed(Failure::Timeout),
            Ok(Ok(lookup)) => {
                let records: Vec<Record> =
                    lookup.answers().iter().filter_map(|wire| record(wire, security(wire))).collect();
                let security = records.iter().map(|r| r.security).reduce(Security::and).unwrap_or_default();
                Answer::Records(records, security)
            }
            Ok(Err(error)) => failed(&error),
        }
    }
}

fn failed(error: &NetError) -> Answer {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => match none.response_code {
            ResponseCode::NXDomain => Answer::NoSuchName(Vec::new(), absence(none)),
            ResponseCode::NoError => Answer::Records(Vec::new(), absence(none)),
            code => Answer::Failed(code_failure(code)),
        },
        NetError::Dns(DnsError::ResponseCode(code)) => Answer::Failed(code_failure(*code)),
        #[cfg(feature = "dnssec")]
        NetError::Dns(DnsError::Nsec { response, proof, .. }) => unproven_absence(response, *proof),
        NetError::Dns(DnsError::DnssecBogus) => Answer::Failed(Failure::Bogus),
        NetError::Timeout => Answer::Failed(Failure::Timeout),
        NetError::Proto(_) | NetError::QueryCaseMismatch | NetError::Truncated => {
            Answer::Failed(Failure::Malformed)
        }
        NetError::Io(_) | NetError::NoConnections => Answer::Failed(Failure::Unreachable),
        _ => Answer::Failed(Failure::ServerFailure),
    }
}

/// What the validator says of an absence that was answered for: with proof of it, it hands on the proof's records.
fn absence(none: &NoRecords) -> Security {
    let mut proofs = none.authorities.iter().flat_map(|records| records.iter());
    if proofs.any(|record| security(record) == Security::Secure) {
        Security::Secure
    } else {
        Security::Insecure
    }
}

/// An absence that is not proven: as it must be where nothing is signed, and nowhere else.
#[cfg(feature = "dnssec")]
fn unproven_absence(response: &DnsResponse, proof: Proof) -> Answer {
    match response.metadata.response_code {
        _ if !proof.is_insecure() => Answer::Failed(Failure::Bogus),
        ResponseCode::NXDomain => Answer::NoSuchName(Vec::new(), Security::Insecure),
        _ => Answer::empty(),
    }
}

/// What the validator says of a record.
fn security(wire: &WireRecord) -> Security {
    #[cfg(feature = "dnssec")]
    let secure = wire.proof.is_secure();
    #[cfg(not(feature = "dnssec"))]
    let secure = {
        let _ = wire;
        false
    };
    if secure { Security::Secure } else { Security::Insecure }
}
