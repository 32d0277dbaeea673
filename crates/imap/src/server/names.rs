//! Which mailbox names a client may use.

use super::{No, Server};
use crate::types::{
    MailboxName,
    command::{CommandBody, GetMetadata, SetMetadata},
    response::Code,
};

impl Server {
    /// Refuses names that no mailbox of ours can have, before the application is asked.
    pub(super) fn check_names(&self, body: &CommandBody) -> Result<(), No> {
        match body {
            CommandBody::Create(create) => self.check_new(&create.mailbox, self.to_create(&create.mailbox)),
            CommandBody::Rename(rename) => {
                self.check(&rename.from)?;
                self.check_new(&rename.to, rename.to.as_str())
            }
            CommandBody::Select(select) | CommandBody::Examine(select) => self.check(&select.mailbox),
            CommandBody::Delete(name) | CommandBody::Subscribe(name) | CommandBody::GetQuotaRoot(name) => {
                self.check(name)
            }
            CommandBody::GetMetadata(GetMetadata { mailbox: Some(name), .. })
            | CommandBody::SetMetadata(SetMetadata { mailbox: Some(name), .. }) => self.check(name),
            CommandBody::GetAcl(name)
            | CommandBody::SetAcl(name, ..)
            | CommandBody::DeleteAcl(name, _)
            | CommandBody::ListRights(name, _)
            | CommandBody::MyRights(name) => self.check(name),
            CommandBody::Status(status) => self.check(&status.mailbox),
            CommandBody::Copy(copy) | CommandBody::Move(copy) => self.check(&copy.mailbox),
            _ => Ok(()),
        }
    }

    /// RFC 9051 §6.3.4: one delimiter at the end says that names below it will be made.
    pub(super) fn to_create<'n>(&self, mailbox: &'n MailboxName) -> &'n str {
        let name = mailbox.as_str();
        name.strip_suffix(self.config.delimiter).unwrap_or(name)
    }

    pub(super) fn check(&self, name: &MailboxName) -> Result<(), No> {
        match self.fault(name.as_str()) {
            None if name.is_valid() => Ok(()),
            _ => Err(No::no_such_mailbox()),
        }
    }

    fn check_new(&self, name: &MailboxName, text: &str) -> Result<(), No> {
        let refused = |why: &str| Err(No::new(why).with(Code::Cannot));
        if !name.is_valid() {
            return refused("mailbox name is not encoded rightly");
        }
        if text.contains(['%', '*']) {
            return refused("mailbox name has a wildcard in it");
        }
        self.fault(text).map_or(Ok(()), refused)
    }

    fn fault(&self, name: &str) -> Option<&'static str> {
        let limits = &self.config.limits;
        let mut depth = 0;
        for level in name.split(self.config.delimiter) {
            depth += 1;
            if level.is_empty() {
                return Some("mailbox name has an empty level");
            }
            if level.len() > limits.mailbox_level {
                return Some("mailbox name is too long");
            }
            if level == "." || level == ".." {
                return Some("mailbox name has a level that is a path");
            }
        }
        if depth > limits.mailbox_depth {
            return Some("mailbox name has too many levels");
        }
        // RFC 9755 §3: and none that ends a line or a paragraph.
        let is_control = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        name.chars().any(is_control).then_some("mailbox name has a control character in it")
    }
}
