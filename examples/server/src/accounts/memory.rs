//! [`Memory`]: passwords proved lately, under a keyed hash, so that who logs in each minute costs little.

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use mailwright_sasl::Secret;
use mailwright_store::Account;
use sha2::Sha256;

/// How long a proof is remembered.
const LIFE: Duration = Duration::from_mins(60);
/// How many are remembered at most.
const SIZE: usize = 10_000;

/// What is remembered of an account and a password: HMAC-SHA-256 under a key that is new at each start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Tag([u8; 32]);

/// Passwords proved lately. What is kept is of no use to anybody who has not the key.
pub(super) struct Memory {
    key: [u8; 32],
    proved: HashMap<Tag, Instant>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("proved", &self.proved.len()).finish_non_exhaustive()
    }
}

impl Memory {
    pub(super) fn new(key: [u8; 32]) -> Self {
        Self { key, proved: HashMap::new() }
    }

    /// The stored credentials are part of it: whoever changes them is asked again.
    pub(super) fn tag(&self, account: &Account, password: &Secret) -> Tag {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        mac.update(&account.id.value().to_be_bytes());
        mac.update(&(account.credentials.len() as u64).to_be_bytes());
        mac.update(&account.credentials);
        mac.update(password.expose().as_bytes());
        Tag(mac.finalize().into_bytes().into())
    }

    pub(super) fn knows(&self, tag: &Tag, now: Instant) -> bool {
        self.proved.get(tag).is_some_and(|since| now.duration_since(*since) < LIFE)
    }

    pub(super) fn learn(&mut self, tag: Tag, now: Instant) {
        if self.proved.len() >= SIZE {
            self.proved.retain(|_, since| now.duration_since(*since) < LIFE);
        }
        if self.proved.len() >= SIZE {
            // Nobody logs in with ten thousand accounts an hour often enough for the choice to matter.
            self.proved.clear();
        }
        self.proved.insert(tag, now);
    }
}
