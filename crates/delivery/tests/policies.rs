//! What policies let through: MTA-STS fetched over HTTPS (RFC 8461), DANE (RFC 7672) and REQUIRETLS (RFC 8689), in the
//! running queue against servers on loopback.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "peer/chain.rs"]
mod chain;
#[path = "peer/peer.rs"]
mod peer;
#[path = "peer/world.rs"]
mod world;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chain::{Chain, chain, trusting};
use mailwright_delivery::tlsrpt::{TlsResults, Verdict};
use mailwright_delivery::{Envelope, Https, SystemClock};
use mailwright_mx::scripted::Scripted;
use mailwright_smtp::types::{Mail, Mailbox, Rcpt};
use mailwright_store::Timestamp;
use peer::Peer;
use rustls::RootCertStore;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use world::{World, all_facts, waiting};

const DNS: &str = "
    there.test          MX  10 mx.there.test
    mx.there.test       A   127.0.0.2
    mx2.there.test      A   127.0.0.3
    far.test            A   127.0.0.4
    mta-sts.there.test  A   127.0.0.1
";
const RECORD: &str = "_mta-sts.there.test TXT v=STSv1; id=1\n";
const SECURE: &str = "there.test * !secure\nmx.there.test * !secure\n";

fn policy(mode: &str, mx: &str) -> String {
    let body = format!("version: STSv1\nmode: {mode}\nmx: {mx}\nmax_age: 86400\n");
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// Answers every GET over TLS with this; counts them.
async fn policy_host(chain: &Chain, answer: String) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let (acceptor, count) = (chain.acceptor(), asked.clone());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            assert!(request.starts_with("GET /.well-known/mta-sts.txt HTTP/1.1\r\n"), "{request}");
            assert!(request.contains("\r\nHost: mta-sts.there.test\r\n"), "{request}");
            count.fetch_add(1, Ordering::Relaxed);
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, asked)
}

fn https(dns: &str, port: u16, roots: &Arc<RootCertStore>) -> Https<Arc<Scripted>> {
    let resolver = Arc::new(Scripted::parse(dns).unwrap());
    Https::new(resolver, roots.clone()).port(port).allow_private(true).time(Duration::from_secs(5))
}

/// Holds what came of an attempt against what a row of a table says: all of a success, words of a failure.
fn judge(what: &str, found: &Result<bool, String>, expected: Result<bool, &str>) {
    match (found, expected) {
        (Ok(tls), Ok(wanted)) => assert_eq!(*tls, wanted, "{what}"),
        (Err(said), Err(words)) => assert!(said.contains(words), "{what}: {said}"),
        _ => panic!("{what}: {found:?}"),
    }
}

/// How a first attempt ended: `None` when it was delivered, and whether over TLS; else what was noted.
async fn attempt(world: &World, peer: &Peer) -> Result<bool, String> {
    world.send(&["bob@there.test"]).await;
    let runner = world.start(SystemClock);
    world
        .until("an attempt", |entries| {
            entries.is_empty() || all_facts(entries).iter().any(|facts| facts.tries > 0)
        })
        .await;
    let entries = world.entries().await;
    runner.stop().await;
    if entries.is_empty() {
        return Ok(peer.taken()[0].tls);
    }
    assert!(peer.taken().is_empty(), "what waits was not sent as well");
    Err(all_facts(&entries)[0].attempts.last().unwrap().said().to_owned())
}

/// What the mail server of `there.test` has to show.
#[derive(Clone, Copy)]
enum Tls {
    Good,
    Expired,
    OtherName,
    Unknown,
    None,
}

struct Certificates {
    good: Chain,
    expired: Chain,
    other: Chain,
    unknown: Chain,
}

impl Certificates {
    fn new() -> Self {
        Self {
            good: chain("mx.there.test", false),
            expired: chain("mx.there.test", true),
            other: chain("mx.other.test", false),
            unknown: chain("mx.there.test", false),
        }
    }

