//! Flags and keywords: a set is one machine word, and each mailbox has a table of what its bits are called.

use std::{collections::BTreeSet, fmt, sync::Arc};

/// A set of flags of one mailbox, five of them with fixed bits, the keywords named by its [`Keywords`].
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flags(u128);

impl Flags {
    /// No flag.
    pub const NONE: Self = Self(0);
    /// Every flag and keyword there could be.
    pub const ALL: Self = Self(u128::MAX);
    /// The message has been read.
    pub const SEEN: Self = Self(1);
    /// It has been answered.
    pub const ANSWERED: Self = Self(2);
    /// It is marked for attention.
    pub const FLAGGED: Self = Self(4);
    /// It is to be removed by the next expunge.
    pub const DELETED: Self = Self(8);
    /// It is not finished.
    pub const DRAFT: Self = Self(16);

    /// Some line of the message does not end in CRLF. No flag that a client could see or set, but what is said of the
    /// octets by who appends them: changes of flags and copies keep it.
    pub const IRREGULAR: Self = Self(32);

    /// The same message was in the mailbox already when this copy of it was put there. No flag that a client could see or
    /// set, but what tells the two apart for good, whichever goes first: changes of flags keep it, copies do not.
    pub const ANOTHER: Self = Self(64);

    /// What no client sees.
    pub(crate) const HIDDEN: Self = Self(32 | 64);

    /// Every system flag, with its name.
    pub const SYSTEM: [(Self, &'static str); 5] = [
        (Self::ANSWERED, "\\Answered"),
        (Self::FLAGGED, "\\Flagged"),
        (Self::DELETED, "\\Deleted"),
        (Self::SEEN, "\\Seen"),
        (Self::DRAFT, "\\Draft"),
    ];

    /// Bits below this one are system flags.
    pub(crate) const FIRST_KEYWORD: usize = 8;

    /// The set with these bits, as [`Flags::bits`] gave them.
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Its bits.
    pub const fn bits(self) -> u128 {
        self.0
    }

    /// Whether all of `other` are in the set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no flag is in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The flags of either set.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are in both sets.
    #[must_use]
    pub const fn among(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The flags of this set that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// What the keyword bits of a mailbox's [`Flags`] are called. Cheap to clone.
///
/// A keyword keeps the spelling it was first used with; upper and lower case are the same.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Keywords(Arc<Vec<Box<str>>>);

impl Keywords {
    /// How many keywords a mailbox can have.
    pub const MAX: usize = 128 - Flags::FIRST_KEYWORD;

    pub(crate) fn from_names(names: Vec<Box<str>>) -> Self {
        Self(Arc::new(names))
    }

    /// The keywords that were used in this mailbox so far.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// The bit of a keyword; `None` if no message of this mailbox ever had it.
    pub fn flag(&self, name: &str) -> Option<Flags> {
        let at = self.0.iter().position(|known| known.eq_ignore_ascii_case(name))?;
        Some(Flags(1 << (at + Flags::FIRST_KEYWORD)))
    }

    /// The names of the flags in `flags`, system flags first.
    pub fn names(&self, flags: Flags) -> impl Iterator<Item = &str> {
        let system =
            Flags::SYSTEM.iter().filter(move |(flag, _)| flags.contains(*flag)).map(|(_, name)| *name);
        let keywords = self.0.iter().enumerate();
        let keywords = keywords.filter(move |(at, _)| flags.0 >> (at + Flags::FIRST_KEYWORD) & 1 == 1);
        system.chain(keywords.map(|(_, name)| &**name))
    }

    /// The set in this mailbox's bits of all flags in `list` that it knows.
    pub fn known(&self, list: &FlagList) -> Flags {
        list.keywords().filter_map(|name| self.flag(name)).fold(list.system(), Flags::with)
    }

    /// As [`Keywords::known`], giving bits to new keywords first; `None` when there are too many.
    pub(crate) fn intern(&mut self, list: &FlagList) -> Option<Flags> {
        let new: Vec<&str> = list.keywords().filter(|name| self.flag(name).is_none()).collect();
        if self.0.len() + new.len() > Self::MAX {
            return None;
        }
        if !new.is_empty() {
            Arc::make_mut(&mut self.0).extend(new.into_iter().map(Box::from));
        }
        Some(self.known(list))
    }
}

/// Flags by name, as a client says them.
///
/// ```
/// use mailwright_store::{FlagList, Flags};
///
/// let list: FlagList = ["\\seen", "$Forwarded"].into_iter().collect();
/// assert_eq!(list.system(), Flags::SEEN);
/// assert_eq!(list.keywords().collect::<Vec<_>>(), ["$Forwarded"]);
/// ```
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct FlagList {
    system: Flags,
    keywords: BTreeSet<Keyword>,
}

impl FlagList {
    /// No flag.
    pub const fn new() -> Self {
        Self { system: Flags::NONE, keywords: BTreeSet::new() }
    }

    /// Adds a flag by name. A name that begins with `\` and is not a system flag is left out
    /// (`\Recent` belongs to sessions, not to messages).
    pub fn insert(&mut self, name: &str) {
        if name.starts_with('\\') {
            for (flag, known) in Flags::SYSTEM {
                if known.eq_ignore_ascii_case(name) {
                    self.system = self.system.with(flag);
                }
            }
        } else {
            self.keywords.insert(Keyword(name.into()));
        }
    }

    /// The list with these system flags too, or with [`Flags::IRREGULAR`].
    #[must_use]
    pub fn with(mut self, flags: Flags) -> Self {
        self.system = self.system.with(Self::from(flags).system);
        self
    }

    /// The system flags of the list.
    pub fn system(&self) -> Flags {
        self.system
    }

    /// The keywords of the list.
    pub fn keywords(&self) -> impl Iterator<Item = &str> {
        self.keywords.iter().map(|keyword| &*keyword.0)
    }
}

impl From<Flags> for FlagList {
    /// The system flags in `flags`; keyword bits mean nothing outside their mailbox.
    fn from(flags: Flags) -> Self {
        let system = Flags(flags.0 & ((1 << Flags::FIRST_KEYWORD) - 1));
        Self { system, keywords: BTreeSet::new() }
    }
}

impl<S: AsRef<str>> FromIterator<S> for FlagList {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut list = Self::new();
        for name in names {
            list.insert(name.as_ref());
        }
        list
    }
}

/// A keyword, compared without regard to ASCII case.
#[derive(Clone)]
struct Keyword(Box<str>);

impl Keyword {
    fn folded(&self) -> impl Iterator<Item = u8> + '_ {
        self.0.bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl fmt::Debug for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for Keyword {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for Keyword {}

impl PartialOrd for Keyword {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Keyword {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.folded().cmp(other.folded())
    }
}
