//! A parser that is fed pieces of a message and holds no more of it than a header.
//!
//! It finds the same parts as [`Message::parse`](crate::Message::parse) in the same octets, however they are cut.
//!
//! ```
//! use mailwright_message::Limits;
//! use mailwright_message::incremental::{Event, Parser};
//!
//! let mut octets = 0;
//! let mut parser = Parser::new(Limits::default());
//! for piece in [&b"Subject: large\r\n\r"[..], b"\nHel", b"lo"] {
//!     parser.push(piece, |event| {
//!         if let Event::Data { octets: data, .. } = event {
//!             octets += data.len();
//!         }
//!     });
//! }
//! parser.finish(|_| {});
//! assert_eq!(octets, 5);
//! ```

mod outline;

use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem};

use crate::encoding::transfer::TransferEncoding;
use crate::header::Header;
use crate::limits::Limits;
use crate::part::Kind;
use crate::part::boundary::{Boundaries, Delimiter, Line, MAX_LINE};
use crate::part::tree::{Boundary, Content, read_header};

pub use outline::{Outline, Outliner};

/// What the parser met. Parts are numbered as [`Message::parts`](crate::Message::parts) numbers them.
#[derive(Debug, Clone)]
pub enum Event<'a> {
    /// The header of a part is read; what follows is in it, until its end.
    Begin {
        /// Its number.
        part: usize,
        /// The number of the part it lies in.
        parent: Option<usize>,
        /// Its header and blank line as they are, cut where the limit is reached.
        raw_header: &'a [u8],
        /// The fields of it; their offsets are those in `raw_header`.
        header: Header<'a, 'a>,
        /// How its body is encoded; `None`: not known.
        encoding: Option<TransferEncoding>,
    },
    /// A piece of the body of a part that has no parts in it, still encoded.
    Data {
        /// Its number.
        part: usize,
        /// The piece.
        octets: &'a [u8],
    },
    /// A piece of what stands before or after the parts of a multipart.
    Around {
        /// Its number.
        part: usize,
        /// The piece.
        octets: &'a [u8],
    },
    /// A part is over.
    End {
        /// Its number.
        part: usize,
        /// What it turned out to be: a multipart whose delimiters never came is a leaf.
        kind: Kind,
        /// Where its header lies in all octets pushed.
        header: Range<u64>,
        /// Where its body lies.
        body: Range<u64>,
        /// Line feeds in its body.
        lines: u64,
        /// Where what follows the closing delimiter line of a multipart begins. `None` where it is not closed.
        epilogue: Option<u64>,
        /// How many octets of the line end of its last line the delimiter after it took (RFC 2046 §5.1.1), where that
        /// line is of its header or its closing delimiter: 0 to 2.
        shared: u64,
    },
}

/// The incremental parser. Memory: the header of one part within [`Limits::header_octets`], the boundaries of open
/// multiparts, and the piece that is being pushed.
#[derive(Debug)]
pub struct Parser {
    limits: Limits,
    /// What is pushed and not used, from a place before which all is reported.
    pending: Vec<u8>,
    /// Of all octets, where `pending` begins.
    offset: u64,
    open: Vec<Open>,
    /// Those of `open`, place by place.
    boundaries: Boundaries,
    /// What every delimiter begins with.
    dashes: memmem::Finder<'static>,
    parts: usize,
    /// The part that is being read, where it is not on `open`.
    leaf: Option<Place>,
    state: State,
    header: Vec<u8>,
    header_start: u64,
    /// Octets of the line end before the offset, at the start of a line.
    line_end: usize,
    /// Line feeds before the offset.
    lines: u64,
    fields: usize,
    header_octets: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// In a header, at the start of a line or (`true`) within one that is too long to be looked at.
    Header(bool),
    /// In a body, within a line.
    Body,
    /// In a body, after a line end of that many octets that is not reported: it may belong to a delimiter.
    LineStart(usize),
    /// The rest is one opaque part.
    Tail,
}

