//! DNSSEC over the wire: the real resolver validates what a signed zone on loopback says, from a trust anchor of its own.
#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(feature = "dnssec")]

#[path = "../examples/scripted_dns/server.rs"]
#[allow(dead_code, reason = "it can do without signatures too")]
mod server;
#[path = "../examples/scripted_dns/signed.rs"]
mod signed;
#[path = "../examples/scripted_dns/wire.rs"]
#[allow(dead_code, reason = "it can do without signatures too")]
mod wire;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use mailwright_mx::dane::{Requirement, Search};
use mailwright_mx::resolver::{Config, Resolver, SetupError};
use mailwright_mx::scripted::Scripted;
use mailwright_mx::{Failure, Kind, Name, Options, Outcome, Plan, Query, Resolve, Security, resolve};

const ZONE: &str = "
    signed.test            MX    10 mx.signed.test
    mx.signed.test         A     192.0.2.1
    signed.test            *     !secure
    mx.signed.test         *     !secure
    _25._tcp.mx.signed.test TLSA 3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
    _25._tcp.mx.signed.test *    !secure

    notlsa.test            MX    10 mx.notlsa.test
    mx.notlsa.test         A     192.0.2.2
    notlsa.test            *     !secure
    mx.notlsa.test         *     !secure

    plain.test             MX    10 mx.plain.test
    mx.plain.test          A     192.0.2.3
    _25._tcp.mx.plain.test TLSA  3 1 1 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff

    list.test              MX    10 mx.signed.test

    forged.test            MX    10 mx.signed.test
    forged.test            *     !bogus

    forgedhost.test        MX    10 mx.forgedhost.test
    mx.forgedhost.test     A     192.0.2.4
    forgedhost.test        *     !secure
    mx.forgedhost.test     *     !bogus

    forgedtlsa.test        MX    10 mx.forgedtlsa.test
    mx.forgedtlsa.test     A     192.0.2.5
    forgedtlsa.test        *     !secure
    mx.forgedtlsa.test     *     !secure
    _25._tcp.mx.forgedtlsa.test TLSA 3 1 1 00
    _25._tcp.mx.forgedtlsa.test * !bogus

    failing.test           MX    10 mx.failing.test
    mx.failing.test        A     192.0.2.6
    failing.test           *     !secure
    mx.failing.test        *     !secure
    _25._tcp.mx.failing.test *   !servfail

    alias.test             CNAME signed.test
    alias.test             *     !secure
    outside.test           CNAME signed.test

    cname.test             MX    10 mx.cname.test
    mx.cname.test          CNAME mx.signed.test
    cname.test             *     !secure
    mx.cname.test          *     !secure

    bare.test              A     192.0.2.7
    bare.test              *     !secure
    text.test              TXT   hello
    text.test              *     !secure
";

/// A resolver that believes the key in this text, made from the key that the zone is signed with.
fn resolver(anchor: impl Fn(String) -> String) -> Result<Resolver, SetupError> {
    let script = Arc::new(Scripted::parse(ZONE).unwrap());
    let zone = signed::Signed::new(Arc::clone(&script)).unwrap();
    let file = Anchors::new(&anchor(zone.anchor()));
    let server = server::serve(SocketAddr::from(([127, 0, 0, 1], 0)), script, zone).unwrap();
    Resolver::new(&Config {
        servers: vec![server],
        timeout: Duration::from_secs(2),
        total: Duration::from_secs(10),
        validate: true,
        trust_anchors: Some(file.0.clone()),
        ..Config::default()
    })
}

/// A file that goes with the value.
struct Anchors(PathBuf);

impl Anchors {
    fn new(text: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let file = std::env::temp_dir().join(format!("mailwright-anchors-{}-{number}", std::process::id()));
        std::fs::write(&file, text).unwrap();
        Self(file)
    }
}

