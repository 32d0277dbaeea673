//! Responses: what a client session reads.
//!
//! Lenient where servers in the field are: extra spaces, missing text, strings written as atoms, values left out at the
//! end. What cannot be read is an error for its response, or for its attribute within a `FETCH`, and for nothing more.

mod body_structure;
mod code;
mod envelope;
mod fetch;
mod list;
mod search;
mod string;
mod value;

pub use fetch::{Attributes, attributes, fetch_head};

use super::core::Cursor;
use crate::{
    error::ParseError,
    types::{
        Flag,
        response::{
            Acl, Capabilities, Capability, Comparator, Condition, Continue, IdFields, ListRights, Metadata,
            MetadataEntries, MyRights, Quota, QuotaResource, QuotaRoots, Response, Status, Tagged, Text,
            Untagged, UrlFetch,
        },
    },
};
use bytes::Bytes;
use string::{end, mailbox, ntext, sp, spaces, text};

type Result<T> = std::result::Result<T, ParseError>;

/// Parses one response: a frame without its last CRLF. Lists may nest `depth` deep.
///
/// ```
/// use bytes::Bytes;
/// use mailwright_imap::{parse::response, types::response::{Response, Untagged}};
/// let frame = Bytes::from_static(b"* 23 EXISTS");
/// assert_eq!(response(&frame, false, 32)?, Response::Untagged(Untagged::Exists(23)));
/// # Ok::<(), mailwright_imap::ParseError>(())
/// ```
pub fn response(frame: &Bytes, utf8: bool, depth: usize) -> Result<Response> {
    let cursor = &mut Cursor::new(frame).utf8(utf8);
    match cursor.peek() {
        Some(b'*') => {
            cursor.skip(1);
            sp(cursor)?;
            untagged(cursor, depth).map(Response::Untagged)
        }
        Some(b'+') => {
            cursor.skip(1);
            cursor.eat(b' ');
            Ok(Response::Continue(Continue { text: Text::lossy(cursor.take_rest()) }))
        }
        _ => {
            let tag = cursor.tag()?;
            sp(cursor)?;
            let condition = match cursor.upper(cursor.word().len(), &mut [0; 4]) {
                b"OK" => Condition::Ok,
                b"NO" => Condition::No,
                b"BAD" => Condition::Bad,
                _ => return Err(cursor.error("OK, NO or BAD")),
            };
            Ok(Response::Tagged(Tagged { tag, status: status(cursor, condition)? }))
        }
    }
}

/// `resp-cond-state = ("OK" / "NO" / "BAD") SP resp-text` and `resp-text = ["[" resp-text-code "]" SP] [text]`
fn status(cursor: &mut Cursor<'_>, condition: Condition) -> Result<Status> {
    cursor.skip(condition.as_str().len());
    if !cursor.is_at_end() {
        cursor.sp()?;
    }
    let code = code::code(cursor);
    if code.is_some() {
        cursor.eat(b' ');
    }
    Ok(Status { condition, code, text: Text::lossy(cursor.take_rest()) })
}

