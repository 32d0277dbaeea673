//! Accepting connections: how many at once, from whom, and until when.

use crate::service::stopped;
use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinError, JoinSet},
};

/// How long to wait before accepting again when the system has no descriptor left.
const BREATH: Duration = Duration::from_millis(100);

/// How many connections there are, in all and by peer.
#[derive(Debug)]
pub(crate) struct Gate {
    total: usize,
    per_peer: usize,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    total: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// A place taken at the gate, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    gate: Arc<Gate>,
    peer: IpAddr,
}

impl Gate {
    pub(crate) fn new(total: usize, per_peer: usize) -> Self {
        Self { total, per_peer, open: Mutex::default() }
    }

    /// A place for this peer, or `None` if there are too many. Loopback has as many as there are.
    pub(crate) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let network = network(peer);
        let here = open.by_peer.get(&network).copied().unwrap_or(0);
        if open.total >= self.total || (here >= self.per_peer && !network.is_loopback()) {
            return None;
        }
        open.total += 1;
        *open.by_peer.entry(network).or_default() += 1;
        Some(Place { gate: self.clone(), peer: network })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.gate.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.total -= 1;
        if let Some(n) = open.by_peer.get_mut(&self.peer) {
            *n -= 1;
            if *n == 0 {
                open.by_peer.remove(&self.peer);
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
    S: Fn(TcpStream, SocketAddr) -> F,
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
                        tracing::warn!(service, %peer, "too many connections");
                        continue;
                    };
                    // Replies are whole when they are written; waiting for more of them only costs time.
                    let _ = stream.set_nodelay(true);
                    let session = serve(stream, peer);
                    sessions.spawn(async move {
                        session.await;
                        drop(place);
                    });
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

async fn out_of_descriptors(service: &str, error: &io::Error) {
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::warn!(service, %error, "can not accept");
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
        let gate = Arc::new(Gate::new(5, 2));
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
}
