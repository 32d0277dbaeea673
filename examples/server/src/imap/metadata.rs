//! Annotations: of mailboxes and of the user from the store, of the server from its configuration. Of mailboxes that others
//! share, only what all who use them have in common is seen and set.

use super::{place::Place, refusal::no};
use crate::server::Shared;
use bytes::Bytes;
use mailwright_imap::{
    server::No,
    types::{
        NString,
        response::{Code, MetadataProblem},
    },
};
use mailwright_store::{AccountId, Error, Limits, SpecialUse, Store};

/// What names of annotations begin with that are not one user's alone.
pub(super) const SHARED: &[u8] = b"/shared/";

/// The annotation that is the special use of a mailbox (RFC 6154 §4).
const SPECIAL_USE: &[u8] = b"/private/specialuse";

/// All annotations of a mailbox, or of the server.
pub(super) async fn annotations(
    shared: &Shared,
    account: AccountId,
    mailbox: Option<&Place>,
) -> Result<Vec<(Bytes, Bytes)>, No> {
    let owner = mailbox.map_or(account, |place| place.mailbox.account);
    let found = shared.store.annotations(owner, mailbox.map(|place| place.mailbox.id)).await.map_err(no)?;
    let mut found: Vec<_> = found.into_iter().map(|(name, value)| (Bytes::from(name), value)).collect();
    if owner != account {
        found.retain(|(name, _)| name.starts_with(SHARED));
    }
    if let Some(place) = mailbox.filter(|_| owner == account) {
        found.retain(|(name, _)| name != SPECIAL_USE);
        let special_use = place.mailbox.special_use.map(|special_use| special_use.attribute().into());
        found.extend(special_use.map(|special_use| (Bytes::from_static(SPECIAL_USE), special_use)));
    }
    if let (None, Some(domain)) = (mailbox, shared.config.domains.first()) {
        // RFC 5464 §3.2.1.1: how the administrator is reached; RFC 5321 §4.5.1 has that address everywhere.
        found.push((Bytes::from_static(b"/shared/admin"), format!("mailto:postmaster@{domain}").into()));
    }
    Ok(found)
}

/// Sets annotations, all or none; where the special use is one of them, it is set last.
pub(super) async fn annotate(
    shared: &Shared,
    account: AccountId,
    mailbox: Option<&Place>,
    mut changes: Vec<(Bytes, NString)>,
) -> Result<(), No> {
    let owner = mailbox.map_or(account, |place| place.mailbox.account);
    if owner != account && changes.iter().any(|(name, _)| !name.starts_with(SHARED)) {
        return Err(No::new("private to the owner").with(Code::Metadata(MetadataProblem::NoPrivate)));
    }
    if mailbox.is_none() && changes.iter().any(|(name, _)| name.starts_with(SHARED)) {
        return Err(No::new("what all users of the server share is not for one to change").with(Code::NoPerm));
    }
    let max = Limits::default().annotation as u64;
    if changes.iter().flat_map(|(_, value)| value).any(|value| value.len() as u64 > max) {
        return Err(No::new("annotation too long").with(Code::Metadata(MetadataProblem::MaxSize(max))));
    }
    let id = mailbox.map(|place| place.mailbox.id);
    let mut special_use = None;
    if id.is_some() {
        let uses = changes.extract_if(.., |(name, _)| *name == SPECIAL_USE);
        special_use =
            uses.last().map(|(_, value)| value.map(|value| use_of(&value)).transpose()).transpose()?;
    }
    let text = |name: Bytes| String::from_utf8_lossy(&name).into_owned();
    let changes = changes.into_iter().map(|(name, value)| (text(name), value)).collect();
    shared.store.annotate(owner, id, changes).await.map_err(|error| match error {
        Error::Limit { .. } => No::new("too many annotations").with(Code::Metadata(MetadataProblem::TooMany)),
        error => no(error),
    })?;
    if let (Some(mailbox), Some(special_use)) = (id, special_use) {
        shared.store.set_special_use(mailbox, special_use).await.map_err(no)?;
    }
    Ok(())
}

/// The special use that an annotation names: one, as with CREATE.
fn use_of(value: &[u8]) -> Result<SpecialUse, No> {
    let found = std::str::from_utf8(value).ok().and_then(SpecialUse::from_attribute);
    found.ok_or_else(|| No::new("no such special use").with(Code::UseAttr))
}
