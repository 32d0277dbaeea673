//! Connections kept for the next message to the same server.

use std::{
    future::Future,
    io,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::Instant,
};

use crate::{
    client::{Delivery, Envelope, Stage},
    tokio::client::{Error, Mailer, Source},
    types::ReplyCode,
};

/// Connections to one server, opened when needed and kept for a while.
///
/// A server may close a connection that is idle, and the client learns of it only when it sends again. So a kept
/// connection that turns out to be closed before any content was sent is replaced by a new one, once and unseen.
///
/// ```no_run
/// use std::{sync::Arc, time::Duration};
/// use mailwright_smtp::{client::Config, tokio::{client::{Mailer, Security, dial}, pool::Pool}};
///
/// # async fn example(envelope: mailwright_smtp::client::Envelope) -> Result<(), Box<dyn std::error::Error>> {
/// let config = Arc::new(Config::new("client.example.org".parse()?));
/// let pool = Pool::new(async || {
///     let stream = dial("127.0.0.1:2525".parse().expect("an address"), None).await?;
///     Mailer::connect(stream, config.clone(), Security::Plain).await
/// });
/// pool.send(envelope, bytes::Bytes::from("Subject: hi\r\n")).await?;
/// pool.quit().await;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Pool<C, I> {
    connect: C,
    idle: Mutex<Vec<(Mailer<I>, Instant)>>,
    max_idle: usize,
    keep: Duration,
}

impl<C, F, I> Pool<C, I>
where
    C: Fn() -> F,
    F: Future<Output = Result<Mailer<I>, Error>>,
    I: AsyncRead + AsyncWrite + Unpin + Send,
{
    /// A pool whose connections `connect` makes: it connects, starts TLS and authenticates as it has to be. It keeps at
    /// most 4 idle connections, for at most 60 seconds.
    pub fn new(connect: C) -> Self {
        Self { connect, idle: Mutex::default(), max_idle: 4, keep: Duration::from_mins(1) }
    }

    /// Keeps so many idle connections, for so long.
    pub fn keeping(mut self, max_idle: usize, keep: Duration) -> Self {
        (self.max_idle, self.keep) = (max_idle, keep);
        self
    }

    /// Sends one message, as [`Mailer::send`] does.
    ///
    /// # Errors
    /// Those of [`Mailer::send`], and those of connecting.
    pub async fn send(&self, envelope: Envelope, content: impl Source) -> Result<Delivery, Error> {
        let mut content = Watched { content, begun: false };
        while let Some(mut mailer) = self.take() {
            let result = mailer.send(envelope.clone(), &mut content).await;
            if content.begun || !is_stale(&result) {
                self.put_back(mailer);
                return result;
            }
        }
        let mut mailer = (self.connect)().await?;
        let result = mailer.send(envelope, &mut content).await;
        self.put_back(mailer);
        result
    }

    /// Says goodbye on every idle connection.
    pub async fn quit(&self) {
        while let Some(mailer) = self.take() {
            _ = mailer.quit().await; // nothing depends on it
        }
    }

    fn take(&self) -> Option<Mailer<I>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.retain(|(_, since)| since.elapsed() < self.keep);
        idle.pop().map(|(mailer, _)| mailer)
    }

    fn put_back(&self, mut mailer: Mailer<I>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if mailer.is_ready() && idle.len() < self.max_idle {
            idle.push((mailer, Instant::now()));
        }
    }
}

/// Whether the server had closed before it heard of this message.
fn is_stale(result: &Result<Delivery, Error>) -> bool {
    match result {
        Ok(delivery) => delivery
            .fates
            .iter()
            .all(|fate| fate.stage == Stage::Mail && fate.reply.code() == ReplyCode::NOT_AVAILABLE),
        Err(e) => matches!(e, Error::Connection(_) | Error::Closed(_)),
    }
}

/// Remembers whether any content was asked for.
struct Watched<S> {
    content: S,
    begun: bool,
}

impl<S: Source> Source for &mut Watched<S> {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        self.begun = true;
        self.content.next().await
    }
}
