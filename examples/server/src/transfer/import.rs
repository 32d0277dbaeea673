//! Mail from files into an account.

use super::{BATCH, BATCH_OCTETS, Failed, LETTERS, Progress, at};
use bytes::Bytes;
use mailwright_message::{
    Message,
    header::DateTime,
    line_ends::to_crlf,
    maildir::{Entry, Flags, Maildir},
    mbox::{self, Dialect},
};
use mailwright_store::{Account, Append, FlagList, Incoming, MailboxId, MailboxName, Store, Timestamp};
use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};
use tokio::sync::mpsc;

/// Octets of an mbox that are read at once.
const SLAB: u64 = 8 << 20;
/// How deep folders are looked into.
const DEEP: usize = 32;

/// A mailbox in files.
struct Source {
    mailbox: MailboxName,
    files: Files,
}

enum Files {
    Maildir { maildir: Maildir, keywords: Vec<(char, String)> },
    Mbox(PathBuf),
}

/// Messages on their way in.
struct Batch {
    mailbox: MailboxName,
    mails: Vec<Mail>,
    /// How much of the whole they are.
    weight: u64,
}

struct Mail {
    octets: Vec<u8>,
    flags: FlagList,
    received: Option<Timestamp>,
}

/// Brings what is at `path` into an account: a Maildir with the folders in it, an mbox, or a folder of files named
/// `.mbox`. How many messages it was.
///
/// A Maildir or an mbox itself becomes the inbox, or the mailbox that is named; what is in a folder gets its name from
/// there. Mailboxes are made where there are none, and messages added to those that are there. Line ends become CRLF.
pub(crate) async fn import<S: Store>(
    store: &S,
    account: &Account,
    path: &Path,
    mailbox: Option<MailboxName>,
    progress: Progress<'_>,
) -> Result<u64, Failed> {
    let (path, top) = (path.to_owned(), mailbox.unwrap_or_else(MailboxName::inbox));
    let sources = tokio::task::spawn_blocking(move || find(&path, &top)).await??;
    let names: Vec<MailboxName> = sources.iter().map(|source| source.mailbox.clone()).collect();
    let total = tokio::task::spawn_blocking(move || {
        let total: u64 = sources.iter().map(weight).sum::<io::Result<u64>>()?;
        Ok::<_, io::Error>((sources, total))
    });
    let (sources, total) = total.await??;
    for name in names {
        ensure(store, account, &name).await?;
    }
    let (send, mut batches) = mpsc::channel::<io::Result<Batch>>(1);
    tokio::task::spawn_blocking(move || {
        for source in sources {
            // A receiver that is gone has met an error of its own.
            let mut put = |batch| send.blocking_send(Ok(batch)).map_err(|_| io::ErrorKind::BrokenPipe.into());
            if let Err(error) = read(source, &mut put) {
                let _ = send.blocking_send(Err(error));
                return;
            }
        }
    });
    let (mut done, mut count) = (0, 0);
    while let Some(batch) = batches.recv().await {
        let Batch { mailbox, mails, weight } = batch?;
        let mailbox = ensure(store, account, &mailbox).await?;
        count += mails.len() as u64;
        let mut messages = Vec::with_capacity(mails.len());
        for mail in mails {
            let mut body = store.incoming(Some(mail.octets.len() as u64)).await?;
            body.write(Bytes::from(mail.octets)).await?;
            messages.push(Append { body: body.finish().await?, flags: mail.flags, received: mail.received });
        }
        store.append(mailbox, messages).await?;
        done += weight;
        progress(done.min(total), total);
    }
    Ok(count)
}

async fn ensure<S: Store>(store: &S, account: &Account, name: &MailboxName) -> Result<MailboxId, Failed> {
    if let Some(mailbox) = store.mailbox(account.id, name).await? {
        return Ok(mailbox.id);
    }
    let made = store.create_mailbox(account.id, name, None).await?;
    store.subscribe(account.id, name, true).await?;
    Ok(made.id)
}