    async fn peer(&self, address: &str, tls: Tls) -> Peer {
        let peer = Peer::on(address, &[]).await;
        match tls {
            Tls::Good => peer.secure(self.good.acceptor()),
            Tls::Expired => peer.secure(self.expired.acceptor()),
            Tls::OtherName => peer.secure(self.other.acceptor()),
            Tls::Unknown => peer.secure(self.unknown.acceptor()),
            Tls::None => {}
        }
        peer
    }

    fn trusted(&self, host: &Chain) -> Arc<RootCertStore> {
        trusting(&[&self.good, &self.expired, &self.other, host])
    }
}

#[tokio::test]
async fn a_policy_is_kept_to_and_never_costs_more_than_it_says() {
    let certificates = Certificates::new();
    let host = chain("mta-sts.there.test", false);
    let strange = chain("elsewhere.test", false);
    let roots = certificates.trusted(&host);
    let enforce = || policy("enforce", "mx.there.test");
    let large = format!("{}{}", enforce(), "x".repeat(70_000)).replace("Content-Length", "X-Length");
    let redirect = "HTTP/1.1 301 Moved\r\nLocation: https://elsewhere.test/\r\nContent-Length: 0\r\n\r\n";
    let not_listed = Err("the domain's MTA-STS policy does not list it");
    for (what, answer, server, tls, expected) in [
        ("enforce, all well", enforce(), &host, Tls::Good, Ok(true)),
        ("enforce, wildcard", policy("enforce", "*.there.test"), &host, Tls::Good, Ok(true)),
        ("enforce, expired", enforce(), &host, Tls::Expired, Err("certificate")),
        ("enforce, other name", enforce(), &host, Tls::OtherName, Err("certificate")),
        ("enforce, unknown authority", enforce(), &host, Tls::Unknown, Err("certificate")),
        ("enforce, no TLS", enforce(), &host, Tls::None, Err("454 4.7.0 not here")),
        ("enforce, not listed", policy("enforce", "other.there.test"), &host, Tls::Good, not_listed),
        ("testing, not listed", policy("testing", "other.there.test"), &host, Tls::None, Ok(false)),
        ("testing, expired", policy("testing", "mx.there.test"), &host, Tls::Expired, Ok(true)),
        ("none", policy("none", "mx.there.test"), &host, Tls::None, Ok(false)),
        ("a redirect is no policy", redirect.to_owned(), &host, Tls::None, Ok(false)),
        ("HTML is no policy", enforce().replace("text/plain", "text/html"), &host, Tls::None, Ok(false)),
        ("too long", large, &host, Tls::None, Ok(false)),
        ("not HTTP", "nonsense".to_owned(), &host, Tls::None, Ok(false)),
        ("a policy host of another name", enforce(), &strange, Tls::None, Ok(false)),
    ] {
        let (address, _) = policy_host(server, answer).await;
        let peer = certificates.peer("127.0.0.2:0", tls).await;
        let dns = format!("{DNS}{RECORD}");
        let mut world = World::new(peer.address.port(), &dns).await;
        world.config.schedule.retry = vec![Duration::from_hours(1)];
        let trusted =
            if std::ptr::eq(server, &raw const strange) { trusting(&[&strange]) } else { roots.clone() };
        world.config.policies = Some(Arc::new(https(&dns, address.port(), &trusted)));
        world.config.roots = Some(roots.clone());
        judge(what, &attempt(&world, &peer).await, expected);
    }
}

