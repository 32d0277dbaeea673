//! `ENVELOPE`.

use super::string::{is_nil, ntext, octets, spaces};
use crate::{
    error::ParseError,
    parse::core::Cursor,
    types::response::{Address, Envelope},
};
use bytes::Bytes;

type Result<T> = std::result::Result<T, ParseError>;

/// `envelope = "(" env-date SP env-subject SP env-from SP env-sender SP env-reply-to SP env-to SP env-cc SP env-bcc SP
/// env-in-reply-to SP env-message-id ")"`
///
/// Fields left out at the end are absent.
pub(super) fn envelope(cursor: &mut Cursor<'_>) -> Result<Envelope> {
    cursor.byte(b'(', "an envelope")?;
    let date = field(cursor)?;
    let subject = field(cursor)?;
    let from = addresses(cursor)?;
    let sender = addresses(cursor)?;
    let reply_to = addresses(cursor)?;
    let to = addresses(cursor)?;
    let cc = addresses(cursor)?;
    let bcc = addresses(cursor)?;
    let in_reply_to = field(cursor)?;
    let message_id = field(cursor)?;
    spaces(cursor);
    cursor.byte(b')', "the end of the envelope")?;
    Ok(Envelope { date, subject, from, sender, reply_to, to, cc, bcc, in_reply_to, message_id })
}

/// `nstring`, absent before the closing parenthesis.
fn field(cursor: &mut Cursor<'_>) -> Result<Option<Bytes>> {
    spaces(cursor);
    if cursor.peek() == Some(b')') { Ok(None) } else { ntext(cursor) }
}

/// `"(" 1*address ")" / nil`
fn addresses(cursor: &mut Cursor<'_>) -> Result<Vec<Address>> {
    spaces(cursor);
    if cursor.peek() == Some(b')') {
        return Ok(Vec::new());
    }
    if is_nil(cursor) {
        cursor.skip(3);
        return Ok(Vec::new());
    }
    cursor.byte(b'(', "addresses or NIL")?;
    let mut all = Vec::new();
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(all);
        }
        cursor.byte(b'(', "an address")?;
        let address = all.push_mut(Address::default());
        for field in [&mut address.name, &mut address.route, &mut address.mailbox, &mut address.host] {
            spaces(cursor);
            if cursor.peek() == Some(b')') {
                break;
            }
            octets(cursor, field)?;
        }
        spaces(cursor);
        cursor.byte(b')', "the end of the address")?;
    }
}
