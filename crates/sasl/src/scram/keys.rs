//! [`Keys`]: what a server stores to check SCRAM and PLAIN, without the password.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
use zeroize::Zeroizing;

use super::{DEFAULT_ITERATIONS, MAX_ITERATIONS, MIN_ITERATIONS};
use crate::{
    Secret,
    hash::{Hash, Octets},
};

/// The salt, the iteration count, `StoredKey` and `ServerKey` of RFC 5802 §3, for one hash.
///
/// Who steals them can act as the server and can guess passwords, but cannot log in with them.
/// Their text form, for a database column, is the one PostgreSQL uses:
///
/// ```
/// use mailwright_sasl::{Hash, Secret, scram::Keys};
///
/// let keys = Keys::derive(Hash::Sha256, &Secret::new("pencil"), *b"0123456789abcdef", 4096).unwrap();
/// assert!(keys.verify(&Secret::new("pencil")));
/// assert!(!keys.verify(&Secret::new("pencils")));
///
/// let text = keys.to_text();
/// assert!(text.expose().starts_with("SCRAM-SHA-256$4096:MDEyMzQ1Njc4OWFiY2RlZg==$"));
/// assert_eq!(text.expose().parse::<Keys>().unwrap(), keys);
/// ```
#[derive(Clone)]
pub struct Keys {
    hash: Hash,
    salt: Vec<u8>,
    iterations: u32,
    stored: Octets,
    server: Octets,
    /// Made up for a user who does not exist: no proof is right.
    decoy: bool,
}

/// Why there are no keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeysError {
    /// The password cannot be prepared.
    #[error(transparent)]
    Password(#[from] crate::prepare::PrepareError),
    /// Fewer than [`MIN_ITERATIONS`] or more than [`MAX_ITERATIONS`].
    #[error("{0} iterations: not between {MIN_ITERATIONS} and {MAX_ITERATIONS}")]
    Iterations(u32),
    /// Not a salt, or not the text form of keys.
    #[error("not SCRAM keys: expected NAME$ITERATIONS:SALT$STOREDKEY:SERVERKEY")]
    Malformed,
}

impl Keys {
    /// Derives the keys of a password. It is prepared here, see [`prepare::password`](crate::prepare::password).
    ///
    /// `salt` must be random and new for each password. This takes `iterations` computations of the hash: do it
    /// where blocking is allowed.
    ///
    /// # Errors
    /// When the password cannot be prepared or the iteration count is out of bounds.
    pub fn derive(hash: Hash, password: &Secret, salt: [u8; 16], iterations: u32) -> Result<Self, KeysError> {
        bounded(iterations)?;
        let password = crate::prepare::password(password.expose())?;
        let salted = hash.stretch(password.expose().as_bytes(), &salt, iterations);
        Ok(Self::from_salted(hash, salt.to_vec(), iterations, &salted))
    }

    /// Keys at [`DEFAULT_ITERATIONS`] for each hash, the strongest first: what to store when a password is set.
    ///
    /// # Errors
    /// When the password cannot be prepared.
    pub fn derive_all(password: &Secret, salts: [[u8; 16]; 3]) -> Result<[Self; 3], KeysError> {
        let [a, b, c] = [0, 1, 2].map(|i| Self::derive(Hash::ALL[i], password, salts[i], DEFAULT_ITERATIONS));
        Ok([a?, b?, c?])
    }

    pub(crate) fn from_salted(hash: Hash, salt: Vec<u8>, iterations: u32, salted: &[u8]) -> Self {
        let client = hash.hmac(salted, &[b"Client Key"]);
        let server = hash.hmac(salted, &[b"Server Key"]);
        Self { hash, salt, iterations, stored: hash.digest(&client), server, decoy: false }
    }

    /// Keys for a user who does not exist, which no proof satisfies.
    ///
    /// The same `key` and `user` give the same salt each time, so that a stranger who asks twice cannot tell
    /// (RFC 5802 §9 leaves this to the server). [`server::Exchange`](crate::server::Exchange) makes them itself
    /// when the answer to a [`Question::Keys`](crate::server::Question::Keys) is a refusal.
    pub fn decoy(key: &[u8], user: &str, hash: Hash, iterations: u32) -> Self {
        let part = |purpose: &[u8]| hash.hmac(key, &[purpose, b"\0", user.as_bytes()]);
        let salt = part(b"salt")[..16].to_vec();
        Self { hash, salt, iterations, stored: part(b"stored"), server: part(b"server"), decoy: true }
    }

    /// Whether this is the password, computed as slowly as deriving the keys.
    pub fn verify(&self, password: &Secret) -> bool {
        let Ok(password) = crate::prepare::password(password.expose()) else { return false };
        let salted = self.hash.stretch(password.expose().as_bytes(), &self.salt, self.iterations);
        let other = Self::from_salted(self.hash, Vec::new(), self.iterations, &salted);
        let same = self.stored.ct_eq(&other.stored) & self.server.ct_eq(&other.server);
        bool::from(same & !Choice::from(u8::from(self.decoy)))
    }

