//! Commands about the session itself.

use super::{Cursor, Result, eat_word, rest_of};
use crate::types::command::CommandBody;

/// `id = "ID" SP id-params-list`, `id-params-list = "(" [string SP nstring *(SP string SP nstring)] ")" / nil`
/// (RFC 2971 §4), at most 30 pairs.
pub(super) fn id(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    if eat_word(input, "NIL") {
        return Ok(CommandBody::Id(None));
    }
    let at = input.at();
    let pairs = input.list(|input| {
        let field = input.astring()?;
        input.sp()?;
        Ok((field, input.nstring()?))
    })?;
    if pairs.len() > 30 {
        return Err(input.error_at(at, "at most 30 fields"));
    }
    Ok(CommandBody::Id(Some(pairs)))
}

/// `login = "LOGIN" SP userid SP password`
pub(super) fn login(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    let user = input.astring()?;
    input.sp()?;
    let password = input.astring()?;
    Ok(CommandBody::Login { user, password })
}

/// `authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp]`
pub(super) fn authenticate(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    let mechanism = input.atom()?;
    let initial = if input.is_at_end() {
        None
    } else {
        input.sp()?;
        Some(input.take_rest())
    };
    Ok(CommandBody::Authenticate { mechanism, initial })
}

/// `enable = "ENABLE" 1*(SP capability)`
pub(super) fn enable(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let capabilities = rest_of(input, Cursor::atom)?;
    if capabilities.is_empty() {
        Err(input.error("a capability"))
    } else {
        Ok(CommandBody::Enable(capabilities))
    }
}

/// `compress = "COMPRESS" SP algorithm` (RFC 4978 §5)
pub(super) fn compress(input: &mut Cursor<'_>) -> Result<CommandBody> {
    input.sp()?;
    input.atom().map(CommandBody::Compress)
}

/// `language-cmd = "LANGUAGE" *(SP lang-range-quoted)` (RFC 5255 §3.2)
pub(super) fn language(input: &mut Cursor<'_>) -> Result<CommandBody> {
    rest_of(input, Cursor::astring).map(CommandBody::Language)
}

/// `comparator-cmd = "COMPARATOR" *(SP comp-order-quoted)` (RFC 5255 §4.7)
pub(super) fn comparator(input: &mut Cursor<'_>) -> Result<CommandBody> {
    rest_of(input, Cursor::astring).map(CommandBody::Comparator)
}

/// `command-select =/ "CANCELUPDATE" 1*(SP quoted)` (RFC 5267 §5)
pub(super) fn cancel_update(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let tags = rest_of(input, Cursor::astring)?;
    if tags.is_empty() { Err(input.error("a tag in quotes")) } else { Ok(CommandBody::CancelUpdate(tags)) }
}

/// `genurlauth = "GENURLAUTH" 1*(SP url-rump SP mechanism)` (RFC 4467 §9)
pub(super) fn gen_url_auth(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let urls = rest_of(input, |input| {
        let url = input.astring()?;
        input.sp()?;
        Ok((url, input.atom()?))
    })?;
    if urls.is_empty() { Err(input.error("a URL")) } else { Ok(CommandBody::GenUrlAuth(urls)) }
}

/// `resetkey = "RESETKEY" [SP mailbox *(SP mechanism)]` (RFC 4467 §9)
pub(super) fn reset_key(input: &mut Cursor<'_>) -> Result<CommandBody> {
    if input.is_at_end() {
        return Ok(CommandBody::ResetKey(None, Vec::new()));
    }
    input.sp()?;
    let mailbox = input.mailbox()?;
    Ok(CommandBody::ResetKey(Some(mailbox), rest_of(input, Cursor::atom)?))
}

/// `urlfetch = "URLFETCH" 1*(SP url-full)` (RFC 4467 §9)
pub(super) fn url_fetch(input: &mut Cursor<'_>) -> Result<CommandBody> {
    let urls = rest_of(input, Cursor::astring)?;
    if urls.is_empty() { Err(input.error("a URL")) } else { Ok(CommandBody::UrlFetch(urls)) }
}
