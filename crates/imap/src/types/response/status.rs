//! `OK`, `NO`, `BAD`, `PREAUTH` and `BYE`, with their code and text.

use super::{Code, Text};
use std::fmt;

/// A status response without its tag (RFC 9051 §7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// How it is.
    pub condition: Condition,
    /// Why, for a program.
    pub code: Option<Code>,
    /// Why, for a person.
    pub text: Text,
}

/// The word that a status response begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Condition {
    /// Success, or information (RFC 9051 §7.1.1).
    Ok,
    /// Failure, or a warning (RFC 9051 §7.1.2).
    No,
    /// The server did not understand, or is in trouble (RFC 9051 §7.1.3).
    Bad,
    /// A greeting: authenticated already (RFC 9051 §7.1.4).
    PreAuth,
    /// The server is about to close the connection (RFC 9051 §7.1.5).
    Bye,
}

impl Condition {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::No => "NO",
            Self::Bad => "BAD",
            Self::PreAuth => "PREAUTH",
            Self::Bye => "BYE",
        }
    }
}

impl Status {
    /// A status of this condition, without a code.
    pub fn new(condition: Condition, text: impl Into<Text>) -> Self {
        Self { condition, code: None, text: text.into() }
    }

    /// `OK` and the text.
    pub fn ok(text: impl Into<Text>) -> Self {
        Self::new(Condition::Ok, text)
    }

    /// `NO` and the text.
    pub fn no(text: impl Into<Text>) -> Self {
        Self::new(Condition::No, text)
    }

    /// `BAD` and the text.
    pub fn bad(text: impl Into<Text>) -> Self {
        Self::new(Condition::Bad, text)
    }

    /// `BYE` and the text.
    pub fn bye(text: impl Into<Text>) -> Self {
        Self::new(Condition::Bye, text)
    }

    /// The same status with this code.
    pub fn with(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// Whether this is `OK`.
    pub fn is_ok(&self) -> bool {
        self.condition == Condition::Ok
    }
}

/// As a person wants to read it in an error: `NO Mailbox does not exist`.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.condition.as_str(), self.text)
    }
}
