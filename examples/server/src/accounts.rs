//! Who may log in: one account store behind SMTP, POP3 and IMAP.
//!
//! The credentials of an account are kept in the store beside its address: an Argon2id hash (RFC 9106), SCRAM keys derived from the
//! same password, and app passwords. What a client claims is checked here, for all protocols alike, by answering the
//! questions of [`mailwright_sasl::server`].

mod address;
mod credentials;
mod error;
mod hashing;
mod journal;
mod memory;
mod throttle;

use std::{
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use mailwright_sasl::{
    Hash, Name, Secret, Seed, prepare, scram,
    server::{Answer, Failure, Identity, Policy, Question},
};
use mailwright_store::{Account, AccountChange, MailboxName, NewAccount, SpecialUse, Store};
use tokio::time::sleep_until;

use crate::{Config, server::Backend};
use address::Address;
use credentials::Credentials;
pub use error::AccountError;
use hashing::{Busy, Hashing};
use memory::Memory;
use throttle::Throttle;

/// How long it takes at least to look an account up, as the client sees it: an account that the store has at hand is
/// found in microseconds, one that does not exist is searched for.
const LOOK_UP: Duration = Duration::from_millis(2);

/// The accounts, and what is remembered about who tried to log in.
#[derive(Debug)]
pub struct Accounts {
    store: Backend,
    /// Completes a name without a domain.
    domain: String,
    policy: Policy,
    hashing: Hashing,
    memory: Mutex<Memory>,
    throttle: Mutex<Throttle>,
    /// What would be stored for a user who does not exist.
    nobody: Bytes,
}

impl Accounts {
    /// The accounts in `store`. Makes a key in the data folder at first, by which unknown users get the same salts at
    /// every start.
    pub(crate) fn open(config: &Config, store: Backend) -> Result<Self, AccountError> {
        let key = credentials::decoy_key(&config.data)?;
        let mut tags = [0; 32];
        getrandom::fill(&mut tags).map_err(AccountError::Randomness)?;
        let failed_logins = config.data.join("failed-logins");
        let throttle = Throttle::open(credentials::derived(&key, b"throttle"), &failed_logins)
            .map_err(|error| AccountError::File { path: failed_logins, error })?;
        let policy = Policy::new(Seed::random().map_err(AccountError::Randomness)?)
            .host(config.hostname.clone())
            .decoys(&key, scram::DEFAULT_ITERATIONS);
        Ok(Self {
            store,
            domain: config.domains.first().cloned().unwrap_or_default(),
            policy,
            hashing: Hashing::new(),
            memory: Mutex::new(Memory::new(tags)),
            throttle: Mutex::new(throttle),
            nobody: Credentials::nobody(&key).write(),
        })
    }

    /// What is offered to a client. `trusted`: it may send a password without TLS.
    pub(crate) fn policy(&self, trusted: bool) -> Policy {
        self.policy.clone().plaintext_without_tls(trusted)
    }

    /// Answers what a session asks while `peer` logs in.
    pub(crate) async fn answer(&self, peer: IpAddr, question: &Question) -> Answer {
        match question {
            Question::Password { user, password } => self.password(peer, user, password).await,
            Question::Keys { user, hash } => self.keys(peer, user, *hash).await,
            Question::ActAs { account, authorization } => {
                // Nobody acts for anybody else; the account's other names are its own.
                match Address::parse(authorization, &self.domain) {
                    Some(other) => match self.store.account(other.as_str()).await {
                        Ok(Some(found)) if found.address == *account => Answer::accept(account.clone()),
                        _ => Answer::Refuse(Failure::Authorization),
                    },
                    None => Answer::Refuse(Failure::Authorization),
                }
            }
            // Nothing that they need is kept.
            _ => Answer::refuse(),
        }
    }

    /// The account that a client names, by its address or an alias, with or without the domain.
    pub(crate) async fn named(&self, name: &str) -> Result<Option<Account>, mailwright_store::Error> {
        match Address::parse(name, &self.domain) {
            Some(address) => self.store.account(address.as_str()).await,
            None => Ok(None),
        }
    }

    /// Call this when `peer` has logged in: what SCRAM proves is known only then.
    pub(crate) fn authenticated(&self, peer: IpAddr, identity: &Identity) {
        if !matches!(identity.mechanism, Name::Scram(_) | Name::ScramPlus(_)) {
            return; // counted when it was checked
        }
        if let Some(address) = Address::parse(&identity.authenticated, &self.domain) {
            let (mut throttle, now) = (self.throttle(), Instant::now());
            throttle.take_back(now, peer, address.as_str());
            throttle.succeeded(now, peer, address.as_str());
        }
    }

    async fn password(&self, peer: IpAddr, user: &str, password: &Secret) -> Answer {
        let address = Address::parse(user, &self.domain);
        let name = address.as_ref().map_or(user, Address::as_str);
        let asked = Instant::now();
        if !self.throttle().allows(asked, peer, name) {
            return Answer::Refuse(Failure::Throttled);
        }
        let known = match self.store.account(name).await {
            Ok(account) => account.map(|account| (self.memory().tag(&account, password), account)),
            Err(error) => return unavailable(&error),
        };
        if let Some((tag, account)) = &known
            && self.memory().knows(tag, Instant::now())
        {
            return Answer::accept(account.address.clone());
        }
        sleep_until((asked + LOOK_UP).into()).await;
        // A user who does not exist costs as much as one who does.
        let proved = match &known {
            Some((_, account)) => self.hashing.verify(&account.credentials, password).await,
            None => self.hashing.verify_nothing(password).await.map(|()| false),
        };
        match (proved, known) {
            (Ok(true), Some((tag, account))) => {
                self.memory().learn(tag, Instant::now());
                self.throttle().succeeded(Instant::now(), peer, name);
                Answer::accept(account.address)
            }
            (Ok(_), known) => {
                if known.is_some() {
                    tracing::info!(%peer, user = name, "login failed: wrong password");
                } else {
                    let shown: String = name.chars().take(320).collect();
                    tracing::info!(%peer, user = ?shown, "login failed: no such user");
                }
                self.throttle().failed(Instant::now(), peer, name, Some(password));
                Answer::refuse()
            }
            (Err(Busy), _) => Answer::Refuse(Failure::Unavailable),
        }
    }

    async fn keys(&self, peer: IpAddr, user: &str, hash: Hash) -> Answer {
        let address = Address::parse(user, &self.domain);
        let name = address.as_ref().map_or(user, Address::as_str);
        let asked = Instant::now();
        {
            let mut throttle = self.throttle();
            if !throttle.allows(asked, peer, name) {
                return Answer::Refuse(Failure::Throttled);
            }
            // A guess until it is proved to be more, see `authenticated`.
            throttle.failed(asked, peer, name, None);
        }
        let account = match self.store.account(name).await {
            Ok(account) => account,
            Err(error) => return unavailable(&error),
        };
        // Keys are read in any case, so that both cases take as long.
        let stored = account.as_ref().map_or(&self.nobody, |account| &account.credentials);
        let keys = Credentials::read(stored).and_then(|known| known.keys(hash));
        sleep_until((asked + LOOK_UP).into()).await;
        match (account, keys) {
            (Some(account), Some(keys)) => Answer::Keys { account: account.address, keys },
            _ => Answer::refuse(),
        }
    }

    /// Makes an account in one of the server's domains, or sets the password of one that exists.
    pub(crate) async fn set_password(
        &self,
        config: &Config,
        address: &str,
        password: &str,
    ) -> Result<(), AccountError> {
        let address = Address::of_an_account(address, config)?;
        let credentials = self.derive(password).await?;
        if let Some(account) = self.store.account(address.as_str()).await? {
            return self.give(&account, credentials).await;
        }
        let mailboxes = [
            ("Drafts", SpecialUse::Drafts),
            ("Sent", SpecialUse::Sent),
            ("Junk", SpecialUse::Junk),
            ("Trash", SpecialUse::Trash),
            ("Archive", SpecialUse::Archive),
        ];
        let named =
            mailboxes.into_iter().map(|(name, special_use)| Ok((MailboxName::new(name)?, Some(special_use))));
        let mailboxes = named.collect::<Result<_, mailwright_store::InvalidName>>();
        let account = NewAccount {
            address: address.into_string(),
            credentials: credentials.write(),
            mailboxes: mailboxes.map_err(mailwright_store::Error::from)?,
            ..NewAccount::default()
        };
        self.store.create_account(account).await?;
        Ok(())
    }

    /// Sets the password of an account that exists. Its app passwords stay.
    pub(crate) async fn change_password(&self, address: &str, password: &str) -> Result<(), AccountError> {
        let account = self.existing(address).await?;
        self.give(&account, self.derive(password).await?).await
    }

    async fn derive(&self, password: &str) -> Result<Credentials, AccountError> {
        let password = prepare::password(password).map_err(AccountError::Password)?;
        self.hashing.derive(password).await
    }

    /// New credentials for an account, with the app passwords that it had.
    async fn give(&self, account: &Account, new: Credentials) -> Result<(), AccountError> {
        let app = Credentials::read(&account.credentials).map(|old| old.app).unwrap_or_default();
        self.replace(account, Credentials { app, ..new }).await
    }

    /// Makes a password for one program, to be shown once. One with the same label is replaced.
    ///
    /// It works with PLAIN and LOGIN, not with SCRAM, which can be answered for one password only.
    ///
    /// # Errors
    /// When there is no such account, or the store fails.
    pub async fn add_app_password(&self, address: &str, label: &str) -> Result<String, AccountError> {
        let account = self.existing(address).await?;
        let mut credentials = Credentials::read(&account.credentials).unwrap_or_default();
        let password = credentials.add_app_password(label)?;
        self.replace(&account, credentials).await?;
        Ok(password)
    }

    /// Takes an app password back.
    ///
    /// # Errors
    /// When there is no such account or no such password, or the store fails.
    pub async fn remove_app_password(&self, address: &str, label: &str) -> Result<(), AccountError> {
        let account = self.existing(address).await?;
        let mut credentials = Credentials::read(&account.credentials).unwrap_or_default();
        let before = credentials.app.len();
        credentials.app.retain(|app| app.label != label);
        if credentials.app.len() == before {
            return Err(AccountError::NoSuchLabel(label.to_owned()));
        }
        self.replace(&account, credentials).await
    }

    /// The labels of an account's app passwords.
    ///
    /// # Errors
    /// When there is no such account, or the store fails.
    pub async fn app_passwords(&self, address: &str) -> Result<Vec<String>, AccountError> {
        let account = self.existing(address).await?;
        let credentials = Credentials::read(&account.credentials).unwrap_or_default();
        Ok(credentials.app.into_iter().map(|app| app.label).collect())
    }

    /// Has the mail of another address of the server's domains arrive in an account, which may send from it too.
    pub(crate) async fn add_alias(
        &self,
        config: &Config,
        address: &str,
        alias: &str,
    ) -> Result<(), AccountError> {
        let account = self.existing(address).await?;
        let alias = Address::of_an_account(alias, config)?.into_string();
        if account.aliases.contains(&alias) {
            return Ok(());
        }
        let mut aliases = account.aliases.clone();
        aliases.push(alias);
        self.set_aliases(&account, aliases).await
    }

    /// Takes another address from an account.
    pub(crate) async fn remove_alias(&self, address: &str, alias: &str) -> Result<(), AccountError> {
        let account = self.existing(address).await?;
        let unknown = || AccountError::NoSuchAlias(alias.to_owned());
        let parsed = Address::parse(alias, &self.domain).ok_or_else(unknown)?;
        let mut aliases = account.aliases.clone();
        aliases.retain(|own| own != parsed.as_str());
        if aliases.len() == account.aliases.len() {
            return Err(unknown());
        }
        self.set_aliases(&account, aliases).await
    }

    /// The other addresses of an account.
    pub(crate) async fn aliases(&self, address: &str) -> Result<Vec<String>, AccountError> {
        Ok(self.existing(address).await?.aliases)
    }

    /// Removes an account with all its mail.
    pub(crate) async fn remove(&self, address: &str) -> Result<(), AccountError> {
        let account = self.existing(address).await?;
        Ok(self.store.remove_account(account.id).await?)
    }

    /// The account with an address.
    pub(crate) async fn existing(&self, address: &str) -> Result<Account, AccountError> {
        let unknown = || AccountError::Unknown(address.to_owned());
        let parsed = Address::parse(address, &self.domain).ok_or_else(unknown)?;
        self.store.account(parsed.as_str()).await?.ok_or_else(unknown)
    }

    async fn set_aliases(&self, account: &Account, aliases: Vec<String>) -> Result<(), AccountError> {
        let change = AccountChange { aliases: Some(aliases), ..AccountChange::default() };
        self.store.change_account(account.id, change).await?;
        Ok(())
    }

    async fn replace(&self, account: &Account, credentials: Credentials) -> Result<(), AccountError> {
        let change = AccountChange { credentials: Some(credentials.write()), ..AccountChange::default() };
        self.store.change_account(account.id, change).await?;
        Ok(())
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unavailable(error: &mailwright_store::Error) -> Answer {
    tracing::error!(%error, "accounts cannot be read");
    Answer::Refuse(Failure::Unavailable)
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod timing;
