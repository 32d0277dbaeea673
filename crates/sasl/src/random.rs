//! Where unpredictable values come from: the caller.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::hash::Hash;

/// 32 secret, unpredictable octets from which a server's nonces are derived.
///
/// Make a new one each time the process starts. Two servers with the same seed make the same nonces,
/// which is what a test wants and what nobody else must do.
pub struct Seed {
    key: Zeroizing<[u8; 32]>,
    count: AtomicU64,
}

impl Seed {
    /// Takes 32 octets from a cryptographic source of randomness.
    pub fn new(octets: [u8; 32]) -> Self {
        Self { key: Zeroizing::new(octets), count: AtomicU64::new(0) }
    }

    /// Asks the operating system.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    #[cfg(feature = "getrandom")]
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut octets = [0; 32];
        getrandom::fill(&mut octets)?;
        Ok(Self::new(octets))
    }

    /// A value never given before by this seed: HMAC-SHA-256 of a counter.
    pub(crate) fn nonce(&self) -> Nonce {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let mut octets = [0; 18];
        octets.copy_from_slice(&Hash::Sha256.hmac(&*self.key, &[b"nonce", &count.to_be_bytes()])[..18]);
        Nonce::new(octets)
    }

    /// A key for another purpose, fixed for the life of the seed.
    pub(crate) fn derived(&self, purpose: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&Hash::Sha256.hmac(&*self.key, &[b"key", purpose]));
        key
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// A value used once: 24 printable characters made of 18 octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce(String);

impl Nonce {
    /// Takes 18 octets from a cryptographic source of randomness.
    pub fn new(octets: [u8; 18]) -> Self {
        // Base64 has no comma, which would end the attribute of RFC 5802 §5.1.
        Self(STANDARD.encode(octets))
    }

    /// Asks the operating system.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    #[cfg(feature = "getrandom")]
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut octets = [0; 18];
        getrandom::fill(&mut octets)?;
        Ok(Self::new(octets))
    }

    /// A fixed text, to replay the examples of the RFCs.
    #[cfg(test)]
    pub(crate) fn fixed(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Its 24 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
