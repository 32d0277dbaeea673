//! `FETCH` and its attributes.

use super::{
    body_structure::body_structure,
    envelope::envelope,
    flags,
    string::{end, is_nil, is_token, ntext, sp, spaces, text},
    value::{skip, value},
};
use crate::{
    error::ParseError,
    parse::core::{Cursor, announced_literal},
    types::{
        Section, Uid,
        response::{Data, Fault, Fetch, FetchAttribute, ObjectId},
    },
};
use bytes::Bytes;
use std::num::NonZeroU32;

type Result<T> = std::result::Result<T, ParseError>;

/// How far a list of attributes came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attributes {
    /// To its closing parenthesis.
    Closed,
    /// To the announcement of octets that are not in the frame; they, and the rest of the list, are to come.
    Open(u64),
}

/// `message-data = nz-number SP "FETCH" SP msg-att`, from the word on.
pub(super) fn fetch(cursor: &mut Cursor<'_>, number: NonZeroU32, depth: usize) -> Result<Fetch> {
    let mut fetch = begin(cursor, number)?;
    match attributes(cursor, &mut fetch, depth)? {
        Attributes::Closed => end(cursor).map(|()| fetch),
        Attributes::Open(_) => Err(cursor.error("the octets of the literal")),
    }
}

fn begin(cursor: &mut Cursor<'_>, number: NonZeroU32) -> Result<Fetch> {
    let by_uid = cursor.eat_text("UID");
    cursor.skip("FETCH".len());
    sp(cursor)?;
    cursor.byte(b'(', "a list of attributes")?;
    Ok(Fetch { by_uid, ..Fetch::new(number, Vec::new()) })
}

/// A `FETCH` whose frame ends with the announcement of a literal, from its `*` on. `None`: it is not one, or the
/// literal is not the octets of a message.
pub fn fetch_head(frame: &Bytes, depth: usize) -> Option<(Fetch, u64)> {
    let cursor = &mut Cursor::new(frame);
    if !cursor.eat_text("* ") {
        return None;
    }
    let number = cursor.nz_number().ok()?;
    sp(cursor).ok()?;
    if !cursor.word().eq_ignore_ascii_case(b"FETCH") && !cursor.word().eq_ignore_ascii_case(b"UIDFETCH") {
        return None;
    }
    let mut fetch = begin(cursor, number).ok()?;
    match attributes(cursor, &mut fetch, depth) {
        Ok(Attributes::Open(len)) => Some((fetch, len)),
        _ => None,
    }
}

/// `(msg-att-dynamic / msg-att-static) *(SP (msg-att-dynamic / msg-att-static)) ")"`
///
/// An attribute that cannot be read is put among the faults, as long as it can be told where it ends.
pub fn attributes(cursor: &mut Cursor<'_>, fetch: &mut Fetch, depth: usize) -> Result<Attributes> {
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(Attributes::Closed);
        }
        let start = cursor.at();
        let read = attribute(cursor, depth).and_then(|attribute| match cursor.peek() {
            Some(b' ' | b')') | None => Ok(attribute),
            Some(_) => Err(cursor.error("a space or the closing parenthesis")),
        });
        match read {
            Ok(attribute) => {
                let open = match (&attribute, cursor.is_at_end()) {
                    (
                        FetchAttribute::Section { data: Data::Streamed(len), .. }
                        | FetchAttribute::Binary { data: Data::Streamed(len), .. }
                        | FetchAttribute::Rfc822(Data::Streamed(len))
                        | FetchAttribute::Rfc822Header(Data::Streamed(len))
                        | FetchAttribute::Rfc822Text(Data::Streamed(len)),
                        true,
                    ) => Some(*len),
                    _ => None,
                };
                fetch.attributes.push(attribute);
                if let Some(len) = open {
                    return Ok(Attributes::Open(len));
                }
            }
            Err(error) => {
                cursor.go_back(start);
                let past = pass_over(cursor);
                if past.is_err() || !matches!(cursor.peek(), Some(b' ' | b')')) {
                    return Err(error);
                }
                let raw = cursor.passed(start..cursor.at());
                fetch.faults.push(Fault { raw, error });
            }
        }
    }
}

/// Passes over a name, with its section, and a value.
fn pass_over(cursor: &mut Cursor<'_>) -> Result<()> {
    let name = name_len(cursor)?;
    cursor.skip(name);
    if cursor.peek() == Some(b'[') {
        cursor.pass_while(|byte| byte != b']');
        cursor.skip(1);
    }
    cursor.pass_while(|byte| byte != b' ' && byte != b')');
    spaces(cursor);
    skip(cursor)
}

/// The length of the name of an attribute: it ends before a section, a space or a list.
fn name_len(cursor: &Cursor<'_>) -> Result<usize> {
    match cursor.count_while(|byte| is_token(byte) && !matches!(byte, b'[' | b'<')) {
        0 => Err(cursor.error("the name of an attribute")),
        len => Ok(len),
    }
}

