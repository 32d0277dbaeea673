//! Octets in the place of others, and the line ends they need.

use std::ops::Range;

use memchr::{memchr, memmem};

/// What stands where something else stood.
#[derive(Debug, Clone)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) bytes: Vec<u8>,
}

impl Splice {
    /// Whether all it changes lies within `range`. An insertion at its very edge does not.
    pub(super) fn is_within(&self, range: &Range<usize>) -> bool {
        if self.range.is_empty() {
            return range.start < self.range.start && self.range.end < range.end;
        }
        range.start <= self.range.start && self.range.end <= range.end
    }
}

/// The line end that the first line in `text` has; CRLF where there is none.
pub(super) fn line_end_of(text: &[u8]) -> &'static [u8] {
    match memchr(b'\n', text) {
        Some(at) if at == 0 || text[at - 1] != b'\r' => b"\n",
        _ => b"\r\n",
    }
}

/// The same with every CRLF as LF.
pub(super) fn with_lf(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut done = 0;
    for at in memmem::find_iter(text, b"\r\n") {
        out.extend_from_slice(&text[done..at]);
        done = at + 1;
    }
    out.extend_from_slice(&text[done..]);
    out
}

/// Where the body of a built part starts, after the empty line.
pub(super) fn body_of(part: &[u8]) -> usize {
    let crlf = memmem::find(part, b"\r\n\r\n").map(|at| at + 4);
    let lf = memmem::find(part, b"\n\n").map(|at| at + 2);
    crlf.into_iter().chain(lf).min().unwrap_or(part.len())
}

/// Whether a line starts as a delimiter of `boundary` does (RFC 2046 §5.1.1).
pub(super) fn has_delimiter(text: &[u8], boundary: &[u8]) -> bool {
    // With its dashes: `-----` has the boundary `---` twice, and the first is not the one that counts.
    let delimiter = [b"--", boundary].concat();
    memmem::find_iter(text, &delimiter).any(|at| at == 0 || text[at - 1] == b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_are_found_at_line_starts() {
        for (text, found) in [("-----", true), ("a\n-----\n", true), ("a\n ----- ", false), ("---x", false)] {
            assert_eq!(has_delimiter(text.as_bytes(), b"---"), found, "{text}");
        }
    }
}
