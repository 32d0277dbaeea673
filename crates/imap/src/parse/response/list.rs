//! `LIST`, `LSUB`, `NAMESPACE` and `STATUS`.

use super::{
    string::{end, is_nil, is_token, mailbox, mailbox_to, sp, spaces, text},
    value::value,
};
use crate::{
    error::ParseError,
    parse::core::Cursor,
    types::{
        MailboxName, UidValidity,
        response::{
            List, ListAttribute, ListExtendedItem, MailboxStatus, Namespace, Namespaces, ObjectId,
            StatusValue, Value,
        },
    },
};

type Result<T> = std::result::Result<T, ParseError>;

/// `SP mailbox-list` to the end of the response, and `mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE /
/// nil) SP mailbox [SP mbox-list-extended]`
pub(super) fn list(cursor: &mut Cursor<'_>, depth: usize) -> Result<List> {
    sp(cursor)?;
    cursor.byte(b'(', "a list of attributes")?;
    // As many attributes as most have.
    let mut list = List::new(Vec::with_capacity(4), None, MailboxName::default());
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            break;
        }
        cursor.eat(b'\\');
        let word = cursor.word();
        list.attributes.push(match ListAttribute::known(cursor.upper(word.len(), &mut [0; 16])) {
            Some(known) => {
                cursor.skip(word.len());
                known
            }
            None => ListAttribute::Other(cursor.atom()?),
        });
    }
    sp(cursor)?;
    list.delimiter = delimiter(cursor)?;
    sp(cursor)?;
    mailbox_to(cursor, &mut list.mailbox)?;
    spaces(cursor);
    if cursor.eat(b'(') {
        extended(cursor, &mut list, depth)?;
    }
    end(cursor)?;
    Ok(list)
}

/// `DQUOTE QUOTED-CHAR DQUOTE / nil`. An empty string stands for `NIL` in some servers.
fn delimiter(cursor: &mut Cursor<'_>) -> Result<Option<char>> {
    if is_nil(cursor) {
        cursor.skip(3);
        return Ok(None);
    }
    if let [b'"', plain @ (b'!' | b'#'..=b'[' | b']'..=b'~'), b'"', ..] = cursor.rest() {
        cursor.skip(3);
        return Ok(Some(char::from(*plain)));
    }
    let start = cursor.at();
    let text = text(cursor)?;
    let mut chars = std::str::from_utf8(&text).unwrap_or("\u{fffd}\u{fffd}").chars();
    match (chars.next(), chars.next()) {
        (delimiter, None) => Ok(delimiter),
        _ => Err(cursor.error_at(start, "one character or NIL")),
    }
}

/// `mbox-list-extended = "(" [mbox-list-extended-item *(SP mbox-list-extended-item)] ")"`
fn extended(cursor: &mut Cursor<'_>, list: &mut List, depth: usize) -> Result<()> {
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(());
        }
        let name = text(cursor)?;
        sp(cursor)?;
        if name.eq_ignore_ascii_case(b"CHILDINFO") {
            list.extended.push(ListExtendedItem::ChildInfo(cursor.list(text)?));
        } else if name.eq_ignore_ascii_case(b"OLDNAME") {
            cursor.byte(b'(', "a name in parentheses")?;
            list.extended.push(ListExtendedItem::OldName(mailbox(cursor)?));
            cursor.byte(b')', "the closing parenthesis")?;
        } else {
            list.extended.push(ListExtendedItem::Other(name, value(cursor, depth)?));
        }
    }
}

/// `namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace`
pub(super) fn namespaces(cursor: &mut Cursor<'_>) -> Result<Namespaces> {
    let personal = kind(cursor)?;
    sp(cursor)?;
    let other = kind(cursor)?;
    sp(cursor)?;
    Ok(Namespaces { personal, other, shared: kind(cursor)? })
}

/// `namespace = nil / "(" 1*namespace-descr ")"`
fn kind(cursor: &mut Cursor<'_>) -> Result<Vec<Namespace>> {
    let mut all = Vec::new();
    if is_nil(cursor) {
        cursor.skip(3);
        return Ok(all);
    }
    cursor.byte(b'(', "a list of namespaces or NIL")?;
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(all);
        }
        all.push(namespace(cursor)?);
    }
}

/// `namespace-descr = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) [namespace-response-extensions] ")"`
fn namespace(cursor: &mut Cursor<'_>) -> Result<Namespace> {
    cursor.byte(b'(', "a namespace")?;
    let prefix: MailboxName = mailbox(cursor)?;
    sp(cursor)?;
    let mut namespace = Namespace { prefix, delimiter: delimiter(cursor)?, extensions: Vec::new() };
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(namespace);
        }
        let name = text(cursor)?;
        sp(cursor)?;
        namespace.extensions.push((name, cursor.list(text)?));
    }
}

/// `SP mailbox SP "(" [status-att-list] ")"` to the end of the response.
pub(super) fn mailbox_status(cursor: &mut Cursor<'_>, depth: usize) -> Result<MailboxStatus> {
    sp(cursor)?;
    // As many values as most have.
    let mut status = MailboxStatus { mailbox: MailboxName::default(), values: Vec::with_capacity(4) };
    mailbox_to(cursor, &mut status.mailbox)?;
    sp(cursor)?;
    cursor.byte(b'(', "a list of numbers")?;
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            end(cursor)?;
            return Ok(status);
        }
        status.values.push(status_value(cursor, depth)?);
    }
}

/// `status-att-val`
fn status_value(cursor: &mut Cursor<'_>, depth: usize) -> Result<StatusValue> {
    let (start, len) = (cursor.at(), cursor.count_while(is_token));
    let room = &mut [0; 16];
    let known = cursor.upper(len, room);
    cursor.skip(len);
    sp(cursor)?;
    Ok(match known {
        b"MESSAGES" => StatusValue::Messages(cursor.number()?),
        b"RECENT" => StatusValue::Recent(cursor.number()?),
        b"UNSEEN" => StatusValue::Unseen(cursor.number()?),
        b"DELETED" => StatusValue::Deleted(cursor.number()?),
        b"UIDNEXT" => StatusValue::UidNext(cursor.number()?),
        b"UIDVALIDITY" => StatusValue::UidValidity(UidValidity::from(cursor.nz_number()?)),
        b"SIZE" => StatusValue::Size(cursor.number64()?),
        b"HIGHESTMODSEQ" => StatusValue::HighestModSeq(cursor.mod_seq()?),
        b"APPENDLIMIT" => match value(cursor, 0)? {
            Value::Number(limit) => StatusValue::AppendLimit(Some(limit)),
            _ => StatusValue::AppendLimit(None),
        },
        b"DELETED-STORAGE" => StatusValue::DeletedStorage(cursor.number64()?),
        b"MAILBOXID" => {
            cursor.byte(b'(', "an identifier in parentheses")?;
            let id = ObjectId::new(cursor.take_while(is_token));
            let id = id.ok_or_else(|| cursor.error("an object identifier"))?;
            cursor.byte(b')', "the closing parenthesis")?;
            StatusValue::MailboxId(id)
        }
        _ => StatusValue::Other(cursor.passed(start..start + len), value(cursor, depth)?),
    })
}
