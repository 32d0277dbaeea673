//! The `BY` parameter of `MAIL`: RFC 2852.

/// By when the message is wanted, RFC 2852 §4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeliverBy {
    /// Seconds from now: -999,999,999 to 999,999,999; above zero where the mode is [`ByMode::Return`].
    pub seconds: i32,
    /// What to do when the time has come.
    pub mode: ByMode,
    /// The sender asks for a report from each relay (`T`).
    pub trace: bool,
}

/// What happens to a message that is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByMode {
    /// `N`: go on, and tell the sender.
    Notify,
    /// `R`: give up, and tell the sender.
    Return,
}
