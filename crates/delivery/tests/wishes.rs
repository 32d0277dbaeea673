//! Mail that is to leave later, to be there in time, or to go before other mail.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/peer.rs"]
mod peer;
#[path = "peer/world.rs"]
mod world;

use std::time::Duration;

use mailwright_delivery::{Schedule, TestClock};
use mailwright_smtp::types::{
    ByMode, DeliverBy, FutureRelease, Mail, MailParameters, Mailbox, Notify, Priority, Rcpt,
};
use mailwright_store::{Hurry, RecipientState, Store, Timestamp};
use peer::{Act, Peer};
use world::World;

const MINUTE: Duration = Duration::from_mins(1);

async fn world(peer: &Peer) -> World {
    let mut world = World::new(peer.address.port(), "there.test A 127.0.0.2").await;
    world.config.schedule = Schedule { jitter: false, ..Schedule::default() };
    world
}

fn mail(parameters: MailParameters) -> Mail {
    let mut mail = Mail::new("ann@here.test".parse::<Mailbox>().unwrap());
    mail.parameters = parameters;
    mail
}

fn to(address: &str) -> Rcpt {
    Rcpt::new(address.parse::<Mailbox>().unwrap())
}

fn by(seconds: i32, mode: ByMode, trace: bool) -> MailParameters {
    MailParameters { by: Some(DeliverBy { seconds, mode, trace }), ..MailParameters::default() }
}

/// When the only mail of the queue is due.
async fn due(world: &World) -> Option<Timestamp> {
    world.entries().await.first().and_then(|entry| match entry.recipients[0].state {
        RecipientState::Waiting(due) => Some(due),
        RecipientState::Done => None,
    })
}

