//! Making the index: new messages wait until they are enough for a segment; small segments are joined.

use std::collections::{BTreeMap, HashSet};

use mailwright_message::Message;
use rusqlite::{Connection, OptionalExtension};

use super::{
    super::{Shared, body::SqliteContent, text},
    ask::{column_number, numbers_from_bytes, numbers_to_bytes, page},
    files::Files,
    grams::Gathered,
    segment::{Builder, COLUMNS, FULL, Head, MOST, Segment, gatherers, joined, opened},
};
use crate::{Error, MessageId, Result};

/// Messages of an account that wait before a segment is made of them.
pub(super) const DUE: usize = 64;
/// Octets of messages after which they do not wait for more.
const DUE_OCTETS: u64 = 2 << 20;
/// Messages looked at in one go.
const BATCH: usize = 4096;
/// Octets of a message whose text is not indexed: every search looks into it.
const LARGE: u64 = 8 << 20;
/// A segment is joined with the one before unless that has more than so many times its messages.
const STEEP: usize = 4;

/// The index as the one who changes it has it.
#[derive(Debug)]
pub(super) struct State {
    db: Connection,
    waiting: BTreeMap<u64, Waiting>,
    seen: u64,
    /// The segment that was looked at last.
    reviewed: u64,
}

#[derive(Debug, Default)]
struct Waiting {
    messages: Vec<u64>,
    octets: u64,
}

impl State {
    /// Opens the file, or makes it anew if it is not sound, or knows of messages after the `last` one.
    pub(super) fn open(files: &Files, last: u64) -> Result<Self> {
        match Self::load(files.writer()?) {
            Ok(state) if state.seen <= last => Ok(state),
            _ => {
                files.remove();
                Self::load(files.writer()?)
            }
        }
    }

    fn load(db: Connection) -> Result<Self> {
        let seen = db.query_row("SELECT message FROM seen", [], |row| row.get(0))?;
        let mut waiting = BTreeMap::new();
        {
            let mut all = db.prepare("SELECT account, octets, messages FROM waiting")?;
            let mut rows = all.query([])?;
            while let Some(row) = rows.next()? {
                let messages = numbers_from_bytes(row.get_ref(2)?.as_blob().unwrap_or_default())
                    .ok_or_else(|| Error::Damaged("messages that wait to be indexed".into()))?;
                waiting.insert(row.get(0)?, Waiting { messages, octets: row.get(1)? });
            }
        }
        Ok(Self { db, waiting, seen, reviewed: 0 })
    }

    pub(super) fn catch_up(&mut self, shared: &Shared, due: usize) -> Result<()> {
        let mail = shared.reader()?;
        loop {
            let mut touched = HashSet::new();
            let more = self.look(&mail, &mut touched)?;
            // First of all: what is seen is never seen again, so that no message gets into two segments.
            self.save(&touched)?;
            let ripe: Vec<u64> = self
                .waiting
                .iter()
                .filter(|(_, waiting)| waiting.messages.len() >= due || waiting.octets >= DUE_OCTETS)
                .map(|(account, _)| *account)
                .collect();
            for account in ripe {
                self.index(shared, &mail, account)?;
                if shared.index.stopped() {
                    return Ok(());
                }
            }
            if !more {
                break;
            }
        }
        shared.give_back(mail);
        Ok(())
    }

    /// Finds messages that were not seen yet; whether there may be more.
    fn look(&mut self, mail: &Connection, touched: &mut HashSet<u64>) -> Result<bool> {
        let mut next = mail.prepare_cached(
            "SELECT m.id, m.account, b.size FROM message m JOIN body b ON b.id = m.body
             WHERE m.id > ?1 ORDER BY m.id LIMIT ?2",
        )?;
        let mut rows = next.query((self.seen, BATCH))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            let (message, account, octets): (u64, u64, u64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let waiting = self.waiting.entry(account).or_default();
            waiting.messages.push(message);
            waiting.octets += octets.min(LARGE);
            touched.insert(account);
            (self.seen, count) = (message, count + 1);
        }
        Ok(count == BATCH)
    }

    /// Keeps what waits.
    fn save(&mut self, accounts: &HashSet<u64>) -> Result<()> {
        if accounts.is_empty() {
            return Ok(());
        }
        let saved = self.db.transaction()?;
        for account in accounts {
            match self.waiting.get(account) {
                Some(waiting) => saved
                    .prepare_cached(
                        "INSERT OR REPLACE INTO waiting(account, octets, messages) VALUES(?1, ?2, ?3)",
                    )?
                    .execute((account, waiting.octets, numbers_to_bytes(&waiting.messages)))?,
                None => saved.prepare_cached("DELETE FROM waiting WHERE account = ?1")?.execute([account])?,
            };
        }
        saved.execute("UPDATE seen SET message = ?1", [self.seen])?;
        saved.commit()?;
        Ok(())
    }

