//! What is remembered of hosts: connections that can carry another mail, and hosts that could not be reached.
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailwright_store::Timestamp;
use tokio::time::Instant;

use crate::transport::Peer;

/// Hosts remembered as down at once; beyond that they are simply tried.
const DOWN: usize = 10_000;

/// How long more than one connection to a peer waits: as its mail becomes less they are not needed, and the peer, or the
/// one behind many of them, may have no more to give to others.
const SPARE: Duration = Duration::from_millis(250);

/// Connections that wait for a mail.
#[derive(Debug)]
pub(crate) struct Idle<L> {
    most: usize,
    keep: Duration,
    links: Mutex<Links<L>>,
}

#[derive(Debug)]
struct Links<L> {
    count: usize,
    by_peer: HashMap<Peer, Vec<Kept<L>>>,
}

/// A connection and how often it was used.
#[derive(Debug)]
pub(crate) struct Kept<L> {
    pub(crate) link: L,
    pub(crate) mails: u32,
    since: Instant,
}

impl<L> Idle<L> {
    pub(crate) fn new(most: usize, keep: Duration) -> Self {
        Self { most, keep, links: Mutex::new(Links { count: 0, by_peer: HashMap::new() }) }
    }

    fn with<T>(&self, act: impl FnOnce(&mut Links<L>) -> T) -> T {
        act(&mut self.links.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The connection to this peer that was used last.
    pub(crate) fn take(&self, peer: &Peer) -> Option<Kept<L>> {
        self.with(|links| {
            let kept = links.by_peer.get_mut(peer)?;
            // The last was used last: if it is too old, so are the others, and they wait to be swept.
            if kept.last()?.since.elapsed() >= self.keep {
                return None;
            }
            links.count -= 1;
            kept.pop()
        })
    }

    /// Keeps a connection; gives it back if there is no room.
    pub(crate) fn keep(&self, peer: &Peer, link: L, mails: u32) -> Option<L> {
        self.with(|links| {
            if links.count >= self.most {
                return Some(link);
            }
            links.count += 1;
            let kept = Kept { link, mails, since: Instant::now() };
            match links.by_peer.get_mut(peer) {
                Some(others) => others.push(kept),
                None => drop(links.by_peer.insert(peer.clone(), vec![kept])),
            }
            None
        })
    }

    /// Those that waited long enough.
    pub(crate) fn stale(&self) -> Vec<L> {
        let moment = self.keep.min(SPARE);
        self.remove(|kept, spare| kept.since.elapsed() >= if spare { moment } else { self.keep })
    }

    /// All of them.
    pub(crate) fn drain(&self) -> Vec<L> {
        self.remove(|_, _| true)
    }

    /// Takes out those of which `which` says so; it is told whether a peer has another that was used later.
    fn remove(&self, which: impl Fn(&Kept<L>, bool) -> bool) -> Vec<L> {
        self.with(|links| {
            let mut out = Vec::new();
            for kept in links.by_peer.values_mut() {
                let mut later = kept.len();
                let chosen = kept.extract_if(.., |kept| {
                    later -= 1;
                    which(kept, later > 0)
                });
                out.extend(chosen.map(|kept| kept.link));
            }
            links.by_peer.retain(|_, kept| !kept.is_empty());
            links.count -= out.len();
            out
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.with(|links| links.count == 0)
    }
}

/// Addresses that could not be reached, so that a thousand mails do not each wait for the same silence. Clones share what
/// they know.
#[derive(Clone, Debug, Default)]
pub struct DownHosts {
    table: Arc<Mutex<HashMap<SocketAddr, (Timestamp, String)>>>,
}

impl DownHosts {
    /// Forgets all of them, as when an operator wants mail to be tried now.
    pub fn clear(&self) {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Notes that an address cannot be reached, for a while.
    pub(crate) fn note(&self, address: SocketAddr, now: Timestamp, lasts: Duration, text: &str) {
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        if table.len() >= DOWN {
            table.retain(|_, (until, _)| *until > now);
        }
        if table.len() < DOWN {
            table.insert(address, (now.after(lasts), text.to_owned()));
        }
    }

    /// Why an address need not be tried now. One that is noted for longer than `lasts` is not believed: the clock was
    /// set back since.
    pub(crate) fn why(&self, address: SocketAddr, now: Timestamp, lasts: Duration) -> Option<String> {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, text) = table.get(&address)?;
        (*until > now && *until <= now.after(lasts)).then(|| text.clone())
    }

    /// An address was reached.
    pub(crate) fn forget(&self, address: SocketAddr) {
        self.table.lock().unwrap_or_else(PoisonError::into_inner).remove(&address);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_down_for_a_while_and_a_clock_set_back_does_not_prolong_it() {
        let (down, address) = (DownHosts::default(), "192.0.2.1:25".parse().unwrap());
        let (now, minute) = (Timestamp::new(1_000_000), Duration::from_mins(1));
        down.note(address, now, minute, "refused");
        assert_eq!(down.why(address, now, minute).as_deref(), Some("refused"));
        assert_eq!(down.why(address, now.after(minute), minute), None);
        assert_eq!(down.why(address, Timestamp::new(0), minute), None);
        down.forget(address);
        assert_eq!(down.why(address, now, minute), None);
    }

    #[tokio::test(start_paused = true)]
    async fn connections_are_kept_for_their_peer_for_a_while() {
        let peer = |port| Peer {
            host: "a".into(),
            address: SocketAddr::from(([192, 0, 2, 1], port)),
            protection: crate::transport::Protection::Opportunistic,
        };
        let idle = Idle::new(2, Duration::from_secs(5));
        assert_eq!(idle.keep(&peer(1), "a", 1), None);
        assert_eq!(idle.keep(&peer(2), "b", 1), None);
        assert_eq!(idle.keep(&peer(2), "c", 1), Some("c"), "there is no room for more");
        assert_eq!(idle.take(&peer(3)).map(|kept| kept.link), None);
        assert_eq!(idle.take(&peer(1)).map(|kept| kept.link), Some("a"));
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(idle.take(&peer(2)).map(|kept| kept.link), None);
        assert_eq!(idle.stale(), ["b"]);
        assert!(idle.is_empty());
        assert_eq!(idle.keep(&peer(1), "d", 1), None);
        assert_eq!(idle.keep(&peer(1), "e", 1), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(idle.stale(), ["d"], "one is enough where nobody waits");
        assert_eq!(idle.take(&peer(1)).map(|kept| kept.link), Some("e"));
    }
}
