//! Commands as octets: what a client session writes.

mod append;
mod fetch;
mod mailbox;
mod metadata;
mod notify;
mod search;

use super::{Encode, core::Encoder};
use crate::types::{
    AString, MailboxName, SequenceSet, StoreItem, StoreMode,
    command::{Command, CommandBody},
};

/// `command = tag SP (command-any / command-auth / command-nonauth / command-select) CRLF`
///
/// The octets of [`AppendData::Announced`](crate::types::command::AppendData::Announced) are only announced.
impl Encode for Command {
    fn encode(&self, out: &mut Encoder) {
        out.put(self.tag.as_bytes()).byte(b' ').value(&self.body).put("\r\n");
    }
}

/// A command without its tag and CRLF.
impl Encode for CommandBody {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::Capability => out.put("CAPABILITY"),
            Self::Noop => out.put("NOOP"),
            Self::Logout => out.put("LOGOUT"),
            Self::Id(None) => out.put("ID NIL"),
            Self::Id(Some(fields)) => out.put("ID ").list(fields, |out, (name, value)| {
                out.string(name.as_bytes()).byte(b' ').nstring(value.as_deref());
            }),
            Self::StartTls => out.put("STARTTLS"),
            Self::Login { user, password } => {
                out.put("LOGIN ").astring(user.as_bytes()).byte(b' ').astring(password.as_bytes())
            }
            Self::Authenticate { mechanism, initial } => {
                out.put("AUTHENTICATE ").put(mechanism.as_bytes());
                match initial {
                    Some(initial) => out.byte(b' ').put(initial),
                    None => out,
                }
            }
            Self::Enable(names) => {
                names.iter().fold(out.put("ENABLE"), |out, name| out.byte(b' ').put(name.as_bytes()))
            }
            Self::Select(select) => out.put("SELECT ").value(select),
            Self::Examine(select) => out.put("EXAMINE ").value(select),
            Self::Create(create) => out.value(create),
            Self::Delete(mailbox) => out.put("DELETE ").mailbox(mailbox),
            Self::Rename(rename) => out.put("RENAME ").mailbox(&rename.from).byte(b' ').mailbox(&rename.to),
            Self::Subscribe(mailbox) => out.put("SUBSCRIBE ").mailbox(mailbox),
            Self::Unsubscribe(mailbox) => out.put("UNSUBSCRIBE ").mailbox(mailbox),
            Self::List(list) => out.value(list),
            Self::Lsub { reference, pattern } => {
                mailbox::pattern(out.put("LSUB ").mailbox(reference).byte(b' '), pattern)
            }
            Self::Namespace => out.put("NAMESPACE"),
            Self::Status(status) => out.value(status),
            Self::Append(append) => out.put("APPEND ").value(append),
            Self::Idle => out.put("IDLE"),
            Self::Check => out.put("CHECK"),
            Self::Close => out.put("CLOSE"),
            Self::Unselect => out.put("UNSELECT"),
            Self::Expunge => out.put("EXPUNGE"),
            Self::UidExpunge(expunge) => out.put("UID EXPUNGE ").sequence_set(&expunge.uids),
            Self::Search(search) => out.value(&**search),
            Self::Sort(sort) => out.value(&**sort),
            Self::Thread(thread) => out.value(&**thread),
            Self::Fetch(fetch) => out.value(fetch),
            Self::Store(store) => {
                set(out, store.uid, "STORE ", &store.messages);
                if let Some(mod_seq) = store.unchanged_since {
                    out.put(" (UNCHANGEDSINCE ").number(mod_seq.value()).byte(b')');
                }
                store_item(out.byte(b' '), &store.item)
            }
            Self::Copy(copy) => set(out, copy.uid, "COPY ", &copy.messages).byte(b' ').mailbox(&copy.mailbox),
            Self::Move(copy) => set(out, copy.uid, "MOVE ", &copy.messages).byte(b' ').mailbox(&copy.mailbox),
            Self::Replace(replace) => out.value(replace),
            Self::GetQuota(root) => out.put("GETQUOTA ").astring(root.as_bytes()),
            Self::GetQuotaRoot(mailbox) => out.put("GETQUOTAROOT ").mailbox(mailbox),
            Self::SetQuota(root, limits) => {
                out.put("SETQUOTA ").astring(root.as_bytes()).byte(b' ').list(limits, |out, (name, limit)| {
                    out.put(name.as_bytes()).byte(b' ').number(*limit);
                })
            }
            Self::GetMetadata(metadata) => out.value(metadata),
            Self::SetMetadata(metadata) => out.value(metadata),
            Self::GetAcl(mailbox) => out.put("GETACL ").mailbox(mailbox),
            Self::SetAcl(mailbox, identifier, rights) => {
                identified(out.put("SETACL "), mailbox, identifier).byte(b' ').astring(rights.as_bytes())
            }
            Self::DeleteAcl(mailbox, identifier) => identified(out.put("DELETEACL "), mailbox, identifier),
            Self::ListRights(mailbox, identifier) => identified(out.put("LISTRIGHTS "), mailbox, identifier),
            Self::MyRights(mailbox) => out.put("MYRIGHTS ").mailbox(mailbox),
            Self::Notify(notify) => out.value(notify),
            Self::Compress(algorithm) => out.put("COMPRESS ").put(algorithm.as_str()),
            Self::Unauthenticate => out.put("UNAUTHENTICATE"),
            Self::Language(tags) => words(out.put("LANGUAGE"), tags),
            Self::Comparator(names) => words(out.put("COMPARATOR"), names),
            Self::CancelUpdate(tags) => tags.iter().fold(out.put("CANCELUPDATE"), |out, tag| {
                // A string even where an atom would do (RFC 5267 §5).
                out.byte(b' ').string(tag.as_bytes())
            }),
            Self::GetJmapAccess => out.put("GETJMAPACCESS"),
            Self::GenUrlAuth(urls) => urls.iter().fold(out.put("GENURLAUTH"), |out, (url, mechanism)| {
                out.byte(b' ').astring(url.as_bytes()).byte(b' ').put(mechanism.as_bytes())
            }),
            Self::ResetKey(mailbox, mechanisms) => {
                out.put("RESETKEY");
                if let Some(mailbox) = mailbox {
                    out.byte(b' ').mailbox(mailbox);
                }
                mechanisms.iter().fold(out, |out, mechanism| out.byte(b' ').put(mechanism.as_bytes()))
            }
            Self::UrlFetch(urls) => words(out.put("URLFETCH"), urls),
        };
    }
}

/// `["UID" SP] command SP sequence-set`
fn set<'e>(out: &'e mut Encoder, uid: bool, command: &str, messages: &SequenceSet) -> &'e mut Encoder {
    out.put(if uid { "UID " } else { "" }).put(command).sequence_set(messages)
}

/// `store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP flag-list`
fn store_item<'e>(out: &'e mut Encoder, item: &StoreItem) -> &'e mut Encoder {
    out.put(match item.mode {
        StoreMode::Replace => "FLAGS",
        StoreMode::Add => "+FLAGS",
        StoreMode::Remove => "-FLAGS",
    });
    out.put(if item.silent { ".SILENT " } else { " " }).flags(&item.flags)
}

/// `mailbox SP identifier`
fn identified<'e>(out: &'e mut Encoder, mailbox: &MailboxName, identifier: &AString) -> &'e mut Encoder {
    out.mailbox(mailbox).byte(b' ').astring(identifier.as_bytes())
}

/// `*(SP astring)`
fn words<'e>(out: &'e mut Encoder, words: &[AString]) -> &'e mut Encoder {
    words.iter().fold(out, |out, word| out.byte(b' ').astring(word.as_bytes()))
}

#[cfg(test)]
mod tests;
