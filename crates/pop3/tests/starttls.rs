//! Nothing crosses from the plaintext world into TLS, RFC 2595 §2.4.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use bytes::BufMut;
use mailwright_pop3::server::{Config, Error, Server, Stls};
use mailwright_sasl::{Seed, server::Policy};
use mailwright_wire::{Session, Step, TlsInfo, Upgrading};

fn server() -> Server {
    let policy = Policy::new(Seed::new([7; 32]));
    Server::new(Arc::new(Config { stls: Stls::Offered, ..Config::new("dewey", policy) }))
}

/// Feeds the pieces; returns what was said, and whether all was taken.
fn feed(server: &mut Server, pieces: &[&[u8]]) -> (String, bool) {
    let (mut said, mut pieces) = (String::new(), pieces.iter());
    loop {
        match server.poll().unwrap() {
            Step::Write(bytes) => said.push_str(std::str::from_utf8(&bytes).unwrap()),
            Step::Read(_) => match pieces.next() {
                Some(piece) => server.slot().unwrap().put_slice(piece),
                None => return (said, true),
            },
            Step::Upgrade => {
                assert!(server.slot().is_none(), "no octet may be read before the handshake");
                return (said, pieces.next().is_none());
            }
            Step::Event(_) | Step::Pause(_) => {}
            Step::Answer | Step::Close => panic!("neither was expected"),
        }
    }
}

#[test]
fn what_stands_behind_stls_is_never_answered_wherever_it_is_cut() {
    let input = b"STLS\r\nNOOP\r\n";
    for cut in 1..=input.len() {
        let mut server = server();
        let (said, _) = feed(&mut server, &[&input[..cut], &input[cut..]]);
        assert_eq!(said, "+OK dewey POP3 ready\r\n+OK begin TLS\r\n", "cut at {cut}");
        let more_came_along = cut != 6;
        match server.upgrade() {
            Ok(_) => assert!(!more_came_along, "cut at {cut}"),
            Err(error) => {
                assert!(more_came_along && error == Error::PlaintextAfterStls, "cut at {cut}: {error}");
            }
        }
    }
}

#[test]
fn the_session_inside_tls_is_a_fresh_one() {
    let mut before = server();
    let _ = feed(&mut before, &[b"USER mrose\r\n", b"STLS\r\n"]);
    let mut inside = before.upgrade().unwrap().secured(TlsInfo::default());
    let (said, _) = feed(&mut inside, &[b"PASS tanstaaf\r\n"]);
    assert_eq!(said, "-ERR send USER first\r\n", "neither a greeting nor the name from before");
    assert!(inside.peer().tls().is_some());
}

#[test]
fn errors_are_counted_across_the_handshake() {
    let mut before = server();
    let _ = feed(&mut before, &[b"FOO\r\n", b"BAR\r\n", b"STLS\r\n"]);
    let mut inside = before.upgrade().unwrap().secured(TlsInfo::default());
    inside.slot().unwrap().put_slice(b"BAZ\r\n");
    let mut closed = false;
    while !closed {
        match inside.poll().unwrap() {
            Step::Close => closed = true,
            Step::Read(_) => panic!("it goes on"),
            _ => {}
        }
    }
}
