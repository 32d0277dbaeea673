//! Writing one header field, folded between words and nowhere else (RFC 5322 §2.2.3).

use super::Error;

/// Where lines are folded if they can be: 76, as a line with an encoded word must be (RFC 2047 §2).
const WIDTH: usize = 76;
/// What no line exceeds, without its CRLF (RFC 5322 §2.1.1).
const LIMIT: usize = 998;

/// Puts a field into `out` word by word.
pub(crate) struct Folder<'o> {
    out: &'o mut Vec<u8>,
    column: usize,
    /// Whether the line holds more than the field name.
    filled: bool,
    too_long: bool,
}

impl<'o> Folder<'o> {
    pub(crate) fn new(name: &str, out: &'o mut Vec<u8>) -> Self {
        out.extend_from_slice(name.as_bytes());
        out.push(b':');
        Self { out, column: name.len() + 1, filled: false, too_long: false }
    }

    /// Writes `gap` (white space, not empty) and `word` (no white space to fold at), on a new line if need be.
    pub(crate) fn word(&mut self, gap: &str, word: &str) {
        self.pieces(gap, &[word]);
    }

    /// As [`Folder::word`], of a word given in pieces.
    pub(crate) fn pieces(&mut self, gap: &str, word: &[&str]) {
        let width = gap.len() + word.iter().map(|piece| piece.len()).sum::<usize>();
        let limit = if self.filled { WIDTH } else { LIMIT };
        if self.column + width > limit {
            self.line();
        }
        self.out.extend_from_slice(gap.as_bytes());
        for piece in word {
            self.out.extend_from_slice(piece.as_bytes());
        }
        self.column += width;
        self.filled = true;
        self.too_long |= self.column > LIMIT;
    }

    /// Writes something that belongs to the word before it, as a comma.
    pub(crate) fn glue(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
        self.column += text.len();
        self.too_long |= self.column > LIMIT;
    }

    /// Writes `gap` and then `text` as encoded words, split between characters (RFC 2047 §2, §5).
    pub(crate) fn encoded(&mut self, gap: &str, text: &str, place: Place) {
        use encodify::{Fold, rfc2047};
        // Room for the frame of a word and its longest character; else a new line first.
        const SHORTEST: usize = "=?utf-8?Q?=F0=9F=98=80?=".len();
        if self.column + gap.len() + SHORTEST > WIDTH {
            self.line();
        }
        self.out.extend_from_slice(gap.as_bytes());
        self.column += gap.len();
        let q = match place {
            Place::Text => rfc2047::Q_TEXT,
            Place::Phrase => rfc2047::Q_PHRASE,
        };
        let shorter = if q.payload_len(text) <= rfc2047::B.payload_len(text) { q } else { rfc2047::B };
        shorter.encode_words("utf-8", text, &mut self.column, Fold::HEADER, self.out);
        self.filled = true;
    }

    fn line(&mut self) {
        self.out.extend_from_slice(b"\r\n");
        self.column = 0;
    }

    /// Ends the field.
    pub(crate) fn end(self, name: &str) -> Result<(), Error> {
        if self.too_long {
            return Err(Error::TooLong(name.to_owned()));
        }
        self.out.extend_from_slice(b"\r\n");
        Ok(())
    }
}

/// Where an encoded word stands, which decides what it may hold literally (RFC 2047 §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Text,
    Phrase,
}
