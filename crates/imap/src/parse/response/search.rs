//! `SEARCH`, `SORT`, `ESEARCH` and `THREAD`.

use super::{
    string::{end, is_nil, is_token, mailbox, sp, spaces, text},
    value::value,
};
use crate::{
    error::ParseError,
    parse::core::{Cursor, eight},
    types::{
        UidSet,
        response::{Correlator, Esearch, EsearchItem, PartialRange, Search, Threads},
    },
};

type Result<T> = std::result::Result<T, ParseError>;

/// `*(SP nz-number) [SP search-sort-mod-seq]`
pub(super) fn search(cursor: &mut Cursor<'_>) -> Result<Search> {
    // A space is before each of them.
    let most = memchr::memchr_iter(b' ', cursor.rest()).count();
    let mut search = Search { numbers: Vec::with_capacity(most), mod_seq: None };
    loop {
        short_numbers(cursor, &mut search.numbers);
        spaces(cursor);
        match cursor.peek() {
            None => return Ok(search),
            Some(b'(') => {
                if !cursor.eat_text("(MODSEQ ") {
                    return Err(cursor.error("a mod-sequence"));
                }
                search.mod_seq = Some(cursor.mod_seq()?);
                cursor.byte(b')', "the closing parenthesis")?;
            }
            Some(_) => search.numbers.push(cursor.number()?),
        }
    }
}

/// Numbers of up to seven digits, each after a space: there may be a million of them.
fn short_numbers(cursor: &mut Cursor<'_>, numbers: &mut Vec<u32>) {
    let mut rest = cursor.rest();
    let all = rest.len();
    while let Some((_, len)) = spaced_number(rest) {
        rest = match len {
            1 => alike::<1>(rest, numbers),
            2 => alike::<2>(rest, numbers),
            3 => alike::<3>(rest, numbers),
            4 => alike::<4>(rest, numbers),
            5 => alike::<5>(rest, numbers),
            6 => alike::<6>(rest, numbers),
            _ => alike::<7>(rest, numbers),
        };
    }
    cursor.skip(all - rest.len());
}

/// Numbers of that many digits, as most are that follow each other: where the next one begins is known before the
/// length of this one has been found out.
fn alike<'f, const DIGITS: usize>(mut rest: &'f [u8], numbers: &mut Vec<u32>) -> &'f [u8] {
    while let Some((number, len)) = spaced_number(rest)
        && len == DIGITS
    {
        numbers.push(number);
        rest = &rest[1 + DIGITS..];
    }
    rest
}

/// A number of up to seven digits after a space, and how many digits it has.
fn spaced_number(rest: &[u8]) -> Option<(u32, usize)> {
    rest.strip_prefix(b" ").and_then(eight::number)
}

/// `esearch-response = "ESEARCH" [search-correlator] [SP "UID"] *(SP search-return-data)`
pub(super) fn esearch(cursor: &mut Cursor<'_>, depth: usize) -> Result<Esearch> {
    let mut found = Esearch::default();
    spaces(cursor);
    if cursor.eat(b'(') {
        found.correlator = correlator(cursor)?;
        spaces(cursor);
    }
    if cursor.word().eq_ignore_ascii_case(b"UID") {
        cursor.skip(3);
        found.uid = true;
    }
    loop {
        spaces(cursor);
        if cursor.is_at_end() {
            return Ok(found);
        }
        found.items.push(item(cursor, depth)?);
    }
}

/// `search-correlator = SP "(" "TAG" SP tag-string ["MAILBOX" SP astring "UIDVALIDITY" SP nz-number] ")"`
fn correlator(cursor: &mut Cursor<'_>) -> Result<Correlator> {
    let mut correlator = Correlator::default();
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(correlator);
        }
        if cursor.eat_text("TAG ") {
            correlator.tag = Some(text(cursor)?);
        } else if cursor.eat_text("MAILBOX ") {
            correlator.mailbox = Some(mailbox(cursor)?);
        } else if cursor.eat_text("UIDVALIDITY ") {
            correlator.uid_validity = Some(cursor.nz_number()?.into());
        } else {
            return Err(cursor.error("TAG, MAILBOX or UIDVALIDITY"));
        }
    }
}

