//! TLS between mail servers.
use std::sync::Arc;

use mailwright_mx::Name;
use mailwright_mx::dane::Tlsa;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, WantsVerifier,
};
use sha2::{Digest, Sha256, Sha512};

use crate::tlsrpt::Verdict;

/// TLS that keeps listeners out and does not ask who is at the other end (RFC 7435): without DANE or MTA-STS a mail
/// server's certificate proves nothing, and plaintext would be the alternative.
pub fn opportunistic() -> ClientConfig {
    let provider = provider();
    let algorithms = provider.signature_verification_algorithms;
    with_verifier(provider, Arc::new(Verifier { check: Check::Nothing, algorithms }))
}

fn with_verifier(provider: Arc<CryptoProvider>, verifier: Arc<dyn ServerCertVerifier>) -> ClientConfig {
    builder(provider).dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
}

/// TLS whose certificate must match one of a host's TLSA records (RFC 7672 §3).
pub fn dane(records: Vec<Tlsa>, references: &[Name]) -> ClientConfig {
    let provider = provider();
    let references =
        references.iter().filter_map(|name| ServerName::try_from(name.to_string()).ok()).collect();
    let algorithms = provider.signature_verification_algorithms;
    with_verifier(provider, Arc::new(Verifier { check: Check::Dane { records, references }, algorithms }))
}

/// TLS whose certificate must be for the host's name, by one of these authorities.
pub fn verified(roots: Arc<RootCertStore>) -> ClientConfig {
    builder(provider()).with_root_certificates(roots).with_no_client_auth()
}

fn builder(provider: Arc<CryptoProvider>) -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3")
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// Decides about certificates; that the server holds the key is proved in any case.
#[derive(Debug)]
struct Verifier {
    check: Check,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
enum Check {
    Nothing,
    Dane { records: Vec<Tlsa>, references: Vec<ServerName<'static>> },
}

impl Verifier {
    fn anchors(
        &self,
        records: &[Tlsa],
        references: &[ServerName<'static>],
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let mut roots = RootCertStore::empty();
        for other in others.iter().filter(|other| records.iter().any(|r| r.usage == 2 && matches(r, other))) {
            // One that cannot be an anchor anchors nothing; the others may.
            let _ = roots.add(other.clone().into_owned());
        }
        if roots.is_empty() {
            return Err(refused());
        }
        let parsed = ParsedCertificate::try_from(leaf)?;
        verify_server_cert_signed_by_trust_anchor(&parsed, &roots, others, now, self.algorithms.all)?;
        if references.iter().any(|name| verify_server_name(&parsed, name).is_ok()) {
            return Ok(());
        }
        Err(CertificateError::NotValidForName.into())
    }
}

fn refused() -> Error {
    CertificateError::ApplicationVerificationFailure.into()
}

/// What is wrong with the other side's certificate, if that is what the error came from.
pub(crate) fn certificate_error<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a CertificateError> {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let found = inner.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref::<Error>());
        if let Some(Error::InvalidCertificate(fault)) = found {
            return Some(fault);
        }
        next = error.source();
    }
    None
}

/// What was wrong, for a report (RFC 8460 §4.3).
pub(crate) fn verdict(error: &(dyn std::error::Error + 'static)) -> Verdict {
    match certificate_error(error) {
        Some(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            Verdict::CertificateExpired
        }
        Some(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            Verdict::CertificateHostMismatch
        }
        Some(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            Verdict::CertificateNotTrusted
        }
        Some(CertificateError::ApplicationVerificationFailure) => Verdict::TlsaInvalid,
        _ => Verdict::ValidationFailure,
    }
}

/// RFC 6698 §2.1: the selected part of the certificate, by the matching type.
fn matches(record: &Tlsa, certificate: &CertificateDer<'_>) -> bool {
    let key = ParsedCertificate::try_from(certificate).map(|parsed| parsed.subject_public_key_info());
    let part: &[u8] = match (record.selector, &key) {
        (0, _) => certificate,
        (1, Ok(key)) => key,
        _ => return false,
    };
    match record.matching {
        0 => part == record.data,
        1 => Sha256::digest(part).as_slice() == record.data,
        2 => Sha512::digest(part).as_slice() == record.data,
        _ => false,
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Check::Dane { records, references } = &self.check {
            // RFC 7672 §3.1.1: with DANE-EE neither names nor dates count.
            if !records.iter().any(|record| record.usage == 3 && matches(record, leaf)) {
                self.anchors(records, references, leaf, others, now)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
