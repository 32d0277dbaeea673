//! The outbound queue.

use std::collections::HashMap;

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{body::SqliteStaged, fresh::Queued, writer::Writer};
use crate::{
    Claim, Delivered, Error, Hurry, Leased, NewEntry, Outcome, QueueEntry, QueueId, QueueRecipient,
    RecipientState, Result, Settlement, Timestamp, queue::Leases,
};

const ENTRY: &str = "SELECT q.id, q.created, q.reverse_path, q.params, length(q.prefix) + b.size
    FROM queue q JOIN body b ON b.id = q.body";

fn read_entry(row: &Row<'_>) -> rusqlite::Result<QueueEntry> {
    Ok(QueueEntry {
        id: QueueId::new(row.get(0)?),
        created: Timestamp::new(row.get(1)?),
        reverse_path: row.get(2)?,
        params: Bytes::from(row.get::<_, Vec<u8>>(3)?),
        size: row.get(4)?,
        recipients: Vec::new(),
    })
}

fn with_recipients(db: &Connection, mut entry: QueueEntry) -> Result<QueueEntry> {
    let mut all = db.prepare_cached(
        "SELECT number, forward_path, route, due, facts FROM recipient WHERE entry = ?1 ORDER BY number",
    )?;
    let rows = all.query_map([entry.id.value()], |row| {
        let due: Option<i64> = row.get(3)?;
        Ok(QueueRecipient {
            number: row.get(0)?,
            forward_path: row.get(1)?,
            route: row.get(2)?,
            state: due.map_or(RecipientState::Done, |due| RecipientState::Waiting(Timestamp::new(due))),
            facts: Bytes::from(row.get::<_, Vec<u8>>(4)?),
        })
    })?;
    entry.recipients = rows.collect::<rusqlite::Result<_>>()?;
    Ok(entry)
}

/// One entry.
pub(super) fn entry(db: &Connection, id: QueueId) -> Result<Option<QueueEntry>> {
    let found = db
        .prepare_cached(&format!("{ENTRY} WHERE q.id = ?1"))?
        .query_row([id.value()], read_entry)
        .optional()?;
    found.map(|entry| with_recipients(db, entry)).transpose()
}

/// Entries in order of age.
pub(super) fn list(db: &Connection, after: Option<QueueId>, limit: usize) -> Result<Vec<QueueEntry>> {
    let mut page = db.prepare_cached(&format!("{ENTRY} WHERE q.id > ?1 ORDER BY q.id LIMIT ?2"))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = page.query_map((after.map_or(0, QueueId::value), limit), read_entry)?;
    rows.map(|entry| with_recipients(db, entry?)).collect()
}

/// Hands out what is due.
pub(super) fn claim(db: &Connection, leases: &Leases, claim: &Claim) -> Result<Vec<Leased>> {
    let mut order: Vec<QueueId> = Vec::new();
    let mut due: HashMap<QueueId, Vec<u32>> = HashMap::new();
    let mut waiting = db.prepare_cached(
        "SELECT entry, number, route FROM recipient WHERE due IS NOT NULL AND due <= ?1 ORDER BY due, entry, number",
    )?;
    let mut rows = waiting.query([claim.now.value()])?;
    while let Some(row) = rows.next()? {
        let (id, number) = (QueueId::new(row.get(0)?), row.get(1)?);
        if claim.skip.contains(row.get_ref(2)?.as_str().unwrap_or_default()) || leases.is_held(id, number) {
            continue;
        }
        if let Some(numbers) = due.get_mut(&id) {
            numbers.push(number);
        } else if order.len() < claim.limit {
            order.push(id);
            due.insert(id, vec![number]);
        } else {
            break;
        }
    }
    let mut out = Vec::with_capacity(order.len());
    for id in order {
        let (Some(mut found), Some(numbers)) = (entry(db, id)?, due.remove(&id)) else { continue };
        let lease =
            leases.take(id, found.recipients.iter().map(|r| r.number).filter(|n| numbers.contains(n)));
        found.recipients.retain(|recipient| lease.numbers.contains(&recipient.number));
        if !found.recipients.is_empty() {
            out.push(Leased { entry: found, lease });
        }
    }
    Ok(out)
}

/// When the first recipient is due after a time.
pub(super) fn due(db: &Connection, after: Timestamp) -> Result<Option<Timestamp>> {
    let mut first = db.prepare_cached(
        "SELECT due FROM recipient WHERE due IS NOT NULL AND due > ?1 ORDER BY due LIMIT 1",
    )?;
    Ok(first.query_row([after.value()], |row| row.get(0)).optional()?.map(Timestamp::new))
}

