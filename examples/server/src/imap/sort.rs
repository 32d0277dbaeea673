//! SORT: by what the view knows, and by what the store computed at arrival.

use super::{
    search,
    selected::Selected,
    sets,
    shown::{Message, Shown},
};
use mailwright_imap::{
    server::{No, SortRequest, Sorted},
    types::{SortCriterion, SortKey, Uid},
};
use mailwright_store::{Entry, Store, Uid as StoredUid};
use std::{cmp::Ordering, sync::Arc};

/// How many messages are looked up at once.
const AT_ONCE: usize = 200;

/// What messages are compared by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(Arc<str>),
}

/// Finds and sorts messages of the selected mailbox.
pub(super) async fn sort<S: Store>(
    store: &S,
    shown: &Shown,
    selected: &Selected,
    request: &SortRequest,
) -> Result<Sorted, No> {
    let view = selected.view();
    let (found, scores) = search::find_in(store, view.clone(), selected.first_recent, &request.key).await?;
    let mut entries = view.among(&found);
    let criteria = &request.criteria;
    let mut sorting = Sorting::default();
    let looks_up = criteria.iter().any(|criterion| !is_known(criterion.key));
    loop {
        let batch: Vec<Entry> = entries.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        let mut known = vec![None; batch.len()];
        if looks_up {
            known = shown.messages(store, batch.iter().map(|entry| entry.message)).await?;
        }
        for (entry, known) in batch.into_iter().zip(known) {
            if looks_up && known.is_none() {
                continue; // gone since
            }
            let key = |criterion: &SortCriterion| match criterion.key {
                // RFC 6203 §6: the highest score first.
                SortKey::Relevancy => Key::Number(-i64::from(scores.of(entry.uid))),
                other => key(other, &entry, known.as_deref()),
            };
            sorting.add(entry.uid, criteria, criteria.iter().map(key));
        }
    }
    let sorted = sorting.sort(criteria);
    let uids: Vec<Uid> = sorted.iter().copied().filter_map(sets::uid).collect();
    let scored = sorted.iter().filter(|_| request.scores);
    Ok(Sorted { uids, scores: scored.map(|uid| scores.of(*uid)).collect() })
}

/// Messages that are being sorted.
#[derive(Debug, Default)]
struct Sorting {
    /// One for each criterion, message by message.
    keys: Vec<Key>,
    /// How the first key begins, which is nearly always enough to compare, the message, and where its keys are.
    messages: Vec<(u128, StoredUid, usize)>,
}

impl Sorting {
    fn add(&mut self, uid: StoredUid, criteria: &[SortCriterion], keys: impl Iterator<Item = Key>) {
        let at = self.keys.len();
        self.keys.extend(keys);
        let beginning = self.keys.get(at).map_or(0, Key::beginning);
        let reverse = criteria.first().is_some_and(|criterion| criterion.reverse);
        self.messages.push((if reverse { !beginning } else { beginning }, uid, at));
    }

    fn sort(mut self, criteria: &[SortCriterion]) -> Vec<StoredUid> {
        let keys = |at: usize| self.keys.get(at..at + criteria.len()).unwrap_or_default();
        self.messages.sort_unstable_by(|(a, uid, at), (b, other, there)| {
            let compare = || {
                let pairs = criteria.iter().zip(keys(*at).iter().zip(keys(*there)));
                let mut compared =
                    pairs.map(|(criterion, (a, b))| if criterion.reverse { b.cmp(a) } else { a.cmp(b) });
                compared.find(|order| *order != Ordering::Equal)
            };
            // RFC 5256 §3: at last by sequence number.
            a.cmp(b).then_with(|| compare().unwrap_or_else(|| uid.cmp(other)))
        });
        self.messages.into_iter().map(|(_, uid, _)| uid).collect()
    }
}

impl Key {
    /// A number that is less only where the key is.
    fn beginning(&self) -> u128 {
        match self {
            Self::Number(number) => u128::from(number.cast_unsigned() ^ 1 << 63),
            Self::Text(text) => {
                let mut octets = [0; 16];
                octets.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
                u128::from_be_bytes(octets)
            }
        }
    }
}

/// Whether the view knows it.
fn is_known(key: SortKey) -> bool {
    matches!(key, SortKey::Arrival | SortKey::Size | SortKey::Relevancy)
}

fn key(key: SortKey, entry: &Entry, message: Option<&Message>) -> Key {
    let (Some(message), false) = (message, is_known(key)) else {
        return Key::Number(match key {
            SortKey::Size => i64::try_from(entry.size).unwrap_or(i64::MAX),
            _ => entry.received.secs(),
        });
    };
    let by = || message.sorted();
    Key::Text(match key {
        SortKey::Date | SortKey::Arrival | SortKey::Size => return Key::Number(sent(entry, message)),
        SortKey::Subject => by().subject.clone(),
        SortKey::Cc => by().cc.0.clone(),
        SortKey::From => by().from.0.clone(),
        SortKey::To => by().to.0.clone(),
        SortKey::DisplayFrom => by().from.1.clone(),
        SortKey::DisplayTo => by().to.1.clone(),
        SortKey::Relevancy => return Key::Number(0),
    })
}

/// When a message was sent; when it arrived, where it does not say (RFC 5256 §2.2).
pub(super) fn sent(entry: &Entry, message: &Message) -> i64 {
    message.fetched.derived.sent.unwrap_or(entry.received).secs()
}
