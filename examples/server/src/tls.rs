//! The server's certificate: the operator's, or a self-signed one made at first start.

use crate::Config;
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
    sync::Arc,
};

/// A chain and its key can not be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file can not be read or written.
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
    /// The self-signed certificate can not be made.
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