impl Writer {
    /// Queues an envelope of a body that has been counted as referred to; `octets`: the body, to be held in memory.
    pub(super) fn enqueue(&mut self, body: u64, new: &NewEntry, octets: Option<Bytes>) -> Result<QueueId> {
        let id = QueueId::new(self.next("queue")?);
        let created = self.now();
        self.write(
            "INSERT INTO queue(id, body, created, reverse_path, params, prefix) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
            (id.value(), body, created.value(), &new.reverse_path, &*new.params, &*new.prefix),
        )?;
        for (number, recipient) in (0_u32..).zip(&new.recipients) {
            self.write(
                "INSERT INTO recipient(entry, number, forward_path, route, due, facts) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                (
                    id.value(),
                    number,
                    &recipient.forward_path,
                    &recipient.route,
                    recipient.due.value(),
                    &*recipient.facts,
                ),
            )?;
        }
        if let Some(body) = octets {
            self.shared.queued.hold(id, Queued { prefix: new.prefix.clone(), body });
        }
        self.touch_queue();
        Ok(id)
    }

    pub(super) fn queue_settle(&mut self, settlement: Settlement<SqliteStaged>) -> Result<Vec<Delivered>> {
        let Settlement { entry, outcomes, notices } = settlement;
        let exists = self.value::<u64>("SELECT id FROM queue WHERE id = ?1", [entry.value()])?.is_some();
        let mut delivered = Vec::with_capacity(notices.len());
        for notice in notices {
            delivered.push(self.deliver(notice)?);
        }
        // Mostly everybody is done at once, and the entry goes as it is.
        if exists && self.nobody_waits_but(entry, &outcomes)? {
            self.remove_entry(entry)?;
        } else if exists {
            for Outcome { number, state, route, facts } in outcomes {
                let due = match state {
                    RecipientState::Waiting(due) => Some(due.value()),
                    RecipientState::Done => None,
                };
                self.write(
                    "UPDATE recipient SET due = ?3, route = coalesce(?4, route), facts = ?5
                     WHERE entry = ?1 AND number = ?2",
                    (entry.value(), number, due, route, &*facts),
                )?;
            }
        }
        self.touch_queue();
        Ok(delivered)
    }

    /// Whether these outcomes leave nothing to do for the entry.
    fn nobody_waits_but(&self, entry: QueueId, outcomes: &[Outcome]) -> Result<bool> {
        let done = |number| outcomes.iter().any(|o| o.number == number && o.state == RecipientState::Done);
        let mut waiting =
            self.db.prepare_cached("SELECT number FROM recipient WHERE entry = ?1 AND due IS NOT NULL")?;
        let mut rows = waiting.query([entry.value()])?;
        while let Some(row) = rows.next()? {
            if !done(row.get(0)?) {
                return Ok(false);
            }
        }
        Ok(!outcomes.iter().any(|o| matches!(o.state, RecipientState::Waiting(_))))
    }

    fn remove_entry(&mut self, entry: QueueId) -> Result<bool> {
        self.shared.queued.forget(entry);
        self.write("DELETE FROM recipient WHERE entry = ?1", [entry.value()])?;
        let body: Option<u64> =
            self.value("DELETE FROM queue WHERE id = ?1 RETURNING body", [entry.value()])?;
        match body {
            Some(body) => self.release_body(body).map(|()| true),
            None => Ok(false),
        }
    }

    pub(super) fn queue_cancel(&mut self, entry: QueueId) -> Result<bool> {
        let removed = self.remove_entry(entry)?;
        self.touch_queue();
        Ok(removed)
    }

    pub(super) fn queue_retry(&mut self, which: Hurry, now: Timestamp) -> Result<u64> {
        let hurried = match which {
            Hurry::Entry(entry) => self.write(
                "UPDATE recipient SET due = ?2 WHERE entry = ?1 AND due > ?2",
                (entry.value(), now.value()),
            )?,
            Hurry::DueAfter(time) => self.write(
                "UPDATE recipient SET due = ?2 WHERE due IS NOT NULL AND due > ?1",
                (time.max(now).value(), now.value()),
            )?,
        };
        self.touch_queue();
        u64::try_from(hurried).map_err(Error::unavailable)
    }
}
