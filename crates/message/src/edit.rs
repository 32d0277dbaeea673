//! Editing a message so that every octet not touched stays as it is, as a signature over it needs.
//!
//! ```
//! use mailwright_message::build::{Field, Part};
//! use mailwright_message::{Message, edit::Edit};
//!
//! # fn main() -> Result<(), mailwright_message::edit::Error> {
//! let raw = b"Subject:  odd \r\n spacing\r\nFrom: ann@example.test\r\n\r\nHello.\r\n";
//! let message = Message::parse(raw);
//! let mut edit = Edit::new(&message);
//! edit.header(0)?.prepend(&Field::structured("Received", "from a.test by b.test; Tue, 14 Nov 2023 22:13:20 +0000")?)?;
//! edit.header(0)?.remove("From");
//! assert_eq!(
//!     edit.to_vec(),
//!     b"Received: from a.test by b.test; Tue, 14 Nov 2023 22:13:20 +0000\r\n\
//!       Subject:  odd \r\n spacing\r\n\r\nHello.\r\n",
//! );
//! # Ok(())
//! # }
//! ```
//!
//! Parts go by their place in [`Message::parts`]; the root is 0. Places are those of the message as it was parsed,
//! whatever was edited since.

mod header;
mod splice;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::ops::Range;

use crate::build::{self, Part as NewPart};
use crate::{Kind, Message, Part};

pub use header::HeaderEdit;
use splice::{Splice, line_end_of};

/// Why a message cannot be edited so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no part at that place.
    #[error("there is no part {0}")]
    NoPart(usize),
    /// It is not in a multipart (the root, or the message in a `message/rfc822`), or is no multipart itself.
    #[error("part {0} is not in a multipart, or not a multipart")]
    NotMultipart(usize),
    /// A multipart must keep one part at least (RFC 2046 §5.1.1).
    #[error("part {0} is the last one of its multipart")]
    LastPart(usize),
    /// The new part holds a line that would be taken for the delimiter of the multipart it goes into.
    #[error("the new part holds the boundary of the multipart around it")]
    Boundary,
    /// What is to be written cannot be built.
    #[error(transparent)]
    Build(#[from] build::Error),
}

/// Changes to a message, collected until they are written.
#[derive(Debug, Clone)]
pub struct Edit<'m, 'a> {
    message: &'m Message<'a>,
    headers: BTreeMap<usize, HeaderEdit<'a>>,
    /// Octets replaced; disjoint but for those within a part that is replaced or removed.
    splices: Vec<Splice>,
    removed: BTreeSet<usize>,
    /// How many parts a multipart still has, once one was removed.
    left: BTreeMap<usize, usize>,
}

impl<'m, 'a> Edit<'m, 'a> {
    /// No changes yet.
    pub fn new(message: &'m Message<'a>) -> Self {
        Self {
            message,
            headers: BTreeMap::new(),
            splices: Vec::new(),
            removed: BTreeSet::new(),
            left: BTreeMap::new(),
        }
    }

    fn part(&self, index: usize) -> Result<Part<'m, 'a>, Error> {
        self.message.part(index).ok_or(Error::NoPart(index))
    }

