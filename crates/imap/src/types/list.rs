//! The options of an extended LIST.

use super::StatusItem;

/// What an extended LIST selects and returns (RFC 9051 §6.3.9, RFC 5258). The default is a plain LIST.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListOptions {
    /// Selection options; `None` where the command had no list of them.
    pub select: Option<ListSelect>,
    /// Return options; `None` where the command had no `RETURN`.
    pub returns: Option<ListReturn>,
}

/// `list-select-opts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ListSelect {
    /// `SUBSCRIBED`
    pub subscribed: bool,
    /// `REMOTE`
    pub remote: bool,
    /// `RECURSIVEMATCH`
    pub recursive_match: bool,
    /// `SPECIAL-USE` (RFC 6154)
    pub special_use: bool,
}

/// `list-return-opts`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListReturn {
    /// `SUBSCRIBED`
    pub subscribed: bool,
    /// `CHILDREN`
    pub children: bool,
    /// `SPECIAL-USE` (RFC 6154)
    pub special_use: bool,
    /// `MYRIGHTS` (RFC 8440)
    pub my_rights: bool,
    /// `STATUS (...)` (RFC 9051, RFC 5819)
    pub status: Option<Vec<StatusItem>>,
    /// `METADATA (...)` (RFC 9590): entry names.
    pub metadata: Option<Vec<super::AString>>,
}
