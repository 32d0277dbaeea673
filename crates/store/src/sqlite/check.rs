//! Checking a store: every body against its checksum, and everything derived against what it is derived from.
//!
//! Checking reads beside those who use the store; a repair is an operation like any other, which looks again before it
//! changes anything.

use std::collections::{BTreeMap, HashMap, HashSet};

use mailwright_message::Message;
use rusqlite::{Connection, OptionalExtension};

use super::{Shared, SqliteStore, body, conversation, derive, mailbox, pack};
use crate::{AccountId, Error, MailboxId, MessageId, RangeSet, Result, Uid, UidSet, view::Chunk};

/// Bodies looked at in one go.
const BATCH: usize = 64;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub what: String,
    /// Whether it is as it should be now.
    pub repaired: bool,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Bodies that were read.
    pub bodies: u64,
    /// Messages of all accounts.
    pub messages: u64,
    /// What was not as it should be.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether all is as it should be, maybe after repairs.
    pub fn is_sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.repaired)
    }

    fn add(&mut self, what: impl Into<String>, repaired: bool) {
        self.findings.push(Finding { what: what.into(), repaired });
    }

    /// Notes what a repair did.
    fn note(&mut self, what: impl Into<String>, repair: Result<()>) {
        let what = what.into();
        match repair {
            Ok(()) => self.add(what, true),
            Err(error) => self.add(format!("{what} ({error})"), false),
        }
    }
}

/// A flaw of what belongs to accounts.
#[derive(Debug)]
pub(super) enum Flaw {
    /// Nothing can be done.
    Beyond(String),
    /// A mailbox has messages whose list cannot be read.
    Chunks { mailbox: MailboxId, name: String },
    /// The counters of a mailbox.
    Counters { mailbox: MailboxId, name: String },
    /// Sizes of messages in a mailbox.
    Sizes { mailbox: MailboxId, name: String, sizes: Vec<(Uid, u64)> },
    /// Expunges of a mailbox.
    History { mailbox: MailboxId, name: String, modseq: u64 },
    /// The set of messages that are in two places.
    Copied { account: u64 },
    /// Messages that are in no mailbox.
    Lost { account: u64, messages: RangeSet<MessageId> },
    /// A list of discarded messages.
    Garbage { id: u64, account: u64 },
}

impl SqliteStore {
    /// Checks everything, and repairs what is derived from something sound, while the store goes on being used.
    /// `progress` is told how many bodies of how many were read.
    ///
    /// # Errors
    /// When the check itself cannot go on; damage that is found is in the report.
    pub async fn check(&self, mut progress: impl FnMut(u64, u64) + Send) -> Result<Report> {
        let mut report = Report::default();
        self.check_pages(&mut report).await?;
        self.check_bodies(&mut report, &mut progress).await?;
        self.check_counts(&mut report).await?;
        self.check_accounts(&mut report).await?;
        self.check_conversations(&mut report).await?;
        let shared = self.shared.clone();
        let found = body::blocking(move || shared.index.check(&shared)).await?;
        if let Some(what) = found {
            let again = self.shared.clone();
            report.note(what, body::blocking(move || again.index.catch_up(&again, 1)).await);
        }
        Ok(report)
    }

    async fn check_pages(&self, report: &mut Report) -> Result<()> {
        let ask = |db: &Connection, _: &Shared| {
            let mut check = db.prepare("PRAGMA integrity_check(100)")?;
            let rows = check.query_map([], |row| row.get::<_, String>(0))?;
            Ok(rows
                .filter(|row| !matches!(row.as_deref(), Ok("ok")))
                .collect::<rusqlite::Result<Vec<_>>>()?)
        };
        let found = self.read(ask).await?;
        if found.is_empty() {
            return Ok(());
        }
        // An index is derived from its table: what it alone has wrong is gone when it is made anew.
        let again = self.asks.run(|writer| writer.write("REINDEX", []).map(drop)).await;
        let left = match again {
            Ok(()) => self.read(ask).await?,
            Err(_) => found.clone(),
        };
        for what in found {
            let repaired = !left.contains(&what);
            report.add(format!("database: {what}"), repaired);
        }
        Ok(())
    }

