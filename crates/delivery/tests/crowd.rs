//! Many mails at once: a dead destination beside a live one, and one that comes back with everything waiting for it.
//!
//! `MAILWRIGHT_QUEUE_MAILS` sets how many (default 2,000).
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/peer.rs"]
mod peer;
#[path = "peer/world.rs"]
mod world;

use std::time::{Duration, Instant};

use mailwright_delivery::SystemClock;
use mailwright_store::{Hurry, Store, Timestamp};
use peer::{Act, Peer};
use world::{World, all_facts};

const DNS: &str = "dead.test A 127.0.0.5\nlive.test A 127.0.0.2\nback.test A 127.0.0.6\n\
    once.test A 127.0.0.8";

fn mails() -> usize {
    std::env::var("MAILWRIGHT_QUEUE_MAILS").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000)
}

/// Queues so many mails to one address, many in each commit.
async fn fill(world: &World, count: usize, to: &'static str) {
    let mut begun = 0;
    while begun < count {
        let some = (count - begun).min(500);
        begun += some;
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..some {
            let sender = world.sender();
            sending.spawn(async move { sender.send(&[to]).await });
        }
        sending.join_all().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_destination_with_all_the_mail_delays_nobody() {
    let live = Peer::on("127.0.0.2:0", &[]).await;
    let dead = Peer::on(&format!("127.0.0.5:{}", live.address.port()), &[("greeting", Act::Hang)]).await;
    let mut world = World::new(live.address.port(), DNS).await;
    world.config.schedule.retry = vec![Duration::from_hours(1)];
    world.config.schedule.expire = Duration::from_hours(24);
    fill(&world, mails(), "x@dead.test").await;
    let runner = world.start(SystemClock);
    // One that was there before, and one that comes in the middle of it.
    for count in 1..=2 {
        world.send(&["bob@live.test"]).await;
        let begun = Instant::now();
        while live.taken().len() < count {
            assert!(begun.elapsed() < Duration::from_secs(2), "the live one waits");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        println!("live mail {count} took {} ms", begun.elapsed().as_millis());
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    world
        .until("every mail tried", |entries| {
            entries.len() == mails() && all_facts(entries).iter().all(|facts| facts.tries == 1)
        })
        .await;
    runner.stop().await;
    assert!(dead.connections() <= 10, "a host that is down is asked {} times", dead.connections());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_comes_back_is_not_overrun() {
    let peer = Peer::on("127.0.0.6:0", &[("greeting", Act::Hang)]).await;
    let mut world = World::new(peer.address.port(), DNS).await;
    world.config.schedule.retry = vec![Duration::from_hours(1)];
    world.config.schedule.expire = Duration::from_hours(24);
    fill(&world, mails() / 2, "x@back.test").await;
    let runner = world.start(SystemClock);
    world.until_tried(1).await;
    assert!(peer.connections() <= 5, "{} before one was known to work", peer.connections());
    peer.tell("greeting", None);
    world.config.down_hosts.clear();
    let now = Timestamp::now();
    world.store.queue_retry(Hurry::DueAfter(now), now).await.unwrap();
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(peer.taken().len(), mails() / 2);
    // Those that hang are still there, and some may be saying goodbye.
    assert!((11..=30).contains(&peer.most()), "{} at once", peer.most());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_never_rests_lets_go_of_connections_without_mail() {
    let once = Peer::on("127.0.0.8:0", &[]).await;
    let _live = Peer::on(&format!("127.0.0.2:{}", once.address.port()), &[]).await;
    let mut world = World::new(once.address.port(), DNS).await;
    world.config.limits.idle = Duration::from_millis(300);
    let runner = world.start(SystemClock);
    world.send(&["bob@once.test"]).await;
    let begun = Instant::now();
    while once.taken().is_empty() || once.open() > 0 {
        world.send(&["bob@live.test"]).await;
        assert!(begun.elapsed() < Duration::from_secs(5), "it is still open");
    }
    runner.stop().await;
    assert_eq!((once.taken().len(), once.connections()), (1, 1));
}
