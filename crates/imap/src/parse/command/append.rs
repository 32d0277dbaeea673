//! APPEND and REPLACE.

use super::{Context, Cursor, Result, eat_word, message};
use crate::types::{
    AString, DateTime, Flag, MailboxName, SequenceNumber,
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

/// Where in an APPEND or REPLACE a frame begins, for a session that streams messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendPlace {
    /// At the tag.
    Command,
    /// After the literal that is a message.
    Message,
    /// After the literal in `UTF8 (~{n}` (RFC 6855 §4).
    Utf8,
    /// After the literal of a part in `CATENATE (TEXT {n}` (RFC 4469).
    Part,
}

/// What a frame of an APPEND or REPLACE says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendArguments {
    /// It ends in the literal of an argument, such as the name of the mailbox: gather it and read the whole.
    Argument,
    /// These, in order.
    Parts {
        /// What is said of messages.
        parts: Vec<AppendPart>,
        /// The announced literal is octets of the last message: where the next frame begins. `None`: the command is
        /// complete.
        then: Option<AppendPlace>,
    },
}

/// One thing that an APPEND or REPLACE says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendPart {
    /// A message begins.
    Message {
        /// The message to replace, where the command is REPLACE, and whether it is named by UID.
        replaced: Option<(SequenceNumber, bool)>,
        /// The mailbox; `None` where a message came before in the same command (RFC 3502).
        mailbox: Option<MailboxName>,
        /// Its flags.
        flags: Vec<Flag>,
        /// Its internal date.
        date: Option<DateTime>,
        /// It is put together from parts.
        catenate: bool,
    },
    /// The octets that this URL stands for are the next part of the message.
    Url(AString),
}

/// Reads a frame of an APPEND or REPLACE whose messages are streamed. `announces`: the frame ends in the announcement of
/// a literal.
pub fn append_arguments(
    frame: &Bytes,
    place: AppendPlace,
    announces: bool,
    context: Context<'_>,
) -> Result<AppendArguments> {
    let mut input = Cursor::new(frame).utf8(context.utf8);
    // Only what is announced last is not there.
    let is_announced = |input: &Cursor<'_>| {
        announces && matches!(input.peek(), Some(b'{' | b'~')) && !input.rest().contains(&b'\n')
    };
    let (mut mailbox, mut replaced, mut parts) = (None, None, Vec::new());
    match place {
        AppendPlace::Command => {
            input.tag()?;
            input.sp()?;
            let uid = super::is_uid(&mut input);
            if super::verb(&mut input).eq_ignore_ascii_case(b"REPLACE") {
                input.sp()?;
                replaced = Some((self::replaced(&mut input)?, uid));
            } else if uid {
                return Err(input.error("REPLACE"));
            }
            input.sp()?;
            if is_announced(&input) {
                return Ok(AppendArguments::Argument);
            }
            mailbox = Some(input.mailbox()?);
        }
        AppendPlace::Utf8 => input.byte(b')', "the closing parenthesis")?,
        AppendPlace::Message | AppendPlace::Part => {}
    }
    let mut within = if place == AppendPlace::Part { Within::AfterPart } else { Within::Command };
    loop {
        match within {
            Within::Command if input.is_at_end() && mailbox.is_none() => {
                return Ok(AppendArguments::Parts { parts, then: None });
            }
            Within::Command => {
                let (flags, date) = options(&mut input, context)?;
                let catenate = eat_word(&mut input, "CATENATE");
                let (replaced, mailbox) = (replaced.take(), mailbox.take());
                parts.push(AppendPart::Message { replaced, mailbox, flags, date, catenate });
                if catenate {
                    input.sp()?;
                    input.byte(b'(', "the parts in parentheses")?;
                    within = Within::BeforePart;
                    continue;
                }
                let mut then = AppendPlace::Message;
                if eat_word(&mut input, "UTF8") {
                    input.sp()?;
                    input.byte(b'(', "the message in parentheses")?;
                    then = AppendPlace::Utf8;
                }
                if !is_announced(&input) {
                    return Err(input.error("a message as a literal"));
                }
                return Ok(AppendArguments::Parts { parts, then: Some(then) });
            }
            Within::AfterPart if input.eat(b')') => within = Within::Command,
            Within::AfterPart => {
                input.sp()?;
                within = Within::BeforePart;
            }
            Within::BeforePart if eat_word(&mut input, "URL") => {
                input.sp()?;
                if is_announced(&input) {
                    return Ok(AppendArguments::Argument);
                }
                parts.push(AppendPart::Url(input.astring()?));
                within = Within::AfterPart;
            }
            Within::BeforePart if eat_word(&mut input, "TEXT") => {
                input.sp()?;
                if !is_announced(&input) {
                    return Err(input.error("a part as a literal"));
                }
                return Ok(AppendArguments::Parts { parts, then: Some(AppendPlace::Part) });
            }
            Within::BeforePart => return Err(input.error("URL or TEXT")),
        }
    }
}

/// Where [`append_arguments`] stands.
enum Within {
    Command,
    BeforePart,
    AfterPart,
}