    async fn check_bodies(
        &self,
        report: &mut Report,
        progress: &mut (impl FnMut(u64, u64) + Send),
    ) -> Result<()> {
        let total = self
            .read(|db, _| Ok(db.query_row("SELECT count(*) FROM body", [], |row| row.get::<_, u64>(0))?))
            .await?;
        let mut last = Some(0);
        let mut lost = HashMap::new();
        while let Some(after) = last {
            let batch = self.read(move |db, shared| bodies(db, shared, after)).await?;
            report.bodies += batch.count;
            last = batch.last;
            for id in batch.stale {
                let repair = self.asks.run(move |writer| writer.restore_derived(id)).await;
                report.note(format!("body {id}: what is kept beside it was not what it says"), repair);
            }
            lost.extend(batch.lost);
            progress(report.bodies.min(total), total);
        }
        if lost.is_empty() {
            return Ok(());
        }
        let named = self.read(move |db, _| owners(db, &lost)).await?;
        for what in named {
            report.add(what, false);
        }
        Ok(())
    }

    async fn check_counts(&self, report: &mut Report) -> Result<()> {
        let wrong = self.read(|db, shared| counts(db, &shared.packs)).await?;
        if wrong.is_empty() {
            return Ok(());
        }
        // What was counted while mail came in is counted again before it is changed.
        match self.asks.run(super::writer::Writer::restore_counts).await {
            Ok(repaired) => repaired.into_iter().for_each(|what| report.add(what, true)),
            Err(error) => wrong.into_iter().for_each(|what| report.add(format!("{what} ({error})"), false)),
        }
        Ok(())
    }

    async fn check_accounts(&self, report: &mut Report) -> Result<()> {
        let (messages, flaws) = self.read(|db, _| accounts(db)).await?;
        report.messages = messages;
        for flaw in flaws {
            self.mend(report, flaw).await;
        }
        Ok(())
    }

    async fn mend(&self, report: &mut Report, flaw: Flaw) {
        let asks = &self.asks;
        match flaw {
            Flaw::Beyond(what) => report.add(what, false),
            Flaw::Chunks { mailbox, name } => match asks.run(move |w| w.salvage_chunks(mailbox)).await {
                Ok(messages) => {
                    for what in messages {
                        report.add(format!("{name}: {what}"), false);
                    }
                    // What was listed there is listed nowhere now.
                    if let Ok((_, flaws)) = self.read(|db, _| accounts(db)).await {
                        for flaw in flaws.into_iter().filter(|flaw| !matches!(flaw, Flaw::Chunks { .. })) {
                            Box::pin(self.mend(report, flaw)).await;
                        }
                    }
                }
                Err(error) => {
                    report.add(format!("{name}: its list of messages cannot be read ({error})"), false);
                }
            },
            Flaw::Counters { mailbox, name } => {
                let repair = asks.run(move |w| w.restore_counters(mailbox)).await;
                report.note(format!("{name}: counters"), repair);
            }
            Flaw::Sizes { mailbox, name, sizes } => {
                let what = format!("{name}: sizes of {} messages", sizes.len());
                report.note(what, asks.run(move |w| w.restore_sizes(mailbox, &sizes)).await);
            }
            Flaw::History { mailbox, name, modseq } => {
                let repair = asks.run(move |w| w.restore_history(mailbox, modseq)).await;
                report.note(format!("{name}: history of expunges"), repair);
            }
            Flaw::Copied { account } => {
                let repair = asks.run(move |w| w.restore_copied(AccountId::new(account))).await;
                report.note(format!("account {account}: list of copies"), repair);
            }
            Flaw::Garbage { id, account } => {
                let repair = asks.run(move |w| w.drop_garbage(id)).await;
                report.note(format!("account {account}: list of discarded messages"), repair);
            }
            Flaw::Lost { account, messages } => {
                let recovered = asks.run(move |w| w.recover(AccountId::new(account), &messages)).await;
                match recovered {
                    Ok(0) => {}
                    Ok(count) => report.add(
                        format!(
                            "account {account}: {count} messages were in no mailbox, and are in Recovered"
                        ),
                        true,
                    ),
                    Err(error) => {
                        report.add(format!("account {account}: messages in no mailbox ({error})"), false);
                    }
                }
            }
        }
    }

    async fn check_conversations(&self, report: &mut Report) -> Result<()> {
        let mut last = Some(0);
        while let Some(after) = last {
            let (next, unknown) = self.read(move |db, _| strangers(db, after)).await?;
            last = next;
            for (account, message, keys) in unknown {
                let account = AccountId::new(account);
                let repair = self.asks.run(move |w| w.restore_conversation(account, message, &keys)).await;
                report.note(format!("message {message}: keys of its conversation"), repair);
            }
        }
        Ok(())
    }
}

#[derive(Debug, Default)]
struct Batch {
    count: u64,
    last: Option<u64>,
    /// Bodies whose derived data are wrong.
    stale: Vec<u64>,
    /// Bodies that are damaged, and how.
    lost: HashMap<u64, String>,
}

