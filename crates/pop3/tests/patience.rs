//! How long a slow peer is borne with, by a clock that the test winds.
#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use std::{io, sync::Arc, time::Duration};

use bytes::Bytes;
use mailwright_pop3::{
    server::{Config, Peer, Refusal, Server},
    tokio::{
        Connection,
        server::{Backend, Content, Maildrop, serve},
    },
    types::Entry,
};
use mailwright_sasl::{
    Seed,
    server::{Answer, Identity, Policy, Question},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    sync::oneshot,
    time::Instant,
};

/// A maildrop of which the test wants to know whether its changes were kept.
struct Empty(Option<oneshot::Sender<()>>);

impl Backend for Empty {
    type Maildrop = Self;

    async fn authenticate(&mut self, _: &Peer, _: &Question) -> Answer {
        Answer::accept("a")
    }

    async fn open(&mut self, _: &Peer, _: &Identity) -> Result<Self, Refusal> {
        Ok(Self(self.0.take()))
    }
}

impl Maildrop for Empty {
    type Content = Nothing;

    fn entries(&mut self) -> Vec<Entry> {
        Vec::new()
    }

    async fn read(&mut self, _: usize, _: bool) -> Result<Nothing, Refusal> {
        Ok(Nothing)
    }

    async fn commit(self, _: Vec<usize>) -> Result<(), Refusal> {
        self.0.unwrap().send(()).unwrap();
        Ok(())
    }
}

struct Nothing;

impl Content for Nothing {
    async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
        Ok(None)
    }
}

/// A connection, and what tells whether its maildrop entered the UPDATE state: an error when it never will.
fn connected() -> (DuplexStream, oneshot::Receiver<()>) {
    let (near, far) = duplex(4096);
    let policy = Policy::new(Seed::new([7; 32])).plaintext_without_tls(true);
    let server = Server::new(Arc::new(Config::new("dewey", policy)));
    let (kept, update) = oneshot::channel();
    tokio::spawn(async move { serve(Connection::new(far, server), &mut Empty(Some(kept))).await });
    (near, update)
}

/// Sends a command again and again; tells after how many seconds the server has had enough, and its last words: RFC 1939
/// section 3 lets it say nothing of that itself.
async fn drip(stream: &mut DuplexStream, command: &str, every: Duration, most: Duration) -> (u64, String) {
    let (start, mut said) = (Instant::now(), Vec::new());
    let ended = loop {
        let heard = async { while stream.read_buf(&mut said).await.is_ok_and(|octets| octets > 0) {} };
        let closed = tokio::time::timeout(every, heard).await.is_ok();
        if closed || start.elapsed() >= most || stream.write_all(command.as_bytes()).await.is_err() {
            break start.elapsed();
        }
    };
    let said = String::from_utf8(said).unwrap();
    (ended.as_secs(), said.lines().last().unwrap_or_default().to_owned())
}

const OPEN: &str = "+OK maildrop has 0 messages (0 octets)";
const LONG: Duration = Duration::from_mins(60);

#[tokio::test(start_paused = true)]
async fn ten_minutes_without_a_command_end_the_session_and_remove_nothing() {
    let (mut stream, update) = connected();
    stream.write_all(b"USER a\r\nPASS x\r\n").await.unwrap();
    let (after, said) = drip(&mut stream, "", LONG, LONG).await;
    assert_eq!((after, said.as_str()), (600, OPEN));
    assert!(update.await.is_err(), "it did not enter the UPDATE state");
}

#[tokio::test(start_paused = true)]
async fn a_command_every_nine_minutes_keeps_a_session_and_the_start_of_one_does_not() {
    const NINE_MINUTES: Duration = Duration::from_mins(9);
    let (mut stream, _update) = connected();
    stream.write_all(b"USER a\r\nPASS x\r\n").await.unwrap();
    let (after, said) = drip(&mut stream, "NOOP\r\n", NINE_MINUTES, LONG).await;
    assert_eq!((after, said.as_str()), (63 * 60, "+OK"));

    let (mut stream, _update) = connected();
    stream.write_all(b"USER a\r\nPASS x\r\n").await.unwrap();
    let (after, said) = drip(&mut stream, "N", Duration::from_secs(10), LONG).await;
    assert_eq!((after, said.as_str()), (600, OPEN));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_log_in_has_a_minute_for_a_first_command_and_three_from_then_on() {
    let (mut stream, _update) = connected();
    assert_eq!(drip(&mut stream, "", LONG, LONG).await, (60, "+OK dewey POP3 ready".to_owned()));
    let (mut stream, _update) = connected();
    let (after, said) = drip(&mut stream, "CAPA\r\n", Duration::from_secs(20), LONG).await;
    assert_eq!((after, said.as_str()), (200, "."));
}
