//! From octets to the flat list of parts, in one pass and without recursion (RFC 2046 §5.1).

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::Kind;
use super::boundary::{Boundaries, Delimiter, Line, content_end};
use crate::defect::{Defect, DefectKind};
use crate::encoding::transfer::TransferEncoding;
use crate::header::content_type::ContentType;
use crate::header::index::{self, Entry};
use crate::header::lex::Cursor;
use crate::limits::Limits;

/// No part, no field, no place.
pub(crate) const NONE: u32 = u32::MAX;

/// Offsets are kept in 32 bits; this many octets can be indexed.
const MAX_OCTETS: usize = NONE as usize - 1;

/// Fields that there is room for from the start: few headers have more.
const USUAL_FIELDS: usize = 32;

/// What may be the start of a delimiter line, looked for with the quickest means the machine has.
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\n--"));

/// A range of octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One part. A parent stands before its children, and `next` is the place after the last of what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) header: Span,
    pub(crate) body: Span,
    /// Places in the list of fields.
    pub(crate) fields: Span,
    pub(crate) parent: u32,
    pub(crate) next: u32,
    /// The Content-Type field, in the list of fields.
    pub(crate) content_type: u32,
    pub(crate) preamble_end: u32,
    pub(crate) epilogue: u32,
    /// Octets of the line end of its last line that the delimiter after it took: of its header where it has no body,
    /// or of its closing delimiter line.
    pub(crate) shared: u8,
    pub(crate) depth: u16,
    pub(crate) kind: Kind,
    pub(crate) encoding: Option<TransferEncoding>,
    pub(crate) in_digest: bool,
}

impl Node {
    /// Ends the body. Where there is none the blank line belongs to the delimiter too, as its line end (RFC 2046
    /// §5.1.1: `body-part := MIME-part-headers [CRLF *OCTET]`).
    fn end_at(&mut self, end: u32) {
        let last = if self.epilogue == NONE { self.body.start } else { self.epilogue };
        self.shared = u8::try_from(last.saturating_sub(end)).unwrap_or_default();
        if end < self.body.start {
            self.header.start = self.header.start.min(end);
            self.header.end = end;
            self.body.start = end;
        }
        self.body.end = end;
    }
}

/// All that parsing finds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    pub(crate) fields: Vec<Entry>,
    pub(crate) defects: Vec<Defect>,
}

/// Takes `raw` apart.
pub(crate) fn build(raw: &[u8], limits: &Limits) -> Tree {
    let mut builder = Builder::new(&raw[..raw.len().min(MAX_OCTETS)], limits);
    if raw.len() > MAX_OCTETS {
        builder.defect(MAX_OCTETS, DefectKind::TooLong);
    }
    builder.run();
    builder.tree
}

/// A part whose end is not found yet.
struct Open {
    node: usize,
    digest: bool,
}

struct Builder<'a, 'l> {
    raw: &'a [u8],
    limits: &'l Limits,
    tree: Tree,
    open: Vec<Open>,
    /// Those of `open`, place by place.
    boundaries: Boundaries,
    header_octets: usize,
}

/// What a part turned out to be, once its header is read.
pub(crate) enum Content {
    Leaf,
    Multipart(Boundary),
    Message,
}

/// The boundary of a multipart, and what its parts are that do not say.
pub(crate) struct Boundary {
    pub(crate) boundary: Vec<u8>,
    pub(crate) digest: bool,
}

/// What the header of one part makes of it, read apart from the message that it is of.
pub(crate) struct HeaderOf {
    pub(crate) content: Content,
    pub(crate) encoding: Option<TransferEncoding>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) octets: usize,
}

/// Reads one header within `limits`. The part lies `depth` deep; `first` says that it is the message itself.
pub(crate) fn read_header(
    header: &[u8],
    limits: &Limits,
    depth: usize,
    in_digest: bool,
    first: bool,
) -> HeaderOf {
    let mut builder = Builder::new(header, limits);
    let node = builder.begin(0, in_digest);
    builder.tree.nodes[node].depth = u16::try_from(depth).unwrap_or(u16::MAX);
    builder.header(node, 0, first);
    let content = builder.content(node);
    HeaderOf {
        content,
        encoding: builder.tree.nodes[node].encoding,
        octets: builder.header_octets,
        entries: builder.tree.fields,
    }
}

/// A delimiter line, and the multipart it belongs to.
struct Hit {
    line: usize,
    next: usize,
    level: usize,
    delimiter: Delimiter,
}

#[expect(clippy::cast_possible_truncation, reason = "offsets and counts are below MAX_OCTETS, see build")]
impl<'a, 'l> Builder<'a, 'l> {
    fn new(raw: &'a [u8], limits: &'l Limits) -> Self {
        let boundaries = Boundaries::default();
        Self { raw, limits, tree: Tree::default(), open: Vec::new(), boundaries, header_octets: 0 }
    }

