//! SCRAM (RFC 5802, RFC 7677): what the server stores, and the messages both roles read and write.

mod keys;
pub(crate) mod message;
#[cfg(test)]
mod vectors;

pub use keys::{Keys, KeysError};

/// Fewest iterations taken or made, RFC 7677 §4.
pub const MIN_ITERATIONS: u32 = 4096;
/// Most iterations taken: the peer says how often, so the peer says how long we compute.
pub const MAX_ITERATIONS: u32 = 1_000_000;
/// Iterations for new keys.
pub const DEFAULT_ITERATIONS: u32 = 10_000;
