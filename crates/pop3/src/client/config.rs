//! What a client puts up with.

use std::time::Duration;

/// A client's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// The limits.
    pub limits: Limits,
}

/// The limits of a client session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest line of an answer in octets with its CRLF, except in messages. 12 KiB: as long as a challenge may be.
    pub line: usize,
    /// Most octets of input held. 64 KiB.
    pub input: usize,
    /// Most commands that wait to be sent or answered. 1000.
    pub commands: usize,
    /// Most lines of one answer that is not a message. 1,000,000.
    pub lines: u64,
    /// Time for the server to go on: until the first line of an answer, then from one part to the next. 5 minutes.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 12 * 1024,
            input: 64 * 1024,
            commands: 1000,
            lines: 1_000_000,
            answer: Duration::from_mins(5),
        }
    }
}
