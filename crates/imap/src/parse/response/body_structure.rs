//! `BODY` and `BODYSTRUCTURE`.

use super::{
    envelope::envelope,
    string::{is_nil, ntext, octets, sp, spaces, word},
    value::value,
};
use crate::{
    error::ParseError,
    parse::core::Cursor,
    types::{
        Octets,
        response::{BodyExtension, BodyStructure, Disposition, Envelope, MultiPart, PartKind, SinglePart},
    },
};
use bytes::Bytes;

type Result<T> = std::result::Result<T, ParseError>;

/// A part of which the inside is being read.
enum Open {
    Multi(Vec<BodyStructure>),
    Message(Box<SinglePart>, Box<Envelope>),
}

/// A part takes eighty times the room of the shortest text for it; so many are enough.
const PARTS: usize = 10_000;

/// `body = "(" (body-type-1part / body-type-mpart) ")"`
///
/// Iterative, at most `depth` parts deep, and of no more than [`PARTS`] parts.
pub(super) fn body_structure(cursor: &mut Cursor<'_>, depth: usize) -> Result<BodyStructure> {
    let mut open: Vec<Open> = Vec::new();
    let mut count = 0;
    loop {
        count += 1;
        if count > PARTS {
            return Err(cursor.error("fewer parts"));
        }
        if open.len() >= depth {
            return Err(cursor.error("fewer parts in parts"));
        }
        cursor.byte(b'(', "a body structure")?;
        spaces(cursor);
        if cursor.peek() == Some(b'(') {
            // As many parts as most have.
            open.push(Open::Multi(Vec::with_capacity(2)));
            continue;
        }
        let Some(mut body) = single(cursor, &mut open)? else { continue };
        // What is whole goes into what is open around it, which may make that whole too.
        loop {
            body = match open.pop() {
                None => return Ok(body),
                Some(Open::Multi(mut parts)) => {
                    parts.push(body);
                    spaces(cursor);
                    if cursor.peek() == Some(b'(') {
                        open.push(Open::Multi(parts));
                        break;
                    }
                    let mut subtype = Octets::default();
                    if cursor.peek() != Some(b')') {
                        word(cursor, &mut subtype)?;
                    }
                    end_of_multi(cursor, parts, subtype, depth)?
                }
                Some(Open::Message(mut part, envelope)) => {
                    let lines = number(cursor)?;
                    part.kind = PartKind::Message { envelope, body: Box::new(body), lines };
                    end_of_single(cursor, &mut part, depth)?;
                    BodyStructure::Single(*part)
                }
            };
        }
    }
}

/// `body-type-1part = (body-type-basic / body-type-msg / body-type-text) [SP body-ext-1part]`
///
/// A message is left open before its own structure: `None`.
fn single(cursor: &mut Cursor<'_>, open: &mut Vec<Open>) -> Result<Option<BodyStructure>> {
    let mut part = SinglePart::default();
    word(cursor, &mut part.media)?;
    spaces(cursor);
    // A multipart without parts, as a server may make of a message that it could not read.
    if matches!(cursor.peek(), Some(b'(' | b')')) {
        return end_of_multi(cursor, Vec::new(), part.media, MORE_DEPTH).map(Some);
    }
    word(cursor, &mut part.subtype)?;
    sp(cursor)?;
    part.parameters = parameters(cursor)?;
    part.id = nfield(cursor)?;
    part.description = nfield(cursor)?;
    sp(cursor)?;
    word(cursor, &mut part.encoding)?;
    part.size = number(cursor)?;
    spaces(cursor);
    match cursor.peek() {
        // Only a message has a list here; elsewhere a string or NIL begins the extension data.
        Some(b'(') => {
            let envelope = Box::new(envelope(cursor)?);
            spaces(cursor);
            open.push(Open::Message(Box::new(part), envelope));
            return Ok(None);
        }
        // Some servers count the lines of parts that are not text, too.
        Some(b'0'..=b'9') => part.kind = PartKind::Text { lines: cursor.number64()? },
        _ => {}
    }
    end_of_single(cursor, &mut part, usize::MAX)?;
    Ok(Some(BodyStructure::Single(part)))
}

