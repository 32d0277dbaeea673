//! Which mechanisms a server offers, and under which conditions.

use std::sync::Arc;

use mailwright_wire::TlsInfo;
use thiserror::Error;
use zeroize::Zeroizing;

use super::{Exchange, anonymous, cram_md5, external, login, oauth, plain, scram as server_scram};
use crate::{Hash, Name, Seed, channel::Binding, random::Nonce, scram};

/// Which mechanisms are offered. Cheap to clone; share one among all sessions.
///
/// Offered by default: SCRAM with SHA-512, SHA-256 and SHA-1, each with channel binding where TLS gives it the data,
/// and inside TLS also PLAIN and LOGIN. Not offered unless asked for: EXTERNAL, OAUTHBEARER, XOAUTH2, CRAM-MD5, ANONYMOUS.
///
/// ```
/// use mailwright_sasl::{Name, Seed, server::{BeginError, Policy}};
///
/// let policy = Policy::new(Seed::new([7; 32])).mechanisms([Name::Plain]);
/// assert!(policy.offered(None).is_empty());
/// assert_eq!(policy.begin("PLAIN", None).unwrap_err(), BeginError::NeedsTls);
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    mechanisms: Vec<Name>,
    plaintext_without_tls: bool,
    host: String,
    seed: Arc<Seed>,
    decoy_key: Zeroizing<Vec<u8>>,
    decoy_iterations: u32,
}

/// Why an exchange does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BeginError {
    /// Unknown, or not offered here: SMTP 504 5.5.4, POP3 -ERR, IMAP NO.
    #[error("authentication mechanism not supported")]
    Unsupported,
    /// Offered inside TLS only: SMTP 538 5.7.11, IMAP `[PRIVACYREQUIRED]`.
    #[error("encryption required for this authentication mechanism")]
    NeedsTls,
}

impl Policy {
    /// The default policy; nonces come from `seed`.
    pub fn new(seed: Seed) -> Self {
        let bound = Hash::ALL.map(Name::ScramPlus);
        let unbound = Hash::ALL.map(Name::Scram);
        Self {
            mechanisms: [&bound[..], &unbound, &[Name::Plain, Name::Login]].concat(),
            plaintext_without_tls: false,
            host: "localhost".to_owned(),
            decoy_key: Zeroizing::new(seed.derived(b"decoy").to_vec()),
            decoy_iterations: scram::DEFAULT_ITERATIONS,
            seed: Arc::new(seed),
        }
    }

    /// Offers exactly these, in the order of strength whatever the order here.
    pub fn mechanisms(mut self, mechanisms: impl IntoIterator<Item = Name>) -> Self {
        let wanted: Vec<Name> = mechanisms.into_iter().collect();
        self.mechanisms = Name::ALL.into_iter().filter(|name| wanted.contains(name)).collect();
        self
    }

    /// Offers this one too.
    pub fn with(self, mechanism: Name) -> Self {
        let all = self.mechanisms.clone();
        self.mechanisms(all.into_iter().chain([mechanism]))
    }

    /// Does not offer this one.
    pub fn without(mut self, mechanism: Name) -> Self {
        self.mechanisms.retain(|&name| name != mechanism);
        self
    }

    /// Whether PLAIN, LOGIN and tokens may cross a connection without TLS. Default: no.
    ///
    /// A server that trusts its loopback makes two policies, and gives each connection the one it deserves.
    pub fn plaintext_without_tls(mut self, allowed: bool) -> Self {
        self.plaintext_without_tls = allowed;
        self
    }

    /// The server's name, which CRAM-MD5 puts into its challenge. Default: `localhost`.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// The key and the iteration count of decoys, see [`scram::Keys::decoy`]. Use a key that outlives the
    /// process, or the salts of unknown users change at each start and those of known ones do not. Default: made from
    /// the seed, and [`scram::DEFAULT_ITERATIONS`], which should be the count most accounts have.
    pub fn decoys(mut self, key: &[u8], iterations: u32) -> Self {
        self.decoy_key = Zeroizing::new(key.to_vec());
        self.decoy_iterations = iterations;
        self
    }

    /// Whether a password may be taken as it is, by a mechanism or by a command such as POP3's `PASS`.
    pub fn allows_plaintext(&self, tls: Option<&TlsInfo>) -> bool {
        tls.is_some() || self.plaintext_without_tls
    }

    /// The names to advertise on this connection, the strongest first.
    pub fn offered(&self, tls: Option<&TlsInfo>) -> Vec<&'static str> {
        self.mechanisms
            .iter()
            .filter(|name| self.check(**name, tls).is_ok())
            .map(|name| name.as_str())
            .collect()
    }

    /// Begins an exchange, if this mechanism is offered on this connection.
    ///
    /// # Errors
    /// When it is not.
    pub fn begin(&self, name: &str, tls: Option<&TlsInfo>) -> Result<Exchange, BeginError> {
        let name: Name = name.parse().map_err(|_| BeginError::Unsupported)?;
        if !self.mechanisms.contains(&name) {
            return Err(BeginError::Unsupported);
        }
        self.check(name, tls)?;
        Ok(Exchange::new(
            name,
            match name {
                Name::Plain => Box::new(plain::Plain::default()),
                Name::Login => Box::new(login::Login::default()),
                Name::External => {
                    let certificates = tls.map(|tls| tls.peer_certificates.clone()).unwrap_or_default();
                    Box::new(external::External::new(certificates))
                }
                Name::Anonymous => Box::new(anonymous::Anonymous),
                Name::CramMd5 => Box::new(cram_md5::CramMd5::new(&self.nonce(), &self.host)),
                Name::OAuthBearer => Box::new(oauth::OAuth::bearer()),
                Name::XOAuth2 => Box::new(oauth::OAuth::xoauth2()),
                Name::Scram(hash) => Box::new(self.scram(hash, false, tls)),
                Name::ScramPlus(hash) => Box::new(self.scram(hash, true, tls)),
            },
        ))
    }

    fn check(&self, name: Name, tls: Option<&TlsInfo>) -> Result<(), BeginError> {
        match name {
            _ if name.is_plaintext() && !self.allows_plaintext(tls) => Err(BeginError::NeedsTls),
            Name::ScramPlus(_) if tls.and_then(Binding::best).is_none() => Err(BeginError::Unsupported),
            Name::External if tls.is_none_or(|tls| tls.peer_certificates.is_empty()) => {
                Err(BeginError::Unsupported)
            }
            _ => Ok(()),
        }
    }

    fn scram(&self, hash: Hash, plus: bool, tls: Option<&TlsInfo>) -> server_scram::Scram {
        let plus_offered =
            self.mechanisms.contains(&Name::ScramPlus(hash)) && tls.and_then(Binding::best).is_some();
        server_scram::Scram::new(server_scram::Setup {
            hash,
            plus,
            plus_offered,
            exporter: tls.and_then(|tls| Binding::Exporter.data(tls)).map(<[u8]>::to_vec),
            end_point: tls.and_then(|tls| Binding::ServerEndPoint.data(tls)).map(<[u8]>::to_vec),
            nonce: self.nonce(),
            decoy_key: self.decoy_key.clone(),
            decoy_iterations: self.decoy_iterations,
        })
    }

    /// A value never given before, for a challenge that is made outside of an exchange, such as POP3's APOP timestamp.
    pub fn nonce(&self) -> Nonce {
        self.seed.nonce()
    }
}