/// `search-return-data`
fn item(cursor: &mut Cursor<'_>, depth: usize) -> Result<EsearchItem> {
    let name = cursor.take_while(is_token);
    sp(cursor)?;
    let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
    Ok(if is("MIN") {
        EsearchItem::Min(cursor.number()?)
    } else if is("MAX") {
        EsearchItem::Max(cursor.number()?)
    } else if is("COUNT") {
        EsearchItem::Count(cursor.number()?)
    } else if is("ALL") {
        EsearchItem::All(cursor.uid_set()?)
    } else if is("MODSEQ") {
        EsearchItem::ModSeq(cursor.mod_seq()?)
    } else if is("PARTIAL") {
        cursor.byte(b'(', "a page of the result")?;
        let first = signed(cursor)?;
        cursor.byte(b':', "a colon")?;
        let range = PartialRange { first, last: signed(cursor)? };
        sp(cursor)?;
        let numbers = if is_nil(cursor) {
            cursor.skip(3);
            None
        } else {
            Some(cursor.uid_set()?)
        };
        cursor.byte(b')', "the closing parenthesis")?;
        EsearchItem::Partial { range, numbers }
    } else if is("RELEVANCY") {
        EsearchItem::Relevancy(cursor.list(Cursor::number)?)
    } else if is("ADDTO") {
        EsearchItem::AddTo(positions(cursor)?)
    } else if is("REMOVEFROM") {
        EsearchItem::RemoveFrom(positions(cursor)?)
    } else {
        EsearchItem::Other(name, value(cursor, depth)?)
    })
}

/// `["-"] nz-number`
fn signed(cursor: &mut Cursor<'_>) -> Result<i64> {
    let negative = cursor.eat(b'-');
    let number = i64::from(cursor.nz_number()?.get());
    Ok(if negative { -number } else { number })
}

/// `"(" context-position SP sequence-set *(SP context-position SP sequence-set) ")"`
fn positions(cursor: &mut Cursor<'_>) -> Result<Vec<(u32, UidSet)>> {
    cursor.list(|cursor| {
        let position = cursor.number()?;
        sp(cursor)?;
        Ok((position, cursor.uid_set()?))
    })
}

/// `thread-data = "THREAD" [SP 1*thread-list]` and `thread-list = "(" (thread-members / thread-nested) ")"`
///
/// Iterative: a thread may be as deep as the mailbox is large.
pub(super) fn threads(cursor: &mut Cursor<'_>) -> Result<Threads> {
    struct Open {
        /// Where the text around these parentheses goes on.
        outer: Option<usize>,
        has_node: bool,
    }
    let mut threads = Threads::default();
    let mut open: Vec<Open> = Vec::new();
    let mut at = None;
    loop {
        spaces(cursor);
        match cursor.peek() {
            Some(b'(') => {
                cursor.skip(1);
                if let Some(around) = open.last_mut().filter(|around| !around.has_node) {
                    // Siblings whose parent is not in the mailbox.
                    around.has_node = true;
                    at = Some(threads.push(at, None));
                }
                open.push(Open { outer: at, has_node: false });
            }
            Some(b')') => {
                let Some(closed) = open.pop() else { return Err(cursor.error("a thread")) };
                cursor.skip(1);
                at = closed.outer;
            }
            Some(_) => {
                let Some(around) = open.last_mut() else { return end(cursor).map(|()| threads) };
                around.has_node = true;
                at = Some(threads.push(at, Some(cursor.nz_number()?)));
            }
            None if open.is_empty() => return Ok(threads),
            None => return Err(cursor.error("the closing parenthesis")),
        }
    }
}
