//! The whole queue: store, plan, SMTP and reports, against servers on loopback.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/peer.rs"]
mod peer;
#[path = "peer/world.rs"]
mod world;

use std::time::{Duration, Instant};

use mailwright_delivery::{Step, Story, SystemClock};
use mailwright_message::Message;
use mailwright_message::report::DeliveryStatus;
use mailwright_smtp::types::{Mail, Mailbox, Notify, OriginalRecipient, Rcpt, Ret};
use mailwright_store::{RecipientState, Store, Timestamp};
use peer::{Act, Peer};
use world::{LETTER, World, all_facts, waiting};

/// `there.test` has two hosts, on 127.0.0.2 and 127.0.0.3; senders live at `far.test`, on 127.0.0.4.
const DNS: &str = "
    there.test      MX 10 mx1.there.test
    there.test      MX 20 mx2.there.test
    mx1.there.test  A  127.0.0.2
    mx2.there.test  A  127.0.0.3
    far.test        A  127.0.0.4
    other.test      MX 10 mx2.there.test
    self.test       MX 10 mail.here.test
    self.test       MX 20 mx1.there.test
    ours.test       MX 10 ours.test
    ours.test       A  127.0.0.99
    null.test       MX 0 .
    bad.test        MX !servfail
";

/// The first host of `there.test`, and a world on its port.
async fn world(script: &[(&'static str, Act)]) -> (World, Peer) {
    let peer = Peer::on("127.0.0.2:0", script).await;
    (World::new(peer.address.port(), DNS).await, peer)
}

async fn peer_on(host: &str, beside: &Peer) -> Peer {
    Peer::on(&format!("{host}:{}", beside.address.port()), &[]).await
}

/// A report as text, after it was read as one.
fn report(body: &str) -> String {
    let message = Message::parse(body.as_bytes());
    let content_type = message.root().content_type();
    assert!(content_type.is("multipart", "report"), "{body}");
    assert_eq!(content_type.parameter("report-type"), Some("delivery-status"));
    let status = message.parts().find(|part| part.content_type().is("message", "delivery-status")).unwrap();
    let status = DeliveryStatus::parse(&status.decoded());
    assert!(
        status.recipients.iter().all(|recipient| recipient.action.is_some() && recipient.status.is_some())
    );
    body.to_owned()
}

#[tokio::test]
async fn a_mail_goes_out_and_leaves_the_queue() {
    let (world, peer) = world(&[]).await;
    world.send(&["bob@there.test", "eve@There.test"]).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    let taken = peer.taken();
    assert_eq!(taken.len(), 1, "one transaction for both");
    assert_eq!(taken[0].body, LETTER);
    assert!(taken[0].from.starts_with("MAIL FROM:<ann@far.test>"));
    assert_eq!(taken[0].to.len(), 2);
}

#[tokio::test]
async fn the_second_host_takes_what_the_first_does_not() {
    for act in
        [Act::Say("421 4.3.2 not now"), Act::Say("554 5.3.2 go away"), Act::Close, Act::Reset, Act::Hang]
    {
        let (world, first) = world(&[("greeting", act)]).await;
        let second = peer_on("127.0.0.3", &first).await;
        world.send(&["bob@there.test"]).await;
        let runner = world.start(SystemClock);
        world.until_empty().await;
        runner.stop().await;
        assert_eq!((first.taken().len(), second.taken().len()), (0, 1), "{act:?}");
    }
}

#[tokio::test]
async fn what_nobody_takes_is_tried_again_until_somebody_does() {
    let (world, peer) = world(&[("greeting", Act::Say("421 4.3.2 not now"))]).await;
    world.send(&["bob@there.test"]).await;
    let runner = world.start(SystemClock);
    world.until_tried(2).await;
    let story = Story::of(&world.entries().await[0]).to_string();
    assert!(story.contains("deferred 4.3.2 by mx1.there.test [127.0.0.2:"), "{story}");
    assert!(story.contains("by mx2.there.test [127.0.0.3:") && story.contains("cannot connect"), "{story}");
    let plan = "    plan: 10 mx1.there.test, used: 127.0.0.2\n    plan: 20 mx2.there.test, used: 127.0.0.3\n";
    assert_eq!(story.matches(plan).count(), 1, "{story}");
    peer.tell("greeting", None);
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(peer.taken().len(), 1);
}

#[tokio::test]
async fn a_refusal_comes_back_to_a_remote_sender_with_a_null_reverse_path() {
    let (world, peer) = world(&[("bob", Act::Say("550 5.1.1 no \"bob\" here"))]).await;
    let far = peer_on("127.0.0.4", &peer).await;
    world.send(&["bob@there.test"]).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert!(peer.taken().is_empty());
    let bounces = far.taken();
    assert_eq!(bounces.len(), 1);
    assert!(bounces[0].from.starts_with("MAIL FROM:<>"), "{}", bounces[0].from);
    let body = report(&bounces[0].body);
    for words in [
        "To: ann@far.test\r\n",
        "Auto-Submitted: auto-replied\r\n",
        "In-Reply-To: <1@far.test>\r\n",
        "Final-Recipient: rfc822; bob@there.test\r\n",
        "Action: failed\r\n",
        "Status: 5.1.1\r\n",
        "Remote-MTA: dns; mx1.there.test\r\n",
        "Diagnostic-Code: smtp; 550 5.1.1 no \"bob\" here\r\n",
        "mx1.there.test [127.0.0.2] said: 550 5.1.1 no \"bob\" here",
        "Check the address: there is no such mailbox.",
        "Subject: hello there\r\n",
    ] {
        assert!(body.contains(words), "{words:?} is missing:\n{body}");
    }
}

#[tokio::test]
async fn a_refusal_comes_straight_into_the_mailbox_of_a_local_sender() {
    let (world, _peer) = world(&[("bob", Act::Say("550 5.1.1 no"))]).await;
    world.send_from("Ann@here.test", &["bob@there.test"], Timestamp::now()).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    let inbox = world.inbox().await;
    assert_eq!(inbox.len(), 1);
    assert!(inbox[0].starts_with("Return-Path: <>\r\n"), "{}", inbox[0]);
    assert!(report(&inbox[0]).contains("Status: 5.1.1\r\n"));
}

#[tokio::test]
async fn mail_queued_for_what_is_a_local_domain_stays_here() {
    let (world, peer) = world(&[]).await;
    let far = peer_on("127.0.0.4", &peer).await;
    world.send(&["ann@here.test", "nobody@here.test"]).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(world.inbox().await, [format!("Return-Path: <ann@far.test>\r\n{LETTER}")]);
    let reports = far.taken();
    assert_eq!(reports.len(), 1);
    assert!(report(&reports[0].body).contains("Final-Recipient: rfc822; nobody@here.test\r\n"));
    assert!(peer.taken().is_empty());
}

#[tokio::test]
async fn a_report_that_is_refused_is_not_reported() {
    let (world, peer) = world(&[("bob", Act::Say("550 5.1.1 no"))]).await;
    let far = peer_on("127.0.0.4", &peer).await;
    far.tell("ann", Some(Act::Say("550 5.1.1 nor ann")));
    world.send(&["bob@there.test"]).await;
    world.send_from("", &["bob@there.test"], Timestamp::now()).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert!(far.taken().is_empty());
    assert_eq!(far.connections(), 1, "one report was tried, and its failure has no echo");
}

#[tokio::test]
async fn each_recipient_has_its_own_fate() {
    let (world, peer) =
        world(&[("gone", Act::Say("550 5.1.1 gone")), ("later", Act::Say("450 4.2.0 later"))]).await;
    let (second, far) = (peer_on("127.0.0.3", &peer).await, peer_on("127.0.0.4", &peer).await);
    second.tell("later", Some(Act::Say("450 4.2.0 later")));
    world.send(&["bob@there.test", "gone@there.test", "later@there.test", "x@null.test"]).await;
    let runner = world.start(SystemClock);
    world.until("only `later` waits", |entries| waiting(entries) == ["later@there.test"]).await;
    world.until("a second attempt", |entries| all_facts(entries).iter().any(|facts| facts.tries >= 2)).await;
    peer.tell("later", None);
    world.until_empty().await;
    runner.stop().await;
    let taken: Vec<Vec<String>> = peer.taken().into_iter().map(|mail| mail.to).collect();
    assert_eq!(taken.concat().len(), 2, "bob once, later once: {taken:?}");
    let reports: Vec<String> = far.taken().into_iter().map(|mail| report(&mail.body)).collect();
    assert_eq!(reports.len(), 2);
    assert!(reports.iter().any(|r| r.contains("gone@there.test") && !r.contains("bob@there.test")));
    assert!(reports.iter().any(|r| r.contains("Status: 5.1.10") && r.contains("takes no mail at all")));
}

#[tokio::test]
async fn mail_that_would_loop_is_returned_at_once() {
    let (world, peer) = world(&[]).await;
    let far = peer_on("127.0.0.4", &peer).await;
    world.send(&["x@self.test", "y@ours.test", "z@[127.0.0.99]", "w@nowhere.test"]).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert!(peer.taken().is_empty());
    let reports: String = far.taken().into_iter().map(|mail| report(&mail.body)).collect();
    assert_eq!(reports.matches("Status: 5.4.6").count(), 3, "{reports}");
    assert_eq!(reports.matches("Status: 5.1.2").count(), 1);
}

#[tokio::test]
async fn one_connection_carries_many_mails_and_few_run_at_once() {
    let (world, peer) = world(&[]).await;
    for _ in 0..200 {
        world.send(&["bob@there.test"]).await;
    }
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(peer.taken().len(), 200);
    assert!(peer.most() <= 20, "{} at once", peer.most());
    assert!(peer.connections() <= 30, "{} connections", peer.connections());
}

#[tokio::test]
async fn a_connection_lost_after_the_final_dot_is_not_repeated_at_another_host() {
    let (world, first) = world(&[("dot", Act::Close)]).await;
    let second = peer_on("127.0.0.3", &first).await;
    world.send(&["bob@there.test"]).await;
    let runner = world.start(SystemClock);
    world.until_tried(1).await;
    assert!(second.taken().is_empty());
    let facts = all_facts(&world.entries().await);
    assert_eq!(facts[0].attempts[0].step, Step::Message);
    first.tell("dot", None);
    world.until_empty().await;
    runner.stop().await;
    assert_eq!((first.taken().len(), second.taken().len()), (1, 0));
}

#[tokio::test]
async fn stopping_waits_for_an_attempt_only_so_long_and_loses_nothing() {
    let (mut world, peer) = world(&[("dot", Act::Hang)]).await;
    world.config.limits.stop = Duration::from_millis(300);
    world.send(&["bob@there.test"]).await;
    let runner = world.start(SystemClock);
    while peer.connections() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let begun = Instant::now();
    runner.stop().await;
    assert!(begun.elapsed() < Duration::from_millis(900));
    let entries = world.entries().await;
    assert_eq!(waiting(&entries), ["bob@there.test"]);
    peer.tell("dot", None);
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
}

#[tokio::test]
async fn more_recipients_than_a_server_takes_go_in_several_transactions() {
    let (mut world, peer) = world(&[]).await;
    world.config.limits.recipients = 10;
    let to: Vec<String> = (0..35).map(|n| format!("r{n}@there.test")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    world.send(&to).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    let taken = peer.taken();
    assert_eq!(taken.iter().map(|mail| mail.to.len()).sum::<usize>(), 35);
    assert!(taken.iter().all(|mail| mail.to.len() <= 10));
}

#[tokio::test]
async fn what_the_sender_wants_to_know_is_honoured() {
    let (mut world, peer) = world(&[("gone", Act::Say("550 5.1.1 gone"))]).await;
    world.config.limits.idle = Duration::from_millis(300);
    let far = peer_on("127.0.0.4", &peer).await;
    let mut mail = Mail::new("ann@far.test".parse::<Mailbox>().unwrap());
    mail.parameters.envid = Some("QQ314159".parse().unwrap());
    mail.parameters.ret = Some(Ret::Hdrs);
    let rcpt = |to: &str, notify| {
        let mut rcpt = Rcpt::new(to.parse::<Mailbox>().unwrap());
        rcpt.parameters.notify = Some(notify);
        rcpt.parameters.orcpt = OriginalRecipient::new("rfc822", "first@x.test").ok();
        rcpt
    };
    let success = Notify { success: true, failure: false, delay: false };
    let failure = Notify { success: false, failure: true, delay: false };
    world.queue(&mail, &[rcpt("gone@there.test", Notify::NEVER)], Timestamp::now()).await;
    world.queue(&mail, &[rcpt("gone@there.test", success)], Timestamp::now()).await;
    world
        .queue(&mail, &[rcpt("gone@there.test", failure), rcpt("bob@there.test", success)], Timestamp::now())
        .await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    let reports: Vec<String> = far.taken().into_iter().map(|mail| report(&mail.body)).collect();
    assert_eq!(reports.len(), 2, "{reports:#?}");
    let failed = reports.iter().find(|r| r.contains("Action: failed")).unwrap();
    assert!(failed.contains("Original-Envelope-Id: QQ314159\r\n"));
    assert!(failed.contains("Original-Recipient: rfc822; first@x.test\r\n"));
    assert!(failed.contains("text/rfc822-headers") && !failed.contains("message/rfc822\r\n"));
    assert!(reports.iter().any(|r| r.contains("Action: relayed") && r.contains("bob@there.test")));

    // A server that knows DSN is told, and reports by itself.
    peer.offer("DSN");
    tokio::time::sleep(world.config.limits.idle).await;
    world.queue(&mail, &[rcpt("bob@there.test", success)], Timestamp::now()).await;
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(far.taken().len(), 2);
}

#[tokio::test]
async fn a_lookup_that_fails_is_tried_again_and_not_returned() {
    let (world, _) = world(&[]).await;
    world.send(&["x@bad.test"]).await;
    let runner = world.start(SystemClock);
    world.until_tried(2).await;
    runner.stop().await;
    let facts = all_facts(&world.entries().await);
    assert_eq!((facts[0].attempts[0].step, facts[0].attempts[0].status.as_str()), (Step::Plan, "4.4.3"));
}

#[tokio::test]
async fn a_smarthost_takes_all() {
    let (mut world, peer) = world(&[]).await;
    world.config.smarthost = Some(("127.0.0.2".into(), peer.address.port()));
    world.config.allow_private = false;
    world.send(&["x@there.test", "y@null.test", "z@bad.test"]).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(peer.taken().iter().map(|mail| mail.to.len()).sum::<usize>(), 3);
}

#[tokio::test]
async fn a_cancelled_mail_is_not_sent_again() {
    let (world, peer) = world(&[("greeting", Act::Say("421 4.3.2 not now"))]).await;
    world.send(&["bob@there.test"]).await;
    let runner = world.start(SystemClock);
    world.until_tried(1).await;
    let id = world.entries().await[0].id;
    assert!(world.store.queue_cancel(id).await.unwrap());
    peer.tell("greeting", None);
    tokio::time::sleep(Duration::from_millis(600)).await;
    runner.stop().await;
    assert!(peer.taken().is_empty() && world.entries().await.is_empty());
}

#[tokio::test]
async fn a_queue_left_behind_by_a_clock_set_back_goes_out() {
    let (world, peer) = world(&[]).await;
    let ahead = Timestamp::now().after(Duration::from_hours(10 * 24));
    world.send_from("ann@far.test", &["bob@there.test"], ahead).await;
    assert!(
        matches!(world.entries().await[0].recipients[0].state, RecipientState::Waiting(due) if due == ahead)
    );
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(peer.taken().len(), 1);
}
