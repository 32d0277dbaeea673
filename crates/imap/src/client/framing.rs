//! From octets to responses: lines with their literals, each octet looked at once.

use crate::{
    Limits,
    error::ParseError,
    parse::{
        core::{Cursor, Literal, announced_literal},
        response::{Attributes, attributes, fetch_head},
    },
    types::response::{Fault, Fetch},
};
use bytes::{Buf, Bytes, BytesMut};
use mailwright_wire::{Body, CountDecoder};

/// What comes out of the stream.
#[derive(Debug)]
pub(super) enum Piece {
    /// A whole response, without its last CRLF.
    Response(Bytes),
    /// A `FETCH` up to octets that stream.
    LiteralBegin(Fetch),
    /// Some of them.
    Literal(Bytes),
    /// The end of them.
    LiteralEnd,
    /// The whole of such a `FETCH`.
    Fetched(Fetch),
    /// A response over the limits; its first octets.
    Fault(Fault),
}

/// Cuts what the server sends into responses.
///
/// Small literals stay in their response, and are slices of it when it is parsed. The octets of a message over the limit
/// stream. Anything else over the limits is skipped to its end, and never read as something else.
#[derive(Debug)]
pub(super) struct Framer {
    line_max: usize,
    literal_max: u64,
    total_max: usize,
    depth: usize,
    /// Octets of the response that have been looked at; a literal that is not there yet counts.
    seen: usize,
    /// Where the line that is being looked at begins.
    line: usize,
    /// A response of which some octets have been streamed.
    open: Option<Fetch>,
    state: State,
}

/// What one look at the input came to.
enum Turn {
    Out(Piece),
    /// The state has changed: look again.
    Again,
    /// More input is needed.
    Wait,
}

#[derive(Debug)]
enum State {
    Gather,
    Stream(CountDecoder),
    /// In a line of a response over the limits: its first octets, and the last of this line.
    Skip(Skipped),
    /// In a literal of such a response.
    SkipLiteral(Skipped, CountDecoder),
}

#[derive(Debug, Default)]
struct Skipped {
    first: BytesMut,
    tail: BytesMut,
    expected: &'static str,
}

/// How much of a skipped response is kept to show.
const SHOWN: usize = 256;
/// An announcement is never longer.
const ANNOUNCEMENT: usize = 32;

