//! Applies dot-stuffing.

use super::{Irregular, plain_run};
use crate::Output;
use bytes::Bytes;
use memchr::memchr2;

/// Applies dot-stuffing, passing slices of the input on.
///
/// What it writes has CRLF `.` CRLF at its end and nowhere else, and no bare CR or LF: by default such content is
/// refused, and [`repairing`](Self::repairing) makes a CRLF of each.
///
/// ```
/// # use mailwright_wire::{DotEncoder, Output};
/// let mut out = Output::new();
/// let mut dots = DotEncoder::new();
/// dots.encode("hi\r\n.\r\n".into(), &mut out)?;
/// dots.end(&mut out)?;
/// assert_eq!(out.pop().unwrap(), "hi\r\n..\r\n.\r\n");
/// # Ok::<(), mailwright_wire::Irregular>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct DotEncoder {
    at: At,
    repair: bool,
    taken: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    LineStart,
    Middle,
    Cr,
}

impl DotEncoder {
    /// Refuses content with a bare CR or LF.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes CRLF of each bare CR or LF.
    #[must_use]
    pub fn repairing() -> Self {
        Self { repair: true, ..Self::default() }
    }

    /// Writes the next piece of the body.
    ///
    /// # Errors
    ///
    /// A bare CR or LF, unless they are repaired. What stands before it was written: the body cannot be completed,
    /// and the connection must be given up.
    pub fn encode(&mut self, chunk: Bytes, out: &mut Output) -> Result<(), Irregular> {
        let (mut from, mut i) = (0, 0);
        while let Some(&b) = chunk.get(i) {
            self.at = match (self.at, b) {
                (At::Cr, b'\n') => {
                    i += 1;
                    At::LineStart
                }
                (At::Cr, _) => {
                    self.bare((self.taken + i as u64).saturating_sub(1))?;
                    out.push(chunk.slice(from..i));
                    out.put(b"\n");
                    from = i;
                    At::LineStart
                }
                (At::LineStart, b'.') => {
                    out.push(chunk.slice(from..i));
                    out.put(b".");
                    from = i;
                    i += 1;
                    At::Middle
                }
                (_, b'\r') => {
                    i += 1;
                    At::Cr
                }
                (_, b'\n') => {
                    self.bare(self.taken + i as u64)?;
                    out.push(chunk.slice(from..i));
                    out.put(b"\r");
                    from = i;
                    i += 1;
                    At::LineStart
                }
                _ => match plain_run(&chunk[i..]) {
                    0 => {
                        i += memchr2(b'\r', b'\n', &chunk[i..]).unwrap_or(chunk.len() - i);
                        At::Middle
                    }
                    run => {
                        i += run;
                        match chunk[i - 1] {
                            b'\r' => At::Cr,
                            b'\n' => At::LineStart,
                            _ => At::Middle,
                        }
                    }
                },
            };
        }
        self.taken += i as u64;
        out.push(if from == 0 { chunk } else { chunk.slice(from..) });
        Ok(())
    }

    /// Writes the end of the body, after a CRLF where its last line lacks one.
    ///
    /// # Errors
    ///
    /// A CR as the very last octet, unless it is repaired.
    pub fn end(self, out: &mut Output) -> Result<(), Irregular> {
        match self.at {
            At::LineStart => {}
            At::Middle => out.put(b"\r\n"),
            At::Cr => {
                self.bare(self.taken.saturating_sub(1))?;
                out.put(b"\n");
            }
        }
        out.put(b".\r\n");
        Ok(())
    }

    fn bare(&self, at: u64) -> Result<(), Irregular> {
        if self.repair { Ok(()) } else { Err(Irregular { at }) }
    }
}
