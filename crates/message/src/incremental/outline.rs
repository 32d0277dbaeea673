//! What is left of a message when its headers and the start of its texts are kept, and nothing else.

use std::ops::Range;

use super::{Event, Parser};
use crate::Message;
use crate::header::content_type::ContentType;
use crate::imap::{BodyStructure, Envelope, Extent};
use crate::limits::Limits;
use crate::part::Kind;
use crate::part::tree::{NONE, Node, Span, Tree};

/// Octets of one text that are kept, still encoded: enough for any preview.
const TEXT: usize = 64 << 10;
/// Octets of all texts that are kept.
const TEXTS: usize = 1 << 20;
/// Offsets into what is kept have 32 bits, whatever limits the caller sets.
const HEADERS: usize = 1 << 30;

/// Makes an [`Outline`] of a message that is fed to it in pieces.
///
/// Memory: the header fields within [`Limits::header_octets`], 64 KiB of each text and 1 MiB of all of them, and
/// about 200 octets a part.
///
/// ```
/// use mailwright_message::incremental::Outliner;
/// use mailwright_message::view::View;
/// use mailwright_message::Limits;
///
/// let mut outliner = Outliner::new(Limits::default());
/// outliner.push(b"Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello.\r\n");
/// outliner.push(b"--b\r\nContent-Type: image/png\r\n\r\n");
/// for _ in 0..1000 {
///     outliner.push(&[b'x'; 8192]);
/// }
/// outliner.push(b"\r\n--b--\r\n");
/// let outline = outliner.finish();
///
/// assert_eq!(outline.envelope().subject.unwrap(), b"large");
/// assert_eq!(outline.body_structure().parts()[2].body.len(), 8_192_000);
/// assert_eq!(View::of(&outline.message()).preview(100), "Hello.");
/// ```
#[derive(Debug)]
pub struct Outliner {
    parser: Parser,
    kept: Kept,
}

/// A message without most of its octets: every part and every header field, and how the texts begin.
#[derive(Debug, Clone)]
pub struct Outline {
    kept: Kept,
}

#[derive(Debug, Clone)]
struct Kept {
    /// Headers and starts of texts, one after the other.
    raw: Vec<u8>,
    /// Where they lie in `raw`.
    tree: Tree,
    /// Where the parts lie in the message.
    extents: Vec<Extent>,
    field_octets: usize,
    texts: usize,
}

impl Outliner {
    /// At the start of a message.
    pub fn new(limits: Limits) -> Self {
        let limits = Limits { header_octets: limits.header_octets.min(HEADERS), ..limits };
        let kept = Kept {
            raw: Vec::new(),
            tree: Tree::default(),
            extents: Vec::new(),
            field_octets: limits.field_octets,
            texts: 0,
        };
        Self { parser: Parser::new(limits), kept }
    }

    /// Takes the next octets of the message.
    pub fn push(&mut self, octets: &[u8]) {
        let Self { parser, kept } = self;
        parser.push(octets, |event| kept.take(event));
    }

    /// The message is over.
    pub fn finish(self) -> Outline {
        let Self { parser, mut kept } = self;
        parser.finish(|event| kept.take(event));
        Outline { kept }
    }
}

impl Outline {
    /// The outline as a message: its headers are whole, its texts may be cut, and other bodies are empty. The places
    /// of its parts are those in the outline. Costs a copy of the index of its fields.
    pub fn message(&self) -> Message<'_> {
        Message::of_tree(&self.kept.raw, self.kept.tree.clone(), self.kept.field_octets)
    }

    /// What [`Envelope::of`] gives of the whole message.
    pub fn envelope(&self) -> Envelope {
        Envelope::of(&self.message())
    }

    /// What [`BodyStructure::of`] gives of the whole message: sizes, lines and places are those of the message.
    pub fn body_structure(&self) -> BodyStructure {
        BodyStructure::with_extents(&self.message(), self.kept.extents.clone())
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "what is kept is below HEADERS and TEXTS; parts are counted by it"
)]
impl Kept {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Begin { parent, raw_header, header, encoding, .. } => {
                let start = self.raw.len() as u32;
                let first = self.tree.fields.len() as u32;
                self.raw.extend_from_slice(raw_header);
                self.tree.fields.extend(header.entries().iter().map(|entry| entry.moved(start)));
                let end = self.raw.len() as u32;
                let content_type = header
                    .iter()
                    .position(|field| field.is("Content-Type"))
                    .map_or(NONE, |place| first + place as u32);
                let depth = parent.map_or(0, |parent| self.tree.nodes[parent].depth + 1);
                let in_digest = parent.is_some_and(|parent| self.is_digest(parent));
                self.tree.nodes.push(Node {
                    header: Span { start, end },
                    body: Span { start: end, end },
                    fields: Span { start: first, end: self.tree.fields.len() as u32 },
                    parent: parent.map_or(NONE, |parent| parent as u32),
                    next: NONE,
                    content_type,
                    preamble_end: end,
                    epilogue: NONE,
                    shared: 0,
                    depth,
                    kind: Kind::Leaf,
                    encoding,
                    in_digest,
                });
                self.extents.push(Extent::default());
            }
            Event::Data { part, octets } => {
                let kept = self.raw.len() - self.tree.nodes[part].body.start as usize;
                let room = TEXT.saturating_sub(kept).min(TEXTS.saturating_sub(self.texts));
                if room > 0 && self.is_text(part) {
                    let piece = &octets[..octets.len().min(room)];
                    self.raw.extend_from_slice(piece);
                    self.texts += piece.len();
                }
            }
            Event::Around { .. } => {}
            Event::End { part, kind, header, body, lines, shared, .. } => {
                let range = |range: Range<u64>| place(range.start)..place(range.end);
                let (lines, shared) = (place(lines), place(shared));
                self.extents[part] = Extent { header: range(header), body: range(body), lines, shared };
                let next = self.tree.nodes.len() as u32;
                let node = &mut self.tree.nodes[part];
                (node.kind, node.next) = (kind, next);
                node.body.end = self.raw.len() as u32;
            }
        }
    }

    fn content_type(&self, part: usize) -> Option<ContentType<'_>> {
        let entry = self.tree.fields.get(self.tree.nodes[part].content_type as usize)?;
        ContentType::parse(&self.raw[entry.value as usize..entry.end as usize])
    }

    fn is_digest(&self, part: usize) -> bool {
        self.content_type(part).is_some_and(|found| found.is("multipart", "digest"))
    }

    fn is_text(&self, part: usize) -> bool {
        self.content_type(part).is_none_or(|found| {
            found.is_type("text") || found.subtype().is_empty() || found.is("application", "xhtml+xml")
        })
    }
}

fn place(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}
