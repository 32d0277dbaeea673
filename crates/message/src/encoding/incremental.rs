//! Undoing a transfer encoding piece by piece, for bodies that should not be held whole.

use encodify::base64::{self, Decoder as Base64};
use memchr::memrchr;

use super::{
    quoted_printable,
    transfer::{self, TransferEncoding},
};

/// Octets of a quoted-printable line that are waited with for its end.
const LINE: usize = 64 << 10;

/// Decodes a body that comes in pieces, to the same octets as [`decode`](transfer::decode) does in one go.
///
/// Of base64 it holds three octets, of quoted-printable a line, or of a line longer than 64 KiB as much; more than
/// that of white space or of `=` in a row is let through as it is. uuencode and yEnc are held whole until
/// [`finish`](Self::finish).
///
/// ```
/// use mailwright_message::encoding::{incremental::Decoder, transfer::TransferEncoding};
///
/// let (mut decoder, mut out) = (Decoder::new(TransferEncoding::Base64), Vec::new());
/// for piece in ["SG", "Vsb\r", "\nG8="] {
///     decoder.push(piece.as_bytes(), &mut out);
/// }
/// decoder.finish(&mut out);
/// assert_eq!(out, b"Hello");
/// ```
#[derive(Debug)]
pub struct Decoder(State);

#[derive(Debug)]
enum State {
    Identity,
    Base64(Base64),
    /// What came of the last line.
    QuotedPrintable(Vec<u8>),
    Whole(TransferEncoding, Vec<u8>),
}

impl Decoder {
    /// A decoder that nothing came to yet.
    pub fn new(encoding: TransferEncoding) -> Self {
        Self(match encoding {
            TransferEncoding::Base64 => State::Base64(base64::STANDARD.decoder()),
            TransferEncoding::QuotedPrintable => State::QuotedPrintable(Vec::new()),
            TransferEncoding::UuEncode | TransferEncoding::YEnc => State::Whole(encoding, Vec::new()),
            _ => State::Identity,
        })
    }

    /// Decodes the next octets, appending to `out`.
    pub fn push(&mut self, data: &[u8], out: &mut Vec<u8>) {
        match &mut self.0 {
            State::Identity => out.extend_from_slice(data),
            State::Base64(decoder) => push_base64(decoder, data, out),
            State::QuotedPrintable(line) => push_quoted_printable(line, data, out),
            State::Whole(_, held) => held.extend_from_slice(data),
        }
    }

    /// Decodes what was held back: nothing follows.
    pub fn finish(self, out: &mut Vec<u8>) {
        match self.0 {
            State::Identity => {}
            State::Base64(decoder) => decoder.finish(out),
            State::QuotedPrintable(line) => drop(quoted_printable::decode(&line, out)),
            State::Whole(encoding, held) => drop(transfer::decode(encoding, &held, out)),
        }
    }
}

fn push_base64(decoder: &mut Base64, mut data: &[u8], out: &mut Vec<u8>) {
    loop {
        let used = decoder.decode_symbols(data, out);
        let Some(&byte) = data.get(used) else { return };
        data = &data[used + 1..];
        if byte == b'=' && !decoder.is_aligned() {
            decoder.pad(out);
        }
    }
}

fn push_quoted_printable(line: &mut Vec<u8>, data: &[u8], out: &mut Vec<u8>) {
    let mut rest = data;
    if let Some(end) = memrchr(b'\n', data) {
        let (lines, after) = data.split_at(end + 1);
        if line.is_empty() {
            quoted_printable::decode(lines, out);
        } else {
            line.extend_from_slice(lines);
            quoted_printable::decode(line, out);
            line.clear();
        }
        rest = after;
    }
    line.extend_from_slice(rest);
    if line.len() > LINE {
        // Where no escape is cut and no white space that may turn out to end the line.
        let is_end = |at: &usize| {
            !matches!(line[at - 1], b'=' | b' ' | b'\t' | b'\r') && (*at < 2 || line[at - 2] != b'=')
        };
        match (1..=line.len()).rev().find(is_end) {
            Some(at) => {
                quoted_printable::decode(&line[..at], out);
                line.drain(..at);
            }
            None => out.append(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_pieces(encoding: TransferEncoding, data: &[u8], cuts: &[usize]) -> Vec<u8> {
        let (mut decoder, mut out, mut rest) = (Decoder::new(encoding), Vec::new(), data);
        for cut in cuts {
            let (piece, after) = rest.split_at(*cut.min(&rest.len()));
            decoder.push(piece, &mut out);
            rest = after;
        }
        decoder.push(rest, &mut out);
        decoder.finish(&mut out);
        out
    }

    proptest! {
        #[test]
        fn pieces_make_what_the_whole_does(
            data in "([A-Za-z0-9+/ \t=]{0,20}(\r\n|\n|\r|=\r\n|=3D|=\n|\u{e9})){0,12}[A-Za-z0-9+/=\r ]{0,5}",
            cuts in prop::collection::vec(0_usize..9, 0..40),
        ) {
            use TransferEncoding::{Base64, QuotedPrintable, SevenBit, UuEncode, YEnc};
            for encoding in [Base64, QuotedPrintable, SevenBit, UuEncode, YEnc] {
                let mut whole = Vec::new();
                transfer::decode(encoding, data.as_bytes(), &mut whole);
                prop_assert_eq!(in_pieces(encoding, data.as_bytes(), &cuts), whole, "{:?}", encoding);
            }
        }
    }

    #[test]
    fn a_line_without_end_is_not_held() {
        let data = "caf=C3=A9 ".repeat(100_000);
        let (mut decoder, mut out) = (Decoder::new(TransferEncoding::QuotedPrintable), Vec::new());
        for piece in data.as_bytes().chunks(1000) {
            decoder.push(piece, &mut out);
            let State::QuotedPrintable(held) = &decoder.0 else { unreachable!() };
            assert!(held.len() <= LINE);
        }
        decoder.finish(&mut out);
        assert_eq!(out, "caf\u{e9} ".repeat(100_000).trim_end().as_bytes());
        for same in ["=", " "] {
            let pieces = vec![1000; 99];
            let data = same.repeat(100_000);
            let out = in_pieces(TransferEncoding::QuotedPrintable, data.as_bytes(), &pieces);
            assert!(out.len() > LINE);
        }
    }
}
