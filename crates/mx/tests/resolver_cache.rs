//! What the real resolver remembers and for how long, and how it asks: seen from the name server.
#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(feature = "resolver")]

mod crafted;

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crafted::{ASKED, Answers, record_for, respond, serve};
use mailwright_mx::resolver::{Config, Resolver};
use mailwright_mx::{Answer, Kind, Name, Query, Resolve};

/// The queries that came, with the ports they came from.
type Seen = Arc<Mutex<Vec<(Vec<u8>, u16)>>>;

fn resolver(
    cache: u64,
    server: impl Fn(&[u8]) -> Vec<u8> + Send + 'static,
    change: impl FnOnce(&mut Config),
) -> (Resolver, Seen) {
    let seen = Seen::default();
    let notes = seen.clone();
    let address = serve(move |query, peer| -> Answers {
        notes.lock().unwrap().push((query.to_vec(), peer.port()));
        vec![(server(query), false)]
    });
    let mut config = Config {
        servers: vec![address],
        timeout: Duration::from_millis(500),
        total: Duration::from_secs(3),
        cache,
        ..Config::default()
    };
    change(&mut config);
    (Resolver::new(&config).unwrap(), seen)
}

async fn ask(resolver: &Resolver, name: &str) -> Answer {
    resolver.answer(&Query::new(Name::parse(name).unwrap(), Kind::Txt)).await
}

fn text(query: &[u8], ttl: u32) -> Vec<u8> {
    respond(query, 0, [1, 0, 0], &record_for(ttl, ASKED, 16, b"\x02hi"))
}

/// "No such name", for so many seconds as the SOA says (RFC 2308 §5).
fn absent(query: &[u8], ttl: u32) -> Vec<u8> {
    let mut soa = vec![0, 0];
    for number in [1, 3_600, 600, 86_400, ttl] {
        soa.extend(u32::to_be_bytes(number));
    }
    respond(query, 3, [0, 1, 0], &record_for(ttl, b"\x04test\0", 6, &soa))
}

#[tokio::test]
async fn an_answer_is_kept_as_long_as_it_says_and_no_longer() {
    type Server = fn(&[u8]) -> Vec<u8>;
    // Asked twice at once, and again after a second and a half: so many queries reach the server.
    let cases: [(&str, Server, [usize; 2]); 8] = [
        ("a minute", |query| text(query, 60), [1, 1]),
        ("a second", |query| text(query, 1), [1, 2]),
        ("not at all", |query| text(query, 0), [2, 3]),
        // RFC 8767 §4: as positive as any, and cut to what the resolver keeps at most.
        ("2^31 seconds", |query| text(query, 1 << 31), [1, 1]),
        ("absent for a minute", |query| absent(query, 60), [1, 1]),
        ("absent for a second", |query| absent(query, 1), [1, 2]),
        ("absent, and no word for how long", |query| respond(query, 3, [0, 0, 0], &[]), [2, 3]),
        ("a failure", |query| respond(query, 2, [0, 0, 0], &[]), [2, 3]),
    ];
    let mut runs = tokio::task::JoinSet::new();
    for (what, server, expected) in cases {
        runs.spawn(async move {
            let (resolver, seen) = resolver(100, server, |config| config.attempts = 1);
            // What fails may be asked more than once: each question counts once.
            let asked = || {
                seen.lock()
                    .unwrap()
                    .iter()
                    .map(|(query, _)| query[..2].to_vec())
                    .collect::<HashSet<_>>()
                    .len()
            };
            ask(&resolver, "t.test").await;
            ask(&resolver, "t.test").await;
            let at_once = asked();
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            ask(&resolver, "t.test").await;
            (what, [at_once, asked()], expected)
        });
    }
    while let Some(run) = runs.join_next().await {
        let (what, found, expected) = run.unwrap();
        assert_eq!(found, expected, "{what}");
    }
}

#[tokio::test]
async fn the_cache_is_bounded_whatever_names_are_asked() {
    let (resolver, seen) = resolver(64, |query| text(query, 3_600), |_| {});
    for round in 1..=2 {
        for name in 0..1_000 {
            assert!(matches!(ask(&resolver, &format!("n{name}.test")).await, Answer::Records(..)));
        }
        let asked = seen.lock().unwrap().len();
        assert!(asked >= round * 800, "round {round}: {asked} queries for 1,000 names and a cache of 64");
    }
}

#[tokio::test]
async fn a_forger_has_to_guess_id_and_port_and_case() {
    let (resolver, seen) = resolver(0, |query| text(query, 0), |config| config.mixed_case = true);
    for name in 0..100 {
        assert!(matches!(ask(&resolver, &format!("abcdefghijklmnop{name}.test")).await, Answer::Records(..)));
    }
    let seen = seen.lock().unwrap();
    let ids: HashSet<&[u8]> = seen.iter().map(|(query, _)| &query[..2]).collect();
    let ports: HashSet<u16> = seen.iter().map(|(_, port)| *port).collect();
    let cases: HashSet<&[u8]> = seen.iter().map(|(query, _)| &query[13..29]).collect();
    assert!(
        ids.len() > 95 && ports.len() > 80 && cases.len() > 95,
        "{} {} {}",
        ids.len(),
        ports.len(),
        cases.len()
    );
}
