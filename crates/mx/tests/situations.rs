//! What the DNS may say of a domain, and what the plan makes of it: one line each, with the rule it follows.
#![allow(clippy::unwrap_used, clippy::panic, clippy::format_push_string, clippy::format_collect)]
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use mailwright_mx::scripted::Scripted;
use mailwright_mx::{Families, Limits, Name, Options, Outcome, Plan, resolve};

/// Runs a plan against a script. The scripted resolver never waits, so one poll is enough.
fn outcome(destination: &str, script: &str, options: Options) -> Outcome {
    let dns = Scripted::parse(&script.replace(';', "\n")).unwrap();
    let mut run = pin!(resolve(Plan::new(destination, options), &dns));
    match run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(outcome) => outcome,
        Poll::Pending => panic!("{destination}: the plan waits for nothing"),
    }
}

/// The result in short: hosts with their addresses in order, or the status.
fn short(outcome: &Outcome) -> String {
    match &outcome.result {
        Err(unroutable) => unroutable.status.to_string(),
        Ok(route) => {
            let hosts = route.hosts.iter().map(|host| {
                let addresses: Vec<String> = host.addresses.iter().map(ToString::to_string).collect();
                format!("{}={}", host.name, addresses.join(","))
            });
            hosts.collect::<Vec<_>>().join(" ")
        }
    }
}

fn options() -> Options {
    Options {
        own_names: vec![Name::parse("self.test").unwrap()],
        own_addresses: vec!["198.51.100.1".parse().unwrap()],
        ..Options::default()
    }
}

