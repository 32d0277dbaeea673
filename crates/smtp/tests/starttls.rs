//! Nothing said in plaintext lives on inside TLS, on either side.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "support/desk.rs"]
mod desk;

use std::sync::Arc;

use bytes::BufMut;
use desk::Desk;
use mailwright_smtp::{
    client::{self, Client},
    server::{Config, Error, Server, StartTls},
};
use mailwright_wire::{Session, Step, TlsInfo, Upgrading};

fn config() -> Config {
    Config { starttls: StartTls::Offered, ..Config::new("mx") }
}

/// Commands that were put behind STARTTLS, in the same segment or in a later one.
const INJECTED: [&[u8]; 8] = [
    b"NOOP\r\n",
    b"MAIL FROM:<evil@x.example>\r\n",
    b"EHLO evil\r\n",
    b"RSET\r\nQUIT\r\n",
    b"N",
    b"\r\n",
    b"\0",
    b"AUTH PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm\r\n",
];

#[test]
fn a_command_behind_starttls_ends_the_session_at_every_cut() {
    for injected in INJECTED {
        let input = [b"STARTTLS\r\n", injected].concat();
        for cut in 1..=input.len() {
            let mut desk = Desk::greeted(config());
            desk.said.clear();
            let left = desk.feed(&input, cut);
            assert_eq!(desk.said(), "220 2.0.0 Ready to start TLS\r\n");
            let server = desk.server.take().unwrap();
            if left == injected.len() {
                // It was not even read: it goes to the handshake, which fails on it.
                assert!(server.upgrade().is_ok());
            } else {
                assert_eq!(server.upgrade().unwrap_err(), Error::PlaintextAfterStartTls);
            }
        }
    }
}

#[test]
fn the_session_forgets_who_it_spoke_with() {
    let mut desk = Desk::greeted(config());
    desk.feed(b"STARTTLS\r\n", 99);
    let server = desk.server.take().unwrap();
    assert!(server.peer().hello().is_some());
    let server = server.upgrade().unwrap().secured(TlsInfo::default());
    assert!(server.peer().hello().is_none() && server.peer().tls().is_some());
    desk.server = Some(server);
    assert!(desk.replies(b"MAIL FROM:<a@b.example>\r\n").starts_with("503 "));
    assert!(desk.replies(b"RCPT TO:<a@b.example>\r\n").starts_with("503 "));
    assert!(!desk.replies(b"EHLO c\r\n").contains("STARTTLS"));
    assert!(desk.replies(b"STARTTLS\r\n").starts_with("503 "));
}

#[test]
fn errors_are_counted_across_starttls() {
    let mut config = config();
    config.limits.errors_hard = 3;
    let mut desk = Desk::greeted(config);
    desk.feed(b"WIZ\r\nWIZ\r\nSTARTTLS\r\n", 99);
    desk.server = Some(desk.server.take().unwrap().upgrade().unwrap().secured(TlsInfo::default()));
    assert!(desk.replies(b"WIZ\r\n").ends_with("421 4.7.0 Too many errors\r\n"));
}

#[test]
fn there_is_no_upgrade_without_starttls() {
    let server = Server::new(Arc::new(config()));
    assert_eq!(server.upgrade().unwrap_err(), Error::NoUpgrade);
    let client = Client::new(Arc::new(client::Config::new("c".parse().unwrap())));
    assert_eq!(client.upgrade().unwrap_err(), client::Error::NoUpgrade);
}

/// How a client that wants TLS ends up, given these replies.
#[derive(Debug, PartialEq)]
enum End {
    /// It asks for the handshake, with nothing left over.
    Handshake,
    /// It goes on in plaintext: the application decides.
    Refused,
    /// It takes leave.
    Unwelcome,
    /// It is waiting for more.
    Waiting,
    Failed(client::Error),
}

fn client(replies: &[u8], cut: usize) -> (End, Vec<u8>) {
    let mut client = Client::new(Arc::new(client::Config::new("c".parse().unwrap())));
    let (mut pieces, mut said) = (replies.chunks(cut), vec![]);
    let end = loop {
        match client.poll() {
            Ok(Step::Write(bytes)) => said.extend_from_slice(&bytes),
            Ok(Step::Read(_)) => match pieces.next() {
                Some(piece) => client.slot().unwrap().put_slice(piece),
                None => break End::Waiting,
            },
            Ok(Step::Event(client::Event::Ready(_))) => client.start_tls().unwrap(),
            Ok(Step::Event(client::Event::TlsRefused(_))) => break End::Refused,
            Ok(Step::Event(client::Event::Unwelcome(_)) | Step::Close) => break End::Unwelcome,
            Ok(Step::Upgrade) => {
                break match client.upgrade() {
                    Ok(_) => End::Handshake,
                    Err(e) => End::Failed(e),
                };
            }
            Err(e) => break End::Failed(e),
            other => panic!("{other:?}"),
        }
    };
    (end, said)
}

#[test]
fn a_reply_behind_the_reply_to_starttls_ends_the_session() {
    for injected in ["250 evil\r\n", "2", "\r\n", "250-evil\r\n250 AUTH PLAIN\r\n", "220 again\r\n"] {
        let start = "220 mx\r\n250-mx\r\n250 STARTTLS\r\n";
        let input = format!("{start}220 go\r\n{injected}");
        // Whole, so that the injected reply is there with the real one.
        assert_eq!(
            client(input.as_bytes(), input.len()).0,
            End::Failed(client::Error::PlaintextAfterStartTls)
        );
    }
}

#[test]
fn every_reply_at_every_stage_has_a_defined_end() {
    use client::Error::Unexpected;
    let codes = [220, 221, 354, 421, 500, 501, 502, 504, 530, 550, 554];
    for code in codes {
        let number = mailwright_smtp::types::ReplyCode::new(code).unwrap();
        let greeting = client(format!("{code} x\r\n").as_bytes(), 3).0;
        assert_eq!(greeting, if code == 220 { End::Waiting } else { End::Unwelcome }, "{code}");

        let (hello, said) = client(format!("220 mx\r\n{code} x\r\n").as_bytes(), 3);
        match code {
            421 => assert_eq!(hello, End::Unwelcome),
            220 | 221 | 354 => assert_eq!(hello, End::Failed(Unexpected(number))),
            // Falls back to HELO, which knows no STARTTLS.
            _ => assert_eq!((hello, said.ends_with(b"HELO c\r\n")), (End::Waiting, true), "{code}"),
        }

        let helo = client(format!("220 mx\r\n500 x\r\n{code} x\r\n").as_bytes(), 3).0;
        match code {
            220 | 221 | 354 => assert_eq!(helo, End::Failed(Unexpected(number))),
            _ => assert_eq!(helo, End::Unwelcome, "{code}"),
        }

        let tls = client(format!("220 mx\r\n250 STARTTLS\r\n{code} x\r\n").as_bytes(), 3).0;
        match code {
            220 => assert_eq!(tls, End::Handshake),
            221 | 354 => assert_eq!(tls, End::Failed(Unexpected(number))),
            _ => assert_eq!(tls, End::Refused, "{code}"),
        }
    }
}
