//! Searching what a view does not know: the index says what may be met, and that is looked into.

use bytes::Bytes;
use mailwright_message::{Limits, Message};
use memchr::memmem::Finder;
use rusqlite::{Connection, OptionalExtension};

use super::{
    Shared,
    body::SqliteContent,
    index::{Narrowed, Question, Space, Verdict},
    large,
    text::{fold, in_body, in_field, in_header},
};
use crate::{AccountId, Content, Criterion, Derived, MessageId, Result, UidSet, View, view::Entry};

/// Messages that are looked into without asking the index.
const FEW: usize = 16;
/// Messages that are looked into by one thread.
const SHARE: usize = 128;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// Those of `among` that meet the criterion.
pub(super) fn search(
    db: &Connection,
    shared: &Shared,
    view: &View,
    among: &UidSet,
    criterion: &Criterion,
) -> Result<UidSet> {
    let folded = Folded::of(criterion);
    let entries: Vec<Entry> = view.among(among).collect();
    let narrowed = match folded.question() {
        Some(question) if entries.len() > FEW => narrow(db, shared, view, &entries, &question)?,
        _ => Narrowed::default(),
    };
    let mut found = UidSet::new();
    let mut open = Vec::new();
    for entry in entries {
        match narrowed.verdict(entry.message.value()) {
            Verdict::Met => found.insert(entry.uid),
            Verdict::Unmet => {}
            Verdict::Unknown => open.push(entry),
        }
    }
    let met = if open.len() <= SHARE || !folded.reads_bodies() {
        folded.all(db, shared, &open)?
    } else {
        spread(shared, &folded, &open)?
    };
    Ok(found.union(&met))
}

/// Asks the index of the account that the view is of.
fn narrow(
    db: &Connection,
    shared: &Shared,
    view: &View,
    entries: &[Entry],
    question: &Question,
) -> Result<Narrowed> {
    let account: Option<u64> = db
        .prepare_cached("SELECT account FROM mailbox WHERE id = ?1")?
        .query_row([view.mailbox().value()], |row| row.get(0))
        .optional()?;
    let messages = || entries.iter().map(|entry| entry.message.value());
    let (Some(account), Some(first), Some(last)) = (account, messages().min(), messages().max()) else {
        return Ok(Narrowed::default());
    };
    Ok(shared.index.narrow(AccountId::new(account), first, last, question))
}

/// Looks into many messages with as many threads as the machine has room for.
fn spread(shared: &Shared, folded: &Folded<'_>, open: &[Entry]) -> Result<UidSet> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(4);
    let share = open.len().div_ceil(threads).max(SHARE);
    std::thread::scope(|scope| {
        let looking = |part| {
            scope.spawn(move || {
                let reader = shared.reader()?;
                let met = folded.all(&reader, shared, part)?;
                shared.give_back(reader);
                Ok(met)
            })
        };
        let running: Vec<_> = open.chunks(share).map(looking).collect();
        let mut found = UidSet::new();
        for thread in running {
            let met: Result<UidSet> = thread.join().unwrap_or(Err(crate::Error::Closed));
            found = found.union(&met?);
        }
        Ok(found)
    })
}

/// A criterion with its text made ready for comparison.
enum Folded<'a> {
    Header { name: String, text: String },
    Body(String),
    Text(String),
    Other(&'a Criterion),
}

impl<'a> Folded<'a> {
    fn of(criterion: &'a Criterion) -> Self {
        match criterion {
            Criterion::Header { name, text } => {
                Self::Header { name: name.to_ascii_lowercase(), text: fold(text) }
            }
            Criterion::Body(text) => Self::Body(fold(text)),
            Criterion::Text(text) => Self::Text(fold(text)),
            other => Self::Other(other),
        }
    }

    /// What the index is asked.
    fn question(&self) -> Option<Question> {
        match self {
            Self::Header { name, text } => Some(Question::field(name, text)),
            Self::Body(text) => Question::text(&[Space::Body], text),
            Self::Text(text) => Question::text(&[Space::Header, Space::Body], text),
            Self::Other(_) => None,
        }
    }

    fn reads_bodies(&self) -> bool {
        match self {
            Self::Header { name, .. } => !Derived::keeps(name),
            Self::Body(_) | Self::Text(_) => true,
            Self::Other(_) => false,
        }
    }

