//! Reading mail by POP3 from a whole server.
#![allow(clippy::unwrap_used, clippy::panic)]

use mailwright_pop3::{
    client,
    tokio::client::{Error, Maildrop, Security},
    types::{MessageNumber, ResponseCode},
};
use mailwright_sasl::client::Credentials;
use mailwright_server::{Config, Server};
use std::{path::Path, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

const ALICE: &str = "alice@example.test";

async fn start(folder: &Path) -> Server {
    let text = "domains = ['example.test']\n[listen]\nsmtp = '127.0.0.1:0'\npop3 = '127.0.0.1:0'\nimap = '127.0.0.1:0'";
    let mut config = Config::parse(text, "test").unwrap();
    config.data = folder.to_owned();
    let server = Server::start(config).await.unwrap();
    server.add_account(ALICE, "secret").await.unwrap();
    server
}

/// Has another server deliver a message.
async fn deliver(server: &Server, body: &str) {
    let mut stream = TcpStream::connect(server.address("smtp").unwrap()).await.unwrap();
    let message = format!("Subject: {}\r\n\r\n{body}\r\n.\r\n", body.lines().next().unwrap_or_default());
    let mail = format!("MAIL FROM:<bob@there.test>\r\nRCPT TO:<{ALICE}>\r\nDATA\r\n");
    for (commands, reply) in [("EHLO there.test\r\n", "\r\n250 "), (&mail, "\r\n354 ")] {
        stream.write_all(commands.as_bytes()).await.unwrap();
        let (mut said, mut buffer) = (String::new(), [0; 1024]);
        while !said.contains(reply) {
            let read = stream.read(&mut buffer).await.unwrap();
            assert!(read > 0, "{said}");
            said.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    }
    stream.write_all(format!("{message}QUIT\r\n").as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    assert!(said.starts_with("250 "), "{said}");
}

async fn connect(server: &Server) -> Maildrop<TcpStream> {
    let stream = TcpStream::connect(server.address("pop3").unwrap()).await.unwrap();
    Maildrop::connect(stream, Arc::new(client::Config::default()), Security::Plain).await.unwrap()
}

async fn log_in(server: &Server) -> Result<Maildrop<TcpStream>, Error> {
    let mut maildrop = connect(server).await;
    maildrop.log_in(&Credentials::password(ALICE, "secret")).await?;
    Ok(maildrop)
}

async fn ids(maildrop: &mut Maildrop<TcpStream>) -> Vec<String> {
    maildrop.unique_ids().await.unwrap().into_iter().map(|(_, id)| id.to_string()).collect()
}

fn number(n: u32) -> MessageNumber {
    MessageNumber::new(n).unwrap()
}

#[tokio::test]
async fn what_was_delivered_is_read_as_it_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    deliver(&server, "one\r\n..\r\n..stuffed\r\nlast").await;
    let stored = server.wait_for_mail(ALICE, 1).await.unwrap();
    let mut maildrop = log_in(&server).await.unwrap();
    let sizes = maildrop.sizes().await.unwrap();
    assert_eq!(sizes, [(number(1), stored[0].len() as u64)], "the size is the number of octets sent");
    let read = maildrop.retrieve(number(1)).await.unwrap().read(1 << 20).await.unwrap().unwrap();
    assert_eq!(read, stored[0]);
    let top = maildrop.top(number(1), 1).await.unwrap().read(1 << 20).await.unwrap().unwrap();
    assert!(stored[0].starts_with(&top) && top.ends_with(b"\r\n\r\none\r\n"));
    maildrop.quit().await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test]
async fn messages_go_at_quit_and_only_then_and_keep_their_identifiers() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    for body in ["one", "two", "three"] {
        deliver(&server, body).await;
    }
    server.wait_for_mail(ALICE, 3).await.unwrap();
    let mut first = log_in(&server).await.unwrap();
    let before = ids(&mut first).await;
    first.delete(number(2)).await.unwrap();
    drop(first); // no QUIT

    // The lock is gone when the server has seen the connection go.
    let mut second = loop {
        match log_in(&server).await {
            Ok(maildrop) => break maildrop,
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
        }
    };
    assert_eq!(ids(&mut second).await, before, "nothing is gone");
    second.delete(number(2)).await.unwrap();
    second.quit().await.unwrap();
    server.stop().await.unwrap();

    let server = start(folder.path()).await;
    let mut third = log_in(&server).await.unwrap();
    assert_eq!(ids(&mut third).await, [before[0].clone(), before[2].clone()], "the same after a restart");
    third.quit().await.unwrap();
    server.stop().await.unwrap();
}

/// Has these commands done by IMAP, all of them with success.
async fn imap(server: &Server, commands: &[&str]) {
    let mut stream = TcpStream::connect(server.address("imap").unwrap()).await.unwrap();
    stream.write_all(format!("a LOGIN {ALICE} secret\r\n").as_bytes()).await.unwrap();
    for (tag, command) in commands.iter().enumerate() {
        stream.write_all(format!("{tag} {command}\r\n").as_bytes()).await.unwrap();
    }
    stream.write_all(b"z LOGOUT\r\n").await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    for tag in 0..commands.len() {
        assert!(said.contains(&format!("\r\n{tag} OK ")), "{said}");
    }
}

#[tokio::test]
async fn an_identifier_stays_with_a_message_that_comes_back_and_a_copy_never_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    for body in ["one", "two"] {
        deliver(&server, body).await;
    }
    server.wait_for_mail(ALICE, 2).await.unwrap();
    let seen = async || {
        let mut maildrop = log_in(&server).await.unwrap();
        let ids = ids(&mut maildrop).await;
        maildrop.quit().await.unwrap();
        ids
    };
    let first = seen().await;
    imap(&server, &["SELECT INBOX", "MOVE 1 Archive", "SELECT Archive", "MOVE 1 INBOX"]).await;
    assert_eq!(seen().await, [first[1].clone(), first[0].clone()], "moved away and back");
    // Copies of the first, from the inbox itself and by way of another mailbox.
    imap(&server, &["SELECT INBOX", "COPY 1 INBOX", "COPY 1 Archive", "SELECT Archive", "COPY 1 INBOX"])
        .await;
    let copies = seen().await;
    assert_eq!(copies[..2], [first[1].clone(), first[0].clone()]);
    let different: std::collections::HashSet<_> = copies.iter().collect();
    assert_eq!(different.len(), 4, "{copies:?}");
    let mut maildrop = log_in(&server).await.unwrap();
    maildrop.delete(number(1)).await.unwrap();
    maildrop.quit().await.unwrap();
    imap(&server, &["SELECT INBOX", "STORE 1:* FLAGS (\\Seen)", "STORE 1:* -FLAGS (\\Seen)"]).await;
    assert_eq!(seen().await, copies[1..], "whichever goes first");
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_session_has_the_maildrop_to_itself_and_as_it_was_at_login() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    deliver(&server, "one").await;
    server.wait_for_mail(ALICE, 1).await.unwrap();
    let mut maildrop = log_in(&server).await.unwrap();
    let Err(Error::Login(client::AuthError::Refused(reply))) = log_in(&server).await else { panic!() };
    assert_eq!(reply.code, Some(ResponseCode::InUse));
    deliver(&server, "two").await;
    server.wait_for_mail(ALICE, 2).await.unwrap();
    assert_eq!(maildrop.totals().await.unwrap().0, 1);
    maildrop.quit().await.unwrap();
    let mut maildrop = log_in(&server).await.unwrap();
    assert_eq!(maildrop.totals().await.unwrap().0, 2);
    maildrop.quit().await.unwrap();
    server.stop().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_says_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let mut answers = Vec::new();
    for (user, password) in [(ALICE, "wrong"), ("nobody@example.test", "secret")] {
        let done = connect(&server).await.log_in(&Credentials::password(user, password)).await;
        let Err(Error::Login(error)) = done else { panic!("{user}") };
        answers.push(error);
    }
    assert_eq!(answers[0], answers[1]);
    server.stop().await.unwrap();
}
