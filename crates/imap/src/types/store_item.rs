//! What STORE does to flags.

use super::Flag;

/// `store-att-flags` (RFC 9051 §9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StoreItem {
    /// What is done with the flags.
    pub mode: StoreMode,
    /// `.SILENT`: the new flags are not reported.
    pub silent: bool,
    /// The flags.
    pub flags: Vec<Flag>,
}

/// How STORE treats the flags a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StoreMode {
    /// `FLAGS`: they are replaced.
    Replace,
    /// `+FLAGS`
    Add,
    /// `-FLAGS`
    Remove,
}
