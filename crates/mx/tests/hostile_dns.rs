//! The real resolver against name servers that forge, mangle and overdo: nothing forged is believed, nothing mangled is a
//! verdict on the domain, and all of it ends in time.
#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(feature = "resolver")]

use std::net::{SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use mailwright_mx::resolver::{Config, Resolver};
use mailwright_mx::{Options, Plan, resolve};

/// The answers to a query, sent in this order; with `true` from another port than the one asked.
type Server = fn(&[u8]) -> Vec<(Vec<u8>, bool)>;

fn serve(server: Server) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 1500];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
            for (answer, elsewhere) in server(&buffer[..length]) {
                let from = if elsewhere { &other } else { &socket };
                let _ = from.send_to(&answer, peer);
            }
        }
    });
    address
}

/// Where the question ends.
fn question_end(query: &[u8]) -> usize {
    12 + query[12..].iter().position(|octet| *octet == 0).unwrap() + 5
}

fn kind(query: &[u8]) -> u16 {
    let end = question_end(query);
    u16::from_be_bytes([query[end - 4], query[end - 3]])
}

/// A response to this query with these octets after the question, and these counts.
fn respond(query: &[u8], code: u8, counts: [u16; 3], rest: &[u8]) -> Vec<u8> {
    let mut out = query[..2].to_vec();
    out.extend([0x81, 0x80 | code, 0, 1]);
    for count in counts {
        out.extend(count.to_be_bytes());
    }
    out.extend(&query[12..question_end(query)]);
    out.extend(rest);
    out
}

/// A record of the name that was asked, or of another.
fn record(name: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let mut out = name.to_vec();
    out.extend(kind.to_be_bytes());
    out.extend([0, 1, 0, 0, 0, 60]);
    out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
    out.extend(data);
    out
}

const ASKED: &[u8] = &[0xc0, 12];
const OTHER: &[u8] = b"\x05other\x04test\0";
/// `10 m.test`
const MX: &[u8] = b"\x00\x0a\x01m\x04test\0";

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
fn mangled(query: &[u8], count: u16, records: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let answer = if kind(query) == 15 { respond(query, 0, [count, 0, 0], records) } else { honest(query) };
    vec![(answer, false)]
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
    ("NOTIMP", |q| vec![(respond(q, 4, [0, 0, 0], &[]), false)], "4.4.3"),
    ("an unknown code", |q| vec![(respond(q, 11, [0, 0, 0], &[]), false)], "4.4.3"),
];

async fn outcome(server: Server) -> String {
    let config = Config {
        servers: vec![serve(server)],
        timeout: Duration::from_millis(300),
        attempts: 1,
        total: Duration::from_secs(3),
        ..Config::default()
    };
    let resolver = Resolver::new(&config).unwrap();
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