/// `response-data = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data / capability-data / ...)`
fn untagged(cursor: &mut Cursor<'_>, depth: usize) -> Result<Untagged> {
    if matches!(cursor.peek(), Some(b'0'..=b'9')) {
        return numbered(cursor, depth);
    }
    let word = cursor.word();
    // The data after its name and a space; trailing spaces are passed over.
    macro_rules! data {
        ($parse:expr) => {{
            cursor.skip(word.len());
            sp(cursor)?;
            let value = $parse;
            end(cursor)?;
            value
        }};
    }
    Ok(match cursor.upper(word.len(), &mut [0; 16]) {
        b"OK" => Untagged::Status(status(cursor, Condition::Ok)?),
        b"NO" => Untagged::Status(status(cursor, Condition::No)?),
        b"BAD" => Untagged::Status(status(cursor, Condition::Bad)?),
        b"PREAUTH" => Untagged::Status(status(cursor, Condition::PreAuth)?),
        b"BYE" => Untagged::Status(status(cursor, Condition::Bye)?),
        b"LIST" | b"XLIST" => {
            cursor.skip(word.len());
            Untagged::List(list::list(cursor, depth)?)
        }
        b"LSUB" => {
            cursor.skip(word.len());
            Untagged::Lsub(list::list(cursor, depth)?)
        }
        b"STATUS" => {
            cursor.skip(word.len());
            Untagged::MailboxStatus(list::mailbox_status(cursor, depth)?)
        }
        b"FLAGS" => Untagged::Flags(data!(flags(cursor)?)),
        b"SEARCH" => {
            cursor.skip(word.len());
            Untagged::Search(search::search(cursor)?)
        }
        b"SORT" => {
            cursor.skip(word.len());
            Untagged::Sort(search::search(cursor)?)
        }
        b"ESEARCH" => {
            cursor.skip(word.len());
            Untagged::Esearch(search::esearch(cursor, depth)?)
        }
        b"THREAD" => {
            cursor.skip(word.len());
            Untagged::Thread(search::threads(cursor)?)
        }
        b"CAPABILITY" => {
            cursor.skip(word.len());
            Untagged::Capability(capabilities(cursor))
        }
        b"ENABLED" => {
            cursor.skip(word.len());
            Untagged::Enabled(capabilities(cursor))
        }
        b"NAMESPACE" => Untagged::Namespace(data!(list::namespaces(cursor)?)),
        b"VANISHED" => data!({
            let earlier = cursor.eat_text("(EARLIER)");
            spaces(cursor);
            Untagged::Vanished { earlier, uids: cursor.uid_set()? }
        }),
        b"ID" => Untagged::Id(data!(id(cursor)?)),
        b"QUOTA" => Untagged::Quota(data!(quota(cursor)?)),
        b"QUOTAROOT" => Untagged::QuotaRoots(data!({
            let mailbox = mailbox(cursor)?;
            QuotaRoots { mailbox, roots: words(cursor)? }
        })),
        b"ACL" => Untagged::Acl(data!(acl(cursor)?)),
        b"LISTRIGHTS" => Untagged::ListRights(data!({
            let mailbox = mailbox(cursor)?;
            sp(cursor)?;
            let identifier = text(cursor)?;
            sp(cursor)?;
            let required = text(cursor)?;
            ListRights { mailbox, identifier, required, optional: words(cursor)? }
        })),
        b"MYRIGHTS" => Untagged::MyRights(data!({
            let mailbox = mailbox(cursor)?;
            sp(cursor)?;
            MyRights { mailbox, rights: text(cursor)? }
        })),
        b"METADATA" => Untagged::Metadata(data!(metadata(cursor)?)),
        b"LANGUAGE" => Untagged::Language(data!(cursor.list(text)?)),
        b"COMPARATOR" => Untagged::Comparator(data!({
            let active = text(cursor)?;
            spaces(cursor);
            let matching = if cursor.peek() == Some(b'(') { cursor.list(text)? } else { Vec::new() };
            Comparator { active, matching }
        })),
        b"GENURLAUTH" => {
            cursor.skip(word.len());
            let urls = words(cursor)?;
            end(cursor)?;
            Untagged::GenUrlAuth(urls)
        }
        b"URLFETCH" => {
            cursor.skip(word.len());
            Untagged::UrlFetch(url_fetch(cursor)?)
        }
        b"JMAPACCESS" => Untagged::JmapAccess(data!(text(cursor)?)),
        _ => other(cursor, None),
    })
}

/// `message-data = nz-number SP ("EXPUNGE" / ("FETCH" SP msg-att))` and the counts of a mailbox.
fn numbered(cursor: &mut Cursor<'_>, depth: usize) -> Result<Untagged> {
    let start = cursor.at();
    let number = cursor.number()?;
    let nonzero = |cursor: &Cursor<'_>| {
        std::num::NonZeroU32::new(number).ok_or_else(|| cursor.error_at(start, "a number above zero"))
    };
    sp(cursor)?;
    let word = cursor.word();
    let is = |name: &str| word.eq_ignore_ascii_case(name.as_bytes());
    let counted = |cursor: &mut Cursor<'_>, data| {
        cursor.skip(word.len());
        end(cursor).map(|()| data)
    };
    if is("FETCH") || is("UIDFETCH") {
        fetch::fetch(cursor, nonzero(cursor)?, depth).map(Untagged::Fetch)
    } else if is("EXISTS") {
        counted(cursor, Untagged::Exists(number))
    } else if is("RECENT") {
        counted(cursor, Untagged::Recent(number))
    } else if is("EXPUNGE") {
        let number = nonzero(cursor)?;
        counted(cursor, Untagged::Expunge(number))
    } else {
        Ok(other(cursor, Some(number)))
    }
}

fn other(cursor: &mut Cursor<'_>, number: Option<u32>) -> Untagged {
    let name = cursor.take_while(|byte| byte != b' ');
    cursor.eat(b' ');
    Untagged::Other { name, number, rest: cursor.take_rest() }
}

/// `*(SP capability)`. Stops before the `]` of a response code.
fn capabilities(cursor: &mut Cursor<'_>) -> Capabilities {
    let mut all = Capabilities::default();
    loop {
        spaces(cursor);
        let name = cursor.take_while(|byte| byte > b' ' && byte != b']');
        if name.is_empty() {
            return all;
        }
        all.push(Capability::named(&name));
    }
}

