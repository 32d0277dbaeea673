//! Certificates for tests, and the authority that signs them.
#![allow(dead_code, reason = "each test uses a part of it")]
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, PublicKeyData};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig};
use tokio_rustls::TlsAcceptor;

/// A certificate, the authority that signed it, and their keys.
pub(crate) struct Chain {
    pub(crate) leaf: CertificateDer<'static>,
    pub(crate) leaf_spki: Vec<u8>,
    pub(crate) root: CertificateDer<'static>,
    pub(crate) root_spki: Vec<u8>,
    pub(crate) key: PrivateKeyDer<'static>,
}

/// A certificate for this name; `expired`: of another time.
pub(crate) fn chain(name: &str, expired: bool) -> Chain {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    if expired {
        leaf.not_before = rcgen::date_time_ymd(2000, 1, 1);
        leaf.not_after = rcgen::date_time_ymd(2001, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    let signed = leaf.signed_by(&key, &authority).unwrap();
    Chain {
        leaf: signed.der().clone(),
        leaf_spki: key.subject_public_key_info(),
        root: authority.der().clone(),
        root_spki: authority.key().subject_public_key_info(),
        key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
    }
}

impl Chain {
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![self.leaf.clone(), self.root.clone()], self.key.clone_key())
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

/// Those who believe these authorities.
pub(crate) fn trusting(chains: &[&Chain]) -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for chain in chains {
        roots.add(chain.root.clone()).unwrap();
    }
    Arc::new(roots)
}
