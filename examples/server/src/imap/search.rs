//! SEARCH: keys that the view can decide first, then what has to be looked up, among what is left.

mod fuzzy;

use super::{refusal::no, selected::Selected, sets};
pub(super) use fuzzy::Scores;
use mailwright_imap::{
    server::{Found, ModSeqOf, No, SearchRequest},
    types::{AString, Date, ModSeq, SearchKey, response::Code},
};
use mailwright_store::{Criterion, Entry, Flags, Store, ThreadId, Timestamp, UidSet, View};
use std::{pin::Pin, sync::Arc};

/// How many messages are looked at in one go: for some hundred microseconds.
const AT_ONCE: usize = 16_384;

/// Finds messages of the selected mailbox.
pub(super) async fn search<S: Store>(
    store: &S,
    selected: &Selected,
    request: &SearchRequest,
) -> Result<Found, No> {
    let view = selected.view();
    let (found, scores) = find_in(store, view.clone(), &selected.recent, &request.key).await?;
    let uids = sets::to_imap(&found);
    let newest = |of: ModSeqOf| {
        let counted = sets::to_store(&of.among(&uids));
        view.among(&counted).map(|entry| entry.modseq).max()
    };
    let mod_seq = request.mod_seq_of.and_then(newest);
    let scores = if request.scores { found.iter().map(|uid| scores.of(uid)).collect() } else { Vec::new() };
    Ok(Found { uids, mod_seq: mod_seq.and_then(|found| ModSeq::new(found.value())), scores })
}

/// The UIDs of the messages that a key is true of.
pub(super) async fn find<S: Store>(store: &S, selected: &Selected, key: &SearchKey) -> Result<UidSet, No> {
    Ok(find_in(store, selected.view(), &selected.recent, key).await?.0)
}

/// As [`find`], in any mailbox, and how well the messages fit where the key is fuzzy. `recent` are those that this
/// session alone was told of.
pub(super) async fn find_in<S: Store>(
    store: &S,
    view: Arc<View>,
    recent: &UidSet,
    key: &SearchKey,
) -> Result<(UidSet, Scores), No> {
    let among = view.uids();
    let searching = Searching { store, view, recent, now: Timestamp::now(), scores: Scores::default() };
    let found = searching.among(key, among, false).await?;
    Ok((found, searching.scores))
}

struct Searching<'s, S: Store> {
    store: &'s S,
    view: Arc<View>,
    recent: &'s UidSet,
    now: Timestamp,
    scores: Scores,
}

type Finding<'f> = Pin<Box<dyn Future<Output = Result<UidSet, No>> + Send + 'f>>;

impl<S: Store> Searching<'_, S> {
    /// Those of `among` that the key is true of; with `fuzzy`, that its texts are more or less in. The session bounds how
    /// deep keys nest.
    fn among<'f>(&'f self, key: &'f SearchKey, among: UidSet, fuzzy: bool) -> Finding<'f> {
        Box::pin(async move {
            if among.is_empty() {
                return Ok(among);
            }
            match key {
                SearchKey::All => Ok(among),
                SearchKey::Uid(set) => Ok(among.intersection(&sets::to_store(&set.resolve(u32::MAX)))),
                _ if is_plain(key) => Ok(self.plain(&[key], &among).await),
                SearchKey::And(keys) => {
                    let (plain, rest): (Vec<_>, Vec<_>) = keys.iter().partition(|key| is_plain(key));
                    let mut left = among;
                    if !plain.is_empty() {
                        left = self.plain(&plain, &left).await;
                    }
                    for key in rest {
                        left = self.among(key, left, fuzzy).await?;
                    }
                    Ok(left)
                }
                SearchKey::Or(one, other) => {
                    let found = self.among(one, among.clone(), fuzzy).await?;
                    let rest = self.among(other, among.difference(&found), fuzzy).await?;
                    Ok(found.union(&rest))
                }
                // What more or less fits says nothing of what does not.
                SearchKey::Not(key) => Ok(among.difference(&self.among(key, among.clone(), false).await?)),
                SearchKey::Fuzzy(key) => self.among(key, among, true).await,
                key => match fuzzy::text(key).filter(|_| fuzzy) {
                    Some((text, with)) => {
                        self.words(text, with, among, matches!(key, SearchKey::Text(_))).await
                    }
                    None => self.look(key, among).await,
                },
            }
        })
    }

    /// What the store finds of a key that is neither made of others nor decided here.
    async fn look(&self, key: &SearchKey, among: UidSet) -> Result<UidSet, No> {
        match criterion(key)? {
            Some(criterion) if !among.is_empty() => self.ask(criterion, among).await,
            _ => Ok(UidSet::new()),
        }
    }

    async fn ask(&self, criterion: Criterion, among: UidSet) -> Result<UidSet, No> {
        self.store.search(self.view.clone(), among, criterion).await.map_err(no)
    }

    /// Those of `among` that keys are true of which the view can decide. Other sessions have their turn meanwhile.
    async fn plain(&self, keys: &[&SearchKey], among: &UidSet) -> UidSet {
        let mut found = UidSet::new();
        for (at, entry) in self.view.among(among).enumerate() {
            if at % AT_ONCE == AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
            if keys.iter().all(|key| self.decide(key, &entry) == Some(true)) {
                found.insert(entry.uid);
            }
        }
        found
    }

    /// Decides a key of one message from the view alone. `None`: it does not know.
    fn decide(&self, key: &SearchKey, entry: &Entry) -> Option<bool> {
        let has = |flag: Flags| entry.flags.contains(flag);
        let keyword = |name: &str| self.view.keywords().flag(name).is_some_and(has);
        let recent = || self.recent.contains(entry.uid);
        let age = self.now.secs() - entry.received.secs();
        Some(match key {
            SearchKey::All | SearchKey::SaveDateSupported => true,
            SearchKey::Answered => has(Flags::ANSWERED),
            SearchKey::Deleted => has(Flags::DELETED),
            SearchKey::Draft => has(Flags::DRAFT),
            SearchKey::Flagged => has(Flags::FLAGGED),
            SearchKey::Seen => has(Flags::SEEN),
            SearchKey::Unanswered => !has(Flags::ANSWERED),
            SearchKey::Undeleted => !has(Flags::DELETED),
            SearchKey::Undraft => !has(Flags::DRAFT),
            SearchKey::Unflagged => !has(Flags::FLAGGED),
            SearchKey::Unseen => !has(Flags::SEEN),
            SearchKey::Keyword(name) => keyword(name.as_str()),
            SearchKey::Unkeyword(name) => !keyword(name.as_str()),
            SearchKey::Recent => recent(),
            SearchKey::Old => !recent(),
            SearchKey::New => !has(Flags::SEEN) && recent(),
            SearchKey::Before(date) => day(entry.received) < date.days_since_epoch(),
            SearchKey::On(date) => day(entry.received) == date.days_since_epoch(),
            SearchKey::Since(date) => day(entry.received) >= date.days_since_epoch(),
            SearchKey::SavedBefore(date) => day(entry.saved) < date.days_since_epoch(),
            SearchKey::SavedOn(date) => day(entry.saved) == date.days_since_epoch(),
            SearchKey::SavedSince(date) => day(entry.saved) >= date.days_since_epoch(),
            SearchKey::Older(seconds) => age >= i64::from(*seconds),
            SearchKey::Younger(seconds) => age <= i64::from(*seconds),
            SearchKey::Larger(size) => entry.size > *size,
            SearchKey::Smaller(size) => entry.size < *size,
            SearchKey::ModSeq(since) => entry.modseq.value() >= since.value(),
            SearchKey::EmailId(id) => id.as_str() == Some(&format!("M{}", entry.message.value())),
            SearchKey::Not(key) => !self.decide(key, entry)?,
            SearchKey::Fuzzy(key) => self.decide(key, entry)?,
            SearchKey::Or(one, other) => self.decide(one, entry)? || self.decide(other, entry)?,
            SearchKey::And(keys) => {
                for key in keys {
                    if !self.decide(key, entry)? {
                        return Some(false);
                    }
                }
                true
            }
            _ => return None,
        })
    }
}

