//! The hash functions behind SCRAM, chosen at run time.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

/// A hash function that SCRAM is defined with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// SHA-1, RFC 5802.
    Sha1,
    /// SHA-256, RFC 7677.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// Octets of a key or of an intermediate value, wiped when dropped.
pub(crate) type Octets = Zeroizing<Vec<u8>>;

macro_rules! each {
    ($hash:expr, $h:ident => $body:expr) => {
        match $hash {
            Hash::Sha1 => {
                type $h = Sha1;
                $body
            }
            Hash::Sha256 => {
                type $h = Sha256;
                $body
            }
            Hash::Sha512 => {
                type $h = Sha512;
                $body
            }
        }
    };
}

impl Hash {
    /// All of them, the strongest first.
    pub const ALL: [Self; 3] = [Self::Sha512, Self::Sha256, Self::Sha1];

    /// Length of its output in octets.
    pub fn output_len(self) -> usize {
        each!(self, H => <H as Digest>::output_size())
    }

    /// The mechanism's name without `-PLUS`.
    pub(crate) fn scram(self) -> &'static str {
        match self {
            Self::Sha1 => "SCRAM-SHA-1",
            Self::Sha256 => "SCRAM-SHA-256",
            Self::Sha512 => "SCRAM-SHA-512",
        }
    }

    pub(crate) fn digest(self, data: &[u8]) -> Octets {
        each!(self, H => Zeroizing::new(H::digest(data).to_vec()))
    }

    /// HMAC over the parts one after another.
    pub(crate) fn hmac(self, key: &[u8], parts: &[&[u8]]) -> Octets {
        each!(self, H => {
            let mut mac = Hmac::<H>::new_from_slice(key).expect("HMAC takes a key of any length");
            for part in parts {
                mac.update(part);
            }
            Zeroizing::new(mac.finalize().into_bytes().to_vec())
        })
    }

    /// `Hi` of RFC 5802 §2.2, which is PBKDF2 with one block of output.
    pub(crate) fn stretch(self, password: &[u8], salt: &[u8], iterations: u32) -> Octets {
        let mut out = Zeroizing::new(vec![0; self.output_len()]);
        each!(self, H => pbkdf2::pbkdf2_hmac::<H>(password, salt, iterations, &mut out));
        out
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scram()[6..])
    }
}
