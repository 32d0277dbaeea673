//! The access control lists of the clerk's folders: fred owns them all.

use super::Clerk;
use mailwright_imap::{
    server::{AclChange, Event, Grantable, No, Server},
    types::Rights,
};

impl Clerk {
    /// One whose folders have access control lists.
    pub(crate) fn with_acls() -> Self {
        Self { acl: true, ..Self::default() }
    }

    pub(crate) fn acl_event(&mut self, session: &mut Server, event: Event) {
        match event {
            Event::Acl { mailbox, ticket } => {
                let of_mailbox = self.acls.iter().filter(|((name, _), _)| name == mailbox.as_str());
                let owner = std::iter::once(("fred".to_owned(), Rights::ALL));
                let others = of_mailbox.map(|((_, identifier), rights)| (identifier.clone(), *rights));
                let answer = if mailbox.as_str() == "Sent" {
                    Err(No::not_permitted())
                } else {
                    Ok(owner.chain(others).collect())
                };
                session.answer(ticket, answer).unwrap();
            }
            Event::ChangeAcl { mailbox, identifier, change, ticket } => {
                let key = (mailbox.as_str().to_owned(), identifier);
                let before = self.acls.remove(&key).unwrap_or_default();
                let after = match change {
                    AclChange::Set(rights) => Some(rights),
                    AclChange::Add(rights) => Some(before | rights),
                    AclChange::Remove(rights) => Some(Rights::from_bits(before.bits() & !rights.bits())),
                    AclChange::Delete => None,
                };
                self.acls.extend(after.map(|rights| (key, rights)));
                session.answer(ticket, Ok(())).unwrap();
            }
            Event::ListRights { identifier, ticket, .. } => {
                let (required, optional) = match identifier.as_str() {
                    "fred" => (Rights::ALL, Rights::NONE),
                    "smith" => (Rights::LOOKUP | Rights::CREATE, Rights::ALL),
                    _ => (Rights::NONE, Rights::ALL),
                };
                session.answer(ticket, Ok(Grantable { required, optional })).unwrap();
            }
            Event::MyRights { ticket, .. } => session.answer(ticket, Ok(Rights::ALL)).unwrap(),
            other => panic!("{other:?}"),
        }
    }
}
