//! What can go wrong in a store, sorted by what the caller should say to its peer.

use std::{path::PathBuf, sync::Arc};

/// The result of a store operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a store operation was refused or could not be done.
///
/// Whatever the error, the operation did not happen: nothing of it is visible, now or after a restart.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such account.
    #[error("no such account")]
    NoSuchAccount,
    /// There is no such mailbox.
    #[error("no such mailbox")]
    NoSuchMailbox,
    /// There is no such message.
    #[error("no such message")]
    NoSuchMessage,
    /// The name or address is taken.
    #[error("{0} already exists")]
    AlreadyExists(String),
    /// A mailbox name breaks the rules of [`MailboxName`](crate::MailboxName).
    #[error("mailbox name {0}")]
    InvalidName(#[from] crate::mailbox::InvalidName),
    /// The inbox cannot be deleted, and no mailbox can become its own child.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The account's quota does not allow it.
    #[error("over quota: {used} of {limit} octets used, {wanted} more wanted")]
    OverQuota {
        /// Octets in use.
        used: u64,
        /// Octets allowed.
        limit: u64,
        /// Octets that were to be added.
        wanted: u64,
    },
    /// A limit of [`Limits`](crate::Limits) was met.
    #[error("more than {max} {what}")]
    Limit {
        /// What there was too much of.
        what: &'static str,
        /// How much is allowed.
        max: u64,
    },
    /// The mailbox has given out its last UID (2^32 - 1); it must be recreated.
    #[error("the mailbox has no UIDs left")]
    UidsExhausted,
    /// Another process has this store open.
    #[error("{0} is in use by another process")]
    InUse(PathBuf),
    /// The files were written by a newer version of this crate.
    #[error("the store has schema version {found}, this program knows {known}")]
    Newer {
        /// The version found.
        found: u32,
        /// The newest version this program can read.
        known: u32,
    },
    /// Stored data is not what was written. It is left as it is.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The disk is full, or input or output failed: worth trying again later.
    #[error("unavailable: {0}")]
    Unavailable(Arc<dyn std::error::Error + Send + Sync>),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}

impl Error {
    /// Whether the same request may succeed later without anybody changing it (`4xx`, `NO [UNAVAILABLE]`).
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Closed | Self::InUse(_) | Self::OverQuota { .. })
    }

    /// Wraps a failure of the system or of a library underneath.
    pub fn unavailable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Unavailable(Arc::new(error))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::unavailable(error)
    }
}