    fn run(&mut self) {
        self.tree.fields.reserve(USUAL_FIELDS.min(self.limits.fields));
        let mut at = 0;
        loop {
            let in_digest = self.open.last().is_some_and(|open| open.digest);
            let node = self.begin(at, in_digest);
            let (after, cut) = if node > 0 && node + 1 >= self.limits.parts {
                // The last part there may be holds all the rest.
                self.defect(at, DefectKind::TooManyParts);
                self.tree.nodes[node].body = Span { start: at as u32, end: self.raw.len() as u32 };
                break;
            } else {
                self.header(node, at, node == 0)
            };
            let mut hit = cut;
            if hit.is_none() {
                match self.content(node) {
                    Content::Message => {
                        self.tree.nodes[node].kind = Kind::Message;
                        self.open.push(Open { node, digest: false });
                        self.boundaries.push(None);
                        at = after;
                        continue;
                    }
                    Content::Multipart(Boundary { boundary, digest }) => {
                        self.open.push(Open { node, digest });
                        self.boundaries.push(Some(boundary));
                    }
                    Content::Leaf => {}
                }
                hit = self.next_delimiter(after);
            }
            // A closing delimiter begins no part: go on until one does.
            loop {
                let Some(found) = hit else { return self.finish() };
                self.close(found.level + 1, found.line);
                let node = &mut self.tree.nodes[self.open[found.level].node];
                if found.delimiter == Delimiter::Part {
                    if node.kind == Kind::Leaf {
                        node.kind = Kind::Multipart;
                        node.preamble_end = (content_end(self.raw, found.line) as u32).max(node.body.start);
                    }
                    at = found.next;
                    break;
                }
                if node.kind == Kind::Multipart {
                    node.epilogue = found.next as u32;
                } else {
                    let place = node.header.start as usize;
                    self.defect(place, DefectKind::NoParts);
                }
                self.boundaries.close(found.level);
                hit = self.next_delimiter(found.next);
            }
        }
        self.finish();
    }

    fn begin(&mut self, at: usize, in_digest: bool) -> usize {
        let fields = self.tree.fields.len() as u32;
        self.tree.nodes.push(Node {
            header: Span { start: at as u32, end: at as u32 },
            body: Span { start: at as u32, end: at as u32 },
            fields: Span { start: fields, end: fields },
            parent: self.open.last().map_or(NONE, |open| open.node as u32),
            next: NONE,
            content_type: NONE,
            preamble_end: NONE,
            epilogue: NONE,
            shared: 0,
            depth: self.open.len() as u16,
            kind: Kind::Leaf,
            encoding: Some(TransferEncoding::SevenBit),
            in_digest,
        });
        self.tree.nodes.len() - 1
    }

