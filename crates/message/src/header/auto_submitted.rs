//! `Auto-Submitted` (RFC 3834 §5): whether a person sent the message.

use super::lex::{Cursor, is_token};

/// What made a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AutoSubmitted {
    /// A person; what a message without the field is taken for.
    #[default]
    No,
    /// A program, of its own accord.
    Generated,
    /// A program, to answer a message.
    Replied,
    /// Something that is not registered; not a person (RFC 3834 §5.2).
    Other,
}

impl AutoSubmitted {
    /// Reads `("no" / "auto-generated" / "auto-replied" / extension) [CFWS] *(";" parameter)`.
    ///
    /// ```
    /// use mailwright_message::header::auto_submitted::AutoSubmitted;
    /// assert_eq!(AutoSubmitted::parse(b" auto-replied (vacation)"), AutoSubmitted::Replied);
    /// assert!(!AutoSubmitted::parse(b"auto-notified").by_person());
    /// ```
    pub fn parse(value: &[u8]) -> Self {
        let mut cursor = Cursor::new(value);
        cursor.skip_cfws();
        match &cursor.take_while(is_token).to_ascii_lowercase()[..] {
            b"no" | b"" => Self::No,
            b"auto-generated" => Self::Generated,
            b"auto-replied" => Self::Replied,
            _ => Self::Other,
        }
    }

    /// Whether a person sent it: only such messages may be answered by a program (RFC 3834 §2).
    pub const fn by_person(self) -> bool {
        matches!(self, Self::No)
    }
}
