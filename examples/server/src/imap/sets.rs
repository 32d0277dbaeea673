//! Sets of UIDs, as the protocol and as the store has them.

use mailwright_imap::types::{Uid, UidSet};
use mailwright_store as store;

/// For the store.
pub(super) fn to_store(set: &UidSet) -> store::UidSet {
    set.ranges().iter().map(|range| store::Uid::new(*range.start())..=store::Uid::new(*range.end())).collect()
}

/// For the client.
pub(super) fn to_imap(set: &store::UidSet) -> UidSet {
    let mut out = UidSet::new();
    set.ranges().for_each(|range| out.push(range.start().value(), range.end().value()));
    out
}

/// One UID for the client; the store gives out none that is zero.
pub(super) fn uid(uid: store::Uid) -> Option<Uid> {
    Uid::new(uid.value())
}
