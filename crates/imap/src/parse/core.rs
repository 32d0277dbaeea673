//! The lexical layer: a cursor over one frame that reads atoms, strings, numbers and sets.

pub(crate) mod class;
mod date;
pub(crate) mod eight;
mod literal;
mod message;

pub use literal::{Literal, announced_literal};

use crate::{
    error::ParseError,
    types::{AString, Atom, MailboxName, NString, Octets, Tag},
};
use bytes::{Bytes, BytesMut};
use std::ops::Range;

/// Reads one frame from its start to its end. Strings are slices of the frame, without a copy, unless a backslash has
/// to be taken out.
#[derive(Debug, Clone)]
pub struct Cursor<'f> {
    frame: &'f Bytes,
    /// What is left of the frame.
    rest: &'f [u8],
    /// Mailbox names are UTF-8 and not modified UTF-7.
    utf8: bool,
}

type Result<T> = std::result::Result<T, ParseError>;

impl<'f> Cursor<'f> {
    /// At the start of a frame.
    pub fn new(frame: &'f Bytes) -> Self {
        Self { frame, rest: frame, utf8: false }
    }

    /// Mailbox names are UTF-8: IMAP4rev2 or `UTF8=ACCEPT` is enabled.
    pub fn utf8(mut self, utf8: bool) -> Self {
        self.utf8 = utf8;
        self
    }

    /// Offset of the next byte.
    pub fn at(&self) -> usize {
        self.frame.len() - self.rest.len()
    }

