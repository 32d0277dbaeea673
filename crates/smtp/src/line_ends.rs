//! Line ends of content that does not go through dot-stuffing, or is to be mended on its way in.

use bytes::{BufMut, Bytes, BytesMut};
use mailwright_wire::dot::plain_run;
use memchr::memchr2;

/// Looks for bare CR and LF in content that comes in pieces; CRLF is the only line end, RFC 5321 §2.3.8.
#[derive(Clone, Debug, Default)]
pub(crate) struct LineEnds {
    after_cr: bool,
}

impl LineEnds {
    /// Whether this piece shows a bare CR or LF, be it the CR at the end of the piece before.
    pub(crate) fn is_irregular(&mut self, piece: &[u8]) -> bool {
        let mut i = 0;
        while i < piece.len() {
            if self.after_cr {
                self.after_cr = false;
                if piece[i] != b'\n' {
                    return true;
                }
                i += 1;
                continue;
            }
            let run = plain_run(&piece[i..]);
            if run > 0 {
                i += run;
                self.after_cr = piece[i - 1] == b'\r';
                continue;
            }
            let Some(at) = memchr2(b'\r', b'\n', &piece[i..]) else { return false };
            if piece[i + at] == b'\n' {
                return true;
            }
            self.after_cr = true;
            i += at + 1;
        }
        false
    }

    /// Whether the content ends in a CR.
    pub(crate) fn ends_irregular(&self) -> bool {
        self.after_cr
    }

    /// The piece with CRLF in place of each bare CR and LF. The CR at the end of a piece waits for the next one.
    pub(crate) fn mend(&mut self, piece: Bytes) -> Bytes {
        let mut probe = Self::default();
        if !self.after_cr && !probe.is_irregular(&piece) && !probe.after_cr {
            return piece;
        }
        let mut out = BytesMut::with_capacity(piece.len() + piece.len() / 16 + 2);
        let mut rest = &piece[..];
        while let Some(&b) = rest.first() {
            if std::mem::take(&mut self.after_cr) {
                out.put_slice(b"\r\n");
                rest = if b == b'\n' { &rest[1..] } else { rest };
                continue;
            }
            let at = memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
            out.put_slice(&rest[..at]);
            match rest.get(at) {
                Some(b'\r') => self.after_cr = true,
                Some(_) => out.put_slice(b"\r\n"),
                None => break,
            }
            rest = &rest[at + 1..];
        }
        out.freeze()
    }

    /// What still waits when the content has ended.
    pub(crate) fn mend_end(&mut self) -> Option<Bytes> {
        std::mem::take(&mut self.after_cr).then(|| Bytes::from_static(b"\r\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(input: &[u8], cut: usize) -> Vec<u8> {
        let mut ends = LineEnds::default();
        let mut out = Vec::new();
        for piece in [&input[..cut], &input[cut..]] {
            out.extend_from_slice(&ends.mend(Bytes::copy_from_slice(piece)));
        }
        out.extend(ends.mend_end().unwrap_or_default());
        out
    }

    #[test]
    fn every_bare_end_becomes_crlf_wherever_it_is_cut() {
        for (input, want) in [
            (&b"a\nb\rc\r\nd"[..], &b"a\r\nb\r\nc\r\nd"[..]),
            (b"\r\r\n\n\r", b"\r\n\r\n\r\n\r\n"),
            (b"plain\r\n", b"plain\r\n"),
            (b"", b""),
        ] {
            for cut in 0..=input.len() {
                assert_eq!(
                    mended(input, cut).escape_ascii().to_string(),
                    want.escape_ascii().to_string(),
                    "{cut}"
                );
                let mut ends = LineEnds::default();
                let found = ends.is_irregular(&input[..cut]) || ends.is_irregular(&input[cut..]);
                assert_eq!(found || ends.ends_irregular(), input != want, "{input:?} {cut}");
            }
        }
    }
}