#[tokio::test]
async fn a_policy_outlives_a_restart_and_its_host() {
    let certificates = Certificates::new();
    let host = chain("mta-sts.there.test", false);
    let roots = certificates.trusted(&host);
    let (address, asked) = policy_host(&host, policy("enforce", "mx.there.test")).await;
    let peer = certificates.peer("127.0.0.2:0", Tls::Good).await;
    let kept = tempfile::tempdir().unwrap();
    let dns = format!("{DNS}{RECORD}");
    let mut world = World::new(peer.address.port(), &dns).await;
    world.config.roots = Some(roots.clone());
    world.config.policies = Some(Arc::new(https(&dns, address.port(), &roots)));
    world.config.policy_folder = Some(kept.path().to_owned());
    for _ in 0..5 {
        world.send(&["bob@there.test"]).await;
    }
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    assert_eq!(asked.load(Ordering::Relaxed), 1, "fetched once for five mails");

    // Another process, without a record, a policy host, or a certificate that is good.
    let bad = certificates.peer(&format!("127.0.0.3:{}", peer.address.port()), Tls::Expired).await;
    let dns = DNS.replace("10 mx.there.test", "10 mx2.there.test");
    let mut world = World::new(peer.address.port(), &dns).await;
    world.config.schedule.retry = vec![Duration::from_hours(1)];
    world.config.roots = Some(roots.clone());
    world.config.policies = Some(Arc::new(https(&dns, 1, &roots)));
    world.config.policy_folder = Some(kept.path().to_owned());
    assert_eq!(
        attempt(&world, &bad).await.unwrap_err(),
        "the domain's MTA-STS policy does not list it",
        "it holds all the same"
    );
}

#[tokio::test]
async fn tlsa_records_outweigh_the_policy() {
    let certificates = Certificates::new();
    let host = chain("mta-sts.there.test", false);
    let roots = certificates.trusted(&host);
    let hex = |chain: &Chain| -> String {
        Sha256::digest(&chain.leaf_spki)
            .iter()
            .map(|octet| format!("{octet:02x}"))
            .collect::<Vec<_>>()
            .concat()
    };
    let matching = format!("TLSA 3 1 1 {}", hex(&certificates.unknown));
    let foreign = format!("TLSA 3 1 1 {}", hex(&certificates.good));
    let (enforce, testing) = ("enforce", "testing");
    let [useless, not_known] = ["TLSA 0 0 1 00", "its TLSA records are not known"];
    for (what, mode, records, tls, expected) in [
        ("a match, though nobody signed it", enforce, vec![matching.as_str()], Tls::Unknown, Ok(true)),
        ("a key roll-over", enforce, vec![foreign.as_str(), matching.as_str()], Tls::Unknown, Ok(true)),
        (
            "a mismatch, though the chain is good",
            enforce,
            vec![matching.as_str()],
            Tls::Good,
            Err("certificate"),
        ),
        ("no TLS", enforce, vec![matching.as_str()], Tls::None, Err("454 4.7.0 not here")),
        ("records of no use: encrypted", testing, vec![useless], Tls::Expired, Ok(true)),
        ("records of no use, no TLS", testing, vec![useless], Tls::None, Err("454 4.7.0 not here")),
        ("records of no use leave the policy its say", enforce, vec![useless], Tls::Good, Ok(true)),
        ("and its certificate", enforce, vec![useless], Tls::Expired, Err("certificate")),
        ("the question fails", enforce, vec!["TLSA !servfail"], Tls::Good, Err(not_known)),
        ("the answer is forged", enforce, vec!["TLSA !bogus"], Tls::Good, Err(not_known)),
    ] {
        let (address, _) = policy_host(&host, policy(mode, "mx.there.test")).await;
        let peer = certificates.peer("127.0.0.2:0", tls).await;
        let port = peer.address.port();
        let owner = format!("_{port}._tcp.mx.there.test");
        let records: String =
            records.iter().map(|record| format!("{owner} {record}\n")).collect::<Vec<_>>().concat();
        let dns = format!("{DNS}{RECORD}{SECURE}{owner} * !secure\n{records}");
        let mut world = World::new(port, &dns).await;
        world.config.schedule.retry = vec![Duration::from_hours(1)];
        world.config.policies = Some(Arc::new(https(&dns, address.port(), &roots)));
        world.config.roots = Some(roots.clone());
        judge(what, &attempt(&world, &peer).await, expected);
    }
}

