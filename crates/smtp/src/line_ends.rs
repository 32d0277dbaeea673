//! Line ends of content that does not go through dot-stuffing, or is to be mended on its way in.

use bytes::{BufMut, Bytes, BytesMut};
use mailwright_wire::dot::plain_run;
use memchr::{memchr2, memrchr};

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

/// How long the line is that content in pieces has come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LineLength {
    /// Octets since the last LF.
    open: usize,
}

impl LineLength {
    /// Whether a line with its end has more than `most` octets. It looks from where a line that long would end backwards,
    /// so that of ordinary lines it sees one in hundreds.
    pub(crate) fn is_over(&mut self, mut piece: &[u8], most: usize) -> bool {
        while self.open.saturating_add(piece.len()) > most {
            let Some(at) = memrchr(b'\n', &piece[..most.saturating_sub(self.open)]) else { return true };
            piece = &piece[at + 1..];
            self.open = 0;
        }
        match memrchr(b'\n', piece) {
            Some(at) => self.open = piece.len() - at - 1,
            None => self.open += piece.len(),
        }
        false
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

    #[test]
    fn a_line_is_over_wherever_it_is_cut() {
        for (input, over) in [
            (&b"12345678\r\n12345678\r\n\r\n1234567890"[..], false),
            (b"123456789\r\n", true),
            (b"\r\n\r\n123456789\r\n", true),
            (b"1\r\n12345678901", true),
            (b"", false),
        ] {
            for cut in 0..=input.len() {
                for second in cut..=input.len() {
                    let mut line = LineLength::default();
                    let pieces = [&input[..cut], &input[cut..second], &input[second..]];
                    assert_eq!(pieces.iter().any(|piece| line.is_over(piece, 10)), over, "{cut} {second}");
                }
            }
        }
    }
}
