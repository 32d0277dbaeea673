//! What SEARCH, SORT and THREAD look for.

use super::{AString, Atom, Date, FetchItem, ModSeq, SequenceSet, Uid, UidSet};

/// `search-key` (RFC 9051 §6.4.4 and extensions). A parsed one nests no deeper than `Limits::search_depth`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchKey {
    /// `ALL`
    All,
    /// `ANSWERED`
    Answered,
    /// `BCC`
    Bcc(AString),
    /// `BEFORE`: by internal date.
    Before(Date),
    /// `BODY`
    Body(AString),
    /// `CC`
    Cc(AString),
    /// `DELETED`
    Deleted,
    /// `DRAFT`
    Draft,
    /// `FLAGGED`
    Flagged,
    /// `FROM`
    From(AString),
    /// `HEADER`: field name and what it contains; empty for "has such a field".
    Header(AString, AString),
    /// `KEYWORD`
    Keyword(Atom),
    /// `LARGER`: more octets than this.
    Larger(u64),
    /// `NEW` (RFC 3501)
    New,
    /// `NOT`
    Not(Box<SearchKey>),
    /// `OLD` (RFC 3501)
    Old,
    /// `ON`: by internal date.
    On(Date),
    /// `OR`
    Or(Box<SearchKey>, Box<SearchKey>),
    /// Several keys in a row or in parentheses: all of them.
    And(Vec<SearchKey>),
    /// `RECENT` (RFC 3501)
    Recent,
    /// `SEEN`
    Seen,
    /// `SENTBEFORE`: by the Date field.
    SentBefore(Date),
    /// `SENTON`: by the Date field.
    SentOn(Date),
    /// `SENTSINCE`: by the Date field.
    SentSince(Date),
    /// A sequence set: by message number.
    Sequence(SequenceSet),
    /// `SINCE`: by internal date.
    Since(Date),
    /// `SMALLER`: fewer octets than this.
    Smaller(u64),
    /// `SUBJECT`
    Subject(AString),
    /// `TEXT`
    Text(AString),
    /// `TO`
    To(AString),
    /// `UID`. A server session hands every sequence set on as this, with plain ranges in it.
    Uid(SequenceSet),
    /// `UIDAFTER` (RFC 9738): a higher UID than this.
    UidAfter(Uid),
    /// `UIDBEFORE` (RFC 9738): a lower UID than this.
    UidBefore(Uid),
    /// `UNANSWERED`
    Unanswered,
    /// `UNDELETED`
    Undeleted,
    /// `UNDRAFT`
    Undraft,
    /// `UNFLAGGED`
    Unflagged,
    /// `UNKEYWORD`
    Unkeyword(Atom),
    /// `UNSEEN`
    Unseen,
    /// `OLDER`: arrived at least that many seconds ago (RFC 5032).
    Older(u32),
    /// `YOUNGER`: arrived at most that many seconds ago (RFC 5032).
    Younger(u32),
    /// `MODSEQ`: changed at that mod-sequence or later (RFC 7162). The entry name and type are read and not kept: they
    /// may be ignored where mod-sequences are a message's and not a flag's.
    ModSeq(ModSeq),
    /// `SAVEDBEFORE` (RFC 8514)
    SavedBefore(Date),
    /// `SAVEDON` (RFC 8514)
    SavedOn(Date),
    /// `SAVEDSINCE` (RFC 8514)
    SavedSince(Date),
    /// `SAVEDATESUPPORTED` (RFC 8514)
    SaveDateSupported,
    /// `EMAILID` (RFC 8474)
    EmailId(AString),
    /// `THREADID` (RFC 8474)
    ThreadId(AString),
    /// `FUZZY` (RFC 6203)
    Fuzzy(Box<SearchKey>),
    /// `FILTER` (RFC 5466)
    Filter(AString),
}

