//! Where a mailbox name leads, and what the account that asks may do there: its own mailboxes, and those that others
//! share with it.

use super::refusal::no;
use mailwright_imap::{
    server::No,
    types::{Flag, MailboxName, Rights, response::Code},
};
use mailwright_store::{self as store, Account, AccountId, AclEntry, Flags, Mailbox, MailboxId, Store};

/// What names of other accounts' mailboxes begin with; then come the owner's address and the name it has there.
pub(super) const OTHER_USERS: &str = "Other Users/";

/// The name by which other accounts know a mailbox.
fn shared_name(owner: &str, mailbox: &store::MailboxName) -> MailboxName {
    MailboxName::new(&format!("{OTHER_USERS}{owner}/{mailbox}"))
}

/// A mailbox that another account shares.
#[derive(Debug)]
pub(super) struct SharedMailbox {
    /// As it is called here.
    pub(super) name: MailboxName,
    pub(super) rights: Rights,
    pub(super) mailbox: Mailbox,
}

/// The mailboxes that others share with an account.
pub(super) async fn shared<S: Store>(store: &S, account: AccountId) -> Result<Vec<SharedMailbox>, No> {
    let shared = store.shared_mailboxes(account).await.map_err(no)?;
    let here = shared.into_iter().map(|shared| SharedMailbox {
        name: shared_name(&shared.owner, &shared.mailbox.name),
        rights: Rights::from_bits(shared.rights),
        mailbox: shared.mailbox,
    });
    Ok(here.collect())
}

/// A name, whether there is a mailbox of it or not.
#[derive(Debug)]
pub(super) struct Path {
    pub(super) owner: AccountId,
    pub(super) name: store::MailboxName,
    /// Whether it is among those of other users.
    pub(super) is_foreign: bool,
}

/// A mailbox that is there for the account that asks: it has some right to it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) mailbox: Mailbox,
    pub(super) rights: Rights,
}

impl Path {
    /// Where a name leads. `None`: nowhere.
    pub(super) async fn of<S: Store>(
        store: &S,
        account: &Account,
        name: &MailboxName,
    ) -> Result<Option<Self>, No> {
        let Some(rest) = name.as_str().strip_prefix(OTHER_USERS) else {
            let name = store::MailboxName::new(name.as_str()).ok();
            return Ok(name.map(|name| Self { owner: account.id, name, is_foreign: false }));
        };
        // Where an address ends is told by the account, because `/` may stand in one.
        for (end, _) in rest.match_indices('/') {
            let (address, below) = (&rest[..end], &rest[end + 1..]);
            if !address.contains('@') {
                continue;
            }
            let owner = store.account(address).await.map_err(no)?;
            let owner = owner.filter(|owner| owner.address == address && owner.id != account.id);
            if let Some((owner, name)) = owner.zip(store::MailboxName::new(below).ok()) {
                return Ok(Some(Self { owner: owner.id, name, is_foreign: true }));
            }
        }
        // One's own that was called so before others could share theirs.
        let Ok(name) = store::MailboxName::new(name.as_str()) else { return Ok(None) };
        let own = store.mailbox(account.id, &name).await.map_err(no)?;
        Ok(own.map(|_| Self { owner: account.id, name, is_foreign: false }))
    }

    /// The mailbox of this name, if it is there for the account.
    pub(super) async fn place<S: Store>(&self, store: &S, account: &Account) -> Result<Option<Place>, No> {
        let Some(mailbox) = store.mailbox(self.owner, &self.name).await.map_err(no)? else { return Ok(None) };
        let rights = rights(store, account.id, self.owner, mailbox.id).await?;
        Ok(Some(Place { mailbox, rights }).filter(|place| !place.rights.is_empty()))
    }

    /// Whether there is no mailbox of this name, but of the account's own some below it.
    pub(super) async fn is_name_only<S: Store>(&self, store: &S) -> Result<bool, No> {
        if self.is_foreign || store.mailbox(self.owner, &self.name).await.map_err(no)?.is_some() {
            return Ok(false);
        }
        let all = store.mailboxes(self.owner).await.map_err(no)?;
        Ok(all.iter().any(|mailbox| mailbox.name.is_below(&self.name)))
    }

