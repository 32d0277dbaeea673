//! The server's certificate: the operator's, or a self-signed one made at first start.

use crate::{Config, Listen, service::stopped};
use mailwright_wire::tokio::Tls;
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};
use tokio::{sync::watch, time::sleep};

/// How often the files are looked at for a new certificate.
const LOOK: Duration = Duration::from_mins(1);

/// A chain and its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {error}", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// Why.
        error: rustls::pki_types::pem::Error,
    },
    /// The two do not fit each other, or are of a kind that is not served.
    #[error("certificate and key: {0}")]
    Unfit(#[from] rustls::Error),
    /// The self-signed certificate cannot be made.
    #[error("self-signed certificate: {0}")]
    Made(#[from] rcgen::Error),
}

/// What is served on every TLS port, one configuration for each application protocol (RFC 7301 §3.2: a client that
/// speaks another protocol is refused in the handshake).
#[derive(Clone, Debug)]
pub struct Certificate {
    chain: Vec<CertificateDer<'static>>,
    base: ServerConfig,
}

impl Certificate {
    /// Reads the certificate that the configuration names, or the self-signed one in the data folder, which is made
    /// when it is not there.
    ///
    /// # Errors
    ///
    /// See [`TlsError`].
    pub fn load(config: &Config) -> Result<Self, TlsError> {
        let (certificate, key) = match (&config.tls.certificate, &config.tls.key) {
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            _ => self_signed(config)?,
        };
        let pem = |path: &Path| {
            let path = path.to_owned();
            move |error| TlsError::Pem { path, error }
        };
        let chain: Vec<_> = CertificateDer::pem_file_iter(&certificate)
            .and_then(Iterator::collect)
            .map_err(pem(&certificate))?;
        let key = PrivateKeyDer::from_pem_file(&key).map_err(pem(&key))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let base = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain.clone(), key)?;
        Ok(Self { chain, base })
    }

    /// The server's side of a handshake for an application protocol, as registered for ALPN.
    #[must_use]
    pub fn serve(&self, alpn: &str) -> Tls {
        let mut config = self.base.clone();
        config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
        // Tickets of one service are of no use to another.
        config.session_storage = rustls::server::ServerSessionMemoryCache::new(1024);
        if let Ok(ticketer) = rustls::crypto::ring::Ticketer::new() {
            config.ticketer = ticketer;
        }
        Tls::Server { config: Arc::new(config), certificate: self.chain.first().cloned() }
    }
}

/// Whom the certificates of other servers may come from: the file in the configuration, or what this machine trusts;
/// `None` where that is nobody.
pub(crate) fn authorities(config: &Config) -> Result<Option<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    if let Some(path) = &config.tls.authorities {
        let pem = |error| TlsError::Pem { path: path.clone(), error };
        for certificate in CertificateDer::pem_file_iter(path).map_err(pem)? {
            roots.add(certificate.map_err(pem)?)?;
        }
    } else {
        // What cannot be read there is not trusted; the rest is.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        tracing::warn!("no certificate authority is trusted: MTA-STS policies are not fetched");
        return Ok(None);
    }
    Ok(Some(roots))
}

