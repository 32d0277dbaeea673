//! Whose mailbox an address is.

use crate::server::Shared;
use mailwright_smtp::types::{EnhancedStatus, Mailbox, Reply, ReplyCode};
use mailwright_store::{Account, AccountId, Error, Store};

/// Where mail for an address goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// Into this account's inbox.
    Account(AccountId),
    /// To another server.
    Elsewhere,
}

/// Finds out whose mailbox an address is: an account's own address or alias, the same with a `+detail` behind the
/// local part, or the postmaster, who always is somebody (RFC 5321 §4.5.1).
///
/// # Errors
///
/// The domain is ours and the address nobody's, its account is full, or the store cannot tell.
pub(super) async fn resolve(shared: &Shared, address: &Mailbox) -> Result<Resolved, Reply> {
    if !shared.config.is_local(address.domain()) {
        return Ok(Resolved::Elsewhere);
    }
    let Some(account) = find(shared, address).await.map_err(unavailable)? else {
        let text = format!("No such user: {address}");
        return Err(Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(1, 1), text));
    };
    if account.quota.is_some() {
        let usage = shared.store.usage(account.id).await.map_err(unavailable)?;
        if usage.quota.is_some_and(|quota| usage.octets >= quota) {
            let text = format!("The mailbox of {address} is full");
            return Err(Reply::new(ReplyCode::NO_STORAGE, EnhancedStatus::transient(2, 2), text));
        }
    }
    Ok(Resolved::Account(account.id))
}

/// The account behind an address of one of our domains.
pub(crate) async fn find(shared: &Shared, address: &Mailbox) -> Result<Option<Account>, Error> {
    let domain = address.domain().to_ascii_lowercase();
    let local = address.local_part().to_lowercase();
    if let Some(account) = shared.store.account(&format!("{local}@{domain}")).await? {
        return Ok(Some(account));
    }
    if let Some((base, _)) = local.split_once('+')
        && let Some(account) = shared.store.account(&format!("{base}@{domain}")).await?
    {
        return Ok(Some(account));
    }
    if local == "postmaster" {
        return Ok(shared.store.accounts().await?.into_iter().min_by_key(|account| account.id));
    }
    Ok(None)
}

/// Whether an address, in any case and with any `+detail`, is one of the account's own.
pub(super) fn owns(account: &Account, address: &str) -> bool {
    let address = address.to_lowercase();
    let Some((local, domain)) = address.rsplit_once('@') else { return false };
    let base = local.split_once('+').map_or(local, |(base, _)| base);
    let is = |own: &str| {
        own == address || own.strip_suffix(domain).is_some_and(|own| own.strip_suffix('@') == Some(base))
    };
    is(&account.address) || account.aliases.iter().any(|alias| is(alias))
}

/// What a peer is told when the store cannot do what it should.
pub(super) fn unavailable(error: Error) -> Reply {
    match error {
        Error::OverQuota { .. } => {
            Reply::new(ReplyCode::NO_STORAGE, EnhancedStatus::transient(2, 2), "The mailbox is full")
        }
        Error::Limit { .. } => {
            Reply::new(ReplyCode::TOO_BIG, EnhancedStatus::permanent(3, 4), "Message too big")
        }
        Error::NoSuchAccount => {
            Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(1, 1), "No such user any more")
        }
        other => {
            tracing::error!(error = %other, "the store failed");
            Reply::new(
                ReplyCode::LOCAL_ERROR,
                EnhancedStatus::transient(3, 0),
                "Local error, try again later",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwright_store::Timestamp;

    #[test]
    fn own_addresses_in_any_case_and_with_any_detail() {
        let account = Account {
            id: AccountId::new(1),
            address: "alice@example.test".into(),
            aliases: vec!["info@other.test".into()],
            credentials: Default::default(),
            quota: None,
            created: Timestamp::from_secs(0),
        };
        for own in ["alice@example.test", "Alice@Example.TEST", "alice+lists@example.test", "info@other.test"]
        {
            assert!(owns(&account, own), "{own}");
        }
        for other in [
            "bob@example.test",
            "alice@other.test",
            "xalice@example.test",
            "alice@example.test.evil",
            "alice",
        ] {
            assert!(!owns(&account, other), "{other}");
        }
    }
}
