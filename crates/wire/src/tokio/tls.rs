//! Handshakes by `rustls`, and the facts that a session is told about them.

use super::Stream;
use crate::{TlsInfo, TlsVersion};
use bytes::Bytes;
use rustls::{
    CommonState, ProtocolVersion,
    pki_types::{CertificateDer, ServerName},
};
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::{io, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};

/// Which side of a handshake to take, and with what.
#[derive(Clone)]
pub enum Tls {
    /// The server's side.
    Server {
        /// Certificates, key and versions.
        config: Arc<rustls::ServerConfig>,
        /// The certificate that is served, for channel binding (RFC 5929 §4.1); `None` offers no such binding.
        certificate: Option<CertificateDer<'static>>,
    },
    /// The client's side.
    Client {
        /// Roots or another verifier, and versions.
        config: Arc<rustls::ClientConfig>,
        /// Whose certificate is expected.
        name: ServerName<'static>,
    },
}

/// The server's side with this configuration.
pub fn server_tls(config: Arc<rustls::ServerConfig>) -> Tls {
    Tls::Server { config, certificate: None }
}

/// The client's side with this configuration, towards the server of this name.
pub fn client_tls(config: Arc<rustls::ClientConfig>, name: ServerName<'static>) -> Tls {
    Tls::Client { config, name }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Server { .. } => f.write_str("Tls::Server"),
            Self::Client { name, .. } => write!(f, "Tls::Client({name:?})"),
        }
    }
}

impl Tls {
    pub(super) async fn handshake<I>(&self, io: I) -> io::Result<(Stream<I>, TlsInfo)>
    where
        I: AsyncRead + AsyncWrite + Unpin,
    {
        let stream: TlsStream<I> = match self {
            Self::Server { config, .. } => TlsAcceptor::from(config.clone()).accept(io).await?.into(),
            Self::Client { config, name } => {
                TlsConnector::from(config.clone()).connect(name.clone(), io).await?.into()
            }
        };
        let info = self.facts(&stream);
        Ok((Stream::Tls(Box::new(stream)), info))
    }

    fn facts<I>(&self, stream: &TlsStream<I>) -> TlsInfo {
        let common: &CommonState = stream.get_ref().1;
        let peer_certificates: Vec<Vec<u8>> =
            common.peer_certificates().unwrap_or_default().iter().map(|c| c.to_vec()).collect();
        let protocol = match common.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
            _ => TlsVersion::Tls13,
        };
        let mut exporter = [0; 32];
        let label = b"EXPORTER-Channel-Binding";
        let exported = match stream {
            TlsStream::Server(s) => s.get_ref().1.export_keying_material(&mut exporter[..], label, Some(b"")),
            TlsStream::Client(s) => s.get_ref().1.export_keying_material(&mut exporter[..], label, Some(b"")),
        };
        let (sni, server) = match (self, stream) {
            (Self::Server { certificate, .. }, TlsStream::Server(s)) => {
                (s.get_ref().1.server_name().map(str::to_owned), certificate.as_deref())
            }
            _ => (None, peer_certificates.first().map(Vec::as_slice)),
        };
        TlsInfo {
            protocol,
            cipher: common.negotiated_cipher_suite().map(|c| format!("{:?}", c.suite())).unwrap_or_default(),
            sni,
            alpn: common.alpn_protocol().map(Bytes::copy_from_slice),
            exporter: (protocol == TlsVersion::Tls13 && exported.is_ok()).then_some(exporter),
            server_end_point: server.and_then(end_point),
            peer_certificates,
        }
    }
}

/// Hashes a certificate with the hash of its signature algorithm, or SHA-256 where that is a weaker one; `None` where
/// the algorithm has no single hash (RFC 5929 §4.1).
fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    // Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE { OID, .. }, .. }, RFC 5280 §4.1
    let (inside, _) = element(certificate)?;
    let (_, rest) = element(inside)?;
    let (algorithm, _) = element(rest)?;
    let (oid, _) = element(algorithm)?;
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];
    const ECDSA_SHA2: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
    const ECDSA_SHA1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
    let (family, last) = oid.split_at(oid.len().checked_sub(1)?);
    match (family, last) {
        (RSA, [4 | 5 | 11]) | (ECDSA_SHA2, [2]) => Some(Sha256::digest(certificate).to_vec()),
        (RSA, [12]) | (ECDSA_SHA2, [3]) => Some(Sha384::digest(certificate).to_vec()),
        (RSA, [13]) | (ECDSA_SHA2, [4]) => Some(Sha512::digest(certificate).to_vec()),
        _ if oid == ECDSA_SHA1 => Some(Sha256::digest(certificate).to_vec()),
        _ => None,
    }
}

/// Splits one DER element into its contents and what follows it.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[_, first], rest) = der.split_first_chunk::<2>()?;
    let (len, rest) = match usize::from(first) {
        short @ 0..=0x7f => (short, rest),
        long => {
            let (bytes, rest) =
                rest.split_at_checked(long - 0x80).filter(|(b, _)| (1..=4).contains(&b.len()))?;
            (bytes.iter().fold(0, |n, &b| n << 8 | usize::from(b)), rest)
        }
    };
    rest.split_at_checked(len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn end_point_takes_the_hash_of_the_signature() {
        let made = rcgen::generate_simple_self_signed(["mx.example".to_owned()]).unwrap();
        let der = made.cert.der(); // ECDSA with SHA-256
        assert_eq!(end_point(der), Some(Sha256::digest(der).to_vec()));
        assert_eq!(end_point(&der[..40]), None);
        assert_eq!(end_point(b""), None);
    }
}