/// `msg-att-dynamic / msg-att-static`
fn attribute(cursor: &mut Cursor<'_>, depth: usize) -> Result<FetchAttribute> {
    let (start, len) = (cursor.at(), name_len(cursor)?);
    let room = &mut [0; 16];
    let known = cursor.upper(len, room);
    cursor.skip(len);
    match (known, cursor.peek()) {
        (b"BODY", Some(b'[')) => return section(cursor),
        (b"BINARY", Some(b'[')) => {
            let part = cursor.section_binary()?;
            let origin = origin(cursor)?;
            return Ok(FetchAttribute::Binary { part, origin, data: data(cursor)? });
        }
        (b"BINARY.SIZE", Some(b'[')) => {
            let part = cursor.section_binary()?;
            sp(cursor)?;
            return Ok(FetchAttribute::BinarySize { part, size: cursor.number64()? });
        }
        // As a few servers write it.
        (b"RFC822", Some(b'[')) if cursor.eat_text("[]") => return Ok(FetchAttribute::Rfc822(data(cursor)?)),
        (b"RFC822", _) => return Ok(FetchAttribute::Rfc822(data(cursor)?)),
        (b"RFC822.HEADER", _) => return Ok(FetchAttribute::Rfc822Header(data(cursor)?)),
        (b"RFC822.TEXT", _) => return Ok(FetchAttribute::Rfc822Text(data(cursor)?)),
        _ => {}
    }
    sp(cursor)?;
    Ok(match known {
        b"FLAGS" => FetchAttribute::Flags(flags(cursor)?),
        b"UID" => FetchAttribute::Uid(Uid::from(cursor.nz_number()?)),
        b"ENVELOPE" => FetchAttribute::Envelope(Box::new(envelope(cursor)?)),
        b"BODYSTRUCTURE" => FetchAttribute::BodyStructure(Box::new(body_structure(cursor, depth)?)),
        b"BODY" => FetchAttribute::Body(Box::new(body_structure(cursor, depth)?)),
        b"INTERNALDATE" => FetchAttribute::InternalDate(cursor.date_time()?),
        b"RFC822.SIZE" => FetchAttribute::Size(cursor.number64()?),
        b"MODSEQ" => {
            cursor.byte(b'(', "a mod-sequence in parentheses")?;
            let mod_seq = cursor.mod_seq()?;
            cursor.byte(b')', "the closing parenthesis")?;
            FetchAttribute::ModSeq(mod_seq)
        }
        b"EMAILID" => FetchAttribute::EmailId(object_id(cursor)?),
        b"THREADID" if is_nil(cursor) => {
            cursor.skip(3);
            FetchAttribute::ThreadId(None)
        }
        b"THREADID" => FetchAttribute::ThreadId(Some(object_id(cursor)?)),
        b"SAVEDATE" if is_nil(cursor) => {
            cursor.skip(3);
            FetchAttribute::SaveDate(None)
        }
        b"SAVEDATE" => FetchAttribute::SaveDate(Some(cursor.date_time()?)),
        b"PREVIEW" => FetchAttribute::Preview(ntext(cursor)?),
        b"X-GM-MSGID" => FetchAttribute::GmailMessageId(cursor.number64()?),
        b"X-GM-THRID" => FetchAttribute::GmailThreadId(cursor.number64()?),
        b"X-GM-LABELS" => FetchAttribute::GmailLabels(cursor.list(text)?),
        _ => {
            let name = cursor.passed(start..start + len);
            FetchAttribute::Other { name, value: value(cursor, depth)? }
        }
    })
}

/// `"BODY" section ["<" number ">"] SP nstring`, from the section on.
fn section(cursor: &mut Cursor<'_>) -> Result<FetchAttribute> {
    let section = if cursor.eat_text("[]") { Section::default() } else { cursor.section()? };
    let origin = origin(cursor)?;
    Ok(FetchAttribute::Section { section, origin, data: data(cursor)? })
}

/// `["<" number ">"]`
fn origin(cursor: &mut Cursor<'_>) -> Result<Option<u64>> {
    if !cursor.eat(b'<') {
        return Ok(None);
    }
    let origin = cursor.number64()?;
    cursor.byte(b'>', "the end of the origin")?;
    Ok(Some(origin))
}

/// `SP (nstring / literal8)`. A literal announced by the end of the frame is still to come.
fn data(cursor: &mut Cursor<'_>) -> Result<Data> {
    sp(cursor)?;
    let rest = cursor.rest();
    if matches!(rest.first(), Some(b'{' | b'~')) && rest.len() <= 24 {
        // Only the announcement itself is so short and ends with its brace.
        let announced = announced_literal(rest).ok().flatten();
        if let Some(literal) = announced.filter(|_| memchr::memchr(b'\r', rest).is_none()) {
            cursor.skip(rest.len());
            return Ok(Data::Streamed(literal.len));
        }
    }
    Ok(ntext(cursor)?.map_or(Data::Nil, Data::Whole))
}

/// `"(" objectid ")"`
fn object_id(cursor: &mut Cursor<'_>) -> Result<ObjectId> {
    cursor.byte(b'(', "an identifier in parentheses")?;
    let id =
        ObjectId::new(cursor.take_while(is_token)).ok_or_else(|| cursor.error("an object identifier"))?;
    cursor.byte(b')', "the closing parenthesis")?;
    Ok(id)
}
