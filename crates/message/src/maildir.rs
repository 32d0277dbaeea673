//! Maildir: one file a message, delivered without locks. Needs the feature `fs`, since it reads and writes files.
//!
//! ```
//! use mailwright_message::maildir::{Flags, Maildir, unique_name};
//! # fn main() -> std::io::Result<()> {
//! # let folder = std::env::temp_dir().join(format!("maildir-doc-{}", std::process::id()));
//! let maildir = Maildir::create(&folder)?;
//! maildir.deliver(&unique_name(1_700_000_000, 42, "mx.example.test"), b"Subject: Hello\r\n\r\nHello.\r\n")?;
//! for entry in maildir.entries()? {
//!     assert!(entry.is_new());
//!     assert_eq!(entry.read()?, b"Subject: Hello\r\n\r\nHello.\r\n");
//!     maildir.set_flags(&entry, Flags::SEEN)?;
//! }
//! # std::fs::remove_dir_all(&folder)
//! # }
//! ```

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

mod flags;

pub use flags::Flags;

/// A folder with `tmp`, `new` and `cur` in it.
#[derive(Debug, Clone)]
pub struct Maildir {
    path: PathBuf,
}

/// One message in a Maildir.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    path: PathBuf,
    unique: String,
    flags: Flags,
    is_new: bool,
}

impl Maildir {
    /// An existing Maildir.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] if one of its three folders is missing.
    pub fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        for folder in ["tmp", "new", "cur"] {
            if !path.join(folder).is_dir() {
                return Err(io::Error::new(
                    io::ErrorKind::NotFound,
                    format!("no folder {folder} in the Maildir"),
                ));
            }
        }
        Ok(Self { path })
    }

    /// A Maildir, made if it is not there.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn create(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        for folder in ["tmp", "new", "cur"] {
            fs::create_dir_all(path.join(folder))?;
        }
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The messages that are there now, those in `new` first, otherwise in no order; what is moved later does not matter.
    /// Files whose name starts with a dot, folders and links are passed over, as are names that are not UTF-8.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn entries(&self) -> io::Result<impl Iterator<Item = Entry> + use<>> {
        let mut seen = HashSet::new();
        let mut entries = Vec::new();
        // In this order a message that another program moves meanwhile is seen twice rather than never.
        for (folder, is_new) in [("new", true), ("cur", false)] {
            for file in fs::read_dir(self.path.join(folder))? {
                let file = file?;
                if file.file_type()?.is_file()
                    && let Some(entry) = Entry::of(file.path(), is_new)
                    && seen.insert(entry.unique.clone())
                {
                    entries.push(entry);
                }
            }
        }
        Ok(entries.into_iter())
    }

    /// Delivers a message: written to `tmp`, synced, then linked into `new`, where readers see it whole or not at all.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`]: `unique` is empty, starts with a dot, or holds `/`, `:` or control
    /// characters. [`io::ErrorKind::AlreadyExists`]: the name is taken. And those of the file system.
    pub fn deliver(&self, unique: &str, message: &[u8]) -> io::Result<Entry> {
        check_unique(unique)?;
        let temporary = self.path.join("tmp").join(unique);
        let path = self.path.join("new").join(unique);
        let mut file = File::options().write(true).create_new(true).open(&temporary)?;
        let written = file.write_all(message).and_then(|()| file.sync_all());
        // A link fails where a rename would replace what is there.
        let done = written.and_then(|()| fs::hard_link(&temporary, &path)).and_then(|()| sync_folder(&path));
        let removed = fs::remove_file(&temporary);
        done.and(removed)?;
        Ok(Entry { path, unique: unique.to_owned(), flags: Flags::default(), is_new: true })
    }

    /// Sets the flags of a message and moves it to `cur`.
    ///
    /// # Errors
    /// Those of the file system; [`io::ErrorKind::NotFound`] if another program moved it.
    pub fn set_flags(&self, entry: &Entry, flags: Flags) -> io::Result<Entry> {
        let path = self.path.join("cur").join(format!("{}:2,{flags}", entry.unique));
        fs::rename(&entry.path, &path)?;
        Ok(Entry { path, unique: entry.unique.clone(), flags, is_new: false })
    }

    /// Removes a message.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn remove(&self, entry: &Entry) -> io::Result<()> {
        fs::remove_file(&entry.path)
    }
}

impl Entry {
    fn of(path: PathBuf, is_new: bool) -> Option<Self> {
        let name = path.file_name().and_then(OsStr::to_str).filter(|name| !name.starts_with('.'))?;
        let (unique, info) = name.split_once(':').unwrap_or((name, ""));
        let flags = Flags::parse(info.strip_prefix("2,").unwrap_or_default());
        let unique = unique.to_owned();
        Some(Self { path, unique, flags, is_new })
    }

    /// The part of its name that stays while it is in this Maildir.
    pub fn unique(&self) -> &str {
        &self.unique
    }

    /// Its flags.
    pub const fn flags(&self) -> Flags {
        self.flags
    }

    /// Whether it is in `new`: no program has taken notice of it yet.
    pub const fn is_new(&self) -> bool {
        self.is_new
    }

    /// Where its file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The message.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.path)
    }
}

/// A name that no other delivery takes, if `seed` is unique for that second and host, as 128 random bits are.
pub fn unique_name(unix_time: u64, seed: u128, host: &str) -> String {
    // As the format's description has it: slash and colon of a host name by their octal codes.
    let host = host.replace('/', "\\057").replace(':', "\\072");
    format!("{unix_time}.{seed:x}.{host}")
}

fn check_unique(unique: &str) -> io::Result<()> {
    let bad = unique.is_empty()
        || unique.starts_with('.')
        || unique.len() > 200
        || unique.contains(|c: char| c.is_control() || matches!(c, '/' | ':'));
    if bad {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a name for a file in a Maildir"));
    }
    Ok(())
}

/// Makes the name of a file last.
fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_delivered_flagged_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Maildir::open(folder.path()).unwrap_err().kind(), io::ErrorKind::NotFound);
        let maildir = Maildir::create(folder.path()).unwrap();
        let name = unique_name(1, 2, "a/b:c");
        maildir.deliver(&name, b"one").unwrap();
        assert_eq!(maildir.deliver(&name, b"other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        fs::write(folder.path().join("new/.hidden"), b"").unwrap();
        fs::create_dir(folder.path().join("cur/folder")).unwrap();
        let entries: Vec<_> = maildir.entries().unwrap().collect();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].unique(), entries[0].is_new()), (name.as_str(), true));
        let moved = maildir.set_flags(&entries[0], Flags::SEEN | Flags::FLAGGED).unwrap();
        assert!(moved.path().ends_with(format!("cur/{name}:2,FS")));
        assert!(maildir.set_flags(&entries[0], Flags::SEEN).is_err());
        let entries: Vec<_> = maildir.entries().unwrap().collect();
        assert_eq!(entries, [moved]);
        assert_eq!(entries[0].read().unwrap(), b"one");
        maildir.remove(&entries[0]).unwrap();
        assert_eq!(maildir.entries().unwrap().count(), 0);
        assert_eq!(fs::read_dir(folder.path().join("tmp")).unwrap().count(), 0);
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let maildir = Maildir::create(folder.path()).unwrap();
        for name in ["", ".", "..", "../x", "a/b", "a:2,S", "a\0", "a\n", ".hidden"] {
            assert_eq!(
                maildir.deliver(name, b"").unwrap_err().kind(),
                io::ErrorKind::InvalidInput,
                "{name:?}"
            );
        }
    }
}