    /// The next byte.
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// All that is left.
    pub fn rest(&self) -> &'f [u8] {
        self.rest
    }

    /// Takes all that is left.
    pub fn take_rest(&mut self) -> Bytes {
        self.take(self.rest.len())
    }

    /// Whether nothing is left.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Fails unless nothing is left.
    pub fn end(&self) -> Result<()> {
        if self.is_at_end() { Ok(()) } else { Err(self.error("the end of the line")) }
    }

    /// What was expected here.
    pub fn error(&self, expected: &'static str) -> ParseError {
        ParseError { at: self.at(), expected, found: self.peek() }
    }

    /// Passes the byte if it is next.
    pub fn eat(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Passes the text if it is next, in any case.
    pub fn eat_text(&mut self, text: &str) -> bool {
        match self.rest.split_at_checked(text.len()) {
            Some((next, rest)) if next.eq_ignore_ascii_case(text.as_bytes()) => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Passes the byte or fails.
    pub fn byte(&mut self, byte: u8, expected: &'static str) -> Result<()> {
        if self.eat(byte) { Ok(()) } else { Err(self.error(expected)) }
    }

    /// One space.
    pub fn sp(&mut self) -> Result<()> {
        self.byte(b' ', "a space")
    }

    /// Takes bytes for as long as they are of a class.
    pub fn take_while(&mut self, is: impl Fn(u8) -> bool) -> Bytes {
        let len = self.count_while(is);
        self.take(len)
    }

    /// Passes bytes for as long as they are of a class.
    pub(crate) fn pass_while(&mut self, is: impl Fn(u8) -> bool) -> &'f [u8] {
        let (passed, rest) = self.rest.split_at(self.count_while(is));
        self.rest = rest;
        passed
    }

    /// How many bytes of a class are next.
    pub(crate) fn count_while(&self, is: impl Fn(u8) -> bool) -> usize {
        self.rest.iter().position(|&byte| !is(byte)).unwrap_or(self.rest.len())
    }

    /// Takes that many bytes, which must be there.
    pub(crate) fn take(&mut self, len: usize) -> Bytes {
        let at = self.at();
        self.rest = &self.rest[len..];
        self.frame.slice(at..at + len)
    }

    /// As [`Cursor::take`], for what is mostly short.
    pub(crate) fn take_octets(&mut self, len: usize) -> Octets {
        let taken = Octets::first(self.rest, len);
        self.skip(len);
        taken
    }

    /// The word here (atom characters) without taking it; possibly empty.
    pub fn word(&self) -> &'f [u8] {
        &self.rest[..self.count_while(class::is_atom)]
    }

    /// The next `len` bytes in upper case, to be matched with names that are known; empty where they are more than there
    /// is room for, and so than any of the names.
    #[inline]
    pub(crate) fn upper<'r, const N: usize>(&self, len: usize, room: &'r mut [u8; N]) -> &'r [u8] {
        match self.rest.first_chunk() {
            // To look at as many as there is room for is quicker than at the right number.
            Some(next) => *room = *next,
            None => room[..self.rest.len()].copy_from_slice(self.rest),
        }
        room.make_ascii_uppercase();
        room.get(..len).unwrap_or_default()
    }

    /// Passes that many bytes, as far as there are any.
    pub fn skip(&mut self, len: usize) {
        self.rest = self.rest.get(len..).unwrap_or_default();
    }

    /// What was passed between two offsets.
    pub(crate) fn passed(&self, range: Range<usize>) -> Bytes {
        self.frame.slice(range)
    }

    /// Goes back to an offset that was passed.
    pub(crate) fn go_back(&mut self, at: usize) {
        self.rest = &self.frame[at..];
    }

    /// `tag = 1*<any ASTRING-CHAR except "+">`
    pub fn tag(&mut self) -> Result<Tag> {
        let len = self.count_while(class::is_tag);
        if len == 0 || len > Tag::MAX {
            return Err(self.error("a tag"));
        }
        Ok(Tag::from_checked(self.take_octets(len)))
    }

    /// `atom = 1*ATOM-CHAR`
    pub fn atom(&mut self) -> Result<Atom> {
        match self.count_while(class::is_atom) {
            0 => Err(self.error("an atom")),
            len => Ok(Atom::from_checked(self.take_octets(len))),
        }
    }

    /// `number = 1*DIGIT`, unsigned 32 bits.
    pub fn number(&mut self) -> Result<u32> {
        let start = self.at();
        let number = self.number64()?;
        u32::try_from(number).map_err(|_| self.error_at(start, "a number of at most 32 bits"))
    }

    /// `nz-number = digit-nz *DIGIT`, unsigned 32 bits. Leading zeros are read.
    pub fn nz_number(&mut self) -> Result<std::num::NonZeroU32> {
        let start = self.at();
        std::num::NonZeroU32::new(self.number()?).ok_or_else(|| self.error_at(start, "a number above zero"))
    }

    /// `number64 = 1*DIGIT`, unsigned 63 bits.
    pub fn number64(&mut self) -> Result<u64> {
        if let Some((short, len)) = eight::number(self.rest) {
            self.skip(len);
            return Ok(u64::from(short));
        }
        let mut value = 0_u64;
        let mut len = 0;
        for byte in self.rest {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            len += 1;
            value = if len <= 18 {
                // No number of so few digits has more than 63 bits.
                value * 10 + u64::from(digit)
            } else {
                let longer = value.checked_mul(10).and_then(|value| value.checked_add(u64::from(digit)));
                longer
                    .filter(|&value| i64::try_from(value).is_ok())
                    .ok_or_else(|| self.error("a number of at most 63 bits"))?
            };
        }
        if len == 0 {
            return Err(self.error("a number"));
        }
        self.skip(len);
        Ok(value)
    }

    /// The error for something that began earlier.
    pub fn error_at(&self, at: usize, expected: &'static str) -> ParseError {
        ParseError { at, expected, found: self.frame.get(at).copied() }
    }

    /// Passes a quoted string in which nothing is escaped, and there is no control character. What is left of the frame
    /// from its first octet on, and how many of them are inside.
    pub(crate) fn plain_inside(&mut self) -> Option<(&'f [u8], usize)> {
        let inside = self.rest.strip_prefix(b"\"")?;
        let len = eight::plain(inside);
        self.rest = inside[len..].strip_prefix(b"\"")?;
        Some((inside, len))
    }

    /// Takes a quoted string in which nothing is escaped, and there is no control character.
    fn plain_quoted(&mut self) -> Option<&'f [u8]> {
        self.plain_inside().map(|(inside, len)| &inside[..len])
    }

    /// `quoted = DQUOTE *QUOTED-CHAR DQUOTE`. Octets above 127 are read as they are.
    pub fn quoted(&mut self) -> Result<Bytes> {
        if let Some(plain) = self.plain_quoted() {
            let end = self.at() - 1;
            return Ok(self.passed(end - plain.len()..end));
        }
        self.byte(b'"', "a quoted string")?;
        let mut unescaped: Option<BytesMut> = None;
        loop {
            let rest = self.rest();
            let Some(len) = memchr::memchr2(b'"', b'\\', rest) else {
                self.skip(rest.len());
                return Err(self.error("the closing quote"));
            };
            if let Some(bad) = memchr::memchr3(b'\r', b'\n', 0, &rest[..len]) {
                return Err(self.error_at(self.at() + bad, "a character of a quoted string"));
            }
            let piece = self.take(len);
            if self.eat(b'"') {
                let Some(mut text) = unescaped else { return Ok(piece) };
                text.extend_from_slice(&piece);
                return Ok(text.freeze());
            }
            self.skip(1);
            let Some(escaped @ (b'"' | b'\\')) = self.peek() else {
                return Err(self.error("a quote or a backslash after the backslash"));
            };
            self.skip(1);
            let text = unescaped.get_or_insert_with(|| BytesMut::with_capacity(rest.len().min(256)));
            text.extend_from_slice(&piece);
            text.extend_from_slice(&[escaped]);
        }
    }

    /// `string = quoted / literal`
    pub fn string(&mut self) -> Result<Bytes> {
        match self.peek() {
            Some(b'"') => self.quoted(),
            Some(b'{') => {
                let literal = self.literal()?;
                match memchr::memchr(0, &literal.bytes) {
                    Some(nul) => {
                        Err(self.error_at(self.at() - literal.bytes.len() + nul, "a string without NUL"))
                    }
                    None => Ok(literal.bytes),
                }
            }
            _ => Err(self.error("a string")),
        }
    }

    /// `string / literal8`
    pub fn string8(&mut self) -> Result<Bytes> {
        match self.peek() {
            Some(b'~') => self.literal().map(|literal| literal.bytes),
            _ => self.string(),
        }
    }

    /// `astring = 1*ASTRING-CHAR / string`
    pub fn astring(&mut self) -> Result<AString> {
        if let Some(first @ (b'"' | b'{')) = self.peek() {
            let start = self.at();
            let text = self.string()?;
            // RFC 9755 §3
            if self.utf8 && first == b'"' && std::str::from_utf8(&text).is_err() {
                return Err(self.error_at(start, "a string in UTF-8"));
            }
            return Ok(AString::from_checked(text));
        }
        let text = self.take_while(class::is_astring);
        if text.is_empty() { Err(self.error("a string")) } else { Ok(AString::from_checked(text)) }
    }

    /// `nstring = string / nil`
    pub fn nstring(&mut self) -> Result<NString> {
        match self.peek() {
            Some(b'N' | b'n') if self.eat_text("NIL") => Ok(None),
            _ => self.string().map(Some),
        }
    }

    /// `mailbox = "INBOX" / astring`
    pub fn mailbox(&mut self) -> Result<MailboxName> {
        let start = self.at();
        let plain = match self.peek() {
            Some(b'"') => self.plain_quoted().and_then(MailboxName::plain),
            _ => MailboxName::plain(self.pass_while(class::is_astring)),
        };
        if let Some(name) = plain.filter(|_| self.at() > start) {
            return Ok(name);
        }
        self.go_back(start);
        let name = self.astring()?;
        Ok(MailboxName::from_wire(name.as_bytes(), self.utf8))
    }

    /// `list-mailbox = 1*list-char / string`, decoded like a mailbox name. Wildcards stay as they are.
    pub fn list_mailbox(&mut self) -> Result<MailboxName> {
        let mut name = MailboxName::default();
        self.list_mailbox_to(&mut name).map(|()| name)
    }

    /// As [`Cursor::list_mailbox`], written where it is to be.
    pub(crate) fn list_mailbox_to(&mut self, to: &mut MailboxName) -> Result<()> {
        let start = self.at();
        if let Some(name) = self.plain_quoted().and_then(MailboxName::plain) {
            *to = name;
            return Ok(());
        }
        self.go_back(start);
        let name = match self.peek() {
            Some(b'"' | b'{') => self.string()?,
            _ => self.take_while(class::is_list),
        };
        *to = MailboxName::from_wire(&name, self.utf8);
        Ok(())
    }

    /// [`list_mailbox`](Self::list_mailbox) as a client may send it: octets above 127 in UTF-8, and in a string.
    pub fn list_pattern(&mut self) -> Result<MailboxName> {
        let start = self.at();
        let name = self.list_mailbox()?;
        let raw = self.passed(start..self.at());
        let fits = match raw.first() {
            Some(b'{') => true,
            // RFC 9755 §3
            Some(b'"') => !self.utf8 || std::str::from_utf8(&raw).is_ok(),
            _ => raw.is_ascii(),
        };
        if fits { Ok(name) } else { Err(self.error_at(start, "a string in UTF-8")) }
    }

    /// `"(" [item *(SP item)] ")"`. Not for what may hold itself: the caller keeps the depth.
    pub fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Result<T>) -> Result<Vec<T>> {
        self.byte(b'(', "a list in parentheses")?;
        let mut items = Vec::new();
        if self.eat(b')') {
            return Ok(items);
        }
        loop {
            items.push(item(self)?);
            if self.eat(b')') {
                return Ok(items);
            }
            self.byte(b' ', "a space or the closing parenthesis")?;
        }
    }
}

#[cfg(test)]
mod tests;
