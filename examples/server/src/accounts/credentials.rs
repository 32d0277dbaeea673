//! What proves an account's owner, and how it is written down.

use std::path::Path;

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use mailwright_sasl::{Hash, Secret, scram};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::AccountError;

/// Most app passwords of one account: each is compared at a login.
const MOST: usize = 100;

/// What proves an account's owner. JSON in the store; nothing in it is a password.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Credentials {
    /// Argon2id in PHC form.
    pub(super) hash: String,
    /// The text form of [`scram::Keys`], one for each hash.
    pub(super) scram: Vec<String>,
    /// Passwords for one program each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) app: Vec<AppPassword>,
}

/// A password for one program. It is made here and has 160 bits, so one round of SHA-256 guards it well enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AppPassword {
    pub(super) label: String,
    digest: String,
}

impl Credentials {
    /// Of the same form and length as those of a user who exists.
    pub(super) fn nobody(key: &[u8]) -> Self {
        let keys = Hash::ALL.map(|hash| scram::Keys::decoy(key, "", hash, scram::DEFAULT_ITERATIONS));
        let scram = keys.iter().map(|keys| keys.to_text().expose().to_owned()).collect();
        Self { hash: "x".repeat(97), scram, app: Vec::new() }
    }

    pub(super) fn read(stored: &[u8]) -> Option<Self> {
        serde_json::from_slice(stored).ok()
    }

    pub(super) fn write(&self) -> Bytes {
        // Strings and lists of strings: there is nothing in it that JSON could not hold.
        serde_json::to_vec(self).map(Bytes::from).unwrap_or_default()
    }

    /// The SCRAM keys of this hash.
    pub(super) fn keys(&self, hash: Hash) -> Option<scram::Keys> {
        self.scram.iter().filter_map(|text| text.parse().ok()).find(|keys: &scram::Keys| keys.hash() == hash)
    }

    /// Whether this is one of the app passwords.
    pub(super) fn is_app_password(&self, password: &Secret) -> bool {
        let digest = Secret::new(digest(password.expose()));
        self.app.iter().fold(false, |found, app| found | (Secret::new(app.digest.as_str()) == digest))
    }

    /// Makes an app password, and gives it out for the only time.
    pub(super) fn add_app_password(&mut self, label: &str) -> Result<String, AccountError> {
        let fits = (1..=64).contains(&label.chars().count()) && !label.contains(char::is_control);
        if !fits {
            return Err(AccountError::Label(label.to_owned()));
        }
        if self.app.iter().filter(|app| app.label != label).count() >= MOST {
            return Err(AccountError::TooManyAppPasswords(MOST));
        }
        let mut octets = [0; 20];
        getrandom::fill(&mut octets).map_err(AccountError::Randomness)?;
        let password = base32(octets);
        self.app.retain(|app| app.label != label);
        self.app.push(AppPassword { label: label.to_owned(), digest: digest(&password) });
        Ok(password)
    }
}

fn digest(password: &str) -> String {
    hex(&Sha256::digest(password))
}

fn hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |four: u8| char::from(DIGITS[usize::from(four & 15)]);
    octets.iter().flat_map(|&octet| [digit(octet >> 4), digit(octet)]).collect()
}

/// 32 lower-case characters that are hard to confuse, five bits each.
fn base32(octets: [u8; 20]) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |bits: u64| char::from(ALPHABET[usize::from(bits.to_le_bytes()[0] & 31)]);
    let groups = octets
        .chunks_exact(5)
        .map(|five| five.iter().fold(0u64, |bits, &octet| bits << 8 | u64::from(octet)));
    groups.flat_map(|bits| (0..8).rev().map(move |n| letter(bits >> (5 * n)))).collect()
}

/// A key for another purpose, made of the one that is kept.
pub(super) fn derived(key: &[u8], purpose: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(purpose);
    mac.finalize().into_bytes().into()
}

/// The key from which the salts of unknown users are made, kept so that they stay the same.
pub(super) fn decoy_key(folder: &Path) -> Result<Vec<u8>, AccountError> {
    let path = folder.join("decoy-key");
    let file = |error| AccountError::File { path: path.clone(), error };
    match std::fs::read_to_string(&path) {
        Ok(text) if text.len() == 64 => Ok(text.into_bytes()),
        Ok(_) => Err(file(std::io::Error::other(
            "expected 64 hexadecimal digits; delete it to have a new one made",
        ))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut octets = [0; 32];
            getrandom::fill(&mut octets).map_err(AccountError::Randomness)?;
            let text = hex(&octets);
            crate::tls::write(&path, &text, 0o600).map_err(file)?;
            Ok(text.into_bytes())
        }
        Err(error) => Err(file(error)),
    }
}
