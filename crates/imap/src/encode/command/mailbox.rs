//! SELECT, CREATE, LIST and STATUS.

use crate::{
    encode::{Encode, core::Encoder},
    parse::core::class,
    types::{
        ListReturn, ListSelect, MailboxName,
        command::{Create, List, QResync, Select, Status},
    },
};

/// Words in a list, none of them written twice or out of place.
struct Words(usize);

impl Words {
    fn next<'e>(&mut self, out: &'e mut Encoder, word: &str) -> &'e mut Encoder {
        if self.0 > 0 {
            out.byte(b' ');
        }
        self.0 += 1;
        out.put(word)
    }
}

/// `mailbox [select-params]`
impl Encode for Select {
    fn encode(&self, out: &mut Encoder) {
        out.mailbox(&self.mailbox);
        if !self.condstore && self.qresync.is_none() {
            return;
        }
        out.put(" (");
        let mut words = Words(0);
        if self.condstore {
            words.next(out, "CONDSTORE");
        }
        if let Some(resync) = &self.qresync {
            words.next(out, "QRESYNC ").value(resync);
        }
        out.byte(b')');
    }
}

/// `"(" uidvalidity SP mod-sequence-value [SP known-uids] [SP seq-match-data] ")"` (RFC 7162 §7)
impl Encode for QResync {
    fn encode(&self, out: &mut Encoder) {
        out.byte(b'(').number(u64::from(self.uid_validity.value())).byte(b' ').number(self.mod_seq.value());
        if let Some(uids) = &self.known_uids {
            out.byte(b' ').sequence_set(uids);
        }
        if let Some((numbers, uids)) = &self.match_data {
            out.put(" (").sequence_set(numbers).byte(b' ').sequence_set(uids).byte(b')');
        }
        out.byte(b')');
    }
}

/// `create = "CREATE" SP mailbox [SP "(USE (" [use-attr *(SP use-attr)] "))"]`
impl Encode for Create {
    fn encode(&self, out: &mut Encoder) {
        out.put("CREATE ").mailbox(&self.mailbox);
        if !self.special_use.is_empty() {
            out.put(" (USE ").list(&self.special_use, |out, attribute| {
                out.byte(b'\\').put(attribute.as_str());
            });
            out.byte(b')');
        }
    }
}

/// `status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"`
impl Encode for Status {
    fn encode(&self, out: &mut Encoder) {
        out.put("STATUS ").mailbox(&self.mailbox).byte(b' ').list(&self.items, |out, item| {
            out.put(item.as_str());
        });
    }
}

/// `list = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]`
impl Encode for List {
    fn encode(&self, out: &mut Encoder) {
        out.put("LIST ");
        if let Some(select) = self.options.select {
            out.value(&select).byte(b' ');
        }
        out.mailbox(&self.reference).byte(b' ');
        match &self.patterns[..] {
            [only] => {
                pattern(out, only);
            }
            several => {
                out.list(several, |out, name| {
                    pattern(out, name);
                });
            }
        }
        if let Some(returns) = &self.options.returns {
            out.put(" RETURN ").value(returns);
        }
    }
}

/// `list-mailbox = 1*list-char / string`
pub(super) fn pattern<'e>(out: &'e mut Encoder, pattern: &MailboxName) -> &'e mut Encoder {
    let wire = pattern.to_wire(out.is_utf8());
    if !wire.is_empty() && wire.is_ascii() && wire.iter().all(|&byte| class::is_list(byte)) {
        out.put(&*wire)
    } else {
        out.string(&wire)
    }
}

/// `list-select-opts = "(" [*(list-select-option SP) ...] ")"`
impl Encode for ListSelect {
    fn encode(&self, out: &mut Encoder) {
        out.byte(b'(');
        let mut words = Words(0);
        for (given, word) in [
            (self.subscribed, "SUBSCRIBED"),
            (self.remote, "REMOTE"),
            (self.special_use, "SPECIAL-USE"),
            // It needs another option before it.
            (self.recursive_match, "RECURSIVEMATCH"),
        ] {
            if given {
                words.next(out, word);
            }
        }
        out.byte(b')');
    }
}

/// `"(" [return-option *(SP return-option)] ")"`
impl Encode for ListReturn {
    fn encode(&self, out: &mut Encoder) {
        out.byte(b'(');
        let mut words = Words(0);
        for (given, word) in [
            (self.subscribed, "SUBSCRIBED"),
            (self.children, "CHILDREN"),
            (self.special_use, "SPECIAL-USE"),
            (self.my_rights, "MYRIGHTS"),
        ] {
            if given {
                words.next(out, word);
            }
        }
        if let Some(items) = &self.status {
            words.next(out, "STATUS ").list(items, |out, item| {
                out.put(item.as_str());
            });
        }
        if let Some(entries) = &self.metadata {
            words.next(out, "METADATA ").list(entries, |out, entry| {
                out.astring(entry.as_bytes());
            });
        }
        out.byte(b')');
    }
}
