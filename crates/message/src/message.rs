//! A parsed message.

use std::borrow::Cow;

use crate::defect::Defect;
use crate::header::address::AddressList;
use crate::header::date::DateTime;
use crate::header::parameter::percent_decode;
use crate::header::{Field, Header};
use crate::limits::Limits;
use crate::part::Part;
use crate::part::tree::{self, NONE, Node, Tree};

/// A message: its octets, and where its fields and parts lie in them.
///
/// ```
/// use mailwright_message::{Kind, Message};
/// let message = Message::parse(
///     b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\
///       --b\r\n\r\nfirst\r\n\
///       --b\r\nContent-Type: text/html\r\n\r\n<p>second\r\n\
///       --b--\r\n",
/// );
/// assert_eq!(message.root().kind(), Kind::Multipart);
/// let bodies: Vec<_> = message.root().children().map(|part| part.text()).collect();
/// assert_eq!(bodies, ["first", "<p>second"]);
/// ```
#[derive(Debug, Clone)]
pub struct Message<'a> {
    raw: &'a [u8],
    tree: Tree,
    field_octets: usize,
}

impl<'a> Message<'a> {
    /// Takes a message apart, within the default [`Limits`]. Never fails: see [`defects`](Self::defects).
    ///
    /// Lines may end in CRLF or LF. All that is found are places; values are decoded when they are asked for.
    pub fn parse(raw: &'a [u8]) -> Self {
        Self::parse_with(raw, &Limits::default())
    }

    /// Takes a message apart within `limits`.
    pub fn parse_with(raw: &'a [u8], limits: &Limits) -> Self {
        Self { raw, tree: tree::build(raw, limits), field_octets: limits.field_octets }
    }

    /// A message that was taken apart already.
    pub(crate) const fn of_tree(raw: &'a [u8], tree: Tree, field_octets: usize) -> Self {
        Self { raw, tree, field_octets }
    }

    /// The octets that were parsed.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// What was wrong, in the order in which it was met.
    pub fn defects(&self) -> &[Defect] {
        &self.tree.defects
    }

    /// The part that is the message itself.
    pub fn root(&self) -> Part<'_, 'a> {
        Part::new(self, 0)
    }

    /// All parts, a parent before its children; the root is the first.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = Part<'_, 'a>> + ExactSizeIterator {
        (0..self.tree.nodes.len()).map(|index| Part::new(self, index))
    }

    /// The part at that place in [`parts`](Self::parts).
    pub fn part(&self, index: usize) -> Option<Part<'_, 'a>> {
        (index < self.tree.nodes.len()).then(|| Part::new(self, index))
    }

    /// The header of the message.
    pub fn header(&self) -> Header<'_, 'a> {
        self.root().header()
    }

    /// The text of the first Subject field.
    pub fn subject(&self) -> Option<Cow<'a, str>> {
        self.header().field("Subject").map(|field| field.text())
    }

    /// The addresses of the first From field; none where it is missing.
    pub fn from(&self) -> AddressList<'a> {
        self.addresses("From")
    }

    /// The addresses of the first To field; none where it is missing.
    pub fn to(&self) -> AddressList<'a> {
        self.addresses("To")
    }

    /// The addresses of the first Cc field; none where it is missing.
    pub fn cc(&self) -> AddressList<'a> {
        self.addresses("Cc")
    }

    /// The date of the first Date field, where it can be read.
    pub fn date(&self) -> Option<DateTime> {
        self.header().field("Date")?.date()
    }

    /// The identifier of the message, without angle brackets.
    pub fn message_id(&self) -> Option<Cow<'a, str>> {
        self.header().field("Message-ID")?.message_ids().into_iter().next()
    }

    /// The part with that Content-ID: what `src="cid:..."` in its HTML names. `id` may be that address, or the identifier
    /// with or without angle brackets (RFC 2392 §2).
    ///
    /// ```
    /// let message = mailwright_message::Message::parse(b"Content-ID: <a+b@x.test>\r\nContent-Type: image/png\r\n\r\n...");
    /// assert_eq!(message.part_by_content_id("cid:a%2Bb@x.test").unwrap().body(), b"...");
    /// assert!(message.part_by_content_id("other@x.test").is_none());
    /// ```
    pub fn part_by_content_id(&self, id: &str) -> Option<Part<'_, 'a>> {
        let mut octets = Vec::new();
        let id = match id.split_at_checked("cid:".len()) {
            Some((scheme, address)) if scheme.eq_ignore_ascii_case("cid:") => {
                percent_decode(address.as_bytes(), &mut octets);
                std::str::from_utf8(&octets).ok()?
            }
            _ => id.strip_prefix('<').and_then(|id| id.strip_suffix('>')).unwrap_or(id),
        };
        self.parts().find(|part| part.content_id().as_deref() == Some(id))
    }

    fn addresses(&self, name: &str) -> AddressList<'a> {
        self.header().field(name).map(|field| field.addresses()).unwrap_or_default()
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.tree.nodes
    }

    pub(crate) fn header_of(&self, node: &Node) -> Header<'_, 'a> {
        Header::new(self.raw, &self.tree.fields[node.fields.range()], self.field_octets)
    }

    pub(crate) fn field_at(&self, field: u32) -> Option<Field<'a>> {
        if field == NONE {
            return None;
        }
        self.tree.fields.get(field as usize).map(|&entry| Field::of(self.raw, entry, self.field_octets))
    }
}
