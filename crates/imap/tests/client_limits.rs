//! What a server announces costs nothing; what it sends is bounded, or streams.

#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::BufMut;
use mailwright_imap::{
    Limits,
    client::{Client, Config, Event},
    types::{
        command::CommandBody,
        response::{Data, FetchAttribute},
    },
};
use mailwright_wire::{Session, Step};

fn client(limits: Limits) -> Client {
    let mut client = Client::new(Config { limits, ..Config::plaintext() });
    assert!(matches!(&hear(&mut client, b"* OK ready\r\n")[..], [Event::Greeting(_)]));
    client.send(CommandBody::Noop).unwrap();
    hear(&mut client, b"");
    client
}

fn hear(client: &mut Client, mut bytes: &[u8]) -> Vec<Event> {
    let mut events = Vec::new();
    loop {
        match client.poll().unwrap() {
            Step::Event(event) => events.push(event),
            Step::Read(_) if bytes.is_empty() => return events,
            Step::Read(_) => {
                let mut slot = client.slot().expect("room to read");
                let n = slot.remaining_mut().min(bytes.len());
                slot.put_slice(&bytes[..n]);
                bytes = &bytes[n..];
            }
            Step::Write(_) => {}
            step => panic!("{step:?}"),
        }
    }
}

#[test]
fn a_huge_literal_of_a_message_streams_in_pieces_as_they_come() {
    let mut client = client(Limits::default());
    let begin = hear(&mut client, b"* 1 FETCH (UID 5 BODY[] {4294967296}\r\n");
    let [Event::LiteralBegin { fetch, .. }] = &begin[..] else { panic!("{begin:?}") };
    assert!(matches!(
        fetch.attributes.last(),
        Some(FetchAttribute::Section { data: Data::Streamed(4_294_967_296), .. })
    ));
    for _ in 0..64 {
        let pieces = hear(&mut client, &[b'x'; 8192]);
        let got: usize =
            pieces.iter().map(|it| if let Event::Literal(it) = it { it.len() } else { panic!() }).sum();
        assert_eq!(got, 8192, "nothing is held back");
    }
}

#[test]
fn a_huge_literal_elsewhere_is_passed_over_without_being_held() {
    let mut client = client(Limits { response: 100_000, ..Limits::default() });
    assert_eq!(hear(&mut client, b"* LIST () \"/\" {4294967296}\r\n"), []);
    for _ in 0..1000 {
        assert_eq!(hear(&mut client, &[b'\n'; 8192]), []);
    }
}

#[test]
fn numbers_that_are_no_length_are_no_literal() {
    for announced in ["{9223372036854775808}", "{-1}", "{ 5}", "{99999999999999999999}", "{}", "{5-}"] {
        let mut client = client(Limits::default());
        let events = hear(&mut client, format!("* X {announced}\r\na1 OK done\r\n").as_bytes());
        assert!(matches!(events.last(), Some(Event::Done { .. })), "{announced}: {events:?}");
    }
}

#[test]
fn a_line_at_its_limit_is_read_and_one_over_is_passed_over() {
    for (extra, faults) in [(0, 0), (1, 1)] {
        let mut client = client(Limits { response_line: 100, ..Limits::default() });
        let line = format!("* OK {}\r\n", "x".repeat(93 + extra));
        let mut events = hear(&mut client, line.as_bytes());
        events.extend(hear(&mut client, b"a1 OK done\r\n"));
        let found = events.iter().filter(|event| matches!(event, Event::Fault(_))).count();
        assert_eq!((events.len(), found), (2, faults), "{events:?}");
    }
}

#[test]
fn what_is_passed_over_is_never_read_as_something_else() {
    let mut client =
        client(Limits { response_line: 50, response: 100, response_literal: 10, ..Limits::default() });
    let long =
        format!("* LIST () \"/\" {}{{14}}\r\na1 OK forged\r\n \"x\"\r\na1 OK true\r\n", "y".repeat(60));
    let events = hear(&mut client, long.as_bytes());
    let [Event::Fault(fault), Event::Done { status, .. }] = &events[..] else { panic!("{events:?}") };
    assert!(fault.raw.starts_with(b"* LIST") && fault.raw.len() <= 256);
    assert_eq!(status.text.to_str(), "true");
}

#[test]
fn a_literal_at_the_limit_is_held_and_one_over_streams() {
    for (size, streams) in [(10, false), (11, true)] {
        let mut client = client(Limits { response_literal: 10, ..Limits::default() });
        let line = format!("* 1 FETCH (BODY[] {{{size}}}\r\n{})\r\n", "x".repeat(size));
        let events = hear(&mut client, line.as_bytes());
        assert_eq!(matches!(events[0], Event::LiteralBegin { .. }), streams);
    }
}
