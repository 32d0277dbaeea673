//! The parts of a message: a flat list in the order of the octets, seen as a tree.

pub(crate) mod boundary;
mod file_name;
pub(crate) mod tree;

use std::borrow::Cow;
use std::ops::Range;

use crate::Message;
use crate::encoding::charset;
use crate::encoding::transfer::{Decoded, TransferEncoding, decoded};
use crate::header::Header;
use crate::header::content_type::{ContentType, media};
use crate::header::disposition::ContentDisposition;
use crate::header::lex::Cursor;
use tree::Node;

/// How a part is built up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Data: text, an image, whatever has no parts in it that can be opened.
    Leaf,
    /// `multipart/*` with at least one part (RFC 2046 §5.1).
    Multipart,
    /// `message/rfc822` or `message/global`: its only child is the message in it (RFC 2046 §5.2.1).
    Message,
}

/// One part of a message; the root stands for the message itself.
#[derive(Debug, Clone, Copy)]
pub struct Part<'m, 'a> {
    message: &'m Message<'a>,
    index: usize,
}

impl<'m, 'a> Part<'m, 'a> {
    pub(crate) const fn new(message: &'m Message<'a>, index: usize) -> Self {
        Self { message, index }
    }

    fn node(&self) -> &'m Node {
        &self.message.nodes()[self.index]
    }

    /// Its place in [`Message::parts`]; the root is 0.
    pub const fn index(&self) -> usize {
        self.index
    }

    /// The message it belongs to.
    pub const fn message(&self) -> &'m Message<'a> {
        self.message
    }

    /// How it is built up.
    pub fn kind(&self) -> Kind {
        self.node().kind
    }

    /// How many parts it lies in.
    pub fn depth(&self) -> usize {
        usize::from(self.node().depth)
    }

    /// The part it lies in.
    pub fn parent(&self) -> Option<Self> {
        let parent = self.node().parent;
        (parent != tree::NONE).then(|| Self::new(self.message, parent as usize))
    }

    /// The parts directly in it.
    pub fn children(&self) -> impl Iterator<Item = Self> + use<'m, 'a> {
        let message = self.message;
        let end = self.node().next as usize;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = Self::new(message, next);
                next = child.node().next as usize;
                child
            })
        })
    }

    /// It and all parts in it, however deep, in the order of the octets.
    pub fn subtree(&self) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + use<'m, 'a> {
        let message = self.message;
        (self.index..self.node().next as usize).map(move |index| Self::new(message, index))
    }

    /// Its header: the MIME header of a part, the message header of the root.
    pub fn header(&self) -> Header<'m, 'a> {
        self.message.header_of(self.node())
    }

    /// Where its header lies, with the blank line after it.
    pub fn header_range(&self) -> Range<usize> {
        self.node().header.range()
    }

    /// Where its body lies, still encoded. The line end before a delimiter belongs to the delimiter.
    pub fn body_range(&self) -> Range<usize> {
        self.node().body.range()
    }

    pub(crate) fn shared(&self) -> usize {
        usize::from(self.node().shared)
    }

    /// Header and body.
    pub fn range(&self) -> Range<usize> {
        self.header_range().start..self.body_range().end
    }

    /// What stands before the first part of a multipart, up to the line end before its first delimiter.
    pub fn preamble_range(&self) -> Option<Range<usize>> {
        let node = self.node();
        (node.kind == Kind::Multipart).then(|| node.body.range().start..node.preamble_end as usize)
    }

    /// What stands after the closing delimiter line of a multipart. `None` where it is not closed.
    pub fn epilogue_range(&self) -> Option<Range<usize>> {
        let node = self.node();
        let end = node.body.range().end;
        (node.epilogue != tree::NONE).then(|| (node.epilogue as usize).min(end)..end)
    }

    /// Its header, its blank line and its body, as they are: what a signature beside it in a `multipart/signed` is over,
    /// with its line ends as CRLF (RFC 1847 §2.1).
    pub fn raw(&self) -> &'a [u8] {
        &self.message.raw()[self.range()]
    }

    /// Its header and blank line, as they are.
    pub fn raw_header(&self) -> &'a [u8] {
        &self.message.raw()[self.header_range()]
    }

    /// Its body, still encoded.
    pub fn body(&self) -> &'a [u8] {
        &self.message.raw()[self.body_range()]
    }

    /// What it is, or what it counts as where it does not say, or not with type and subtype (RFC 2045 §5.2, RFC 2046
    /// §5.1.5).
    pub fn content_type(&self) -> ContentType<'a> {
        let node = self.node();
        let given =
            self.message.field_at(node.content_type).and_then(|field| ContentType::parse(field.raw_value()));
        // A multipart was looked into whatever its subtype is.
        let names = |found: &ContentType<'_>| !found.subtype().is_empty() || found.is_type("multipart");
        given.filter(names).unwrap_or_else(|| {
            if node.in_digest { ContentType::message_rfc822() } else { ContentType::text_plain() }
        })
    }

    /// Whether it is text of whatever kind: as [`content_type`](Self::content_type) would say, with no parameter read.
    pub fn is_text(&self) -> bool {
        let node = self.node();
        let given = self.message.field_at(node.content_type);
        match given.and_then(|field| media(&mut Cursor::new(field.raw_value()))) {
            Some((media_type, subtype))
                if !subtype.is_empty() || media_type.eq_ignore_ascii_case(b"multipart") =>
            {
                media_type.eq_ignore_ascii_case(b"text")
            }
            _ => !node.in_digest,
        }
    }

    /// Its Content-Disposition (RFC 2183).
    pub fn disposition(&self) -> Option<ContentDisposition<'a>> {
        ContentDisposition::parse(self.header().field("Content-Disposition")?.raw_value())
    }

    /// The name of the file in it: `filename` of the disposition, else `name` of the type. Not fit to be used as a
    /// path as it stands, as it may hold slashes or be `..`: see [`safe_file_name`](Self::safe_file_name).
    pub fn file_name(&self) -> Option<String> {
        let some = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        let named = self.disposition().and_then(|found| found.parameter("filename").and_then(some));
        named.or_else(|| self.content_type().parameter("name").and_then(some))
    }

    /// A name to save it under: what of [`file_name`](Self::file_name) can be one on any usual system, or else
    /// `part-` and its [`index`](Self::index). No path, no hidden file, no name of a device, 255 octets at most. Two parts
    /// may have the same.
    ///
    /// ```
    /// use mailwright_message::Message;
    /// let message = Message::parse(b"Content-Disposition: attachment; filename=\"../../.ssh/config\"\r\n\r\n");
    /// assert_eq!(message.root().safe_file_name(), "config");
    /// assert_eq!(Message::parse(b"").root().safe_file_name(), "part-0");
    /// ```
    pub fn safe_file_name(&self) -> String {
        let safe = self.file_name().and_then(|name| file_name::safe(&name));
        safe.unwrap_or_else(|| format!("part-{}", self.index))
    }

    /// Its Content-ID, without angle brackets (RFC 2045 §7): what a `cid:` address in HTML names.
    pub fn content_id(&self) -> Option<Cow<'a, str>> {
        self.header().field("Content-ID")?.message_ids().into_iter().next()
    }

    /// The text of its Content-Description (RFC 2045 §8).
    pub fn description(&self) -> Option<Cow<'a, str>> {
        self.header().field("Content-Description").map(|field| field.text())
    }

    /// The tags of its Content-Language (RFC 3282 §2).
    pub fn languages(&self) -> Vec<Cow<'a, str>> {
        self.header().field("Content-Language").map(|field| field.phrases()).unwrap_or_default()
    }

    /// Its Content-Location (RFC 2557 §4.2): white space that folding put into it is gone.
    pub fn location(&self) -> Option<String> {
        let field = self.header().field("Content-Location")?;
        Some(field.text().split_whitespace().collect())
    }

    /// Its Content-MD5 (RFC 1864): the digest of the decoded data, where it is one.
    pub fn md5(&self) -> Option<[u8; 16]> {
        let mut digest = Vec::new();
        crate::encoding::base64::decode(self.header().field("Content-MD5")?.raw_value(), &mut digest);
        digest.try_into().ok()
    }

    /// How its body is encoded; `None` where the name is unknown (RFC 2045 §6.4).
    pub fn transfer_encoding(&self) -> Option<TransferEncoding> {
        self.node().encoding
    }

    /// Its data: the body without its transfer encoding. Borrowed where there is none.
    ///
    /// A multipart is given as it is, whatever encoding it claims (RFC 2045 §6.4); so is a part whose encoding is
    /// unknown. A message that is encoded against the rules was parsed as it stands: what is decoded here can be
    /// parsed in turn.
    pub fn decoded(&self) -> Cow<'a, [u8]> {
        match self.transfer_encoding() {
            Some(encoding) if !encoding.is_identity() => self.decoded_with_faults().0,
            _ => Cow::Borrowed(self.body()),
        }
    }

    /// As [`decoded`](Self::decoded), with what was wrong in the encoded octets.
    pub fn decoded_with_faults(&self) -> (Cow<'a, [u8]>, Decoded) {
        match (self.kind(), self.transfer_encoding()) {
            (Kind::Leaf | Kind::Message, Some(encoding)) => decoded(encoding, self.body()),
            _ => (Cow::Borrowed(self.body()), Decoded::CLEAN),
        }
    }

    /// Its data as text, by the charset it names; octets that cannot be read become U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        let data = self.decoded();
        let content_type = self.content_type();
        let label = content_type.parameter("charset").filter(|label| !label.is_empty()).unwrap_or("us-ascii");
        match data {
            Cow::Borrowed(data) => charset::decode(label, data),
            Cow::Owned(data) => Cow::Owned(charset::decode_vec(label, data)),
        }
    }
}
