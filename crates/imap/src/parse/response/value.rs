//! Values that nothing defines: read for what they look like, or passed over.

use super::string::{is_token, quoted};
use crate::{error::ParseError, parse::core::Cursor, types::response::Value};

/// A value takes twenty times the room of the shortest text for it; so many are enough.
const VALUES: usize = 10_000;

/// `tagged-ext-val` and `body-extension`, as far as a value can be told by its looks.
///
/// Iterative, at most `depth` lists deep, and of no more than [`VALUES`] values.
pub(super) fn value(cursor: &mut Cursor<'_>, depth: usize) -> Result<Value, ParseError> {
    let mut levels: Vec<Vec<Value>> = Vec::new();
    let mut count = 0;
    loop {
        let value = match cursor.peek() {
            Some(b'(') => {
                if levels.len() >= depth {
                    return Err(cursor.error("fewer lists in lists"));
                }
                cursor.skip(1);
                levels.push(Vec::new());
                None
            }
            Some(b')') if !levels.is_empty() => {
                cursor.skip(1);
                levels.pop().map(Value::List)
            }
            Some(b' ') if !levels.is_empty() => {
                cursor.skip(1);
                None
            }
            Some(b'"') => Some(Value::String(quoted(cursor)?)),
            Some(b'{') => Some(Value::String(cursor.literal()?.bytes)),
            Some(b'~') if cursor.rest().get(1) == Some(&b'{') => Some(Value::String(cursor.literal()?.bytes)),
            _ => Some(word(cursor)?),
        };
        if let Some(value) = value {
            count += 1;
            if count > VALUES {
                return Err(cursor.error("fewer values"));
            }
            match levels.last_mut() {
                Some(level) => level.push(value),
                None => return Ok(value),
            }
        }
    }
}

fn word(cursor: &mut Cursor<'_>) -> Result<Value, ParseError> {
    let word = cursor.take_while(is_token);
    if word.is_empty() {
        return Err(cursor.error("a value"));
    }
    if word.eq_ignore_ascii_case(b"NIL") {
        return Ok(Value::Nil);
    }
    // A number with leading zeros keeps them, as a word.
    let is_number = word.iter().all(u8::is_ascii_digit) && (word.len() == 1 || word[0] != b'0');
    let number = std::str::from_utf8(&word).ok().filter(|_| is_number).and_then(|digits| digits.parse().ok());
    Ok(number.map_or(Value::Atom(word), Value::Number))
}

/// Passes over one value without keeping it, at whatever depth; its literals are not looked into.
pub(super) fn skip(cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
    let mut depth = 0_usize;
    loop {
        match cursor.peek() {
            Some(b'(') => {
                cursor.skip(1);
                depth += 1;
                continue;
            }
            Some(b')') if depth > 0 => {
                cursor.skip(1);
                depth -= 1;
            }
            Some(b' ') if depth > 0 => {
                cursor.skip(1);
                continue;
            }
            Some(b'"') => {
                quoted(cursor)?;
            }
            Some(b'{') => {
                cursor.literal()?;
            }
            Some(b'~') if cursor.rest().get(1) == Some(&b'{') => {
                cursor.literal()?;
            }
            Some(byte) if is_token(byte) => {
                cursor.pass_while(is_token);
            }
            _ => return Err(cursor.error("a value")),
        }
        if depth == 0 {
            return Ok(());
        }
    }
}