/// The mailboxes at a path.
fn find(path: &Path, top: &MailboxName) -> io::Result<Vec<Source>> {
    let kind = fs::metadata(path).map_err(at(path))?;
    if kind.is_file() {
        return Ok(vec![Source { mailbox: top.clone(), files: Files::Mbox(path.to_owned()) }]);
    }
    let mut sources = Vec::new();
    if let Ok(maildir) = Maildir::open(path) {
        let below = |name: &str| if top.is_inbox() { name.to_owned() } else { format!("{top}/{name}") };
        sources.push(source(maildir, top.clone()));
        for entry in sorted(path)? {
            // Maildir++: all folders lie beside each other, their levels parted by dots.
            let file = entry.file_name();
            let Some(levels) = file.to_str().and_then(|name| name.strip_prefix('.')) else { continue };
            if let Ok(maildir) = Maildir::open(entry.path()) {
                let levels: Vec<String> = levels.split('.').map(decode).collect();
                sources.push(source(maildir, name(&below(&levels.join("/")), path)?));
            }
        }
        return Ok(sources);
    }
    descend(path, path, 0, &mut sources)?;
    if sources.is_empty() {
        let why = format!("{}: neither a Maildir nor an mbox", path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    Ok(sources)
}

/// Finds Maildirs and files named `.mbox` in folders.
fn descend(root: &Path, folder: &Path, depth: usize, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in sorted(folder)? {
        let (path, kind) = (entry.path(), entry.file_type()?);
        let inner = path.strip_prefix(root).unwrap_or(&path);
        if kind.is_file() && path.extension().is_some_and(|extension| extension == "mbox") {
            let mailbox = name(&inner.with_extension("").to_string_lossy(), &path)?;
            sources.push(Source { mailbox, files: Files::Mbox(path) });
        } else if kind.is_dir() && depth < DEEP {
            if let Ok(maildir) = Maildir::open(&path) {
                sources.push(source(maildir, name(&inner.to_string_lossy(), &path)?));
            } else {
                descend(root, &path, depth + 1, sources)?;
            }
        }
    }
    Ok(())
}

fn source(maildir: Maildir, mailbox: MailboxName) -> Source {
    // What Dovecot calls the letters `a` to `z`: a number and a name on each line.
    let file = maildir.path().join("dovecot-keywords");
    let text = fs::read_to_string(file).unwrap_or_default();
    let keywords = text.lines().filter_map(|line| {
        let (number, name) = line.split_once(' ')?;
        let letter = b'a'.checked_add(number.parse().ok()?).filter(u8::is_ascii_lowercase)?;
        Some((char::from(letter), name.to_owned()))
    });
    let keywords = keywords.collect();
    Source { mailbox, files: Files::Maildir { maildir, keywords } }
}

fn sorted(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    let mut entries: Vec<_> = fs::read_dir(folder).map_err(at(folder))?.collect::<io::Result<_>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    Ok(entries)
}

/// One level of a Maildir++ name, which is in modified UTF-7.
fn decode(level: &str) -> String {
    let wire = Bytes::copy_from_slice(level.as_bytes());
    mailwright_imap::types::MailboxName::from_wire(&wire, false).as_str().to_owned()
}

fn name(text: &str, path: &Path) -> io::Result<MailboxName> {
    MailboxName::new(text).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{}: mailbox name {error}", path.display()))
    })
}

/// What part of the whole a source is.
fn weight(source: &Source) -> io::Result<u64> {
    match &source.files {
        Files::Maildir { maildir, .. } => maildir.entries()?.map(|entry| size(&entry)).sum(),
        Files::Mbox(path) => Ok(fs::metadata(path).map_err(at(path))?.len()),
    }
}

fn size(entry: &Entry) -> io::Result<u64> {
    Ok(fs::metadata(entry.path()).map_err(at(entry.path()))?.len())
}

/// Reads a source, batch by batch.
fn read(source: Source, put: &mut dyn FnMut(Batch) -> io::Result<()>) -> io::Result<()> {
    let mut gathered = Gathered { mailbox: source.mailbox, mails: Vec::new(), octets: 0, weight: 0 };
    match source.files {
        Files::Maildir { maildir, keywords } => {
            let mut entries = Vec::new();
            for entry in maildir.entries()? {
                let arrived = fs::metadata(entry.path()).and_then(|file| file.modified());
                entries.push((arrived.map_err(at(entry.path()))?, entry));
            }
            entries.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| x.unique().cmp(y.unique())));
            for (arrived, entry) in entries {
                let octets = entry.read().map_err(at(entry.path()))?;
                let weight = octets.len() as u64;
                let flags = flags(entry.flags(), &keywords);
                let mail =
                    Mail { octets: to_crlf(&octets).into_owned(), flags, received: Some(arrived.into()) };
                gathered.add(mail, weight, put)?;
            }
        }
        Files::Mbox(path) => {
            let mut file = File::open(&path).map_err(at(&path))?;
            read_mbox(&mut file, &path, &mut |entry| {
                let octets = to_crlf(&entry.message()).into_owned();
                let message = Message::parse(&octets);
                let flags = status(&message);
                let date =
                    std::str::from_utf8(entry.date()).ok().and_then(|date| DateTime::parse(date.as_bytes()));
                let received = date.map(|date| Timestamp::from_secs(date.unix()));
                drop(message);
                let weight = entry.raw().len() as u64;
                gathered.add(Mail { octets, flags, received }, weight, put)
            })?;
        }
    }
    gathered.put(put)
}

/// A batch being filled.
struct Gathered {
    mailbox: MailboxName,
    mails: Vec<Mail>,
    octets: usize,
    weight: u64,
}

