//! Quotas, metadata and access control lists.

use super::{Cursor, Result, eat_word, mailbox};
use crate::types::{
    AString, MailboxName,
    command::{CommandBody, GetMetadata, MetadataDepth, SetMetadata},
};

/// `getquota = "GETQUOTA" SP quota-root-name` (RFC 9208 §7)
pub(super) fn get_quota(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    input.astring().map(CommandBody::GetQuota)
}

/// `setquota = "SETQUOTA" SP quota-root-name SP setquota-list`, `setquota-resource = resource-name SP resource-limit`
/// (RFC 9208 §7)
pub(super) fn set_quota(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    let root = input.astring()?;
    input.sp()?;
    let limits = input.list(|input| {
        let resource = input.atom()?;
        input.sp()?;
        Ok((resource, input.number64()?))
    })?;
    Ok(CommandBody::SetQuota(root, limits))
}

/// `getmetadata = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries` (RFC 5464 §5). The options are also
/// read after the mailbox, where the examples of the RFC have them.
pub(super) fn get_metadata(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    let (mut max_size, mut depth) = (None, MetadataDepth::default());
    let mut options = |input: &mut Cursor<'_>| {
        let begins = |text: &str| {
            input.rest().get(..text.len()).is_some_and(|next| next.eq_ignore_ascii_case(text.as_bytes()))
        };
        if !begins("(MAXSIZE ") && !begins("(DEPTH ") {
            return Ok(());
        }
        input.list(|input| {
            if eat_word(input, "MAXSIZE") {
                input.sp()?;
                max_size = Some(input.number64()?);
            } else if eat_word(input, "DEPTH") {
                input.sp()?;
                depth = self::depth(input)?;
            } else {
                return Err(input.error("MAXSIZE or DEPTH"));
            }
            Ok(())
        })?;
        input.sp()
    };
    options(input)?;
    let mailbox = server_or_mailbox(input)?;
    input.sp()?;
    options(input)?;
    let entries =
        if input.peek() == Some(b'(') { input.list(Cursor::astring)? } else { vec![input.astring()?] };
    Ok(CommandBody::GetMetadata(GetMetadata { mailbox, max_size, depth, entries }))
}

/// `scope-option = "DEPTH" SP ("0" / "1" / "infinity")`
fn depth(input: &mut Cursor<'_>) -> Result<MetadataDepth> {
    for (word, depth) in
        [("0", MetadataDepth::Zero), ("1", MetadataDepth::One), ("infinity", MetadataDepth::Infinity)]
    {
        if eat_word(input, word) {
            return Ok(depth);
        }
    }
    Err(input.error("0, 1 or infinity"))
}

/// The empty name stands for the server.
fn server_or_mailbox(input: &mut Cursor<'_>) -> Result<Option<MailboxName>> {
    Ok(Some(input.mailbox()?).filter(|name| !name.as_str().is_empty()))
}

/// `setmetadata = "SETMETADATA" SP mailbox SP entry-values`, `entry-value = entry SP value`,
/// `value = nstring / literal8` (RFC 5464 §5)
pub(super) fn set_metadata(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    let mailbox = server_or_mailbox(input)?;
    input.sp()?;
    let entries = input.list(|input| {
        let entry = input.astring()?;
        input.sp()?;
        let value = if input.peek() == Some(b'~') { Some(input.string8()?) } else { input.nstring()? };
        Ok((entry, value))
    })?;
    Ok(CommandBody::SetMetadata(SetMetadata { mailbox, entries }))
}

/// `setacl = "SETACL" SP mailbox SP identifier SP mod-rights` (RFC 4314 §6)
pub(super) fn set_acl(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let mailbox = mailbox::name(input)?;
    let identifier = argument(input)?;
    Ok(CommandBody::SetAcl(mailbox, identifier, argument(input)?))
}

/// `deleteacl = "DELETEACL" SP mailbox SP identifier` (RFC 4314 §6)
pub(super) fn delete_acl(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let mailbox = mailbox::name(input)?;
    Ok(CommandBody::DeleteAcl(mailbox, argument(input)?))
}

/// `listrights = "LISTRIGHTS" SP mailbox SP identifier` (RFC 4314 §6)
pub(super) fn list_rights(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let mailbox = mailbox::name(input)?;
    Ok(CommandBody::ListRights(mailbox, argument(input)?))
}

fn argument(input: &mut Cursor<'_>) -> Result<AString> {
    input.sp()?;
    input.astring()
}
