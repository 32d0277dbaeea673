//! Accounts: an address, what proves its owner, and how much it may keep.

use bytes::Bytes;

use crate::{AccountId, MailboxId, MailboxName, SpecialUse, Timestamp};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub id: AccountId,
    /// The address it was made with. Addresses are compared octet by octet: give them in one form.
    pub address: String,
    /// Other addresses whose mail arrives here.
    pub aliases: Vec<String>,
    /// What proves the owner, as the caller gave it: the store does not look inside.
    pub credentials: Bytes,
    /// Octets the account may keep; `None`: no limit.
    pub quota: Option<u64>,
    /// When it was made.
    pub created: Timestamp,
}

/// An account to be made. It gets an inbox in any case.
#[derive(Debug, Clone, Default)]
pub struct NewAccount {
    /// Its address.
    pub address: String,
    /// Other addresses whose mail arrives here.
    pub aliases: Vec<String>,
    /// What proves the owner.
    pub credentials: Bytes,
    /// Octets it may keep; `None`: no limit.
    pub quota: Option<u64>,
    /// Mailboxes to make besides the inbox; they are subscribed.
    pub mailboxes: Vec<(MailboxName, Option<SpecialUse>)>,
}

/// A change to an account; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// New credentials.
    pub credentials: Option<Bytes>,
    /// New list of aliases.
    pub aliases: Option<Vec<String>>,
    /// New quota.
    pub quota: Option<Option<u64>>,
}

/// What an account keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Messages in all mailboxes; a copy counts again.
    pub messages: u64,
    /// Octets of these messages.
    pub octets: u64,
    /// Octets allowed; `None`: no limit.
    pub quota: Option<u64>,
}

/// How often the things of an account have changed, of each kind, since it is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Activity {
    /// The list of mailboxes, what they are for, which of them are subscribed, or the access control list of any account's.
    pub mailboxes: u64,
    /// The messages of a mailbox, or flags of them.
    pub messages: u64,
    /// Annotations of a mailbox, or of the account.
    pub annotations: u64,
    /// The mailbox that the last rename of the inbox made; `None` if there was none since the account is watched.
    pub renamed_inbox: Option<MailboxId>,
}
