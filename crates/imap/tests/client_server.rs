//! The client session against the server session, in memory, with the octets cut in every size.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "server/clerk.rs"]
#[allow(dead_code)] // what only the server's own tests use
mod clerk;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use clerk::Clerk;
use mailwright_imap::{
    Limits,
    client::{self, Client},
    parse::command::{Context, command},
    server::Server,
    types::{
        Section,
        response::{Capability, Code, Data, FetchAttribute, Status, Untagged},
    },
};
use mailwright_sasl::{Secret, client::Plain};
use mailwright_testkit::Play;
use mailwright_wire::{Session, Step};

/// Both ends, and the wire between them, which gives so many octets at a time.
struct Pair {
    client: Client,
    server: Server,
    clerk: Clerk,
    to_client: BytesMut,
    to_server: BytesMut,
    piece: usize,
    append: Bytes,
    heard: Vec<Untagged>,
    octets: Vec<u8>,
    news: Vec<Untagged>,
}

fn give<S: Session>(session: &mut S, wire: &mut BytesMut, piece: usize) {
    if let Some(mut slot) = session.slot() {
        let n = slot.remaining_mut().min(wire.len()).min(piece);
        slot.put_slice(&wire[..n]);
        wire.advance(n);
    }
}

impl Pair {
    fn new(piece: usize) -> Self {
        let mut clerk = Clerk::default();
        clerk.compress = true;
        let limits = Limits { response_literal: 32, ..Limits::default() };
        let config = client::Config { limits, ..client::Config::plaintext() };
        let mut pair = Self {
            client: Client::new(config),
            server: clerk.begin(),
            clerk,
            to_client: BytesMut::new(),
            to_server: BytesMut::new(),
            piece,
            append: Bytes::new(),
            heard: vec![],
            octets: vec![],
            news: vec![],
        };
        let greeting = pair.until(|event| match event {
            client::Event::Greeting(greeting) => Some(greeting),
            _ => None,
        });
        assert!(greeting.is_ok());
        pair
    }

    /// Lets both ends talk until the client tells of this.
    fn until<T>(&mut self, wanted: impl Fn(client::Event) -> Option<T>) -> T {
        for _ in 0..100_000 {
            match self.server.poll().unwrap() {
                Step::Write(bytes) => self.to_client.extend_from_slice(&bytes),
                Step::Event(event) => self.clerk.event(&mut self.server, event),
                Step::Read(_) => give(&mut self.server, &mut self.to_server, self.piece),
                Step::Pause(_) | Step::Close => {}
                step => panic!("{step:?}"),
            }
            match self.client.poll().unwrap() {
                Step::Write(bytes) => self.to_server.extend_from_slice(&bytes),
                Step::Read(_) => give(&mut self.client, &mut self.to_client, self.piece),
                Step::Event(event) => match event {
                    client::Event::Result { data, .. } => self.heard.push(data),
                    client::Event::Unsolicited(data) => self.news.push(data),
                    client::Event::Literal(octets) => self.octets.extend_from_slice(&octets),
                    client::Event::Ready(_) => {
                        let octets = std::mem::take(&mut self.append);
                        self.client.append_data(octets).unwrap();
                    }
                    client::Event::Fault(fault) => panic!("{fault:?}"),
                    event => {
                        if let Some(found) = wanted(event) {
                            return found;
                        }
                    }
                },
                Step::Close => {}
                step => panic!("{step:?}"),
            }
        }
        panic!("both ends wait");
    }

    fn done(&mut self) -> Status {
        let status = self.until(|event| match event {
            client::Event::Done { status, .. } => Some(status),
            _ => None,
        });
        assert!(status.is_ok(), "{status}");
        status
    }

    fn run(&mut self, line: &str) -> Vec<Untagged> {
        self.heard.clear();
        let limits = Limits::default();
        let read = command(&format!("x {line}").into(), Context { limits: &limits, utf8: true });
        self.client.send(read.unwrap_or_else(|e| panic!("{line}: {e:?}")).body).unwrap();
        self.done();
        std::mem::take(&mut self.heard)
    }
}

