//! Looking for text in a message that is not held: only its headers and a window of one of its texts are.

use mailwright_message::{
    Header, Limits, Message,
    incremental::{Event, Parser},
    part::Kind,
};
use memchr::{memmem::Finder, memrchr};

use super::{
    body::SqliteContent,
    text::{in_body, in_header},
};
use crate::{Content, Result};

/// Octets of a message that is held whole instead.
pub(super) const HELD: u64 = 1 << 20;
/// Octets read at once.
const PIECE: usize = 256 << 10;
/// Octets of a text, still encoded, that are held.
const WINDOW: usize = 4 << 20;
/// Octets of it that are held again with what follows, so that nothing is missed where it is cut.
const OVERLAP: usize = 64 << 10;

/// Whether the body, or the header too, contains a folded text.
pub(super) fn contains(content: &mut SqliteContent, needle: &Finder<'_>, header_too: bool) -> Result<bool> {
    let mut search =
        Search { needle, header_too, found: false, head: Vec::new(), text: Vec::new(), is_text: false };
    let mut parser = Parser::new(Limits::default());
    let mut at = 0;
    while at < content.len() {
        let piece = content.read_here(at, PIECE)?;
        at += piece.len() as u64;
        parser.push(&piece, |event| search.take(&event));
        if search.found || piece.is_empty() {
            return Ok(search.found);
        }
    }
    parser.finish(|event| search.take(&event));
    Ok(search.found)
}

struct Search<'n> {
    needle: &'n Finder<'n>,
    header_too: bool,
    found: bool,
    /// The header of the part, if that is text.
    head: Vec<u8>,
    text: Vec<u8>,
    is_text: bool,
}

impl Search<'_> {
    fn take(&mut self, event: &Event<'_>) {
        match event {
            Event::Begin { part, raw_header, header, .. } => {
                self.found |= (*part > 0 || self.header_too) && self.is_in_header(*header);
                let part = Message::parse(raw_header);
                let content_type = part.root().content_type();
                self.is_text = content_type.is_type("text") || content_type.is_type("message");
                self.head.clear();
                self.head.extend_from_slice(raw_header);
                self.text.clear();
            }
            Event::Data { octets, .. } if self.is_text && !self.found => {
                self.text.extend_from_slice(octets);
                if self.text.len() > WINDOW {
                    self.look();
                    let line = |upto: usize| memrchr(b'\n', &self.text[..upto]).map(|at| at + 1);
                    let keep =
                        line(self.text.len().saturating_sub(OVERLAP)).unwrap_or(self.text.len() - OVERLAP);
                    self.text.drain(..keep);
                }
            }
            Event::End { kind, .. } => {
                if self.is_text && *kind == Kind::Leaf && !self.found {
                    self.look();
                }
                self.is_text = false;
            }
            _ => {}
        }
    }

    fn is_in_header(&self, header: Header<'_, '_>) -> bool {
        in_header(header, &mut |line| self.needle.find(line.as_bytes()).is_some())
    }

    /// Looks into the text that is held, as a message of its own.
    fn look(&mut self) {
        let before = self.head.len();
        self.head.extend_from_slice(&self.text);
        let message = Message::parse(&self.head);
        self.found |= in_body(&message, &mut |text| self.needle.find(text.as_bytes()).is_some());
        self.head.truncate(before);
    }
}