impl Framer {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            line_max: limits.response_line,
            literal_max: limits.response_literal,
            total_max: usize::try_from(limits.response).unwrap_or(usize::MAX),
            depth: limits.list_depth,
            seen: 0,
            line: 0,
            open: None,
            state: State::Gather,
        }
    }

    /// The next piece; `None` if more input is needed.
    pub(super) fn next(&mut self, buf: &mut BytesMut) -> Option<Piece> {
        loop {
            match &mut self.state {
                State::Gather => match self.gather(buf) {
                    Turn::Out(piece) => return Some(piece),
                    Turn::Again => {}
                    Turn::Wait => return None,
                },
                State::Stream(counter) => match counter.decode(buf)? {
                    Body::Data(octets) => return Some(Piece::Literal(octets)),
                    Body::End => {
                        self.state = State::Gather;
                        return Some(Piece::LiteralEnd);
                    }
                },
                State::Skip(_) => match self.skip_line(buf) {
                    Turn::Out(piece) => return Some(piece),
                    Turn::Again => {}
                    Turn::Wait => return None,
                },
                State::SkipLiteral(skipped, counter) => {
                    if counter.decode(buf)? == Body::End {
                        self.state = State::Skip(std::mem::take(skipped));
                    }
                }
            }
        }
    }

    fn gather(&mut self, buf: &mut BytesMut) -> Turn {
        loop {
            if buf.len() < self.seen {
                return Turn::Wait;
            }
            let Some(at) = memchr::memchr(b'\n', &buf[self.seen..]) else {
                self.seen = buf.len();
                if self.seen - self.line > self.line_max {
                    self.give_up(buf, "a shorter line");
                    return Turn::Again;
                }
                return Turn::Wait;
            };
            let end = self.seen + at + 1;
            self.seen = end;
            if end - self.line > self.line_max {
                self.give_up(buf, "a shorter line");
                return Turn::Again;
            }
            let line = trim_end(&buf[self.line..end]);
            match announced_literal(line) {
                Ok(None) => {
                    let frame = self.take(buf, end);
                    return Turn::Out(self.finish(frame));
                }
                Ok(Some(literal)) => {
                    if let Some(turn) = self.literal(buf, end, literal) {
                        return turn;
                    }
                }
                Err(_) => {
                    // Its octets cannot be told from what follows them: it is taken to have none.
                    let frame = self.take(buf, end);
                    return Turn::Out(self.finish(frame));
                }
            }
        }
    }

    /// A literal was announced by the line that ends there. `None`: it stays in the response.
    fn literal(&mut self, buf: &mut BytesMut, end: usize, literal: Literal) -> Option<Turn> {
        let fits = usize::try_from(literal.len).ok().and_then(|len| end.checked_add(len));
        let fits = fits.filter(|&total| total <= self.total_max);
        if let Some(total) = fits.filter(|_| literal.len <= self.literal_max) {
            (self.seen, self.line) = (total, total);
            return None;
        }
        if is_of_message(trim_end(&buf[self.line..end])) {
            let head = self.take(buf, end);
            if let Some(fetch) = self.head(&head) {
                self.open = Some(fetch.clone());
                self.state = State::Stream(CountDecoder::new(literal.len));
                return Some(Turn::Out(Piece::LiteralBegin(fetch)));
            }
            return Some(self.skip_from(&head, "a FETCH with octets of a message", literal.len));
        }
        if let Some(total) = fits {
            (self.seen, self.line) = (total, total);
            return None;
        }
        let head = self.take(buf, end);
        self.open = None;
        Some(self.skip_from(&head, "a shorter response", literal.len))
    }

    fn skip_from(&mut self, head: &Bytes, expected: &'static str, literal: u64) -> Turn {
        let mut skipped = Skipped::new(expected);
        skipped.keep(head);
        self.state = State::SkipLiteral(skipped, CountDecoder::new(literal));
        Turn::Again
    }

    /// The `FETCH` up to the announcement at its end.
    fn head(&mut self, head: &Bytes) -> Option<Fetch> {
        let Some(mut fetch) = self.open.take() else {
            return fetch_head(head, self.depth).map(|(fetch, _)| fetch);
        };
        match attributes(&mut Cursor::new(head), &mut fetch, self.depth) {
            Ok(Attributes::Open(_)) => Some(fetch),
            _ => None,
        }
    }

    fn finish(&mut self, frame: Bytes) -> Piece {
        let Some(mut fetch) = self.open.take() else { return Piece::Response(frame) };
        let cursor = &mut Cursor::new(&frame);
        let read = attributes(cursor, &mut fetch, self.depth).and_then(|_| cursor.end());
        if let Err(error) = read {
            fetch.faults.push(Fault { raw: frame, error });
        }
        Piece::Fetched(fetch)
    }

    /// Takes the response, or what there is of it, without its last line end.
    fn take(&mut self, buf: &mut BytesMut, end: usize) -> Bytes {
        (self.seen, self.line) = (0, 0);
        let mut frame = buf.split_to(end).freeze();
        frame.truncate(trim_end(&frame).len());
        frame
    }

    fn give_up(&mut self, buf: &mut BytesMut, expected: &'static str) {
        (self.seen, self.line) = (0, 0);
        self.open = None;
        let mut skipped = Skipped::new(expected);
        skipped.keep(buf);
        self.state = State::Skip(skipped);
    }

    fn skip_line(&mut self, buf: &mut BytesMut) -> Turn {
        let State::Skip(skipped) = &mut self.state else { return Turn::Again };
        let Some(at) = memchr::memchr(b'\n', buf) else {
            skipped.tail(buf);
            buf.clear();
            return Turn::Wait;
        };
        skipped.tail(&buf[..=at]);
        buf.advance(at + 1);
        let literal = announced_literal(trim_end(&skipped.tail)).ok().flatten();
        let mut skipped = std::mem::take(skipped);
        skipped.tail.clear();
        if let Some(literal) = literal {
            self.state = State::SkipLiteral(skipped, CountDecoder::new(literal.len));
            return Turn::Again;
        }
        self.state = State::Gather;
        let error = ParseError { at: skipped.first.len(), expected: skipped.expected, found: None };
        Turn::Out(Piece::Fault(Fault { raw: skipped.first.freeze(), error }))
    }
}

impl Skipped {
    fn new(expected: &'static str) -> Self {
        Self { expected, ..Self::default() }
    }

    fn keep(&mut self, octets: &[u8]) {
        self.first.extend_from_slice(&octets[..octets.len().min(SHOWN)]);
    }

    fn tail(&mut self, octets: &[u8]) {
        self.tail.extend_from_slice(&octets[octets.len().saturating_sub(ANNOUNCEMENT)..]);
        let over = self.tail.len().saturating_sub(ANNOUNCEMENT);
        self.tail.advance(over);
    }
}

/// The line without its CRLF; some servers send a bare LF.
fn trim_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Whether the literal announced by this line looks like octets of a message: `BODY[...] {`, `BINARY[...]<0> ~{`,
/// `RFC822.TEXT {`.
fn is_of_message(line: &[u8]) -> bool {
    let Some(brace) = line.iter().rposition(|&byte| byte == b'{') else { return false };
    let before = line[..brace].strip_suffix(b"~").unwrap_or(&line[..brace]).trim_ascii_end();
    let ends = |word: &str| {
        before.len() >= word.len()
            && before[before.len() - word.len()..].eq_ignore_ascii_case(word.as_bytes())
    };
    ends("]") || ends(">") || ends("RFC822") || ends("RFC822.HEADER") || ends("RFC822.TEXT")
}