/// The certificate that is served now. It can be replaced while the server runs; connections keep the one that they began with.
#[derive(Debug)]
pub(crate) struct Serving(RwLock<Vec<(&'static str, Tls)>>);

impl Serving {
    pub(crate) fn new(certificate: &Certificate) -> Self {
        Self(RwLock::new(Self::each(certificate)))
    }

    /// The server's side of a handshake for each service.
    fn each(certificate: &Certificate) -> Vec<(&'static str, Tls)> {
        let services = Listen::default().services().map(|(service, _)| service);
        let alpn = |service: &str| match service {
            "imap" | "imaps" => "imap",
            "pop3" | "pop3s" => "pop3",
            _ => "smtp",
        };
        services.into_iter().map(|service| (service, certificate.serve(alpn(service)))).collect()
    }

    /// What this service serves now, by its name in the configuration.
    pub(crate) fn of(&self, service: &str) -> Option<Tls> {
        let serving = self.0.read().unwrap_or_else(PoisonError::into_inner);
        serving.iter().find(|(name, _)| *name == service).map(|(_, tls)| tls.clone())
    }

    /// Serves the certificate that is in the files now.
    ///
    /// # Errors
    ///
    /// See [`TlsError`]; the certificate from before is served on.
    pub(crate) fn reload(&self, config: &Config) -> Result<(), TlsError> {
        let new = Self::each(&Certificate::load(config)?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    /// Reloads the certificate whenever its files have changed, until told to stop.
    pub(crate) async fn follow(&self, config: &Config, stop: watch::Receiver<bool>) {
        let mut known = changed(config);
        let mut stop = std::pin::pin!(stopped(stop));
        loop {
            tokio::select! {
                () = &mut stop => return,
                () = sleep(LOOK) => {}
            }
            let now = changed(config);
            if now != known {
                known = now;
                match self.reload(config) {
                    Ok(()) => tracing::info!("a new certificate is served"),
                    // The key may come a moment after the certificate: that is another change.
                    Err(error) => tracing::warn!(%error, "the changed certificate is not served"),
                }
            }
        }
    }
}

/// When the operator's files were changed.
fn changed(config: &Config) -> [Option<SystemTime>; 2] {
    let modified =
        |path: &Option<PathBuf>| fs::metadata(path.as_ref()?).and_then(|file| file.modified()).ok();
    [modified(&config.tls.certificate), modified(&config.tls.key)]
}

/// Finds or makes the self-signed certificate.
fn self_signed(config: &Config) -> Result<(PathBuf, PathBuf), TlsError> {
    let (certificate, key) = (config.data.join("certificate.pem"), config.data.join("key.pem"));
    if certificate.exists() && key.exists() {
        return Ok((certificate, key));
    }
    let names = [config.hostname.as_str(), "localhost", "127.0.0.1", "::1"];
    let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.dedup();
    let made = rcgen::generate_simple_self_signed(names)?;
    fs::create_dir_all(&config.data).map_err(|error| TlsError::File { path: config.data.clone(), error })?;
    for (path, text, mode) in
        [(&key, made.signing_key.serialize_pem(), 0o600), (&certificate, made.cert.pem(), 0o644)]
    {
        write(path, &text, mode).map_err(|error| TlsError::File { path: path.clone(), error })?;
    }
    Ok((certificate, key))
}

/// Writes a file durably, with these permissions from the start.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(serving: &Serving) -> CertificateDer<'static> {
        match serving.of("imaps") {
            Some(Tls::Server { certificate: Some(certificate), .. }) => certificate,
            _ => panic!("nothing is served"),
        }
    }

    #[test]
    fn a_new_certificate_replaces_the_old_one_and_a_broken_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let make = || {
            let made = rcgen::generate_simple_self_signed(["mail.example.test".to_owned()]).unwrap();
            write(&certificate, &made.cert.pem(), 0o644).unwrap();
            write(&key, &made.signing_key.serialize_pem(), 0o600).unwrap();
        };
        make();
        let mut config = Config::default();
        config.tls.certificate = Some(certificate.clone());
        config.tls.key = Some(key.clone());
        let serving = Serving::new(&Certificate::load(&config).unwrap());
        let first = served(&serving);
        make();
        serving.reload(&config).unwrap();
        let second = served(&serving);
        assert_ne!(first, second);
        write(&key, "no key", 0o600).unwrap();
        assert!(serving.reload(&config).unwrap_err().to_string().contains("key.pem"));
        assert_eq!(served(&serving), second);
        let all = Listen::default().services().map(|(service, _)| serving.of(service).is_some());
        assert_eq!(all, [true; 8]);
    }
}
