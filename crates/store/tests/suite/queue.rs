//! The outbound queue.

use super::*;
use mailwright_store::{Claim, Hurry, NewEntry, NewRecipient, Outcome, QueueId, RecipientState, Settlement};
use std::collections::HashSet;

fn entry(recipients: &[&str], due: Timestamp) -> NewEntry {
    let recipient = |path: &&str| NewRecipient {
        forward_path: (*path).into(),
        route: path.rsplit_once('@').unwrap().1.into(),
        facts: Bytes::from_static(b"{}"),
        due,
    };
    NewEntry {
        reverse_path: "ann@example.test".into(),
        params: "p".into(),
        recipients: recipients.iter().map(recipient).collect(),
        ..NewEntry::default()
    }
}

async fn enqueue<S: Store>(store: &S, recipients: &[&str], due: Timestamp) -> QueueId {
    let delivery = Delivery::new(staged(store, "queued\r\n").await, due).queue(entry(recipients, due));
    store.deliver(delivery).await.unwrap().queue[0]
}

fn claim(now: Timestamp) -> Claim {
    Claim { now, limit: 10, skip: HashSet::new() }
}

fn outcome(number: u32, state: RecipientState) -> Outcome {
    Outcome { number, state, route: None, facts: "later".into() }
}

pub async fn the_queue_hands_out_settles_and_forgets<S: Store>(store: S) {
    let ann = account(&store, "ann@example.test").await;
    let now = Timestamp::from_secs(1_000_000);
    let later = now.after(std::time::Duration::from_secs(60));
    let mut events = store.queue_watch();
    let id = enqueue(&store, &["x@one.test", "y@two.test"], now).await;
    assert!(events.has_changed().unwrap());
    events.borrow_and_update();
    assert!(store.queue_claim(claim(Timestamp::from_secs(999_999))).await.unwrap().is_empty(), "not due yet");

    let leased = store.queue_claim(claim(now)).await.unwrap();
    assert_eq!(leased[0].entry.recipients.len(), 2);
    assert!(store.queue_claim(claim(now)).await.unwrap().is_empty(), "handed out once");
    assert_eq!(store.queue_due(now).await.unwrap(), None);
    assert_eq!(store.queue_due(Timestamp::default()).await.unwrap(), Some(now), "handed out or not");
    drop(leased);
    let leased = store.queue_claim(claim(now)).await.unwrap();
    assert_eq!(leased.len(), 1, "given back");
    let route = |recipient: &mailwright_store::QueueRecipient| recipient.route.clone();
    let mut parts = leased.into_iter().next().unwrap().split_by(route);
    assert_eq!(parts.iter().map(|part| part.entry.recipients[0].number).collect::<Vec<_>>(), [0, 1]);
    drop(parts.remove(0));
    let again = store.queue_claim(claim(now)).await.unwrap();
    assert_eq!(again[0].entry.recipients[0].number, 0, "only the first was given back");
    assert_eq!(again[0].entry.recipients.len(), 1);
    drop((again, parts));

    let outcomes = vec![outcome(0, RecipientState::Done), outcome(1, RecipientState::Waiting(later))];
    let notice = Delivery::new(staged(&store, "a report\r\n").await, now).to(Local::inbox(ann.id));
    let settled =
        store.queue_settle(Settlement { entry: id, outcomes, notices: vec![notice] }).await.unwrap();
    assert!(settled[0].local[0].is_ok(), "the report came with it");
    let kept = store.queue_entry(id).await.unwrap().unwrap();
    assert_eq!((kept.reverse_path.as_str(), &kept.params[..], kept.size), ("ann@example.test", &b"p"[..], 8));
    assert_eq!(kept.recipients[0].state, RecipientState::Done);
    assert_eq!(
        (kept.recipients[1].state, &kept.recipients[1].facts[..]),
        (RecipientState::Waiting(later), &b"later"[..])
    );

    assert_eq!(store.queue_due(now).await.unwrap(), Some(later));
    assert_eq!(store.queue_retry(Hurry::DueAfter(later), now).await.unwrap(), 0, "none is due later still");
    assert_eq!(store.queue_retry(Hurry::Entry(id), now).await.unwrap(), 1);
    assert_eq!(store.queue_retry(Hurry::DueAfter(now), now).await.unwrap(), 0, "all are due");
    assert_eq!(store.queue_claim(claim(now)).await.unwrap()[0].entry.recipients.len(), 1, "only who is due");
    let mut content = store.queue_content(id).await.unwrap().unwrap();
    assert_eq!(read_all(&mut content).await.unwrap(), "queued\r\n");
    let outcomes = vec![outcome(1, RecipientState::Done)];
    store.queue_settle(Settlement { entry: id, outcomes, notices: vec![] }).await.unwrap();
    assert!(store.queue_entry(id).await.unwrap().is_none(), "nobody waits any more");

    let id = enqueue(&store, &["x@one.test"], now).await;
    assert!(store.queue_cancel(id).await.unwrap() && !store.queue_cancel(id).await.unwrap());
    assert!(store.queue_content(id).await.unwrap().is_none());
    assert!(store.queue_list(None, 10).await.unwrap().is_empty());
}

pub async fn a_dead_route_hides_nothing<S: Store>(store: S) {
    let now = Timestamp::from_secs(1_000_000);
    for _ in 0..50 {
        enqueue(&store, &["x@dead.test"], now).await;
    }
    let live = enqueue(&store, &["x@live.test"], now.after(std::time::Duration::from_millis(1))).await;
    let skip: HashSet<String> = ["dead.test".to_owned()].into();
    let late = now.after(std::time::Duration::from_secs(1));
    let leased = store.queue_claim(Claim { now: late, limit: 3, skip }).await.unwrap();
    assert_eq!(leased.iter().map(|leased| leased.entry.id).collect::<Vec<_>>(), [live]);
    let mut seen = Vec::new();
    while let Some(last) = store.queue_list(seen.last().copied(), 20).await.unwrap().last() {
        seen.push(last.id);
    }
    assert_eq!(seen.len(), 3, "51 entries in pages of 20");
}
