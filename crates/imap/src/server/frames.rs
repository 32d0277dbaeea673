//! Commands cut out of the input: lines, and the literals gathered into them.

use crate::{
    error::ParseError,
    parse::core::{Cursor, Literal, announced_literal},
    types::Tag,
};
use bytes::{Bytes, BytesMut};
use mailwright_wire::{Body, CountDecoder, LineDecoder, LineError};

/// What the next octets of the input are.
#[derive(Debug)]
pub(super) enum Piece {
    /// A whole command, or what follows a streamed message.
    Frame(Bytes),
    /// The command so far, which announces a literal with its last octets. Say [`Frames::gather`] to go on.
    Announced(Bytes, Literal),
    /// The command so far, which ends in no literal although it looks so.
    Unannounced(Bytes, ParseError),
    /// The command so far announces more octets unasked than may come so. Say [`Frames::skip`] to go on.
    Unasked(Bytes, Literal),
    /// A line that is none, and the tag it began with.
    Line(LineError, Option<Tag>),
    /// The end of a command that was being skipped.
    Skipped,
}

/// Joins lines and literals to frames.
#[derive(Debug)]
pub(super) struct Frames {
    lines: LineDecoder,
    /// Octets of the longest line allowed.
    line: usize,
    /// The command so far, where it has literals.
    gathered: BytesMut,
    literal: Option<CountDecoder>,
    /// What is gathered is thrown away up to the command's end.
    skipping: bool,
    /// The tag of the line that is being taken apart, where that line is longer than allowed: its octets go as they come.
    long: Option<Tag>,
}

impl Frames {
    pub(super) fn new(line: usize) -> Self {
        Self {
            lines: LineDecoder::new(line),
            line,
            gathered: BytesMut::new(),
            literal: None,
            skipping: false,
            long: None,
        }
    }

    /// Changes the limit, between two lines.
    pub(super) fn set_line(&mut self, max: usize) {
        self.lines = LineDecoder::new(max);
        self.line = max;
    }

    /// Whether a command has begun and not ended.
    pub(super) fn is_within(&self) -> bool {
        !self.gathered.is_empty() || self.literal.is_some() || self.skipping
    }

    /// The next piece. `None`: more input is needed.
    pub(super) fn next(&mut self, input: &mut BytesMut) -> Option<Piece> {
        loop {
            while let Some(literal) = &mut self.literal {
                match literal.decode(input)? {
                    Body::Data(_) if self.skipping => {}
                    Body::Data(octets) => self.gathered.extend_from_slice(&octets),
                    Body::End => self.literal = None,
                }
            }
            if input.len() > self.line && !self.lines.is_skipping() {
                let begun = if self.gathered.is_empty() { &input[..] } else { &self.gathered[..] };
                self.long = tag_of(begun).filter(|_| !self.skipping);
            }
            let line = match self.lines.decode(input) {
                Ok(line) => line?,
                Err(error) => {
                    let tag = self.long.take().filter(|_| error != LineError::BareNewline);
                    self.reset();
                    return Some(Piece::Line(error, tag));
                }
            };
            let announced = announced_literal(&line);
            if !self.skipping {
                return Some(self.piece(line, announced));
            }
            match announced {
                // Only a literal that is sent unasked belongs to what is skipped: nobody said `+` to another.
                Ok(Some(literal)) if literal.is_too_large_unasked() => {
                    return Some(Piece::Unasked(Bytes::new(), literal));
                }
                Ok(Some(literal)) if literal.non_sync => self.literal = Some(CountDecoder::new(literal.len)),
                _ => {
                    self.skipping = false;
                    return Some(Piece::Skipped);
                }
            }
        }
    }

    fn piece(&mut self, mut line: Bytes, announced: Result<Option<Literal>, ParseError>) -> Piece {
        // Some clients leave a space before the end of a command, which means nothing.
        if announced == Ok(None) && line.ends_with(b" ") {
            line.truncate(line.len() - 1);
        }
        let frame = if self.gathered.is_empty() {
            line
        } else {
            self.gathered.extend_from_slice(&line);
            self.gathered.split().freeze()
        };
        match announced {
            Ok(None) => Piece::Frame(frame),
            Ok(Some(literal)) if literal.is_too_large_unasked() => Piece::Unasked(frame, literal),
            Ok(Some(literal)) => Piece::Announced(frame, literal),
            Err(error) => Piece::Unannounced(frame, error),
        }
    }

    /// Gathers the literal that `frame` announces into the command.
    pub(super) fn gather(&mut self, frame: &Bytes, literal: Literal) {
        self.gathered.extend_from_slice(frame);
        self.gathered.extend_from_slice(b"\r\n");
        self.literal = Some(CountDecoder::new(literal.len));
    }

    /// Throws away the literal just announced and the rest of its command.
    pub(super) fn skip(&mut self, literal: Literal) {
        self.reset();
        self.literal = Some(CountDecoder::new(literal.len));
        self.skipping = true;
    }

    fn reset(&mut self) {
        self.gathered = BytesMut::new();
        self.literal = None;
        self.skipping = false;
    }
}

impl Literal {
    /// RFC 7888 §5: with LITERAL- no more than 4096 octets come unasked.
    fn is_too_large_unasked(&self) -> bool {
        self.non_sync && self.len > 4096
    }
}

/// The tag that a command begins with.
fn tag_of(octets: &[u8]) -> Option<Tag> {
    let start = Bytes::copy_from_slice(&octets[..octets.len().min(Tag::MAX + 1)]);
    Cursor::new(&start).tag().ok()
}
