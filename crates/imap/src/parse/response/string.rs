//! Strings, spaces and mailbox names, as leniently as servers write them.

use crate::{
    error::ParseError,
    parse::core::Cursor,
    types::{MailboxName, Octets},
};
use bytes::{Bytes, BytesMut};

type Result<T> = std::result::Result<T, ParseError>;

/// One space, or several.
pub(super) fn sp(cursor: &mut Cursor<'_>) -> Result<()> {
    cursor.sp()?;
    spaces(cursor);
    Ok(())
}

/// Any number of spaces.
pub(super) fn spaces(cursor: &mut Cursor<'_>) {
    while cursor.eat(b' ') {}
}

/// The end of the response, after any number of spaces.
pub(super) fn end(cursor: &mut Cursor<'_>) -> Result<()> {
    spaces(cursor);
    cursor.end()
}

/// A byte that no delimiter ends: more than an atom may have.
pub(super) fn is_token(byte: u8) -> bool {
    byte > b' ' && byte != 0x7f && !matches!(byte, b'(' | b')' | b'"')
}

/// `string / literal8`, or a word in its place. `NIL` is a word here.
pub(super) fn text(cursor: &mut Cursor<'_>) -> Result<Bytes> {
    match cursor.peek() {
        Some(b'"') => quoted(cursor),
        Some(b'{') => literal(cursor),
        Some(b'~') if cursor.rest().get(1) == Some(&b'{') => literal(cursor),
        _ => {
            let word = cursor.take_while(is_token);
            if word.is_empty() { Err(cursor.error("a string")) } else { Ok(word) }
        }
    }
}

/// `nstring / literal8`, or a word in its place.
pub(super) fn ntext(cursor: &mut Cursor<'_>) -> Result<Option<Bytes>> {
    match cursor.peek() {
        Some(b'"') => quoted(cursor).map(Some),
        Some(b'N' | b'n') if is_nil(cursor) => {
            cursor.skip(3);
            Ok(None)
        }
        _ => text(cursor).map(Some),
    }
}

/// As [`ntext`], for what is mostly short. Written where it is to be: a message has dozens, and to hand each on in a result
/// takes longer than to read it.
pub(super) fn octets(cursor: &mut Cursor<'_>, to: &mut Option<Octets>) -> Result<()> {
    if is_nil(cursor) {
        cursor.skip(3);
        *to = None;
        return Ok(());
    }
    word(cursor, to.insert(Octets::default()))
}

/// As [`octets`]; `NIL` is empty.
pub(super) fn word(cursor: &mut Cursor<'_>, to: &mut Octets) -> Result<()> {
    if let Some((inside, len)) = cursor.plain_inside() {
        *to = Octets::first(inside, len);
    } else {
        *to = ntext(cursor)?.unwrap_or_default().into();
    }
    Ok(())
}

/// Whether the word here is `NIL`.
pub(super) fn is_nil(cursor: &Cursor<'_>) -> bool {
    let rest = cursor.rest();
    matches!(rest.first(), Some(b'N' | b'n'))
        && rest.len() >= 3
        && rest[..3].eq_ignore_ascii_case(b"NIL")
        && !rest.get(3).is_some_and(|&byte| is_token(byte))
}

fn literal(cursor: &mut Cursor<'_>) -> Result<Bytes> {
    cursor.literal().map(|literal| literal.bytes)
}

/// `quoted`; where a backslash escapes what needs none, it stands for itself, and a bare CR or LF may be inside.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Result<Bytes> {
    let start = cursor.at();
    let error = match cursor.quoted() {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    cursor.go_back(start + 1);
    let mut unescaped = BytesMut::new();
    loop {
        unescaped.extend_from_slice(cursor.pass_while(|byte| !matches!(byte, b'"' | b'\\')));
        if cursor.eat(b'"') {
            return Ok(unescaped.freeze());
        }
        match cursor.rest() {
            [b'\\', escaped @ (b'"' | b'\\'), ..] => {
                unescaped.extend_from_slice(&[*escaped]);
                cursor.skip(2);
            }
            [b'\\', ..] => {
                unescaped.extend_from_slice(b"\\");
                cursor.skip(1);
            }
            _ => return Err(error),
        }
    }
}

/// `mailbox = "INBOX" / astring`; a word may have wildcards and octets above 127.
pub(super) fn mailbox(cursor: &mut Cursor<'_>) -> Result<MailboxName> {
    let mut name = MailboxName::default();
    mailbox_to(cursor, &mut name).map(|()| name)
}

/// As [`mailbox`], written where it is to be.
pub(super) fn mailbox_to(cursor: &mut Cursor<'_>, to: &mut MailboxName) -> Result<()> {
    let start = cursor.at();
    cursor.list_mailbox_to(to)?;
    if cursor.at() == start { Err(cursor.error("a mailbox")) } else { Ok(()) }
}
