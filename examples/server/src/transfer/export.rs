//! The mail of an account into files.

use super::{BATCH, BATCH_OCTETS, Failed, Format, LETTERS, Progress, at};
use mailwright_message::{
    Message,
    build::DateTime,
    line_ends::to_lf,
    maildir::{self, Maildir},
    mbox::{self, Dialect},
};
use mailwright_store::{Account, Content, Entry, MailboxName, MessageId, Store, View, read_all};
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Where one mailbox goes.
enum Target {
    Maildir(Maildir),
    Mbox { path: PathBuf, file: File },
}

/// A message on its way out.
struct Mail {
    octets: Vec<u8>,
    entry: Entry,
    flags: Vec<String>,
}

/// Writes the mailboxes of an account, or the one that is named, into a folder that is empty or does not exist. How many
/// messages it was. Line ends become LF; flags and the time of arrival are kept.
pub(crate) async fn export<S: Store>(
    store: &S,
    account: &Account,
    folder: &Path,
    mailbox: Option<MailboxName>,
    format: Format,
    progress: Progress<'_>,
) -> Result<u64, Failed> {
    if fs::read_dir(folder).is_ok_and(|mut inside| inside.next().is_some()) {
        return Err(format!("{}: not empty", folder.display()).into());
    }
    let mailboxes = match mailbox {
        None => store.mailboxes(account.id).await?,
        Some(name) => {
            vec![store.mailbox(account.id, &name).await?.ok_or(mailwright_store::Error::NoSuchMailbox)?]
        }
    };
    let mut views = Vec::new();
    for mailbox in mailboxes {
        let view = store.open(mailbox.id).await?.borrow().clone();
        views.push((mailbox.name, view));
    }
    let total = views.iter().map(|(_, view)| u64::from(view.len())).sum();
    let mut done = 0;
    for (name, view) in views {
        let folder = folder.to_owned();
        let mut target = tokio::task::spawn_blocking(move || open(&folder, &name, format)).await??;
        let mut entries = view.entries().peekable();
        while entries.peek().is_some() {
            let (mut batch, mut octets) = (Vec::new(), 0);
            while batch.len() < BATCH && octets < BATCH_OCTETS {
                let Some(entry) = entries.next() else { break };
                done += 1;
                // One that was expunged meanwhile is not there any more.
                let Some(whole) = whole(store, entry.message).await? else { continue };
                octets += whole.len();
                batch.push(Mail { octets: whole, entry, flags: names(&view, &entry) });
            }
            target = tokio::task::spawn_blocking(move || {
                write(&mut target, batch)?;
                Ok::<_, io::Error>(target)
            })
            .await??;
            progress(done, total);
        }
        if let Target::Mbox { path, file } = target {
            tokio::task::spawn_blocking(move || file.sync_all().map_err(at(&path))).await??;
        }
    }
    Ok(done)
}

async fn whole<S: Store>(store: &S, message: MessageId) -> Result<Option<Vec<u8>>, Failed> {
    let Some(mut content) = store.content(message).await? else { return Ok(None) };
    let octets =
        if content.is_empty() { Vec::new() } else { to_lf(&read_all(&mut content).await?).into_owned() };
    Ok(Some(octets))
}

fn names(view: &View, entry: &Entry) -> Vec<String> {
    view.keywords().names(entry.flags).map(str::to_owned).collect()
}

fn open(folder: &Path, name: &MailboxName, format: Format) -> io::Result<Target> {
    match format {
        Format::Maildir => {
            let inner = if name.is_inbox() { folder.to_owned() } else { folder.join(plus_plus(name)) };
            // The inbox is the Maildir that the others lie in, whether it is exported or not.
            Maildir::create(folder).map_err(at(folder))?;
            Ok(Target::Maildir(Maildir::create(&inner).map_err(at(&inner))?))
        }
        Format::Mbox => {
            let mut path = folder.to_owned();
            let mut levels = name.as_str().split('/').map(file_name).peekable();
            while let Some(level) = levels.next() {
                path.push(if levels.peek().is_some() { level } else { format!("{level}.mbox") });
            }
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(at(parent))?;
            }
            let file = File::options().write(true).create_new(true).open(&path).map_err(at(&path))?;
            Ok(Target::Mbox { path, file })
        }
    }
}

/// A level of a name as that of a file: no level leads out of its folder.
fn file_name(level: &str) -> String {
    if level.starts_with('.') { level.replacen('.', "_", 1) } else { level.to_owned() }
}

/// The name of a Maildir++ folder: levels in modified UTF-7, parted by dots; a dot in a level cannot be said.
fn plus_plus(name: &MailboxName) -> String {
    let level = |level: &str| {
        let name = mailwright_imap::types::MailboxName::new(level);
        String::from_utf8_lossy(&name.to_wire(false)).replace('.', "_")
    };
    name.as_str().split('/').map(level).fold(String::new(), |out, level| format!("{out}.{level}"))
}

fn write(target: &mut Target, batch: Vec<Mail>) -> io::Result<()> {
    for Mail { octets, entry, flags } in batch {
        let arrived: SystemTime = entry.received.into();
        match target {
            Target::Maildir(maildir) => {
                let unique = maildir::unique_name(
                    entry.received.secs().try_into().unwrap_or(0),
                    entry.message.value().into(),
                    "mailwright",
                );
                let file = maildir.deliver(&unique, &octets).map_err(at(maildir.path()))?;
                let letters = LETTERS.iter().filter(|(_, name)| flags.iter().any(|flag| flag == name));
                let letters = letters.fold(maildir::Flags::default(), |all, (letter, _)| all | *letter);
                let file = maildir.set_flags(&file, letters).map_err(at(file.path()))?;
                File::options().write(true).open(file.path()).and_then(|file| file.set_modified(arrived))?;
            }
            Target::Mbox { path, file } => {
                let mut out = Vec::new();
                let octets = with_status(octets, &flags);
                let sender = sender(&octets);
                mbox::write(
                    Dialect::Mboxrd,
                    &sender,
                    DateTime::from_unix(entry.received.secs()),
                    &octets,
                    &mut out,
                );
                file.write_all(&out).map_err(at(path))?;
            }
        }
    }
    Ok(())
}

/// Whom an mbox names: who the message was from when it came.
fn sender(octets: &[u8]) -> String {
    let path = Message::parse(octets).header().field("Return-Path").map(|field| field.text().into_owned());
    path.unwrap_or_default().trim().trim_matches(['<', '>']).to_owned()
}

/// The message with the fields before it that mail programs keep its state in.
fn with_status(octets: Vec<u8>, flags: &[String]) -> Vec<u8> {
    let has = |name: &str| flags.iter().any(|flag| flag == name);
    let letters = |of: &[(&str, char)]| {
        of.iter().filter(|(name, _)| has(name)).map(|(_, letter)| *letter).collect::<String>()
    };
    let more = letters(&[("\\Answered", 'A'), ("\\Flagged", 'F'), ("\\Draft", 'T'), ("\\Deleted", 'D')]);
    let keywords: Vec<&str> =
        flags.iter().map(String::as_str).filter(|flag| !flag.starts_with('\\')).collect();
    let mut out = Vec::with_capacity(octets.len() + 80);
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            out.extend_from_slice(format!("{name}: {value}\n").as_bytes());
        }
    };
    field("Status", if has("\\Seen") { "RO" } else { "O" });
    field("X-Status", &more);
    field("X-Keywords", &keywords.join(" "));
    // Fields that said something else before must not be read first, and are not: these stand before them.
    out.extend_from_slice(&octets);
    out
}
