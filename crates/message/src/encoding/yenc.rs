//! yEnc: nearly binary data in lines, as used in Usenet, with its size and CRC-32.

use memchr::{memchr, memchr3, memmem};

use super::transfer::{Decoded, Fault};

/// Decodes the first `=ybegin` block in `data`, appending to `out`.
///
/// Without one the data is copied and that noted. Of a multi-part file this is the part that is here.
pub fn decode(data: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut decoded = Decoded::CLEAN;
    let Some(begin) = line_starting(data, b"=ybegin ") else {
        out.extend_from_slice(data);
        decoded.note(Fault::NoBegin);
        return decoded;
    };
    let (head, mut body) = split_line(&data[begin..]);
    let mut size = number(head, b" size=", 10);
    if body.starts_with(b"=ypart ") {
        let (part, rest) = split_line(body);
        body = rest;
        size = match (number(part, b" begin=", 10), number(part, b" end=", 10)) {
            (Some(first), Some(last)) => last.checked_sub(first).map(|len| len + 1),
            _ => None,
        };
    }
    let end = line_starting(body, b"=yend");
    let tail = end.map(|at| split_line(&body[at..]).0);
    let before = out.len();
    decode_lines(&body[..end.unwrap_or(body.len())], out, &mut decoded);
    let written = &out[before..];
    let Some(tail) = tail else {
        decoded.note(Fault::Truncated);
        return decoded;
    };
    let written_len = u64::try_from(written.len()).unwrap_or(u64::MAX);
    if [size, number(tail, b" size=", 10)].into_iter().flatten().any(|size| size != written_len) {
        decoded.note(Fault::Length);
    }
    let is_part = number(tail, b" part=", 10).is_some();
    let sum = number(tail, b" pcrc32=", 16).or_else(|| number(tail, b" crc32=", 16).filter(|_| !is_part));
    if sum.is_some_and(|sum| sum != u64::from(crc32(written))) {
        decoded.note(Fault::Checksum);
    }
    decoded
}

fn decode_lines(mut data: &[u8], out: &mut Vec<u8>, decoded: &mut Decoded) {
    out.reserve(data.len());
    while let Some(at) = memchr3(b'=', b'\r', b'\n', data) {
        out.extend(data[..at].iter().map(|byte| byte.wrapping_sub(42)));
        let escape = data[at] == b'=';
        data = &data[at + 1..];
        if escape {
            let Some((&byte, rest)) = data.split_first() else {
                decoded.note(Fault::Truncated);
                return;
            };
            out.push(byte.wrapping_sub(106));
            data = rest;
        }
    }
    out.extend(data.iter().map(|byte| byte.wrapping_sub(42)));
}

/// Encodes `data` as one block with lines of 128 and CRLF, appending to `out`. Control octets of `name` become `_`.
pub fn encode(name: &str, data: &[u8], out: &mut Vec<u8>) {
    const LINE: usize = 128;
    out.extend_from_slice(format!("=ybegin line={LINE} size={} name=", data.len()).as_bytes());
    out.extend(name.bytes().map(|byte| if byte < b' ' { b'_' } else { byte }));
    out.extend_from_slice(b"\r\n");
    let mut column = 0;
    for (i, &byte) in data.iter().enumerate() {
        let coded = byte.wrapping_add(42);
        let edge = column == 0 || column + 1 >= LINE || i + 1 == data.len();
        let critical = match coded {
            0 | b'\r' | b'\n' | b'=' => true,
            // A dot that starts a line, or white space at an edge, is safer escaped.
            b'.' => column == 0,
            b' ' | b'\t' => edge,
            _ => false,
        };
        if critical {
            out.extend_from_slice(&[b'=', coded.wrapping_add(64)]);
            column += 2;
        } else {
            out.push(coded);
            column += 1;
        }
        if column >= LINE {
            out.extend_from_slice(b"\r\n");
            column = 0;
        }
    }
    if column > 0 {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("=yend size={} crc32={:08x}\r\n", data.len(), crc32(data)).as_bytes());
}

/// Where the first line that starts with `prefix` is.
fn line_starting(data: &[u8], prefix: &[u8]) -> Option<usize> {
    memmem::find_iter(data, prefix).find(|&at| at == 0 || data[at - 1] == b'\n')
}

fn split_line(data: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b'\n', data).map_or(data.len(), |i| i + 1);
    let (line, rest) = data.split_at(end);
    (line.trim_ascii_end(), rest)
}

fn number(line: &[u8], key: &[u8], radix: u32) -> Option<u64> {
    // The name comes last and may hold anything: look before it only.
    let line = memmem::find(line, b" name=").map_or(line, |name| &line[..name]);
    let value = &line[memmem::find(line, key)? + key.len()..];
    let digits = value.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    u64::from_str_radix(std::str::from_utf8(&value[..digits]).ok()?, radix).ok()
}

/// CRC-32 as in ISO 3309 and zip.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc, &byte| CRC[usize::from(crc.to_le_bytes()[0] ^ byte)] ^ crc >> 8)
}

static CRC: [u32; 256] = {
    let mut table = [0_u32; 256];
    let mut index = 0_u32;
    while index < 256 {
        let mut crc = index;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ crc >> 1 } else { crc >> 1 };
            bit += 1;
        }
        table[index as usize] = crc;
        index += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_of_the_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn encoded_data_decodes_to_the_same() {
        for len in [0_usize, 1, 127, 128, 129, 5000] {
            let data: Vec<u8> = (0..=255).cycle().take(len).collect();
            let mut text = b"Hello\r\n".to_vec();
            encode("name size=3 .bin", &data, &mut text);
            let mut out = Vec::new();
            let decoded = decode(&text, &mut out);
            assert!(decoded.is_clean(), "{len}: {decoded:?}");
            assert_eq!(out, data);
        }
    }

    #[test]
    fn damage_is_noted() {
        let mut text = Vec::new();
        encode("a", b"data", &mut text);
        let check = |text: &[u8], fault| {
            let mut out = Vec::new();
            assert!(decode(text, &mut out).contains(fault), "{fault:?}");
        };
        let mut changed = text.clone();
        let body = memchr(b'\n', &text).unwrap() + 1;
        changed[body] ^= 1;
        check(&changed, Fault::Checksum);
        changed.remove(body);
        check(&changed, Fault::Length);
        check(&text[..body + 4], Fault::Truncated);
        check(b"no block", Fault::NoBegin);
    }
}