/// `[SP body-ext-1part] ")"`
fn end_of_single(cursor: &mut Cursor<'_>, part: &mut SinglePart, depth: usize) -> Result<()> {
    spaces(cursor);
    if !cursor.eat(b')') {
        octets(cursor, &mut part.md5)?;
        extension(cursor, part.extension.insert(BodyExtension::default()), depth)?;
    }
    Ok(())
}

/// `[SP body-ext-mpart] ")"`
fn end_of_multi(
    cursor: &mut Cursor<'_>,
    parts: Vec<BodyStructure>,
    subtype: Octets,
    depth: usize,
) -> Result<BodyStructure> {
    let mut multi = MultiPart { parts, subtype, parameters: Vec::new(), extension: None };
    spaces(cursor);
    if !cursor.eat(b')') {
        multi.parameters = parameters(cursor)?;
        extension(cursor, multi.extension.insert(BodyExtension::default()), depth)?;
    }
    Ok(BodyStructure::Multi(multi))
}

/// `[SP body-fld-dsp [SP body-fld-lang [SP body-fld-loc *(SP body-extension)]]] ")"`
///
/// A field in a form of its own is taken as an extension, with all that follow it.
fn extension(cursor: &mut Cursor<'_>, extension: &mut BodyExtension, depth: usize) -> Result<()> {
    for field in 0.. {
        spaces(cursor);
        if cursor.eat(b')') {
            break;
        }
        match (field, cursor.peek()) {
            (0, _) => disposition(cursor, &mut extension.disposition)?,
            (1, _) => languages(cursor, &mut extension.languages)?,
            (2, Some(byte)) if byte != b'(' => extension.location = ntext(cursor)?,
            _ => extension.more.push(value(cursor, depth.min(MORE_DEPTH))?),
        }
    }
    Ok(())
}

/// `body-fld-lang = nstring / "(" string *(SP string) ")"`
fn languages(cursor: &mut Cursor<'_>, languages: &mut Vec<Octets>) -> Result<()> {
    if is_nil(cursor) {
        cursor.skip(3);
    } else if cursor.peek() == Some(b'(') {
        cursor.list(|cursor| word(cursor, languages.push_mut(Octets::default())))?;
    } else {
        word(cursor, languages.push_mut(Octets::default()))?;
    }
    Ok(())
}

/// How deep the lists of unknown extension data may nest.
const MORE_DEPTH: usize = 32;

/// `body-fld-dsp = "(" string SP body-fld-param ")" / nil`
fn disposition(cursor: &mut Cursor<'_>, to: &mut Option<Disposition>) -> Result<()> {
    if is_nil(cursor) {
        cursor.skip(3);
        return Ok(());
    }
    let disposition = to.insert(Disposition::default());
    if !cursor.eat(b'(') {
        return word(cursor, &mut disposition.kind);
    }
    word(cursor, &mut disposition.kind)?;
    spaces(cursor);
    if cursor.peek() != Some(b')') {
        disposition.parameters = parameters(cursor)?;
    }
    spaces(cursor);
    cursor.byte(b')', "the end of the disposition")
}

/// `body-fld-param = "(" string SP string *(SP string SP string) ")" / nil`. A value left out is empty.
fn parameters(cursor: &mut Cursor<'_>) -> Result<Vec<(Octets, Octets)>> {
    let mut all = Vec::new();
    if is_nil(cursor) {
        cursor.skip(3);
        return Ok(all);
    }
    cursor.byte(b'(', "parameters or NIL")?;
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(all);
        }
        let (name, value) = all.push_mut(<(Octets, Octets)>::default());
        word(cursor, name)?;
        spaces(cursor);
        if cursor.peek() != Some(b')') {
            word(cursor, value)?;
        }
    }
}

/// `SP nstring`
fn nfield(cursor: &mut Cursor<'_>) -> Result<Option<Bytes>> {
    sp(cursor)?;
    ntext(cursor)
}

/// `number`; `NIL` and a negative number are zero.
fn number(cursor: &mut Cursor<'_>) -> Result<u64> {
    spaces(cursor);
    if is_nil(cursor) {
        cursor.skip(3);
        return Ok(0);
    }
    if cursor.eat(b'-') {
        return cursor.number64().map(|_| 0);
    }
    cursor.number64()
}
