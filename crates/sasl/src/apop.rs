//! The digest of POP3's APOP command, RFC 1939 §7: MD5 over the greeting's timestamp and the shared secret.
//!
//! Here because it is a credential check like the others and shares their comparison in constant time. It needs the
//! password in clear on the server and MD5 on the wire: offer it only where an old client leaves no choice.

use std::fmt::Write as _;

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use crate::Secret;

/// The digest in 32 lower-case hexadecimal digits. `timestamp` has its angle brackets.
///
/// ```
/// use mailwright_sasl::{Secret, apop};
/// // RFC 1939 §7
/// let digest = apop::digest("<1896.697170952@dbc.mtview.ca.us>", &Secret::new("tanstaaf"));
/// assert_eq!(digest, "c4c9334bac560ecc979e58001b3e22fb");
/// ```
pub fn digest(timestamp: &str, secret: &Secret) -> String {
    let digest = Md5::new_with_prefix(timestamp).chain_update(secret.expose()).finalize();
    hex(&digest)
}

/// Whether `claimed` is that digest, compared in constant time.
pub fn verify(timestamp: &str, secret: &Secret, claimed: &str) -> bool {
    digest(timestamp, secret).as_bytes().ct_eq(claimed.as_bytes()).into()
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::with_capacity(octets.len() * 2), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_digest_is_accepted() {
        let (stamp, secret) = ("<1896.697170952@dbc.mtview.ca.us>", Secret::new("tanstaaf"));
        assert!(verify(stamp, &secret, "c4c9334bac560ecc979e58001b3e22fb"));
        assert!(!verify(stamp, &secret, "c4c9334bac560ecc979e58001b3e22fc"));
        assert!(!verify(stamp, &secret, "c4c9334bac560ecc979e58001b3e22f"));
        assert!(!verify("<other>", &secret, "c4c9334bac560ecc979e58001b3e22fb"));
        assert!(!verify(stamp, &secret, ""));
    }
}
