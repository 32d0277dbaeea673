//! `BODYSTRUCTURE`, and where every part lies.

use std::ops::Range;

use super::bytes::{Corrupt, Reader, Writer};
use super::envelope::{Envelope, for_people};
use crate::Message;
use crate::header::content_type::media;
use crate::header::disposition::disposition;
use crate::header::lex::{Cursor, is_fws};
use crate::header::parameter::RawParameters;
use crate::part::{Kind, Part};

const VERSION: u8 = 1;

/// A parameter as it is written: RFC 2231 marks and encoded words left as they are.
pub type Parameter = (Vec<u8>, Vec<u8>);

/// The `BODYSTRUCTURE` of a message: its parts in one list, a parent before its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyStructure {
    parts: Vec<BodyPart>,
}

/// One part of a [`BodyStructure`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyPart {
    /// How it is built up, and what only parts of that kind have.
    pub kind: BodyKind,
    /// `text`, `image`, ...
    pub media_type: Vec<u8>,
    /// `plain`, `png`, ...
    pub subtype: Vec<u8>,
    /// Of Content-Type.
    pub parameters: Vec<Parameter>,
    /// Content-ID.
    pub id: Option<Vec<u8>>,
    /// Content-Description.
    pub description: Option<Vec<u8>>,
    /// Content-Transfer-Encoding; `7bit` where there is none.
    pub encoding: Vec<u8>,
    /// Line ends in the body.
    pub lines: usize,
    /// Content-MD5.
    pub md5: Option<Vec<u8>>,
    /// Content-Disposition.
    pub disposition: Option<Disposition>,
    /// Content-Language, one entry a tag.
    pub language: Vec<Vec<u8>>,
    /// Content-Location.
    pub location: Option<Vec<u8>>,
    /// Where the header lies in the octets of the message, with its blank line.
    pub header: Range<usize>,
    /// Where the body lies. Its length is the size that `BODYSTRUCTURE` shows.
    pub body: Range<usize>,
    /// The place after the last part that is in this one.
    pub(super) next: usize,
}

/// The three forms of a body in `BODYSTRUCTURE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyKind {
    /// `body-type-basic` or, where the type is `text`, `body-type-text` (which shows the lines).
    Leaf,
    /// `body-type-mpart`: has at least one child.
    Multipart,
    /// `body-type-msg`: has one child, the message in it, which this is the envelope of.
    Message(Box<Envelope>),
}

/// `body-fld-dsp`
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Disposition {
    /// `inline`, `attachment`, ...
    pub disposition: Vec<u8>,
    /// `filename` and the like.
    pub parameters: Vec<Parameter>,
}

/// Where a part lies in its message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Extent {
    pub(crate) header: Range<usize>,
    pub(crate) body: Range<usize>,
    /// Line feeds in the body.
    pub(crate) lines: usize,
    /// Octets of the line end of its last line that the next delimiter took.
    pub(crate) shared: usize,
}

impl BodyStructure {
    /// The structure of a message.
    ///
    /// Differs from the ranges of [`Part`] in one thing: where a multipart or a message ends right before the next
    /// delimiter of what is around it, with its closing delimiter or its header, the line end of that line counts as
    /// its own, as clients know it from other servers.
    pub fn of(message: &Message<'_>) -> Self {
        Self::with_extents(message, extents(message))
    }

    /// The structure of a message whose parts lie elsewhere than it seems.
    pub(crate) fn with_extents(message: &Message<'_>, mut extents: Vec<Extent>) -> Self {
        share_line_ends(message, &mut extents);
        let mut parts = Vec::new();
        // Where each part of the message is in `parts`: a multipart without parts gets one, so places shift.
        let mut places = Vec::new();
        for (part, extent) in message.parts().zip(extents) {
            places.push(parts.len());
            let found = BodyPart::of(part, extent);
            let empty = part.kind() == Kind::Leaf && found.kind == BodyKind::Multipart;
            let child = empty.then(|| BodyPart::empty(&found));
            parts.push(found);
            parts.extend(child);
        }
        places.push(parts.len());
        for (place, part) in parts.iter_mut().enumerate() {
            part.next = place + 1;
        }
        for part in message.parts() {
            parts[places[part.index()]].next = places[part.index() + part.subtree().len()];
        }
        Self { parts }
    }

