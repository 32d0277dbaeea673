//! SORT: by what the view knows, and by what the store computed at arrival.

use super::{
    search,
    selected::Selected,
    sets,
    shown::{Folded, Message, Shown},
};
use mailwright_imap::{
    server::{No, SortRequest, Sorted},
    types::{SortCriterion, SortKey, Uid},
};
use mailwright_store::{Entry, Store};
use std::sync::Arc;

/// How many messages are looked up at once.
const AT_ONCE: usize = 200;

/// What messages are compared by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Number(i64),
    Text(&'a Folded),
}

/// A message that is being sorted.
#[derive(Debug)]
struct Item {
    entry: Entry,
    score: u8,
    /// Known where more than the view is asked for.
    message: Option<Arc<Message>>,
}

/// Finds and sorts messages of the selected mailbox.
pub(super) async fn sort<S: Store>(
    store: &S,
    shown: &Shown,
    selected: &Selected,
    request: &SortRequest,
) -> Result<Sorted, No> {
    let view = selected.view();
    let (found, scores) = search::find_in(store, view.clone(), &selected.recent, &request.key).await?;
    let mut entries = view.among(&found);
    let mut items: Vec<Item> = Vec::new();
    let looks_up = request.criteria.iter().any(|criterion| !is_known(criterion.key));
    loop {
        let batch: Vec<Entry> = entries.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        let mut known = vec![None; batch.len()];
        if looks_up {
            known = shown.messages(store, batch.iter().map(|entry| entry.message)).await?;
        }
        let batch = batch.into_iter().zip(known);
        let there = batch.filter(|(_, message)| !looks_up || message.is_some()); // others are gone since
        items.extend(there.map(|(entry, message)| Item { score: scores.of(entry.uid), entry, message }));
    }
    let order = ordered(&items, &request.criteria);
    let uids: Vec<Uid> = order.iter().filter_map(|item| sets::uid(item.entry.uid)).collect();
    let scored = order.iter().filter(|_| request.scores);
    Ok(Sorted { uids, scores: scored.map(|item| item.score).collect() })
}

fn ordered<'a>(items: &'a [Item], criteria: &[SortCriterion]) -> Vec<&'a Item> {
    let mut distinct: Vec<SortCriterion> = Vec::new();
    for criterion in criteria {
        // What was sorted by a key already is in no other order by it.
        if distinct.iter().all(|before| before.key != criterion.key) {
            distinct.push(*criterion);
        }
    }
    let mut order: Vec<(u128, &Item)> = items.iter().map(|item| (0, item)).collect();
    arrange(&mut order, &distinct);
    order.into_iter().map(|(_, item)| item).collect()
}

/// Sorts by the first criterion, and what is the same by the next. They come by sequence number, and that is the last
/// (RFC 5256 §3): each step leaves those that are the same as they are.
fn arrange(order: &mut [(u128, &Item)], criteria: &[SortCriterion]) {
    let Some((by, next)) = criteria.split_first() else { return };
    let turned = |key: u128| if by.reverse { !key } else { key };
    for (begins, item) in &mut *order {
        *begins = turned(item.key(by.key).begins());
    }
    // How a key begins is nearly always enough, and lies beside that of the others.
    order.sort_by_key(|(begins, _)| *begins);
    let same = |one: &(u128, &Item), other: &(u128, &Item)| one.1.key(by.key) == other.1.key(by.key);
    for run in order.chunk_by_mut(|(one, _), (other, _)| one == other) {
        let is_one = run.is_sorted_by(same);
        if !is_one {
            run.sort_by(|(_, one), (_, other)| {
                let order = one.key(by.key).cmp(&other.key(by.key));
                if by.reverse { order.reverse() } else { order }
            });
        }
        if !next.is_empty() {
            run.chunk_by_mut(same).for_each(|part| arrange(part, next));
        }
    }
}

impl Key<'_> {
    /// A number that is less only where the key is.
    fn begins(&self) -> u128 {
        match self {
            Self::Number(number) => u128::from(number.cast_unsigned() ^ 1 << 63),
            Self::Text(text) => text.begins(),
        }
    }
}

/// Whether the view knows it.
fn is_known(key: SortKey) -> bool {
    matches!(key, SortKey::Arrival | SortKey::Size | SortKey::Relevancy)
}

impl Item {
    fn key(&self, key: SortKey) -> Key<'_> {
        let by = match (key, &self.message) {
            // RFC 6203 §6: the highest score first.
            (SortKey::Relevancy, _) => return Key::Number(-i64::from(self.score)),
            (SortKey::Size, _) => return Key::Number(i64::try_from(self.entry.size).unwrap_or(i64::MAX)),
            (SortKey::Date, Some(message)) => return Key::Number(sent(&self.entry, message)),
            (SortKey::Arrival | SortKey::Date, _) | (_, None) => {
                return Key::Number(self.entry.received.secs());
            }
            (_, Some(message)) => message.sorted(),
        };
        Key::Text(match key {
            SortKey::Cc => &by.cc.0,
            SortKey::From => &by.from.0,
            SortKey::To => &by.to.0,
            SortKey::DisplayFrom => &by.from.1,
            SortKey::DisplayTo => &by.to.1,
            _ => &by.subject,
        })
    }
}

/// When a message was sent; when it arrived, where it does not say (RFC 5256 §2.2).
pub(super) fn sent(entry: &Entry, message: &Message) -> i64 {
    message.fetched.derived.sent.unwrap_or(entry.received).secs()
}