#[tokio::test]
async fn a_held_mail_leaves_when_it_may_and_lives_from_then() {
    let peer = Peer::on("127.0.0.2:0", &[("RCPT", Act::Say("451 4.2.0 not yet"))]).await;
    let world = world(&peer).await;
    let start = Timestamp::now();
    let clock = TestClock::new(start);
    let week = Duration::from_hours(7 * 24);
    let hold = Some(FutureRelease::For(7 * 24 * 3600));
    world
        .queue(&mail(MailParameters { hold, ..MailParameters::default() }), &[to("bob@there.test")], start)
        .await;
    assert_eq!(due(&world).await, Some(start.after(week)));

    // The start looks for mail that a clock left behind, and an operator may be in a hurry: neither lets it go.
    let runner = world.start(clock.clone());
    for _ in 0..3 {
        world.store.queue_retry(Hurry::DueAfter(start), start).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    clock.set(start.after(6 * 24 * 60 * MINUTE));
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!((peer.connections(), due(&world).await), (0, Some(start.after(week))));

    // After its release it has the life of any mail: it is not given up for its age.
    clock.set(start.after(week));
    world.until_tried(1).await;
    assert_eq!(due(&world).await, Some(start.after(week + 5 * MINUTE)));
    peer.tell("RCPT", Some(Act::Say("550 5.1.1 nobody")));
    clock.set(start.after(week + 5 * MINUTE));
    world.until_empty().await;
    runner.stop().await;
    let report = world.inbox().await.remove(0);
    assert!(report.contains("\r\nFuture-Release-Request: for;604800\r\n"), "{report}");
    assert!(report.contains("\r\nArrival-Date: "), "{report}");
}

#[tokio::test]
async fn a_held_mail_for_here_is_delivered_then() {
    let peer = Peer::on("127.0.0.2:0", &[]).await;
    let world = world(&peer).await;
    let start = Timestamp::now();
    let clock = TestClock::new(start);
    let hold = Some(FutureRelease::For(60));
    world
        .queue(&mail(MailParameters { hold, ..MailParameters::default() }), &[to("ann@here.test")], start)
        .await;
    let runner = world.start(clock.clone());
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(world.inbox().await.is_empty());
    clock.set(start.after(MINUTE));
    world.until_empty().await;
    runner.stop().await;
    assert!(world.inbox().await[0].starts_with("Return-Path: <ann@here.test>\r\n"));
}

#[tokio::test]
async fn who_wants_it_back_gets_it_back_in_time() {
    let peer = Peer::on("127.0.0.2:0", &[("RCPT", Act::Say("451 4.2.0 not yet"))]).await;
    peer.offer("DELIVERBY");
    let world = world(&peer).await;
    let start = Timestamp::now();
    let clock = TestClock::new(start);
    world.queue(&mail(by(600, ByMode::Return, false)), &[to("bob@there.test")], start).await;
    let runner = world.start(clock.clone());
    world.until_tried(1).await;
    assert_eq!(due(&world).await, Some(start.after(5 * MINUTE)));
    clock.set(start.after(5 * MINUTE));
    world.until_tried(2).await;
    assert_eq!(due(&world).await, Some(start.after(10 * MINUTE)), "not past the time");
    let connections = peer.connections();
    clock.set(start.after(10 * MINUTE));
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(peer.connections(), connections, "no attempt is made then");
    let report = world.inbox().await.remove(0);
    for part in ["\r\nAction: failed\r\nStatus: 5.4.7\r\n", "\r\nDeliver-By-Date: "] {
        assert!(report.contains(part), "{report}");
    }
}

#[tokio::test]
async fn who_only_wants_to_know_is_told_and_it_goes_on() {
    let peer = Peer::on("127.0.0.2:0", &[("RCPT", Act::Say("451 4.2.0 not yet"))]).await;
    peer.offer("DELIVERBY");
    let world = world(&peer).await;
    let start = Timestamp::now();
    let clock = TestClock::new(start);
    world.queue(&mail(by(120, ByMode::Notify, false)), &[to("bob@there.test")], start).await;
    let runner = world.start(clock.clone());
    world.until_tried(1).await;
    assert_eq!(due(&world).await, Some(start.after(2 * MINUTE)));
    clock.set(start.after(2 * MINUTE));
    world.until_tried(2).await;
    let report = world.inbox().await.remove(0);
    assert!(report.contains("\r\nAction: delayed\r\nStatus: 4.4.7\r\n"), "{report}");
    peer.tell("RCPT", None);
    clock.set(start.after(Duration::from_hours(1)));
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(world.inbox().await.len(), 1, "it is said once");
    assert!(peer.taken()[0].from.ends_with(" BY=-3480;N"), "{:?}", peer.taken());
}

#[tokio::test]
async fn a_server_that_promises_no_time_is_told_of_or_avoided() {
    let peer = Peer::on("127.0.0.2:0", &[]).await;
    let world = world(&peer).await;
    let start = Timestamp::now();
    let quiet = |address| {
        let mut rcpt = to(address);
        rcpt.parameters.notify = Some(Notify::NEVER);
        rcpt
    };
    let two = [to("bob@there.test"), quiet("cat@there.test")];
    world.queue(&mail(by(600, ByMode::Notify, false)), &two, start).await;
    let runner = world.start(TestClock::new(start));
    world.until_empty().await;
    assert_eq!(peer.taken().len(), 1);
    let report = world.inbox().await.remove(0);
    assert!(report.contains("\r\nAction: relayed\r\n") && !report.contains("cat@there.test"), "{report}");

    world.queue(&mail(by(600, ByMode::Return, false)), &[to("bob@there.test")], start).await;
    world.until_empty().await;
    assert_eq!(peer.taken().len(), 1, "it must not go there");
    let report = world.inbox().await.remove(1);
    assert!(report.contains("\r\nAction: failed\r\nStatus: 5.4.7\r\n"), "{report}");

    peer.offer("DELIVERBY");
    world.queue(&mail(by(600, ByMode::Notify, true)), &[to("bob@there.test")], start).await;
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(world.inbox().await.len(), 3, "a trace tells of each relay");
}

#[tokio::test]
async fn urgent_mail_goes_first() {
    let peer = Peer::on("127.0.0.2:0", &[]).await;
    peer.offer("MT-PRIORITY");
    let mut world = world(&peer).await;
    (world.config.limits.per_route, world.config.limits.per_route_max) = (1, 1);
    let start = Timestamp::now();
    for (n, priority) in [None, Some(-4), Some(6), None, Some(9), Some(6)].into_iter().enumerate() {
        let mt_priority = priority.and_then(Priority::new);
        let mail = mail(MailParameters { mt_priority, ..MailParameters::default() });
        world.queue(&mail, &[to(&format!("{n}@there.test"))], start).await;
    }
    let runner = world.start(TestClock::new(start));
    world.until_empty().await;
    runner.stop().await;
    let order: Vec<String> = peer.taken().iter().map(|taken| taken.to[0].clone()).collect();
    let order: Vec<&str> = order.iter().filter_map(|to| to.split(['<', '@']).nth(1)).collect();
    assert_eq!(order, ["4", "2", "5", "0", "3", "1"]);
    assert!(peer.taken()[0].from.ends_with(" MT-PRIORITY=9"));
}
