//! `xtext` of RFC 3461 §4, and the UTF-8 forms of RFC 6533 §3.

use std::borrow::Cow;

/// Undoes xtext. `None` where it is not, or where it hides an octet that is not printable ASCII.
///
/// ```abnf
/// xtext   = *( xchar / hexchar )
/// xchar   = %d33-42 / %d44-60 / %d62-126
/// hexchar = "+" 2HEXDIG      ; capitals
/// ```
pub(crate) fn xtext(input: &str) -> Option<Cow<'_, str>> {
    // As nearly all are. Counted and not searched for: without branches, many octets are looked at together.
    let xchar = |b: &u8| matches!(b, b'!'..=b'*' | b','..=b'<' | b'>'..=b'~');
    if input.bytes().filter(xchar).count() == input.len() {
        return Some(input.into());
    }
    let mut text = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(c) = rest.chars().next() {
        let (value, len) = match c {
            '+' => (char::from(hex(rest.get(1..3)?, 2)?.try_into().ok().filter(u8::is_ascii)?), 3),
            '=' => return None,
            _ => (c, 1),
        };
        if !matches!(value, ' '..='~') || (len == 1 && value == ' ') {
            return None;
        }
        text.push(value);
        rest = &rest[len..];
    }
    Some(text.into())
}

/// Undoes the two forms of an `utf-8` address in `ORCPT`.
///
/// ```abnf
/// utf-8-addr-xtext    = 1*(QCHAR / EmbeddedUnicodeChar)
/// utf-8-addr-unitext  = 1*(QCHAR / UTF8-non-ascii / EmbeddedUnicodeChar)
/// EmbeddedUnicodeChar = "\x{" HEXPOINT "}"
/// ```
pub(crate) fn utf8_address(input: &str) -> Option<String> {
    let mut text = String::with_capacity(input.len());
    let mut rest = input;
    while let Some(c) = rest.chars().next() {
        if let Some(point) = rest.strip_prefix("\\x{") {
            let (digits, after) = point.split_once('}')?;
            let c = char::from_u32(hex(digits, digits.len())?)?;
            if c.is_control() || c.is_ascii_alphanumeric() {
                return None; // HEXPOINT names what has no other form
            }
            text.push(c);
            rest = after;
        } else if matches!(c, '\\' | '+' | '=' | ' ') || c.is_control() {
            return None;
        } else {
            text.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    Some(text)
}

/// Capital hexadecimal digits, as many as said, six at most.
fn hex(digits: &str, count: usize) -> Option<u32> {
    let good = digits.len() == count
        && (2..=6).contains(&count)
        && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
    good.then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}
