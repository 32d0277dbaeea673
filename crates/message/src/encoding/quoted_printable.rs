//! quoted-printable bodies (RFC 2045 §6.7).

use encodify::qp as engine;
use memchr::{memchr, memchr_iter};

use super::transfer::{Decoded, Fault};

/// Decodes `data`, appending to `out`.
///
/// Line ends stay as they are. White space before a line end is dropped (RFC 2045 §6.7 (3)); an `=` that starts
/// neither an escape nor a soft line break is kept, as are lower-case digits read; all three but the last are noted.
pub fn decode(data: &[u8], out: &mut Vec<u8>) -> Decoded {
    let spaced = may_end_line_with_space(data);
    if !spaced && is_dense(data) && engine::BODY.strict().decode_append(data, out).is_ok() {
        return Decoded::CLEAN;
    }
    let mut decoded = Decoded::CLEAN;
    out.reserve(data.len());
    if spaced {
        decode_spaced(data, out, &mut decoded);
    } else {
        decode_run(data, out, &mut decoded);
    }
    decoded
}

/// Whether there is so much to decode that jumping from `=` to `=` does not pay: more than one octet in six, going by the
/// start. Not with a bare CR, which the engine for such text would drop.
fn is_dense(data: &[u8]) -> bool {
    let start = &data[..data.len().min(1024)];
    memchr_iter(b'=', start).count() * 6 > start.len()
        && memchr_iter(b'\r', data).all(|at| data.get(at + 1) == Some(&b'\n'))
}

/// Whether white space stands before a CR, an LF or the end: seldom, so worth a look of its own, many octets at once.
fn may_end_line_with_space(data: &[u8]) -> bool {
    let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
    let is_end = |byte: u8| matches!(byte, b'\r' | b'\n');
    if data.last().copied().is_some_and(is_blank) {
        return true;
    }
    let next = data.get(1..).unwrap_or_default();
    data.chunks(4096).zip(next.chunks(4096)).any(|(first, second)| {
        first.iter().zip(second).fold(false, |found, (&one, &two)| found | (is_blank(one) & is_end(two)))
    })
}

/// From each line end with white space before it to the next.
fn decode_spaced(data: &[u8], out: &mut Vec<u8>, decoded: &mut Decoded) {
    let mut start = 0;
    for at in memchr_iter(b'\n', data) {
        if matches!(data[start..at], [.., b' ' | b'\t'] | [.., b' ' | b'\t', b'\r']) {
            decode_lines(&data[start..=at], out, decoded);
            start = at + 1;
        }
    }
    decode_lines(&data[start..], out, decoded);
}

/// Lines of which the last one's trailing white space is to be dropped.
fn decode_lines(lines: &[u8], out: &mut Vec<u8>, decoded: &mut Decoded) {
    let text = without_line_end(lines);
    let kept = without_trailing_space(text);
    if kept.len() == text.len() {
        return decode_run(lines, out, decoded);
    }
    decoded.note(Fault::TrailingSpace);
    decode_run(kept, out, decoded);
    // `=` before the dropped space is a soft break all the same.
    if !kept.ends_with(b"=") {
        out.extend_from_slice(&lines[text.len()..]);
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
    // The next one is mostly near: a short stretch is copied as it is, and what of it was too much is given back.
    while let Some(near) = data.first_chunk::<NEAR>() {
        let at = first_equals(near);
        out.extend_from_slice(near);
        if at < NEAR {
            out.truncate(out.len() - (NEAR - at));
            data = escapes(&data[at..], out, decoded);
        } else {
            let far = memchr(b'=', &data[NEAR..]).map_or(data.len(), |at| NEAR + at);
            out.extend_from_slice(&data[NEAR..far]);
            data = escapes(&data[far..], out, decoded);
        }
    }
    while let Some(at) = memchr(b'=', data) {
        out.extend_from_slice(&data[..at]);
        data = escapes(&data[at..], out, decoded);
    }
    out.extend_from_slice(data);
}

const NEAR: usize = 32;

/// Where the first `=` is, [`NEAR`] if nowhere: found without a branch, as nobody could tell which way it would go.
fn first_equals(octets: &[u8; NEAR]) -> usize {
    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);
    let mut found = 0_u32;
    for (place, eight) in octets.as_chunks::<8>().0.iter().enumerate() {
        let zero = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([b'='; 8]);
        // The high bit of every octet that is zero, then all eight of them side by side.
        let high = !(((zero & LOW) + LOW) | zero | LOW);
        let bits = (high >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        found |= u32::from(bits.to_le_bytes()[0]) << (8 * place);
    }
    found.trailing_zeros() as usize
}

/// What the octets begin with that is escaped. Escapes come in groups: no search between neighbours.
fn escapes<'a>(mut data: &'a [u8], out: &mut Vec<u8>, decoded: &mut Decoded) -> &'a [u8] {
    while let [b'=', rest @ ..] = data {
        data = match rest {
            [high, low, rest @ ..] => {
                let value = HEX[usize::from(*high)] << 4 | HEX[usize::from(*low)];
                if value <= 0xff {
                    out.push(value.to_le_bytes()[0]);
                    rest
                } else if (*high, *low) == (b'\r', b'\n') {
                    rest
                } else if *high == b'\n' {
                    &data[2..]
                } else {
                    decoded.note(Fault::Escape);
                    out.push(b'=');
                    &data[1..]
                }
            }
            // `=` as the last octet is a soft break whose line end belongs to the boundary.
            [] | [b'\r' | b'\n'] => &[],
            [_] => {
                decoded.note(Fault::Escape);
                out.push(b'=');
                rest
            }
        };
    }
    data
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

    #[test]
    fn the_first_equals_sign_is_found() {
        for octet in 0..=u8::MAX {
            for at in 0..NEAR {
                let mut octets = [octet; NEAR];
                octets[at] = b'=';
                assert_eq!(first_equals(&octets), if octet == b'=' { 0 } else { at });
            }
            assert_eq!(first_equals(&[octet; NEAR]), if octet == b'=' { 0 } else { NEAR });
        }
    }

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
    fn dense_data_is_decoded_as_any_other() {
        let sparse = "x".repeat(2000);
        for tail in ["=", "=\r\n", "=C3=BC", "=c3=bc\r\n", "=ZZ", "a\rb", "a \r\n", "=\n", "=\r", "", "\n"] {
            let dense = format!("{}{tail}", "=C3=BC=\r\n".repeat(100));
            let (mut expected, faults) = decoded(format!("{sparse}{dense}").as_bytes());
            expected.drain(..sparse.len());
            assert_eq!(decoded(dense.as_bytes()), (expected, faults), "{tail:?}");
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