    /// The header of a part, to be changed; of the message for 0.
    ///
    /// # Errors
    /// [`Error::NoPart`].
    pub fn header(&mut self, index: usize) -> Result<&mut HeaderEdit<'a>, Error> {
        let part = self.part(index)?;
        Ok(self.headers.entry(index).or_insert_with(|| HeaderEdit::new(&part)))
    }

    /// Replaces a part by a new one. Of a whole message (the root, or that in a `message/rfc822`) the fields that do not
    /// start with `Content-` stay.
    ///
    /// # Errors
    /// [`Error::NoPart`], [`Error::Boundary`], and what [`build`] finds.
    pub fn replace(&mut self, index: usize, new: NewPart<'_>) -> Result<(), Error> {
        let part = self.part(index)?;
        let mut bytes = self.built(&part, new)?;
        check_boundaries(part.parent(), &bytes)?;
        let mut range = part.range();
        if part.parent().is_none_or(|parent| parent.kind() == Kind::Message) {
            let body = splice::body_of(&bytes);
            self.header(index)?.replace_content(&bytes[..body], part.parent().is_none())?;
            bytes.drain(..body);
            range = part.body_range();
            let end = line_end_of(&self.message.raw()[part.header_range()]);
            if part.parent().is_none() && !bytes.is_empty() && !bytes.ends_with(b"\n") {
                bytes.extend_from_slice(end);
            }
        }
        if range.start > 0 && self.message.raw()[range.start - 1] != b'\n' {
            let end = line_end_of(&self.message.raw()[range.start..]);
            bytes.splice(..0, end.iter().copied());
        }
        self.splices.retain(|splice| !splice.is_within(&range));
        self.splices.push(Splice { range, bytes });
        Ok(())
    }

    /// Removes a part from its multipart, its delimiter line with it.
    ///
    /// # Errors
    /// [`Error::NoPart`], [`Error::NotMultipart`], [`Error::LastPart`].
    pub fn remove(&mut self, index: usize) -> Result<(), Error> {
        let part = self.part(index)?;
        let parent = multipart_of(&part)?;
        if self.removed.contains(&index) {
            return Ok(());
        }
        let left = self.left.entry(parent.index()).or_insert_with(|| parent.children().count());
        if *left < 2 {
            return Err(Error::LastPart(index));
        }
        *left -= 1;
        let delimiter = self.delimiter_of(&part);
        let (before, after) =
            (&self.message.raw()[..delimiter.start], &self.message.raw()[part.range().end..]);
        // The line end before a delimiter goes with it. That is the one after the part, unless no delimiter follows.
        let follows =
            [0, 1, 2].into_iter().find(|&len| is_line_end(after, len) && after[len..].starts_with(b"--"));
        let leads = || {
            [2, 1]
                .into_iter()
                .find(|&len| before.len() >= len && is_line_end(&before[before.len() - len..], len))
        };
        let range = match follows {
            Some(line_end) => delimiter.start..part.range().end + line_end,
            None => delimiter.start - leads().unwrap_or(0)..part.range().end,
        };
        self.splices.retain(|splice| !splice.is_within(&range));
        self.splices.push(Splice { range, bytes: Vec::new() });
        self.removed.insert(index);
        Ok(())
    }

    /// Puts a new part before one that is in a multipart.
    ///
    /// # Errors
    /// [`Error::NoPart`], [`Error::NotMultipart`], [`Error::Boundary`], and what [`build`] finds.
    pub fn insert_before(&mut self, index: usize, new: NewPart<'_>) -> Result<(), Error> {
        let part = self.part(index)?;
        let parent = multipart_of(&part)?;
        let new = self.built(&part, new)?;
        check_boundaries(Some(parent), &new)?;
        let delimiter = self.delimiter_of(&part);
        let mut bytes = self.delimiter_line(&delimiter);
        let end = line_end_of(&bytes);
        bytes.extend(new);
        bytes.extend_from_slice(end);
        self.splices.push(Splice { range: delimiter.start..delimiter.start, bytes });
        Ok(())
    }

    /// Adds a new part at the end of a multipart.
    ///
    /// # Errors
    /// [`Error::NoPart`], [`Error::NotMultipart`], [`Error::Boundary`], and what [`build`] finds.
    pub fn append(&mut self, multipart: usize, new: NewPart<'_>) -> Result<(), Error> {
        let parent = self.part(multipart)?;
        let last = parent.children().last().filter(|_| parent.kind() == Kind::Multipart);
        let last = last.ok_or(Error::NotMultipart(multipart))?;
        let new = self.built(&last, new)?;
        check_boundaries(Some(parent), &new)?;
        let delimiter = self.delimiter_line(&self.delimiter_of(&last));
        let at = last.range().end;
        let mut bytes = line_end_of(&delimiter).to_vec();
        bytes.extend_from_slice(&delimiter);
        bytes.extend(new);
        self.splices.push(Splice { range: at..at, bytes });
        Ok(())
    }

    /// The delimiter line before a part, with its line end.
    fn delimiter_of(&self, part: &Part<'m, 'a>) -> Range<usize> {
        let end = part.range().start;
        let before = &self.message.raw()[..end];
        let line = before.strip_suffix(b"\n").unwrap_or(before);
        memchr::memrchr(b'\n', line).map_or(0, |at| at + 1)..end
    }

    /// The octets of a delimiter line; before an empty part its line end is that of the next delimiter.
    fn delimiter_line(&self, range: &Range<usize>) -> Vec<u8> {
        let mut line = self.message.raw()[range.clone()].to_vec();
        if !line.ends_with(b"\n") {
            line.extend_from_slice(line_end_of(&self.message.raw()[range.end..]));
        }
        line
    }

    /// The octets of a new part, with the line ends of the message around it.
    fn built(&self, near: &Part<'m, 'a>, new: NewPart<'_>) -> Result<Vec<u8>, Error> {
        let bytes = new.into_bytes_avoiding(self.message.raw())?;
        let style = line_end_of(&self.message.raw()[near.header_range().start..near.range().end]);
        Ok(if style == b"\n" { splice::with_lf(&bytes) } else { bytes })
    }

    /// The edited message.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.message.raw().len() + 1024);
        self.pieces(|piece| out.extend_from_slice(piece));
        out
    }

    /// Writes the edited message, untouched stretches straight from the original.
    ///
    /// # Errors
    /// Those of `writer`.
    pub fn write_to<W: io::Write>(&self, mut writer: W) -> io::Result<()> {
        let mut result = Ok(());
        self.pieces(|piece| {
            if result.is_ok() {
                result = writer.write_all(piece);
            }
        });
        result
    }

    fn pieces(&self, mut put: impl FnMut(&[u8])) {
        let raw = self.message.raw();
        let mut all: Vec<(Range<usize>, Cow<'_, [u8]>)> = self
            .splices
            .iter()
            .map(|splice| (splice.range.clone(), Cow::Borrowed(&splice.bytes[..])))
            .collect();
        for (&index, header) in &self.headers {
            if let Ok(part) = self.part(index) {
                all.push((part.header_range(), Cow::Owned(header.to_vec())));
            }
        }
        // What is inserted at a place comes before what is replaced there; the widest replacement wins.
        all.sort_by_key(|(range, _)| (range.start, !range.is_empty(), std::cmp::Reverse(range.end)));
        let mut done = 0;
        for (range, bytes) in &all {
            if range.start >= done {
                put(&raw[done..range.start]);
                put(bytes);
                done = range.end;
            }
        }
        put(&raw[done..]);
    }
}

/// The multipart that a part is in.
fn multipart_of<'m, 'a>(part: &Part<'m, 'a>) -> Result<Part<'m, 'a>, Error> {
    part.parent().filter(|parent| parent.kind() == Kind::Multipart).ok_or(Error::NotMultipart(part.index()))
}

/// No line of `new` may start with the delimiter of a multipart around it.
fn check_boundaries(around: Option<Part<'_, '_>>, new: &[u8]) -> Result<(), Error> {
    let mut next = around;
    while let Some(part) = next {
        if part.kind() == Kind::Multipart
            && let Some(boundary) = part.content_type().parameter("boundary")
            && splice::has_delimiter(new, boundary.as_bytes())
        {
            return Err(Error::Boundary);
        }
        next = part.parent();
    }
    Ok(())
}

/// Whether `text` starts with the line end of that length; the one of no octets is always there.
fn is_line_end(text: &[u8], len: usize) -> bool {
    text.starts_with(&b"\r\n"[2 - len.min(2)..])
}
