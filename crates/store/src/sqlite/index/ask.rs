//! Asking the index.

use rusqlite::{Connection, OptionalExtension};

use super::{
    super::text::fold,
    Index, Space,
    grams::of_needle,
    segment::{COLUMNS, Head, Places, each_list, in_column, opened},
};
use crate::{AccountId, Result, varint};

/// Buckets that are looked up for one text at most: more would say little more.
const LOOKUPS: usize = 24;

/// What is asked, in folded text.
#[derive(Debug, Clone)]
pub(in crate::sqlite) enum Question {
    /// Which messages may have all of the texts in one of the spaces.
    Grams { spaces: &'static [Space], texts: Vec<String> },
    /// Which messages have the text in a field of this name, or any field of this name if the text is empty.
    Column { column: usize, text: String },
}

impl Question {
    /// About header fields of one name, in lower case.
    pub(in crate::sqlite) fn field(name: &str, text: &str) -> Self {
        match COLUMNS.iter().position(|column| *column == name) {
            Some(column) => Self::Column { column, text: text.to_owned() },
            None => Self::Grams { spaces: &[Space::Header], texts: vec![fold(name), text.to_owned()] },
        }
    }

    /// About all text in some spaces; `None` if the text is too short for an answer.
    pub(in crate::sqlite) fn text(spaces: &'static [Space], text: &str) -> Option<Self> {
        (text.len() >= 3).then(|| Self::Grams { spaces, texts: vec![text.to_owned()] })
    }
}

/// What the index says of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sqlite) enum Verdict {
    Met,
    Unmet,
    /// It has to be looked into.
    Unknown,
}

/// What the index says of an account's messages.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Narrowed {
    /// Ascending.
    segments: Vec<Answer>,
}

#[derive(Debug)]
struct Answer {
    messages: Vec<u64>,
    hits: Places,
    exact: bool,
}

impl Narrowed {
    pub(in crate::sqlite) fn verdict(&self, message: u64) -> Verdict {
        let at = self.segments.partition_point(|answer| answer.messages.last().is_none_or(|m| *m < message));
        let Some(answer) = self.segments.get(at) else { return Verdict::Unknown };
        match answer.messages.binary_search(&message) {
            Err(_) => Verdict::Unknown,
            Ok(place) if !answer.hits.contains(place) => Verdict::Unmet,
            Ok(_) if answer.exact => Verdict::Met,
            Ok(_) => Verdict::Unknown,
        }
    }
}

impl Index {
    /// What the index says of an account's messages from `first` to `last`: nothing, if there is none.
    pub(in crate::sqlite) fn narrow(
        &self,
        account: AccountId,
        first: u64,
        last: u64,
        question: &Question,
    ) -> Narrowed {
        let asked = self.files.read(|db| {
            // One snapshot: a segment that was joined meanwhile takes its pages with it.
            let snapshot = db.unchecked_transaction()?;
            let mut heads = snapshot.prepare_cached(
                "SELECT id, head FROM segment WHERE account = ?1 AND first <= ?3 AND last >= ?2 ORDER BY first",
            )?;
            let mut rows = heads.query((account.value(), first, last))?;
            let mut narrowed = Narrowed::default();
            while let Some(row) = rows.next()? {
                let head = Head::from_bytes(row.get_ref(1)?.as_blob().unwrap_or_default());
                let answer = head.and_then(|head| answer(&snapshot, row.get(0).ok()?, head, question).transpose());
                match answer {
                    Some(answer) => narrowed.segments.push(answer?),
                    None => self.distrust(),
                }
            }
            Ok(narrowed)
        });
        asked.unwrap_or_default()
    }
}

/// The octets of a page or column.
pub(super) fn page(db: &Connection, segment: u64, number: u32) -> Result<Option<Vec<u8>>> {
    let mut find = db.prepare_cached("SELECT octets FROM page WHERE key = ?1")?;
    Ok(find.query_row([segment << 16 | u64::from(number)], |row| row.get(0)).optional()?)
}

/// The number of a column among the pages.
pub(super) fn column_number(column: usize) -> u32 {
    0xff00 + u32::try_from(column).unwrap_or(0xff)
}

/// What one segment says; `None` if it is damaged.
fn answer(db: &Connection, segment: u64, head: Head, question: &Question) -> Result<Option<Answer>> {
    let count = head.messages.len();
    match question {
        Question::Column { column, text } => {
            let octets = page(db, segment, column_number(*column))?;
            let hits = octets.as_deref().and_then(opened).map(|octets| in_column(octets, count, text));
            Ok(hits.map(|hits| Answer { messages: head.messages, hits, exact: true }))
        }
        Question::Grams { spaces, texts } => {
            let mut hits = Places::none(count);
            for space in *spaces {
                let mut buckets: Vec<u32> = texts.iter().flat_map(|text| of_needle(*space, text)).collect();
                buckets.sort_unstable();
                buckets.dedup();
                // Spread over the text rather than its beginning.
                let step = buckets.len().div_ceil(LOOKUPS).max(1);
                let Some(found) = with_all(db, segment, &head, buckets.into_iter().step_by(step))? else {
                    return Ok(None);
                };
                hits.union(&found);
                hits.union(&head.broad[*space as usize]);
            }
            Ok(Some(Answer { messages: head.messages, hits, exact: false }))
        }
    }
}

/// The places that are in all of the buckets, which come in order; `None` if a page is damaged.
fn with_all(
    db: &Connection,
    segment: u64,
    head: &Head,
    buckets: impl Iterator<Item = u32>,
) -> Result<Option<Places>> {
    let count = head.messages.len();
    let mut hits: Option<Places> = None;
    let mut read: (u32, Vec<u8>) = (u32::MAX, Vec::new());
    for bucket in buckets {
        let number = head.page_of(bucket);
        if read.0 != number {
            let Some(octets) = page(db, segment, number)? else { return Ok(None) };
            read = (number, octets);
        }
        let Some(octets) = opened(&read.1) else { return Ok(None) };
        let mut places = Some(Places::none(count));
        let walked = each_list(octets, number << head.shift, |at, list| {
            if at == bucket {
                places = list.places(count);
            }
            at < bucket
        });
        let (Some(()), Some(places)) = (walked, places) else { return Ok(None) };
        match &mut hits {
            Some(hits) => hits.intersect(&places),
            None => hits = Some(places),
        }
        if hits.as_ref().is_some_and(Places::is_empty) {
            break;
        }
    }
    Ok(Some(hits.unwrap_or_else(|| {
        let mut all = Places::none(count);
        (0..count).for_each(|place| all.insert(place));
        all
    })))
}

/// Numbers, ascending, in few octets.
pub(super) fn numbers_to_bytes(numbers: &[u64]) -> Vec<u8> {
    let mut out = Vec::with_capacity(numbers.len() * 2);
    let mut last = 0;
    for number in numbers {
        varint::put(&mut out, number.wrapping_sub(last));
        last = *number;
    }
    out
}

/// Undoes [`numbers_to_bytes`]; `None` if they are damaged.
pub(super) fn numbers_from_bytes(mut bytes: &[u8]) -> Option<Vec<u64>> {
    let (mut numbers, mut last) = (Vec::new(), 0_u64);
    while !bytes.is_empty() {
        last = last.checked_add(varint::take(&mut bytes)?)?;
        numbers.push(last);
    }
    Some(numbers)
}
