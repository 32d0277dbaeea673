//! Unique identifiers that stay the same across sessions, restarts and moves, and that no two messages have.

use mailwright_pop3::types::UniqueId;
use mailwright_store::{Entry, Flags};

/// The number of a message, which it keeps wherever it is moved. One of which a copy was in the maildrop already when it
/// came has its UID added, whatever becomes of that copy.
pub(super) fn unique_id(entry: &Entry) -> Option<UniqueId> {
    let Entry { message, uid, .. } = entry;
    let another = entry.flags.contains(Flags::ANOTHER);
    let id = if another { format!("M{message}.{uid}") } else { format!("M{message}") };
    // Letters, digits and a dot, 32 at most: it always is one.
    UniqueId::new(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mailwright_store::{MessageId, ModSeq, Timestamp, Uid};

    #[test]
    fn the_longest_is_one_too() {
        let mut entry = Entry {
            seq: 1,
            uid: Uid::new(u32::MAX),
            message: MessageId::new(u64::MAX),
            flags: Flags::SEEN,
            modseq: ModSeq::default(),
            received: Timestamp::default(),
            saved: Timestamp::default(),
            size: 1,
        };
        assert_eq!(unique_id(&entry).unwrap().as_str(), "M18446744073709551615");
        entry.flags = Flags::SEEN.with(Flags::ANOTHER);
        assert_eq!(unique_id(&entry).unwrap().as_str(), "M18446744073709551615.4294967295");
    }
}
