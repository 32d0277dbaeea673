//! `SEARCH` and `SORT`: the messages found, in the older form.

use crate::types::ModSeq;

/// Messages found (RFC 3501 §7.2.5, RFC 5256 §4).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Search {
    /// Message numbers or UIDs, as the command asked; for `SORT` in the order asked.
    pub numbers: Vec<u32>,
    /// The highest modification sequence among them (RFC 7162 §3.1.5).
    pub mod_seq: Option<ModSeq>,
}
