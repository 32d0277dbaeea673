//! Delimiter lines of multiparts (RFC 2046 §5.1.1).

use memchr::memchr;

/// Octets of a line that may be a delimiter, its line end not counted (RFC 5322 §2.1.1 allows 998).
pub(crate) const MAX_LINE: usize = 998;

/// A line that begins with `--`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// What follows the dashes, without white space and line end.
    pub(crate) text: &'a [u8],
    /// The first octet of the next line.
    pub(crate) next: usize,
}

/// What a delimiter line does to the multipart it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// `delimiter := CRLF "--" boundary`: a part begins.
    Part,
    /// `close-delimiter := delimiter "--"`: there are no more.
    Close,
}

impl<'a> Line<'a> {
    /// The line at `at`, which begins with the dashes.
    pub(crate) fn read(raw: &'a [u8], at: usize) -> Self {
        let text = &raw[at + 2..];
        let (text, next) = match memchr(b'\n', text) {
            Some(end) => (&text[..end], at + 2 + end + 1),
            None => (text, raw.len()),
        };
        Self::of(text, next)
    }

    /// A line of which `text` follows the dashes, its line feed gone.
    pub(crate) fn of(text: &'a [u8], next: usize) -> Self {
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        // transport-padding: white space added on the way. A line that is too long delimits nothing.
        let text = if text.len() + 2 > MAX_LINE { b"" } else { text.trim_ascii_end() };
        Self { text, next }
    }

    /// Whether it is a delimiter of that boundary. A line that only begins with the boundary is not.
    pub(crate) fn delimits(&self, boundary: &[u8]) -> Option<Delimiter> {
        // No boundary is empty, so a line without text is no delimiter.
        match self.text.strip_prefix(boundary)? {
            b"" => Some(Delimiter::Part),
            b"--" => Some(Delimiter::Close),
            _ => None,
        }
    }
}

/// Where the content before the line at `at` ends: its line end belongs to the delimiter.
pub(crate) fn content_end(raw: &[u8], at: usize) -> usize {
    match &raw[..at] {
        [.., b'\r', b'\n'] => at - 2,
        [.., b'\n'] => at - 1,
        _ => at,
    }
}
