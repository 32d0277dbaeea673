//! [`Throttle`]: how many wrong guesses a network, or anybody at an account, has.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    net::IpAddr,
    time::Instant,
};

use hmac::{Hmac, KeyInit, Mac};
use mailwright_sasl::Secret;
use sha2::Sha256;

/// How many wrong guesses there may be within a minute and within a day.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    minute: usize,
    day: usize,
}

/// Of one IPv4 address or one IPv6 /64.
const NETWORK: Allowance = Allowance { minute: 10, day: 100 };
/// At one account, from networks it was not used from.
const ACCOUNT: Allowance = Allowance { minute: 20, day: 200 };
const MINUTE: u32 = 60;
const DAY: u32 = 24 * 60 * 60;
/// How many networks, accounts and known pairs are remembered at most. The least recent ones are forgotten.
const SIZE: usize = 50_000;

/// A network or an account, under a keyed hash so that nobody can choose names that collide.
type Key = [u8; 16];

/// Counts wrong guesses. Time is given, not read.
pub(super) struct Throttle {
    key: [u8; 32],
    start: Instant,
    networks: HashMap<Key, Failures>,
    accounts: HashMap<Key, Failures>,
    /// An account was used from a network: when last.
    known: HashMap<Key, u32>,
}

/// The wrong guesses of the last day.
#[derive(Debug, Default)]
struct Failures {
    /// In seconds since the start, the oldest first.
    times: VecDeque<u32>,
    /// The last passwords that were wrong: the same one again tells a guesser nothing new.
    wrong: VecDeque<Key>,
}

impl fmt::Debug for Throttle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Throttle")
            .field("networks", &self.networks.len())
            .field("accounts", &self.accounts.len())
            .finish_non_exhaustive()
    }
}

impl Failures {
    fn exceed(&self, now: u32, allowance: Allowance) -> bool {
        let within = |seconds: u32, count: usize| {
            let nth_last = self.times.len().checked_sub(count).and_then(|at| self.times.get(at));
            nth_last.is_some_and(|time| now.saturating_sub(*time) < seconds)
        };
        within(MINUTE, allowance.minute) || within(DAY, allowance.day)
    }

    fn add(&mut self, now: u32, allowance: Allowance) {
        if self.times.len() >= allowance.day {
            self.times.pop_front();
        }
        self.times.push_back(now);
    }

    /// Whether this password was wrong just before; from now on it was.
    fn repeats(&mut self, password: Key) -> bool {
        let repeats = self.wrong.contains(&password);
        if !repeats {
            if self.wrong.len() >= 8 {
                self.wrong.pop_front();
            }
            self.wrong.push_back(password);
        }
        repeats
    }

    fn last(&self) -> u32 {
        self.times.back().copied().unwrap_or_default()
    }
}

impl Throttle {
    pub(super) fn new(key: [u8; 32]) -> Self {
        let (networks, accounts, known) = Default::default();
        Self { key, start: Instant::now(), networks, accounts, known }
    }

    /// Whether `peer` may try to log in as `account` now.
    ///
    /// Who only attacks an account does not lock its owner out: from a network that it was used from lately, the
    /// account's own count does not matter.
    pub(super) fn allows(&self, now: Instant, peer: IpAddr, account: &str) -> bool {
        let now = self.seconds(now);
        let network = self.network(peer);
        if self.networks.get(&network).is_some_and(|failures| failures.exceed(now, NETWORK)) {
            return false;
        }
        let exceeded = self
            .accounts
            .get(&self.tag(&[account.as_bytes()]))
            .is_some_and(|failures| failures.exceed(now, ACCOUNT));
        !exceeded || self.known.contains_key(&self.tag(&[account.as_bytes(), &network]))
    }

    /// A guess was wrong, or is not yet known to be right.
    pub(super) fn failed(&mut self, now: Instant, peer: IpAddr, account: &str, password: Option<&Secret>) {
        let (now, network, name) = (self.seconds(now), self.network(peer), self.tag(&[account.as_bytes()]));
        let password =
            password.map(|password| self.tag(&[account.as_bytes(), b"\0", password.expose().as_bytes()]));
        make_room(&mut self.networks, Failures::last);
        make_room(&mut self.accounts, Failures::last);
        let failures = self.networks.entry(network).or_default();
        if password.is_some_and(|password| failures.repeats(password)) {
            return;
        }
        failures.add(now, NETWORK);
        self.accounts.entry(name).or_default().add(now, ACCOUNT);
    }

    /// `account` was used from `peer`, which is known from now on.
    pub(super) fn succeeded(&mut self, now: Instant, peer: IpAddr, account: &str) {
        let (now, pair) = (self.seconds(now), self.tag(&[account.as_bytes(), &self.network(peer)]));
        make_room(&mut self.known, |last| *last);
        self.known.insert(pair, now);
    }

    /// The last guess was right after all.
    pub(super) fn take_back(&mut self, peer: IpAddr, account: &str) {
        let (network, name) = (self.network(peer), self.tag(&[account.as_bytes()]));
        for failures in [self.networks.get_mut(&network), self.accounts.get_mut(&name)].into_iter().flatten()
        {
            failures.times.pop_back();
        }
    }

