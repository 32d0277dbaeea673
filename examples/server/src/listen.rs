//! Accepting connections: how many at once, from whom, and until when.

use crate::{
    config::{Limits, Trust},
    service::stopped,
};
use mailwright_wire::{proxy::ProxyHeader, tokio::proxy_header};
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinError, JoinSet},
};

/// How long to wait before accepting again when the system has no descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// How long a proxy has for its header.
const HEADER: Duration = Duration::from_secs(10);
const MINUTE: Duration = Duration::from_mins(1);
/// How many networks are counted within a minute.
const NETWORKS: usize = 100_000;

/// How many connections there are, in all and by peer.
#[derive(Debug)]
pub(crate) struct Gate {
    limits: Limits,
    trust: Trust,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    /// From three quarters of the places taken until only half are.
    crowded: bool,
    by_peer: HashMap<IpAddr, usize>,
    /// When the minute began, and how many have come since from each network.
    minute: Option<Instant>,
    recent: HashMap<IpAddr, usize>,
}

/// A place taken at the gate, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Gate>,
    /// Whose place it is: nobody's as long as a proxy has not told.
    peer: Option<IpAddr>,
}

impl Open {
    /// Counts one more connection from a network, unless it has too many. Loopback has as many as there are.
    fn admits(&mut self, network: IpAddr, limits: &Limits, now: Instant) -> bool {
        if self.minute.is_none_or(|began| now.saturating_duration_since(began) >= MINUTE) {
            self.minute = Some(now);
            self.recent.clear();
        }
        let here = self.by_peer.get(&network).copied().unwrap_or(0);
        let lately = self.recent.get(&network).copied().unwrap_or(0);
        if !network.is_loopback() {
            if here >= limits.connections_per_peer || lately >= limits.connections_per_minute {
                return false;
            }
            if self.recent.len() < NETWORKS {
                *self.recent.entry(network).or_default() += 1;
            }
        }
        *self.by_peer.entry(network).or_default() += 1;
        true
    }

    /// Takes one of so many places.
    fn take(&mut self, connections: usize) {
        self.total += 1;
        if !self.crowded && self.total >= connections - connections / 4 {
            self.crowded = true;
            tracing::warn!(
                connections = self.total,
                "places get scarce: new SMTP sessions have little patience"
            );
        }
    }

    fn give_back(&mut self, connections: usize) {
        self.total -= 1;
        if self.crowded && self.total <= connections / 2 {
            self.crowded = false;
            tracing::info!(connections = self.total, "there are places again");
        }
    }
}

impl Gate {
    pub(crate) fn new(limits: Limits, trust: Trust) -> Self {
        Self { limits, trust, open: Mutex::default() }
    }

    /// A place for this peer, or `None` if there are too many. A proxy's place is for the client it will name.
    pub(crate) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let peer = (!self.trust.is_proxy(peer)).then(|| network(peer));
        let full = open.total >= self.limits.connections;
        if full || peer.is_some_and(|network| !open.admits(network, &self.limits, Instant::now())) {
            return None;
        }
        open.take(self.limits.connections);
        Some(Place { gate: self.clone(), peer })
    }

    /// Whether places are so scarce that who holds one has to hurry.
    pub(crate) fn is_crowded(&self) -> bool {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).crowded
    }
}

impl Place {
    /// Whether it waits to hear from a proxy whose it is.
    fn is_open(&self) -> bool {
        self.peer.is_none()
    }

    /// Makes it this client's, unless there are too many from there.
    fn belongs_to(&mut self, client: IpAddr) -> bool {
        let network = network(client);
        let mut open = self.gate.open.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = open.admits(network, &self.gate.limits, Instant::now());
        self.peer = admitted.then_some(network);
        admitted
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.gate.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.give_back(self.gate.limits.connections);
        let Some(peer) = self.peer else { return };
        if let Some(n) = open.by_peer.get_mut(&peer) {
            *n -= 1;
            if *n == 0 {
                open.by_peer.remove(&peer);
            }
        }
    }
}

/// What counts as one peer: an IPv4 address, or the /64 of an IPv6 address.
pub(crate) fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)))
        }
        other => other,
    }
}

/// Serves every connection that comes to this listener until told to stop, then waits for those that are open.
pub(crate) async fn accept<F, S>(
    service: &'static str,
    listener: TcpListener,
    gate: Arc<Gate>,
    stop: watch::Receiver<bool>,
    serve: S,
) where
    S: Fn(TcpStream, SocketAddr) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let mut sessions = JoinSet::new();
    let mut stop = pin!(stopped(stop));
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(ended) = sessions.join_next() => note(service, ended),
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let Some(place) = gate.enter(peer.ip()) else {
                        turn_away(service, &stream, peer);
                        continue;
                    };
                    // Replies are whole when they are written; waiting for more of them only costs time.
                    let _ = stream.set_nodelay(true);
                    sessions.spawn(attend(service, stream, peer, place, serve.clone()));
                }
                Err(e) => out_of_descriptors(service, &e).await,
            },
        }
    }
    drop(listener);
    while let Some(ended) = sessions.join_next().await {
        note(service, ended);
    }
}

