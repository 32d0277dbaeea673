//! `HEADER.FIELDS` and `HEADER.FIELDS.NOT` (RFC 9051 §6.4.5).

use crate::header::index::{Line, line};

/// The fields of `header` that have one of those names, compared without case, and a blank line.
///
/// ```
/// use mailwright_message::imap::{header_fields, header_fields_not};
/// let header = b"From: a\r\nTo: b\r\n c\r\nSubject: d\r\n\r\n";
/// assert_eq!(header_fields(header, &["TO", "Cc"]), b"To: b\r\n c\r\n\r\n");
/// assert_eq!(header_fields_not(header, &["TO", "Cc"]), b"From: a\r\nSubject: d\r\n\r\n");
/// ```
pub fn header_fields<N: AsRef<[u8]>>(header: &[u8], names: &[N]) -> Vec<u8> {
    cut(header, |name| names.iter().any(|one| name.eq_ignore_ascii_case(one.as_ref())))
}

/// The fields of `header` that have none of those names, compared without case, and a blank line.
pub fn header_fields_not<N: AsRef<[u8]>>(header: &[u8], names: &[N]) -> Vec<u8> {
    cut(header, |name| !names.iter().any(|one| name.eq_ignore_ascii_case(one.as_ref())))
}

fn cut(header: &[u8], keep: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    // Entries hold offsets of 32 bits; no header that is longer is worth showing.
    let header = &header[..header.len().min(u32::MAX as usize - 1)];
    let mut out = Vec::new();
    let mut at = 0;
    while let Line::Field(entry) | Line::Odd(entry) = line(header, at) {
        let (start, end) = (entry.start as usize, entry.end as usize);
        if keep(&header[start..entry.name_end as usize]) {
            out.extend_from_slice(&header[start..end]);
        }
        at = end;
    }
    if !out.is_empty() && !out.ends_with(b"\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}