    fn seconds(&self, now: Instant) -> u32 {
        u32::try_from(now.saturating_duration_since(self.start).as_secs()).unwrap_or(u32::MAX)
    }

    fn network(&self, peer: IpAddr) -> Key {
        match peer.to_canonical() {
            IpAddr::V4(address) => self.tag(&[&address.octets()]),
            IpAddr::V6(address) => self.tag(&[&address.octets()[..8]]),
        }
    }

    fn tag(&self, parts: &[&[u8]]) -> Key {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes a key of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let mut tag = [0; 16];
        tag.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        tag
    }
}

/// Forgets the least recent half when the table is full.
fn make_room<V>(table: &mut HashMap<Key, V>, last: impl Fn(&V) -> u32) {
    if table.len() < SIZE {
        return;
    }
    let mut times: Vec<u32> = table.values().map(&last).collect();
    let (_, median, _) = times.select_nth_unstable(SIZE / 2);
    let median = *median;
    let mut surplus = SIZE / 2;
    table.retain(|_, value| {
        let forget = surplus > 0 && last(value) <= median;
        surplus -= usize::from(forget);
        !forget
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HERE: &str = "192.0.2.1";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A throttle, and a clock that starts with it.
    fn throttle() -> (Throttle, impl Fn(u64) -> Instant) {
        let throttle = Throttle::new([1; 32]);
        let start = throttle.start;
        (throttle, move |seconds| start + Duration::from_secs(seconds))
    }

    #[test]
    fn ten_guesses_a_minute_and_a_hundred_a_day_for_a_network() {
        let (mut throttle, at) = throttle();
        let mut guesses = Vec::new();
        for second in 0..2 * u64::from(DAY) {
            // Each guess at another account: the accounts' own counts do not matter here.
            let account = format!("user{second}");
            if throttle.allows(at(second), ip(HERE), &account) {
                throttle.failed(at(second), ip(HERE), &account, None);
                guesses.push(second);
            }
        }
        assert_eq!(guesses.iter().filter(|second| **second < 60).count(), 10);
        assert!(guesses.windows(11).all(|w| w[10] - w[0] >= 60), "in any minute");
        assert!(guesses.windows(101).all(|w| w[100] - w[0] >= u64::from(DAY)), "on any day");
        assert_eq!(guesses.len(), 200);
    }

    #[test]
    fn a_network_is_one_ipv4_address_or_one_ipv6_64() {
        let (mut throttle, at) = throttle();
        for n in 0..10 {
            throttle.failed(at(0), ip(&format!("2001:db8::{n}")), &format!("user{n}"), None);
            throttle.failed(at(0), ip("::ffff:192.0.2.1"), &format!("user{n}"), None);
        }
        assert!(!throttle.allows(at(1), ip("2001:db8::ffff"), "x"));
        assert!(throttle.allows(at(1), ip("2001:db8:0:1::1"), "x"));
        assert!(!throttle.allows(at(1), ip(HERE), "x"));
        assert!(throttle.allows(at(1), ip("192.0.2.2"), "x"));
    }

    #[test]
    fn many_networks_do_not_guess_more_at_one_account_and_do_not_lock_its_owner_out() {
        let (mut throttle, at) = throttle();
        throttle.succeeded(at(0), ip(HERE), "victim");
        for n in 0..20 {
            assert!(throttle.allows(at(1), ip(&format!("198.51.100.{n}")), "victim"));
            throttle.failed(at(1), ip(&format!("198.51.100.{n}")), "victim", None);
        }
        assert!(!throttle.allows(at(2), ip("203.0.113.1"), "victim"));
        assert!(throttle.allows(at(2), ip(HERE), "victim"), "from where it was used before");
        assert!(throttle.allows(at(2), ip("203.0.113.1"), "another"));
        assert!(throttle.allows(at(62), ip("203.0.113.1"), "victim"), "after a minute");
    }

    #[test]
    fn the_same_wrong_password_again_is_one_guess() {
        let (mut throttle, at) = throttle();
        for second in 0..1000 {
            throttle.failed(at(second), ip(HERE), "forgetful", Some(&Secret::new("old")));
        }
        assert!(throttle.allows(at(1000), ip(HERE), "forgetful"));
        for n in 0..10 {
            throttle.failed(at(1000), ip(HERE), "forgetful", Some(&Secret::new(format!("guess {n}"))));
        }
        assert!(!throttle.allows(at(1000), ip(HERE), "forgetful"));
    }

    #[test]
    fn what_is_taken_back_does_not_count() {
        let (mut throttle, at) = throttle();
        for second in 0..500 {
            assert!(throttle.allows(at(second / 10), ip(HERE), "a"));
            throttle.failed(at(second / 10), ip(HERE), "a", None);
            throttle.take_back(ip(HERE), "a");
        }
    }

    #[test]
    fn a_million_networks_do_not_fill_the_memory() {
        let (mut throttle, at) = throttle();
        for n in 0..120_000u32 {
            throttle.failed(at(u64::from(n / 1000)), IpAddr::V4(n.into()), "a", None);
        }
        assert!(throttle.networks.len() <= SIZE);
        assert!(throttle.accounts.len() <= SIZE);
    }
}
