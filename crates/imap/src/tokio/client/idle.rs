//! Waiting for news.

use super::{Client, Error, News};
use crate::{
    client::Event,
    types::{command::CommandBody, response::Capability},
};
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep, timeout_at},
};

/// How long one `IDLE` lasts before it is begun anew: a server may close after 30 minutes (RFC 2177 §3).
const IDLE: Duration = Duration::from_mins(28);
/// How often a server without `IDLE` is asked.
const POLL: Duration = Duration::from_mins(1);

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// Waits until there is news, for at most so long, and takes it. The connection is kept alive meanwhile: `IDLE` is begun
    /// anew in time; a server without it is asked by `NOOP` every minute.
    ///
    /// May be dropped at any time: the next command ends the `IDLE`.
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn wait(&mut self, within: Duration) -> Result<Vec<News>, Error> {
        let until = Instant::now() + within;
        let can_idle = self.capabilities().await?.has(&Capability::Idle);
        while self.news.is_empty() && Instant::now() < until {
            if can_idle {
                self.idle_once(until.min(Instant::now() + IDLE)).await?;
            } else {
                sleep(POLL.min(until - Instant::now())).await;
                self.run("NOOP", CommandBody::Noop, |_| {}).await?;
            }
        }
        Ok(self.news.drain(..).collect())
    }

    /// One `IDLE`, until there is news or it is time.
    async fn idle_once(&mut self, until: Instant) -> Result<(), Error> {
        let id = self.session()?.idle()?;
        let mut over = false;
        loop {
            let event = if over {
                self.connection.next().await?
            } else if let Ok(event) = timeout_at(until, self.connection.next()).await {
                event?
            } else {
                over = true;
                self.session()?.done();
                continue;
            };
            if let Some(Event::Done { status, .. }) = self.sort(id, event.ok_or(Error::Closed)?)? {
                return if status.is_ok() { Ok(()) } else { Err(Error::refused("IDLE", status)) };
            }
            if !over && !self.news.is_empty() {
                over = true;
                self.session()?.done();
            }
        }
    }
}
