//! SEARCH, SORT and THREAD.

use crate::{
    encode::{Encode, core::Encoder},
    types::{
        AString, Charset, SearchKey, SearchReturn, SortKey, ThreadAlgorithm,
        command::{Search, SearchSource, Sort, SourceMailboxes, Thread},
    },
};

/// `search = ["UID" SP] "SEARCH" [search-return-opts] SP search-program`, or `ESEARCH` where it says in which mailboxes.
impl Encode for Search {
    fn encode(&self, out: &mut Encoder) {
        out.put(if self.uid { "UID " } else { "" });
        match &self.source {
            None => out.put("SEARCH "),
            Some(sources) if sources.is_empty() => out.put("ESEARCH "),
            Some(sources) => {
                out.put("ESEARCH IN ").list(sources, |out, source| {
                    match source {
                        SearchSource::Selected => out.put("selected"),
                        SearchSource::Inboxes => out.put("inboxes"),
                        SearchSource::Personal => out.put("personal"),
                        SearchSource::Subscribed => out.put("subscribed"),
                        SearchSource::Mailboxes(mailboxes) => source_mailboxes(out, mailboxes),
                    };
                });
                out.byte(b' ')
            }
        };
        returns(out, self.returns.as_ref());
        if let Some(said) = &self.charset {
            charset(out.put("CHARSET "), said);
        }
        program(out, &self.key);
    }
}

/// `sort = ["UID" SP] "SORT" [search-return-opts] SP sort-criteria SP search-criteria`
impl Encode for Sort {
    fn encode(&self, out: &mut Encoder) {
        out.put(if self.uid { "UID SORT " } else { "SORT " });
        returns(out, self.returns.as_ref());
        out.list(&self.criteria, |out, criterion| {
            out.put(if criterion.reverse { "REVERSE " } else { "" }).put(match criterion.key {
                SortKey::Arrival => "ARRIVAL",
                SortKey::Cc => "CC",
                SortKey::Date => "DATE",
                SortKey::DisplayFrom => "DISPLAYFROM",
                SortKey::DisplayTo => "DISPLAYTO",
                SortKey::Relevancy => "RELEVANCY",
                SortKey::From => "FROM",
                SortKey::Size => "SIZE",
                SortKey::Subject => "SUBJECT",
                SortKey::To => "TO",
            });
        });
        charset(out.byte(b' '), &self.charset);
        program(out, &self.key);
    }
}

/// `thread = ["UID" SP] "THREAD" SP thread-alg SP search-criteria`
impl Encode for Thread {
    fn encode(&self, out: &mut Encoder) {
        out.put(if self.uid { "UID THREAD " } else { "THREAD " });
        match &self.algorithm {
            ThreadAlgorithm::OrderedSubject => out.put("ORDEREDSUBJECT "),
            ThreadAlgorithm::References => out.put("REFERENCES "),
            ThreadAlgorithm::Other(name) => out.put(name.as_bytes()).byte(b' '),
        };
        charset(out, &self.charset);
        program(out, &self.key);
    }
}

fn charset(out: &mut Encoder, charset: &Charset) {
    match charset {
        Charset::UsAscii => out.put("US-ASCII "),
        Charset::Utf8 => out.put("UTF-8 "),
        Charset::Other(name) => out.astring(name.as_bytes()).byte(b' '),
    };
}

/// `("subtree" / "subtree-one" / "mailboxes") SP "(" mailbox *(SP mailbox) ")"`
pub(super) fn source_mailboxes<'e>(out: &'e mut Encoder, mailboxes: &SourceMailboxes) -> &'e mut Encoder {
    let (word, names) = match mailboxes {
        SourceMailboxes::Subtree(names) => ("subtree ", names),
        SourceMailboxes::SubtreeOne(names) => ("subtree-one ", names),
        SourceMailboxes::Exactly(names) => ("mailboxes ", names),
    };
    out.put(word).list(names, |out, name| {
        out.mailbox(name);
    })
}

/// `["RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")" SP]`
fn returns(out: &mut Encoder, options: Option<&SearchReturn>) {
    let Some(options) = options else { return };
    let plain = [
        (options.min, "MIN"),
        (options.max, "MAX"),
        (options.all, "ALL"),
        (options.count, "COUNT"),
        (options.save, "SAVE"),
        (options.relevancy, "RELEVANCY"),
        (options.context, "CONTEXT"),
    ];
    out.put("RETURN (");
    let mut more = false;
    let mut option = |out: &mut Encoder, word: &str| {
        out.put(if more { " " } else { "" }).put(word);
        more = true;
    };
    plain.iter().filter(|(given, _)| *given).for_each(|(_, word)| option(out, word));
    if let Some((first, last)) = options.partial {
        option(out, "PARTIAL ");
        out.display(first).byte(b':').display(last);
    }
    if let Some(items) = &options.update {
        option(out, "UPDATE");
        if !items.is_empty() {
            out.byte(b' ').list(items, |out, item| {
                out.value(item);
            });
        }
    }
    out.put(") ");
}

