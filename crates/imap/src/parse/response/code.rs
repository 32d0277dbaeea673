//! Response codes.

use super::{capabilities, flags, string};
use crate::{
    error::ParseError,
    parse::core::Cursor,
    types::{
        Tag, UidValidity,
        response::{Code, InProgress, MetadataProblem, ObjectId},
    },
};
use bytes::Bytes;

type Result<T> = std::result::Result<T, ParseError>;

/// `["[" resp-text-code "]"]`. A known name with a value that does not fit is kept as [`Code::Other`]; a bracket that
/// nothing closes begins the text.
pub(super) fn code(cursor: &mut Cursor<'_>) -> Option<Code> {
    if cursor.peek() != Some(b'[') {
        return None;
    }
    let start = cursor.at();
    cursor.skip(1);
    let len = cursor.count_while(|byte| byte != b' ' && byte != b']');
    let room = &mut [0; 24];
    let name = cursor.upper(len, room);
    cursor.skip(len);
    let known = Code::plain(name).filter(|_| cursor.peek() == Some(b']')).or_else(|| {
        let code = known_code(cursor, name).ok()?;
        string::spaces(cursor);
        (cursor.peek() == Some(b']')).then_some(code)
    });
    if known.is_some() {
        cursor.skip(1);
        return known;
    }
    cursor.go_back(start + 1);
    let name = cursor.take_octets(len);
    let value = cursor.eat(b' ').then(|| cursor.take_octets(cursor.count_while(|byte| byte != b']')));
    if name.is_empty() || !cursor.eat(b']') {
        cursor.go_back(start);
        return None;
    }
    Some(Code::Other { name, value })
}

/// `resp-text-code`, from after the name on, which is in upper case.
fn known_code(cursor: &mut Cursor<'_>, name: &[u8]) -> Result<Code> {
    if name == b"CAPABILITY" {
        return Ok(Code::Capability(capabilities(cursor)));
    }
    string::sp(cursor)?;
    Ok(match name {
        b"APPENDUID" => {
            let validity = validity(cursor)?;
            string::sp(cursor)?;
            Code::AppendUid { validity, uids: cursor.uid_set()? }
        }
        b"COPYUID" => {
            let validity = validity(cursor)?;
            string::sp(cursor)?;
            let from = cursor.uid_set()?;
            string::sp(cursor)?;
            Code::CopyUid { validity, from, to: cursor.uid_set()? }
        }
        b"BADCHARSET" => Code::BadCharset(cursor.list(string::text)?),
        b"BADEVENT" => Code::BadEvent(cursor.list(string::text)?),
        b"BADURL" => Code::BadUrl(plain(cursor)?),
        b"HIGHESTMODSEQ" => Code::HighestModSeq(cursor.mod_seq()?),
        b"INPROGRESS" => Code::InProgress(Some(in_progress(cursor)?)),
        b"MAILBOXID" => {
            cursor.byte(b'(', "an identifier in parentheses")?;
            let id = cursor.take_while(|byte| byte != b')' && byte > b' ');
            let id = ObjectId::new(id).ok_or_else(|| cursor.error("an object identifier"))?;
            cursor.byte(b')', "the closing parenthesis")?;
            Code::MailboxId(id)
        }
        b"MESSAGELIMIT" => {
            let limit = cursor.number()?;
            let lowest = if cursor.eat(b' ') { Some(cursor.nz_number()?.into()) } else { None };
            Code::MessageLimit { limit, lowest }
        }
        b"METADATA" => Code::Metadata(metadata(cursor)?),
        b"MODIFIED" => Code::Modified(cursor.uid_set()?),
        b"NOUPDATE" => Code::NoUpdate(string::text(cursor)?),
        b"PERMANENTFLAGS" => Code::PermanentFlags(flags(cursor)?),
        b"REFERRAL" => Code::Referral(plain(cursor)?),
        b"UIDNEXT" => Code::UidNext(cursor.number()?),
        b"UIDVALIDITY" => Code::UidValidity(validity(cursor)?),
        b"UNDEFINED-FILTER" => Code::UndefinedFilter(plain(cursor)?),
        b"UNSEEN" => Code::Unseen(cursor.nz_number()?),
        _ => return Err(cursor.error("a known code")),
    })
}

fn validity(cursor: &mut Cursor<'_>) -> Result<UidValidity> {
    cursor.nz_number().map(UidValidity::from)
}

/// `1*<any TEXT-CHAR except "]">`, without spaces.
fn plain(cursor: &mut Cursor<'_>) -> Result<Bytes> {
    let text = cursor.take_while(|byte| byte > b' ' && byte != b']');
    if text.is_empty() { Err(cursor.error("a word")) } else { Ok(text) }
}

/// `"(" inprogress-tag SP inprogress-state ")"`, tag and each number or `NIL` (RFC 9585 §6)
fn in_progress(cursor: &mut Cursor<'_>) -> Result<InProgress> {
    cursor.byte(b'(', "the state of a command")?;
    let tag = if string::is_nil(cursor) {
        cursor.skip(3);
        None
    } else {
        let tag = string::text(cursor)?;
        let tag = std::str::from_utf8(&tag).ok().and_then(|tag| Tag::try_from(tag).ok());
        Some(tag.ok_or_else(|| cursor.error("a tag"))?)
    };
    let mut number = || {
        string::sp(cursor)?;
        if string::is_nil(cursor) {
            cursor.skip(3);
            return Ok(None);
        }
        cursor.number().map(Some)
    };
    let (progress, goal) = (number()?, number()?);
    cursor.byte(b')', "the closing parenthesis")?;
    Ok(InProgress { tag, progress, goal })
}

/// `"LONGENTRIES" SP number / "MAXSIZE" SP number / "TOOMANY" / "NOPRIVATE"` (RFC 5464 §5)
fn metadata(cursor: &mut Cursor<'_>) -> Result<MetadataProblem> {
    if cursor.eat_text("LONGENTRIES ") {
        cursor.number64().map(MetadataProblem::LongEntries)
    } else if cursor.eat_text("MAXSIZE ") {
        cursor.number64().map(MetadataProblem::MaxSize)
    } else if cursor.eat_text("TOOMANY") {
        Ok(MetadataProblem::TooMany)
    } else if cursor.eat_text("NOPRIVATE") {
        Ok(MetadataProblem::NoPrivate)
    } else {
        Err(cursor.error("a problem with metadata"))
    }
}