/// A mail to Bob with `REQUIRETLS`, and how it ended: the host that has it, or the status it came back with.
async fn required(dns: &str, certificates: &Certificates, hosts: [(Tls, bool); 2]) -> Result<usize, String> {
    let first = certificates.peer("127.0.0.2:0", hosts[0].0).await;
    let port = first.address.port();
    let second = certificates.peer(&format!("127.0.0.3:{port}"), hosts[1].0).await;
    let far = Peer::on(&format!("127.0.0.4:{port}"), &[]).await;
    for (peer, (_, offered)) in [&first, &second].into_iter().zip(hosts) {
        if offered {
            peer.offer("REQUIRETLS");
        }
    }
    let mut world = World::new(port, &format!("{DNS}{dns}")).await;
    world.config.roots = Some(certificates.trusted(&certificates.good));
    let mut mail = Mail::new("ann@far.test".parse::<Mailbox>().unwrap());
    mail.parameters.require_tls = true;
    world.queue(&mail, &[Rcpt::new("bob@there.test".parse::<Mailbox>().unwrap())], Timestamp::now()).await;
    let runner = world.start(SystemClock);
    world.until_empty().await;
    runner.stop().await;
    for (number, peer) in [first, second].into_iter().enumerate() {
        if let Some(taken) = peer.taken().first() {
            assert!(taken.tls && taken.from.ends_with(" REQUIRETLS"), "{taken:?}");
            return Ok(number);
        }
    }
    // The report went although its way has no TLS at all, and gives nothing but the header away.
    let report = far.taken().remove(0).body;
    assert!(report.contains("text/rfc822-headers") && !report.contains("\r\nhi\r\n"), "{report}");
    let status = report.lines().find_map(|line| line.strip_prefix("Status: ")).unwrap();
    Err(status.to_owned())
}

#[tokio::test]
async fn required_tls_is_had_or_the_mail_comes_back() {
    let certificates = Certificates::new();
    let both = format!("there.test MX 20 mx2.there.test\nmx2.there.test * !secure\n{SECURE}");
    let none = (Tls::None, false);
    for (what, dns, hosts, expected) in [
        ("all there", SECURE, [(Tls::Good, true), none], Ok(0)),
        ("not promised", SECURE, [(Tls::Good, false), none], Err("5.7.30")),
        ("no TLS", SECURE, [none, none], Err("5.7.10")),
        ("a certificate that is not good", SECURE, [(Tls::Expired, true), none], Err("5.7.10")),
        ("nobody vouches for the name", "", [(Tls::Good, true), none], Err("5.7.10")),
        ("nor does the second host", both.as_str(), [none, (Tls::OtherName, true)], Err("5.7.10")),
    ] {
        let found = required(dns, &certificates, hosts).await;
        assert_eq!(found, expected.map_err(str::to_owned), "{what}");
    }
}

