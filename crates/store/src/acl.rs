//! Access control lists: who besides its owner may do what with a mailbox.

use crate::{AccountId, Mailbox};

/// Whom an entry of an access control list is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// Everybody who has an account.
    Anyone,
    /// One account.
    Account(AccountId),
}

/// One entry of the access control list of a mailbox.
///
/// A store keeps the list and hands it out, and does not hold anybody to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AclEntry {
    /// Whom it is about.
    pub grantee: Grantee,
    /// Whether it takes rights away that another entry gives.
    pub negative: bool,
    /// The rights, a bit each. What they mean is the caller's affair.
    pub rights: u32,
}

impl AclEntry {
    /// The rights that a list gives to an account: what entries about it and about anyone give, without what such
    /// entries take away.
    ///
    /// ```
    /// use mailwright_store::{AccountId, AclEntry, Grantee};
    ///
    /// let ann = AccountId::new(1);
    /// let acl = [
    ///     AclEntry { grantee: Grantee::Anyone, negative: false, rights: 0b0011 },
    ///     AclEntry { grantee: Grantee::Account(ann), negative: false, rights: 0b0100 },
    ///     AclEntry { grantee: Grantee::Account(ann), negative: true, rights: 0b0001 },
    /// ];
    /// assert_eq!(AclEntry::rights_of(ann, &acl), 0b0110);
    /// assert_eq!(AclEntry::rights_of(AccountId::new(2), &acl), 0b0011);
    /// ```
    pub fn rights_of(account: AccountId, acl: &[Self]) -> u32 {
        let (mut given, mut taken) = (0, 0);
        for entry in acl {
            if matches!(entry.grantee, Grantee::Account(other) if other != account) {
                continue;
            }
            if entry.negative {
                taken |= entry.rights;
            } else {
                given |= entry.rights;
            }
        }
        given & !taken
    }
}

/// A change to one entry of an access control list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclChange {
    /// These rights and no others, which may be none.
    Set(u32),
    /// These rights besides those that it has.
    Add(u32),
    /// Those that it has without these.
    Remove(u32),
    /// No entry.
    Delete,
}

/// A mailbox of another account, as one that was given rights to it sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedMailbox {
    /// The mailbox; its name and whether it is subscribed are its owner's.
    pub mailbox: Mailbox,
    /// The address of its owner.
    pub owner: String,
    /// What the account may do with it: at least one bit.
    pub rights: u32,
}
