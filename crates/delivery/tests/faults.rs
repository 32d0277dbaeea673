//! The SMTP transport against a server that misbehaves at each step, each in each way.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/peer.rs"]
mod peer;

use std::time::Duration;

use bytes::Bytes;
use mailwright_delivery::transport::smtp::Smtp;
use mailwright_delivery::transport::{Fate, Link, Peer as Host, Protection, Sent, Transport};
use mailwright_delivery::{Config, Step};
use mailwright_smtp::client;
use mailwright_smtp::types::{Mail, Mailbox, Rcpt};
use mailwright_store::{Content, Result};
use peer::{Act, Peer};

/// A message in memory.
struct Letter(Bytes);

impl Content for Letter {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn prefix(&self) -> u32 {
        0
    }
    async fn read(&mut self, offset: u64, max: usize) -> Result<Bytes> {
        let at = usize::try_from(offset).unwrap().min(self.0.len());
        Ok(self.0.slice(at..self.0.len().min(at + max)))
    }
}

const LETTER: &str = "Subject: hi\r\n\r\nhello\r\n.dot\r\n";

/// A transport that loses patience after a second.
fn smtp() -> Smtp {
    let config = Config::new("here.test".parse().unwrap());
    let mut client = client::Config::new("here.test".parse().unwrap());
    let second = Duration::from_secs(1);
    client.limits.greeting_time = second;
    client.limits.command_time = second;
    client.limits.data_time = second;
    client.limits.message_time = second;
    client.limits.quit_time = second;
    Smtp::new(&config).with_client(client)
}

fn host(peer: &Peer) -> Host {
    Host { host: "peer.test".into(), address: peer.address, protection: Protection::Opportunistic }
}

async fn send(link: &mut impl Link, to: &[&str]) -> Sent {
    let mail = Mail::new(Mailbox::new("ann", "here.test").unwrap());
    let rcpts = to.iter().map(|to| Rcpt::new(Mailbox::new(to, "peer.test").unwrap())).collect();
    link.send(mail, rcpts, &mut Letter(LETTER.into())).await
}

/// A fate in short: the step, and the code of the reply or `lost`.
fn short(fate: &Fate) -> String {
    match fate {
        Fate::Reply(step, reply) => format!("{step:?} {}", reply.code()),
        Fate::Lost(step, _) => format!("{step:?} lost"),
        other => format!("{other:?}"),
    }
}

