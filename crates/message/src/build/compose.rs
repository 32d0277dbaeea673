//! From parts to octets: transfer encodings chosen, boundaries made, everything written once.

use std::borrow::Cow;
use std::convert::Infallible;
use std::io;
use std::ops::Range;

use super::Error;
use super::boundary::Boundaries;
use super::builder::Envelope;
use super::choose::Leaf;
use super::fold::Folder;
use super::part::{Content, Part};
use crate::encoding::transfer::TransferEncoding;
use crate::encoding::{base64, quoted_printable};

/// Data encoded at a time when writing to a stream: a multiple of the 57 octets on a base64 line.
const CHUNK: usize = 57 * 1024;

/// Parts that there is room for from the start: few messages have more.
const USUAL_PARTS: usize = 8;

const CONTENT_TYPE: &str = "Content-Type";
const CONTENT_TRANSFER_ENCODING: &str = "Content-Transfer-Encoding";

/// A message ready to be written, with the envelope it is to be sent in.
///
/// Large contents are still where they were; they are encoded when [`Composed::to_vec`] or [`Composed::write_to`] comes
/// to them.
#[derive(Debug, Clone)]
pub struct Composed<'a> {
    nodes: Vec<Node<'a>>,
    /// Those of all parts, one after the other, each with the empty line after it.
    headers: Vec<u8>,
    envelope: Envelope,
}

/// A part in the order of writing.
#[derive(Debug, Clone)]
struct Node<'a> {
    /// Index of the multipart this is in.
    parent: Option<usize>,
    /// Its header, in the headers of the message.
    header: Range<usize>,
    body: Body<'a>,
    encoding: TransferEncoding,
}

#[derive(Debug, Clone)]
enum Body<'a> {
    Leaf(Cow<'a, [u8]>),
    Multipart { boundary: String },
}

impl<'a> Composed<'a> {
    pub(super) fn new(
        header: Vec<u8>,
        root: Part<'a>,
        envelope: Envelope,
        seed: u128,
        settings: Settings,
    ) -> Result<Self, Error> {
        let composed = Self::lay_out(header, root, Boundaries::new(seed), settings, true)?;
        Ok(Self { envelope, ..composed })
    }

