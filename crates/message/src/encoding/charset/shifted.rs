//! Seven-bit East Asian charsets made eight-bit: HZ (RFC 1843) and ISO-2022-KR (RFC 1557).

/// HZ to GBK: `~{` and `~}` shift, `~~` is a tilde, `~` before a line end joins lines.
pub(super) fn hz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return out,
            [b'~', b'{', rest @ ..] => {
                shifted = true;
                rest
            }
            [b'~', b'}', rest @ ..] => {
                shifted = false;
                rest
            }
            [b'~', b'~', rest @ ..] if !shifted => {
                out.push(b'~');
                rest
            }
            [b'~', b'\r', b'\n', rest @ ..] | [b'~', b'\n', rest @ ..] if !shifted => rest,
            [b'\n', rest @ ..] => {
                // RFC 1843 §2: a line end is reached in ASCII mode; start afresh where that was forgotten.
                shifted = false;
                out.push(b'\n');
                rest
            }
            [first @ 0x21..=0x7e, second @ 0x21..=0x7e, rest @ ..] if shifted => {
                out.extend_from_slice(&[first | 0x80, second | 0x80]);
                rest
            }
            [byte, rest @ ..] => {
                out.push(*byte);
                rest
            }
        };
    }
}

/// ISO-2022-KR to EUC-KR: SO and SI shift, the designator is dropped.
pub(super) fn iso_2022_kr(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut shifted = false;
    let mut rest = bytes;
    loop {
        rest = match rest {
            [] => return out,
            [0x1b, b'$', b')', b'C', rest @ ..] => rest,
            [0x0e, rest @ ..] => {
                shifted = true;
                rest
            }
            [0x0f, rest @ ..] => {
                shifted = false;
                rest
            }
            [b'\n', rest @ ..] => {
                shifted = false;
                out.push(b'\n');
                rest
            }
            [byte, rest @ ..] => {
                out.push(if shifted && (0x21..=0x7e).contains(byte) { byte | 0x80 } else { *byte });
                rest
            }
        };
    }
}
