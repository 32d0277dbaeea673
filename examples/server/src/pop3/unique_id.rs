//! Unique identifiers that stay the same across sessions, restarts and moves.

use mailwright_pop3::types::UniqueId;
use mailwright_store::{Entry, MessageId, Uid};
use std::collections::HashSet;

/// The number of a message, which it keeps wherever it is moved. Where copies of one lie in the same maildrop, those after
/// the first have their UID added.
pub(super) fn unique_ids(entries: &[Entry]) -> impl Iterator<Item = UniqueId> {
    let mut seen = HashSet::with_capacity(entries.len());
    entries.iter().filter_map(move |entry| unique_id(entry.message, entry.uid, seen.insert(entry.message)))
}

fn unique_id(message: MessageId, uid: Uid, is_first: bool) -> Option<UniqueId> {
    let id = if is_first { format!("M{message}") } else { format!("M{message}.{uid}") };
    // Letters, digits and a dot, 32 at most: it always is one.
    UniqueId::new(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwright_store::{Flags, ModSeq, Timestamp};

    fn entry(seq: u32, message: u64) -> Entry {
        Entry {
            seq,
            uid: Uid::new(seq + 100),
            message: MessageId::new(message),
            flags: Flags::default(),
            modseq: ModSeq::default(),
            received: Timestamp::default(),
            saved: Timestamp::default(),
            size: 1,
        }
    }

    #[test]
    fn they_do_not_depend_on_what_else_is_there() {
        let all = [entry(1, 7), entry(2, 9), entry(3, u64::MAX)];
        let ids =
            |entries: &[Entry]| unique_ids(entries).map(|id| id.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(ids(&all), ["M7", "M9", "M18446744073709551615"]);
        assert_eq!(ids(&all[1..]), ["M9", "M18446744073709551615"]);
    }

    #[test]
    fn copies_of_one_message_differ() {
        let copies = [entry(1, 7), entry(2, 7), entry(3, 7)];
        let ids: HashSet<_> = unique_ids(&copies).collect();
        assert_eq!(ids.len(), 3);
    }
}