    /// All parts; the first is the message itself.
    pub fn parts(&self) -> &[BodyPart] {
        &self.parts
    }

    /// The places in [`parts`](Self::parts) of what lies directly in the part at `place`.
    pub fn children(&self, place: usize) -> impl Iterator<Item = usize> {
        let end = self.parts.get(place).map_or(0, |part| part.next);
        let mut next = place + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = next;
                next = self.parts[child].next;
                child
            })
        })
    }

    /// The compact form, for [`from_bytes`](Self::from_bytes).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new(VERSION);
        out.list(Some(self.parts.iter()), |out, part| part.write(out));
        out.finish()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) of this or an earlier version wrote.
    ///
    /// # Errors
    /// [`Corrupt`] where the octets are not that; the caller computes the structure anew.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Corrupt> {
        let mut input = Reader::new(bytes, VERSION)?;
        let parts = input.list(BodyPart::read)?.ok_or(Corrupt)?;
        input.finish()?;
        let found = Self { parts };
        if found.is_sound() { Ok(found) } else { Err(Corrupt) }
    }

    /// Whether the parts make one tree, and each has the children that its kind has.
    fn is_sound(&self) -> bool {
        let mut ends = vec![self.parts.len()];
        for (place, part) in self.parts.iter().enumerate() {
            while ends.len() > 1 && ends.last() == Some(&place) {
                ends.pop();
            }
            let within = ends.last().is_some_and(|&end| part.next <= end) && part.next > place;
            let children = self.parts.get(place + 1).filter(|_| part.next > place + 1);
            let fits = match part.kind {
                BodyKind::Leaf => children.is_none(),
                BodyKind::Multipart => children.is_some(),
                BodyKind::Message(_) => children.is_some_and(|child| child.next == part.next),
            };
            if !within || !fits || (place == 0 && part.next != self.parts.len()) {
                return false;
            }
            ends.push(part.next);
        }
        !self.parts.is_empty()
    }
}

