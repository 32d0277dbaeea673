//! The real resolver against the scripted DNS server, over UDP and TCP on loopback.
#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string, clippy::format_collect)]
#![cfg(feature = "resolver")]

#[path = "../examples/scripted_dns/server.rs"]
mod server;
#[path = "../examples/scripted_dns/wire.rs"]
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mailwright_mx::resolver::{Config, Resolver};
use mailwright_mx::scripted::Scripted;
use mailwright_mx::{
    Answer, Data, Failure, Kind, Name, Options, Outcome, Plan, Query, Reason, Resolve, resolve,
};

const SCRIPT: &str = "
    example.test       MX     20 mx2.example.test
    example.test       MX     10 mx1.example.test
    mx1.example.test   A      192.0.2.1
    mx1.example.test   AAAA   2001:db8::1
    mx2.example.test   A      192.0.2.2
    alias.test         CNAME  example.test
    loop1.test         CNAME  loop2.test
    loop2.test         CNAME  loop1.test
    loophost.test      MX     10 loop1.test
    bad.test           *      !servfail
    refused.test       *      !refused
    silent.test        *      !drop
    garbage.test       *      !malformed
    flaky.test         MX     !drop 1
    flaky.test         MX     10 mx1.example.test
    cut.test           MX     !truncate
    cut.test           MX     10 mx1.example.test
    null.test          MX     0 .
    bare.test          A      192.0.2.9
    text.test          TXT    v=STSv1; id=20260101
    late.test          MX     !delay 100
    late.test          MX     10 mx1.example.test
";

fn resolver(mixed_case: bool) -> (Resolver, Arc<Scripted>) {
    resolver_for(SCRIPT, mixed_case)
}

fn resolver_for(script: &str, mixed_case: bool) -> (Resolver, Arc<Scripted>) {
    let script = Arc::new(Scripted::parse(script).unwrap());
    let address =
        server::serve(SocketAddr::from(([127, 0, 0, 1], 0)), Arc::clone(&script), server::Plain { ttl: 0 })
            .unwrap();
    let config = Config {
        servers: vec![address],
        timeout: Duration::from_millis(400),
        total: Duration::from_secs(3),
        mixed_case,
        validate: false,
        ..Config::default()
    };
    (Resolver::new(&config).unwrap(), script)
}

async fn plan(resolver: &Resolver, domain: &str) -> Outcome {
    resolve(Plan::new(domain, Options::default()), resolver).await
}

fn hosts(outcome: &Outcome) -> Vec<&str> {
    outcome
        .result
        .as_ref()
        .unwrap_or_else(|e| panic!("{e}\n{outcome}"))
        .hosts
        .iter()
        .map(|h| h.name.as_str())
        .collect()
}

#[tokio::test]
async fn hosts_come_over_the_wire_in_order_with_both_families() {
    for mixed_case in [false, true] {
        let (resolver, _) = resolver(mixed_case);
        let outcome = plan(&resolver, "example.test").await;
        assert_eq!(hosts(&outcome), ["mx1.example.test", "mx2.example.test"]);
        let first = &outcome.result.as_ref().unwrap().hosts[0].addresses;
        assert_eq!(first.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2001:db8::1", "192.0.2.1"]);
    }
}

#[tokio::test]
async fn aliases_truncation_delay_and_one_lost_packet_are_survived() {
    let (resolver, _) = resolver(false);
    for domain in ["alias.test", "cut.test", "late.test", "flaky.test"] {
        let outcome = plan(&resolver, domain).await;
        assert_eq!(hosts(&outcome)[0], "mx1.example.test", "{domain}");
    }
}

#[tokio::test]
async fn each_failure_of_a_server_is_temporary() {
    let (resolver, _) = resolver(false);
    for domain in ["bad.test", "refused.test", "silent.test", "garbage.test", "loop1.test", "loophost.test"] {
        let outcome = plan(&resolver, domain).await;
        let error = outcome.result.unwrap_err();
        assert!(error.is_temporary(), "{domain}: {error}");
        assert!(matches!(error.reason, Reason::Lookup(_)), "{domain}: {error}");
    }
}

#[tokio::test]
async fn absence_is_permanent_and_told_apart() {
    let (resolver, _) = resolver(false);
    for (domain, status) in [("nowhere.test", "5.1.2"), ("null.test", "5.1.10"), ("text.test", "5.4.4")] {
        let outcome = plan(&resolver, domain).await;
        assert_eq!(outcome.result.unwrap_err().status.to_string(), status, "{domain}");
    }
    assert!(plan(&resolver, "bare.test").await.result.unwrap().hosts[0].implicit);
}

#[tokio::test]
async fn an_answer_too_long_for_udp_comes_over_tcp() {
    let mut script = String::new();
    for host in 0..100 {
        script
            .push_str(&format!("big.test MX {host} mx{host}.big.test\nmx{host}.big.test A 192.0.2.{host}\n"));
    }
    let (resolver, _) = resolver_for(&script, false);
    let outcome = plan(&resolver, "big.test").await;
    assert_eq!(
        hosts(&outcome),
        ["mx0.big.test", "mx1.big.test", "mx2.big.test", "mx3.big.test", "mx4.big.test"]
    );
    assert_eq!(outcome.candidates.len(), 100);
}

#[tokio::test]
async fn text_arrives_joined() {
    let long = "x".repeat(600);
    let (resolver, _) = resolver_for(&format!("t.test TXT {long}"), false);
    let answer = resolver.answer(&Query::new(Name::parse("t.test").unwrap(), Kind::Txt)).await;
    let Answer::Records(records, _) = answer else { panic!("{answer:?}") };
    assert_eq!(records[0].data, Data::Txt(long.into_bytes()));
}

#[tokio::test]
async fn no_server_at_all_is_a_failure_in_time() {
    // Bound and silent: nothing answers there, and nothing else can take the port.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let config = Config {
        servers: vec![silent.local_addr().unwrap()],
        timeout: Duration::from_millis(100),
        total: Duration::from_millis(600),
        ..Config::default()
    };
    let resolver = Resolver::new(&config).unwrap();
    let begun = std::time::Instant::now();
    let answer = resolver.answer(&Query::new(Name::parse("a.test").unwrap(), Kind::Mx)).await;
    assert!(matches!(
        answer,
        Answer::Failed(Failure::Timeout | Failure::Unreachable | Failure::ServerFailure)
    ));
    assert!(begun.elapsed() < Duration::from_secs(2));
}