    /// Makes segments of all that waits of an account, and joins them with those before.
    fn index(&mut self, shared: &Shared, mail: &Connection, account: u64) -> Result<()> {
        let Some(waiting) = self.waiting.remove(&account) else { return Ok(()) };
        let mut messages = waiting.messages.into_iter();
        let mut gathered = gatherers();
        loop {
            let mut builder = Builder::default();
            for message in messages.by_ref() {
                add(&mut builder, &mut gathered, mail, shared, message)?;
                if builder.is_full() {
                    break;
                }
            }
            let Some(segment) = builder.finish() else { break };
            let left = messages.as_slice();
            let saved = self.db.transaction()?;
            write(&saved, account, &segment)?;
            // Kept in any case, so that a message is never in two segments.
            if left.is_empty() {
                saved.execute("DELETE FROM waiting WHERE account = ?1", [account])?;
            } else {
                saved.execute(
                    "INSERT OR REPLACE INTO waiting(account, octets, messages) VALUES(?1, ?2, ?3)",
                    (account, DUE_OCTETS, numbers_to_bytes(left)),
                )?;
            }
            saved.commit()?;
            while self.join(account)? {}
        }
        Ok(())
    }

    /// Joins the last two segments of an account if they are small enough; whether they were.
    fn join(&mut self, account: u64) -> Result<bool> {
        let saved = self.db.transaction()?;
        let last: Vec<(u64, usize, u64)> = {
            let mut last = saved.prepare_cached(
                "SELECT id, messages, postings FROM segment WHERE account = ?1 ORDER BY first DESC LIMIT 2",
            )?;
            let rows = last.query_map([account], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        let [(second, few, some), (first, many, others)] = last[..] else { return Ok(false) };
        if many > STEEP * few || few + many > MOST || some + others > FULL {
            return Ok(false);
        }
        let both = (read(&saved, first)?, read(&saved, second)?);
        let segment = joined(&[&both.0, &both.1], |_| true).ok_or_else(|| damaged(first))?;
        remove(&saved, first)?;
        remove(&saved, second)?;
        write(&saved, account, &segment)?;
        saved.commit()?;
        Ok(true)
    }

    /// Reads every part of every segment, and sees that no message is left out.
    ///
    /// # Errors
    /// [`Error::Damaged`] when something is not sound.
    pub(super) fn check(&mut self, shared: &Shared) -> Result<()> {
        let sound: String = self.db.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if sound != "ok" {
            return Err(Error::Damaged(sound));
        }
        let segments: Vec<(u64, u64, u64, u64)> = {
            let mut all = self.db.prepare("SELECT id, account, first, last FROM segment ORDER BY id")?;
            let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            rows.collect::<rusqlite::Result<_>>()?
        };
        let mut covered: HashSet<(u64, u64)> = HashSet::new();
        for (id, account, first, last) in segments {
            let segment = read(&self.db, id)?;
            let messages = &segment.head.messages;
            let ends = messages.first() == Some(&first) && messages.last() == Some(&last);
            let sealed = segment.pages.iter().chain(&segment.columns).all(|part| opened(part).is_some());
            if !ends || !sealed || !messages.iter().all(|message| covered.insert((account, *message))) {
                return Err(damaged(id));
            }
        }
        for (account, waiting) in &self.waiting {
            covered.extend(waiting.messages.iter().map(|message| (*account, *message)));
        }
        let mail = shared.reader()?;
        {
            let mut all = mail.prepare_cached("SELECT account, id FROM message WHERE id <= ?1")?;
            let mut rows = all.query([self.seen])?;
            while let Some(row) = rows.next()? {
                // A message whose octets are damaged is in no segment; a search says so.
                let pair = (row.get(0)?, row.get(1)?);
                if !covered.contains(&pair)
                    && SqliteContent::of_message(&mail, &shared.packs, MessageId::new(pair.1)).is_ok()
                {
                    return Err(Error::Damaged(format!("message {} is not in it", pair.1)));
                }
            }
        }
        shared.give_back(mail);
        Ok(())
    }

    /// Looks at the next segment: one whose messages are mostly gone is written anew without them.
    pub(super) fn review(&mut self, shared: &Shared) -> Result<()> {
        let saved = self.db.transaction()?;
        let next: Option<(u64, u64, Vec<u8>)> = saved
            .query_row(
                "SELECT id, account, head FROM segment WHERE id > ?1 ORDER BY id LIMIT 1",
                [self.reviewed],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let Some((segment, account, head)) = next else {
            self.reviewed = 0;
            return Ok(());
        };
        self.reviewed = segment;
        let head = Head::from_bytes(&head).ok_or_else(|| damaged(segment))?;
        let mail = shared.reader()?;
        let mut alive = HashSet::new();
        for message in &head.messages {
            let mut find = mail.prepare_cached("SELECT 1 FROM message WHERE id = ?1")?;
            if find.exists([message])? {
                alive.insert(*message);
            }
        }
        shared.give_back(mail);
        if alive.len() * 2 >= head.messages.len() {
            return Ok(());
        }
        if !alive.is_empty() {
            let old = read(&saved, segment)?;
            let new = joined(&[&old], |message| alive.contains(&message)).ok_or_else(|| damaged(segment))?;
            write(&saved, account, &new)?;
        }
        remove(&saved, segment)?;
        saved.commit()?;
        Ok(())
    }
}

fn damaged(segment: u64) -> Error {
    Error::Damaged(format!("segment {segment} of the search index"))
}

/// Adds a message that may be gone meanwhile.
fn add(
    builder: &mut Builder,
    gathered: &mut [Gathered; 2],
    mail: &Connection,
    shared: &Shared,
    message: u64,
) -> Result<()> {
    let content = match SqliteContent::of_message(mail, &shared.packs, MessageId::new(message)) {
        Ok(Some(content)) => content,
        Ok(None) => return Ok(()),
        // A search will say what is wrong with it.
        Err(Error::Damaged(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    gathered.iter_mut().for_each(Gathered::clear);
    let octets = if crate::Content::len(&content) > LARGE {
        gathered.iter_mut().for_each(Gathered::give_up);
        let fields: Option<Vec<u8>> = mail
            .prepare_cached(
                "SELECT d.fields FROM message m JOIN derived d ON d.body = m.body WHERE m.id = ?1",
            )?
            .query_row([message], |row| row.get(0))
            .optional()?;
        fields.unwrap_or_default().into()
    } else {
        match content.whole() {
            Ok(whole) => whole,
            Err(Error::Damaged(_)) => return Ok(()),
            Err(error) => return Err(error),
        }
    };
    let parsed = Message::parse(&octets);
    let [header, body] = gathered;
    text::in_header(parsed.header(), &mut |text| {
        header.add(text);
        false
    });
    text::in_body(&parsed, &mut |text| {
        body.add(text);
        false
    });
    for (column, name) in COLUMNS.iter().enumerate() {
        text::in_field(parsed.header(), name, &mut |text| {
            builder.value(column, text);
            false
        });
    }
    builder.add(message, gathered);
    Ok(())
}

fn write(db: &Connection, account: u64, segment: &Segment) -> Result<()> {
    let messages = &segment.head.messages;
    db.prepare_cached(
        "INSERT INTO segment(account, first, last, messages, postings, head) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute((
        account,
        messages.first(),
        messages.last(),
        messages.len(),
        segment.head.postings,
        segment.head.to_bytes(),
    ))?;
    let id = db.last_insert_rowid() << 16;
    let mut put = db.prepare_cached("INSERT INTO page(key, octets) VALUES(?1, ?2)")?;
    for (number, page) in (0_i64..).zip(&segment.pages) {
        put.execute((id | number, page))?;
    }
    for (column, octets) in segment.columns.iter().enumerate() {
        put.execute((id | i64::from(column_number(column)), octets))?;
    }
    Ok(())
}

fn remove(db: &Connection, segment: u64) -> Result<()> {
    db.prepare_cached("DELETE FROM segment WHERE id = ?1")?.execute([segment])?;
    db.prepare_cached("DELETE FROM page WHERE key BETWEEN ?1 AND ?2")?
        .execute((segment << 16, segment << 16 | 0xffff))?;
    Ok(())
}

/// A whole segment.
fn read(db: &Connection, segment: u64) -> Result<Segment> {
    let head: Option<Vec<u8>> =
        db.query_row("SELECT head FROM segment WHERE id = ?1", [segment], |row| row.get(0)).optional()?;
    let head = head.and_then(|head| Head::from_bytes(&head)).ok_or_else(|| damaged(segment))?;
    let part = |number| page(db, segment, number)?.ok_or_else(|| damaged(segment));
    let pages = (0..head.pages()).map(part).collect::<Result<_>>()?;
    let mut columns: [Vec<u8>; COLUMNS.len()] = Default::default();
    for (number, column) in columns.iter_mut().enumerate() {
        *column = part(column_number(number))?;
    }
    Ok(Segment { head, pages, columns })
}
