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

/// The settings of a service's sessions, shared by all that may do the same.
#[derive(Debug)]
pub(crate) struct Settings<C> {
    /// For peers that may send a password without TLS.
    trusted: Arc<C>,
    others: Arc<C>,
}

impl<C> Settings<C> {
    /// Settings by whether a peer is trusted.
    fn new(of: impl Fn(bool) -> C) -> Self {
        Self { trusted: Arc::new(of(true)), others: Arc::new(of(false)) }
    }

    fn of(&self, accepted: &Accepted) -> Arc<C> {
        let trusted = accepted.shared.config.auth.plaintext.allows(accepted.peer.ip());
        if trusted { self.trusted.clone() } else { self.others.clone() }
    }
}

/// What speaks a service's protocol.
enum Protocol {
    /// What it allows depends on the peer.
    Smtp(Role),
    Pop3(Settings<mailwright_pop3::server::Config>),
    Imap(Settings<mailwright_imap::server::Config>),
}

impl Protocol {
    fn of(service: &str, shared: &Shared) -> Self {
        match service {
            "smtp" => Self::Smtp(Role::Relay),
            "submission" | "submissions" => Self::Smtp(Role::Submission),
            "lmtp" => Self::Smtp(Role::Lmtp),
            "pop3" | "pop3s" => Self::Pop3(Settings::new(|trusted| pop3::config(shared, trusted))),
            _ => Self::Imap(Settings::new(|trusted| imap::config(shared, trusted))),
        }
    }

    fn serve(&self, accepted: Accepted) -> Running {
        match self {
            Self::Smtp(role) => Box::pin(smtp::serve(accepted, *role)),
            Self::Pop3(settings) => {
                let config = settings.of(&accepted);
                Box::pin(pop3::serve(accepted, config))
            }
            Self::Imap(settings) => {
                let config = settings.of(&accepted);
                Box::pin(imap::serve(accepted, config))
            }
        }
    }
}

/// What serves each connection of a service.
pub(crate) fn session(
    service: &'static str,
    shared: &Arc<Shared>,
    stop: watch::Receiver<bool>,
) -> impl Fn(TcpStream, SocketAddr) -> Running + Clone + Send + Sync + use<> {
    let shared = shared.clone();
    let implicit = matches!(service, "submissions" | "pop3s" | "imaps");
    let protocol = Arc::new(Protocol::of(service, &shared));
    move |stream, peer| {
        let (shared, stop) = (shared.clone(), stop.clone());
        // Each service has its own at all times.
        let Some(tls) = shared.certificate.of(service) else { return Box::pin(std::future::ready(())) };
        protocol.serve(Accepted { shared, stream, peer, tls, implicit, stop })
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
