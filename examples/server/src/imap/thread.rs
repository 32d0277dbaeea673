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
    let mut messages = Vec::new();
    loop {
        let batch: Vec<Entry> = entries.by_ref().take(AT_ONCE).collect();
        if batch.is_empty() {
            break;
        }
        let known = shown.messages(store, batch.iter().map(|entry| entry.message)).await?;
        for (entry, known) in batch.into_iter().zip(known) {
            let Some(known) = known else { continue }; // gone since
            let sorted = known.sorted();
            messages.extend(NonZeroU32::new(entry.uid.value()).map(|number| Message {
                number,
                id: sorted.id.clone(),
                references: sorted.references.clone(),
                sent: sent(&entry, &known),
                subject: sorted.subject.as_str().to_owned(),
                is_reply: sorted.is_reply,
            }));
        }
    }
    Ok(match request.algorithm {
        ThreadAlgorithm::OrderedSubject => ordered_subject(&messages),
        _ => references(&messages),
    })
}