/// Reads some bodies.
fn bodies(db: &Connection, shared: &Shared, after: u64) -> Result<Batch> {
    let mut batch = Batch::default();
    let ids: Vec<u64> = {
        let mut next = db.prepare_cached("SELECT id FROM body WHERE id > ?1 ORDER BY id LIMIT ?2")?;
        next.query_map((after, BATCH), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    for id in &ids {
        match derive_again(db, shared, *id) {
            Ok(Some(true) | None) => {}
            Ok(Some(false)) => batch.stale.push(*id),
            Err(error @ Error::Damaged(_)) => {
                batch.lost.insert(*id, error.to_string());
            }
            Err(error) => return Err(error),
        }
    }
    batch.count = ids.len() as u64;
    batch.last = ids.last().copied();
    Ok(batch)
}

/// Whether what is kept beside a body is what it says; `None` if the body is gone.
fn derive_again(db: &Connection, shared: &Shared, id: u64) -> Result<Option<bool>> {
    let Some(mut content) = body::SqliteContent::of_body(db, &shared.packs, id)? else { return Ok(None) };
    let known = derive::derive_content(&mut content)?;
    Ok(Some(derive::stored(db, id)?.is_some_and(|stored| stored == *known.derived)))
}

/// Says whose the damaged bodies are.
fn owners(db: &Connection, lost: &HashMap<u64, String>) -> Result<Vec<String>> {
    let mut named = Vec::new();
    let mut told = HashSet::new();
    let mut all = db.prepare(
        "SELECT m.id, m.body, coalesce(a.address, m.account) FROM message m LEFT JOIN account a ON a.id = m.account",
    )?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(why) = lost.get(&row.get(1)?) {
            let address = match row.get_ref(2)? {
                rusqlite::types::ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
                _ => "a removed account".into(),
            };
            named.push(format!("message {} of {address}: {why}", row.get::<_, u64>(0)?));
            told.insert(row.get::<_, u64>(1)?);
        }
    }
    let mut all = db.prepare("SELECT id, body FROM queue")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(why) = lost.get(&row.get(1)?) {
            named.push(format!("queue entry {}: {why}", row.get::<_, u64>(0)?));
            told.insert(row.get::<_, u64>(1)?);
        }
    }
    named.extend(lost.iter().filter(|(id, _)| !told.contains(id)).map(|(_, why)| why.clone()));
    Ok(named)
}

/// How many messages and queue entries refer to each body that says otherwise.
pub(super) const WRONG_REFS: &str = "
    SELECT b.id, CAST(b.refs AS INTEGER), coalesce(n.count, 0) FROM body b LEFT JOIN (
        SELECT body, count(*) AS count FROM (
            SELECT body FROM message UNION ALL SELECT body FROM queue
        ) GROUP BY body
    ) n ON n.body = b.id WHERE b.refs <> coalesce(n.count, 0)";
/// How many octets of each pack are in use, where it says otherwise.
pub(super) const WRONG_PACKS: &str = "
    SELECT n.pack, n.live, n.ends FROM (
        SELECT pack, sum(size) AS live, max(start + size) AS ends FROM body WHERE pack IS NOT NULL GROUP BY pack
    ) n LEFT JOIN pack p ON p.id = n.pack WHERE p.id IS NULL OR p.live <> n.live OR p.size < n.ends";
/// Numbers that were given out, by kind.
pub(super) const NUMBERS: [(&str, &str); 6] = [
    ("account", "SELECT max(id) FROM account"),
    ("mailbox", "SELECT max(id) FROM mailbox"),
    ("message", "SELECT max(id) FROM message"),
    ("body", "SELECT max(id) FROM body"),
    ("pack", "SELECT max(id) FROM pack"),
    ("garbage", "SELECT max(id) FROM garbage"),
];

