//! THREAD: what the store kept of each message's fields, put together by the rules of the RFC.

use super::{
    refusal::no,
    search,
    selected::Selected,
    sort::{sent, subject},
};
use mailwright_imap::{
    server::{No, ThreadRequest},
    thread::{Message, ordered_subject, references},
    types::{ThreadAlgorithm, response::Threads},
};
use mailwright_store::{Entry, Store, Wants};
use std::num::NonZeroU32;

/// How many messages are looked up at once.
const AT_ONCE: usize = 200;

/// Finds messages of the selected mailbox and puts them into threads, by UID.
pub(super) async fn thread<S: Store>(
    store: &S,
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
        let wants = Wants { fields: true, ..Wants::default() };
        let fetched =
            store.fetch(batch.iter().map(|entry| entry.message).collect(), wants).await.map_err(no)?;
        for entry in batch {
            let Some(known) = fetched.iter().find(|fetched| fetched.message == entry.message) else {
                continue;
            };
            let parsed = mailwright_message::Message::parse(&known.derived.fields);
            let (subject, is_reply) = subject(Some(&parsed));
            let refers = mailwright_message::thread::references(parsed.header());
            let id =
                parsed.header().field("Message-ID").and_then(|field| field.message_ids().into_iter().next());
            let id = id.map(std::borrow::Cow::into_owned);
            messages.extend(NonZeroU32::new(entry.uid.value()).map(|number| Message {
                number,
                id,
                references: refers.into_iter().map(std::borrow::Cow::into_owned).collect(),
                sent: sent(&entry, Some(known)),
                subject,
                is_reply,
            }));
        }
    }
    Ok(match request.algorithm {
        ThreadAlgorithm::OrderedSubject => ordered_subject(&messages),
        _ => references(&messages),
    })
}
