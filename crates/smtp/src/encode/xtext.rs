//! `xtext` of RFC 3461 §4 and `utf-8-addr-xtext` of RFC 6533 §3.

use std::fmt::Write;

/// Writes printable ASCII as xtext.
pub(crate) fn xtext(out: &mut String, text: &str) {
    for b in text.bytes() {
        match b {
            b'!'..=b'~' if b != b'+' && b != b'=' => out.push(char::from(b)),
            _ => _ = write!(out, "+{b:02X}"), // a String takes all
        }
    }
}

/// The octets that [`xtext`] would write.
pub(crate) fn len(text: &str) -> usize {
    text.bytes().map(|b| if matches!(b, b'!'..=b'~') && b != b'+' && b != b'=' { 1 } else { 3 }).sum()
}

/// Writes an address with what xtext and ASCII lack as `\x{..}`.
pub(crate) fn utf8_address(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '!'..='~' if !matches!(c, '+' | '=' | '\\') => out.push(c),
            _ => _ = write!(out, "\\x{{{:02X}}}", u32::from(c)), // a String takes all
        }
    }
}
