//! What an operator asks about accounts.

use super::Response;
use crate::{Config, accounts::Accounts, server::Backend};
use mailwright_store::{AccountChange, Store, Usage};
use serde::{Deserialize, Serialize};

/// One request about accounts.
#[derive(Debug, Serialize, Deserialize)]
pub enum AccountRequest {
    /// Add an account, or set the password of one.
    Add {
        /// Its address.
        address: String,
        /// Its new password.
        password: String,
    },
    /// Set the password of an account that exists.
    Password {
        /// Its address.
        address: String,
        /// Its new password.
        password: String,
    },
    /// Remove an account and its mail.
    Remove {
        /// Its address.
        address: String,
    },
    /// Name all accounts.
    List,
    /// Tell what an account keeps, and say what it may keep.
    Quota {
        /// Its address.
        address: String,
        /// Octets it may keep from now on; `Some(None)`: as much as there is room for; `None`: as before.
        #[serde(default, with = "super::twofold")]
        set: Option<Option<u64>>,
    },
    /// Make a password for one program.
    AppPasswordAdd {
        /// The account's address.
        address: String,
        /// What the program is called.
        label: String,
    },
    /// Name the programs that have a password.
    AppPasswordList {
        /// The account's address.
        address: String,
    },
    /// Take the password of a program back.
    AppPasswordRemove {
        /// The account's address.
        address: String,
        /// What the program is called.
        label: String,
    },
    /// Have the mail of another address arrive in an account.
    AliasAdd {
        /// The account's address.
        address: String,
        /// The other address.
        alias: String,
    },
    /// Name the other addresses of an account.
    AliasList {
        /// The account's address.
        address: String,
    },
    /// Take another address from an account.
    AliasRemove {
        /// The account's address.
        address: String,
        /// The other address.
        alias: String,
    },
}

/// Does what is asked.
pub(super) async fn answer(
    config: &Config,
    store: &Backend,
    accounts: &Accounts,
    request: AccountRequest,
) -> Result<Response, crate::accounts::AccountError> {
    Ok(match request {
        AccountRequest::Add { address, password } => {
            accounts.set_password(config, &address, &password).await?;
            Response::Done
        }
        AccountRequest::Password { address, password } => {
            accounts.change_password(&address, &password).await?;
            Response::Done
        }
        AccountRequest::Remove { address } => {
            accounts.remove(&address).await?;
            Response::Done
        }
        AccountRequest::List => {
            Response::Names(store.accounts().await?.into_iter().map(|account| account.address).collect())
        }
        AccountRequest::Quota { address, set } => {
            let account = accounts.existing(&address).await?;
            if set.is_some() {
                let change = AccountChange { quota: set, ..AccountChange::default() };
                store.change_account(account.id, change).await?;
            }
            let Usage { messages, octets, quota } = store.usage(account.id).await?;
            Response::Usage { messages, octets, quota }
        }
        AccountRequest::AppPasswordAdd { address, label } => {
            Response::Password(accounts.add_app_password(&address, &label).await?)
        }
        AccountRequest::AppPasswordList { address } => {
            Response::Names(accounts.app_passwords(&address).await?)
        }
        AccountRequest::AppPasswordRemove { address, label } => {
            accounts.remove_app_password(&address, &label).await?;
            Response::Done
        }
        AccountRequest::AliasAdd { address, alias } => {
            accounts.add_alias(config, &address, &alias).await?;
            Response::Done
        }
        AccountRequest::AliasList { address } => Response::Names(accounts.aliases(&address).await?),
        AccountRequest::AliasRemove { address, alias } => {
            accounts.remove_alias(&address, &alias).await?;
            Response::Done
        }
    })
}