/// How many flags one list may have.
const FLAGS: usize = 10_000;

/// `flag-list = "(" [flag *(SP flag)] ")"`, with spaces to spare.
fn flags(cursor: &mut Cursor<'_>) -> Result<Vec<Flag>> {
    cursor.byte(b'(', "a list of flags")?;
    let mut flags = Vec::new();
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(flags);
        }
        if flags.len() == FLAGS {
            return Err(cursor.error("fewer flags"));
        }
        let flag = match system_flag(cursor.rest()) {
            Some((flag, len)) => {
                cursor.skip(len);
                flag
            }
            None => cursor.flag()?,
        };
        flags.push(flag);
    }
}

/// The flags that nearly every message has, as they are nearly always written, and their length.
fn system_flag(rest: &[u8]) -> Option<(Flag, usize)> {
    let (flag, len) = match rest {
        [b'\\', b'S', b'e', b'e', b'n', ..] => (Flag::Seen, 5),
        [b'\\', b'A', b'n', b's', b'w', b'e', b'r', b'e', b'd', ..] => (Flag::Answered, 9),
        [b'\\', b'F', b'l', b'a', b'g', b'g', b'e', b'd', ..] => (Flag::Flagged, 8),
        [b'\\', b'D', b'e', b'l', b'e', b't', b'e', b'd', ..] => (Flag::Deleted, 8),
        [b'\\', b'D', b'r', b'a', b'f', b't', ..] => (Flag::Draft, 6),
        [b'\\', b'R', b'e', b'c', b'e', b'n', b't', ..] => (Flag::Recent, 7),
        _ => return None,
    };
    matches!(rest.get(len), Some(b' ' | b')')).then_some((flag, len))
}

/// `*(SP astring)`
fn words(cursor: &mut Cursor<'_>) -> Result<Vec<Bytes>> {
    let mut words = Vec::new();
    loop {
        spaces(cursor);
        if cursor.is_at_end() {
            return Ok(words);
        }
        words.push(text(cursor)?);
    }
}

/// `id-params-list = "(" *(string SP nstring) ")" / nil`
fn id(cursor: &mut Cursor<'_>) -> Result<Option<IdFields>> {
    if cursor.eat_text("NIL") {
        return Ok(None);
    }
    cursor.byte(b'(', "a list of fields or NIL")?;
    let mut fields = Vec::new();
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(Some(fields));
        }
        let name = text(cursor)?;
        sp(cursor)?;
        fields.push((name, ntext(cursor)?));
    }
}

/// `quota-response = "QUOTA" SP quota-root-name SP quota-list`
fn quota(cursor: &mut Cursor<'_>) -> Result<Quota> {
    let root = text(cursor)?;
    sp(cursor)?;
    cursor.byte(b'(', "a list of resources")?;
    let mut resources = Vec::new();
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(Quota { root, resources });
        }
        let name = cursor.atom()?;
        sp(cursor)?;
        let usage = cursor.number64()?;
        sp(cursor)?;
        resources.push(QuotaResource { name, usage, limit: cursor.number64()? });
    }
}

/// `acl-data = "ACL" SP mailbox *(SP identifier SP rights)`
fn acl(cursor: &mut Cursor<'_>) -> Result<Acl> {
    let mailbox = mailbox(cursor)?;
    let mut entries = Vec::new();
    loop {
        spaces(cursor);
        if cursor.is_at_end() {
            return Ok(Acl { mailbox, entries });
        }
        let identifier = text(cursor)?;
        sp(cursor)?;
        entries.push((identifier, text(cursor)?));
    }
}

/// `metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)`
fn metadata(cursor: &mut Cursor<'_>) -> Result<Metadata> {
    let mailbox = mailbox(cursor)?;
    sp(cursor)?;
    if !cursor.eat(b'(') {
        return Ok(Metadata { mailbox, entries: MetadataEntries::Changed(words(cursor)?) });
    }
    let mut values = Vec::new();
    loop {
        spaces(cursor);
        if cursor.eat(b')') {
            return Ok(Metadata { mailbox, entries: MetadataEntries::Values(values) });
        }
        let name = text(cursor)?;
        sp(cursor)?;
        values.push((name, ntext(cursor)?));
    }
}

/// `urlfetch-data = "*" SP "URLFETCH" *(SP astring SP nstring)`
fn url_fetch(cursor: &mut Cursor<'_>) -> Result<Vec<UrlFetch>> {
    let mut urls = Vec::new();
    loop {
        spaces(cursor);
        if cursor.is_at_end() {
            return Ok(urls);
        }
        let url = text(cursor)?;
        sp(cursor)?;
        urls.push(UrlFetch { url, data: ntext(cursor)? });
    }
}

#[cfg(test)]
mod tests;
