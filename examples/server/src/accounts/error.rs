//! Why an account cannot be made, changed or read.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Why an account cannot be made, changed or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AccountError {
    /// Not an address.
    #[error("{0:?} is not an address such as user@example.org")]
    Address(String),
    /// The domain is not one of the server's own.
    #[error("{address}: expected one of the domains {domains}")]
    Domain {
        /// The address.
        address: String,
        /// The domains of the configuration.
        domains: String,
    },
    /// There is no such account.
    #[error("no account {0}")]
    Unknown(String),
    /// The account has no app password with this label.
    #[error("no app password {0:?}")]
    NoSuchLabel(String),
    /// The label of an app password cannot be used.
    #[error("expected a label of 1 to 64 characters, found {0:?}")]
    Label(String),
    /// The account has as many app passwords as it may have.
    #[error("more than {0} app passwords")]
    TooManyAppPasswords(usize),
    /// The account does not have this other address.
    #[error("no alias {0}")]
    NoSuchAlias(String),
    /// The password cannot be used.
    #[error("password: {0}")]
    Password(mailwright_sasl::prepare::PrepareError),
    /// The password cannot be hashed.
    #[error("password cannot be hashed: {0}")]
    Hash(String),
    /// Too many passwords are being hashed already.
    #[error("too many logins at once, try again")]
    Busy,
    /// The operating system has no randomness.
    #[error("no randomness: {0}")]
    Randomness(getrandom::Error),
    /// A file in the data folder cannot be used.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] mailwright_store::Error),
}
