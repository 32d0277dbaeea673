//! How long a slow peer is borne with, by a clock that the test winds.
#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use mailwright_smtp::{
    server::{Config, Peer, Server, Verdict},
    tokio::{
        Connection,
        server::{Backend, Message, serve},
    },
    types::{Rcpt, Reply},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    time::{Instant, sleep, sleep_until, timeout_at},
};

struct Taker;

impl Backend for Taker {
    type Message = Self;

    async fn rcpt(&mut self, _: &Peer, _: &Rcpt) -> Result<(), Reply> {
        Ok(())
    }

    async fn data(&mut self, _: &Peer) -> Result<Self, Reply> {
        Ok(Self)
    }
}

impl Message for Taker {
    async fn write(&mut self, _: Bytes) -> Result<(), Reply> {
        Ok(())
    }

    async fn finish(self) -> Verdict {
        Reply::ok("taken").into()
    }
}

/// A connection past `EHLO` and these commands.
async fn connected(commands: &str) -> DuplexStream {
    let (mut near, far) = tokio::io::duplex(64 * 1024);
    let server = Server::new(Arc::new(Config::new("mx.example.org")));
    tokio::spawn(async move { serve(Connection::new(far, server), &mut Taker).await });
    for group in ["EHLO c\r\n", commands] {
        near.write_all(group.as_bytes()).await.unwrap();
        sleep(Duration::from_millis(1)).await;
    }
    near
}

/// Writes this again and again until the server has had enough; tells after how many seconds, and its last words.
async fn drip(mut stream: DuplexStream, piece: &[u8], every: Duration, most: Duration) -> (u64, String) {
    let start = Instant::now();
    let mut said = Vec::new();
    while start.elapsed() < most && !said.ends_with(b"long\r\n") && stream.write_all(piece).await.is_ok() {
        let next = Instant::now() + every;
        _ = timeout_at(next, stream.read_buf(&mut said)).await;
        sleep_until(next).await;
    }
    let said = String::from_utf8(said).unwrap();
    (start.elapsed().as_secs(), said.lines().last().unwrap_or_default().to_owned())
}

const DATA: &str = "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n";
const LATE: &str = "421 4.4.2 You took too long";

#[tokio::test(start_paused = true)]
async fn five_hundred_octets_a_second_are_the_least() {
    const SECOND: Duration = Duration::from_secs(1);
    for (octets, borne) in [(1, false), (400, false), (600, true)] {
        let line = vec![b'x'; octets];
        let (after, said) = drip(connected(DATA).await, &line, SECOND, Duration::from_mins(10)).await;
        if borne {
            assert_eq!((after, said.as_str()), (600, "354 Send the message, end it with CRLF.CRLF"));
        } else {
            assert!((60..=62).contains(&after) && said == LATE, "{octets}: {after} s, {said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_after_an_hour_and_an_open_transaction_after_two() {
    let minutes = |n| Duration::from_mins(n);
    let rcpt = b"RCPT TO:<c@d.example>\r\n";
    let (after, said) =
        drip(connected("").await, b"MAIL FROM:<>\r\nRSET\r\n", minutes(4), minutes(200)).await;
    assert!((3600..=3840).contains(&after) && said == LATE, "{after} s, {said}");
    let (after, said) = drip(connected("MAIL FROM:<>\r\n").await, rcpt, minutes(4), minutes(200)).await;
    assert!((7200..=7440).contains(&after) && said == LATE, "{after} s, {said}");
    let open = "MAIL FROM:<>\r\nRCPT TO:<c@d.example>\r\n";
    let (after, said) =
        drip(connected(open).await, b"BDAT 1\r\nx", Duration::from_secs(50), minutes(200)).await;
    assert!((7200..=7260).contains(&after) && said == LATE, "{after} s, {said}");
}
