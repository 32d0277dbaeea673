//! The eight services: which session each connection gets.

use crate::{
    imap, pop3,
    server::Shared,
    smtp::{self, Role},
};
use mailwright_wire::{
    Session, TlsInfo,
    tokio::{Connection, Error, Timeouts, Tls},
};
use std::{net::SocketAddr, pin::Pin, sync::Arc};
use tokio::{net::TcpStream, sync::watch};

/// A session from its first byte to its last.
type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection that was accepted, with all that its session needs.
pub(crate) struct Accepted {
    pub(crate) shared: Arc<Shared>,
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    pub(crate) tls: Tls,
    /// TLS comes first, not by a command.
    pub(crate) implicit: bool,
    pub(crate) stop: watch::Receiver<bool>,
}

/// What serves each connection of a service.
pub(crate) fn session(
    service: &'static str,
    shared: &Arc<Shared>,
    stop: watch::Receiver<bool>,
) -> impl Fn(TcpStream, SocketAddr) -> Running + Clone + Send + Sync + use<> {
    let shared = shared.clone();
    let implicit = matches!(service, "submissions" | "pop3s" | "imaps");
    move |stream, peer| {
        let (shared, stop) = (shared.clone(), stop.clone());
        // Each service has its own at all times.
        let Some(tls) = shared.certificate.of(service) else { return Box::pin(std::future::ready(())) };
        let accepted = Accepted { shared, stream, peer, tls, implicit, stop };
        match service {
            "smtp" => Box::pin(smtp::serve(accepted, Role::Relay)),
            "submission" | "submissions" => Box::pin(smtp::serve(accepted, Role::Submission)),
            "lmtp" => Box::pin(smtp::serve(accepted, Role::Lmtp)),
            "pop3" | "pop3s" => Box::pin(pop3::serve(accepted)),
            _ => Box::pin(imap::serve(accepted)),
        }
    }
}

/// Joins a session to its transport: inside TLS from the first byte, or with the means to upgrade.
pub(crate) async fn connect<S: Session>(
    stream: TcpStream,
    tls: Tls,
    implicit: bool,
    begin: impl FnOnce(Option<TlsInfo>) -> S,
) -> Result<Connection<S, TcpStream>, Error<S::Error>> {
    if implicit {
        Connection::implicit_tls(stream, &tls, Timeouts::default(), |info| begin(Some(info))).await
    } else {
        Ok(Connection::new(stream, begin(None)).with_tls(tls))
    }
}

/// Done when the server is to stop.
pub(crate) async fn stopped(mut stop: watch::Receiver<bool>) {
    // The sender is gone only when the server is.
    let _ = stop.wait_for(|stop| *stop).await;
}
