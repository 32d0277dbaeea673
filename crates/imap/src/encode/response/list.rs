//! `LIST`, `NAMESPACE` and `STATUS`.

use crate::{
    encode::{Encode, core::Encoder},
    types::response::{List, ListExtendedItem, MailboxStatus, Namespace, Namespaces, StatusValue},
};

/// `mailbox-list = "(" [mbx-list-flags] ")" SP (DQUOTE QUOTED-CHAR DQUOTE / nil) SP mailbox [SP mbox-list-extended]`
impl Encode for List {
    fn encode(&self, out: &mut Encoder) {
        out.list(&self.attributes, |out, attribute| {
            out.byte(b'\\').put(attribute.name());
        });
        delimiter(out.byte(b' '), self.delimiter).byte(b' ').mailbox(&self.mailbox);
        if !self.extended.is_empty() {
            out.byte(b' ').list(&self.extended, |out, item| {
                out.value(item);
            });
        }
    }
}

/// `mbox-list-extended-item = mbox-list-extended-item-tag SP tagged-ext-val`
impl Encode for ListExtendedItem {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::ChildInfo(criteria) => out.put("CHILDINFO ").list(criteria, |out, criterion| {
                out.string(criterion);
            }),
            Self::OldName(name) => out.put("OLDNAME (").mailbox(name).byte(b')'),
            Self::Other(name, value) => out.astring(name).byte(b' ').value(value),
        };
    }
}

fn delimiter(out: &mut Encoder, delimiter: Option<char>) -> &mut Encoder {
    match delimiter {
        Some(delimiter) => out.string(delimiter.encode_utf8(&mut [0; 4]).as_bytes()),
        None => out.put("NIL"),
    }
}

/// `namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace`
impl Encode for Namespaces {
    fn encode(&self, out: &mut Encoder) {
        kind(out, &self.personal);
        kind(out.byte(b' '), &self.other);
        kind(out.byte(b' '), &self.shared);
    }
}

/// `namespace = nil / "(" 1*namespace-descr ")"`
fn kind(out: &mut Encoder, namespaces: &[Namespace]) {
    if namespaces.is_empty() {
        out.put("NIL");
        return;
    }
    out.byte(b'(');
    for namespace in namespaces {
        let prefix = namespace.prefix.to_wire(out.is_utf8());
        out.byte(b'(').string(&prefix).byte(b' ');
        delimiter(out, namespace.delimiter);
        for (name, values) in &namespace.extensions {
            out.byte(b' ').string(name).byte(b' ').list(values, |out, value| {
                out.string(value);
            });
        }
        out.byte(b')');
    }
    out.byte(b')');
}

/// `mailbox SP "(" [status-att-list] ")"`
impl Encode for MailboxStatus {
    fn encode(&self, out: &mut Encoder) {
        out.mailbox(&self.mailbox).byte(b' ').list(&self.values, |out, value| {
            let count = |out: &mut Encoder, name: &str, number: u64| {
                out.put(name).byte(b' ').number(number);
            };
            match value {
                StatusValue::Messages(n) => count(out, "MESSAGES", u64::from(*n)),
                StatusValue::Recent(n) => count(out, "RECENT", u64::from(*n)),
                StatusValue::Unseen(n) => count(out, "UNSEEN", u64::from(*n)),
                StatusValue::Deleted(n) => count(out, "DELETED", u64::from(*n)),
                StatusValue::UidNext(n) => count(out, "UIDNEXT", u64::from(*n)),
                StatusValue::UidValidity(n) => count(out, "UIDVALIDITY", u64::from(n.value())),
                StatusValue::Size(n) => count(out, "SIZE", *n),
                StatusValue::HighestModSeq(n) => count(out, "HIGHESTMODSEQ", n.value()),
                StatusValue::AppendLimit(Some(n)) => count(out, "APPENDLIMIT", *n),
                StatusValue::AppendLimit(None) => {
                    out.put("APPENDLIMIT NIL");
                }
                StatusValue::DeletedStorage(n) => count(out, "DELETED-STORAGE", *n),
                StatusValue::MailboxId(id) => {
                    out.put("MAILBOXID (").put(id.as_bytes()).byte(b')');
                }
                StatusValue::Other(name, value) => {
                    out.put(name).byte(b' ').value(value);
                }
            }
        });
    }
}
