//! The smallest transfer encoding that carries a content unharmed (RFC 2045 §6).

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr2_iter};

use crate::encoding::transfer::TransferEncoding;
use crate::encoding::{base64, quoted_printable};

/// Longest line of 7bit and 8bit data, without its CRLF (RFC 2045 §2.7).
const LONGEST_LINE: usize = 998;

/// A content that is not made of parts, and where it stands.
pub(super) enum Leaf<'a> {
    /// Text whose line ends become CRLF.
    Text(Cow<'a, str>),
    /// Octets to be kept exactly. `lines` says that they may be text; `last` that a line end will follow them.
    Data { data: Cow<'a, [u8]>, lines: bool, last: bool },
    /// Octets that take no encoding (RFC 2046 §5.2.1).
    Message(Cow<'a, [u8]>),
}

impl<'a> Leaf<'a> {
    /// The octets to encode, and how. `transport` is the widest identity encoding that the message may need.
    pub(super) fn choose(self, transport: TransferEncoding) -> (Cow<'a, [u8]>, TransferEncoding) {
        match self {
            Self::Text(text) => {
                let text = canonical(match text {
                    Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                    Cow::Owned(text) => Cow::Owned(text.into_bytes()),
                });
                let encoding = narrowest(&text, transport).unwrap_or_else(|| shorter(&text));
                (text, encoding)
            }
            Self::Data { data, lines, last } => {
                let exact = lines && !has_bare_line_end(&data) && (!last || data.ends_with(b"\r\n"));
                let encoding = match transport {
                    TransferEncoding::Binary => TransferEncoding::Binary,
                    _ if !exact => TransferEncoding::Base64,
                    _ => narrowest(&data, transport).unwrap_or_else(|| shorter(&data)),
                };
                (data, encoding)
            }
            Self::Message(message) => {
                let message =
                    if transport == TransferEncoding::Binary { message } else { canonical(message) };
                let encoding =
                    narrowest(&message, TransferEncoding::Binary).unwrap_or(TransferEncoding::Binary);
                (message, encoding)
            }
        }
    }
}

/// The narrowest identity encoding for `data`, if there is one within `transport`.
fn narrowest(data: &[u8], transport: TransferEncoding) -> Option<TransferEncoding> {
    let ascii = data.is_ascii();
    if !ascii && transport == TransferEncoding::SevenBit {
        return None;
    }
    let lines = memchr(0, data).is_none() && longest_line(data) <= LONGEST_LINE && !has_bare_line_end(data);
    match transport {
        _ if lines && ascii => Some(TransferEncoding::SevenBit),
        TransferEncoding::EightBit | TransferEncoding::Binary if lines => Some(TransferEncoding::EightBit),
        TransferEncoding::Binary => Some(TransferEncoding::Binary),
        _ => None,
    }
}

/// quoted-printable, which people can read, unless base64 is smaller.
fn shorter(text: &[u8]) -> TransferEncoding {
    match quoted_printable::encoded_text_len(text, base64::encoded_len(text.len())) {
        Some(_) => TransferEncoding::QuotedPrintable,
        None => TransferEncoding::Base64,
    }
}

fn longest_line(data: &[u8]) -> usize {
    let mut longest = 0;
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', data) {
        longest = longest.max((end - start).saturating_sub(1));
        start = end + 1;
    }
    longest.max(data.len() - start)
}

fn has_bare_line_end(data: &[u8]) -> bool {
    first_bare_line_end(data).is_some()
}

fn first_bare_line_end(data: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = memchr2(b'\r', b'\n', &data[at..]) {
        at += found;
        if !data[at..].starts_with(b"\r\n") {
            return Some(at);
        }
        at += 2;
    }
    None
}

/// Every line end as CRLF. Borrows where that is so already.
pub(crate) fn canonical(data: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let Some(first) = first_bare_line_end(&data) else {
        return data;
    };
    let mut out = Vec::with_capacity(data.len() + data.len() / 16);
    out.extend_from_slice(&data[..first]);
    let mut done = first;
    for at in memchr2_iter(b'\r', b'\n', &data[first..]).map(|at| first + at) {
        // The LF of a CRLF was written with its CR.
        if at >= done {
            out.extend_from_slice(&data[done..at]);
            out.extend_from_slice(b"\r\n");
            done = at + if data[at..].starts_with(b"\r\n") { 2 } else { 1 };
        }
    }
    out.extend_from_slice(&data[done..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_crlf() {
        for (from, to) in
            [("a\nb", "a\r\nb"), ("a\r\nb\rc\n", "a\r\nb\r\nc\r\n"), ("\n\r\n\r", "\r\n\r\n\r\n"), ("", "")]
        {
            assert_eq!(canonical(from.as_bytes().into()), to.as_bytes());
        }
        assert!(matches!(canonical(b"a\r\nb"[..].into()), Cow::Borrowed(_)));
    }

    #[test]
    fn text_takes_the_smallest_encoding_that_does() {
        use TransferEncoding::{Base64, EightBit, QuotedPrintable, SevenBit};
        let long = "x".repeat(999);
        for (text, transport, encoding) in [
            ("plain\n", SevenBit, SevenBit),
            ("plain\n", EightBit, SevenBit),
            ("caf\u{e9} au lait, s'il vous pla\u{ee}t\n", SevenBit, QuotedPrintable),
            ("caf\u{e9}\n", EightBit, EightBit),
            ("日本語日本語", SevenBit, Base64),
            (&long, EightBit, QuotedPrintable),
            ("nul\0", EightBit, QuotedPrintable),
        ] {
            assert_eq!(Leaf::Text(text.into()).choose(transport).1, encoding, "{text:?}");
        }
    }

    #[test]
    fn data_is_kept_exactly() {
        use TransferEncoding::{Base64, SevenBit};
        for (data, lines, last, encoding) in [
            (&b"a\r\nb"[..], true, false, SevenBit),
            (b"a\r\nb", true, true, Base64),
            (b"a\r\nb\r\n", true, true, SevenBit),
            (b"a\nb", true, false, Base64),
            (b"a\r\n", false, false, Base64),
        ] {
            let leaf = Leaf::Data { data: data.into(), lines, last };
            assert_eq!(leaf.choose(SevenBit).1, encoding, "{data:?}");
        }
    }
}
