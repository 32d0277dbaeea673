//! What a client is told when the store refuses.

use mailwright_imap::{server::No, types::response::Code};
use mailwright_store::Error;

/// The answer to a client for an error of the store.
pub(super) fn no(error: Error) -> No {
    let code = match &error {
        Error::NoSuchMailbox => return No::no_such_mailbox(),
        Error::NoSuchMessage => Code::NonExistent,
        Error::AlreadyExists(_) => Code::AlreadyExists,
        Error::InvalidName(_) | Error::Forbidden(_) => Code::Cannot,
        Error::OverQuota { .. } => Code::OverQuota,
        Error::Limit { .. } | Error::UidsExhausted => Code::Limit,
        Error::NoSuchAccount | Error::Closed => Code::Unavailable,
        _ => {
            tracing::error!(%error, "store");
            return No::unavailable("the store is not available");
        }
    };
    No::new(error.to_string()).with(code)
}