    /// Whether the account may make a mailbox of this name: the nearest one above must allow it (RFC 4314 §4).
    pub(super) async fn may_create<S: Store>(&self, store: &S, account: &Account) -> Result<bool, No> {
        if !self.is_foreign {
            return Ok(true);
        }
        let mut above = self.name.parent();
        while let Some(name) = above {
            if let Some(mailbox) = store.mailbox(self.owner, &name).await.map_err(no)? {
                let rights = rights(store, account.id, self.owner, mailbox.id).await?;
                return Ok(rights.contains(Rights::CREATE));
            }
            above = name.parent();
        }
        Ok(false)
    }
}

impl Place {
    /// Refuses what the account may not do. Who may not even see the mailbox is told that it is not there (RFC 4314 §6).
    pub(super) fn allow(&self, needed: Rights) -> Result<(), No> {
        if self.rights.contains(needed) {
            Ok(())
        } else if self.rights.contains(Rights::LOOKUP) {
            Err(No::not_permitted())
        } else {
            Err(No::no_such_mailbox())
        }
    }
}

/// The mailbox of a name, if it is there for the account.
pub(super) async fn find<S: Store>(
    store: &S,
    account: &Account,
    name: &MailboxName,
) -> Result<Option<Place>, No> {
    match Path::of(store, account, name).await? {
        Some(path) => path.place(store, account).await,
        None => Ok(None),
    }
}

/// The mailbox of a name, where the account may do what is needed.
pub(super) async fn require<S: Store>(
    store: &S,
    account: &Account,
    name: &MailboxName,
    needed: Rights,
) -> Result<Place, No> {
    let place = find(store, account, name).await?.ok_or_else(No::no_such_mailbox)?;
    place.allow(needed)?;
    Ok(place)
}

/// The mailbox that messages are to be put into.
pub(super) async fn target<S: Store>(store: &S, account: &Account, name: &MailboxName) -> Result<Place, No> {
    let path = Path::of(store, account, name).await?.ok_or_else(No::no_such_mailbox)?;
    match path.place(store, account).await? {
        Some(place) if place.rights.contains(Rights::INSERT) => Ok(place),
        Some(place) if place.rights.contains(Rights::LOOKUP) => Err(No::not_permitted()),
        _ if path.may_create(store, account).await? => Err(No::new("no such mailbox").with(Code::TryCreate)),
        _ => Err(No::no_such_mailbox()),
    }
}

/// What an account may do with a mailbox: with its own, everything.
pub(super) async fn rights<S: Store>(
    store: &S,
    account: AccountId,
    owner: AccountId,
    mailbox: MailboxId,
) -> Result<Rights, No> {
    if account == owner {
        return Ok(Rights::ALL);
    }
    let acl = store.acl(mailbox).await.map_err(no)?;
    Ok(Rights::from_bits(AclEntry::rights_of(account, &acl)))
}

/// The flags that may be set and removed with these rights.
pub(super) fn flags_of(rights: Rights) -> Flags {
    let special = Flags::SEEN.with(Flags::DELETED);
    [
        (Rights::SEEN, Flags::SEEN),
        (Rights::DELETE_MESSAGES, Flags::DELETED),
        (Rights::WRITE, Flags::ALL.without(special)),
    ]
    .into_iter()
    .filter(|(right, _)| rights.contains(*right))
    .fold(Flags::NONE, |all, (_, flags)| all.with(flags))
}

/// Whether a flag may be set and removed with these rights.
pub(super) fn may_change(rights: Rights, flag: &Flag) -> bool {
    rights.contains(match flag {
        Flag::Seen => Rights::SEEN,
        Flag::Deleted => Rights::DELETE_MESSAGES,
        _ => Rights::WRITE,
    })
}
