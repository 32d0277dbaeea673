//! Unique identifiers that stay the same across sessions and restarts, and are never given to another message.

use mailwright_pop3::types::UniqueId;
use mailwright_store::{Uid, UidValidity};

/// What IMAP calls a message of the inbox by for good: a copy of one is another message, and so is one that comes back.
pub(super) fn unique_id(validity: UidValidity, uid: Uid) -> Option<UniqueId> {
    // Digits and a dot, 21 at most: it always is one.
    UniqueId::new(format!("{validity}.{uid}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_is_one_too() {
        let id = unique_id(UidValidity::new(u32::MAX), Uid::new(u32::MAX)).unwrap();
        assert_eq!(id.as_str(), "4294967295.4294967295");
    }
}
