//! The header-like fields that the machine-readable part of a report is made of.

use std::fmt::Write as _;

use crate::build::{Error, Field};
use crate::encoding::charset;

/// One field, unfolded and as text; or the empty line between groups of them.
pub(super) enum Item {
    Field(String, String),
    Gap,
}

/// Reads fields leniently: either line end, lines that are no field skipped, folded lines joined with one space.
///
/// `delivery-status-content = per-message-fields 1*( CRLF per-recipient-fields )`
pub(super) fn read(data: &[u8]) -> Vec<Item> {
    let mut items = Vec::new();
    for line in data.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            items.push(Item::Gap);
        } else if line.starts_with(b" ") || line.starts_with(b"\t") {
            if let Some(Item::Field(_, value)) = items.last_mut() {
                if !value.is_empty() {
                    value.push(' ');
                }
                value.push_str(charset::guess(line.trim_ascii()).trim());
            }
        } else if let Some(colon) = memchr::memchr(b':', line) {
            let name = line[..colon].trim_ascii();
            if !name.is_empty() && name.iter().all(u8::is_ascii_graphic) {
                let value = charset::guess(line[colon + 1..].trim_ascii());
                items.push(Item::Field(charset::guess(name).into_owned(), value.into_owned()));
            }
        }
    }
    items
}

/// Appends a field. Control characters become spaces and characters beyond US-ASCII `\x{...}` (RFC 6533 §3), so that
/// what a remote server said can be quoted whatever it was.
pub(super) fn write(name: &str, value: &str, out: &mut Vec<u8>) -> Result<(), Error> {
    out.extend(Field::structured(name, &plain(value))?.to_bytes()?);
    Ok(())
}

/// The longest value written; what is beyond is cut off.
const LONGEST: usize = 4096;
/// Words longer than this are broken, since a line must end somewhere.
const LONGEST_WORD: usize = 500;

/// US-ASCII with single spaces for white space and control characters, of bounded length and with no endless words.
pub(super) fn plain(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut word = 0;
    for c in value.chars() {
        if out.len() >= LONGEST {
            break;
        }
        let before = out.len();
        match c {
            // A fold reads as one space, so more than one would not be kept.
            _ if c == ' ' || c.is_control() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            _ if c.is_ascii() => out.push(c),
            _ => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\x{{{:X}}}", u32::from(c));
            }
        }
        word = if out.ends_with(' ') { 0 } else { word + out.len() - before };
        if word >= LONGEST_WORD {
            out.push(' ');
            word = 0;
        }
    }
    out.trim().to_owned()
}

/// Puts characters that `which` names in the place of their escapes.
///
/// `EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"` (RFC 6533 §3)
pub(super) fn unescape(text: &str, which: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x{") {
        out.push_str(before);
        // Six digits at most: looking further for the brace would be done again for each that is not closed.
        let end = after.bytes().take(7).position(|byte| byte == b'}');
        let decoded = end.and_then(|end| {
            let code = u32::from_str_radix(&after[..end], 16).ok()?;
            Some((char::from_u32(code).filter(|c| which(*c))?, &after[end + 1..]))
        });
        if let Some((c, tail)) = decoded {
            out.push(c);
            rest = tail;
        } else {
            out.push_str("\\x{");
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// Written fields with their characters beyond US-ASCII in UTF-8; `None` if they have none.
pub(super) fn widen(written: &[u8]) -> Option<Vec<u8>> {
    let wide = unescape(std::str::from_utf8(written).ok()?, |c| !c.is_ascii() && !c.is_control());
    (!wide.is_ascii()).then(|| wide.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_made_fit_for_a_field() {
        assert_eq!(plain(" a\r\nB: c\0ü "), "a B: c \\x{FC}");
        assert_eq!(plain(&"x".repeat(9000)).len(), LONGEST);
        assert_eq!(widen(b"a: \\x{FC}\\x{2B}\\x{85}\r\n").unwrap(), "a: ü\\x{2B}\\x{85}\r\n".as_bytes());
        assert_eq!(widen(b"a: \\x{A\r\n"), None);
        assert_eq!(
            widen(b"a: \\x{1F600}\\x{000000FC}\\x{\\x{FC}\r\n").unwrap(),
            "a: \u{1f600}\\x{000000FC}\\x{ü\r\n".as_bytes()
        );
        let mut out = Vec::new();
        write("Diagnostic-Code", &"y".repeat(3000), &mut out).unwrap();
        assert!(out.split(|&b| b == b'\n').all(|line| line.len() < 998));
    }
}