impl BodyPart {
    /// Whether this is the type, compared without case.
    pub fn is_type(&self, media_type: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type.as_bytes())
    }

    fn of(part: Part<'_, '_>, extent: Extent) -> Self {
        let header = part.header();
        let text = |name: &str| header.field(name).map(|field| field.unfolded().into_owned());
        let (mut media_type, mut subtype, mut parameters) = (b"text".to_vec(), b"plain".to_vec(), Vec::new());
        let field = header.field("Content-Type");
        let mut cursor = Cursor::new(field.as_ref().map_or(b"", |field| field.raw_value()));
        match media(&mut cursor) {
            // No media type, but a word that may tell a client more than `text/plain` would: clients know it from other
            // servers. Where it goes on in another way nothing of it is known, unless it is text.
            Some((main, b"")) if cursor.peek().is_none() => {
                (media_type, subtype) = (main.to_vec(), Vec::new());
            }
            Some((main, b"")) if main.eq_ignore_ascii_case(b"text") => {
                parameters = RawParameters::new(&mut cursor).written();
            }
            Some((_, b"")) => (media_type, subtype) = (Vec::new(), Vec::new()),
            Some((main, sub)) => {
                (media_type, subtype) = (main.to_vec(), sub.to_vec());
                parameters = RawParameters::new(&mut cursor).written();
            }
            None if part.content_type().is("message", "rfc822") => {
                (media_type, subtype) = (b"message".to_vec(), b"rfc822".to_vec());
            }
            None => {}
        }
        let charset = |(name, _): &Parameter| name.to_ascii_lowercase().starts_with(b"charset");
        if media_type.eq_ignore_ascii_case(b"text") && !parameters.iter().any(charset) {
            // RFC 2045 §5.2
            parameters.push((b"charset".to_vec(), b"us-ascii".to_vec()));
        }
        let kind = match part.kind() {
            Kind::Multipart => BodyKind::Multipart,
            Kind::Message => {
                let inner = part.children().next().map(|child| Envelope::of_header(child.header()));
                BodyKind::Message(Box::new(inner.unwrap_or_default()))
            }
            Kind::Leaf if media_type.eq_ignore_ascii_case(b"multipart") && !subtype.is_empty() => {
                BodyKind::Multipart
            }
            Kind::Leaf => BodyKind::Leaf,
        };
        if kind == BodyKind::Multipart && subtype.is_empty() {
            // What is no known multipart counts as mixed (RFC 2046 §5.1.3).
            subtype = b"mixed".to_vec();
        }
        let is_message = media_type.eq_ignore_ascii_case(b"message");
        if is_message && subtype.eq_ignore_ascii_case(b"rfc822") {
            // Some clients know `body-type-msg` by these words as RFC 3501 §9 writes them.
            (media_type, subtype) = (b"message".to_vec(), b"rfc822".to_vec());
        }
        let opaque = is_message
            && (subtype.eq_ignore_ascii_case(b"rfc822") || subtype.eq_ignore_ascii_case(b"global"));
        if kind == BodyKind::Leaf && opaque {
            // A message that was not opened cannot be shown as one.
            (media_type, subtype, parameters) =
                (b"application".to_vec(), b"octet-stream".to_vec(), Vec::new());
        }
        let encoding = header.field("Content-Transfer-Encoding").and_then(|field| {
            let mut cursor = Cursor::new(field.raw_value());
            cursor.skip_cfws();
            let name = cursor.take_while(|octet| !is_fws(octet) && !matches!(octet, b'(' | b';'));
            cursor.skip_cfws();
            // `mechanism` is one token: two of them are none.
            let valid = !name.is_empty() && matches!(cursor.peek(), None | Some(b';'));
            valid.then(|| name.to_vec())
        });
        let disposition = header.field("Content-Disposition").and_then(|field| {
            let mut cursor = Cursor::new(field.raw_value());
            let disposition = disposition(&mut cursor)?.to_vec();
            Some(Disposition { disposition, parameters: RawParameters::new(&mut cursor).written() })
        });
        let language = text("Content-Language").unwrap_or_default();
        let language = language.split(|&octet| octet == b',').map(<[u8]>::trim_ascii);
        Self {
            kind,
            media_type,
            subtype,
            parameters,
            id: text("Content-ID"),
            description: text("Content-Description").map(|text| for_people(&text)),
            encoding: encoding.unwrap_or_else(|| b"7bit".to_vec()),
            lines: extent.lines,
            md5: text("Content-MD5"),
            disposition,
            language: language.filter(|tag| !tag.is_empty()).map(<[u8]>::to_vec).collect(),
            location: text("Content-Location"),
            header: extent.header,
            body: extent.body,
            next: 0,
        }
    }

    /// The part that a multipart without parts is shown with, as the grammar wants one.
    fn empty(parent: &Self) -> Self {
        let end = parent.body.end;
        Self {
            kind: BodyKind::Leaf,
            media_type: b"text".to_vec(),
            subtype: b"plain".to_vec(),
            parameters: vec![(b"charset".to_vec(), b"us-ascii".to_vec())],
            id: None,
            description: None,
            encoding: b"7bit".to_vec(),
            lines: 0,
            md5: None,
            disposition: None,
            language: Vec::new(),
            location: None,
            header: end..end,
            body: end..end,
            next: 0,
        }
    }

    fn write(&self, out: &mut Writer) {
        match &self.kind {
            BodyKind::Leaf => out.number(0),
            BodyKind::Multipart => out.number(1),
            BodyKind::Message(envelope) => {
                out.number(2);
                envelope.write(out);
            }
        }
        for text in [&self.media_type, &self.subtype, &self.encoding] {
            out.text(Some(text));
        }
        for text in [&self.id, &self.description, &self.md5, &self.location] {
            out.text(text.as_deref());
        }
        write_parameters(&self.parameters, out);
        out.text(self.disposition.as_ref().map(|found| &found.disposition[..]));
        if let Some(found) = &self.disposition {
            write_parameters(&found.parameters, out);
        }
        out.list(Some(self.language.iter()), |out, tag| out.text(Some(tag)));
        for size in
            [self.lines, self.header.start, self.header.len(), self.body.start, self.body.len(), self.next]
        {
            out.size(size);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Corrupt> {
        let kind = match input.number()? {
            0 => BodyKind::Leaf,
            1 => BodyKind::Multipart,
            2 => BodyKind::Message(Box::new(Envelope::read(input)?)),
            _ => return Err(Corrupt),
        };
        let range = |input: &mut Reader<'_>| {
            let (start, length) = (input.size()?, input.size()?);
            Ok(start..start.checked_add(length).ok_or(Corrupt)?)
        };
        Ok(Self {
            kind,
            media_type: input.text()?.ok_or(Corrupt)?,
            subtype: input.text()?.ok_or(Corrupt)?,
            encoding: input.text()?.ok_or(Corrupt)?,
            id: input.text()?,
            description: input.text()?,
            md5: input.text()?,
            location: input.text()?,
            parameters: read_parameters(input)?,
            disposition: match input.text()? {
                Some(disposition) => Some(Disposition { disposition, parameters: read_parameters(input)? }),
                None => None,
            },
            language: input.list(|input| input.text()?.ok_or(Corrupt))?.ok_or(Corrupt)?,
            lines: input.size()?,
            header: range(input)?,
            body: range(input)?,
            next: input.size()?,
        })
    }
}