/// What is counted wrongly.
fn counts(db: &Connection, packs: &std::path::Path) -> Result<Vec<String>> {
    let snapshot = db.unchecked_transaction()?;
    let mut wrong = Vec::new();
    for (sql, what) in [(WRONG_REFS, "references to body"), (WRONG_PACKS, "octets in use of pack")] {
        let mut all = snapshot.prepare(sql)?;
        let ids = all.query_map([], |row| row.get::<_, u64>(0))?;
        for id in ids {
            wrong.push(format!("{what} {}", id?));
        }
    }
    let mut empty = snapshot.prepare(
        "SELECT id FROM pack WHERE live > 0 AND id NOT IN (SELECT pack FROM body WHERE pack IS NOT NULL)",
    )?;
    for id in empty.query_map([], |row| row.get::<_, u64>(0))? {
        wrong.push(format!("octets in use of pack {}", id?));
    }
    let mut sizes = snapshot.prepare("SELECT id, max(CAST(size AS INTEGER), 0) FROM pack")?;
    for row in sizes.query_map([], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?)))? {
        let (id, size) = row?;
        let file = std::fs::metadata(pack::path(packs, id)).map_or(0, |file| file.len());
        if size > file {
            wrong.push(format!("size of pack {id}"));
        }
    }
    for (name, sql) in NUMBERS {
        let given: Option<u64> = snapshot.query_row(sql, [], |row| row.get(0))?;
        let known: Option<u64> = snapshot
            .query_row("SELECT max(CAST(value AS INTEGER), 0) FROM counter WHERE name = ?1", [name], |row| {
                row.get(0)
            })
            .optional()?;
        if given > known {
            wrong.push(format!("last number of a {name}"));
        }
    }
    Ok(wrong)
}

/// Messages of all accounts, and what is wrong with their mailboxes, in one snapshot.
fn accounts(db: &Connection) -> Result<(u64, Vec<Flaw>)> {
    let snapshot = db.unchecked_transaction()?;
    let mut flaws = Vec::new();
    let mut messages: BTreeMap<u64, Vec<(u64, u64)>> = BTreeMap::new();
    let mut count = 0;
    {
        let mut all = snapshot.prepare(
            "SELECT m.account, m.id, length(m.prefix) + b.size FROM message m LEFT JOIN body b ON b.id = m.body
             ORDER BY m.id",
        )?;
        let mut rows = all.query([])?;
        while let Some(row) = rows.next()? {
            let (account, id): (u64, u64) = (row.get(0)?, row.get(1)?);
            count += 1;
            match row.get::<_, Option<u64>>(2)? {
                Some(octets) => messages.entry(account).or_default().push((id, octets)),
                None => {
                    flaws.push(Flaw::Beyond(format!("message {id} of account {account}: its body is gone")));
                }
            }
        }
    }
    let known: Vec<(u64, String)> = {
        let mut all = snapshot.prepare("SELECT id, address FROM account ORDER BY id")?;
        all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?
    };
    for (account, address) in &known {
        one_account(&snapshot, *account, address, messages.get(account).map_or(&[], |m| &**m), &mut flaws)?;
    }
    for account in messages.keys().filter(|id| !known.iter().any(|(known, _)| known == *id)) {
        flaws.push(Flaw::Beyond(format!("messages of account {account}, which does not exist")));
    }
    Ok((count, flaws))
}