/// Serves one connection, for the client that a proxy names where it comes from one.
async fn attend<F: Future<Output = ()>>(
    service: &'static str,
    mut stream: TcpStream,
    mut peer: SocketAddr,
    mut place: Place,
    serve: impl Fn(TcpStream, SocketAddr) -> F,
) {
    if place.is_open() {
        match proxy_header(&mut stream, HEADER).await {
            Ok(ProxyHeader::Local) => {} // the proxy itself wants to know whether we are well
            Ok(ProxyHeader::Proxied(proxied)) => {
                peer = proxied.source;
                if !place.belongs_to(peer.ip()) {
                    return turn_away(service, &stream, peer);
                }
            }
            Err(error) => return tracing::warn!(service, %peer, %error, "a proxy without its header"),
        }
    }
    serve(stream, peer).await;
}

/// Says why, where that can be said before TLS, without waiting for anything.
fn turn_away(service: &str, stream: &TcpStream, peer: SocketAddr) {
    tracing::warn!(service, %peer, "too many connections");
    let words: &[u8] = match service {
        "smtp" | "submission" | "lmtp" => b"421 4.7.0 Too many connections, try again later\r\n",
        "pop3" => b"-ERR [SYS/TEMP] too many connections, try again later\r\n",
        "imap" => b"* BYE [UNAVAILABLE] Too many connections, try again later\r\n",
        _ => return,
    };
    let _ = stream.try_write(words); // who does not hear it sees the connection close
}

async fn out_of_descriptors(service: &str, error: &io::Error) {
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::warn!(service, %error, "cannot accept");
        tokio::time::sleep(BREATH).await;
    }
}

fn note(service: &str, ended: Result<(), JoinError>) {
    if let Err(e) = ended
        && e.is_panic()
    {
        tracing::error!(service, error = %e, "a session failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_its_share_and_loopback_has_no_bound_of_its_own() {
        let limits = Limits { connections: 5, connections_per_peer: 2, ..Limits::default() };
        let gate = Arc::new(Gate::new(limits, Trust::default()));
        let v6 = |s: &str| gate.enter(s.parse().unwrap());
        let (a, b) = (v6("2001:db8::1").unwrap(), v6("2001:db8::2").unwrap());
        assert!(v6("2001:db8::3").is_none(), "a third from one /64");
        let c = v6("2001:db8:0:1::3").unwrap();
        let (d, e) = (v6("127.0.0.1").unwrap(), v6("::ffff:127.0.0.1").unwrap());
        assert!(v6("192.0.2.1").is_none(), "a sixth in all");
        drop(a);
        assert!(v6("2001:db8::3").is_some());
        drop((b, c, d, e));
        assert!(gate.open.lock().unwrap().by_peer.is_empty(), "nobody is remembered for ever");
    }

    #[test]
    fn it_is_crowded_from_three_quarters_until_half() {
        let gate = Arc::new(Gate::new(Limits { connections: 8, ..Limits::default() }, Trust::default()));
        let enter = || gate.enter("127.0.0.1".parse().unwrap()).unwrap();
        let mut places: Vec<Place> = (0..5).map(|_| enter()).collect();
        assert!(!gate.is_crowded());
        places.push(enter());
        assert!(gate.is_crowded());
        places.pop();
        assert!(gate.is_crowded(), "it does not flicker");
        places.pop();
        assert!(!gate.is_crowded());
    }

    #[test]
    fn a_minute_has_so_many_connections_from_a_network() {
        let limits = Limits { connections_per_minute: 300, ..Limits::default() };
        let (mut open, start) = (Open::default(), Instant::now());
        let mut come = |ip: &str, seconds| {
            let network = network(ip.parse().unwrap());
            let admitted = open.admits(network, &limits, start + Duration::from_secs(seconds));
            open.by_peer.clear(); // they leave at once
            admitted
        };
        assert!((0..300).all(|n| come(&format!("2001:db8::{n}"), n / 6)));
        assert!(!come("2001:db8::ffff", 59) && come("2001:db8:0:1::1", 59));
        assert!(come("2001:db8::ffff", 60));
        assert!((0..1000).all(|_| come("127.0.0.1", 60)));
    }

    #[test]
    fn a_proxy_takes_places_for_its_clients() {
        let limits = Limits { connections: 4, connections_per_peer: 1, ..Limits::default() };
        let trust = Trust { proxy: vec!["192.0.2.0/24".parse().unwrap()], ..Trust::default() };
        let gate = Arc::new(Gate::new(limits, trust));
        let enter = || gate.enter("192.0.2.1".parse().unwrap());
        let (mut a, mut b, mut c) = (enter().unwrap(), enter().unwrap(), enter().unwrap());
        let client = |n: u8| IpAddr::from([198, 51, 100, n]);
        assert!(a.belongs_to(client(1)) && !b.belongs_to(client(1)) && c.belongs_to(client(2)));
        assert!(gate.enter(client(1)).is_none(), "it is here already");
        let last = enter().unwrap();
        assert!(enter().is_none(), "a fifth in all");
        drop((a, b, c, last));
        let open = gate.open.lock().unwrap();
        assert!(open.by_peer.is_empty() && open.total == 0);
    }
}
