//! SORT: by what the view knows, and by what the store computed at arrival.

use super::{refusal::no, search, selected::Selected, sets};
use mailwright_imap::{
    server::{No, SortRequest},
    types::{SortCriterion, SortKey, Uid},
};
use mailwright_message::{Message, thread::base_subject};
use mailwright_store::{Entry, Fetched, Store, Wants};
use std::cmp::Ordering;

/// How many messages are looked up at once.
const AT_ONCE: usize = 200;

/// What messages are compared by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
}

/// Finds and sorts messages of the selected mailbox.
pub(super) async fn sort<S: Store>(
    store: &S,
    selected: &Selected,
    request: &SortRequest,
) -> Result<Vec<Uid>, No> {
    let found = search::find(store, selected, &request.key).await?;
    let view = selected.view();
    let mut entries = view.among(&found);
    let mut sorted: Vec<(Vec<Key>, Entry)> = Vec::new();
    let looks_up = request.criteria.iter().any(|criterion| !is_known(criterion.key));
    loop {
        let batch: Vec<Entry> = entries.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        let mut fetched = Vec::new();
        if looks_up {
            let wants = Wants { fields: true, ..Wants::default() };
            let messages = batch.iter().map(|entry| entry.message).collect();
            fetched = store.fetch(messages, wants).await.map_err(no)?;
        }
        for entry in batch {
            let known = fetched.iter().find(|fetched| fetched.message == entry.message);
            if looks_up && known.is_none() {
                continue; // gone since
            }
            let header = known.map(|fetched| Message::parse(&fetched.derived.fields));
            let key = |criterion: &SortCriterion| key(criterion.key, &entry, known, header.as_ref());
            sorted.push((request.criteria.iter().map(key).collect(), entry));
        }
    }
    sorted.sort_by(|(a, one), (b, other)| {
        let mut compared = request
            .criteria
            .iter()
            .zip(a.iter().zip(b))
            .map(|(criterion, (a, b))| if criterion.reverse { b.cmp(a) } else { a.cmp(b) });
        // RFC 5256 §3: at last by sequence number.
        compared.find(|order| *order != Ordering::Equal).unwrap_or_else(|| one.uid.cmp(&other.uid))
    });
    Ok(sorted.into_iter().filter_map(|(_, entry)| sets::uid(entry.uid)).collect())
}

/// Whether the view knows it.
fn is_known(key: SortKey) -> bool {
    matches!(key, SortKey::Arrival | SortKey::Size)
}

fn key(key: SortKey, entry: &Entry, fetched: Option<&Fetched>, header: Option<&Message<'_>>) -> Key {
    let address = |name: &str, display: bool| {
        let mailbox = header.and_then(|header| {
            let envelope = mailwright_message::imap::Envelope::of(header);
            let list = match name {
                "From" => envelope.from,
                "To" => envelope.to,
                _ => envelope.cc,
            };
            list?.into_iter().next()
        });
        let Some(mailbox) = mailbox else { return Key::Text(String::new()) };
        let text =
            |octets: Option<Vec<u8>>| octets.map(|octets| String::from_utf8_lossy(&octets).into_owned());
        let local = text(mailbox.mailbox).unwrap_or_default();
        if !display {
            return Key::Text(folded(&local));
        }
        // RFC 5957 §3: the name as it is shown, or else the address.
        let shown = text(mailbox.name).filter(|name| !name.is_empty());
        let host = text(mailbox.host).unwrap_or_default();
        Key::Text(folded(&shown.unwrap_or_else(|| format!("{local}@{host}"))))
    };
    match key {
        SortKey::Arrival => Key::Number(entry.received.secs()),
        SortKey::Size => Key::Number(i64::try_from(entry.size).unwrap_or(i64::MAX)),
        SortKey::Date => Key::Number(sent(entry, fetched)),
        SortKey::Subject => Key::Text(subject(header).0),
        SortKey::Cc => address("Cc", false),
        SortKey::From => address("From", false),
        SortKey::To => address("To", false),
        SortKey::DisplayFrom => address("From", true),
        SortKey::DisplayTo => address("To", true),
        // Nothing is scored, and the session refuses to sort by scores: all are alike.
        SortKey::Relevancy => Key::Number(0),
    }
}

/// When a message was sent; when it arrived, where it does not say (RFC 5256 §2.2).
pub(super) fn sent(entry: &Entry, fetched: Option<&Fetched>) -> i64 {
    let sent = fetched.and_then(|fetched| fetched.derived.sent);
    sent.unwrap_or(entry.received).secs()
}

/// The base subject in one case, and whether it was that of a reply.
pub(super) fn subject(header: Option<&Message<'_>>) -> (String, bool) {
    let subject = header.and_then(mailwright_message::Message::subject);
    let base = base_subject(&subject.unwrap_or_default());
    (folded(&base.text), base.is_reply)
}

/// `i;unicode-casemap` (RFC 5051), as far as the standard library's case mapping goes.
fn folded(text: &str) -> String {
    text.to_uppercase()
}
