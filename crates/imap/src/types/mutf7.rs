//! Modified UTF-7, how IMAP4rev1 writes mailbox names (RFC 3501 §5.1.3).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b',' => 63,
        _ => return None,
    }))
}

/// Decodes a name. `None` where it is not the one way to write that name: printable ASCII in base64, two shifts with
/// nothing between them, a lone surrogate, bits left over, a missing `-`, or a byte that is not printable ASCII.
pub(crate) fn decode(name: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    let mut shifted_before = false;
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'&' {
            if !(0x20..0x7f).contains(&byte) {
                return None;
            }
            out.push(char::from(byte));
            shifted_before = false;
            rest = after;
            continue;
        }
        let end = memchr::memchr(b'-', after)?;
        if end == 0 {
            out.push('&');
            shifted_before = false;
        } else {
            if shifted_before {
                return None;
            }
            decode_shifted(&after[..end], &mut out)?;
            shifted_before = true;
        }
        rest = &after[end + 1..];
    }
    Some(out)
}

fn decode_shifted(base64: &[u8], out: &mut String) -> Option<()> {
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut units = Vec::with_capacity(base64.len() * 3 / 8 + 1);
    for &byte in base64 {
        bits = (bits << 6) | sextet(byte)?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    if count >= 6 || bits != 0 {
        return None;
    }
    for unit in char::decode_utf16(units) {
        let character = unit.ok()?;
        if (' '..='~').contains(&character) {
            return None;
        }
        out.push(character);
    }
    Some(())
}

/// Encodes a name, in the one way there is.
pub(crate) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let (mut bits, mut count, mut shifted) = (0_u32, 0_u32, false);
    let unshift = |out: &mut String, bits: &mut u32, count: &mut u32| {
        if *count > 0 {
            out.push(char::from(ALPHABET[(*bits << (6 - *count)) as usize & 63]));
        }
        (*bits, *count) = (0, 0);
        out.push('-');
    };
    for character in name.chars() {
        if (' '..='~').contains(&character) {
            if shifted {
                unshift(&mut out, &mut bits, &mut count);
                shifted = false;
            }
            out.push_str(if character == '&' { "&-" } else { "" });
            if character != '&' {
                out.push(character);
            }
            continue;
        }
        if !shifted {
            out.push('&');
            shifted = true;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            bits = (bits << 16) | u32::from(*unit);
            count += 16;
            while count >= 6 {
                count -= 6;
                out.push(char::from(ALPHABET[(bits >> count) as usize & 63]));
                bits &= (1 << count) - 1;
            }
        }
    }
    if shifted {
        unshift(&mut out, &mut bits, &mut count);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_rfc() {
        let wire = "~peter/mail/&U,BTFw-/&ZeVnLIqe-";
        let name = decode(wire.as_bytes()).unwrap();
        assert_eq!(name, "~peter/mail/\u{53f0}\u{5317}/\u{65e5}\u{672c}\u{8a9e}");
        assert_eq!(encode(&name), wire);
        assert_eq!(decode(b"Tom &- Jerry").as_deref(), Some("Tom & Jerry"));
    }

    #[test]
    fn what_is_not_the_one_way_to_write_a_name_is_refused() {
        // ASCII in base64, dots in base64, lone surrogate, missing "-", two shifts in a row, leftover bits, 8-bit, NUL.
        let wrong: [&[u8]; 9] = [
            b"&AGE-",
            b"&AC4ALg-",
            b"&2AA-",
            b"&U,BTFw",
            b"&U,A-&Uwc-",
            b"&U,BTFx-",
            b"caf\xc3\xa9",
            b"&bad",
            b"a\0b",
        ];
        for name in wrong {
            assert_eq!(decode(name), None, "{}", name.escape_ascii());
        }
    }

    proptest! {
        #[test]
        fn every_name_reads_back(name in "\\PC*") {
            let wire = encode(&name);
            prop_assert!(wire.is_ascii());
            prop_assert_eq!(decode(wire.as_bytes()), Some(name));
        }

        #[test]
        fn what_decodes_is_written_the_same_again(wire in "[&A-Za-z,+-]{0,20}") {
            if let Some(name) = decode(wire.as_bytes()) {
                prop_assert_eq!(encode(&name), wire);
            }
        }
    }
}