/// Rule, destination, script, expected.
const SITUATIONS: &[(&str, &str, &str, &str)] = &[
    ("RFC 5321 §5.1: one MX", "d.test", "d.test MX 10 m.test; m.test A 192.0.2.1", "m.test=192.0.2.1"),
    (
        "RFC 5321 §5.1: lower first",
        "d.test",
        "d.test MX 20 b.test; d.test MX 10 a.test; a.test A 192.0.2.1; b.test A 192.0.2.2",
        "a.test=192.0.2.1 b.test=192.0.2.2",
    ),
    (
        "RFC 5321 §5.1: preference 0 and 65535",
        "d.test",
        "d.test MX 65535 b.test; d.test MX 0 a.test; a.test A 192.0.2.1; b.test A 192.0.2.2",
        "a.test=192.0.2.1 b.test=192.0.2.2",
    ),
    ("RFC 5321 §5.1: implicit MX", "d.test", "d.test A 192.0.2.1", "d.test=192.0.2.1"),
    ("RFC 5321 §5.2: implicit MX by AAAA alone", "d.test", "d.test AAAA 2001:db8::1", "d.test=2001:db8::1"),
    (
        "RFC 5321 §5.1: implicit MX not used beside an MX",
        "d.test",
        "d.test MX 10 m.test; d.test A 192.0.2.9; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    (
        "RFC 5321 §5.1: implicit MX not used when the MX is unusable",
        "d.test",
        "d.test MX 10 gone.test; d.test A 192.0.2.9",
        "5.4.4",
    ),
    ("RFC 5321 §5.1: non-existent domain", "d.test", "x.test A 192.0.2.1", "5.1.2"),
    ("RFC 5321 §5.1: neither MX nor address", "d.test", "d.test TXT hello", "5.4.4"),
    ("RFC 8020 §2: a name above others exists", "d.test", "a.d.test A 192.0.2.1", "5.4.4"),
    ("RFC 5321 §5.1: SERVFAIL is queued", "d.test", "d.test MX !servfail", "4.4.3"),
    (
        "RFC 5321 §5.1: SERVFAIL for MX, address known",
        "d.test",
        "d.test MX !servfail; d.test A 192.0.2.1",
        "4.4.3",
    ),
    ("RFC 5321 §5.1: REFUSED is queued", "d.test", "d.test MX !refused", "4.4.3"),
    ("RFC 5321 §5.1: timeout is queued", "d.test", "d.test MX !drop", "4.4.3"),
    ("RFC 5321 §5.1: malformed is queued", "d.test", "d.test MX !malformed", "4.4.3"),
    ("RFC 4035 §5.5: bogus is no answer", "d.test", "d.test MX !bogus; d.test A 192.0.2.1", "4.4.3"),
    ("RFC 5321 §5.1: address lookup fails", "d.test", "d.test MX 10 m.test; m.test * !servfail", "4.4.3"),
    ("RFC 5321 §5.1: implicit, address lookup fails", "d.test", "d.test TXT x; d.test A !servfail", "4.4.3"),
    (
        "RFC 5321 §5.1: one host fails, the next is known",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 b.test; a.test * !servfail; b.test A 192.0.2.2",
        "b.test=192.0.2.2",
    ),
    (
        "RFC 5321 §5.1: AAAA fails, A is known",
        "d.test",
        "d.test MX 10 m.test; m.test A 192.0.2.1; m.test AAAA !servfail",
        "m.test=192.0.2.1",
    ),
    (
        "RFC 5321 §5.1: A is absent, AAAA fails",
        "d.test",
        "d.test MX 10 m.test; m.test TXT x; m.test AAAA !drop",
        "4.4.3",
    ),
    ("RFC 5321 §5.1: bogus address", "d.test", "d.test MX 10 m.test; m.test * !bogus", "4.4.3"),
    ("RFC 5321 §5.1: every host is missing", "d.test", "d.test MX 10 a.test; d.test MX 20 b.test", "5.4.4"),
    (
        "RFC 5321 §5.1: a missing host and a failing one",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 b.test; b.test * !servfail",
        "4.4.3",
    ),
    (
        "RFC 5321 §5.1: first host has no address",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 b.test; a.test TXT x; b.test A 192.0.2.2",
        "b.test=192.0.2.2",
    ),
    ("RFC 7505 §3: null MX", "d.test", "d.test MX 0 .", "5.1.10"),
    ("RFC 7505 §3: null MX, and an address", "d.test", "d.test MX 0 .; d.test A 192.0.2.1", "5.1.10"),
    ("RFC 7505 §3: null MX with another preference", "d.test", "d.test MX 10 .", "5.1.10"),
    (
        "RFC 7505 §3: null MX beside others",
        "d.test",
        "d.test MX 0 .; d.test MX 10 m.test; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    ("RFC 7505 §3: null MX through an alias", "d.test", "d.test CNAME e.test; e.test MX 0 .", "5.1.10"),
    (
        "RFC 5321 §5.1: alias of the domain",
        "d.test",
        "d.test CNAME e.test; e.test MX 10 m.test; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    (
        "RFC 5321 §5.1: alias and implicit MX",
        "d.test",
        "d.test CNAME e.test; e.test A 192.0.2.1",
        "e.test=192.0.2.1",
    ),
    ("RFC 6604 §3: alias to nowhere", "d.test", "d.test CNAME e.test", "5.1.2"),
    (
        "RFC 5321 §5.1: alias whose target fails",
        "d.test",
        "d.test CNAME e.test; e.test MX 10 m.test; m.test * !servfail",
        "4.4.3",
    ),
    ("RFC 1034 §3.6.2: alias to itself", "d.test", "d.test CNAME d.test", "4.4.3"),
    ("RFC 1034 §3.6.2: loop of two", "d.test", "d.test CNAME e.test; e.test CNAME d.test", "4.4.3"),
    (
        "RFC 1034 §3.6.2: loop of eight",
        "d.test",
        "d.test CNAME 1.a; 1.a CNAME 2.a; 2.a CNAME 3.a; 3.a CNAME 4.a; 4.a CNAME 5.a; 5.a CNAME 6.a; 6.a CNAME 7.a; 7.a CNAME d.test",
        "4.4.3",
    ),
    (
        "RFC 1034 §3.6.2: chain of eight",
        "d.test",
        "d.test CNAME 1.a; 1.a CNAME 2.a; 2.a CNAME 3.a; 3.a CNAME 4.a; 4.a CNAME 5.a; 5.a CNAME 6.a; 6.a CNAME 7.a; 7.a CNAME 8.a; 8.a A 192.0.2.1",
        "8.a=192.0.2.1",
    ),
    (
        "RFC 1034 §3.6.2: chain of nine",
        "d.test",
        "d.test CNAME 1.a; 1.a CNAME 2.a; 2.a CNAME 3.a; 3.a CNAME 4.a; 4.a CNAME 5.a; 5.a CNAME 6.a; 6.a CNAME 7.a; 7.a CNAME 8.a; 8.a CNAME 9.a; 9.a A 192.0.2.1",
        "4.4.3",
    ),
    (
        "RFC 2181 §10.3: an MX that is an alias is forgiven",
        "d.test",
        "d.test MX 10 m.test; m.test CNAME n.test; n.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    (
        "RFC 2181 §10.3: an MX whose alias loops",
        "d.test",
        "d.test MX 10 m.test; m.test CNAME m.test",
        "4.4.3",
    ),
    (
        "RFC 5321 §5.1: two MX, aliases of one host",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 b.test; a.test CNAME m.test; b.test CNAME m.test; m.test A 192.0.2.1",
        "a.test=192.0.2.1 b.test=192.0.2.1",
    ),
    (
        "RFC 5321 §5.1: itself is best",
        "d.test",
        "d.test MX 10 self.test; d.test MX 20 b.test; b.test A 192.0.2.2",
        "5.4.6",
    ),
    ("RFC 5321 §5.1: itself alone", "d.test", "d.test MX 10 self.test", "5.4.6"),
    (
        "RFC 5321 §5.1: itself cuts worse",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 self.test; d.test MX 30 c.test; a.test A 192.0.2.1; c.test A 192.0.2.3",
        "a.test=192.0.2.1",
    ),
    (
        "RFC 5321 §5.1: itself cuts equal",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 b.test; d.test MX 20 self.test; a.test A 192.0.2.1; b.test A 192.0.2.2",
        "a.test=192.0.2.1",
    ),
    ("RFC 5321 §5.1: itself by address", "d.test", "d.test MX 10 m.test; m.test A 198.51.100.1", "5.4.6"),
    (
        "RFC 5321 §5.1: itself by one of its addresses",
        "d.test",
        "d.test MX 10 m.test; m.test A 192.0.2.1; m.test A 198.51.100.1",
        "5.4.6",
    ),
    (
        "RFC 5321 §5.1: itself by address cuts worse",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 m.test; d.test MX 30 c.test; a.test A 192.0.2.1; m.test A 198.51.100.1; c.test A 192.0.2.3",
        "a.test=192.0.2.1",
    ),
    ("RFC 5321 §5.1: implicit MX is itself", "self.test", "self.test A 192.0.2.1", "5.4.6"),
    (
        "RFC 5321 §5.1: better host missing, itself next",
        "d.test",
        "d.test MX 10 gone.test; d.test MX 20 self.test",
        "5.4.6",
    ),
    (
        "RFC 5321 §5.1: better host failing, itself next",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 self.test; a.test * !servfail",
        "4.4.3",
    ),
    ("RFC 5321 §5.1: names compare without case", "D.TEST", "d.test MX 10 SELF.test", "5.4.6"),
    (
        "RFC 5321 §5.1: the same host twice",
        "d.test",
        "d.test MX 20 m.test; d.test MX 10 m.test; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    ("RFC 5321 §5.1: an address as MX target", "d.test", "d.test MX 10 192.0.2.7", "5.4.4"),
    (
        "RFC 5321 §5.1: an address as MX target beside a host",
        "d.test",
        "d.test MX 5 192.0.2.7; d.test MX 10 m.test; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    (
        "RFC 1035 §2.3.4: a target of 256 octets beside a host",
        "d.test",
        "d.test MX 5 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test; d.test MX 10 m.test; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    ("RFC 1035 §2.3.1: a target that is no host name", "d.test", "d.test MX 10 a\\032b.test", "5.4.4"),
    (
        "RFC 1035 §2.3.1: an underscore is let through",
        "d.test",
        "d.test MX 10 m_x.test; m_x.test A 192.0.2.1",
        "m_x.test=192.0.2.1",
    ),
    ("RFC 5321 §4.1.3: IPv4 literal", "[192.0.2.1]", "", "[192.0.2.1]=192.0.2.1"),
    ("RFC 5321 §4.1.3: IPv6 literal", "[IPv6:2001:db8::1]", "", "[IPv6:2001:db8::1]=2001:db8::1"),
    ("RFC 5321 §4.1.3: literal of this server", "[198.51.100.1]", "", "5.4.6"),
    ("RFC 5321 §4.1.3: loopback literal", "[127.0.0.1]", "", "5.4.4"),
    ("RFC 5321 §4.1.3: unknown literal", "[tag:value]", "", "5.1.2"),
    ("RFC 5321 §4.1.2: no domain at all", "", "", "5.1.2"),
    ("RFC 5321 §4.1.2: an empty label", "a..test", "", "5.1.2"),
    ("RFC 5321 §4.1.2: an address without brackets", "192.0.2.1", "", "5.1.2"),
    (
        "RFC 1035 §2.3.4: a label of 64",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.test",
        "",
        "5.1.2",
    ),
    (
        "RFC 5321 §2.3.5: a final dot is dropped",
        "d.test.",
        "d.test MX 10 m.test; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    ("RFC 6890 §2.2: MX to loopback", "d.test", "d.test MX 10 m.test; m.test A 127.0.0.1", "5.4.4"),
    (
        "RFC 6890 §2.2: MX to a private address",
        "d.test",
        "d.test MX 10 m.test; m.test A 10.0.0.1; m.test AAAA fc00::1",
        "5.4.4",
    ),
    (
        "RFC 6890 §2.2: only the public address is used",
        "d.test",
        "d.test MX 10 m.test; m.test A 192.168.0.1; m.test A 192.0.2.1",
        "m.test=192.0.2.1",
    ),
    (
        "RFC 6890 §2.2: a private host gives way",
        "d.test",
        "d.test MX 10 a.test; d.test MX 20 b.test; a.test A 10.0.0.1; b.test A 192.0.2.2",
        "b.test=192.0.2.2",
    ),
    (
        "RFC 4291 §2.5.5.2: mapped loopback",
        "d.test",
        "d.test MX 10 m.test; m.test AAAA ::ffff:127.0.0.1",
        "5.4.4",
    ),
    (
        "RFC 6052 §2.1: loopback behind NAT64",
        "d.test",
        "d.test MX 10 m.test; m.test AAAA 64:ff9b::7f00:1",
        "5.4.4",
    ),
    (
        "RFC 5321 §5.1: families in turn",
        "d.test",
        "d.test MX 10 m.test; m.test A 192.0.2.1; m.test A 192.0.2.2; m.test AAAA 2001:db8::1; m.test AAAA 2001:db8::2",
        "m.test=2001:db8::1,192.0.2.1,2001:db8::2,192.0.2.2",
    ),
];

#[test]
fn each_situation_ends_as_its_rule_says() {
    assert!(SITUATIONS.len() >= 60);
    for (rule, destination, script, expected) in SITUATIONS {
        let outcome = outcome(destination, script, options());
        assert_eq!(short(&outcome), *expected, "{rule}\n{outcome}");
    }
}

#[test]
fn private_addresses_are_used_when_allowed() {
    let options = Options { allow_private: true, ..options() };
    let outcome = outcome("d.test", "d.test MX 10 m.test; m.test A 127.0.0.2", options.clone());
    assert_eq!(short(&outcome), "m.test=127.0.0.2");
    assert_eq!(short(&self::outcome("[127.0.0.2]", "", options)), "[127.0.0.2]=127.0.0.2");
}

#[test]
fn one_family_alone_is_asked_when_the_other_is_off() {
    let script = "d.test MX 10 m.test; m.test A 192.0.2.1; m.test AAAA 2001:db8::1";
    for (families, expected) in [
        (Families::V4Only, "m.test=192.0.2.1"),
        (Families::V6Only, "m.test=2001:db8::1"),
        (Families::V4First, "m.test=192.0.2.1,2001:db8::1"),
    ] {
        let outcome = outcome("d.test", script, Options { families, ..options() });
        assert_eq!(short(&outcome), expected);
        assert_eq!(outcome.lookups.len(), if families == Families::V4First { 3 } else { 2 });
    }
}

#[test]
fn many_hosts_and_addresses_are_bounded_and_said_so() {
    let mut script = String::new();
    for host in 0..1_000 {
        script.push_str(&format!("d.test MX {host} m{host}.test; m{host}.test A 192.0.2.{};", host % 256));
        for address in 0..10 {
            script.push_str(&format!("m{host}.test A 198.18.{}.{address};", host % 256));
        }
    }
    let outcome = outcome("d.test", &script, options());
    let route = outcome.result.as_ref().unwrap();
    let names: Vec<&str> = route.hosts.iter().map(|h| h.name.as_str()).collect();
    assert_eq!(names, ["m0.test", "m1.test", "m2.test", "m3.test", "m4.test"]);
    assert!(route.hosts.iter().all(|host| host.addresses.len() == 2));
    assert_eq!(outcome.lookups.len(), 11, "no host beyond the limit is asked for");
    assert!(outcome.to_string().contains("not used: there are enough better ones"));
}

#[test]
fn a_thousand_addresses_of_one_host_are_looked_at_and_ten_used() {
    let addresses: String = (0..1_500).map(|n| format!("m.test A 198.18.{}.{};", n / 256, n % 256)).collect();
    let outcome = outcome("d.test", &format!("d.test MX 10 m.test; {addresses}"), options());
    assert_eq!(outcome.result.unwrap().hosts[0].addresses.len(), 10);
    assert_eq!(outcome.candidates[0].addresses.len(), 1_000);
}

#[test]
fn missing_hosts_make_room_for_worse_ones_within_a_bound() {
    let script: String = (0..30).map(|host| format!("d.test MX {host} m{host}.test;")).collect();
    let found = format!("{script} m7.test A 192.0.2.7; m19.test A 192.0.2.19; m20.test A 192.0.2.20");
    assert_eq!(short(&outcome("d.test", &found, options())), "m7.test=192.0.2.7 m19.test=192.0.2.19");
    let limits = Limits { inspected: 8, ..Limits::default() };
    let outcome = outcome("d.test", &found, Options { limits, ..options() });
    assert_eq!(short(&outcome), "m7.test=192.0.2.7");
    assert_eq!(outcome.lookups.len(), 17);
}

#[test]
fn equals_come_in_an_order_that_the_seed_decides() {
    let script = "d.test MX 10 a.test; d.test MX 10 b.test; d.test MX 10 c.test;
        a.test A 192.0.2.1; b.test A 192.0.2.2; c.test A 192.0.2.3";
    let order = |seed| short(&outcome("d.test", script, Options { seed, ..options() }));
    let orders: std::collections::HashSet<String> = (0..100).map(order).collect();
    assert_eq!(orders.len(), 6, "every order of three occurs");
    assert_eq!(order(7), order(7));
}

#[test]
fn dnssec_is_carried_for_the_list_the_host_and_what_it_expands_to() {
    use mailwright_mx::Security::{Insecure, Secure};
    let records = "d.test MX 10 m.test; m.test CNAME n.test; n.test A 192.0.2.1;";
    for (signed, expected) in [
        ("", (Insecure, Insecure, Insecure)),
        ("d.test * !secure", (Secure, Insecure, Insecure)),
        ("d.test * !secure; m.test * !secure", (Secure, Secure, Insecure)),
        ("d.test * !secure; m.test * !secure; n.test * !secure", (Secure, Secure, Secure)),
        ("n.test * !secure", (Insecure, Insecure, Insecure)),
    ] {
        let outcome = outcome("d.test", &format!("{records}{signed}"), options());
        let route = outcome.result.unwrap();
        let trust = &route.hosts[0].trust;
        assert_eq!(
            (route.mx_security, trust.original_security, trust.expanded_security),
            expected,
            "{signed}"
        );
        assert_eq!(trust.expanded, Some(Name::parse("n.test").unwrap()));
    }
}

#[test]
fn a_host_that_was_chosen_is_not_asked_for_mx() {
    let script = "relay.test MX 10 other.test; relay.test A 192.0.2.1";
    for (host, expected) in [
        ("relay.test", "relay.test=192.0.2.1"),
        ("192.0.2.7", "192.0.2.7=192.0.2.7"),
        ("[192.0.2.7]", "[192.0.2.7]=192.0.2.7"),
        ("gone.test", "5.1.2"),
        ("self.test", "5.4.6"),
        ("a b", "5.1.2"),
    ] {
        let dns = Scripted::parse(&script.replace(';', "\n")).unwrap();
        let mut run = pin!(resolve(Plan::of_host(host, options()), &dns));
        let Poll::Ready(outcome) = run.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("{host}: the plan waits for nothing");
        };
        assert_eq!(short(&outcome), expected, "{host}");
    }
}

#[test]
fn an_answer_nobody_asked_for_is_refused_and_changes_nothing() {
    use mailwright_mx::{Answer, Kind, Query, Step};
    let mut plan = Plan::new("d.test", options());
    let stray = Query::new(Name::parse("other.test").unwrap(), Kind::Mx);
    assert!(plan.feed(&stray, Answer::empty()).is_err());
    let Step::Query(query) = plan.poll() else { panic!("it asks for the MX") };
    assert_eq!(plan.poll(), Step::Wait);
    plan.feed(&query, Answer::empty()).unwrap();
    assert!(plan.feed(&query, Answer::empty()).is_err(), "an answer is taken once");
    assert!(matches!(plan.poll(), Step::Query(_)));
}

#[test]
fn the_explanation_reads_well() {
    let script = "d.test MX 10 a.test; d.test MX 15 self.test; d.test MX 20 b.test; d.test MX 5 192.0.2.3;
        d.test MX 7 gone.test; a.test A 192.0.2.1; a.test A 10.0.0.1";
    let text = outcome("d.test", script, options()).to_string();
    let expected = "\
d.test: mail goes to 1 host, 1 address
      5 192.0.2.3  not used: an address stands where a domain name belongs
      7 gone.test  not used: no such name
     10 a.test     used
                   192.0.2.1
                   10.0.0.1 (not used: a private address)
     15 self.test  not used: it is this server
     20 b.test     not used: no better than this server, to which it would hand the mail back
";
    assert!(text.starts_with(expected), "{text}");
}
