//! The identifiers and counters a store gives out.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($inner);

        impl $name {
            /// The value with this number.
            pub const fn new(number: $inner) -> Self {
                Self(number)
            }

            /// Its number.
            pub const fn value(self) -> $inner {
                self.0
            }
        }

        impl From<$inner> for $name {
            fn from(number: $inner) -> Self {
                Self(number)
            }
        }

        impl From<$name> for $inner {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

number! {
    /// An account. Never reused.
    AccountId(u64)
}
number! {
    /// A mailbox, whatever it is renamed to: fit for `MAILBOXID` (RFC 8474 §4). Never reused.
    MailboxId(u64)
}
number! {
    /// An immutable message of one account. Its copies keep the number: fit for `EMAILID`
    /// (RFC 8474 §5.1). Never reused.
    MessageId(u64)
}
number! {
    /// A conversation: fit for `THREADID` (RFC 8474 §5.2).
    ThreadId(u64)
}
number! {
    /// An entry of the outbound queue. Never reused.
    QueueId(u64)
}
number! {
    /// A unique identifier of a message in a mailbox (RFC 9051 §2.3.1.1), from 1. Zero never names one.
    Uid(u32)
}
number! {
    /// The validity value that goes with a mailbox's UIDs (RFC 9051 §2.3.1.1). Of two mailboxes that
    /// ever had the same name, no two have the same one.
    UidValidity(u32)
}
number! {
    /// A modification sequence (RFC 7162 §3.1): 63 bits, strictly growing in a mailbox.
    ModSeq(u64)
}
number! {
    /// Milliseconds since 1970-01-01T00:00:00Z. Where a store keeps whole seconds it says so.
    Timestamp(i64)
}

impl Timestamp {
    /// The time now, by the system's clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// This time with `seconds` since 1970.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time `span` later.
    pub fn after(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let millis = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(millis(after)),
            Err(before) => Self(-millis(before.duration())),
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let span = Duration::from_millis(time.0.unsigned_abs());
        let moved = if time.0 < 0 { UNIX_EPOCH.checked_sub(span) } else { UNIX_EPOCH.checked_add(span) };
        moved.unwrap_or(UNIX_EPOCH)
    }
}