    /// Those that are met.
    fn all(&self, db: &Connection, shared: &Shared, entries: &[Entry]) -> Result<UidSet> {
        // One for all: each statement alone would lock the file and unlock it again.
        let db = &*db.unchecked_transaction()?;
        let mut found = UidSet::new();
        for entry in entries {
            if self.meets(db, shared, entry)? {
                found.insert(entry.uid);
            }
        }
        Ok(found)
    }

    fn meets(&self, db: &Connection, shared: &Shared, entry: &Entry) -> Result<bool> {
        Ok(match self {
            Self::Header { name, text } if Derived::keeps(name) => {
                let fields = fields(db, shared, entry.message)?;
                fields.is_some_and(|fields| has_field(&Message::parse(&fields), name, text))
            }
            Self::Header { name, text } => match content(db, shared, entry.message)? {
                None => false,
                Some(mut content) => {
                    let header = content.read_all_here(Limits::default().header_octets)?;
                    has_field(&Message::parse(&header), name, text)
                }
            },
            Self::Body(text) => contains(db, shared, entry.message, text, false)?,
            Self::Text(text) => contains(db, shared, entry.message, text, true)?,
            Self::Other(Criterion::Sent { from, to }) => {
                let days = from.value()..to.value();
                let sent: Option<Option<i64>> = db
                    .prepare_cached(
                        "SELECT d.sent FROM message m JOIN derived d ON d.body = m.body WHERE m.id = ?1",
                    )?
                    .query_row([entry.message.value()], |row| row.get(0))
                    .optional()?;
                match sent.flatten() {
                    None => days.contains(&entry.received.value()),
                    // A zone is less than a day: only near an end of the span does it matter.
                    Some(sent)
                        if !(sent - DAY..sent + DAY).contains(&days.start)
                            && !(sent - DAY..sent + DAY).contains(&days.end) =>
                    {
                        days.contains(&sent)
                    }
                    Some(sent) => {
                        let fields = fields(db, shared, entry.message)?.unwrap_or_default();
                        let date =
                            Message::parse(&fields).header().field("Date").and_then(|date| date.date());
                        let offset = date.map_or(0, |date| i64::from(date.offset) * 60_000);
                        days.contains(&(sent + offset))
                    }
                }
            }
            Self::Other(Criterion::Thread(thread)) => {
                let found: Option<u64> = db
                    .prepare_cached("SELECT thread FROM message WHERE id = ?1")?
                    .query_row([entry.message.value()], |row| row.get(0))
                    .optional()?;
                found == Some(thread.value())
            }
            Self::Other(_) => false,
        })
    }
}

/// The usual header fields of a message.
fn fields(db: &Connection, shared: &Shared, message: MessageId) -> Result<Option<Bytes>> {
    if let Some(arrived) = shared.arrived.get(message) {
        return Ok(Some(arrived.derived.fields.clone()));
    }
    let mut find = db
        .prepare_cached("SELECT d.fields FROM message m JOIN derived d ON d.body = m.body WHERE m.id = ?1")?;
    let found: Option<Vec<u8>> = find.query_row([message.value()], |row| row.get(0)).optional()?;
    Ok(found.map(Bytes::from))
}

fn content(db: &Connection, shared: &Shared, message: MessageId) -> Result<Option<SqliteContent>> {
    match shared.arrived.get(message) {
        Some(arrived) => Ok(Some(arrived.content())),
        None => SqliteContent::of_message(db, &shared.packs, message),
    }
}

/// Whether the body of a message, or its header too, contains a folded text.
fn contains(
    db: &Connection,
    shared: &Shared,
    message: MessageId,
    text: &str,
    header_too: bool,
) -> Result<bool> {
    let Some(mut content) = content(db, shared, message)? else { return Ok(false) };
    let text = Finder::new(text);
    if content.len() > large::HELD {
        return Ok(text.needle().is_empty() || large::contains(&mut content, &text, header_too)?);
    }
    let whole = content.whole()?;
    let message = Message::parse(&whole);
    let in_header =
        header_too && in_header(message.header(), &mut |line| text.find(line.as_bytes()).is_some());
    Ok(in_header || has_body(&message, &text))
}

fn has_field(message: &Message<'_>, name: &str, text: &str) -> bool {
    in_field(message.header(), name, &mut |value| value.contains(text))
}

fn has_body(message: &Message<'_>, text: &Finder<'_>) -> bool {
    text.needle().is_empty() || in_body(message, &mut |part| text.find(part.as_bytes()).is_some())
}
