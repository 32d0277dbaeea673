//! The real resolver against name servers that forge, mangle and overdo: nothing forged is believed, nothing mangled is a
//! verdict on the domain, and all of it ends in time.
#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(feature = "resolver")]

mod crafted;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crafted::{ASKED, Answers, MX, OTHER, kind, record, respond, serve, serve_both};
use mailwright_mx::dane::{Requirement, Tlsa};
use mailwright_mx::resolver::{Config, Resolver};
use mailwright_mx::{Answer, Data, Failure, Kind, Name, Options, Plan, Query, Resolve, resolve};

type Server = fn(&[u8]) -> Answers;

/// What an honest server says: `MX 10 m.test`, which is at 192.0.2.1.
fn honest(query: &[u8]) -> Vec<u8> {
    match kind(query) {
        15 => respond(query, 0, [1, 0, 0], &record(ASKED, 15, MX)),
        1 => respond(query, 0, [1, 0, 0], &record(ASKED, 1, &[192, 0, 2, 1])),
        _ => respond(query, 0, [0, 0, 0], &[]),
    }
}

/// A lie that looks well: every host is at 203.0.113.66.
fn lie(query: &[u8]) -> Vec<u8> {
    match kind(query) {
        15 => respond(query, 0, [1, 0, 0], &record(ASKED, 15, b"\x00\x01\x04evil\x04test\0")),
        _ => respond(query, 0, [1, 0, 0], &record(ASKED, 1, &[203, 0, 113, 66])),
    }
}

/// The honest answer, but that the records for MX are these.
fn mangled(query: &[u8], count: u16, records: &[u8]) -> Answers {
    let answer = if kind(query) == 15 { respond(query, 0, [count, 0, 0], records) } else { honest(query) };
    vec![(answer, false)]
}

/// With the TC bit.
fn cut_off(answer: &[u8]) -> Vec<u8> {
    let mut answer = answer.to_vec();
    answer[2] |= 2;
    answer
}

const SERVERS: &[(&str, Server, &str)] = &[
    ("honest", |q| vec![(honest(q), false)], "m.test=192.0.2.1"),
    (
        "a lie with another id comes first",
        |q| {
            let mut forged = lie(q);
            forged[0] ^= 0x55;
            vec![(forged, false), (honest(q), false)]
        },
        "m.test=192.0.2.1",
    ),
    ("a lie from another port comes first", |q| vec![(lie(q), true), (honest(q), false)], "m.test=192.0.2.1"),
    (
        "an answer to another question",
        |q| {
            let mut forged = lie(q);
            forged[13] = b'x';
            vec![(forged, false)]
        },
        "4.4.3",
    ),
    (
        "a question instead of an answer",
        |q| {
            let mut forged = honest(q);
            forged[2] &= 0x7f;
            vec![(forged, false)]
        },
        "4.4.3",
    ),
    ("MX of no octets", |q| mangled(q, 1, &record(ASKED, 15, &[])), "4.4.3"),
    ("MX of one octet", |q| mangled(q, 1, &record(ASKED, 15, &[0])), "4.4.3"),
    ("MX of two octets", |q| mangled(q, 1, &record(ASKED, 15, &[0, 10])), "4.4.3"),
    ("MX that ends in a label", |q| mangled(q, 1, &record(ASKED, 15, &[0, 10, 9])), "4.4.3"),
    ("MX with a pointer to itself", |q| mangled(q, 1, &record(ASKED, 15, &[0, 10, 0xc0, 44])), "4.4.3"),
    ("MX with a label of another kind", |q| mangled(q, 1, &record(ASKED, 15, &[0, 10, 0x40, 0])), "4.4.3"),
    ("an owner that points ahead", |q| mangled(q, 1, &record(&[0xc0, 200], 15, MX)), "4.4.3"),
    ("fewer records than counted", |q| mangled(q, 9_999, &record(ASKED, 15, MX)), "4.4.3"),
    ("nothing at all", |_| vec![(Vec::new(), false)], "4.4.3"),
    ("half a header", |q| vec![(q[..7].to_vec(), false)], "4.4.3"),
    ("records of a name nobody asked for", |q| mangled(q, 1, &record(OTHER, 15, MX)), "temporary or none"),
    (
        "an alias in the authority section",
        |q| {
            let alias = record(ASKED, 5, b"\x04evil\x04test\0");
            let answer = if kind(q) == 15 { respond(q, 0, [0, 1, 0], &alias) } else { honest(q) };
            vec![(answer, false)]
        },
        "d.test=192.0.2.1",
    ),
    (
        "an address in the additional section",
        |q| {
            let records = [record(ASKED, 15, MX), record(b"\x01m\x04test\0", 1, &[203, 0, 113, 66])].concat();
            let answer = if kind(q) == 15 { respond(q, 0, [1, 0, 1], &records) } else { honest(q) };
            vec![(answer, false)]
        },
        "m.test=192.0.2.1",
    ),
    ("FORMERR", |q| vec![(respond(q, 1, [0, 0, 0], &[]), false)], "4.4.3"),
    ("cut off, and nothing over TCP", |q| vec![(cut_off(&honest(q)), false)], "4.4.3"),
    ("a lie that is cut off comes first", |q| vec![(cut_off(&lie(q)), false), (honest(q), false)], "4.4.3"),
    (
        "a lie of another name comes first",
        |q| {
            let mut forged = lie(q);
            forged[13] = b'x';
            vec![(forged, false), (honest(q), false)]
        },
        "m.test=192.0.2.1",
    ),
    ("NOTIMP", |q| vec![(respond(q, 4, [0, 0, 0], &[]), false)], "4.4.3"),
    ("an unknown code", |q| vec![(respond(q, 11, [0, 0, 0], &[]), false)], "4.4.3"),
];