#[derive(Debug, Clone)]
struct Place {
    part: usize,
    header: Range<u64>,
    /// Line feeds before its body.
    lines: u64,
}

#[derive(Debug)]
struct Open {
    place: Place,
    digest: bool,
    kind: Kind,
    epilogue: Option<u64>,
}

/// Where a part ends.
#[derive(Debug, Clone, Copy)]
struct Cut {
    offset: u64,
    /// Line feeds before it.
    lines: u64,
}

impl Parser {
    /// A parser at the start of a message.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            pending: Vec::new(),
            offset: 0,
            open: Vec::new(),
            boundaries: Boundaries::default(),
            dashes: memmem::Finder::new(b"\n--"),
            parts: 0,
            leaf: None,
            state: State::Header(false),
            header: Vec::new(),
            header_start: 0,
            line_end: 0,
            lines: 0,
            fields: 0,
            header_octets: 0,
        }
    }

    /// Takes the next octets of the message, and calls `sink` for each thing met in them.
    pub fn push(&mut self, octets: &[u8], mut sink: impl FnMut(Event<'_>)) {
        self.pending.extend_from_slice(octets);
        self.run(false, &mut sink);
    }

    /// The message is over: reports what is left, and ends every part.
    pub fn finish(mut self, mut sink: impl FnMut(Event<'_>)) {
        self.run(true, &mut sink);
        let end = Cut { offset: self.offset, lines: self.lines };
        self.end(0, end, &mut sink);
    }

    /// Goes on until more is needed; `last` says that there is no more.
    fn run(&mut self, last: bool, sink: &mut impl FnMut(Event<'_>)) {
        let pending = std::mem::take(&mut self.pending);
        let base = self.offset;
        let mut at = 0;
        loop {
            let rest = &pending[at..];
            // Handlers that report a place move the offset themselves; it is set right below.
            let (used, more) = match self.state {
                State::Header(within) => self.in_header(rest, within, last, sink),
                State::LineStart(line_end) => self.at_line_start(rest, line_end, last, sink),
                State::Body => self.in_body(rest, last, sink),
                State::Tail => {
                    self.data(rest, sink);
                    (rest.len(), false)
                }
            };
            // What the handler passed by itself is counted.
            let passed = usize::try_from(self.offset - base).unwrap_or(usize::MAX).saturating_sub(at);
            self.lines += line_feeds(rest.get(passed..used).unwrap_or_default());
            at += used;
            self.offset = base + at as u64;
            if !more {
                break;
            }
        }
        self.pending = pending;
        self.pending.drain(..at);
    }

    /// Reads one line of a header. Gives the octets used and whether to go on.
    fn in_header(
        &mut self,
        rest: &[u8],
        within: bool,
        last: bool,
        sink: &mut impl FnMut(Event<'_>),
    ) -> (usize, bool) {
        let end = memchr(b'\n', rest).map(|end| end + 1);
        if !within {
            if end.is_none() && !last && rest.len() <= MAX_LINE + 1 {
                return (0, false);
            }
            if let Some((level, delimiter)) = self.delimits(rest, end) {
                let before = self.before_line_end();
                self.begin(true, sink);
                let used = end.unwrap_or(rest.len());
                self.hit(level, delimiter, before, &rest[..used], sink);
                return (used, true);
            }
        }
        let mut used = end.unwrap_or(rest.len());
        if end.is_none() && !last && rest.ends_with(b"\r") {
            // Whether this is half a line end is for the next piece to say.
            used -= 1;
        }
        let line = &rest[..used];
        let blank = !within && matches!(line, b"\n" | b"\r\n");
        self.keep(line);
        self.line_end = line_end(line);
        self.state = State::Header(end.is_none());
        if blank || (last && end.is_none()) {
            self.pass(line);
            self.begin(false, sink);
            return (used, true);
        }
        (used, end.is_some())
    }

    /// At the start of a line in a body.
    fn at_line_start(
        &mut self,
        rest: &[u8],
        held: usize,
        last: bool,
        sink: &mut impl FnMut(Event<'_>),
    ) -> (usize, bool) {
        if !self.boundaries.is_empty() && b"--".starts_with(&rest[..rest.len().min(2)]) {
            let end = memchr(b'\n', rest).map(|end| end + 1);
            if end.is_none() && !last && rest.len() <= MAX_LINE + 1 {
                return (0, false);
            }
            if let Some((level, delimiter)) = self.delimits(rest, end) {
                let used = end.unwrap_or(rest.len());
                self.hit(level, delimiter, self.before_line_end(), &rest[..used], sink);
                return (used, true);
            }
        }
        self.data(&b"\r\n"[2 - held..], sink);
        self.state = State::Body;
        (0, true)
    }

    /// Within a line of a body.
    fn in_body(&mut self, rest: &[u8], last: bool, sink: &mut impl FnMut(Event<'_>)) -> (usize, bool) {
        let found = if self.boundaries.is_empty() { None } else { self.dashes.find(rest) };
        let Some(feed) = found else {
            // What may be the start of a line end and dashes waits for more.
            let wait = match rest {
                _ if last || self.boundaries.is_empty() => 0,
                [.., b'\r', b'\n', b'-'] => 3,
                [.., b'\r', b'\n'] | [.., b'\n', b'-'] => 2,
                [.., b'\r' | b'\n'] => 1,
                _ => 0,
            };
            let used = rest.len() - wait;
            self.data(&rest[..used], sink);
            return (used, false);
        };
        let used = feed + 1;
        self.line_end = line_end(&rest[..used]);
        self.data(&rest[..used - self.line_end], sink);
        self.state = State::LineStart(self.line_end);
        (used, true)
    }

    /// Whether the line at the start of `rest`, which ends at `end` or with the message, is a delimiter.
    fn delimits(&self, rest: &[u8], end: Option<usize>) -> Option<(usize, Delimiter)> {
        if self.boundaries.is_empty() {
            return None;
        }
        let line = &rest[..end.map_or(rest.len(), |end| end - 1)];
        self.boundaries.delimited_by(&Line::of(line.strip_prefix(b"--")?, 0))
    }

    /// The place before the line end that the offset stands after.
    fn before_line_end(&self) -> Cut {
        let feed = u64::from(self.line_end > 0);
        Cut { offset: self.offset - self.line_end as u64, lines: self.lines.saturating_sub(feed) }
    }

    fn pass(&mut self, line: &[u8]) {
        self.offset += line.len() as u64;
        self.lines += line_feeds(line);
    }

    fn keep(&mut self, line: &[u8]) {
        // One octet over the limit is enough to know that it is over.
        let room = (self.limits.header_octets + 1).saturating_sub(self.header_octets + self.header.len());
        self.header.extend_from_slice(&line[..line.len().min(room)]);
    }

    /// The header of a part ends at the offset; `cut` says by a delimiter, so that nothing can be in it.
    fn begin(&mut self, cut: bool, sink: &mut impl FnMut(Event<'_>)) {
        let part = self.parts;
        let header = std::mem::take(&mut self.header);
        let limits = Limits {
            fields: self.limits.fields.saturating_sub(self.fields),
            header_octets: self.limits.header_octets.saturating_sub(self.header_octets),
            ..self.limits.clone()
        };
        let in_digest = self.open.last().is_some_and(|open| open.digest);
        let found = read_header(&header, &limits, self.open.len(), in_digest, part == 0);
        self.fields += found.entries.len();
        self.header_octets += found.octets;
        let fields = Header::new(&header, &found.entries, self.limits.field_octets);
        let place = self.place(&header, fields, found.encoding, sink);
        self.state = State::LineStart(0);
        match found.content {
            Content::Leaf => self.leaf = Some(place),
            _ if cut => self.leaf = Some(place),
            Content::Message => {
                let kind = Kind::Message;
                self.open.push(Open { place, digest: false, kind, epilogue: None });
                self.boundaries.push(None);
                self.next_part(sink);
            }
            Content::Multipart(Boundary { boundary, digest }) => {
                self.open.push(Open { place, digest, kind: Kind::Leaf, epilogue: None });
                self.boundaries.push(Some(boundary));
            }
        }
    }

    fn place(
        &mut self,
        raw_header: &[u8],
        header: Header<'_, '_>,
        encoding: Option<TransferEncoding>,
        sink: &mut impl FnMut(Event<'_>),
    ) -> Place {
        let part = self.parts;
        self.parts += 1;
        let parent = self.open.last().map(|open| open.place.part);
        sink(Event::Begin { part, parent, raw_header, header, encoding });
        Place { part, header: self.header_start..self.offset, lines: self.lines }
    }

    /// A part begins at the offset.
    fn next_part(&mut self, sink: &mut impl FnMut(Event<'_>)) {
        self.header_start = self.offset;
        if self.parts > 0 && self.parts + 1 >= self.limits.parts {
            let none = Header::new(b"", &[], self.limits.field_octets);
            self.leaf = Some(self.place(b"", none, Some(TransferEncoding::SevenBit), sink));
            self.state = State::Tail;
        } else {
            self.state = State::Header(false);
        }
    }

    /// At the offset is a delimiter `line` of an open multipart; what is in it ends at `end`.
    fn hit(
        &mut self,
        level: usize,
        delimiter: Delimiter,
        end: Cut,
        line: &[u8],
        sink: &mut impl FnMut(Event<'_>),
    ) {
        self.end(level + 1, end, sink);
        self.pass(line);
        self.line_end = line_end(line);
        let after = self.offset;
        let open = &mut self.open[level];
        match delimiter {
            Delimiter::Part => {
                open.kind = Kind::Multipart;
                self.next_part(sink);
            }
            Delimiter::Close => {
                open.epilogue = (open.kind == Kind::Multipart).then_some(after);
                self.boundaries.close(level);
                self.state = State::LineStart(0);
            }
        }
    }

    /// Ends the leaf and all open parts from `level` on.
    fn end(&mut self, level: usize, end: Cut, sink: &mut impl FnMut(Event<'_>)) {
        if let Some(place) = self.leaf.take() {
            place.end(Kind::Leaf, end, None, sink);
        }
        while self.open.len() > level {
            let Some(open) = self.open.pop() else { break };
            self.boundaries.pop();
            open.place.end(open.kind, end, open.epilogue, sink);
        }
    }

    fn data(&self, octets: &[u8], sink: &mut impl FnMut(Event<'_>)) {
        if octets.is_empty() {
            return;
        }
        match (&self.leaf, self.open.last()) {
            (Some(place), _) => sink(Event::Data { part: place.part, octets }),
            (None, Some(open)) => sink(Event::Around { part: open.place.part, octets }),
            (None, None) => {}
        }
    }
}

impl Place {
    fn end(self, kind: Kind, end: Cut, epilogue: Option<u64>, sink: &mut impl FnMut(Event<'_>)) {
        let Self { part, header, lines } = self;
        // Without a body the blank line belongs to the delimiter, as in the tree.
        let cut = header.start.min(end.offset)..header.end.min(end.offset);
        let body = cut.end..end.offset;
        let lines = end.lines.saturating_sub(lines);
        let shared = epilogue.unwrap_or(header.end).saturating_sub(end.offset);
        sink(Event::End { part, kind, header: cut, body, lines, epilogue, shared });
    }
}

fn line_feeds(octets: &[u8]) -> u64 {
    memchr_iter(b'\n', octets).count() as u64
}

/// How many octets of `line` are its line end.
fn line_end(line: &[u8]) -> usize {
    match line {
        [.., b'\r', b'\n'] => 2,
        [.., b'\n'] => 1,
        _ => 0,
    }
}
