//! Changes to messages that are there: flags, copies, moves, removal, and the history of it.

use crate::{FlagList, Flags, ModSeq, UidSet, UidValidity};

/// What to do with a list of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagOp {
    /// Sets them.
    Add,
    /// Takes them away.
    Remove,
    /// Sets them and takes all others away.
    Replace,
}

/// A change of flags.
#[derive(Debug, Clone)]
pub struct FlagChange {
    /// What to do.
    pub op: FlagOp,
    /// With which flags.
    pub flags: FlagList,
    /// Leaves messages alone that were changed after this (RFC 7162 §3.1.3).
    pub unchanged_since: Option<ModSeq>,
    /// Leaves flags alone that are not among these.
    pub among: Flags,
}

impl FlagChange {
    fn new(op: FlagOp, flags: impl Into<FlagList>) -> Self {
        Self { op, flags: flags.into(), unchanged_since: None, among: Flags::ALL }
    }

    /// Sets flags.
    pub fn add(flags: impl Into<FlagList>) -> Self {
        Self::new(FlagOp::Add, flags)
    }

    /// Takes flags away.
    pub fn remove(flags: impl Into<FlagList>) -> Self {
        Self::new(FlagOp::Remove, flags)
    }

    /// Sets flags and takes all others away.
    pub fn replace(flags: impl Into<FlagList>) -> Self {
        Self::new(FlagOp::Replace, flags)
    }

    /// Only for messages not changed after `modseq`.
    #[must_use]
    pub fn unchanged_since(mut self, modseq: ModSeq) -> Self {
        self.unchanged_since = Some(modseq);
        self
    }

    /// What becomes of `old`, `new` being [`FlagChange::flags`] in the mailbox's bits.
    pub fn apply(&self, old: Flags, new: Flags) -> Flags {
        let changed = match self.op {
            FlagOp::Add => old.with(new),
            FlagOp::Remove => old.without(new.without(Flags::HIDDEN)),
            FlagOp::Replace => new.with(old.among(Flags::HIDDEN)),
        };
        old.without(self.among).with(changed.among(self.among))
    }
}

/// What a change of flags did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagsChanged {
    /// Messages whose flags are now different. They all have `modseq`.
    pub changed: UidSet,
    /// Messages left alone because of [`FlagChange::unchanged_since`].
    pub modified: UidSet,
    /// The modification sequence of the changed messages; that of the mailbox if none changed.
    pub modseq: ModSeq,
}

/// What a copy or a move did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The validity of the new UIDs.
    pub uid_validity: UidValidity,
    /// The messages found in the source, ascending.
    pub from: UidSet,
    /// Their UIDs in the target, in the same order.
    pub to: UidSet,
    /// The source's modification sequence after a move, unchanged by a copy.
    pub modseq: ModSeq,
}

/// Which messages to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expunge {
    /// All with [`Flags::DELETED`].
    Deleted,
    /// Those of the set with [`Flags::DELETED`].
    DeletedAmong(UidSet),
    /// Those of the set, whatever their flags.
    Uids(UidSet),
}

/// What was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expunged {
    /// The UIDs.
    pub uids: UidSet,
    /// The mailbox's modification sequence after it.
    pub modseq: ModSeq,
}

/// What happened in a mailbox after a modification sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Messages that came or were changed, and are there.
    pub changed: UidSet,
    /// Messages that are gone. Ones that went earlier may be among them where the history was shortened.
    pub vanished: UidSet,
    /// The modification sequence up to which this tells.
    pub highest_modseq: ModSeq,
}