impl Drop for Anchors {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn plan(resolver: &Resolver, domain: &str) -> Outcome {
    resolve(Plan::new(domain, Options::default()), resolver).await
}

/// What the TLSA records of a domain's first host demand.
async fn demand(resolver: &Resolver, outcome: &Outcome) -> Requirement {
    let route = outcome.result.as_ref().unwrap_or_else(|error| panic!("{error}\n{outcome}"));
    let mut search = Search::new(route, &route.hosts[0], 25);
    while let Some(query) = search.query() {
        search.feed(resolver.answer(&query).await);
    }
    search.end().0
}

#[tokio::test]
async fn what_is_signed_is_secure_and_what_is_provably_not_is_insecure() {
    let resolver = resolver(|anchor| anchor).unwrap();
    let (secure, insecure) = (Security::Secure, Security::Insecure);
    for (domain, mx, host) in [
        ("signed.test", secure, secure),
        ("notlsa.test", secure, secure),
        ("plain.test", insecure, insecure),
        ("list.test", insecure, secure),
        ("alias.test", secure, secure),
        ("outside.test", insecure, secure),
        ("cname.test", secure, secure),
        ("bare.test", secure, secure),
    ] {
        let outcome = plan(&resolver, domain).await;
        let route = outcome.result.as_ref().unwrap_or_else(|error| panic!("{error}\n{outcome}"));
        assert_eq!(route.mx_security, mx, "{domain}\n{outcome}");
        assert_eq!(route.hosts[0].trust.expanded_security, host, "{domain}\n{outcome}");
    }
    // Proven absence is as permanent as any.
    for (domain, status) in [("gone.test", "5.1.2"), ("x.plain.test", "5.1.2"), ("text.test", "5.4.4")] {
        assert_eq!(plan(&resolver, domain).await.result.unwrap_err().status.to_string(), status, "{domain}");
    }
}

#[tokio::test]
async fn tlsa_records_count_only_where_they_and_their_host_are_signed() {
    let resolver = resolver(|anchor| anchor).unwrap();
    for (domain, authenticates) in [
        ("signed.test", true),
        ("cname.test", true),
        ("list.test", true),
        ("notlsa.test", false),
        ("plain.test", false),
    ] {
        let demand = demand(&resolver, &plan(&resolver, domain).await).await;
        match demand {
            Requirement::Authenticate(records) => assert!(authenticates && records.len() == 1, "{domain}"),
            demand => assert!(!authenticates && demand == Requirement::Nothing, "{domain}: {demand:?}"),
        }
    }
}

#[tokio::test]
async fn what_fails_validation_is_never_taken_for_unsigned() {
    let resolver = resolver(|anchor| anchor).unwrap();
    for domain in ["forged.test", "forgedhost.test"] {
        let error = plan(&resolver, domain).await.result.unwrap_err();
        assert_eq!(error.status.to_string(), "4.4.3", "{domain}: {error}");
    }
    for domain in ["forgedtlsa.test", "failing.test"] {
        let demand = demand(&resolver, &plan(&resolver, domain).await).await;
        assert!(matches!(demand, Requirement::Unknown(_)), "{domain}: {demand:?}");
    }
}

#[tokio::test]
async fn a_key_that_is_not_the_anchor_makes_everything_bogus() {
    // The same key but for one character of it.
    let resolver = resolver(|anchor| {
        let at = anchor.trim_end().len() - 5;
        let other = if anchor.as_bytes()[at] == b'A' { "B" } else { "A" };
        [&anchor[..at], other, &anchor[at + 1..]].concat()
    })
    .unwrap();
    for (name, kind) in [("signed.test", Kind::Mx), ("plain.test", Kind::Mx), ("gone.test", Kind::A)] {
        let answer = resolver.answer(&Query::new(Name::parse(name).unwrap(), kind)).await;
        assert_eq!(answer, mailwright_mx::Answer::Failed(Failure::Bogus), "{name}");
    }
}

#[tokio::test]
async fn a_file_without_anchors_is_refused() {
    for text in ["", "; no DNSKEY\n", ". DNSKEY 257 3\n", "nonsense"] {
        let error = resolver(|_| text.to_owned()).err().unwrap();
        assert!(matches!(error, SetupError::TrustAnchors { .. }), "{text:?}: {error}");
    }
}