impl SearchKey {
    /// Puts UIDs in the place of all sequence sets, `*` and `$`. `uids` says which messages a set means, of UIDs where it
    /// is told so, or else of message numbers; those that are not there are none. Costs no stack, however deep the key.
    ///
    /// ```
    /// use mailwright_imap::types::{SearchKey, SequenceSet, UidSet};
    ///
    /// // A mailbox of two messages.
    /// let here = UidSet::from_iter([3, 7]);
    /// let mut key = SearchKey::Not(Box::new(SearchKey::Sequence("2:*".parse().unwrap())));
    /// key.resolve(|set, of_uids| match of_uids {
    ///     true => set.resolve(7).intersection(&here),
    ///     false => set.resolve(2).iter().filter_map(|number| here.iter().nth(number as usize - 1)).collect(),
    /// });
    /// assert_eq!(key, SearchKey::Not(Box::new(SearchKey::Uid("7".parse().unwrap()))));
    /// ```
    pub fn resolve(&mut self, mut uids: impl FnMut(&SequenceSet, bool) -> UidSet) {
        let mut stack = vec![self];
        while let Some(key) = stack.pop() {
            let meant = match key {
                Self::Not(key) | Self::Fuzzy(key) => {
                    stack.push(key);
                    continue;
                }
                Self::Or(one, other) => {
                    stack.extend([&mut **one, &mut **other]);
                    continue;
                }
                Self::And(keys) => {
                    stack.extend(keys);
                    continue;
                }
                Self::Sequence(set) => uids(set, false),
                Self::Uid(set) => uids(set, true),
                Self::UidAfter(uid) => uids(&SequenceSet::all(), true).difference(&up_to(uid.value())),
                Self::UidBefore(uid) => uids(&SequenceSet::all(), true).intersection(&up_to(uid.value() - 1)),
                _ => continue,
            };
            *key = Self::Uid(SequenceSet::from(&meant));
        }
    }

    /// Shows it and each key in it. Costs no stack.
    pub(crate) fn visit(&self, mut each: impl FnMut(&Self)) {
        let mut stack = vec![self];
        while let Some(key) = stack.pop() {
            each(key);
            match key {
                Self::Not(key) | Self::Fuzzy(key) => stack.push(key),
                Self::Or(one, other) => stack.extend([&**one, &**other]),
                Self::And(keys) => stack.extend(keys),
                _ => {}
            }
        }
    }

    /// Whether all texts that are looked for fit.
    pub(crate) fn all_texts(&self, mut fits: impl FnMut(&AString) -> bool) -> bool {
        let mut all = true;
        self.visit(|key| match key {
            Self::Bcc(text)
            | Self::Body(text)
            | Self::Cc(text)
            | Self::From(text)
            | Self::Header(_, text)
            | Self::Subject(text)
            | Self::Text(text)
            | Self::To(text) => all &= fits(text),
            _ => {}
        });
        all
    }
}

/// The UIDs from the first to this one.
fn up_to(last: u32) -> UidSet {
    let mut uids = UidSet::new();
    uids.push(1, last);
    uids
}

/// The charset of a search's strings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Charset {
    /// `US-ASCII`
    UsAscii,
    /// `UTF-8`: it holds US-ASCII.
    #[default]
    Utf8,
    /// Another one. A server session answers `NO [BADCHARSET]`.
    Other(AString),
}

/// `search-return-opts` (RFC 9051 §6.4.4, RFC 4731, RFC 5182, RFC 9394). All false and `None`: `RETURN ()`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchReturn {
    /// `MIN`
    pub min: bool,
    /// `MAX`
    pub max: bool,
    /// `ALL`
    pub all: bool,
    /// `COUNT`
    pub count: bool,
    /// `SAVE`
    pub save: bool,
    /// `PARTIAL`: first and last position in the result, from 1; negative counts from its end (RFC 9394).
    pub partial: Option<(i64, i64)>,
    /// `RELEVANCY` (RFC 6203)
    pub relevancy: bool,
    /// `UPDATE` (RFC 5267), with what to fetch of messages that come into the result (RFC 5465 §7).
    pub update: Option<Vec<FetchItem>>,
    /// `CONTEXT` (RFC 5267)
    pub context: bool,
}

/// `sort-criterion` (RFC 5256, RFC 5957).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortCriterion {
    /// `REVERSE`
    pub reverse: bool,
    /// What is compared.
    pub key: SortKey,
}

/// `sort-key` (RFC 5256, RFC 5957).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// `ARRIVAL`
    Arrival,
    /// `CC`
    Cc,
    /// `DATE`
    Date,
    /// `DISPLAYFROM` (RFC 5957)
    DisplayFrom,
    /// `DISPLAYTO` (RFC 5957)
    DisplayTo,
    /// `RELEVANCY` (RFC 6203)
    Relevancy,
    /// `FROM`
    From,
    /// `SIZE`
    Size,
    /// `SUBJECT`
    Subject,
    /// `TO`
    To,
}

/// `thread-alg` (RFC 5256).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThreadAlgorithm {
    /// `ORDEREDSUBJECT`
    OrderedSubject,
    /// `REFERENCES`
    References,
    /// One that this crate does not know. A server session answers `BAD`.
    Other(Atom),
}
