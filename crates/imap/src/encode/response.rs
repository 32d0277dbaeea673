//! Responses as octets: what a server session writes.

mod body_structure;
mod fetch;
mod list;
mod search;
mod status;

pub use fetch::{fetch_attribute, fetch_begin, fetch_end};

use super::{Encode, core::Encoder};
use crate::types::response::{Continue, MetadataEntries, Response, Tagged, Untagged, Value};
use bytes::Bytes;

/// A whole response, its CRLF included.
impl Encode for Response {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::Continue(more) => more.encode(out),
            Self::Untagged(data) => data.encode(out),
            Self::Tagged(done) => done.encode(out),
        }
    }
}

/// `continue-req = "+" SP (resp-text / base64) CRLF`
impl Encode for Continue {
    fn encode(&self, out: &mut Encoder) {
        out.put("+ ").put(self.text.as_bytes()).put("\r\n");
    }
}

/// `response-tagged = tag SP resp-cond-state CRLF`
impl Encode for Tagged {
    fn encode(&self, out: &mut Encoder) {
        out.put(self.tag.as_bytes()).byte(b' ').value(&self.status).put("\r\n");
    }
}

/// `response-data = "*" SP (resp-cond-state / resp-cond-bye / mailbox-data / message-data / capability-data) CRLF`
impl Encode for Untagged {
    fn encode(&self, out: &mut Encoder) {
        data(self, out.put("* "));
        out.put("\r\n");
    }
}

fn data(data: &Untagged, out: &mut Encoder) {
    match data {
        Untagged::Status(status) => out.value(status),
        Untagged::Capability(capabilities) => out.put("CAPABILITY").value(capabilities),
        Untagged::Enabled(capabilities) => out.put("ENABLED").value(capabilities),
        Untagged::List(list) => out.put("LIST ").value(list),
        Untagged::Lsub(list) => out.put("LSUB ").value(list),
        Untagged::Namespace(namespaces) => out.put("NAMESPACE ").value(namespaces),
        Untagged::MailboxStatus(status) => out.put("STATUS ").value(status),
        Untagged::Search(found) => out.put("SEARCH").value(found),
        Untagged::Sort(found) => out.put("SORT").value(found),
        Untagged::Esearch(found) => out.put("ESEARCH").value(found),
        Untagged::Thread(threads) => out.put("THREAD").value(threads),
        Untagged::Flags(flags) => out.put("FLAGS ").flags(flags),
        Untagged::Exists(count) => out.number(u64::from(*count)).put(" EXISTS"),
        Untagged::Recent(count) => out.number(u64::from(*count)).put(" RECENT"),
        Untagged::Expunge(number) => out.number(u64::from(number.get())).put(" EXPUNGE"),
        Untagged::Vanished { earlier, uids } => {
            out.put(if *earlier { "VANISHED (EARLIER) " } else { "VANISHED " }).uid_set(uids)
        }
        Untagged::Fetch(fetch) => out.value(fetch),
        Untagged::Id(pairs) => id(out, pairs.as_deref()),
        Untagged::Quota(quota) => {
            out.put("QUOTA ").astring(&quota.root).byte(b' ').list(&quota.resources, |out, resource| {
                out.put(resource.name.as_str()).byte(b' ').number(resource.usage);
                out.byte(b' ').number(resource.limit);
            })
        }
        Untagged::QuotaRoots(quota) => words(out.put("QUOTAROOT ").mailbox(&quota.mailbox), &quota.roots),
        Untagged::Acl(acl) => {
            out.put("ACL ").mailbox(&acl.mailbox);
            for (identifier, rights) in &acl.entries {
                out.byte(b' ').astring(identifier).byte(b' ').astring(rights);
            }
            out
        }
        Untagged::ListRights(list) => {
            out.put("LISTRIGHTS ").mailbox(&list.mailbox).byte(b' ').astring(&list.identifier);
            words(out.byte(b' ').astring(&list.required), &list.optional)
        }
        Untagged::MyRights(mine) => {
            out.put("MYRIGHTS ").mailbox(&mine.mailbox).byte(b' ').astring(&mine.rights)
        }
        Untagged::Metadata(metadata) => {
            out.put("METADATA ").mailbox(&metadata.mailbox);
            match &metadata.entries {
                MetadataEntries::Changed(names) => words(out, names),
                MetadataEntries::Values(values) => out.byte(b' ').list(values, |out, (name, value)| {
                    out.astring(name).byte(b' ').nstring(value.as_deref());
                }),
            }
        }
        Untagged::Language(tags) => out.put("LANGUAGE ").list(tags, |out, tag| {
            out.string(tag);
        }),
        Untagged::Comparator(comparator) => {
            out.put("COMPARATOR ").string(&comparator.active);
            if comparator.matching.is_empty() {
                return;
            }
            out.byte(b' ').list(&comparator.matching, |out, name| {
                out.string(name);
            })
        }
        Untagged::GenUrlAuth(urls) => words(out.put("GENURLAUTH"), urls),
        Untagged::UrlFetch(urls) => {
            out.put("URLFETCH");
            for url in urls {
                out.byte(b' ').astring(&url.url).byte(b' ').nstring(url.data.as_deref());
            }
            out
        }
        Untagged::JmapAccess(url) => out.put("JMAPACCESS ").string(url),
        Untagged::Other { name, number, rest } => {
            if let Some(number) = number {
                out.number(u64::from(*number)).byte(b' ');
            }
            out.put(name);
            if !rest.is_empty() {
                out.byte(b' ').put(rest);
            }
            out
        }
    };
}

/// `*(SP astring)`
fn words<'e>(out: &'e mut Encoder, words: &[Bytes]) -> &'e mut Encoder {
    for word in words {
        out.byte(b' ').astring(word);
    }
    out
}

/// `id-response = "ID" SP id-params-list` and `id-params-list = "(" *(string SP nstring) ")" / nil`
fn id<'e>(out: &'e mut Encoder, pairs: Option<&[(Bytes, Option<Bytes>)]>) -> &'e mut Encoder {
    out.put("ID ");
    match pairs {
        None => out.put("NIL"),
        Some(pairs) => out.list(pairs, |out, (name, value)| {
            out.string(name).byte(b' ').nstring(value.as_deref());
        }),
    }
}

/// `tagged-ext-val` and `body-extension`
impl Encode for Value {
    fn encode(&self, out: &mut Encoder) {
        // What is still to be written at each level, with whether something stands before it.
        let mut levels: Vec<std::slice::Iter<'_, Self>> = Vec::new();
        let mut next = Some(self);
        let mut first = true;
        loop {
            if let Some(value) = next {
                if !first {
                    out.byte(b' ');
                }
                first = false;
                match value {
                    Self::Nil => out.put("NIL"),
                    Self::Number(number) => out.number(*number),
                    Self::Atom(atom) => out.put(atom),
                    Self::String(string) => out.string(string),
                    Self::List(values) => {
                        levels.push(values.iter());
                        first = true;
                        out.byte(b'(')
                    }
                };
            } else {
                levels.pop();
                first = false;
                out.byte(b')');
            }
            match levels.last_mut() {
                Some(level) => next = level.next(),
                None => return,
            }
        }
    }
}
