//! `LIST` and `LSUB`: one mailbox and its attributes.

use super::Value;
use crate::types::{Atom, MailboxName};
use bytes::Bytes;
use std::fmt;

/// One mailbox (RFC 9051 §7.3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// What is known about it.
    pub attributes: Vec<ListAttribute>,
    /// What separates the levels of its name. `None`: the name has no levels.
    pub delimiter: Option<char>,
    /// Its name.
    pub mailbox: MailboxName,
    /// Extended data, which few mailboxes have.
    pub extended: Vec<ListExtendedItem>,
}

/// An item of extended data about a mailbox (RFC 9051 §7.3.1, `mbox-list-extended-item`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListExtendedItem {
    /// `CHILDINFO`: the criteria that descendants meet, such as `SUBSCRIBED`.
    ChildInfo(Vec<Bytes>),
    /// `OLDNAME`: what the mailbox was called before, or what the client called it.
    OldName(MailboxName),
    /// Any other, with its value.
    Other(Bytes, Value),
}

impl List {
    /// A mailbox without extended data.
    pub fn new(attributes: Vec<ListAttribute>, delimiter: Option<char>, mailbox: MailboxName) -> Self {
        Self { attributes, delimiter, mailbox, extended: Vec::new() }
    }

    /// `CHILDINFO`: the criteria that descendants meet, such as `SUBSCRIBED`; empty where it is not here.
    pub fn child_info(&self) -> &[Bytes] {
        let found = self.extended.iter().find_map(|item| match item {
            ListExtendedItem::ChildInfo(criteria) => Some(&criteria[..]),
            _ => None,
        });
        found.unwrap_or_default()
    }

    /// `OLDNAME`: what the mailbox was called before, or what the client called it.
    pub fn old_name(&self) -> Option<&MailboxName> {
        self.extended.iter().find_map(|item| match item {
            ListExtendedItem::OldName(name) => Some(name),
            _ => None,
        })
    }

    /// Whether the mailbox has this attribute.
    pub fn has(&self, attribute: &ListAttribute) -> bool {
        self.attributes.contains(attribute)
    }
}

/// An attribute of a mailbox (RFC 9051 §7.3.1, RFC 6154 §2, RFC 8457).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ListAttribute {
    /// `\Noinferiors`: there cannot be children.
    NoInferiors,
    /// `\Noselect`: it cannot be selected.
    NoSelect,
    /// `\Marked`: something came since it was last selected.
    Marked,
    /// `\Unmarked`: nothing came.
    Unmarked,
    /// `\HasChildren`.
    HasChildren,
    /// `\HasNoChildren`.
    HasNoChildren,
    /// `\NonExistent`: only a name.
    NonExistent,
    /// `\Subscribed`.
    Subscribed,
    /// `\Remote`.
    Remote,
    /// `\All`: every message of the user.
    All,
    /// `\Archive`.
    Archive,
    /// `\Drafts`.
    Drafts,
    /// `\Flagged`.
    Flagged,
    /// `\Junk`.
    Junk,
    /// `\Sent`.
    Sent,
    /// `\Trash`.
    Trash,
    /// `\Important`.
    Important,
    /// Any other, without its backslash.
    Other(Atom),
}

/// The attributes that have a name here: as it is written, and in upper case.
macro_rules! known {
    ($($attribute:ident = $name:literal $upper:literal,)*) => {
        impl ListAttribute {
            /// Its name, without the backslash.
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$attribute => $name,)*
                    Self::Other(name) => name.as_str(),
                }
            }

            /// The attribute of that name, in upper case, if it is one of those above.
            pub(crate) fn known(name: &[u8]) -> Option<Self> {
                match name {
                    $($upper => Some(Self::$attribute),)*
                    _ => None,
                }
            }
        }
    };
}

known! {
    NoInferiors = "Noinferiors" b"NOINFERIORS",
    NoSelect = "Noselect" b"NOSELECT",
    Marked = "Marked" b"MARKED",
    Unmarked = "Unmarked" b"UNMARKED",
    HasChildren = "HasChildren" b"HASCHILDREN",
    HasNoChildren = "HasNoChildren" b"HASNOCHILDREN",
    NonExistent = "NonExistent" b"NONEXISTENT",
    Subscribed = "Subscribed" b"SUBSCRIBED",
    Remote = "Remote" b"REMOTE",
    All = "All" b"ALL",
    Archive = "Archive" b"ARCHIVE",
    Drafts = "Drafts" b"DRAFTS",
    Flagged = "Flagged" b"FLAGGED",
    Junk = "Junk" b"JUNK",
    Sent = "Sent" b"SENT",
    Trash = "Trash" b"TRASH",
    Important = "Important" b"IMPORTANT",
}

impl ListAttribute {
    /// The attribute of that name, given without its backslash, in any case.
    pub fn named(name: Atom) -> Self {
        Self::known(name.as_str().to_ascii_uppercase().as_bytes()).unwrap_or(Self::Other(name))
    }
}

impl fmt::Display for ListAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\\{}", self.name())
    }
}
