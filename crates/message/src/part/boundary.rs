//! Delimiter lines of multiparts (RFC 2046 §5.1.1).

use memchr::memchr;

/// Octets of a line that may be a delimiter, its line end not counted (RFC 5322 §2.1.1 allows 998).
pub(crate) const MAX_LINE: usize = 998;

/// A line that begins with `--`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    /// What follows the dashes, without white space and line end.
    pub(crate) text: &'a [u8],
    /// The boundary that the line closes, if it is one.
    closes: Option<&'a [u8]>,
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
        // Some send the epilogue without a line end before it: `--b--</BODY>`. Only what cannot be of a longer boundary
        // is taken for that.
        let closes = text.strip_suffix(b"--").or_else(|| {
            let end = text.iter().position(|&octet| !is_bchar(octet))?;
            text[..end].strip_suffix(b"--")
        });
        Self { text, closes, next }
    }

    /// Whether it is a delimiter of that boundary. A line that only begins with the boundary is not.
    pub(crate) fn delimits(&self, boundary: &[u8]) -> Option<Delimiter> {
        // No boundary is empty, so a line without text is no delimiter.
        if self.text == boundary {
            return Some(Delimiter::Part);
        }
        (self.closes == Some(boundary)).then_some(Delimiter::Close)
    }
}

/// The boundaries of the multiparts that are open, outermost first; a place without one stands for a message, or for a
/// multipart that is closed.
#[derive(Debug, Default)]
pub(crate) struct Boundaries {
    open: Vec<Option<Vec<u8>>>,
    /// What tells most lines from each of them, in one stretch of memory: a hundred may be open at every line.
    keys: Vec<u64>,
    count: usize,
}

impl Boundaries {
    /// Whether there is none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn push(&mut self, boundary: Option<Vec<u8>>) {
        self.keys.push(boundary.as_deref().map_or(u64::MAX, key));
        self.count += usize::from(boundary.is_some());
        self.open.push(boundary);
    }

    /// Takes the innermost away, and says whether there was a boundary.
    pub(crate) fn pop(&mut self) -> bool {
        self.keys.pop();
        let was = self.open.pop().flatten().is_some();
        self.count -= usize::from(was);
        was
    }

    /// The multipart at that place is closed.
    pub(crate) fn close(&mut self, level: usize) {
        let closed = self.open.get_mut(level).and_then(Option::take).is_some();
        self.count -= usize::from(closed);
    }

    /// Which of the open multiparts `line` is a delimiter of: the innermost. An exact one goes before a closing one, as a
    /// boundary may itself end in dashes.
    pub(crate) fn delimited_by(&self, line: &Line<'_>) -> Option<(usize, Delimiter)> {
        let part = key(line.text);
        let close = line.closes.map_or(part, key);
        // All of them without a branch, so that many are compared at once.
        let alike = self.keys.iter().map(|&key| u32::from(key == part) | u32::from(key == close));
        if alike.sum::<u32>() == 0 {
            return None;
        }
        let mut closes = None;
        for (level, boundary) in self.open.iter().enumerate().rev() {
            match boundary.as_deref().and_then(|boundary| line.delimits(boundary)) {
                Some(Delimiter::Part) => return Some((level, Delimiter::Part)),
                Some(Delimiter::Close) if closes.is_none() => closes = Some((level, Delimiter::Close)),
                _ => {}
            }
        }
        closes
    }
}

/// Of a boundary its length and last octets; what is equal has the same one.
fn key(boundary: &[u8]) -> u64 {
    let last = &boundary[boundary.len().saturating_sub(8)..];
    last.iter().fold(boundary.len() as u64, |key, &octet| key.rotate_left(8) ^ u64::from(octet))
}

/// `bchars := bcharsnospace / " "`
const fn is_bchar(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(octet, b'\''..=b')' | b'+'..=b'/' | b':' | b'=' | b'?' | b'_' | b' ')
}

/// Where the content before the line at `at` ends: its line end belongs to the delimiter.
pub(crate) fn content_end(raw: &[u8], at: usize) -> usize {
    match &raw[..at] {
        [.., b'\r', b'\n'] => at - 2,
        [.., b'\n'] => at - 1,
        _ => at,
    }
}
