//! APPEND and REPLACE.

use super::{Context, Cursor, Result, eat_word, message};
use crate::types::{
    DateTime, Flag, MailboxName, SequenceNumber,
    command::{Append, AppendData, AppendMessage, CatenatePart, CommandBody, Replace},
};
use bytes::Bytes;

/// `append = "APPEND" SP mailbox 1*append-message` (RFC 3502 §6.3.11)
pub(super) fn append(input: &mut Cursor<'_>, context: Context<'_>) -> Result<Append> {
    input.sp()?;
    let mailbox = input.mailbox()?;
    let mut messages = Vec::new();
    while messages.is_empty() || !input.is_at_end() {
        let (flags, date) = options(input, context)?;
        messages.push(AppendMessage { flags, date, data: data(input)? });
    }
    Ok(Append { mailbox, messages })
}

/// `replace = "REPLACE" SP seq-number SP mailbox append-message` (RFC 8508 §5)
pub(super) fn replace(input: &mut Cursor<'_>, uid: bool, context: Context<'_>) -> Result<CommandBody> {
    input.sp()?;
    let message = replaced(input)?;
    let append = append(input, context)?;
    if append.messages.len() > 1 {
        return Err(input.error("one message"));
    }
    Ok(CommandBody::Replace(Replace { message, uid, append }))
}

/// `seq-number`
fn replaced(input: &mut Cursor<'_>) -> Result<SequenceNumber> {
    if input.eat(b'*') { Ok(SequenceNumber::Last) } else { input.nz_number().map(SequenceNumber::Number) }
}

/// `append-opts = [SP flag-list] [SP date-time] *(SP append-ext)` with the space that ends them.
fn options(input: &mut Cursor<'_>, context: Context<'_>) -> Result<(Vec<Flag>, Option<DateTime>)> {
    input.sp()?;
    let mut flags = Vec::new();
    if input.peek() == Some(b'(') {
        flags = message::flags(input, context)?;
        input.sp()?;
    }
    let mut date = None;
    if input.peek() == Some(b'"') {
        date = Some(input.date_time()?);
        input.sp()?;
    }
    Ok((flags, date))
}

/// `append-data = literal / literal8 / append-data-ext`; `append-data-ext = "UTF8" SP "(" literal8 ")"` (RFC 6855 §4)
/// or `"CATENATE" SP "(" cat-part *(SP cat-part) ")"` (RFC 4469 §5)
fn data(input: &mut Cursor<'_>) -> Result<AppendData> {
    if eat_word(input, "CATENATE") {
        input.sp()?;
        let at = input.at();
        let parts = input.list(|input| {
            if eat_word(input, "URL") {
                input.sp()?;
                input.astring().map(CatenatePart::Url)
            } else if eat_word(input, "TEXT") {
                input.sp()?;
                input.literal().map(|literal| CatenatePart::Text(literal.bytes))
            } else {
                Err(input.error("URL or TEXT"))
            }
        })?;
        if parts.is_empty() {
            return Err(input.error_at(at, "a part of the message"));
        }
        return Ok(AppendData::Catenate(parts));
    }
    if eat_word(input, "UTF8") {
        input.sp()?;
        input.byte(b'(', "the message in parentheses")?;
        let literal = input.literal()?;
        input.byte(b')', "the closing parenthesis")?;
        return Ok(AppendData::Whole(literal.bytes));
    }
    input.literal().map(|literal| AppendData::Whole(literal.bytes))
}

/// What an APPEND or REPLACE has said when it announces a literal with the last octets of its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendArguments {
    /// The literal belongs to an argument, such as the name of the mailbox: gather it.
    Argument,
    /// The literal is the next message.
    Message {
        /// The message to replace, where the command is REPLACE.
        replaced: Option<SequenceNumber>,
        /// The mailbox; `None` where the frame goes on from a message before (RFC 3502).
        mailbox: Option<MailboxName>,
        /// The flags of the message.
        flags: Vec<Flag>,
        /// Its internal date.
        date: Option<DateTime>,
        /// `UTF8 (~{n}`: a closing parenthesis follows the literal (RFC 6855 §4).
        utf8: bool,
    },
}

/// Reads a frame that ends in the announcement of a literal, for a session that streams messages. `first`: the frame
/// begins with the tag, and not after a message of the same command.
pub fn append_arguments(frame: &Bytes, first: bool, context: Context<'_>) -> Result<AppendArguments> {
    let mut input = Cursor::new(frame).utf8(context.utf8);
    let (mut mailbox, mut replaced) = (None, None);
    if first {
        input.tag()?;
        input.sp()?;
        super::is_uid(&mut input);
        if super::verb(&mut input).eq_ignore_ascii_case(b"REPLACE") {
            input.sp()?;
            replaced = Some(self::replaced(&mut input)?);
        }
        input.sp()?;
        // Only what is announced last is not there: if the name is a literal and the last thing, it is that one.
        if input.peek() == Some(b'{') && !input.rest().contains(&b'\n') {
            return Ok(AppendArguments::Argument);
        }
        mailbox = Some(input.mailbox()?);
    }
    let (flags, date) = options(&mut input, context)?;
    let utf8 = eat_word(&mut input, "UTF8");
    if utf8 {
        input.sp()?;
        input.byte(b'(', "the message in parentheses")?;
    } else if input.word().eq_ignore_ascii_case(b"CATENATE") {
        return Ok(AppendArguments::Argument);
    }
    input.eat(b'~');
    if input.peek() == Some(b'{') && !input.rest().contains(&b'\n') {
        Ok(AppendArguments::Message { replaced, mailbox, flags, date, utf8 })
    } else {
        Err(input.error("a message as a literal"))
    }
}
