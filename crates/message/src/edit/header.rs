//! Editing the fields of one header.

use std::borrow::Cow;

use super::splice::{line_end_of, with_lf};
use crate::Part;
use crate::build::{Error, Field};

/// The header of one part while it is changed.
///
/// New fields are written with the line ends that the header has.
#[derive(Debug, Clone)]
pub struct HeaderEdit<'a> {
    slots: Vec<Slot<'a>>,
    line_end: &'static [u8],
    /// The part is empty, and its delimiter line is ended by what belongs to the next delimiter.
    shares_line_end: bool,
}

/// A field, or something else that stands in a header: an mbox line, a line without a colon, the empty line.
#[derive(Debug, Clone)]
struct Slot<'a> {
    bytes: Cow<'a, [u8]>,
    /// Length of the name; `None`: not a field.
    name: Option<usize>,
}

impl Slot<'_> {
    fn is(&self, name: &str) -> bool {
        self.name.is_some_and(|len| self.bytes[..len].eq_ignore_ascii_case(name.as_bytes()))
    }

    fn starts(&self, prefix: &str) -> bool {
        self.name.is_some_and(|len| {
            self.bytes[..len]
                .get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
        })
    }
}

impl<'a> HeaderEdit<'a> {
    pub(super) fn new(part: &Part<'_, 'a>) -> Self {
        let raw = part.message().raw();
        let range = part.header_range();
        let mut slots = Vec::new();
        let mut done = range.start;
        let other = |slots: &mut Vec<Slot<'a>>, from: usize, to: usize| {
            if from < to {
                slots.push(Slot { bytes: Cow::Borrowed(&raw[from..to]), name: None });
            }
        };
        for field in part.header().iter() {
            other(&mut slots, done, field.offset());
            // Where a delimiter cuts the header off, the line end before it is not the header's.
            done = (field.offset() + field.raw().len()).min(range.end);
            slots.push(Slot {
                bytes: Cow::Borrowed(&raw[field.offset()..done]),
                name: Some(field.name().len()),
            });
        }
        let blank = blank_line(&raw[done..range.end]);
        other(&mut slots, done, range.end - blank);
        other(&mut slots, range.end - blank, range.end);
        let shares_line_end = slots.is_empty() && !matches!(raw[..range.start].last(), None | Some(b'\n'));
        Self { slots, line_end: line_end_of(&raw[range.start..]), shares_line_end }
    }

    fn slot(&self, field: &Field) -> Result<Slot<'a>, Error> {
        let bytes = field.to_bytes()?;
        Ok(self.slot_of(&bytes, field.name().len()))
    }

    fn slot_of(&self, bytes: &[u8], name: usize) -> Slot<'a> {
        let bytes = if self.line_end == b"\n" { with_lf(bytes) } else { bytes.to_vec() };
        Slot { bytes: Cow::Owned(bytes), name: Some(name) }
    }

    /// Where the first field stands, or would stand.
    fn first(&self) -> usize {
        self.slots.iter().position(|slot| slot.name.is_some()).unwrap_or_else(|| self.end())
    }

    /// The place after the last field, before what ends the header.
    fn end(&self) -> usize {
        match self.slots.iter().rposition(|slot| slot.name.is_some()) {
            Some(last) => last + 1,
            // Without fields: before the empty line.
            None => match self.slots.last() {
                Some(last) if blank_line(&last.bytes) == last.bytes.len() => self.slots.len() - 1,
                _ => self.slots.len(),
            },
        }
    }

    fn insert(&mut self, at: usize, mut slot: Slot<'a>) {
        // After a line without an end, which moves behind the new one.
        if let Some(before) = at.checked_sub(1).and_then(|before| self.slots.get_mut(before))
            && !before.bytes.ends_with(b"\n")
        {
            before.bytes.to_mut().extend_from_slice(self.line_end);
            if let Some(line) = slot.bytes.strip_suffix(self.line_end) {
                slot.bytes = Cow::Owned(line.to_vec());
            }
        }
        self.slots.insert(at, slot);
    }

    /// Puts a field before all others, as a relay does with `Received`.
    ///
    /// # Errors
    /// As [`Field::to_bytes`].
    pub fn prepend(&mut self, field: &Field) -> Result<(), Error> {
        let slot = self.slot(field)?;
        self.insert(self.first(), slot);
        Ok(())
    }

    /// Puts a field after all others.
    ///
    /// # Errors
    /// As [`Field::to_bytes`].
    pub fn append(&mut self, field: &Field) -> Result<(), Error> {
        let slot = self.slot(field)?;
        self.insert(self.end(), slot);
        Ok(())
    }

    /// Puts a field in the place of the first of its name and removes the others; appends it if there is none.
    ///
    /// # Errors
    /// As [`Field::to_bytes`].
    pub fn set(&mut self, field: &Field) -> Result<(), Error> {
        let slot = self.slot(field)?;
        let Some(at) = self.slots.iter().position(|slot| slot.is(field.name())) else {
            return self.append(field);
        };
        let mut place = 0;
        self.slots.retain(|slot| {
            place += 1;
            place - 1 <= at || !slot.is(field.name())
        });
        self.slots[at] = slot;
        Ok(())
    }

    /// Removes all fields of a name, compared without case, and says how many there were.
    pub fn remove(&mut self, name: &str) -> usize {
        let before = self.slots.len();
        self.slots.retain(|slot| !slot.is(name));
        before - self.slots.len()
    }

    /// Removes one field: the `nth` of its name, counted from 0. Says whether it was there.
    pub fn remove_nth(&mut self, name: &str, nth: usize) -> bool {
        let found = (0..self.slots.len()).filter(|&at| self.slots[at].is(name)).nth(nth);
        found.map(|at| self.slots.remove(at)).is_some()
    }

    /// Gives all fields of a name another one, and says how many there were. Their values stay as they are.
    ///
    /// # Errors
    /// `to` is no field name.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<usize, Error> {
        Field::text(to, "")?;
        let mut count = 0;
        for slot in self.slots.iter_mut().filter(|slot| slot.is(from)) {
            let value = &slot.bytes[from.len()..];
            slot.bytes = Cow::Owned([to.as_bytes(), value].concat());
            slot.name = Some(to.len());
            count += 1;
        }
        Ok(count)
    }

    /// Exchanges the fields that tell of the content for those in `header`, a built one.
    pub(super) fn replace_content(&mut self, header: &[u8], whole: bool) -> Result<(), Error> {
        self.slots.retain(|slot| !slot.starts("Content-"));
        if whole && !self.slots.iter().any(|slot| slot.is("MIME-Version")) {
            self.append(&Field::structured("MIME-Version", "1.0")?)?;
        }
        for field in crate::Message::parse(header).header().iter() {
            // Converted already: as it stands.
            let slot = Slot { bytes: Cow::Owned(field.raw().to_vec()), name: Some(field.name().len()) };
            self.insert(self.end(), slot);
        }
        Ok(())
    }

    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let lead = self.shares_line_end && !self.slots.is_empty();
        if lead {
            out.extend_from_slice(self.line_end);
        }
        for slot in &self.slots {
            out.extend_from_slice(&slot.bytes);
        }
        if lead && out.ends_with(self.line_end) {
            out.truncate(out.len() - self.line_end.len());
        }
        out
    }
}

/// The length of the empty line that `text` ends with; 0 if there is none.
fn blank_line(text: &[u8]) -> usize {
    let line = if text.ends_with(b"\r\n") { 2 } else { usize::from(text.ends_with(b"\n")) };
    let before = &text[..text.len() - line];
    if before.is_empty() || before.ends_with(b"\n") { line } else { 0 }
}
