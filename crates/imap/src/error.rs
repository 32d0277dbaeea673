//! What can be wrong: with a frame the peer sent, and with how a session is used.

use std::fmt;

/// A frame that does not follow the grammar: what was expected, what was found, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// Offset in the frame, in bytes, literals included.
    pub at: usize,
    /// The grammar's name for what should have stood there.
    pub expected: &'static str,
    /// The byte that stood there; `None` at the end of the frame.
    pub found: Option<u8>,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {} at byte {}, found ", self.expected, self.at)?;
        match self.found {
            Some(byte) if byte.is_ascii_graphic() => write!(f, "'{}'", char::from(byte)),
            Some(b' ') => f.write_str("a space"),
            Some(byte) => write!(f, "byte 0x{byte:02x}"),
            None => f.write_str("the end"),
        }
    }
}

impl std::error::Error for ParseError {}

/// A value that has no place in a protocol type: it could not be written so that the peer reads it back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct InvalidValue {
    /// What the value should have been.
    pub expected: &'static str,
}

/// A call that does not fit the session's state. The fault is the caller's; the session is as it was before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misuse {
    /// The ticket was issued by another session.
    #[error("this ticket belongs to another session")]
    ForeignTicket,
    /// The call does not fit what the session is doing now.
    #[error("not now: {0}")]
    NotNow(&'static str),
    /// A literal got more or fewer bytes than were announced.
    #[error("the literal was announced with {announced} bytes and got {got}")]
    LiteralLength {
        /// Bytes announced to the peer.
        announced: u64,
        /// Bytes given so far.
        got: u64,
    },
}
