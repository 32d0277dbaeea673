//! What an SMTP session on the wire is like, beyond what other servers say in one.
#![allow(clippy::unwrap_used)]

use mailwright_sasl::frame;
use mailwright_server::{Config, Server};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A connection, and the replies that come over it.
struct Peer(BufReader<TcpStream>);

impl Peer {
    async fn greeted(server: &Server, service: &str) -> Self {
        let mut peer =
            Self(BufReader::new(TcpStream::connect(server.address(service).unwrap()).await.unwrap()));
        assert!(peer.reply().await.starts_with("220 "));
        peer
    }

    async fn tell(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }

    /// The whole next reply; nothing when the connection has ended.
    async fn reply(&mut self) -> String {
        let mut reply = String::new();
        loop {
            let begin = reply.len();
            let read = self.0.read_line(&mut reply).await.unwrap();
            if read == 0 || reply.as_bytes()[begin + 3] == b' ' {
                return reply;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_places_are_scarce_there_is_no_patience() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::for_test(folder.path());
    config.limits.connections = 8;
    let server = Server::start(config).await.unwrap();
    let mut idle = Vec::new();
    for _ in 0..5 {
        idle.push(Peer::greeted(&server, "smtp").await);
    }
    // The sixth place makes it crowded, for itself and for those that follow.
    let mut hurried = Peer::greeted(&server, "smtp").await;
    assert!(hurried.tell("EHLO c").await.starts_with("250-"));
    assert!(hurried.tell("WIZ").await.starts_with("500 "));
    assert!(hurried.reply().await.starts_with("421 4.7.0 "));
    assert!(hurried.reply().await.is_empty(), "the place is free");
    assert!(idle[0].tell("WIZ").await.starts_with("500 "));
    assert!(idle[0].tell("NOOP").await.starts_with("250 "), "who came before keeps what it was given");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_may_wait_and_be_urgent() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::for_test(folder.path());
    config.limits.held_per_account = 1;
    let server = Server::start(config.clone()).await.unwrap();
    server.add_account("ann@localhost", "secret").await.unwrap();
    let mut relay = Peer::greeted(&server, "smtp").await;
    let offered = relay.tell("EHLO c").await;
    for keyword in ["FUTURERELEASE", "DELIVERBY", "MT-PRIORITY"] {
        assert!(!offered.contains(keyword), "not between servers: {offered}");
    }
    assert!(relay.tell("MAIL FROM:<x@y.test> HOLDFOR=5").await.starts_with("555 5.5.4 "));

    let mut peer = Peer::greeted(&server, "submission").await;
    let offered = peer.tell("EHLO c").await;
    let limit = offered.lines().find_map(|line| line.split_once("FUTURERELEASE 5184000 ")).unwrap().1;
    for keyword in ["DELIVERBY\r\n", "MT-PRIORITY\r\n"] {
        assert!(offered.contains(keyword), "{offered}");
    }
    let credentials = frame::encode(b"\0ann@localhost\0secret");
    assert!(peer.tell(&format!("AUTH PLAIN {credentials}")).await.starts_with("235 "));
    for (parameters, code) in [
        ("HOLDFOR=5184001", "501 5.5.4 "),
        ("HOLDUNTIL=9999-12-31T00:00:00Z", "501 5.5.4 "),
        ("HOLDFOR=60 BY=30;R", "501 5.5.4 "),
        (&format!("HOLDUNTIL={limit} BY=3600;N"), "501 5.5.4 "),
        ("BY=0;R", "501 5.5.4 "),
        ("MT-PRIORITY=10", "501 5.5.4 "),
    ] {
        let said = peer.tell(&format!("MAIL FROM:<ann@localhost> {parameters}")).await;
        assert!(said.starts_with(code), "{parameters}: {said}");
    }
    let begun = Instant::now();
    for (line, code) in [
        ("MAIL FROM:<ann@localhost> HOLDFOR=2 BY=60;R MT-PRIORITY=4", "250 "),
        ("RCPT TO:<ann@localhost>", "250 "),
        ("RCPT TO:<postmaster>", "250 "),
        ("DATA", "354 "),
        ("Subject: later\r\n\r\nhi\r\n.", "250 "),
    ] {
        let said = peer.tell(line).await;
        assert!(said.starts_with(code), "{line}: {said}");
    }
    // One may wait at a time, and it does.
    let held = "MAIL FROM:<ann@localhost> HOLDFOR=60";
    let said = peer.tell(held).await;
    assert!(said.starts_with("552 5.7.16 "), "{said}");
    assert!(
        peer.tell("MAIL FROM:<ann@localhost>").await.starts_with("250 ")
            && peer.tell("RSET").await.starts_with("250 ")
    );
    let mails = server.wait_for_mail("ann@localhost", 1).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(2), "it came after {:?}", begun.elapsed());
    let mail = String::from_utf8_lossy(&mails[0]).into_owned();
    assert!(mail.contains("\r\n\tPRIORITY 4; "), "{mail}");

    // There is room again. What waits then is known to the next server.
    for line in [held, "RCPT TO:<ann@localhost>", "DATA", "Subject: much later\r\n\r\nhi\r\n."] {
        let said = peer.tell(line).await;
        assert!(said.starts_with("250 ") || said.starts_with("354 "), "{line}: {said}");
    }
    server.stop().await.unwrap();
    let server = Server::start(config).await.unwrap();
    let mut peer = Peer::greeted(&server, "submission").await;
    for (line, code) in
        [("EHLO c", "250-"), (&format!("AUTH PLAIN {credentials}"), "235 "), (held, "552 5.7.16 ")]
    {
        let said = peer.tell(line).await;
        assert!(said.starts_with(code), "{line}: {said}");
    }
}
