//! A message on its way to the client, by `RETR` or by `TOP`.

use mailwright_wire::{DotEncoder, Output};

use super::Chunk;
use crate::types::MessageNumber;

/// A message on its way to the client.
#[derive(Debug)]
pub(super) struct Transfer {
    pub(super) message: MessageNumber,
    size: u64,
    dots: DotEncoder,
    /// For `TOP`: where it ends.
    top: Option<Top>,
    whole: bool,
}

impl Transfer {
    pub(super) fn new(message: MessageNumber, size: u64, lines: Option<u64>) -> Self {
        // A bare CR or LF in a stored message would end a line for some clients: each is sent as CRLF.
        Self { message, size, dots: DotEncoder::repairing(), top: lines.map(Top::new), whole: false }
    }

    /// What follows `+OK`.
    pub(super) fn announcement(&self) -> String {
        if self.top.is_some() { "top of message follows".to_owned() } else { format!("{} octets", self.size) }
    }

    /// Whether the whole message was sent.
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Sends a piece. Whether that was the last one; `Err` if there cannot be a last one.
    pub(super) fn send(&mut self, chunk: Chunk, out: &mut Output) -> Result<bool, ()> {
        let ends = match chunk {
            Chunk::Failed => return Err(()),
            Chunk::End => {
                self.whole = true;
                true
            }
            Chunk::Data(mut octets) => {
                let end = self.top.as_mut().and_then(|top| top.end(&octets));
                octets.truncate(end.unwrap_or(usize::MAX));
                self.dots.encode(octets, out).map_err(drop)?;
                end.is_some()
            }
        };
        if ends {
            std::mem::take(&mut self.dots).end(out).map_err(drop)?;
        }
        Ok(ends)
    }
}

/// Finds the end of the header and so many lines of the body.
#[derive(Debug)]
struct Top {
    lines: u64,
    in_body: bool,
    /// Nothing stands in the line so far.
    empty: bool,
    /// The last octet was CR, and what it means depends on the next.
    cr: bool,
}

impl Top {
    fn new(lines: u64) -> Self {
        Self { lines, in_body: false, empty: true, cr: false }
    }

    /// How much of these octets belongs to it, if it ends among them.
    fn end(&mut self, octets: &[u8]) -> Option<usize> {
        if self.in_body && self.lines == 0 {
            return Some(0);
        }
        for (at, &octet) in octets.iter().enumerate() {
            if octet == b'\n' {
                self.cr = false;
                if self.line_ends() {
                    return Some(at + 1);
                }
                continue;
            }
            // A bare CR ends a line here, since it is sent as CRLF.
            if std::mem::take(&mut self.cr) && self.line_ends() {
                return Some(at);
            }
            self.cr = octet == b'\r';
            self.empty &= self.cr;
        }
        None
    }

    /// A line ends. Whether it was the last one wanted.
    fn line_ends(&mut self) -> bool {
        if self.in_body {
            self.lines -= 1;
        } else if self.empty {
            self.in_body = true;
        }
        self.empty = true;
        self.in_body && self.lines == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    /// What is sent of `message`, cut into pieces of `size` octets.
    fn sent(message: &'static [u8], lines: Option<u64>, size: usize) -> Vec<u8> {
        let mut transfer = Transfer::new(MessageNumber::new(1).unwrap(), 0, lines);
        let mut out = Output::new();
        let chunks = message.chunks(size).map(|chunk| Chunk::Data(Bytes::from_static(chunk)));
        for chunk in chunks.chain([Chunk::End]) {
            if transfer.send(chunk, &mut out).unwrap() {
                break;
            }
        }
        std::iter::from_fn(|| out.pop()).flatten().collect()
    }

    #[track_caller]
    fn check(message: &'static [u8], lines: Option<u64>, want: &str) {
        for size in 1..=message.len().max(1) {
            assert_eq!(String::from_utf8_lossy(&sent(message, lines, size)), want, "pieces of {size}");
        }
    }

    #[test]
    fn retr_stuffs_dots_and_completes_the_last_line() {
        check(b"a: b\r\n\r\n.x\r\n..\r\n.\r\n", None, "a: b\r\n\r\n..x\r\n...\r\n..\r\n.\r\n");
        check(b"a: b\r\n\r\nx", None, "a: b\r\n\r\nx\r\n.\r\n");
        check(b"", None, ".\r\n");
    }

    #[test]
    fn retr_sends_a_bare_cr_or_lf_as_crlf() {
        check(b"a\nb\rc\r\n", None, "a\r\nb\r\nc\r\n.\r\n");
        check(b"a\n.\n", None, "a\r\n..\r\n.\r\n");
    }

    #[test]
    fn top_ends_after_so_many_lines() {
        let message = b"a: b\r\nc: d\r\n\r\n1\r\n.2\r\n\r\n4\r\n";
        check(message, Some(0), "a: b\r\nc: d\r\n\r\n.\r\n");
        check(message, Some(1), "a: b\r\nc: d\r\n\r\n1\r\n.\r\n");
        check(message, Some(3), "a: b\r\nc: d\r\n\r\n1\r\n..2\r\n\r\n.\r\n");
        check(message, Some(u64::MAX), "a: b\r\nc: d\r\n\r\n1\r\n..2\r\n\r\n4\r\n.\r\n");
    }

    #[test]
    fn top_of_a_message_without_body_or_header() {
        check(b"a: b\r\n", Some(0), "a: b\r\n.\r\n");
        check(b"\r\nbody\r\nmore\r\n", Some(1), "\r\nbody\r\n.\r\n");
        check(b"a\n\nb\nc\n", Some(1), "a\r\n\r\nb\r\n.\r\n");
    }
}
