//! Six days in a moment: the schedule, the warning and the end of a mail, on a clock that the test sets.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/peer.rs"]
mod peer;
#[path = "peer/world.rs"]
mod world;

use std::time::Duration;

use mailwright_delivery::{Schedule, TestClock};
use mailwright_store::Timestamp;
use peer::{Act, Peer};
use world::{World, all_facts};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Runs until the queue is empty or the time is up; the minutes at which something was tried.
async fn live(world: &World, clock: &TestClock, from: Timestamp, until: Timestamp) -> Vec<i64> {
    let mut minutes = Vec::new();
    let mut now = from;
    loop {
        let tried = |entries: &[_]| all_facts(entries).iter().map(|facts| facts.tries).sum::<u32>();
        let before = tried(&world.entries().await);
        let Some(due) = world.due(now).await else { return minutes };
        if due > until {
            return minutes;
        }
        now = now.max(due);
        minutes.push((now.value() - from.value()) / MINUTE);
        clock.set(now);
        world.until("an attempt", |entries| entries.is_empty() || tried(entries) != before).await;
    }
}

async fn world(peer: &Peer) -> World {
    let dns = "there.test A 127.0.0.2\nfar.test A 127.0.0.4";
    let mut world = World::new(peer.address.port(), dns).await;
    world.config.schedule = Schedule { jitter: false, ..Schedule::default() };
    world
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_warned_about_at_four_hours_and_returned_at_five_days() {
    let peer = Peer::on("127.0.0.2:0", &[("RCPT", Act::Say("451 4.2.0 not yet"))]).await;
    let far = Peer::on(&format!("127.0.0.4:{}", peer.address.port()), &[]).await;
    let world = world(&peer).await;
    // The store notes by its own clock when a mail was queued.
    let start = Timestamp::now();
    let clock = TestClock::new(start);
    world.send_from("ann@far.test", &["bob@there.test"], start).await;
    let runner = world.start(clock.clone());
    world.until_tried(1).await;
    let minutes = live(&world, &clock, start, start.after(Duration::from_hours(6 * 24))).await;
    world.until_empty().await;
    runner.stop().await;

    // Greylisting first, then the schedule; the warning and the end have attempts of their own. The reports that go
    // back are attempts too, at the same minute.
    assert_eq!(minutes[..4], [5, 35, 95, 215], "{minutes:?}");
    assert!(minutes.contains(&240) && minutes.contains(&(5 * 24 * 60)), "{minutes:?}");
    assert!(
        minutes.windows(2).all(|pair| pair[1] - pair[0] <= 240),
        "never longer than four hours: {minutes:?}"
    );
    let reports = far.taken();
    assert_eq!(reports.len(), 2, "{reports:#?}");
    assert!(reports[0].body.contains("Action: delayed") && reports[0].body.contains("Will-Retry-Until: "));
    assert!(reports[1].body.contains("Action: failed") && reports[1].body.contains("Status: 5.4.7"));
    assert!(reports[1].body.contains("451 4.2.0 not yet"));
}

#[tokio::test]
async fn a_leap_of_the_clock_gives_nothing_up_before_its_attempts() {
    let peer = Peer::on("127.0.0.2:0", &[("RCPT", Act::Say("451 4.2.0 not yet"))]).await;
    let _far = Peer::on(&format!("127.0.0.4:{}", peer.address.port()), &[]).await;
    let world = world(&peer).await;
    // The store notes by its own clock when a mail was queued.
    let start = Timestamp::now();
    let clock = TestClock::new(start);
    world.send_from("ann@far.test", &["bob@there.test"], start).await;
    let runner = world.start(clock.clone());
    world.until_tried(1).await;
    let later = Timestamp::new(start.value() + 3650 * DAY);
    clock.set(later);
    world.until_tried(2).await;
    let entries = world.entries().await;
    let mut senders = entries.iter().map(|entry| entry.reverse_path.as_str());
    assert!(
        senders.any(|sender| sender == "ann@far.test"),
        "ten years in one step are not five days of trying"
    );
    peer.tell("RCPT", None);
    clock.set(later.after(Duration::from_hours(1)));
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(peer.taken().len(), 1);
}
