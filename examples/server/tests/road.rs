//! The whole road of a mail in one process: submitted at one server, relayed by a smarthost to the other, read there.
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use mailwright_sasl::client::Plain;
use mailwright_server::{Config, Server};
use mailwright_smtp::{
    client::{self, Envelope},
    tokio::client::{Mailer, Security},
    types::{Mail, Mailbox, Rcpt},
};
use std::sync::Arc;
use tokio::net::TcpStream;

const MESSAGE: &[u8] = b"From: ann@a.test\r\nTo: bob@b.test\r\nSubject: the road\r\n\
    Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@a.test>\r\n\r\n.Hello over the hills.\r\n";

fn mailbox(address: &str) -> Mailbox {
    address.parse().unwrap()
}

async fn mailer(server: &Server, service: &str) -> Mailer<TcpStream> {
    let stream = TcpStream::connect(server.address(service).unwrap()).await.unwrap();
    let mut config = client::Config::new("client.test".parse().unwrap());
    config.plaintext_auth = true; // it is loopback
    Mailer::connect(stream, Arc::new(config), Security::Plain).await.unwrap()
}

async fn send(mailer: &mut Mailer<TcpStream>, from: &str, to: &[&str], message: &'static [u8]) -> Vec<u16> {
    let rcpts = to.iter().map(|to| Rcpt::new(mailbox(to))).collect();
    let envelope = Envelope { mail: Mail::new(mailbox(from)), rcpts };
    let delivery = mailer.send(envelope, Bytes::from_static(message)).await.unwrap();
    delivery.fates.iter().map(|fate| fate.reply.code().value()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn submitted_here_and_read_there() {
    let folder = tempfile::tempdir().unwrap();
    let mut there = Config::for_test(folder.path().join("b"));
    (there.hostname, there.domains) = ("mail.b.test".into(), vec!["b.test".into()]);
    let there = Server::start(there).await.unwrap();
    there.add_account("bob@b.test", "secret").await.unwrap();

    let mut here = Config::for_test(folder.path().join("a"));
    (here.hostname, here.domains) = ("mail.a.test".into(), vec!["a.test".into()]);
    here.delivery.smarthost = Some(there.address("smtp").unwrap().to_string());
    let here = Server::start(here).await.unwrap();
    here.add_account("ann@a.test", "secret").await.unwrap();

    let mut mailer = mailer(&here, "submission").await;
    mailer.authenticate(Box::new(Plain::new("ann@a.test", &"secret".into()).unwrap())).await.unwrap();
    assert_eq!(send(&mut mailer, "ann@a.test", &["bob@b.test", "ann@a.test"], MESSAGE).await, [250, 250]);
    mailer.quit().await.unwrap();

    let own = here.wait_for_mail("ann@a.test", 1).await.unwrap().remove(0);
    let far = there.wait_for_mail("bob@b.test", 1).await.unwrap().remove(0);
    for (mail, hops) in [(&own, 1), (&far, 2)] {
        let text = String::from_utf8_lossy(mail);
        assert!(text.starts_with("Return-Path: <ann@a.test>\r\nReceived: from "), "{text}");
        assert_eq!(text.matches("\r\nReceived: from ").count(), hops, "{text}");
        assert!(mail.ends_with(MESSAGE), "what was sent is not touched: {text}");
    }
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_is_reached_by_lmtp_with_a_reply_for_each_recipient() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(Config::for_test(folder.path())).await.unwrap();
    server.add_account("ann@localhost", "secret").await.unwrap();
    let stream = TcpStream::connect(server.address("lmtp").unwrap()).await.unwrap();
    let mut config = client::Config::new("client.test".parse().unwrap());
    config.protocol = mailwright_smtp::server::Protocol::Lmtp;
    let mut mailer = Mailer::connect(stream, Arc::new(config), Security::Plain).await.unwrap();
    let codes = send(&mut mailer, "x@there.test", &["ann@localhost", "nobody@localhost"], MESSAGE).await;
    assert_eq!(codes, [250, 550]);
    assert_eq!(server.wait_for_mail("ann@localhost", 1).await.unwrap().len(), 1);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mail_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..=2 {
        let server = Server::start(Config::for_test(folder.path())).await.unwrap();
        server.add_account("ann@localhost", "secret").await.unwrap();
        let mut mailer = mailer(&server, "smtp").await;
        assert_eq!(send(&mut mailer, "x@there.test", &["ann@localhost"], MESSAGE).await, [250]);
        assert_eq!(server.wait_for_mail("ann@localhost", round).await.unwrap().len(), round as usize);
        server.stop().await.unwrap();
    }
}