#[tokio::test]
async fn how_tls_went_is_counted_for_those_who_ask() {
    let certificates = Certificates::new();
    let host = chain("mta-sts.there.test", false);
    let roots = certificates.trusted(&host);
    for (mode, tls, mx, verdict) in [
        ("enforce", Tls::Good, "mx.there.test", None),
        ("enforce", Tls::Expired, "mx.there.test", Some(Verdict::CertificateExpired)),
        ("enforce", Tls::OtherName, "mx.there.test", Some(Verdict::CertificateHostMismatch)),
        ("enforce", Tls::Unknown, "mx.there.test", Some(Verdict::CertificateNotTrusted)),
        ("enforce", Tls::None, "mx.there.test", Some(Verdict::StarttlsNotSupported)),
        ("testing", Tls::Good, "mx.there.test", None),
        ("testing", Tls::Expired, "mx.there.test", Some(Verdict::CertificateExpired)),
        ("testing", Tls::Good, "other.there.test", Some(Verdict::ValidationFailure)),
    ] {
        let (address, _) = policy_host(&host, policy(mode, mx)).await;
        let peer = certificates.peer("127.0.0.2:0", tls).await;
        let dns = format!("{DNS}{RECORD}");
        let mut world = World::new(peer.address.port(), &dns).await;
        world.config.schedule.retry = vec![Duration::from_hours(1)];
        world.config.policies = Some(Arc::new(https(&dns, address.port(), &roots)));
        world.config.roots = Some(roots.clone());
        let results = TlsResults::default();
        world.config.tls_results = Some(results.clone());
        let delivered = attempt(&world, &peer).await.is_ok();
        assert_eq!(delivered, verdict.is_none() || mode == "testing", "{mode} {verdict:?}");
        let counted = results.take().remove("there.test").unwrap();
        assert_eq!(counted[0].policy.policy_type, "sts");
        assert_eq!(
            counted[0].summary.total_failure_session_count,
            u64::from(verdict.is_some()),
            "{counted:?}"
        );
        assert_eq!(counted[0].failure_details.first().map(|detail| detail.result_type), verdict, "{mode}");
    }
}

#[tokio::test]
async fn a_policy_that_cannot_be_had_is_counted_by_what_is_wrong() {
    let certificates = Certificates::new();
    let (good, strange) = (chain("mta-sts.there.test", false), chain("elsewhere.test", false));
    let roots = trusting(&[&good, &strange]);
    let nonsense = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nhi\n".to_owned();
    let gone = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned();
    for (host, answer, verdict) in [
        (&good, gone, Verdict::StsPolicyFetchError),
        (&good, nonsense, Verdict::StsPolicyInvalid),
        (&strange, policy("enforce", "mx.there.test"), Verdict::StsWebpkiInvalid),
    ] {
        let (address, _) = policy_host(host, answer).await;
        let peer = certificates.peer("127.0.0.2:0", Tls::Good).await;
        let dns = format!("{DNS}{RECORD}");
        let mut world = World::new(peer.address.port(), &dns).await;
        world.config.policies = Some(Arc::new(https(&dns, address.port(), &roots)));
        let results = TlsResults::default();
        world.config.tls_results = Some(results.clone());
        assert_eq!(attempt(&world, &peer).await, Ok(true), "{verdict:?}: it goes as if there were none");
        let counted = results.take().remove("there.test").unwrap();
        assert_eq!(counted[0].failure_details[0].result_type, verdict);
    }
}

#[tokio::test]
async fn who_would_rather_be_delivered_is() {
    let certificates = Certificates::new();
    let host = chain("mta-sts.there.test", false);
    let roots = certificates.trusted(&host);
    let (address, _) = policy_host(&host, policy("enforce", "mx.there.test")).await;
    let peer = certificates.peer("127.0.0.2:0", Tls::Expired).await;
    let dns = format!("{DNS}{RECORD}");
    let mut world = World::new(peer.address.port(), &dns).await;
    world.config.policies = Some(Arc::new(https(&dns, address.port(), &roots)));
    world.config.roots = Some(roots);
    let mail = Mail::new("ann@far.test".parse::<Mailbox>().unwrap());
    let rcpts = [Rcpt::new("bob@there.test".parse::<Mailbox>().unwrap())];
    let now = Timestamp::now();
    world.sender().put(Envelope::new(&mail, now), &rcpts, now).await;
    world.sender().put(Envelope::new(&mail, now).tls_optional(true), &rcpts, now).await;
    let runner = world.start(SystemClock);
    world.until("one of them to go", |entries| entries.len() == 1).await;
    assert_eq!(waiting(&world.entries().await).len(), 1, "the other waits");
    assert!(peer.taken()[0].tls, "TLS is used where it can be had");
    runner.stop().await;
}
