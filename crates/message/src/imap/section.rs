//! Sections: what `BODY[1.2.MIME]<0.100>` and `BINARY[3]` name (RFC 9051 §6.4.5).

use std::borrow::Cow;
use std::ops::Range;

use thiserror::Error;

use super::body_structure::{BodyKind, BodyStructure};
use crate::encoding::transfer::{TransferEncoding, decoded};

/// What of a part a section names, after its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SectionText {
    /// `HEADER`: the header of a message, with its blank line. `HEADER.FIELDS` is cut from it:
    /// see [`header_fields`](super::header_fields).
    Header,
    /// `TEXT`: the body of a message.
    Text,
    /// `MIME`: the header of a part, with its blank line.
    Mime,
}

/// The part has a transfer encoding that cannot be undone: `NO [UNKNOWN-CTE]` (RFC 3516 §4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("unknown Content-Transfer-Encoding")]
pub struct UnknownEncoding;

impl BodyStructure {
    /// Where the section lies in the octets of the message; `None` where there is none of that name.
    ///
    /// `path` is the `section-part`, without its dots; empty for the message itself. Without `text` the section is
    /// the body of a part, or the whole message.
    ///
    /// A message that is not a multipart has one part, 1, whose `MIME` is the header of the message.
    pub fn section(&self, path: &[u32], text: Option<SectionText>) -> Option<Range<usize>> {
        let Some(place) = self.place(path)? else {
            let root = self.parts().first()?;
            return match text {
                None => Some(root.header.start..root.body.end),
                Some(SectionText::Header) => Some(root.header.clone()),
                Some(SectionText::Text) => Some(root.body.clone()),
                Some(SectionText::Mime) => None,
            };
        };
        let part = &self.parts()[place];
        match (text, &part.kind) {
            (None, _) => Some(part.body.clone()),
            (Some(SectionText::Mime), _) => Some(part.header.clone()),
            (Some(text), BodyKind::Message(_)) => {
                let inner = self.parts().get(place + 1)?;
                Some(if text == SectionText::Header { inner.header.clone() } else { inner.body.clone() })
            }
            _ => None,
        }
    }

    /// The octets of a part without their transfer encoding, as `BINARY[path]` has them (RFC 3516 §4.2). `message`
    /// is what the structure is of. `None` where there is no such part.
    ///
    /// # Errors
    /// [`UnknownEncoding`].
    pub fn binary<'a>(
        &self,
        path: &[u32],
        message: &'a [u8],
    ) -> Option<Result<Cow<'a, [u8]>, UnknownEncoding>> {
        let octets = message.get(self.section(path, None)?)?;
        Some(self.transfer_encoding(path)?.map(|encoding| decoded(encoding, octets).0))
    }

    /// The transfer encoding that [`binary`](Self::binary) undoes. `None` where there is no such part.
    ///
    /// # Errors
    /// [`UnknownEncoding`].
    pub fn transfer_encoding(&self, path: &[u32]) -> Option<Result<TransferEncoding, UnknownEncoding>> {
        let leaf =
            self.place(path)?.map(|place| &self.parts()[place]).filter(|part| part.kind == BodyKind::Leaf);
        let Some(leaf) = leaf else { return Some(Ok(TransferEncoding::Binary)) };
        let encoding = std::str::from_utf8(&leaf.encoding).ok().and_then(TransferEncoding::from_name);
        Some(encoding.ok_or(UnknownEncoding))
    }

    /// The place of the part that `path` names: `None` where there is none, `Some(None)` for the message itself.
    #[expect(clippy::option_option, reason = "the message itself is not the part 1 that it may hold")]
    fn place(&self, path: &[u32]) -> Option<Option<usize>> {
        let mut found: Option<usize> = None;
        for &number in path {
            let nth = |place: usize| self.children(place).nth(usize::try_from(number.checked_sub(1)?).ok()?);
            // Numbers count the parts of a multipart; a message that is none has one part, itself.
            let of_message = |root: usize| match self.parts()[root].kind {
                BodyKind::Multipart => nth(root),
                _ => (number == 1).then_some(root),
            };
            found = Some(match found {
                None => of_message(0)?,
                Some(place) => match self.parts()[place].kind {
                    BodyKind::Multipart => nth(place)?,
                    BodyKind::Message(_) => of_message(place + 1)?,
                    BodyKind::Leaf => return None,
                },
            });
        }
        Some(found)
    }
}
