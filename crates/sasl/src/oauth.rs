//! What OAUTHBEARER (RFC 7628) and XOAUTH2 have in common: `key=value` pairs, each ended by ^A.

/// Ends each pair and, once more, the message.
pub(crate) const SEPARATOR: u8 = 1;

/// The pairs of a message, up to the empty one that ends it. `None` if it is not so formed.
///
/// `*kvpair kvsep`, where `kvpair = key "=" value kvsep` and `key = 1*(ALPHA)`, RFC 7628 §3.1.
pub(crate) fn pairs(message: &str) -> Option<Vec<(&str, &str)>> {
    let mut pairs = Vec::new();
    let mut rest = message;
    loop {
        let (pair, after) = rest.split_once(char::from(SEPARATOR))?;
        if pair.is_empty() {
            return after.is_empty().then_some(pairs);
        }
        let (key, value) = pair.split_once('=')?;
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphabetic()) {
            return None;
        }
        pairs.push((key, value));
        rest = after;
    }
}

/// The token of `auth=Bearer <token>`. RFC 6750 §2.1; the scheme's name has no case, RFC 7235 §2.1.
pub(crate) fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim_start_matches(' ');
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b);
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty() && token.bytes().all(plain)).then_some(token)
}
