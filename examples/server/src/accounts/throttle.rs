//! [`Throttle`]: how many wrong guesses a network, or anybody at an account, has.

use std::{
    collections::{HashMap, VecDeque},
    fmt, io,
    net::IpAddr,
    path::Path,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use hmac::{Hmac, KeyInit, Mac};
use mailwright_sasl::Secret;
use sha2::Sha256;

use super::journal::{Journal, Record, What};

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
/// How long after an account was used from a network that is written down again.
const AGAIN: u32 = 60 * 60;
/// How many networks, accounts and known pairs are remembered at most. The least recent ones are forgotten.
const SIZE: usize = 50_000;

/// A network or an account, under a keyed hash so that nobody can choose names that collide.
pub(super) type Key = [u8; 16];

/// Counts wrong guesses. Times within a run are given, not read.
pub(super) struct Throttle {
    key: [u8; 32],
    start: Instant,
    /// The second that is 0 here, in seconds since 1970: a day before the start, so that all that counts has a number.
    epoch: u64,
    /// Without one, nothing outlives the process.
    journal: Option<Journal>,
    networks: HashMap<Key, Failures>,
    accounts: HashMap<Key, Failures>,
    /// An account was used from a network: when last.
    known: HashMap<Key, u32>,
}

/// Whose wrong guesses.
#[derive(Clone, Copy)]
enum Table {
    Networks,
    Accounts,
}

/// The wrong guesses of the last day.
#[derive(Debug, Default)]
struct Failures {
    /// In seconds since the epoch of the throttle, the oldest first.
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
    pub(super) fn new(key: [u8; 32], unix_time: u64) -> Self {
        let (networks, accounts, known) = Default::default();
        let epoch = unix_time.saturating_sub(DAY.into());
        Self { key, start: Instant::now(), epoch, journal: None, networks, accounts, known }
    }

    /// Goes on where the file in the data folder ends. The key has to be the same at every start.
    pub(super) fn open(key: [u8; 32], path: &Path) -> io::Result<Self> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Self::open_at(key, path, now)
    }

    fn open_at(key: [u8; 32], path: &Path, unix_time: u64) -> io::Result<Self> {
        let mut throttle = Self::new(key, unix_time);
        let (journal, records) = Journal::open(path)?;
        for Record { what, time, key } in records {
            // A clock that went back must not make a guess count for longer than a day.
            let time = time.min(unix_time).saturating_sub(throttle.epoch);
            let time = u32::try_from(time).unwrap_or(DAY);
            match what {
                What::Known => throttle.known(time, key),
                _ if time == 0 => {}
                What::Network => throttle.count(time, key, Table::Networks),
                What::Account => throttle.count(time, key, Table::Accounts),
                What::NetworkTakenBack => throttle.uncount(&key, Table::Networks),
                What::AccountTakenBack => throttle.uncount(&key, Table::Accounts),
            }
        }
        throttle.journal = Some(journal);
        throttle.tidy();
        Ok(throttle)
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
        if let Some(password) = password {
            make_room(&mut self.networks, Failures::last);
            if self.networks.entry(network).or_default().repeats(password) {
                return;
            }
        }
        self.count(now, network, Table::Networks);
        self.count(now, name, Table::Accounts);
        self.write_down(now, &[(What::Network, network), (What::Account, name)]);
    }

    /// `account` was used from `peer`, which is known from now on.
    pub(super) fn succeeded(&mut self, now: Instant, peer: IpAddr, account: &str) {
        let (now, pair) = (self.seconds(now), self.tag(&[account.as_bytes(), &self.network(peer)]));
        let since = self.known.get(&pair).copied();
        if since.is_none_or(|since| now.saturating_sub(since) >= AGAIN) {
            self.known(now, pair);
            self.write_down(now, &[(What::Known, pair)]);
        }
    }

    /// The last guess was right after all.
    pub(super) fn take_back(&mut self, now: Instant, peer: IpAddr, account: &str) {
        let (network, name) = (self.network(peer), self.tag(&[account.as_bytes()]));
        self.uncount(&network, Table::Networks);
        self.uncount(&name, Table::Accounts);
        let now = self.seconds(now);
        self.write_down(now, &[(What::NetworkTakenBack, network), (What::AccountTakenBack, name)]);
    }

    fn count(&mut self, now: u32, key: Key, table: Table) {
        let (failures, allowance) = match table {
            Table::Networks => (&mut self.networks, NETWORK),
            Table::Accounts => (&mut self.accounts, ACCOUNT),
        };
        make_room(failures, Failures::last);
        failures.entry(key).or_default().add(now, allowance);
    }

    fn uncount(&mut self, key: &Key, table: Table) {
        let failures = match table {
            Table::Networks => &mut self.networks,
            Table::Accounts => &mut self.accounts,
        };
        if let Some(failures) = failures.get_mut(key) {
            failures.times.pop_back();
        }
    }

    fn known(&mut self, now: u32, pair: Key) {
        make_room(&mut self.known, |last| *last);
        self.known.insert(pair, now);
    }

    fn write_down(&mut self, now: u32, what: &[(What, Key)]) {
        let time = self.epoch + u64::from(now);
        if let Some(journal) = &mut self.journal {
            let records: Vec<_> = what.iter().map(|&(what, key)| Record { what, time, key }).collect();
            journal.append(&records);
            self.tidy();
        }
    }

    /// Writes the journal anew when most of it counts no more.
    fn tidy(&mut self) {
        let Some(journal) = &mut self.journal else { return };
        let tables = [(&self.networks, What::Network), (&self.accounts, What::Account)];
        let counts = tables.iter().flat_map(|(table, _)| table.values()).map(|failures| failures.times.len());
        if !journal.is_long(counts.sum::<usize>() + self.known.len()) {
            return;
        }
        let record = |what, time: u32, key| Record { what, time: self.epoch + u64::from(time), key };
        let known = self.known.iter().map(|(key, time)| record(What::Known, *time, *key));
        let failures = tables.iter().flat_map(|(table, what)| {
            table
                .iter()
                .flat_map(|(key, failures)| failures.times.iter().map(|time| record(*what, *time, *key)))
        });
        if let Err(error) = journal.replace(known.chain(failures)) {
            tracing::warn!(%error, "the list of failed logins cannot be written anew");
        }
    }

    fn seconds(&self, now: Instant) -> u32 {
        let since = now.saturating_duration_since(self.start).as_secs();
        u32::try_from(since).unwrap_or(u32::MAX).saturating_add(DAY)
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
        let throttle = Throttle::new([1; 32], 1_800_000_000);
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
            throttle.take_back(at(second / 10), ip(HERE), "a");
        }
    }

    #[test]
    fn a_restart_gives_no_new_guesses_and_a_day_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("failed-logins");
        let open = |unix_time| Throttle::open_at([1; 32], &path, unix_time).unwrap();
        let start = 1_800_000_000;
        let mut throttle = open(start);
        let now = throttle.start;
        throttle.succeeded(now, ip(HERE), "victim");
        for n in 0..20 {
            throttle.failed(now, ip(&format!("198.51.100.{n}")), "victim", None);
            throttle.failed(now, ip("192.0.2.9"), &format!("user{n}"), None);
        }
        throttle.failed(now, ip(HERE), "victim", None);
        throttle.take_back(now, ip(HERE), "victim");
        for _ in 0..2 {
            let throttle = open(start + 10);
            let now = throttle.start;
            assert!(!throttle.allows(now, ip("192.0.2.9"), "x"), "the network");
            assert!(!throttle.allows(now, ip("203.0.113.1"), "victim"), "the account");
            assert!(throttle.allows(now, ip(HERE), "victim"), "from where it was used before");
            assert_eq!(throttle.networks[&throttle.network(ip(HERE))].times.len(), 0, "taken back");
        }
        let minute_later = open(start + 61);
        assert!(minute_later.allows(minute_later.start, ip("192.0.2.9"), "x"));
        // A clock that was a year ahead does not lock anybody out for a year.
        let year_ago = open(start - 365 * 86_400);
        assert!(!year_ago.allows(year_ago.start, ip("192.0.2.9"), "x"));
        assert!(year_ago.allows(year_ago.start + Duration::from_secs(61), ip("192.0.2.9"), "x"));
    }

    #[test]
    fn a_journal_does_not_grow_with_the_number_of_logins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("failed-logins");
        let mut throttle = Throttle::open_at([1; 32], &path, 1_800_000_000).unwrap();
        let now = throttle.start;
        for _ in 0..60_000 {
            throttle.failed(now, ip(HERE), "a", None);
            throttle.take_back(now, ip(HERE), "a");
        }
        assert!(std::fs::metadata(&path).unwrap().len() < 3_000_000);
        drop(throttle);
        let throttle = Throttle::open_at([1; 32], &path, 1_800_000_000).unwrap();
        assert!(throttle.allows(throttle.start, ip(HERE), "a"));
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