    /// Reads the header of `node`. Gives where the body begins, and the delimiter line that cuts the header off.
    fn header(&mut self, node: usize, start: usize, first: bool) -> (usize, Option<Hit>) {
        let mut at = start;
        let mut cut = None;
        let mut blank = false;
        let (mut content_type, mut encoding, mut full) = (NONE, None, false);
        if first && self.raw.starts_with(b"From ") {
            self.defect(0, DefectKind::MboxFrom);
            at = memchr::memchr(b'\n', self.raw).map_or(self.raw.len(), |end| end + 1);
            self.header_octets += at;
        }
        loop {
            if !self.boundaries.is_empty() && self.raw[at..].starts_with(b"--") {
                let line = Line::read(self.raw, at);
                if let Some((level, delimiter)) = self.boundaries.delimited_by(&line) {
                    cut = Some(Hit { line: at, next: line.next, level, delimiter });
                    break;
                }
            }
            let (entry, odd) = match index::line(self.raw, at) {
                index::Line::Field(entry) => (entry, false),
                index::Line::Odd(entry) => (entry, true),
                index::Line::Blank(next) => {
                    at = next;
                    blank = true;
                    break;
                }
                index::Line::End => break,
            };
            let place = at;
            at = entry.end as usize;
            let octets = at - place;
            self.header_octets += octets;
            if entry.value == entry.start {
                self.defect(place, DefectKind::NoColon);
                continue;
            }
            let name = &self.raw[place..entry.name_end as usize];
            if odd {
                self.defect(place, DefectKind::BadFieldName);
            }
            if octets > self.limits.field_octets {
                self.defect(place, DefectKind::FieldTooLong);
            }
            if self.header_octets > self.limits.header_octets {
                if !full {
                    self.defect(place, DefectKind::HeaderTooLong);
                }
                full = true;
                continue;
            }
            if self.tree.fields.len() >= self.limits.fields {
                if !full {
                    self.defect(place, DefectKind::TooManyFields);
                }
                full = true;
                continue;
            }
            let field = self.tree.fields.len() as u32;
            self.tree.fields.push(entry);
            if name.eq_ignore_ascii_case(b"content-type") {
                if content_type == NONE {
                    content_type = field;
                } else {
                    self.defect(place, DefectKind::RepeatedField);
                }
            } else if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
                if encoding.is_none() {
                    encoding = Some(self.encoding(&entry));
                } else {
                    self.defect(place, DefectKind::RepeatedField);
                }
            }
        }
        if !blank && at > start {
            self.defect(at, DefectKind::NoBlankLine);
        }
        let fields = self.tree.fields.len() as u32;
        let node = &mut self.tree.nodes[node];
        node.header.end = at as u32;
        node.body = Span { start: at as u32, end: at as u32 };
        node.fields.end = fields;
        node.content_type = content_type;
        node.encoding = encoding.unwrap_or(Some(TransferEncoding::SevenBit));
        (at, cut)
    }

    /// `encoding := "Content-Transfer-Encoding" ":" mechanism`
    fn encoding(&mut self, entry: &Entry) -> Option<TransferEncoding> {
        let raw = self.raw;
        let mut cursor = Cursor::new(&raw[entry.value as usize..entry.end as usize]);
        cursor.skip_cfws();
        let name = cursor.take_while(|octet| octet > b' ' && !matches!(octet, b'(' | b';'));
        let found = std::str::from_utf8(name).ok().and_then(TransferEncoding::from_name);
        if found.is_none() {
            self.defect(entry.start as usize, DefectKind::UnknownEncoding);
        }
        found
    }

    /// What the Content-Type of `node` makes of it.
    fn content(&mut self, node: usize) -> Content {
        let Node { content_type, in_digest, encoding, depth, header, .. } = self.tree.nodes[node];
        let (raw, place) = (self.raw, header.start as usize);
        let composite = match self.tree.fields.get(content_type as usize) {
            None if in_digest => Content::Message,
            None => Content::Leaf,
            Some(entry) => {
                let (place, value) = (entry.start as usize, &raw[entry.value as usize..entry.end as usize]);
                let value = &value[..value.len().min(self.limits.field_octets)];
                // Of the composite types both begin with an m; most parts are neither.
                let first = value.trim_ascii_start().first();
                if !matches!(first, None | Some(b'm' | b'M' | b'(')) {
                    return Content::Leaf;
                }
                let Some(found) = ContentType::parse(value) else {
                    self.defect(place, DefectKind::BadContentType);
                    return Content::Leaf;
                };
                if found.is_type("multipart") {
                    let boundary = found.parameter("boundary").map(str::trim_ascii_end);
                    match boundary {
                        Some(boundary)
                            if !boundary.is_empty() && boundary.len() <= self.limits.boundary_octets =>
                        {
                            let boundary = boundary.as_bytes().to_vec();
                            Content::Multipart(Boundary { boundary, digest: found.is("multipart", "digest") })
                        }
                        _ => {
                            self.defect(place, DefectKind::NoBoundary);
                            return Content::Leaf;
                        }
                    }
                } else if found.is("message", "rfc822") || found.is("message", "global") {
                    Content::Message
                } else {
                    return Content::Leaf;
                }
            }
        };
        if matches!(composite, Content::Leaf) {
            return composite;
        }
        if usize::from(depth) >= self.limits.depth.min(usize::from(u16::MAX)) {
            self.defect(place, DefectKind::TooDeep);
            return Content::Leaf;
        }
        if encoding.is_none_or(|encoding| !encoding.is_identity()) {
            self.defect(place, DefectKind::EncodedComposite);
        }
        composite
    }

    /// The next delimiter line at or after `from`, which is the start of a line.
    fn next_delimiter(&self, from: usize) -> Option<Hit> {
        if self.boundaries.is_empty() {
            return None;
        }
        let finder = &*FINDER;
        let mut at = if self.raw[from..].starts_with(b"--") {
            from
        } else {
            from.saturating_sub(1) + finder.find(&self.raw[from.saturating_sub(1)..])? + 1
        };
        loop {
            let line = Line::read(self.raw, at);
            if let Some((level, delimiter)) = self.boundaries.delimited_by(&line) {
                return Some(Hit { line: at, next: line.next, level, delimiter });
            }
            // From the line end, which may begin the next hit.
            let end = line.next.saturating_sub(1).max(at);
            at = end + finder.find(&self.raw[end..])? + 1;
        }
    }

    /// Ends every open part from `level` on, and the last part, before the delimiter line at `line`.
    fn close(&mut self, level: usize, line: usize) {
        let end = content_end(self.raw, line) as u32;
        self.end_all(level, end);
    }

    fn end_all(&mut self, level: usize, end: u32) {
        let next = self.tree.nodes.len() as u32;
        if let Some(last) = self.tree.nodes.last_mut().filter(|last| last.next == NONE) {
            // A multipart that is still to be read is ended with the others below.
            if self.open.last().is_none_or(|open| open.node + 1 != next as usize) {
                last.end_at(end);
                last.next = next;
            }
        }
        while self.open.len() > level {
            let Some(Open { node, .. }) = self.open.pop() else { break };
            let node = &mut self.tree.nodes[node];
            node.end_at(end);
            node.next = next;
            let (kind, place) = (node.kind, node.header.start as usize);
            if self.boundaries.pop() {
                self.defect(
                    place,
                    if kind == Kind::Leaf { DefectKind::NoParts } else { DefectKind::NotClosed },
                );
            }
        }
    }

    fn finish(&mut self) {
        self.end_all(0, self.raw.len() as u32);
    }

    fn defect(&mut self, place: usize, kind: DefectKind) {
        if self.tree.defects.len() < self.limits.defects {
            self.tree.defects.push(Defect { place, kind });
        }
    }
}
