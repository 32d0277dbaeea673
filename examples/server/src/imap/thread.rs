//! THREAD: what the store kept of each message's fields, put together by the rules of the RFC.

use super::{search, selected::Selected, shown::Shown, sort::sent};
use mailwright_imap::{
    server::{No, ThreadRequest},
    thread::{Message, ordered_subject, references},
    types::{ThreadAlgorithm, response::Threads},
};
use mailwright_store::{Entry, Store};
use std::num::NonZeroU32;

/// How many messages are looked up at once.
const AT_ONCE: usize = 200;

/// Finds messages of the selected mailbox and puts them into threads, by UID.
pub(super) async fn thread<S: Store>(
    store: &S,
    shown: &Shown,
    selected: &Selected,
    request: &ThreadRequest,
) -> Result<Threads, No> {
    let found = search::find(store, selected, &request.key).await?;
    let view = selected.view();
    let mut entries = view.among(&found);
    let mut all = Vec::new();
    loop {
        let batch: Vec<Entry> = entries.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        let known = shown.messages(store, batch.iter().map(|entry| entry.message)).await?;
        let there = batch.into_iter().zip(known).filter_map(|(entry, known)| Some((entry, known?))); // others are gone since
        all.extend(there.filter_map(|(entry, known)| {
            let number = NonZeroU32::new(entry.uid.value())?;
            Some((number, sent(&entry, &known), known))
        }));
    }
    let messages = all.iter().map(|(number, sent, known)| {
        let by = &known.sorted().threaded;
        let (id, subject, is_reply) = (by.id, by.subject, by.is_reply);
        Message { number: *number, id, references: &by.references, sent: *sent, subject, is_reply }
    });
    let messages: Vec<_> = messages.collect();
    Ok(match request.algorithm {
        ThreadAlgorithm::OrderedSubject => ordered_subject(&messages),
        _ => references(&messages),
    })
}