fn one_account(
    db: &Connection,
    account: u64,
    address: &str,
    messages: &[(u64, u64)],
    flaws: &mut Vec<Flaw>,
) -> Result<()> {
    let octets =
        |message: u64| messages.binary_search_by_key(&message, |m| m.0).ok().map(|at| messages[at].1);
    let mut seen: HashMap<u64, u32> = HashMap::with_capacity(messages.len());
    let mut unreadable = false;
    let all = match mailbox::all(db, AccountId::new(account)) {
        Ok(all) => all,
        Err(error) => {
            flaws.push(Flaw::Beyond(format!("mailboxes of {address}: {error}")));
            return Ok(());
        }
    };
    if !all.iter().any(|mailbox| mailbox.name.is_inbox()) {
        flaws.push(Flaw::Beyond(format!("{address} has no inbox")));
    }
    for mailbox in all {
        let name = format!("{} of {address}", mailbox.name);
        let Some(entries) = entries(db, mailbox.id)? else {
            unreadable = true;
            flaws.push(Flaw::Chunks { mailbox: mailbox.id, name });
            continue;
        };
        let mut sizes = Vec::new();
        for entry in &entries {
            *seen.entry(entry.message.value()).or_default() += 1;
            match octets(entry.message.value()) {
                Some(octets) if octets != entry.size => sizes.push((entry.uid, octets)),
                Some(_) => {}
                None => {
                    flaws.push(Flaw::Beyond(format!("{name}: the message with UID {} is gone", entry.uid)));
                }
            }
        }
        let flagged = |flag| entries.iter().filter(|entry| entry.flags.contains(flag)).count() as u64;
        let counted = (
            entries.len() as u64,
            entries.len() as u64 - flagged(crate::Flags::SEEN),
            flagged(crate::Flags::DELETED),
            entries.iter().map(|entry| entry.size).sum::<u64>(),
        );
        let mut last = entries.last().map_or(Uid::new(0), |last| last.uid);
        let mut newest = entries.iter().map(|entry| entry.modseq).max().unwrap_or_default();
        if !sizes.is_empty() {
            flaws.push(Flaw::Sizes { mailbox: mailbox.id, name: name.clone(), sizes });
        }
        let mut history = db.prepare_cached("SELECT modseq, uids FROM vanished WHERE mailbox = ?1")?;
        let mut rows = history.query([mailbox.id.value()])?;
        while let Some(row) = rows.next()? {
            let modseq: u64 = row.get(0)?;
            newest = newest.max(crate::ModSeq::new(modseq));
            match UidSet::from_bytes(row.get_ref(1)?.as_blob().unwrap_or_default()) {
                Some(gone) => last = last.max(gone.last().unwrap_or_default()),
                None => flaws.push(Flaw::History { mailbox: mailbox.id, name: name.clone(), modseq }),
            }
        }
        let sound = mailbox::status(db, mailbox.id).ok().flatten().is_some_and(|(said, _)| {
            counted == (said.messages.into(), said.unseen.into(), said.deleted.into(), said.size)
                && said.uid_next > last
                && said.highest_modseq >= newest
        });
        if !sound {
            flaws.push(Flaw::Counters { mailbox: mailbox.id, name });
        }
    }
    let copied = sets(db, "SELECT account, messages FROM copied WHERE account = ?1", account)?;
    let readable = copied.iter().all(|(_, set)| set.is_some());
    let has =
        |message| copied.iter().flat_map(|(_, set)| set).any(|set| set.contains(MessageId::new(message)));
    if !readable || seen.iter().any(|(message, times)| *times > 1 && !has(*message)) {
        flaws.push(Flaw::Copied { account });
    }
    let mut discarded = RangeSet::<MessageId>::default();
    for (id, set) in sets(db, "SELECT id, messages FROM garbage WHERE account = ?1", account)? {
        match set {
            Some(set) => discarded = discarded.union(&set),
            None => flaws.push(Flaw::Garbage { id, account }),
        }
    }
    let lost: RangeSet<MessageId> = messages
        .iter()
        .filter(|(message, _)| !seen.contains_key(message))
        .map(|(message, _)| MessageId::new(*message))
        .filter(|message| !discarded.contains(*message))
        .collect();
    if !lost.is_empty() && !unreadable {
        flaws.push(Flaw::Lost { account, messages: lost });
    }
    Ok(())
}

/// The messages of a mailbox; `None` if not all of them can be read.
pub(super) fn entries(db: &Connection, mailbox: MailboxId) -> Result<Option<Vec<crate::Entry>>> {
    let mut read =
        db.prepare_cached("SELECT key, columns FROM chunk WHERE key BETWEEN ?1 AND ?2 ORDER BY key")?;
    let mut rows = read.query(super::cell::keys(mailbox))?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let base = super::cell::base(row.get(0)?);
        let Some(chunk) = Chunk::unpack(base, row.get_ref(1)?.as_blob().unwrap_or_default()) else {
            return Ok(None);
        };
        entries.extend(chunk.entries(0));
    }
    Ok(Some(entries))
}

fn sets(db: &Connection, sql: &str, account: u64) -> Result<Vec<(u64, Option<RangeSet<MessageId>>)>> {
    let mut all = db.prepare_cached(sql)?;
    let rows = all.query_map([account], |row| {
        Ok((row.get(0)?, RangeSet::from_bytes(row.get_ref(1)?.as_blob().unwrap_or_default())))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

type Stranger = (u64, u64, Vec<i64>);

/// Messages whose keys do not all lead to a conversation, of the next some after a number.
fn strangers(db: &Connection, after: u64) -> Result<(Option<u64>, Vec<Stranger>)> {
    let mut next = db.prepare_cached(
        "SELECT m.id, m.account, d.fields FROM message m JOIN derived d ON d.body = m.body
         WHERE m.id > ?1 ORDER BY m.id LIMIT 512",
    )?;
    let mut rows = next.query([after])?;
    let (mut last, mut unknown) = (None, Vec::new());
    while let Some(row) = rows.next()? {
        let (message, account): (u64, u64) = (row.get(0)?, row.get(1)?);
        let keys = conversation::keys(Message::parse(row.get_ref(2)?.as_blob().unwrap_or_default()).header());
        if !conversation::knows(db, account, &keys)? {
            unknown.push((account, message, keys));
        }
        last = Some(message);
    }
    Ok((last, unknown))
}
