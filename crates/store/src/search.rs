//! What can be searched for beyond what a view knows.

use crate::{ThreadId, Timestamp};

/// One criterion that needs stored data; flags, UIDs, sizes and dates of arrival are in the
/// [`View`](crate::View), and how criteria combine is set arithmetic on [`UidSet`](crate::UidSet).
///
/// Text is compared as IMAP does: a substring, without regard to case, after decoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// The Date field lies in `from..to`; a message without one has its arrival instead.
    Sent {
        /// The earliest.
        from: Timestamp,
        /// After the last.
        to: Timestamp,
    },
    /// A header field of this name contains the text; with an empty text: there is such a field.
    Header {
        /// The field's name, in any case.
        name: String,
        /// What it contains.
        text: String,
    },
    /// The decoded text of the body contains this.
    Body(String),
    /// The header or the decoded text of the body contains this.
    Text(String),
    /// Belongs to a conversation.
    Thread(ThreadId),
}