/// Whether one look at a message in the view decides a key. Sets of UIDs are compared as sets.
fn is_plain(key: &SearchKey) -> bool {
    let mut stack = vec![key];
    while let Some(key) = stack.pop() {
        match key {
            SearchKey::And(keys) => stack.extend(keys),
            SearchKey::Or(one, other) => stack.extend([&**one, &**other]),
            SearchKey::Not(key) | SearchKey::Fuzzy(key) => stack.push(key),
            SearchKey::Bcc(_)
            | SearchKey::Body(_)
            | SearchKey::Cc(_)
            | SearchKey::From(_)
            | SearchKey::Header(..)
            | SearchKey::SentBefore(_)
            | SearchKey::SentOn(_)
            | SearchKey::SentSince(_)
            | SearchKey::Subject(_)
            | SearchKey::Text(_)
            | SearchKey::To(_)
            | SearchKey::ThreadId(_)
            | SearchKey::Uid(_)
            | SearchKey::Filter(_) => return false,
            _ => {}
        }
    }
    true
}

/// What the store is asked for a key. `None`: nothing can match.
fn criterion(key: &SearchKey) -> Result<Option<Criterion>, No> {
    let text = |text: &AString| String::from_utf8_lossy(text.as_bytes()).into_owned();
    let header = |name: &str, value: &AString| Criterion::Header { name: name.to_owned(), text: text(value) };
    let (first, last) = (Timestamp::new(i64::MIN), Timestamp::new(i64::MAX));
    let midnight = |date: &Date, days: i64| Timestamp::from_secs((date.days_since_epoch() + days) * 86_400);
    Ok(Some(match key {
        SearchKey::Bcc(value) => header("Bcc", value),
        SearchKey::Cc(value) => header("Cc", value),
        SearchKey::From(value) => header("From", value),
        SearchKey::Subject(value) => header("Subject", value),
        SearchKey::To(value) => header("To", value),
        SearchKey::Header(name, value) => Criterion::Header { name: text(name), text: text(value) },
        SearchKey::Body(value) => Criterion::Body(text(value)),
        SearchKey::Text(value) => Criterion::Text(text(value)),
        SearchKey::SentBefore(date) => Criterion::Sent { from: first, to: midnight(date, 0) },
        SearchKey::SentOn(date) => Criterion::Sent { from: midnight(date, 0), to: midnight(date, 1) },
        SearchKey::SentSince(date) => Criterion::Sent { from: midnight(date, 0), to: last },
        SearchKey::ThreadId(id) => {
            let number = id.as_str().and_then(|id| id.strip_prefix('T')).and_then(|id| id.parse().ok());
            return Ok(number.map(|number| Criterion::Thread(ThreadId::new(number))));
        }
        SearchKey::Filter(name) => {
            let code = Code::UndefinedFilter(name.clone().into_bytes());
            return Err(No::new("no such filter").with(code));
        }
        _ => return Ok(None),
    }))
}

/// The day of a time, in UTC, counted from 1970.
fn day(time: Timestamp) -> i64 {
    time.secs().div_euclid(86_400)
}
