//! The `HOLDFOR` and `HOLDUNTIL` parameters of `MAIL`: RFC 4865.

/// When the message may leave, RFC 4865 §4. Check it against what the server offered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FutureRelease {
    /// `HOLDFOR=`: seconds from now, 1 to 999,999,999.
    For(u32),
    /// `HOLDUNTIL=`: an RFC 3339 date-time as it was sent; its form is checked, e.g. `2026-11-24T05:50:00Z`.
    Until(Box<str>),
}
