//! Commands about mailboxes as a whole.

use super::{Cursor, Result, eat_word};
use crate::types::{
    ListOptions, ListReturn, ListSelect, MailboxName, StatusItem,
    command::{CommandBody, Create, List, Rename, Status},
};

/// `SP mailbox`
pub(super) fn name(input: &mut Cursor<'_>) -> Result<MailboxName> {
    input.sp()?;
    input.mailbox()
}

/// `create = "CREATE" SP mailbox [create-params]`, `create-param =/ "USE" SP "(" [use-attr *(SP use-attr)] ")"`
/// (RFC 4466 §2.2, RFC 6154 §6)
pub(super) fn create(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let mailbox = name(input)?;
    let mut special_use = Vec::new();
    if !input.is_at_end() {
        input.sp()?;
        input.list(|input| {
            if !eat_word(input, "USE") {
                return Err(input.error("a parameter of CREATE"));
            }
            input.sp()?;
            special_use = input.list(|input| {
                input.byte(b'\\', "a special use")?;
                input.atom()
            })?;
            Ok(())
        })?;
    }
    Ok(CommandBody::Create(Create { mailbox, special_use }))
}

/// `rename = "RENAME" SP mailbox SP mailbox`
pub(super) fn rename(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let from = name(input)?;
    let to = name(input)?;
    Ok(CommandBody::Rename(Rename { from, to }))
}

/// `lsub = "LSUB" SP mailbox SP list-mailbox`
pub(super) fn lsub(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let reference = name(input)?;
    input.sp()?;
    Ok(CommandBody::Lsub { reference, pattern: input.list_pattern()? })
}

/// `list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]`
pub(super) fn list(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    let select = if input.peek() == Some(b'(') {
        let at = input.at();
        let mut select = ListSelect::default();
        input.list(|input| select_option(input, &mut select))?;
        // RFC 9051 §6.3.9.1: RECURSIVEMATCH alone, or with REMOTE only, is an error.
        if select.recursive_match && !select.subscribed && !select.special_use {
            return Err(input.error_at(at, "a selection option besides RECURSIVEMATCH"));
        }
        input.sp()?;
        Some(select)
    } else {
        None
    };
    let reference = input.mailbox()?;
    input.sp()?;
    let patterns = if input.peek() == Some(b'(') {
        input.list(Cursor::list_pattern)?
    } else {
        vec![input.list_pattern()?]
    };
    let mut returns = None;
    if !input.is_at_end() {
        input.sp()?;
        if !eat_word(input, "RETURN") {
            return Err(input.error("RETURN"));
        }
        input.sp()?;
        let mut options = ListReturn::default();
        input.list(|input| return_option(input, &mut options))?;
        returns = Some(options);
    }
    Ok(CommandBody::List(List { reference, patterns, options: ListOptions { select, returns } }))
}

/// `list-select-opt = "SUBSCRIBED" / "REMOTE" / "RECURSIVEMATCH" / "SPECIAL-USE"`
fn select_option(input: &mut Cursor<'_>, select: &mut ListSelect) -> Result<()> {
    if eat_word(input, "SUBSCRIBED") {
        select.subscribed = true;
    } else if eat_word(input, "REMOTE") {
        select.remote = true;
    } else if eat_word(input, "RECURSIVEMATCH") {
        select.recursive_match = true;
    } else if eat_word(input, "SPECIAL-USE") {
        select.special_use = true;
    } else {
        return Err(input.error("a selection option"));
    }
    Ok(())
}

/// `return-option = "SUBSCRIBED" / "CHILDREN" / "SPECIAL-USE" / "MYRIGHTS" / status-option / metadata-option`
fn return_option(input: &mut Cursor<'_>, options: &mut ListReturn) -> Result<()> {
    if eat_word(input, "SUBSCRIBED") {
        options.subscribed = true;
    } else if eat_word(input, "CHILDREN") {
        options.children = true;
    } else if eat_word(input, "SPECIAL-USE") {
        options.special_use = true;
    } else if eat_word(input, "MYRIGHTS") {
        options.my_rights = true;
    } else if eat_word(input, "STATUS") {
        input.sp()?;
        options.status = Some(input.list(status_item)?);
    } else if eat_word(input, "METADATA") {
        input.sp()?;
        options.metadata = Some(input.list(Cursor::astring)?);
    } else {
        return Err(input.error("a return option"));
    }
    Ok(())
}

/// `status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"`
pub(super) fn status(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let mailbox = name(input)?;
    input.sp()?;
    let at = input.at();
    let items = input.list(status_item)?;
    if items.is_empty() {
        return Err(input.error_at(at, "something to tell about the mailbox"));
    }
    Ok(CommandBody::Status(Status { mailbox, items }))
}

fn status_item(input: &mut Cursor<'_>) -> Result<StatusItem> {
    let word = input.word();
    let item = StatusItem::named(word).ok_or_else(|| input.error("a STATUS item"))?;
    input.skip(word.len());
    Ok(item)
}
