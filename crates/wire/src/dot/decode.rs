//! Undoes dot-stuffing.

use super::{Body, Irregular, plain_run};
use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr2;

/// Undoes dot-stuffing, handing out slices of the input.
///
/// Only CRLF `.` CRLF ends the body, and a body may begin with its end. A bare CR or LF is passed on as data and
/// remembered, for the receiver to refuse the message (see [`irregular`](Self::irregular)).
///
/// ```
/// # use {bytes::BytesMut, mailwright_wire::{Body, DotDecoder}};
/// let mut input = BytesMut::from("hi\r\n..\r\n.\r\nQUIT\r\n");
/// let mut dots = DotDecoder::default();
/// let mut body = Vec::new();
/// while let Some(Body::Data(piece)) = dots.decode(&mut input) {
///     body.extend_from_slice(&piece);
/// }
/// assert_eq!(body, b"hi\r\n.\r\n");
/// assert_eq!(input, "QUIT\r\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct DotDecoder {
    at: At,
    /// Octets taken from the input so far.
    taken: u64,
    irregular: Option<Irregular>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    LineStart,
    /// Behind a dot at the start of a line, which is dropped.
    Dot,
    /// Behind such a dot and a CR, which is held back: with a LF it is the end, without it is data.
    DotCr,
    Middle,
    Cr,
}

impl At {
    /// Behind this octet, which is none of the odd ones.
    fn behind(octet: u8) -> Self {
        match octet {
            b'\r' => Self::Cr,
            b'\n' => Self::LineStart,
            _ => Self::Middle,
        }
    }
}

impl DotDecoder {
    /// The next piece, split from the front of `buf` without copying; `None` if more input is needed.
    ///
    /// Do not call it again after [`Body::End`]: what follows are not the body's bytes.
    pub fn decode(&mut self, buf: &mut BytesMut) -> Option<Body> {
        let mut i = 0;
        while let Some(&b) = buf.get(i) {
            let here = self.taken + i as u64;
            self.at = match (self.at, b) {
                (At::LineStart, b'.') if i > 0 => break, // hand out what stands before the dot first
                (At::LineStart, b'.') => {
                    self.drop_front(buf);
                    At::Dot
                }
                (At::Dot, b'\r') if i == 0 => {
                    self.drop_front(buf);
                    At::DotCr
                }
                (At::DotCr, b'\n') => {
                    self.drop_front(buf);
                    self.at = At::LineStart;
                    return Some(Body::End);
                }
                (At::DotCr, _) => {
                    self.bare(here - 1);
                    self.at = At::Middle;
                    return Some(Body::Data(Bytes::from_static(b"\r")));
                }
                (At::Cr, b'\n') => {
                    i += 1;
                    At::LineStart
                }
                (At::Cr, _) => {
                    self.bare(here - 1);
                    At::Middle
                }
                (_, b'\r') => {
                    i += 1;
                    At::Cr
                }
                (_, b'\n') => {
                    self.bare(here);
                    i += 1;
                    At::Middle
                }
                _ => match plain_run(&buf[i..]) {
                    0 => {
                        i += memchr2(b'\r', b'\n', &buf[i..]).unwrap_or(buf.len() - i);
                        At::Middle
                    }
                    run => {
                        i += run;
                        At::behind(buf[i - 1])
                    }
                },
            };
        }
        self.taken += i as u64;
        (i > 0).then(|| Body::Data(buf.split_to(i).freeze()))
    }

    /// The first bare CR or LF of the body so far.
    #[must_use]
    pub fn irregular(&self) -> Option<Irregular> {
        self.irregular
    }

    fn drop_front(&mut self, buf: &mut BytesMut) {
        buf.advance(1);
        self.taken += 1;
    }

    fn bare(&mut self, at: u64) {
        self.irregular.get_or_insert(Irregular { at });
    }
}