#[test]
fn a_whole_session_is_understood_however_it_is_cut() {
    for piece in [1, 2, 3, 7, 64, 100_000] {
        whole_session(piece, false);
    }
}

#[cfg(feature = "compress")]
#[test]
fn a_whole_compressed_session_is_understood_however_it_is_cut() {
    for piece in [1, 2, 3, 7, 64, 100_000] {
        whole_session(piece, true);
    }
}

fn whole_session(piece: usize, compressed: bool) {
    let mut pair = Pair::new(piece);
    pair.client.authenticate(Box::new(Plain::new("fred", &Secret::new("blurdybloop")).unwrap())).unwrap();
    pair.done();
    if pair.client.capabilities().is_none() {
        pair.run("CAPABILITY");
    }
    assert!(pair.client.can(&Capability::Idle) && pair.client.can(&Capability::UidPlus));

    if compressed {
        pair.run("COMPRESS DEFLATE");
    }

    let list = pair.run("LIST \"\" *");
    assert_eq!(
        list.len(),
        4 + list.iter().filter(|it| matches!(it, Untagged::List(it) if it.mailbox.as_str() == "foo")).count()
    );
    let selected = pair.run("SELECT INBOX");
    assert!(selected.contains(&Untagged::Exists(3)), "{selected:?}");

    let found = pair.run("UID FETCH 1:2 (FLAGS BODY.PEEK[] RFC822.SIZE)");
    assert_eq!(found.len(), 2);
    let Untagged::Fetch(first) = &found[0] else { panic!("{found:?}") };
    let size = first.size().unwrap();
    let whole = first.attributes.iter().find_map(|it| match it {
        FetchAttribute::Section { section, data, .. } if *section == Section::default() => Some(data),
        _ => None,
    });
    assert_eq!(whole, Some(&Data::Streamed(size)), "over the limit of this client");
    assert_eq!(pair.octets.len() as u64, 2 * size);
    assert!(pair.octets.starts_with(b"Subject: number 1\r\n"));

    pair.append = Bytes::from_static(b"Subject: appended\r\n\r\nx\r\n");
    let size = pair.append.len() as u64;
    pair.client.append("INBOX".into(), vec![], None, size).unwrap();
    let status = pair.done();
    assert!(matches!(status.code, Some(Code::AppendUid { .. })), "{status:?}");
    pair.run("NOOP");
    assert!(pair.news.contains(&Untagged::Exists(4)), "{:?}", pair.news);

    let stored = pair.run("UID STORE 2 +FLAGS (\\Deleted)");
    assert_eq!(stored.len(), 1);
    pair.news.clear();
    pair.run("EXPUNGE");
    assert_eq!(pair.news.len(), 1, "one is gone: {:?}", pair.news);
    let searched = pair.run("UID SEARCH ALL");
    assert_eq!(searched.len(), 1, "{searched:?}");

    pair.news.clear();
    pair.client.idle().unwrap();
    pair.until(|event| matches!(event, client::Event::Idling(_)).then_some(()));
    pair.clerk.act(&mut pair.server, "arrive");
    for _ in 0..1000 {
        if !pair.news.is_empty() {
            break;
        }
        // One step of each end.
        match pair.server.poll().unwrap() {
            Step::Write(bytes) => pair.to_client.extend_from_slice(&bytes),
            Step::Event(event) => pair.clerk.event(&mut pair.server, event),
            _ => {}
        }
        match pair.client.poll().unwrap() {
            Step::Read(_) => give(&mut pair.client, &mut pair.to_client, piece),
            Step::Event(client::Event::Unsolicited(data)) => pair.news.push(data),
            _ => {}
        }
    }
    assert_eq!(pair.news.first(), Some(&Untagged::Exists(4)));
    pair.client.done();
    pair.done();
    if compressed {
        pair.run("UNAUTHENTICATE");
        pair.run("NOOP");
    }
    pair.run("LOGOUT");
}
