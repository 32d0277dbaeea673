//! The `tokio` driver: deadlines, upgrade, pauses, cancellation, and the last reply arriving.
#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use mailwright_wire::{
    Farewell, Input, LineDecoder, Output, Session, Slot, Step, TlsInfo, Upgrading, Wait,
    tokio::{Connection, Error, client_tls, server_tls},
};
use std::{sync::Arc, time::Duration};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

const PATIENCE: Duration = Duration::from_mins(1);

/// Echoes lines in upper case; knows `tls`, `wait` and `quit`.
#[derive(Debug)]
struct Echo {
    input: Input,
    lines: LineDecoder,
    out: Output,
    taken: u64,
    next: Option<Step<Bytes>>,
    tls: Option<TlsInfo>,
    eof: bool,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("plaintext after the upgrade command")]
struct Injected;

struct Between;

impl Upgrading for Between {
    type Session = Echo;
    fn secured(self, tls: TlsInfo) -> Echo {
        Echo { tls: Some(tls), ..Echo::new() }
    }
}

impl Echo {
    fn new() -> Self {
        let (input, lines) = (Input::new(64), LineDecoder::new(32));
        Self { input, lines, out: Output::new(), taken: 0, next: None, tls: None, eof: false }
    }
}

impl Session for Echo {
    type Event = Bytes;
    type Error = Injected;
    type Upgrading = Between;

    fn poll(&mut self) -> Result<Step<Bytes>, Injected> {
        if let Some(bytes) = self.out.pop() {
            return Ok(Step::Write(bytes));
        }
        match self.next.take() {
            Some(Step::Close) => self.next = Some(Step::Close),
            Some(Step::Upgrade) => self.next = Some(Step::Upgrade),
            Some(step) => return Ok(step),
            None => match self.lines.decode(self.input.bytes()) {
                Ok(Some(line)) => {
                    self.taken += 1;
                    match &line[..] {
                        b"tls" => self.next = Some(Step::Upgrade),
                        b"wait" => self.next = Some(Step::Pause(Duration::from_secs(5))),
                        b"quit" => self.next = Some(Step::Close),
                        _ => {
                            self.out.put(&line.to_ascii_uppercase());
                            self.out.put(b"\r\n");
                            self.next = Some(Step::Event(line));
                        }
                    }
                    return self.poll();
                }
                _ if self.eof => self.next = Some(Step::Close),
                _ => return Ok(Step::Read(Wait { within: PATIENCE, progress: self.taken })),
            },
        }
        Ok(if matches!(self.next, Some(Step::Close)) { Step::Close } else { Step::Upgrade })
    }
    fn slot(&mut self) -> Option<Slot<'_>> {
        if self.next.is_some() { None } else { self.input.slot() }
    }
    fn eof(&mut self) {
        self.eof = true;
    }
    fn upgrade(self) -> Result<Between, Injected> {
        if self.input.is_empty() { Ok(Between) } else { Err(Injected) }
    }
    fn farewell(&mut self, why: Farewell) {
        self.out.put(format!("bye: {why:?}\r\n").as_bytes());
        self.next = Some(Step::Close);
    }
}

#[tokio::test]
async fn echoes_tells_events_and_closes() {
    let (mut peer, ours) = duplex(1024);
    let mut connection = Connection::new(ours, Echo::new());
    peer.write_all(b"a\r\nb\r\nquit\r\n").await.unwrap();
    assert_eq!(connection.next().await.unwrap().unwrap(), "a");
    assert_eq!(connection.next().await.unwrap().unwrap(), "b");
    let (end, said) = tokio::join!(connection.next(), async {
        let mut said = String::new();
        peer.read_to_string(&mut said).await.unwrap();
        drop(peer);
        said
    });
    assert_eq!(end.unwrap(), None);
    assert_eq!(said, "A\r\nB\r\n");
    assert!(connection.session().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_slow_drip_does_not_push_the_deadline_on() {
    let (mut peer, ours) = duplex(1024);
    let mut connection = Connection::new(ours, Echo::new());
    let start = tokio::time::Instant::now();
    let drip = async {
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_secs(9)).await;
            if peer.write_all(b"x").await.is_err() {
                break;
            }
        }
        let mut said = String::new();
        peer.read_to_string(&mut said).await.unwrap();
        said
    };
    let serve = async {
        let end = connection.next().await.unwrap();
        (end, start.elapsed())
    };
    let (said, (end, after)) = tokio::join!(drip, serve);
    assert_eq!((end, said.as_str()), (None, "bye: TimedOut\r\n"));
    assert!(after >= PATIENCE && after < PATIENCE + Duration::from_secs(5), "{after:?}");
}

