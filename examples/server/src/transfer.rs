//! Mail from and to the files of other programs: Maildir and mbox.

mod export;
mod import;

pub(crate) use export::export;
pub(crate) use import::import;

use serde::{Deserialize, Serialize};
use std::{error::Error, io, path::Path};

/// How mail is kept in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// A Maildir, with a folder for each mailbox but the inbox in it, as `.Work.2026`.
    Maildir,
    /// A file for each mailbox, as `Work/2026.mbox`.
    Mbox,
}

/// Messages that go through memory together at most.
const BATCH: usize = 64;
/// Octets of messages after which no more are taken into a batch.
const BATCH_OCTETS: usize = 4 << 20;

/// Why a transfer ended early.
type Failed = Box<dyn Error + Send + Sync>;

/// Told how much of how much is done.
pub(crate) type Progress<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

/// An error with the file it is about.
fn at(path: &Path) -> impl Fn(io::Error) -> io::Error + '_ {
    move |error| io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// The flags of a mailbox that a Maildir has letters for.
const LETTERS: [(mailwright_message::maildir::Flags, &str); 5] = {
    use mailwright_message::maildir::Flags;
    [
        (Flags::DRAFT, "\\Draft"),
        (Flags::FLAGGED, "\\Flagged"),
        (Flags::REPLIED, "\\Answered"),
        (Flags::SEEN, "\\Seen"),
        (Flags::TRASHED, "\\Deleted"),
    ]
};
