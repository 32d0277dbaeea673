//! Mailboxes: their names, special uses and counters.

use std::fmt;

use crate::{AccountId, MailboxId, ModSeq, Uid, UidValidity};

/// The name of a mailbox: levels separated by `/`, UTF-8, `INBOX` in any case being the inbox.
///
/// A level has 1 to 255 octets and no control characters; there are at most 32 levels. The characters
/// `%` and `*` are refused because clients could not tell them from wildcards.
///
/// ```
/// use mailwright_store::MailboxName;
///
/// assert_eq!(MailboxName::new("inbox")?.as_str(), "INBOX");
/// assert_eq!(MailboxName::new("inbox/old")?.as_str(), "INBOX/old");
/// assert!(MailboxName::new("a//b").is_err());
/// # Ok::<(), mailwright_store::InvalidName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailboxName(Box<str>);

/// Which rule of [`MailboxName`] a name breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidName {
    /// Two separators together, or one at an end, or nothing at all.
    #[error("has an empty level")]
    EmptyLevel,
    /// A level of more than 255 octets.
    #[error("has a level of more than 255 octets")]
    LongLevel,
    /// More than 32 levels.
    #[error("has more than 32 levels")]
    TooDeep,
    /// A control character, `%` or `*`.
    #[error("has the character {0:?}")]
    Character(char),
}

impl MailboxName {
    /// What stands between two levels.
    pub const SEPARATOR: char = '/';

    /// Checks a name.
    pub fn new(name: &str) -> Result<Self, InvalidName> {
        if let Some(found) = name.chars().find(|c| c.is_control() || matches!(c, '%' | '*')) {
            return Err(InvalidName::Character(found));
        }
        for (at, level) in name.split(Self::SEPARATOR).enumerate() {
            match level.len() {
                0 => return Err(InvalidName::EmptyLevel),
                256.. => return Err(InvalidName::LongLevel),
                _ if at >= 32 => return Err(InvalidName::TooDeep),
                _ => {}
            }
        }
        let head = name.split(Self::SEPARATOR).next().unwrap_or_default();
        if head.eq_ignore_ascii_case("INBOX") && head != "INBOX" {
            return Ok(Self(format!("INBOX{}", &name[head.len()..]).into()));
        }
        Ok(Self(name.into()))
    }

    /// The inbox.
    pub fn inbox() -> Self {
        Self("INBOX".into())
    }

    /// Whether this is the inbox.
    pub fn is_inbox(&self) -> bool {
        &*self.0 == "INBOX"
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name one level up.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once(Self::SEPARATOR).map(|(parent, _)| Self(parent.into()))
    }

    /// Whether this lies below `other`.
    pub fn is_below(&self, other: &Self) -> bool {
        self.0.strip_prefix(&*other.0).is_some_and(|rest| rest.starts_with(Self::SEPARATOR))
    }
}

impl fmt::Display for MailboxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for MailboxName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for MailboxName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        Self::new(name)
    }
}

/// What a mailbox is for (RFC 6154 §2, RFC 8457 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SpecialUse {
    /// Messages put away.
    Archive,
    /// Messages not yet sent.
    Drafts,
    /// Unwanted mail.
    Junk,
    /// Copies of what was sent.
    Sent,
    /// Deleted messages.
    Trash,
    /// A view of all messages.
    All,
    /// A view of flagged messages.
    Flagged,
    /// A view of important messages.
    Important,
}

impl SpecialUse {
    /// Every use.
    pub const ALL: [Self; 8] = [
        Self::Archive,
        Self::Drafts,
        Self::Junk,
        Self::Sent,
        Self::Trash,
        Self::All,
        Self::Flagged,
        Self::Important,
    ];

    /// Its attribute, as `\Sent`.
    pub const fn attribute(self) -> &'static str {
        match self {
            Self::Archive => "\\Archive",
            Self::Drafts => "\\Drafts",
            Self::Junk => "\\Junk",
            Self::Sent => "\\Sent",
            Self::Trash => "\\Trash",
            Self::All => "\\All",
            Self::Flagged => "\\Flagged",
            Self::Important => "\\Important",
        }
    }

    /// The use with this attribute, in any case.
    pub fn from_attribute(attribute: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|this| this.attribute().eq_ignore_ascii_case(attribute))
    }
}

/// A mailbox as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Its number, which a rename keeps.
    pub id: MailboxId,
    /// Whose it is.
    pub account: AccountId,
    /// Its name.
    pub name: MailboxName,
    /// What it is for.
    pub special_use: Option<SpecialUse>,
    /// Whether its name is subscribed.
    pub subscribed: bool,
    /// The validity of its UIDs.
    pub uid_validity: UidValidity,
}

/// The counters of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// Which mailbox.
    pub mailbox: MailboxId,
    /// Messages in it.
    pub messages: u32,
    /// Messages that nobody has been told of as recent ([`View::take_recent`](crate::View::take_recent)).
    pub recent: u32,
    /// Messages without [`Flags::SEEN`](crate::Flags::SEEN).
    pub unseen: u32,
    /// Messages with [`Flags::DELETED`](crate::Flags::DELETED).
    pub deleted: u32,
    /// Octets of the messages.
    pub size: u64,
    /// The validity of its UIDs.
    pub uid_validity: UidValidity,
    /// The UID the next message will get, or a lesser one that none has.
    pub uid_next: Uid,
    /// The modification sequence of its last change.
    pub highest_modseq: ModSeq,
}
