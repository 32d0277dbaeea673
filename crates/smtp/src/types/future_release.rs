//! The `HOLDFOR` and `HOLDUNTIL` parameters of `MAIL`: RFC 4865.

use crate::parse::date_time::date_time;

/// When the message may leave, RFC 4865 §4. Check it against what the server offered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FutureRelease {
    /// `HOLDFOR=`: seconds from now, 1 to 999,999,999.
    For(u32),
    /// `HOLDUNTIL=`: an RFC 3339 date-time as it was sent; its form is checked, e.g. `2026-11-24T05:50:00Z`.
    Until(Box<str>),
}

impl FutureRelease {
    /// The moment, where it is this one now, both in seconds since 1970. `None` where [`Until`](Self::Until) is no
    /// date-time.
    ///
    /// ```
    /// use mailwright_smtp::types::FutureRelease;
    /// assert_eq!(FutureRelease::For(60).moment(1_000), Some(1_060));
    /// assert_eq!(FutureRelease::Until("1970-01-01T01:00:00+01:00".into()).moment(1_000), Some(0));
    /// ```
    pub fn moment(&self, now: i64) -> Option<i64> {
        match self {
            Self::For(seconds) => Some(now.saturating_add((*seconds).into())),
            Self::Until(moment) => date_time(moment),
        }
    }
}
