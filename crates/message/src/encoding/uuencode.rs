//! uuencode: files as text between a `begin` and an `end` line, as POSIX `uuencode` writes them.

use memchr::memchr;

use super::transfer::{Decoded, Fault};

/// Data octets on one full line.
const LINE: usize = 45;

/// A uuencoded file within other text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File<'a> {
    /// The name in the `begin` line. Untrusted: it may hold a path.
    pub name: &'a [u8],
    /// The Unix permissions in the `begin` line.
    pub mode: u16,
    /// Where the `begin` line starts.
    pub start: usize,
    /// Where the line after `end` starts (the end of the text if there is no `end`).
    pub end: usize,
    /// The encoded lines between.
    lines: &'a [u8],
    ended: bool,
}

impl File<'_> {
    /// Decodes the file, appending to `out`.
    ///
    /// Lines cut short, as by software that strips trailing spaces, are filled up with zero bits and noted.
    pub fn decode(&self, out: &mut Vec<u8>) -> Decoded {
        let mut decoded = Decoded::CLEAN;
        if !self.ended {
            decoded.note(Fault::Truncated);
        }
        out.reserve(self.lines.len() / 4 * 3);
        let mut rest = self.lines;
        while !rest.is_empty() {
            let (line, tail) = split_line(rest);
            rest = tail;
            decode_line(line, out, &mut decoded);
        }
        decoded
    }
}

/// The first file in `text`, if there is one.
///
/// ```
/// use mailwright_message::encoding::uuencode;
/// let file = uuencode::find(b"Here:\nbegin 644 a.txt\n#0V%T\n`\nend\n").expect("it is there");
/// let mut data = Vec::new();
/// assert!(file.decode(&mut data).is_clean());
/// assert_eq!((file.name, data.as_slice()), (&b"a.txt"[..], &b"Cat"[..]));
/// ```
pub fn find(text: &[u8]) -> Option<File<'_>> {
    let mut at = 0;
    loop {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (line, after) = split_line(rest);
        let body = text.len() - after.len();
        if let Some((mode, name)) = begin_line(line) {
            let (length, end, ended) = end_line(after);
            return Some(File { name, mode, start: at, end: body + end, lines: &after[..length], ended });
        }
        at = body;
    }
}

/// `begin SP mode SP name`, the mode three or four octal digits.
fn begin_line(line: &[u8]) -> Option<(u16, &[u8])> {
    let rest = line.strip_prefix(b"begin ")?;
    let space = memchr(b' ', rest)?;
    let digits = &rest[..space];
    if !(3..=4).contains(&digits.len()) || !digits.iter().all(|d| (b'0'..=b'7').contains(d)) {
        return None;
    }
    let mode = digits.iter().fold(0, |mode, digit| mode << 3 | u16::from(digit - b'0'));
    Some((mode, &rest[space + 1..]))
}

/// Length of the encoded lines, where the text goes on, and whether `end` is there.
fn end_line(text: &[u8]) -> (usize, usize, bool) {
    let mut at = 0;
    while at < text.len() {
        let (line, after) = split_line(&text[at..]);
        let next = text.len() - after.len();
        if line.trim_ascii_end() == b"end" {
            return (at, next, true);
        }
        at = next;
    }
    (text.len(), text.len(), false)
}

fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr(b'\n', text).map_or(text.len(), |i| i + 1);
    let (line, rest) = text.split_at(end);
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

fn decode_line(line: &[u8], out: &mut Vec<u8>, decoded: &mut Decoded) {
    let Some((&count, symbols)) = line.split_first() else {
        return;
    };
    if !(b' '..=b'`').contains(&count) {
        decoded.note(Fault::Stray);
        return;
    }
    let count = usize::from((count - b' ') & 0x3f);
    let needed = count.div_ceil(3) * 4;
    if symbols.len() < needed {
        decoded.note(Fault::Length);
    }
    let start = out.len();
    for group in symbols[..needed.min(symbols.len())].chunks(4) {
        let mut bits = 0_u32;
        for i in 0..4 {
            let symbol = group.get(i).copied().unwrap_or(b' ');
            if !(b' '..=b'`').contains(&symbol) {
                decoded.note(Fault::Stray);
            }
            bits = bits << 6 | u32::from(symbol.wrapping_sub(b' ') & 0x3f);
        }
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    out.truncate(start + count);
}

/// Decodes the first file in `data`, appending to `out`; without a `begin` line the data is copied and that noted.
pub fn decode(data: &[u8], out: &mut Vec<u8>) -> Decoded {
    if let Some(file) = find(data) {
        return file.decode(out);
    }
    out.extend_from_slice(data);
    let mut decoded = Decoded::CLEAN;
    decoded.note(Fault::NoBegin);
    decoded
}

/// Encodes `data` as a file with CRLF line ends, appending to `out`. Octets of `name` below space become `_`.
pub fn encode(name: &str, mode: u16, data: &[u8], out: &mut Vec<u8>) {
    const fn symbol(bits: u32) -> u8 {
        match (bits & 0x3f) as u8 {
            0 => b'`',
            bits => bits + b' ',
        }
    }
    out.extend_from_slice(format!("begin {:03o} ", mode & 0o7777).as_bytes());
    out.extend(name.bytes().map(|byte| if byte < b' ' { b'_' } else { byte }));
    out.extend_from_slice(b"\r\n");
    for line in data.chunks(LINE) {
        // At most 45, so a byte holds it.
        out.push(symbol(u32::try_from(line.len()).unwrap_or_default()));
        for group in line.chunks(3) {
            let byte = |i| u32::from(group.get(i).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            out.extend_from_slice(&[symbol(bits >> 18), symbol(bits >> 12), symbol(bits >> 6), symbol(bits)]);
        }
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"`\r\nend\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_files_decode_to_the_same() {
        for len in [0_usize, 1, 2, 3, 44, 45, 46, 90, 1000] {
            let data: Vec<u8> = (0..=255).cycle().take(len).collect();
            let mut text = Vec::new();
            encode("a b\r\n.bin", 0o644, &data, &mut text);
            let file = find(&text).unwrap();
            assert_eq!((file.name, file.mode), (&b"a b__.bin"[..], 0o644));
            assert_eq!((file.start, file.end), (0, text.len()));
            let mut out = Vec::new();
            assert!(decode(&text, &mut out).is_clean());
            assert_eq!(out, data);
        }
    }

    #[test]
    fn bad_lines_are_noted_and_never_fatal() {
        for (text, data, fault) in [
            (&b"begin 644 a\n#0V%T\n"[..], &b"Cat"[..], Fault::Truncated),
            (b"begin 644 a\n#0V\nend\n", b"C`\0", Fault::Length),
            (b"begin 644 a\n~~\n#0V%T\nend", b"Cat", Fault::Stray),
            (b"begin here\nno", b"begin here\nno", Fault::NoBegin),
        ] {
            let mut out = Vec::new();
            let decoded = decode(text, &mut out);
            assert!(decoded.contains(fault), "{text:?} {decoded:?}");
            assert_eq!(out, data, "{text:?}");
        }
    }
}