#[tokio::test(start_paused = true)]
async fn a_pause_passes_before_the_next_command_is_read() {
    let (mut peer, ours) = duplex(1024);
    let mut connection = Connection::new(ours, Echo::new());
    peer.write_all(b"wait\r\nb\r\n").await.unwrap();
    let start = tokio::time::Instant::now();
    // Dropping the future in the middle of the pause does not shorten it.
    assert!(tokio::time::timeout(Duration::from_secs(2), connection.next()).await.is_err());
    assert_eq!(connection.next().await.unwrap().unwrap(), "b");
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn a_dropped_next_loses_no_byte() {
    let (mut peer, ours) = duplex(1024);
    let mut connection = Connection::new(ours, Echo::new());
    for byte in b"hello\r\n" {
        assert!(tokio::time::timeout(Duration::from_millis(1), connection.next()).await.is_err());
        peer.write_all(&[*byte]).await.unwrap();
    }
    assert_eq!(connection.next().await.unwrap().unwrap(), "hello");
}

fn configs() -> (Arc<rustls::ServerConfig>, Arc<rustls::ClientConfig>) {
    let made = rcgen::generate_simple_self_signed(["mx.example".to_owned()]).unwrap();
    let (cert, key) = (made.cert.der().clone(), made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.clone()], key.try_into().unwrap())
        .unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(cert).unwrap();
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (Arc::new(server), Arc::new(client))
}

#[tokio::test]
async fn upgrades_and_both_sides_agree_on_the_binding() {
    let (server, client) = configs();
    let (theirs, ours) = duplex(4096);
    let mut connection = Connection::new(ours, Echo::new()).with_tls(server_tls(server));
    let mut peer =
        Connection::new(theirs, Echo::new()).with_tls(client_tls(client, "mx.example".try_into().unwrap()));
    // Both believe to have been told to upgrade; each then says a line to the other, who says it louder.
    for side in [&mut connection, &mut peer] {
        side.session().unwrap().next = Some(Step::Upgrade);
    }
    let (a, b) = tokio::join!(connection.flush(), peer.flush());
    a.unwrap();
    b.unwrap();
    let [ours, theirs] = [&mut connection, &mut peer].map(|c| c.session().unwrap().tls.clone().unwrap());
    assert!(ours.exporter.is_some() && ours.exporter == theirs.exporter);
    assert_eq!(ours.sni.as_deref(), Some("mx.example"));
    assert_eq!(theirs.peer_certificates.len(), 1);
    assert!(theirs.server_end_point.is_some());
    assert!(connection.stream().unwrap().is_tls());
    peer.session().unwrap().out.put(b"x\r\n");
    let (heard, said) = tokio::join!(connection.next(), peer.flush());
    said.unwrap();
    assert_eq!(heard.unwrap().unwrap(), "x");
}

#[tokio::test]
async fn plaintext_behind_the_upgrade_command_ends_the_connection() {
    let (mut peer, ours) = duplex(4096);
    let mut connection = Connection::new(ours, Echo::new()).with_tls(server_tls(configs().0));
    peer.write_all(b"tls\r\nquit\r\n").await.unwrap();
    assert!(matches!(connection.next().await, Err(Error::Session(Injected))));
    assert_eq!(connection.next().await.unwrap(), None);
}

#[tokio::test]
async fn without_tls_an_upgrade_is_the_callers_fault() {
    let (mut peer, ours) = duplex(4096);
    let mut connection = Connection::new(ours, Echo::new());
    peer.write_all(b"tls\r\n").await.unwrap();
    assert!(matches!(connection.next().await, Err(Error::NoTls)));
}