/// `search-key *(SP search-key)`
fn program(out: &mut Encoder, key: &SearchKey) {
    match key {
        SearchKey::And(keys) if !keys.is_empty() => {
            for (index, key) in keys.iter().enumerate() {
                if index > 0 {
                    out.byte(b' ');
                }
                out.value(key);
            }
        }
        key => {
            out.value(key);
        }
    }
}

/// `search-key`. As deep as the key that the caller made.
impl Encode for SearchKey {
    fn encode(&self, out: &mut Encoder) {
        match self {
            Self::All => out.put("ALL"),
            Self::Answered => out.put("ANSWERED"),
            Self::Bcc(it) => text(out, "BCC", it),
            Self::Before(date) => out.put("BEFORE ").date(*date),
            Self::Body(it) => text(out, "BODY", it),
            Self::Cc(it) => text(out, "CC", it),
            Self::Deleted => out.put("DELETED"),
            Self::Draft => out.put("DRAFT"),
            Self::Flagged => out.put("FLAGGED"),
            Self::From(it) => text(out, "FROM", it),
            Self::Header(name, it) => {
                out.put("HEADER ").astring(name.as_bytes()).byte(b' ').astring(it.as_bytes())
            }
            Self::Keyword(name) => out.put("KEYWORD ").put(name.as_bytes()),
            Self::Larger(size) => out.put("LARGER ").number(*size),
            Self::New => out.put("NEW"),
            Self::Not(key) => out.put("NOT ").value(&**key),
            Self::Old => out.put("OLD"),
            Self::On(date) => out.put("ON ").date(*date),
            Self::Or(one, other) => out.put("OR ").value(&**one).byte(b' ').value(&**other),
            // All of no keys: everything.
            Self::And(keys) if keys.is_empty() => out.put("ALL"),
            Self::And(keys) => out.list(keys, |out, key| {
                out.value(key);
            }),
            Self::Recent => out.put("RECENT"),
            Self::Seen => out.put("SEEN"),
            Self::SentBefore(date) => out.put("SENTBEFORE ").date(*date),
            Self::SentOn(date) => out.put("SENTON ").date(*date),
            Self::SentSince(date) => out.put("SENTSINCE ").date(*date),
            Self::Sequence(set) => out.sequence_set(set),
            Self::Since(date) => out.put("SINCE ").date(*date),
            Self::Smaller(size) => out.put("SMALLER ").number(*size),
            Self::Subject(it) => text(out, "SUBJECT", it),
            Self::Text(it) => text(out, "TEXT", it),
            Self::To(it) => text(out, "TO", it),
            Self::Uid(set) => out.put("UID ").sequence_set(set),
            Self::UidAfter(uid) => out.put("UIDAFTER ").number(u64::from(uid.value())),
            Self::UidBefore(uid) => out.put("UIDBEFORE ").number(u64::from(uid.value())),
            Self::Unanswered => out.put("UNANSWERED"),
            Self::Undeleted => out.put("UNDELETED"),
            Self::Undraft => out.put("UNDRAFT"),
            Self::Unflagged => out.put("UNFLAGGED"),
            Self::Unkeyword(name) => out.put("UNKEYWORD ").put(name.as_bytes()),
            Self::Unseen => out.put("UNSEEN"),
            Self::Older(seconds) => out.put("OLDER ").number(u64::from(*seconds)),
            Self::Younger(seconds) => out.put("YOUNGER ").number(u64::from(*seconds)),
            Self::ModSeq(mod_seq) => out.put("MODSEQ ").number(mod_seq.value()),
            Self::SavedBefore(date) => out.put("SAVEDBEFORE ").date(*date),
            Self::SavedOn(date) => out.put("SAVEDON ").date(*date),
            Self::SavedSince(date) => out.put("SAVEDSINCE ").date(*date),
            Self::SaveDateSupported => out.put("SAVEDATESUPPORTED"),
            Self::EmailId(id) => text(out, "EMAILID", id),
            Self::ThreadId(id) => text(out, "THREADID", id),
            Self::Fuzzy(key) => out.put("FUZZY ").value(&**key),
            Self::Filter(name) => text(out, "FILTER", name),
        };
    }
}

fn text<'e>(out: &'e mut Encoder, name: &str, text: &AString) -> &'e mut Encoder {
    out.put(name).byte(b' ').astring(text.as_bytes())
}
