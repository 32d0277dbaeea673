//! quoted-printable bodies (RFC 2045 §6.7).

use encodify::qp as engine;
use memchr::{memchr, memchr_iter};

use super::transfer::{Decoded, Fault};

/// Decodes `data`, appending to `out`.
///
/// Line ends stay as they are. White space before a line end is dropped (RFC 2045 §6.7 (3)); an `=` that starts
/// neither an escape nor a soft line break is kept, as are lower-case digits read; all three but the last are noted.
pub fn decode(data: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut decoded = Decoded::CLEAN;
    out.reserve(data.len());
    if !ends_line_with_space(data) {
        decode_run(data, out, &mut decoded);
        return decoded;
    }
    decoded.note(Fault::TrailingSpace);
    let mut start = 0;
    for end in memchr_iter(b'\n', data).map(|i| i + 1) {
        decode_line(&data[start..end], out, &mut decoded);
        start = end;
    }
    decode_line(&data[start..], out, &mut decoded);
    decoded
}

/// Whether any line has white space before its end: seldom, so worth its own look at memory speed.
fn ends_line_with_space(data: &[u8]) -> bool {
    if matches!(data.last(), Some(b' ' | b'\t')) {
        return true;
    }
    memchr_iter(b'\n', data).any(|end| {
        let line = match data[..end] {
            [ref line @ .., b'\r'] => line,
            ref line => line,
        };
        matches!(line.last(), Some(b' ' | b'\t'))
    })
}

/// One line, its trailing white space to be dropped.
fn decode_line(line: &[u8], out: &mut Vec<u8>, decoded: &mut Decoded) {
    let text = without_line_end(line);
    let end = &line[text.len()..];
    let kept = without_trailing_space(text);
    // `=` before the dropped space is a soft break all the same.
    if let Some(soft) = kept.strip_suffix(b"=") {
        decode_run(soft, out, decoded);
    } else {
        decode_run(kept, out, decoded);
        out.extend_from_slice(end);
    }
}

fn without_line_end(line: &[u8]) -> &[u8] {
    match line {
        [text @ .., b'\r', b'\n'] | [text @ .., b'\n'] => text,
        text => text,
    }
}

fn without_trailing_space(text: &[u8]) -> &[u8] {
    let kept = text.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |i| i + 1);
    &text[..kept]
}

/// Jumps from `=` to `=`; what lies between is copied whole.
fn decode_run(mut data: &[u8], out: &mut Vec<u8>, decoded: &mut Decoded) {
    while let Some(at) = memchr(b'=', data) {
        out.extend_from_slice(&data[..at]);
        data = &data[at..];
        // Escapes come in groups: no search between neighbours.
        while let [b'=', rest @ ..] = data {
            data = match rest {
                [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
                [high, low, rest @ ..] => {
                    let value = HEX[usize::from(*high)] << 4 | HEX[usize::from(*low)];
                    if value > 0xff {
                        decoded.note(Fault::Escape);
                        out.push(b'=');
                        &data[1..]
                    } else {
                        out.push(value.to_le_bytes()[0]);
                        rest
                    }
                }
                // `=` as the last octet is a soft break whose line end belongs to the boundary.
                [] | [b'\r'] => &[],
                [_] => {
                    decoded.note(Fault::Escape);
                    out.push(b'=');
                    rest
                }
            };
        }
    }
    out.extend_from_slice(data);
}

/// Value of a hexadecimal digit; 0x100 for what is none, so that a pair holding one is above 0xff.
static HEX: [u16; 256] = {
    let mut table = [0x100_u16; 256];
    let mut digit = 0_u8;
    while digit < 16 {
        let (upper, lower) =
            if digit < 10 { (b'0' + digit, b'0' + digit) } else { (b'A' + digit - 10, b'a' + digit - 10) };
        table[upper as usize] = digit as u16;
        table[lower as usize] = digit as u16;
        digit += 1;
    }
    table
};

/// Encodes text, appending to `out`: line ends become CRLF, lines stay within 76 characters.
pub fn encode_text(data: &[u8], out: &mut Vec<u8>) {
    engine::BODY.encode_append(data, out);
}

/// Encodes any octets, appending to `out`: CR and LF are escaped, lines stay within 76 characters.
pub fn encode_binary(data: &[u8], out: &mut Vec<u8>) {
    engine::BINARY.encode_append(data, out);
}

/// The length of [`encode_text`]'s output if it is at most `limit`.
pub fn encoded_text_len(data: &[u8], limit: usize) -> Option<usize> {
    engine::BODY.encoded_len_within(data, limit)
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
    fn escapes_and_soft_breaks_are_decoded() {
        for (text, data) in [
            ("", ""),
            ("a=3Db=3d", "a=b="),
            ("soft=\r\n break=\n!", "soft break!"),
            ("end=", "end"),
            ("end=\r", "end"),
            ("a\r\nb\nc", "a\r\nb\nc"),
            ("=C3=BC", "ü"),
        ] {
            assert_eq!(decoded(text.as_bytes()), (data.as_bytes().to_vec(), vec![]), "{text:?}");
        }
    }

    #[test]
    fn bad_escapes_are_kept_and_noted() {
        for (text, data) in
            [("a=ZZb", "a=ZZb"), ("=4", "=4"), ("x==41", "x=A"), ("=\0", "=\0"), ("=4=41", "=4A")]
        {
            assert_eq!(decoded(text.as_bytes()), (data.as_bytes().to_vec(), vec![Fault::Escape]), "{text:?}");
        }
    }

    #[test]
    fn white_space_before_a_line_end_is_dropped() {
        for (text, data) in [
            ("a \t\r\nb", "a\r\nb"),
            ("a= \r\nb", "ab"),
            ("a ", "a"),
            ("a=20\r\nb \n", "a \r\nb\n"),
            (" \n \n", "\n\n"),
        ] {
            assert_eq!(
                decoded(text.as_bytes()),
                (data.as_bytes().to_vec(), vec![Fault::TrailingSpace]),
                "{text:?}"
            );
        }
    }

    #[test]
    fn text_and_binary_round_trip() {
        let text = "Zwölf Boxkämpfer \r\n jagen = Viktor\t\r\n.\r\nFrom here\r\n".repeat(9);
        let mut encoded = Vec::new();
        encode_text(text.as_bytes(), &mut encoded);
        assert!(encoded.split(|&b| b == b'\n').all(|line| line.len() <= 77));
        assert_eq!(decoded(&encoded), (text.clone().into_bytes(), vec![]));
        let binary: Vec<u8> = (0..=255).chain(0..=255).collect();
        encoded.clear();
        encode_binary(&binary, &mut encoded);
        assert_eq!(decoded(&encoded), (binary, vec![]));
    }
}
