//! [`Entry`]: one message of a maildrop.

use super::UniqueId;

/// One message of a maildrop, as it is when the maildrop is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Exactly the octets that reading it yields, each line ended by CRLF, and before dot-stuffing. RFC 1939 §11.
    pub size: u64,
    /// What stays the same about it from session to session.
    pub unique_id: UniqueId,
}
