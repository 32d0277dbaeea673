//! What marks a message as having passed here: an id for logs and replies, and the time.

use mailwright_message::header::date::DateTime;
use mailwright_store::Timestamp;

/// A new id: thirteen letters and digits that nobody can foresee.
pub(crate) fn id() -> String {
    // Crockford's alphabet: no two that look alike.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut octets = [0; 8];
    // Without randomness the clock has to do: the id is for people, nothing depends on it.
    if getrandom::fill(&mut octets).is_err() {
        octets = Timestamp::now().value().to_be_bytes();
    }
    let number = u64::from_be_bytes(octets);
    (0..13).map(|n| char::from(ALPHABET[usize::try_from(number >> (5 * n) & 31).unwrap_or(0)])).collect()
}

/// The time in the form of RFC 5322 §3.3.
pub(crate) fn date(time: Timestamp) -> String {
    DateTime::from_unix(time.secs()).to_string()
}
