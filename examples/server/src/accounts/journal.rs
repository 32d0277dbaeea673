//! [`Journal`]: what the throttle counts, in a file, so that a restart gives nobody new guesses.
//!
//! Records are appended as things happen and handed to the operating system at once: they outlive the process, however it ends.
//! They are not synced, since a power cut that forgets the last seconds helps no guesser. Now and then the file is
//! written anew with what still counts.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use super::throttle::Key;

/// Octets of a record: what it says, when, and of whom.
const RECORD: usize = 1 + 8 + 16;
/// Records more than those that count, after which the file is written anew.
const SURPLUS: usize = 100_000;

/// What a record says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A wrong guess from a network.
    Network,
    /// The last one was right after all.
    NetworkTakenBack,
    /// A wrong guess at an account.
    Account,
    /// The last one was right after all.
    AccountTakenBack,
    /// An account was used from a network.
    Known,
}

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) what: What,
    /// In seconds since 1970.
    pub(super) time: u64,
    pub(super) key: Key,
}

impl What {
    const ALL: [(u8, Self); 5] = [
        (b'n', Self::Network),
        (b'N', Self::NetworkTakenBack),
        (b'a', Self::Account),
        (b'A', Self::AccountTakenBack),
        (b'k', Self::Known),
    ];

    fn octet(self) -> u8 {
        Self::ALL.iter().find(|(_, what)| *what == self).map_or(0, |(octet, _)| *octet)
    }
}

impl Record {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(self.what.octet());
        out.extend_from_slice(&self.time.to_be_bytes());
        out.extend_from_slice(&self.key);
    }

    /// `None` for what is no record: a damaged file costs what is damaged, not the start of the server.
    fn read(octets: &[u8]) -> Option<Self> {
        let (&[first], rest) = octets.split_first_chunk::<1>()?;
        let (time, rest) = rest.split_first_chunk::<8>()?;
        let what = What::ALL.iter().find(|(octet, _)| *octet == first)?.1;
        Some(Self { what, time: u64::from_be_bytes(*time), key: rest.try_into().ok()? })
    }
}

/// The file, open for appending.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    records: usize,
    /// It could not be written; said once.
    broken: bool,
}

impl Journal {
    /// Reads the file, if there is one, and opens it for appending.
    pub(super) fn open(path: &Path) -> io::Result<(Self, Vec<Record>)> {
        let octets = match fs::read(path) {
            Ok(octets) => octets,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let records: Vec<Record> = octets.chunks_exact(RECORD).filter_map(Record::read).collect();
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        // A process that was killed while it wrote leaves a part of a record.
        file.set_len((octets.len() - octets.len() % RECORD) as u64)?;
        let journal = Self { path: path.to_owned(), file, records: octets.len() / RECORD, broken: false };
        Ok((journal, records))
    }

    /// Adds records. If the disk refuses, they count in memory all the same.
    pub(super) fn append(&mut self, records: &[Record]) {
        let octets = records.iter().fold(Vec::with_capacity(records.len() * RECORD), |mut out, record| {
            record.write(&mut out);
            out
        });
        match self.file.write_all(&octets) {
            Ok(()) => {
                self.records += records.len();
                self.broken = false;
            }
            Err(error) if !self.broken => {
                self.broken = true;
                tracing::warn!(%error, path = %self.path.display(), "failed logins cannot be written down");
            }
            Err(_) => {}
        }
    }

    /// Whether it has many more records than the `counting` ones.
    pub(super) fn is_long(&self, counting: usize) -> bool {
        self.records > 2 * counting + SURPLUS
    }

    /// Writes the file anew, with these records only.
    pub(super) fn replace(&mut self, records: impl Iterator<Item = Record>) -> io::Result<()> {
        let path = self.path.with_extension("new");
        let mut out = Vec::new();
        records.for_each(|record| record.write(&mut out));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        file.write_all(&out)?;
        fs::rename(&path, &self.path)?;
        self.file = OpenOptions::new().append(true).open(&self.path)?;
        self.records = out.len() / RECORD;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_appended_is_read_and_a_torn_end_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("failed-logins");
        let record = |what, n: u8| Record { what, time: u64::from(n), key: [n; 16] };
        let all: Vec<Record> = (0..).zip(What::ALL).map(|(n, (_, what))| record(what, n)).collect();
        let (mut journal, none) = Journal::open(&path).unwrap();
        assert_eq!(none, []);
        journal.append(&all);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"n torn").unwrap();
        let (mut journal, read) = Journal::open(&path).unwrap();
        assert_eq!(read, all);
        journal.append(&all[..1]);
        assert_eq!(Journal::open(&path).unwrap().1.len(), all.len() + 1, "what follows a torn end is whole");
        journal.replace(all[2..].iter().copied()).unwrap();
        journal.append(&all[..1]);
        assert_eq!(Journal::open(&path).unwrap().1, [&all[2..], &all[..1]].concat());
    }
}