fn resolver(server: SocketAddr) -> Resolver {
    let config = Config {
        servers: vec![server],
        timeout: Duration::from_millis(300),
        attempts: 1,
        total: Duration::from_secs(3),
        ..Config::default()
    };
    Resolver::new(&config).unwrap()
}

async fn outcome(server: Server) -> String {
    let resolver = resolver(serve(move |query, _| server(query)));
    match resolve(Plan::new("d.test", Options::default()), &resolver).await.result {
        Ok(route) => {
            let hosts = route.hosts.iter().map(|host| format!("{}={}", host.name, host.addresses[0]));
            hosts.collect::<Vec<_>>().join(" ")
        }
        Err(unroutable) => unroutable.status.to_string(),
    }
}

#[tokio::test]
async fn nothing_forged_is_believed_and_nothing_mangled_is_a_verdict() {
    let begun = Instant::now();
    let mut runs = tokio::task::JoinSet::new();
    for (what, server, expected) in SERVERS {
        runs.spawn(async move { (*what, outcome(*server).await, *expected) });
    }
    let mut wrong = Vec::new();
    while let Some(run) = runs.join_next().await {
        let (what, found, expected) = run.unwrap();
        let right = match expected {
            "temporary or none" => !found.contains("m.test"),
            expected => found == expected,
        };
        if !right {
            wrong.push(format!("{what}: expected {expected}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(begun.elapsed() < Duration::from_secs(15));
}

async fn ask(resolver: &Resolver, name: &str, kind: Kind) -> Answer {
    resolver.answer(&Query::new(Name::parse(name).unwrap(), kind)).await
}

#[tokio::test]
async fn short_tlsa_records_are_not_usable_or_no_answer() {
    for length in 0..=3_usize {
        let octets = [3, 1, 1];
        let server = serve(move |query, _| {
            vec![(respond(query, 0, [1, 0, 0], &record(ASKED, 52, &octets[..length])), false)]
        });
        let answer = ask(&resolver(server), "_25._tcp.m.test", Kind::Tlsa).await;
        if length < 3 {
            assert_eq!(answer, Answer::Failed(Failure::Malformed), "{length} octets");
            continue;
        }
        let Answer::Records(records, _) = answer else { panic!("{answer:?}") };
        let tlsa = Tlsa { usage: 3, selector: 1, matching: 1, data: Vec::new() };
        assert_eq!(records[0].data, Data::Tlsa(tlsa.clone()));
        assert_eq!(Requirement::of(&[tlsa]), Requirement::Encrypt, "it is there, and of no use");
    }
}

/// An answer of one octet less than DNS can carry, full of records of this size, and more of them counted.
fn full(query: &[u8], record: &[u8], counted: u16) -> Vec<u8> {
    let room = usize::from(u16::MAX) - crafted::question_end(query);
    respond(query, 0, [counted, 0, 0], &record.repeat(room / record.len()))
}

#[tokio::test]
async fn the_largest_answers_end_in_time_and_in_bounds() {
    let large = |tcp: fn(&[u8]) -> Vec<u8>| {
        resolver(serve_both(|query, _| vec![(cut_off(&respond(query, 0, [0, 0, 0], &[])), false)], tcp))
    };
    let begun = Instant::now();

    // As many records as fit, all the same.
    let same = large(|query| full(query, &record(ASKED, 1, &[192, 0, 2, 1]), 4_092));
    let Answer::Records(records, _) = ask(&same, "m.test", Kind::A).await else { panic!("4,092 records") };
    assert!((1..=4_092).contains(&records.len()), "{}", records.len());
    let route = resolve(Plan::of_host("m.test", Options::default()), &same).await.result.unwrap();
    assert_eq!(route.hosts[0].addresses.len(), 1);

    // Ten thousand, most of which are not there.
    let missing = large(|query| full(query, &record(ASKED, 1, &[192, 0, 2, 1]), 10_000));
    assert!(matches!(ask(&missing, "m.test", Kind::A).await, Answer::Failed(_)));

    // Records of nothing at all.
    let empty = large(|query| full(query, &record(&[0], 1, &[]), 5_900));
    assert!(matches!(ask(&empty, "m.test", Kind::A).await, Answer::Failed(_)));

    // One text of 64 KiB, in 253 strings.
    let text = large(|query| {
        let string = [&[255][..], &[b'x'; 255]].concat();
        respond(query, 0, [1, 0, 0], &record(ASKED, 16, &string.repeat(253)))
    });
    let Answer::Records(records, _) = ask(&text, "t.test", Kind::Txt).await else { panic!("a long text") };
    assert!(matches!(&records[0].data, Data::Txt(text) if text.len() == 253 * 255));
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
}
