//! The answers to `LIST` and `UIDL` without a number: one line for each message, made as the peer takes them.

use std::fmt::Write as _;

use super::{Server, session::State};
use crate::types::MessageNumber;

/// An answer of one line for each message, not complete yet.
#[derive(Debug)]
pub(super) struct Listing {
    kind: Kind,
    next: usize,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Sizes,
    UniqueIds,
}

impl Listing {
    pub(super) fn sizes() -> Self {
        Self { kind: Kind::Sizes, next: 0 }
    }

    pub(super) fn unique_ids() -> Self {
        Self { kind: Kind::UniqueIds, next: 0 }
    }
}

impl Server {
    /// Writes lines of the listing that is under way until enough is gathered. Whether there is one.
    pub(super) fn list_more(&mut self) -> bool {
        let State::Transaction(maildrop) = &mut self.state else { return false };
        let Some(Listing { kind, mut next }) = maildrop.listing.take() else { return false };
        while self.out.len() < self.config.limits.output {
            let (Some(entry), Some(number)) = (maildrop.entries.get(next), MessageNumber::from_index(next))
            else {
                self.out.put(b".\r\n");
                return true;
            };
            if !maildrop.is_deleted(next) {
                let _ = match kind {
                    Kind::Sizes => write!(self.out, "{number} {}\r\n", entry.size),
                    Kind::UniqueIds => write!(self.out, "{number} {}\r\n", entry.unique_id),
                };
            }
            next += 1;
        }
        maildrop.listing = Some(Listing { kind, next });
        true
    }
}
