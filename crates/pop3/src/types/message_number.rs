//! [`MessageNumber`]: a message's place in the maildrop, for the length of one session.

use std::{fmt, num::NonZeroU32};

/// A message's place in the maildrop, counted from 1, RFC 1939 §5.
///
/// Numbers do not change during a session, whatever is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageNumber(NonZeroU32);

impl MessageNumber {
    /// `None` for 0, which is no message.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The number of the message at this index, counted from 0; `None` beyond 2³² − 2.
    pub fn from_index(index: usize) -> Option<Self> {
        u32::try_from(index).ok()?.checked_add(1).and_then(Self::new)
    }

    /// The number itself.
    pub fn value(self) -> u32 {
        self.0.get()
    }

    /// The index, counted from 0.
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

impl fmt::Display for MessageNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
