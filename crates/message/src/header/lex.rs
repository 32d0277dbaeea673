//! The tokens all structured fields share: white space, comments, quoted strings (RFC 5322 §3.2).

use std::borrow::Cow;

use memchr::{memchr, memchr3};

use crate::encoding::charset::guess;

/// A place in the octets of a field value.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(octets: &'a [u8]) -> Self {
        Self { octets, at: 0 }
    }

    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn set(&mut self, at: usize) {
        self.at = at.min(self.octets.len());
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    pub(crate) fn bump(&mut self) {
        self.at = (self.at + 1).min(self.octets.len());
    }

    pub(crate) fn eat(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        if found {
            self.at += 1;
        }
        found
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        &self.octets[self.at..]
    }

    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        &self.octets[start.min(self.at)..self.at]
    }

    pub(crate) fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> &'a [u8] {
        let start = self.at;
        while self.peek().is_some_and(&accept) {
            self.at += 1;
        }
        self.since(start)
    }

    /// White space and line ends.
    pub(crate) fn skip_fws(&mut self) -> bool {
        !self.take_while(is_fws).is_empty()
    }

    /// `CFWS = (1*([FWS] comment) [FWS]) / FWS`
    pub(crate) fn skip_cfws(&mut self) -> bool {
        let start = self.at;
        loop {
            self.skip_fws();
            if self.peek() != Some(b'(') {
                return self.at > start;
            }
            self.comment();
        }
    }

    /// `comment = "(" *([FWS] ccontent) [FWS] ")"`, at the `(`; gives what is inside. An open one goes to the end.
    pub(crate) fn comment(&mut self) -> &'a [u8] {
        let start = self.at + 1;
        let mut depth = 0_usize;
        while let Some(found) = memchr3(b'(', b')', b'\\', self.rest()) {
            self.at += found;
            match self.octets[self.at] {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => self.at += 1,
            }
            self.bump();
            if depth == 0 {
                return &self.octets[start..self.at - 1];
            }
        }
        self.at = self.octets.len();
        self.octets.get(start..).unwrap_or_default()
    }

    /// `quoted-string = DQUOTE *([FWS] qcontent) [FWS] DQUOTE`, at the opening quote; gives the content with
    /// escapes and line ends taken out. An open one goes to the end.
    pub(crate) fn quoted_string(&mut self) -> Cow<'a, [u8]> {
        let start = self.at + 1;
        self.bump();
        while let Some(found) = memchr::memchr2(b'"', b'\\', self.rest()) {
            self.at += found;
            if self.octets[self.at] == b'"' {
                self.at += 1;
                return unescaped(&self.octets[start..self.at - 1]);
            }
            self.at = (self.at + 2).min(self.octets.len());
        }
        self.at = self.octets.len();
        unescaped(self.octets.get(start..).unwrap_or_default())
    }
}

/// Takes line ends and the backslashes of quoted pairs out.
pub(crate) fn unescaped(octets: &[u8]) -> Cow<'_, [u8]> {
    if memchr3(b'\\', b'\r', b'\n', octets).is_none() {
        return Cow::Borrowed(octets);
    }
    let mut out = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some(found) = memchr3(b'\\', b'\r', b'\n', rest) {
        out.extend_from_slice(&rest[..found]);
        let skipped = if rest[found] == b'\\' {
            // A quoted line end (obs-qp) is a line end still.
            out.extend(rest.get(found + 1).filter(|octet| !matches!(octet, b'\r' | b'\n')));
            2
        } else {
            1
        };
        rest = rest.get(found + skipped..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

/// Takes line ends out (RFC 5322 §2.2.3).
pub(crate) fn unfolded(octets: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'\n', octets).is_none() && memchr(b'\r', octets).is_none() {
        return Cow::Borrowed(octets);
    }
    Cow::Owned(octets.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect())
}

pub(crate) const fn is_fws(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

/// Octets of a MIME token, and those above 127 (RFC 2045 §5.1, tspecials left out).
pub(crate) const fn is_token(octet: u8) -> bool {
    octet > b' '
        && octet != 127
        && !matches!(
            octet,
            b'(' | b')'
                | b'<'
                | b'>'
                | b'@'
                | b','
                | b';'
                | b':'
                | b'\\'
                | b'"'
                | b'/'
                | b'['
                | b']'
                | b'?'
                | b'='
        )
}

/// Whether there may be an encoded word in the octets: whether they have `=?`.
pub(crate) fn has_encoded_word(octets: &[u8]) -> bool {
    memchr::memchr_iter(b'=', octets).any(|at| octets.get(at + 1) == Some(&b'?'))
}

/// A value whose pieces are taken as text: one look at the whole tells of all of them whether they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    octets: &'a [u8],
    text: Option<&'a str>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(octets: &'a [u8]) -> Self {
        Self { octets, text: simdutf8::basic::from_utf8(octets).ok() }
    }

    /// A value that is known to be this text.
    pub(crate) const fn of_text(text: &'a str) -> Self {
        Self { octets: text.as_bytes(), text: Some(text) }
    }

    pub(crate) const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The whole value, where it is text.
    pub(crate) const fn whole(&self) -> Option<&'a str> {
        self.text
    }

    /// The text of a piece of the value.
    pub(crate) fn text(&self, piece: &'a [u8]) -> Cow<'a, str> {
        let start = piece.as_ptr().addr().wrapping_sub(self.octets.as_ptr().addr());
        match self.text.and_then(|text| text.get(start..start.checked_add(piece.len())?)) {
            Some(text) => Cow::Borrowed(text),
            None => guess(piece),
        }
    }
}

/// Text of octets that should be US-ASCII or UTF-8.
pub(crate) fn text(octets: Cow<'_, [u8]>) -> Cow<'_, str> {
    match octets {
        Cow::Borrowed(octets) => guess(octets),
        Cow::Owned(octets) => {
            Cow::Owned(String::from_utf8(octets).unwrap_or_else(|error| guess(error.as_bytes()).into_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_nest_and_quote() {
        let mut cursor = Cursor::new(b" (a (b) \\) c) (d)\r\n x");
        assert!(cursor.skip_cfws());
        assert_eq!(cursor.rest(), b"x");
        assert_eq!(Cursor::new(b"(a(b)").comment(), b"a(b)");
        assert_eq!(Cursor::new(b"(a\\").comment(), b"a\\");
        assert_eq!(Cursor::new(b"(").comment(), b"");
    }

    #[test]
    fn quoted_strings_lose_escapes_and_line_ends() {
        let mut cursor = Cursor::new(b"\"a\\\"b\r\n c\" d");
        assert_eq!(&*cursor.quoted_string(), b"a\"b c");
        assert_eq!(cursor.rest(), b" d");
        assert_eq!(&*Cursor::new(b"\"open").quoted_string(), b"open");
        assert_eq!(&*Cursor::new(b"\"open\\").quoted_string(), b"open");
        assert_eq!(&*Cursor::new(b"\"").quoted_string(), b"");
    }
}