async fn outcome(script: &[(&'static str, Act)], to: &[&str]) -> Vec<String> {
    let peer = Peer::start(script).await;
    match smtp().connect(&host(&peer)).await {
        Ok(mut link) => send(&mut link, to).await.fates.iter().map(short).collect(),
        Err(fault) => {
            let reply = fault.reply.map(|reply| format!(" {}", reply.code())).unwrap_or_default();
            vec![format!("no link: {:?}{reply}", fault.step)]
        }
    }
}

#[tokio::test]
async fn a_mail_is_taken_whole() {
    let peer = Peer::start(&[]).await;
    let mut link = smtp().connect(&host(&peer)).await.unwrap();
    let sent = send(&mut link, &["bob", "eve"]).await;
    assert!(sent.usable);
    assert_eq!(sent.fates.iter().map(short).collect::<Vec<_>>(), ["Message 250", "Message 250"]);
    let sent = send(&mut link, &["bob"]).await;
    assert_eq!(sent.fates.iter().map(short).collect::<Vec<_>>(), ["Message 250"]);
    link.close().await;
    let taken = peer.taken();
    assert_eq!(taken.len(), 2);
    assert_eq!(taken[0].to.len(), 2);
    assert_eq!(taken[0].body, LETTER);
    assert_eq!(peer.connections(), 1, "both went over one connection");
}

#[tokio::test]
async fn every_fault_at_every_step_is_told_apart() {
    let steps = [
        ("greeting", "no link: Greeting", "no link: Greeting"),
        ("EHLO", "no link: Greeting", "no link: Greeting"),
        ("MAIL", "Mail 451", "Mail lost"),
        ("RCPT", "Rcpt 451", "Mail lost"),
        ("DATA", "Data 451", "Mail lost"),
        ("dot", "Message 451", "Message lost"),
    ];
    let mut runs = tokio::task::JoinSet::new();
    for (step, refused, lost) in steps {
        for (act, expected) in [
            (Act::Say("451 4.3.0 not now"), refused.to_owned()),
            (Act::Say("550 5.7.1 never"), refused.replace("451", "550")),
            (Act::Close, lost.to_owned()),
            (Act::Reset, lost.to_owned()),
            (Act::Hang, lost.to_owned()),
            (Act::Drip("250-a very long answer that does not end"), lost.to_owned()),
            (Act::Say("what?"), lost.to_owned()),
        ] {
            // RFC 5321 §3.2: a server that does not know EHLO is greeted with HELO.
            let fallen_back = step == "EHLO" && act == Act::Say("550 5.7.1 never");
            let expected = if fallen_back { "Message 250".to_owned() } else { expected };
            runs.spawn(async move {
                let got = outcome(&[(step, act)], &["bob"]).await;
                (format!("{step} {act:?}"), expected, got)
            });
        }
    }
    let mut wrong = Vec::new();
    while let Some(run) = runs.join_next().await {
        let (what, expected, got) = run.unwrap();
        // A greeting or EHLO that was refused names its code as well.
        if got.len() != 1 || !got[0].starts_with(&expected) {
            wrong.push(format!("{what}: expected {expected}, found {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn recipients_have_fates_of_their_own() {
    let script = [
        ("full", Act::Say("452 4.2.2 full")),
        ("nobody", Act::Say("550 5.1.1 who?")),
        ("odd", Act::Say("551 moved")),
    ];
    let got = outcome(&script, &["bob", "full", "nobody", "odd", "eve"]).await;
    assert_eq!(got, ["Message 250", "Rcpt 452", "Rcpt 550", "Rcpt 551", "Message 250"]);
    let got = outcome(&script, &["full", "nobody"]).await;
    assert_eq!(got, ["Rcpt 452", "Rcpt 550"]);
    let refused = [("full", Act::Say("452 4.2.2 full")), ("dot", Act::Say("554 5.6.0 no"))];
    assert_eq!(outcome(&refused, &["bob", "full"]).await, ["Message 554", "Rcpt 452"]);
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_down() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let fault = smtp()
        .connect(&Host { host: "peer.test".into(), address, protection: Protection::Opportunistic })
        .await
        .err()
        .unwrap();
    assert!(fault.down);
    assert_eq!(fault.step, Step::Connect);
    let silent = Peer::start(&[("greeting", Act::Hang)]).await;
    assert!(
        smtp().connect(&host(&silent)).await.err().unwrap().down,
        "nor is one that says nothing worth another wait"
    );
    let grumpy = Peer::start(&[("greeting", Act::Say("554 go away"))]).await;
    assert!(!smtp().connect(&host(&grumpy)).await.err().unwrap().down);
}

#[tokio::test]
async fn starttls_that_fails_is_gone_without() {
    for act in [Act::Say("454 4.7.0 no TLS today"), Act::Say("220 go on, then nothing but noise"), Act::Close]
    {
        let peer = Peer::start(&[("STARTTLS", act)]).await;
        peer.offer("STARTTLS");
        let mut link =
            smtp().connect(&host(&peer)).await.unwrap_or_else(|fault| panic!("{act:?}: {fault:?}"));
        assert_eq!(link.tls(), None);
        assert_eq!(
            send(&mut link, &["bob"]).await.fates.iter().map(short).collect::<Vec<_>>(),
            ["Message 250"]
        );
    }
}

#[tokio::test]
async fn mail_leaves_from_the_address_of_its_hosts_family() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = Config::new("here.test".parse().unwrap());
    config.source = vec!["::1".parse().unwrap(), "127.0.0.77".parse().unwrap()];
    let address = listener.local_addr().unwrap();
    let host = Host { host: "peer.test".into(), address, protection: Protection::Opportunistic };
    let smtp = Smtp::new(&config);
    tokio::select! {
        _ = smtp.connect(&host) => panic!("nobody greets"),
        accepted = listener.accept() => assert_eq!(accepted.unwrap().1.ip().to_string(), "127.0.0.77"),
    }
}
