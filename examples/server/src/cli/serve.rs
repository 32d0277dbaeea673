//! `mailwright serve`: runs until told to stop.

use super::{Outcome, banner};
use mailwright_server::{Config, Server};
use std::io::IsTerminal;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

pub(super) async fn run(config: Config, demo: bool) -> Outcome {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")))
        .init();
    // Listened to before the server is ready, so that a stop asked for at once is not lost.
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let mut hup = signal(SignalKind::hangup())?;
    let server = Server::start(config).await?;
    let account = if demo { Some(server.demo_account().await?) } else { None };
    banner::print(&server, account.as_ref());
    loop {
        tokio::select! {
            _ = term.recv() => break,
            _ = int.recv() => break,
            _ = hup.recv() => match server.reload_certificate() {
                Ok(()) => tracing::info!("the certificate was read again"),
                Err(error) => tracing::error!(%error, "the certificate from before is served on"),
            },
        }
    }
    tracing::info!("stopping");
    server.stop().await?;
    Ok(())
}
