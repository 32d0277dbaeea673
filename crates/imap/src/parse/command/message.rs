//! STORE, COPY, MOVE and EXPUNGE.

use super::{Context, Cursor, Result, eat_word};
use crate::types::{
    Flag, StoreItem, StoreMode,
    command::{CommandBody, Copy, Store, UidExpunge},
};

/// `expunge = "EXPUNGE"` and `uid-expunge = "UID" SP "EXPUNGE" SP sequence-set`
pub(super) fn expunge(input: &mut Cursor<'_>, uid: bool) -> Result<CommandBody> {
    if !uid {
        return Ok(CommandBody::Expunge);
    }
    input.sp()?;
    Ok(CommandBody::UidExpunge(UidExpunge { uids: input.sequence_set()? }))
}

/// `copy = "COPY" SP sequence-set SP mailbox`
pub(super) fn copy(input: &mut Cursor<'_>, uid: bool) -> Result<Copy> {
    input.sp()?;
    let messages = input.sequence_set()?;
    input.sp()?;
    Ok(Copy { messages, uid, mailbox: input.mailbox()? })
}

/// `store = "STORE" SP sequence-set [store-modifiers] SP store-att-flags`,
/// `store-modifier =/ "UNCHANGEDSINCE" SP mod-sequence-valzer` (RFC 7162 §7)
pub(super) fn store(input: &mut Cursor<'_>, uid: bool, context: Context<'_>) -> Result<CommandBody> {
    input.sp()?;
    let messages = input.sequence_set()?;
    input.sp()?;
    let mut unchanged_since = None;
    if input.peek() == Some(b'(') {
        input.list(|input| {
            if !eat_word(input, "UNCHANGEDSINCE") {
                return Err(input.error("a modifier of STORE"));
            }
            input.sp()?;
            unchanged_since = Some(input.mod_seq()?);
            Ok(())
        })?;
        input.sp()?;
    }
    Ok(CommandBody::Store(Store { messages, uid, unchanged_since, item: store_item(input, context)? }))
}

/// `store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))`
fn store_item(input: &mut Cursor<'_>, context: Context<'_>) -> Result<StoreItem> {
    let mode = if input.eat(b'+') {
        StoreMode::Add
    } else if input.eat(b'-') {
        StoreMode::Remove
    } else {
        StoreMode::Replace
    };
    if !input.eat_text("FLAGS") {
        return Err(input.error("FLAGS"));
    }
    let silent = input.eat_text(".SILENT");
    input.sp()?;
    let flags = if input.peek() == Some(b'(') {
        flags(input, context)?
    } else {
        let mut flags = vec![flag(input, context)?];
        while input.eat(b' ') {
            flags.push(flag(input, context)?);
        }
        bounded(input, flags, context)?
    };
    Ok(StoreItem { mode, silent, flags })
}

/// `flag-list`, of what a client may set.
pub(super) fn flags(input: &mut Cursor<'_>, context: Context<'_>) -> Result<Vec<Flag>> {
    let flags = input.list(|input| flag(input, context))?;
    bounded(input, flags, context)
}

fn bounded(input: &Cursor<'_>, flags: Vec<Flag>, context: Context<'_>) -> Result<Vec<Flag>> {
    if flags.len() > context.limits.flags {
        return Err(input.error("fewer flags"));
    }
    Ok(flags)
}

fn flag(input: &mut Cursor<'_>, context: Context<'_>) -> Result<Flag> {
    let at = input.at();
    match input.flag()? {
        Flag::Keyword(name) if name.as_str().len() > context.limits.keyword => {
            Err(input.error_at(at, "a shorter keyword"))
        }
        // RFC 9051 §2.3.2: `\Recent` is the server's; other flags with a backslash are reserved.
        flag if flag.is_settable() => Ok(flag),
        _ => Err(input.error_at(at, "a flag that a client may set")),
    }
}
