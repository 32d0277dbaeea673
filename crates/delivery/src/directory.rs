//! Who lives here: whose mail never goes out, and into which mailbox a report goes.
use std::future::Future;

use mailwright_smtp::types::Mailbox;
use mailwright_store::{AccountId, Error, Store};

/// What the queue must know of local mail.
pub trait Directory: Send + Sync + 'static {
    /// Whether mail for a domain stays here.
    fn is_local(&self, domain: &str) -> bool;
    /// The account of an address in a local domain.
    fn account(&self, address: &Mailbox) -> impl Future<Output = Result<Option<AccountId>, Error>> + Send;
}

/// Local domains whose addresses are those of the store's accounts, in lower case.
#[derive(Clone, Debug)]
pub struct Domains<S> {
    /// Asked for accounts.
    pub store: S,
    /// The local domains.
    pub domains: Vec<String>,
}

impl<S: Store> Directory for Domains<S> {
    fn is_local(&self, domain: &str) -> bool {
        self.domains.iter().any(|local| local.eq_ignore_ascii_case(domain))
    }

    async fn account(&self, address: &Mailbox) -> Result<Option<AccountId>, Error> {
        let address = format!("{}@{}", address.local_part(), address.domain()).to_lowercase();
        Ok(self.store.account(&address).await?.map(|account| account.id))
    }
}