/// Where the parts of a message lie in it. Lines are counted once, however deep parts lie in parts.
fn extents(message: &Message<'_>) -> Vec<Extent> {
    let mut found: Vec<Extent> = message
        .parts()
        .map(|part| Extent {
            header: part.header_range(),
            body: part.body_range(),
            lines: 0,
            shared: part.shared(),
        })
        .collect();
    let mut edges: Vec<(usize, usize, bool)> = Vec::with_capacity(2 * found.len());
    for (place, extent) in found.iter().enumerate() {
        edges.extend([(extent.body.start, place, false), (extent.body.end, place, true)]);
    }
    edges.sort_unstable();
    let (mut at, mut lines) = (0, 0);
    for (edge, place, is_end) in edges {
        lines += memchr::memchr_iter(b'\n', &message.raw()[at..edge]).count();
        at = edge;
        let of_part = &mut found[place].lines;
        // An empty body begins and ends at the same place, in this order.
        *of_part = if is_end { lines - *of_part } else { lines };
    }
    found
}

/// Gives what has parts in it the line end of its last line, which the next delimiter took.
fn share_line_ends(message: &Message<'_>, extents: &mut [Extent]) {
    for part in message.parts().rev() {
        let Some(last) = part.children().last() else { continue };
        let [this, last] = [part.index(), last.index()];
        if extents[last].body.end == extents[this].body.end {
            extents[this].shared = extents[this].shared.max(extents[last].shared);
        }
    }
    for (part, extent) in message.parts().zip(extents) {
        if part.kind() != Kind::Leaf {
            extent.body.end += extent.shared;
            extent.lines += usize::from(extent.shared > 0);
        }
    }
}

fn write_parameters(parameters: &[Parameter], out: &mut Writer) {
    out.list(Some(parameters.iter()), |out, (name, value)| {
        out.text(Some(name));
        out.text(Some(value));
    });
}

fn read_parameters(input: &mut Reader<'_>) -> Result<Vec<Parameter>, Corrupt> {
    input.list(|input| Ok((input.text()?.ok_or(Corrupt)?, input.text()?.ok_or(Corrupt)?)))?.ok_or(Corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_none_are_shown_as_far_as_they_go() {
        for (value, media_type, subtype, parameters) in [
            ("", "text", "plain", 1),
            ("text", "text", "", 1),
            ("text; charset=utf-8; format=flowed", "text", "plain", 2),
            ("X-sun-attachment", "X-sun-attachment", "", 0),
            ("X-BE2; 12", "", "", 0),
            ("multipart", "multipart", "", 0),
            ("a/b; c=\"\"; d=; e=1", "a", "b", 2),
            ("a/b; c=1; c=2 c=3 d=4", "a", "b", 3),
        ] {
            let raw = format!("Content-Type: {value}\r\n\r\n");
            let structure = BodyStructure::of(&Message::parse(raw.as_bytes()));
            let part = &structure.parts()[0];
            assert_eq!(
                (&part.media_type[..], &part.subtype[..]),
                (media_type.as_bytes(), subtype.as_bytes())
            );
            assert_eq!((&part.kind, part.parameters.len()), (&BodyKind::Leaf, parameters), "{value}");
        }
    }
}