    /// `whole`: a line end will follow the last line, as in a message.
    fn lay_out(
        mut headers: Vec<u8>,
        root: Part<'a>,
        mut boundaries: Boundaries,
        settings: Settings,
        whole: bool,
    ) -> Result<Self, Error> {
        let mut nodes: Vec<Node<'a>> = Vec::with_capacity(USUAL_PARTS);
        let mut heads = Vec::with_capacity(USUAL_PARTS);
        let mut waiting = Vec::with_capacity(USUAL_PARTS);
        waiting.push((root, None));
        while let Some((part, parent)) = waiting.pop() {
            if let Some(error) = part.error {
                return Err(*error);
            }
            let index = nodes.len();
            let mut leaf = |leaf: Leaf<'a>| {
                let (data, encoding) = leaf.choose(settings.transport);
                if encoding.is_identity() {
                    boundaries.avoid(&data);
                }
                (Body::Leaf(data), encoding)
            };
            let (body, encoding) = match part.content {
                Content::Multipart(parts) => {
                    waiting.extend(parts.into_iter().rev().map(|part| (part, Some(index))));
                    (Body::Multipart { boundary: String::new() }, TransferEncoding::SevenBit)
                }
                Content::Text(text) => leaf(Leaf::Text(text)),
                Content::Data(data) => leaf(Leaf::Data {
                    data,
                    lines: part.media_type.is_top("text"),
                    last: whole && parent.is_none(),
                }),
                Content::Message(message) => leaf(Leaf::Message(message)),
            };
            heads.push((part.media_type, part.fields));
            nodes.push(Node { parent, header: 0..0, body, encoding });
        }
        // A multipart is labelled as its widest part is (RFC 2045 §6.4); parts come after what they are in.
        for index in (0..nodes.len()).rev() {
            let width = nodes[index].encoding;
            if let Some(parent) = nodes[index].parent
                && (width == TransferEncoding::Binary
                    || (width == TransferEncoding::EightBit
                        && nodes[parent].encoding == TransferEncoding::SevenBit))
            {
                nodes[parent].encoding = width;
            }
        }
        for (node, (media_type, fields)) in nodes.iter_mut().zip(heads) {
            // The fields of the message itself are there already.
            let start = if node.parent.is_none() { 0 } else { headers.len() };
            let out = &mut headers;
            let mut folder = Folder::new(CONTENT_TYPE, out);
            folder.word(" ", media_type.essence());
            if let Body::Multipart { boundary } = &mut node.body {
                *boundary = boundaries.next();
                media_type.parameters.write_with_boundary(boundary, &mut folder);
            } else {
                media_type.parameters.write(&mut folder);
            }
            folder.end(CONTENT_TYPE)?;
            if node.encoding != TransferEncoding::SevenBit {
                for piece in [CONTENT_TRANSFER_ENCODING, ": ", node.encoding.name(), "\r\n"] {
                    out.extend_from_slice(piece.as_bytes());
                }
            }
            for field in &fields {
                if !field.is(CONTENT_TYPE) && !field.is(CONTENT_TRANSFER_ENCODING) {
                    field.write(settings.utf8, out)?;
                }
            }
            out.extend_from_slice(b"\r\n");
            node.header = start..headers.len();
        }
        Ok(Self { nodes, headers, envelope: Envelope::default() })
    }

    /// Whom it is from and goes to, those of `Bcc` included.
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// For messages that must not be answered: the null reverse path (RFC 5321 §4.5.5).
    pub(crate) fn without_sender(&mut self) {
        self.envelope.sender = None;
    }

    /// What transport the message needs: `7bit`, `8bit` (8BITMIME, RFC 6152) or `binary` (BINARYMIME, RFC 3030).
    pub fn transport(&self) -> TransferEncoding {
        match self.nodes.first().map(|root| root.encoding) {
            Some(encoding @ (TransferEncoding::EightBit | TransferEncoding::Binary)) => encoding,
            _ => TransferEncoding::SevenBit,
        }
    }

    /// The whole message.
    pub fn to_vec(&self) -> Vec<u8> {
        let size = self.nodes.iter().map(Node::size).sum();
        let mut out = Vec::with_capacity(size);
        let done: Result<(), Infallible> = self.emit(usize::MAX, &mut out, |_| Ok(()));
        match done {
            Ok(()) => self.end(&mut out),
        }
        out
    }

    /// Writes the message piece by piece, holding about 80 KiB of it at a time besides its quoted-printable parts.
    ///
    /// # Errors
    /// Those of `writer`.
    pub fn write_to<W: io::Write>(&self, mut writer: W) -> io::Result<()> {
        let mut out = Vec::new();
        self.emit(CHUNK, &mut out, |out| {
            writer.write_all(out)?;
            out.clear();
            Ok::<(), io::Error>(())
        })?;
        self.end(&mut out);
        writer.write_all(&out)
    }

    /// A part alone, to be put into a message that holds `around`. Nothing follows its last line.
    pub(super) fn part(root: Part<'a>, around: &[u8]) -> Result<Vec<u8>, Error> {
        let mut boundaries = Boundaries::new(0);
        // Only a multipart needs a boundary.
        if matches!(root.content, Content::Multipart(_)) {
            boundaries.avoid(around);
        }
        // The root of a message would have a line end added; a part is exact.
        let settings = Settings { transport: TransferEncoding::SevenBit, utf8: false };
        let composed = Self::lay_out(Vec::new(), root, boundaries, settings, false)?;
        let mut out = Vec::new();
        let done: Result<(), Infallible> = composed.emit(usize::MAX, &mut out, |_| Ok(()));
        match done {
            Ok(()) => Ok(out),
        }
    }

    /// Writes to `out`, calling `spill` after each piece and at the end. Of base64 a piece is `chunk` octets of data.
    fn emit<E>(
        &self,
        chunk: usize,
        out: &mut Vec<u8>,
        mut spill: impl FnMut(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut open: Vec<(usize, &str)> = Vec::new();
        for (index, node) in self.nodes.iter().enumerate() {
            while let Some(&(within, boundary)) = open.last() {
                if node.parent == Some(within) {
                    // The line end before a boundary belongs to it; the first follows the header's empty line.
                    if index > within + 1 {
                        out.extend_from_slice(b"\r\n");
                    }
                    out.extend_from_slice(b"--");
                    out.extend_from_slice(boundary.as_bytes());
                    out.extend_from_slice(b"\r\n");
                    break;
                }
                close(boundary, out);
                open.pop();
            }
            out.extend_from_slice(&self.headers[node.header.clone()]);
            match &node.body {
                Body::Multipart { boundary } => open.push((index, boundary)),
                Body::Leaf(data) => match node.encoding {
                    TransferEncoding::Base64 => {
                        for (i, piece) in data.chunks(chunk).enumerate() {
                            if i > 0 {
                                out.extend_from_slice(b"\r\n");
                            }
                            base64::encode(piece, out);
                            spill(out)?;
                        }
                    }
                    TransferEncoding::QuotedPrintable => quoted_printable::encode_text(data, out),
                    _ => out.extend_from_slice(data),
                },
            }
            spill(out)?;
        }
        while let Some((_, boundary)) = open.pop() {
            close(boundary, out);
        }
        spill(out)
    }

    /// Ends the last line of a message.
    fn end(&self, out: &mut Vec<u8>) {
        match self.nodes.as_slice() {
            [Node { body: Body::Leaf(data), encoding, .. }] if *encoding != TransferEncoding::Base64 => {
                if !data.is_empty() && !data.ends_with(b"\r\n") {
                    // A soft break ends the line without adding to the text.
                    let soft = *encoding == TransferEncoding::QuotedPrintable;
                    out.extend_from_slice(if soft { b"=\r\n" } else { b"\r\n" });
                }
            }
            _ => out.extend_from_slice(b"\r\n"),
        }
    }
}

impl Node<'_> {
    fn size(&self) -> usize {
        let body = match &self.body {
            Body::Multipart { boundary } => boundary.len() + 8,
            Body::Leaf(data) => match self.encoding {
                TransferEncoding::Base64 => base64::encoded_len(data.len()),
                TransferEncoding::QuotedPrintable => data.len() + data.len() / 4,
                _ => data.len(),
            },
        };
        self.header.len() + body + 128
    }
}

fn close(boundary: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\r\n--");
    out.extend_from_slice(boundary.as_bytes());
    out.extend_from_slice(b"--");
}

/// What the builder was told about the way the message will go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) transport: TransferEncoding,
    pub(super) utf8: bool,
}