    /// Whether `proof` shows knowledge of `ClientKey` for this exchange, RFC 5802 §3. In constant time.
    pub(crate) fn proves(&self, auth_message: &[u8], proof: &[u8]) -> bool {
        let signature = self.hash.hmac(&self.stored, &[auth_message]);
        if proof.len() != signature.len() {
            return false;
        }
        let client: Octets = Zeroizing::new(proof.iter().zip(signature.iter()).map(|(a, b)| a ^ b).collect());
        let right = self.hash.digest(&client).ct_eq(&self.stored);
        bool::from(right & !Choice::from(u8::from(self.decoy)))
    }

    /// `ServerSignature`, RFC 5802 §3.
    pub(crate) fn server_signature(&self, auth_message: &[u8]) -> Octets {
        self.hash.hmac(&self.server, &[auth_message])
    }

    /// The hash they are made with.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The salt, which is no secret: any client that names the user is told.
    pub fn salt(&self) -> &[u8] {
        &self.salt
    }

    /// How often the hash is applied.
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// The text form: `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`, the last three in base64.
    pub fn to_text(&self) -> Secret {
        let [salt, stored, server] = [&self.salt, &*self.stored, &*self.server].map(|v| STANDARD.encode(v));
        Secret::new(format!("{}${}:{salt}${stored}:{server}", self.hash.scram(), self.iterations))
    }
}

fn bounded(iterations: u32) -> Result<(), KeysError> {
    if (MIN_ITERATIONS..=MAX_ITERATIONS).contains(&iterations) {
        Ok(())
    } else {
        Err(KeysError::Iterations(iterations))
    }
}

impl FromStr for Keys {
    type Err = KeysError;

    fn from_str(text: &str) -> Result<Self, KeysError> {
        let decode = |text: &str| STANDARD.decode(text).map_err(|_| KeysError::Malformed);
        let mut parts = text.split('$');
        let (Some(name), Some(cost), Some(keys), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(KeysError::Malformed);
        };
        let hash = Hash::ALL.into_iter().find(|hash| hash.scram() == name).ok_or(KeysError::Malformed)?;
        let (iterations, salt) = cost.split_once(':').ok_or(KeysError::Malformed)?;
        let (stored, server) = keys.split_once(':').ok_or(KeysError::Malformed)?;
        let iterations = iterations.parse().map_err(|_| KeysError::Malformed)?;
        bounded(iterations)?;
        let (salt, stored, server) = (decode(salt)?, decode(stored)?, decode(server)?);
        if salt.is_empty() || stored.len() != hash.output_len() || server.len() != hash.output_len() {
            return Err(KeysError::Malformed);
        }
        let (stored, server) = (Zeroizing::new(stored), Zeroizing::new(server));
        Ok(Self { hash, salt, iterations, stored, server, decoy: false })
    }
}

impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        let public =
            self.hash == other.hash && self.salt == other.salt && self.iterations == other.iterations;
        let secret = self.stored.ct_eq(&other.stored) & self.server.ct_eq(&other.server);
        public && self.decoy == other.decoy && bool::from(secret)
    }
}

impl Eq for Keys {}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys")
            .field("hash", &self.hash)
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_checked_when_read() {
        let good = Keys::derive(Hash::Sha1, &Secret::new("x"), [1; 16], MIN_ITERATIONS).unwrap().to_text();
        let good = good.expose();
        assert!(good.parse::<Keys>().is_ok());
        for bad in [
            good.replace("SHA-1$", "SHA-256$"),
            good.replace("SHA-1$", "MD5$"),
            good.replace("$4096:", "$4096"),
            good.replace(":AQ", ":!Q"),
            format!("{good}$"),
            good[..good.len() - 1].to_owned(),
            String::new(),
        ] {
            assert_eq!(bad.parse::<Keys>(), Err(KeysError::Malformed), "{bad}");
        }
        for count in [0, 1, MIN_ITERATIONS - 1, MAX_ITERATIONS + 1] {
            let bad = good.replace("$4096:", &format!("${count}:"));
            assert_eq!(bad.parse::<Keys>(), Err(KeysError::Iterations(count)));
        }
    }

    #[test]
    fn decoys_are_stable_by_user_and_never_verify() {
        let decoy = |user: &str| Keys::decoy(&[9; 32], user, Hash::Sha256, DEFAULT_ITERATIONS);
        assert_eq!(decoy("a"), decoy("a"));
        assert_ne!(decoy("a").salt(), decoy("b").salt());
        assert_ne!(decoy("a").salt(), Keys::decoy(&[8; 32], "a", Hash::Sha256, 4096).salt());
        assert!(!decoy("a").verify(&Secret::new("x")));
    }

    #[test]
    fn keys_are_not_in_debug() {
        let keys = Keys::derive(Hash::Sha1, &Secret::new("x"), [1; 16], MIN_ITERATIONS).unwrap();
        assert_eq!(format!("{keys:?}"), "Keys { hash: Sha1, iterations: 4096, .. }");
    }
}
