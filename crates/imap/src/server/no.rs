//! The answer `NO`: what was asked could not be done, and why.

use crate::types::response::{Code, Status, Text};

/// Why a command failed, as the client is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    /// The reason for programs.
    pub code: Option<Code>,
    /// The reason for people.
    pub text: Text,
}

impl No {
    /// A failure with words for people.
    pub fn new(text: impl Into<Text>) -> Self {
        Self { code: None, text: text.into() }
    }

    /// Adds the reason for programs.
    #[must_use]
    pub fn with(mut self, code: Code) -> Self {
        self.code = Some(code);
        self
    }

    /// The mailbox is not there.
    pub fn no_such_mailbox() -> Self {
        Self::new("no such mailbox").with(Code::NonExistent)
    }

    /// The user may not do that.
    pub fn not_permitted() -> Self {
        Self::new("not permitted").with(Code::NoPerm)
    }

    /// Something that may work later.
    pub fn unavailable(text: impl Into<Text>) -> Self {
        Self::new(text).with(Code::Unavailable)
    }

    /// The server does not do this.
    pub fn unsupported() -> Self {
        Self::new("not supported").with(Code::Cannot)
    }
}

impl From<No> for Status {
    fn from(no: No) -> Self {
        let mut status = Self::no(no.text);
        status.code = no.code;
        status
    }
}
