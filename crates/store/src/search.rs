//! What can be searched for beyond what a view knows.

use crate::{ThreadId, Timestamp};

/// One criterion that needs stored data; flags, UIDs, sizes and dates of arrival are in the
/// [`View`](crate::View), and how criteria combine is set arithmetic on [`UidSet`](crate::UidSet).
///
/// Text is compared as IMAP does: a substring, after decoding, by `i;unicode-casemap` (RFC 5051). Where it is not valid in
/// its charset, what could be read of it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Criterion {
    /// What the Date field shows lies in `from..to`, its zone disregarded (RFC 9051 §6.4.4): a clock that shows
    /// midnight shows it whatever the zone. A message without such a field has its arrival instead.
    Sent {
        /// The earliest, as if in UTC.
        from: Timestamp,
        /// After the last, as if in UTC.
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
