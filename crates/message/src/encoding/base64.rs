//! base64 bodies (RFC 2045 §6.8): fast where well-formed, forgiving where not.

use encodify::base64 as engine;
use memchr::memchr;

use super::transfer::{Decoded, Fault};

/// Encoded characters on one line; with CRLF the line is 78 octets (RFC 2045 §6.8).
pub const LINE: usize = 76;

/// Decodes `data`, appending to `out`.
///
/// White space is skipped; any other octet outside the alphabet too, and noted. Padding may be missing;
/// data that follows padding starts a new group, as concatenated encodings have it.
pub fn decode(data: &[u8], out: &mut Vec<u8>) -> Decoded {
    let before = out.len();
    if engine::MIME.decode_append(data, out).is_ok() {
        let mut decoded = Decoded::CLEAN;
        note_padding(data, out.len() - before, &mut decoded);
        return decoded;
    }
    decode_stray(data, out)
}

/// Whether the padding fits `written` octets, given that only symbols, white space and `=` are there.
fn note_padding(data: &[u8], written: usize, decoded: &mut Decoded) {
    let Some(first) = memchr(b'=', data) else {
        // Whole groups, or one symbol beyond them, which gives nothing: only then are they to be counted.
        if !written.is_multiple_of(3) {
            decoded.note(Fault::Padding);
            return;
        }
        match symbols(data) % 4 {
            0 => {}
            1 => decoded.note(Fault::Truncated),
            _ => decoded.note(Fault::Padding),
        }
        return;
    };
    let mut pads = 0;
    for &byte in &data[first..] {
        if byte == b'=' {
            pads += 1;
        } else if !is_space(byte) {
            decoded.note(Fault::Padding);
            return;
        }
    }
    if pads != (3 - written % 3) % 3 {
        decoded.note(Fault::Padding);
    }
}

/// How many octets are no white space, many of them looked at at once.
fn symbols(data: &[u8]) -> usize {
    let count = |piece: &[u8]| piece.iter().map(|&byte| u8::from(!is_space(byte))).sum::<u8>();
    data.chunks(128).map(|piece| usize::from(count(piece))).sum()
}

/// The careful way, for data with octets that do not belong there.
fn decode_stray(data: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut decoded = Decoded::CLEAN;
    let mut decoder = engine::STANDARD.decoder();
    let mut rest = data;
    let mut padded = false;
    loop {
        let used = decoder.decode_symbols(rest, out);
        if used > 0 && padded {
            decoded.note(Fault::Padding);
        }
        let Some(&byte) = rest.get(used) else {
            break;
        };
        rest = &rest[used + 1..];
        if byte == b'=' {
            if !decoder.is_aligned() {
                decoder.pad(out);
            } else if !padded {
                decoded.note(Fault::Padding);
            }
            padded = true;
        } else if !is_space(byte) {
            decoded.note(Fault::Stray);
        }
    }
    if !decoder.is_aligned() {
        decoded.note(Fault::Padding);
    }
    decoder.finish(out);
    decoded
}

const fn is_space(byte: u8) -> bool {
    byte == b' ' || byte.wrapping_sub(b'\t') < 5
}

/// Encodes `data` in lines of [`LINE`] characters with CRLF between them, appending to `out`.
///
/// The last line has no CRLF: in a body the boundary brings it.
pub fn encode(data: &[u8], out: &mut Vec<u8>) {
    engine::MIME.encode_append(data, out);
    if out.ends_with(b"\r\n") {
        out.truncate(out.len() - 2);
    }
}

/// How many octets [`encode`] writes at most for `len` octets of data.
pub const fn encoded_len(len: usize) -> usize {
    let symbols = len.div_ceil(3) * 4;
    symbols + symbols / LINE * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(data: &[u8]) -> (Vec<u8>, Vec<Fault>) {
        let mut out = Vec::new();
        let decoded = decode(data, &mut out);
        (out, decoded.faults().collect())
    }

    #[test]
    fn well_formed_data_has_no_fault() {
        for (text, data) in [
            ("", ""),
            ("QQ==", "A"),
            ("QUI=", "AB"),
            ("QUJD", "ABC"),
            ("QU\r\nJD\r\n", "ABC"),
            ("QQ=\r\n=\r\n", "A"),
        ] {
            assert_eq!(decoded(text.as_bytes()), (data.as_bytes().to_vec(), vec![]), "{text:?}");
        }
    }

    #[test]
    fn broken_data_is_read_as_far_as_it_goes_and_noted() {
        for (text, data, fault) in [
            ("QQ", "A", Fault::Padding),
            ("QQ=", "A", Fault::Padding),
            ("QUI", "AB", Fault::Padding),
            ("QUJDQ", "ABC", Fault::Truncated),
            ("QUJD==", "ABC", Fault::Padding),
            ("QQ==QUI=", "AAB", Fault::Padding),
            ("QU*JD", "ABC", Fault::Stray),
            ("QU\0JD", "ABC", Fault::Stray),
            ("QUJD\r\n--end", "ABC\x7a\x77", Fault::Stray),
            ("====", "", Fault::Padding),
        ] {
            let (out, faults) = decoded(text.as_bytes());
            assert_eq!(out, data.as_bytes(), "{text:?}");
            assert!(faults.contains(&fault), "{text:?}: {faults:?}");
        }
    }

    #[test]
    fn lines_are_76_characters_and_the_last_has_no_line_end() {
        for len in [0_usize, 1, 56, 57, 58, 113, 114, 115, 1000] {
            let data: Vec<u8> = (0..=255).cycle().take(len).collect();
            let mut text = Vec::new();
            encode(&data, &mut text);
            assert!(text.len() <= encoded_len(len), "{len}");
            assert!(!text.ends_with(b"\n"), "{len}");
            for line in text.split(|&b| b == b'\n') {
                assert!(line.len() <= LINE + 1);
            }
            assert_eq!(decoded(&text), (data, vec![]), "{len}");
        }
    }
}
