//! SETACL, DELETEACL, GETACL, LISTRIGHTS and MYRIGHTS (RFC 4314).

use super::{Event, No, Server, session::Asked};
use crate::{
    Misuse,
    types::{
        AString, MailboxName, Rights, Tag,
        response::{Acl, ListRights, MyRights, Status, Untagged},
    },
};
use bytes::Bytes;
use mailwright_sasl::prepare;

/// What becomes of one entry of an access control list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AclChange {
    /// `SETACL`: these rights and no others.
    Set(Rights),
    /// `SETACL` with `+`: these rights too.
    Add(Rights),
    /// `SETACL` with `-`: without these rights.
    Remove(Rights),
    /// `DELETEACL`: no entry.
    Delete,
}

/// Which rights an identifier may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grantable {
    /// Rights that it has in any case.
    pub required: Rights,
    /// Rights that it may be given or not, each by itself.
    pub optional: Rights,
}

/// A question about an access control list under way.
#[derive(Debug)]
pub(super) enum AclPlan {
    Get(MailboxName),
    Change(&'static str),
    /// The identifier as the client wrote it, by which it knows the answer.
    List(MailboxName, AString),
    Mine(MailboxName),
}

impl Server {
    pub(super) fn get_acl(&mut self, tag: Tag, mailbox: MailboxName) {
        let plan = AclPlan::Get(mailbox.clone());
        self.ask(tag, Asked::Acl(plan), |ticket| Event::Acl { mailbox, ticket });
    }

    pub(super) fn set_acl(&mut self, tag: Tag, mailbox: MailboxName, identifier: &AString, rights: &AString) {
        let (change, letters): (fn(Rights) -> AclChange, _) = match rights.as_bytes() {
            [b'+', letters @ ..] => (AclChange::Add, letters),
            [b'-', letters @ ..] => (AclChange::Remove, letters),
            letters => (AclChange::Set, letters),
        };
        match Rights::parse(letters) {
            Ok(rights) => self.change_acl(tag, mailbox, identifier, change(rights)),
            Err(error) => self.bad(Some(tag), error.to_string()),
        }
    }

    pub(super) fn change_acl(
        &mut self,
        tag: Tag,
        mailbox: MailboxName,
        identifier: &AString,
        change: AclChange,
    ) {
        let Some(identifier) = prepared(identifier) else { return self.bad(Some(tag), NO_IDENTIFIER) };
        let command = if change == AclChange::Delete { "DELETEACL completed" } else { "SETACL completed" };
        let what = Asked::Acl(AclPlan::Change(command));
        self.ask(tag, what, |ticket| Event::ChangeAcl { mailbox, identifier, change, ticket });
    }

    pub(super) fn list_rights(&mut self, tag: Tag, mailbox: MailboxName, written: AString) {
        let Some(identifier) = prepared(&written) else { return self.bad(Some(tag), NO_IDENTIFIER) };
        let plan = AclPlan::List(mailbox.clone(), written);
        self.ask(tag, Asked::Acl(plan), |ticket| Event::ListRights { mailbox, identifier, ticket });
    }

    pub(super) fn my_rights(&mut self, tag: Tag, mailbox: MailboxName) {
        let plan = AclPlan::Mine(mailbox.clone());
        self.ask(tag, Asked::Acl(plan), |ticket| Event::MyRights { mailbox, ticket });
    }

    pub(super) fn tell_my_rights(&mut self, mailbox: MailboxName, rights: Rights) {
        self.untagged(&Untagged::MyRights(MyRights { mailbox, rights: rights.to_string().into() }));
    }

    pub(super) fn acl_answered(&mut self, answer: Result<Vec<(String, Rights)>, No>) -> Result<(), Misuse> {
        let (tag, Asked::Acl(AclPlan::Get(mailbox))) = self.asked()? else { return Err(NOT_ASKED) };
        let answer = answer.map(|entries| {
            let written = |(identifier, rights): (String, Rights)| {
                (Bytes::from(identifier), Bytes::from(rights.to_string()))
            };
            let entries = entries.into_iter().map(written).collect();
            self.untagged(&Untagged::Acl(Acl { mailbox, entries }));
            "GETACL completed"
        });
        self.acl_done(tag, answer);
        Ok(())
    }

    pub(super) fn acl_changed(&mut self, answer: Result<(), No>) -> Result<(), Misuse> {
        let (tag, Asked::Acl(AclPlan::Change(command))) = self.asked()? else { return Err(NOT_ASKED) };
        self.acl_done(tag, answer.map(|()| command));
        Ok(())
    }

    pub(super) fn grantable_answered(&mut self, answer: Result<Grantable, No>) -> Result<(), Misuse> {
        let (tag, Asked::Acl(AclPlan::List(mailbox, identifier))) = self.asked()? else {
            return Err(NOT_ASKED);
        };
        let answer = answer.map(|Grantable { required, optional }| {
            let required = required.to_string();
            // No letter may be there twice.
            let optional = optional.letters().filter(|letter| !required.contains(*letter));
            self.untagged(&Untagged::ListRights(ListRights {
                mailbox,
                identifier: identifier.into_bytes(),
                optional: optional.map(|letter| Bytes::from(letter.to_string())).collect(),
                required: required.into(),
            }));
            "LISTRIGHTS completed"
        });
        self.acl_done(tag, answer);
        Ok(())
    }

    pub(super) fn my_rights_answered(&mut self, answer: Result<Rights, No>) -> Result<(), Misuse> {
        let (tag, Asked::Acl(AclPlan::Mine(mailbox))) = self.asked()? else { return Err(NOT_ASKED) };
        let answer = answer.map(|rights| {
            self.tell_my_rights(mailbox, rights);
            "MYRIGHTS completed"
        });
        self.acl_done(tag, answer);
        Ok(())
    }

    fn acl_done(&mut self, tag: Tag, answer: Result<&str, No>) {
        self.complete(tag, answer.map_or_else(Status::from, Status::ok));
    }
}

const NOT_ASKED: Misuse = Misuse::NotNow("nothing of the kind was asked about an access control list");
const NO_IDENTIFIER: &str = "no identifier";

/// RFC 4314 §3: two ways to type an identifier are one. `None`: it is none. A `-` before it stays there.
fn prepared(identifier: &AString) -> Option<String> {
    let text = identifier.as_str()?;
    let (sign, name) = text.strip_prefix('-').map_or(("", text), |name| ("-", name));
    Some(format!("{sign}{}", prepare::name(name).ok()?))
}
