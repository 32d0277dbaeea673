//! What can be wrong: with a value, with a line of the peer, with the session, or with the caller.

use mailwright_wire::ForeignTicket;

use crate::types::{EnhancedStatus, Reply, ReplyCode};

/// A value that is not what its grammar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at octet {at}")]
pub struct SyntaxError {
    /// What should have been there.
    pub expected: &'static str,
    /// Where, in octets from the start of the text.
    pub at: usize,
}

/// A command line that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No command has this verb.
    #[error("command not recognized")]
    Unrecognized,
    /// An octet that no command has: a control character, or no UTF-8.
    #[error("octet {at} of the command is a control character or not UTF-8")]
    Octet {
        /// Where, in octets from the start of the line.
        at: usize,
    },
    /// The argument is not what the command takes.
    #[error("expected {expected} at octet {at} of the command")]
    Syntax {
        /// What should have been there.
        expected: &'static str,
        /// Where, in octets from the start of the line.
        at: usize,
    },
    /// `MAIL` or `RCPT` with a parameter that this crate does not know.
    #[error("parameter {name} not recognized")]
    UnknownParameter {
        /// Its keyword, in capitals.
        name: Box<str>,
    },
    /// A parameter with a value that it cannot have.
    #[error("parameter {name} takes {expected}")]
    BadParameter {
        /// Its keyword.
        name: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// A parameter given twice.
    #[error("parameter {name} given twice")]
    RepeatedParameter {
        /// Its keyword.
        name: &'static str,
    },
    /// `BDAT` whose size cannot be read: where its chunk ends, and commands go on, cannot be known.
    #[error("BDAT takes a decimal size below 2^64, and LAST")]
    BadChunk,
}

impl CommandError {
    /// What a server says to it.
    pub fn reply(&self) -> Reply {
        let (code, status) = match self {
            Self::Unrecognized | Self::Octet { .. } => {
                (ReplyCode::UNRECOGNIZED, EnhancedStatus::permanent(5, 2))
            }
            Self::UnknownParameter { .. } => (ReplyCode::BAD_PARAMETERS, EnhancedStatus::permanent(5, 4)),
            _ => (ReplyCode::SYNTAX, EnhancedStatus::permanent(5, 4)),
        };
        Reply::new(code, status, self.to_string())
    }
}

/// A reply that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// Not three digits from 200 to 599 at the start of a line.
    #[error("a reply line does not begin with a reply code")]
    Code,
    /// The lines of one reply have different codes, RFC 5321 §4.2.1.
    #[error("the lines of one reply have different codes")]
    MixedCodes,
}

/// A value that the syntax of SMTP cannot carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} cannot be written: {why}")]
pub struct EncodeError {
    /// Which value.
    pub what: &'static str,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The caller broke the contract, not the peer. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The ticket belongs to another session, or the session ended meanwhile.
    #[error(transparent)]
    ForeignTicket(#[from] ForeignTicket),
    /// The session is busy with something else, or not yet ready, or closed.
    #[error("the session is not ready for this")]
    NotReady,
    /// A transaction needs at least one recipient.
    #[error("a transaction needs a recipient")]
    NoRecipient,
    /// The answer has not one reply for each accepted recipient.
    #[error("expected {expected} replies, one for each accepted recipient, found {found}")]
    Replies {
        /// The number of accepted recipients.
        expected: usize,
        /// The number of replies in the answer.
        found: usize,
    },
    /// `Err` was answered with a reply that is no refusal.
    #[error("a refusal needs a reply code of 400 to 599")]
    NotARefusal,
    /// A reply that only the session itself may give.
    #[error("a final reply cannot have a code of 300 to 399")]
    Intermediate,
    /// The server does not offer it.
    #[error("the server does not offer this")]
    NotOffered,
    /// It would show a password to who listens.
    #[error("this needs TLS")]
    NeedsTls,
    /// A value that cannot be written.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}