impl Gathered {
    fn add(
        &mut self,
        mail: Mail,
        weight: u64,
        put: &mut dyn FnMut(Batch) -> io::Result<()>,
    ) -> io::Result<()> {
        self.octets += mail.octets.len();
        self.weight += weight;
        self.mails.push(mail);
        if self.mails.len() >= BATCH || self.octets >= BATCH_OCTETS { self.put(put) } else { Ok(()) }
    }

    fn put(&mut self, put: &mut dyn FnMut(Batch) -> io::Result<()>) -> io::Result<()> {
        let mails = std::mem::take(&mut self.mails);
        let weight = std::mem::take(&mut self.weight);
        self.octets = 0;
        if mails.is_empty() { Ok(()) } else { put(Batch { mailbox: self.mailbox.clone(), mails, weight }) }
    }
}

/// Reads an mbox of any size, holding a slab of it and at least one message.
fn read_mbox(
    file: &mut File,
    path: &Path,
    each: &mut dyn FnMut(&mbox::Entry<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut held = Vec::new();
    let mut any = false;
    loop {
        let more = file.take(SLAB.max(held.len() as u64)).read_to_end(&mut held).map_err(at(path))?;
        let mut entries = mbox::messages(Dialect::Mboxrd, &held).peekable();
        let mut used = 0;
        while let Some(entry) = entries.next() {
            if more > 0 && entries.peek().is_none() {
                // It may go on in what is not read yet: `From ` stands before its sender.
                used = entry.sender().as_ptr() as usize - held.as_ptr() as usize - b"From ".len();
                break;
            }
            any = true;
            each(&entry)?;
            used = held.len();
        }
        if more == 0 {
            break;
        }
        held.drain(..used);
    }
    if !any && !held.is_empty() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{}: not an mbox", path.display())));
    }
    Ok(())
}

/// What the fields say that mail programs keep the state of a message in.
fn status(message: &Message<'_>) -> FlagList {
    let text =
        |name: &str| message.header().field(name).map(|field| field.text().into_owned()).unwrap_or_default();
    let (status, more) = (text("Status"), text("X-Status"));
    let letters = [
        ("\\Seen", status.contains('R')),
        ("\\Answered", more.contains('A')),
        ("\\Flagged", more.contains('F')),
        ("\\Draft", more.contains('T')),
        ("\\Deleted", more.contains('D')),
    ];
    let mut flags = FlagList::new();
    letters.iter().filter(|(_, set)| *set).for_each(|(name, _)| flags.insert(name));
    text("X-Keywords")
        .split_ascii_whitespace()
        .filter(|word| is_keyword(word))
        .for_each(|word| flags.insert(word));
    flags
}

fn flags(letters: Flags, keywords: &[(char, String)]) -> FlagList {
    let mut flags = FlagList::new();
    LETTERS.iter().filter(|(letter, _)| letters.contains(*letter)).for_each(|(_, name)| flags.insert(name));
    if letters.contains(Flags::PASSED) {
        flags.insert("$Forwarded");
    }
    for (letter, name) in keywords {
        if is_keyword(name) && Flags::keyword(*letter).is_some_and(|letter| letters.contains(letter)) {
            flags.insert(name);
        }
    }
    flags
}

fn is_keyword(word: &str) -> bool {
    (1..=64).contains(&word.len())
        && word.bytes().all(|octet| octet.is_ascii_graphic() && !b"(){%*\"\\]".contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_is_read_slab_by_slab() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.mbox");
        let mut whole = Vec::new();
        // Some messages are longer than a slab.
        let slab = usize::try_from(SLAB).unwrap();
        let bodies: Vec<String> = (0..20)
            .map(|n| {
                format!(
                    "Subject: {n}\n\nFrom here\n{}\n",
                    "x".repeat(if n % 9 == 4 { slab + 77 } else { n * 99_999 })
                )
            })
            .collect();
        for body in &bodies {
            let date = mailwright_message::build::DateTime::from_unix(1_700_000_000);
            mbox::write(Dialect::Mboxrd, "a@b.test", date, body.as_bytes(), &mut whole);
        }
        fs::write(&path, whole).unwrap();
        let mut read = Vec::new();
        read_mbox(&mut File::open(&path).unwrap(), &path, &mut |entry| {
            read.push(String::from_utf8(entry.message().into_owned()).unwrap());
            assert_eq!(DateTime::parse(entry.date()).unwrap().unix(), 1_700_000_000);
            Ok(())
        })
        .unwrap();
        assert!(read == bodies, "{:?}", read.iter().map(String::len).collect::<Vec<_>>());
        fs::write(&path, "no mbox at all\n").unwrap();
        assert!(read_mbox(&mut File::open(&path).unwrap(), &path, &mut |_| Ok(())).is_err());
    }
}
