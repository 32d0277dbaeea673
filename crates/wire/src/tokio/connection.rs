//! A session joined to its transport.

use super::{Stream, Tls};
use crate::{Farewell, Session, Step, TlsInfo, Upgrading, Wait};
use bytes::Bytes;
use std::{io, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, sleep_until, timeout, timeout_at},
};

/// How much of what a peer still sends is read and dropped when a connection is closed, so that the last reply is not
/// lost to a reset.
const LINGER_BYTES: usize = 256 * 1024;
const LINGER: Duration = Duration::from_secs(2);

/// A [`Session`] joined to its transport.
///
/// Every method may be dropped before it is done and called again: no byte is lost or sent twice. The exception is a
/// TLS handshake, which cannot be taken up again and ends the connection.
#[derive(Debug)]
pub struct Connection<S: Session, I> {
    io: Option<Stream<I>>,
    /// In a place of its own: futures that pass the connection on hold it several times.
    session: Option<Box<S>>,
    tls: Option<Tls>,
    timeouts: Timeouts,
    out: Bytes,
    unflushed: bool,
    event: Option<S::Event>,
    deadline: Option<(Wait, Instant)>,
    pause: Option<Instant>,
}

/// The times that a connection keeps on its own account.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the whole TLS handshake; 60 s by default.
    pub handshake: Duration,
    /// For the peer to take any of what is written; 5 minutes by default.
    pub write: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { handshake: Duration::from_mins(1), write: Duration::from_mins(5) }
    }
}

/// Why a connection ended other than by its protocol.
#[derive(Debug, thiserror::Error)]
pub enum Error<E> {
    /// The session cannot go on.
    #[error(transparent)]
    Session(E),
    /// The transport failed.
    #[error("connection: {0}")]
    Io(#[from] io::Error),
    /// The TLS handshake failed.
    #[error("TLS handshake: {0}")]
    Handshake(io::Error),
    /// The TLS handshake took too long.
    #[error("TLS handshake took longer than {0:?}")]
    HandshakeTimedOut(Duration),
    /// The peer took nothing of what was written.
    #[error("the peer read nothing for {0:?}")]
    WriteTimedOut(Duration),
    /// The session wants to upgrade, and the connection was given no [`Tls`]. A fault of the caller.
    #[error("no TLS configuration to upgrade with")]
    NoTls,
    /// An event was not answered before the next was asked for. A fault of the caller.
    #[error("an event was left unanswered")]
    Unanswered,
}

impl<S: Session, I: AsyncRead + AsyncWrite + Unpin> Connection<S, I> {
    /// Joins a session to a transport.
    pub fn new(io: I, session: S) -> Self {
        Self::over(Stream::Plain(io), session)
    }

    fn over(io: Stream<I>, session: S) -> Self {
        Self {
            io: Some(io),
            session: Some(Box::new(session)),
            tls: None,
            timeouts: Timeouts::default(),
            out: Bytes::new(),
            unflushed: false,
            event: None,
            deadline: None,
            pause: None,
        }
    }

    /// Shakes hands first, then begins the session inside TLS (RFC 8314 §3).
    ///
    /// # Errors
    ///
    /// When the handshake fails or takes too long.
    pub async fn implicit_tls(
        io: I,
        tls: &Tls,
        timeouts: Timeouts,
        begin: impl FnOnce(TlsInfo) -> S,
    ) -> Result<Self, Error<S::Error>> {
        let (io, info) = shake_hands(io, tls, timeouts.handshake).await?;
        Ok(Self::over(io, begin(info)).with_timeouts(timeouts))
    }

    /// Gives the connection the means to upgrade when its session asks for it.
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Sets the connection's own times.
    pub fn with_timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The session, to answer it or give it commands. `None` when the connection has ended.
    pub fn session(&mut self) -> Option<&mut S> {
        self.session.as_deref_mut()
    }

    /// The transport. `None` when the connection has ended.
    pub fn stream(&self) -> Option<&Stream<I>> {
        self.io.as_ref()
    }

    /// Does what the session asks for until there is an event. `None` means that the connection is closed.
    ///
    /// # Errors
    ///
    /// See [`Error`]. After an error the connection has ended.
    pub async fn next(&mut self) -> Result<Option<S::Event>, Error<S::Error>> {
        if let Some(event) = self.event.take() {
            return Ok(Some(event));
        }
        loop {
            match self.step().await? {
                Some(Step::Event(event)) => return Ok(Some(event)),
                Some(Step::Read(wait)) => self.read(wait).await?,
                Some(Step::Answer) => return Err(Error::Unanswered),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// Sends all that the session has to say now, as between the parts of a long answer.
    ///
    /// # Errors
    ///
    /// See [`Error`]. After an error the connection has ended.
    pub async fn flush(&mut self) -> Result<(), Error<S::Error>> {
        while self.event.is_none() {
            match self.step().await? {
                Some(Step::Event(event)) => self.event = Some(event),
                Some(Step::Read(_) | Step::Answer) | None => return Ok(()),
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// Takes leave of the peer and closes, dropping whatever was going on.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn farewell(&mut self, why: Farewell) -> Result<(), Error<S::Error>> {
        self.event = None;
        if let Some(session) = &mut self.session {
            session.farewell(why);
        }
        while self.step().await?.is_some() {}
        Ok(())
    }

    /// One step of the session, with writing, pausing, upgrading and closing done. `None`: closed.
    async fn step(&mut self) -> Result<Option<Step<S::Event>>, Error<S::Error>> {
        self.write().await?;
        if let Some(until) = self.pause {
            sleep_until(until).await;
            self.pause = None;
        }
        let Some(session) = &mut self.session else { return Ok(None) };
        let step = match session.poll() {
            Ok(step) => step,
            Err(e) => {
                self.session = None;
                self.io = None;
                return Err(Error::Session(e));
            }
        };
        match step {
            Step::Write(bytes) => {
                self.out = bytes;
                self.write().await?;
                return Ok(Some(Step::Write(Bytes::new())));
            }
            Step::Event(event) => {
                self.event = Some(event); // kept here should this future be dropped while it flushes
                self.flush_transport().await?;
                return Ok(self.event.take().map(Step::Event));
            }
            _ => self.flush_transport().await?,
        }
        match step {
            Step::Pause(time) => self.pause = Some(Instant::now() + time),
            Step::Upgrade => self.upgrade().await?,
            Step::Close => {
                self.close().await;
                return Ok(None);
            }
            _ => {}
        }
        Ok(Some(step))
    }

    async fn write(&mut self) -> Result<(), Error<S::Error>> {
        let Some(io) = &mut self.io else { return Ok(()) };
        while !self.out.is_empty() {
            self.unflushed = true;
            match timeout(self.timeouts.write, io.write_buf(&mut self.out)).await {
                Ok(Ok(0)) => return Err(self.broken(io::ErrorKind::WriteZero.into())),
                Ok(Ok(_)) => {}
                Ok(Err(e)) => return Err(self.broken(e)),
                Err(_) => {
                    self.end();
                    return Err(Error::WriteTimedOut(self.timeouts.write));
                }
            }
        }
        Ok(())
    }

    async fn flush_transport(&mut self) -> Result<(), Error<S::Error>> {
        let Some(io) = self.io.as_mut().filter(|_| self.unflushed) else { return Ok(()) };
        match timeout(self.timeouts.write, io.flush()).await {
            Ok(Ok(())) => {
                self.unflushed = false;
                Ok(())
            }
            Ok(Err(e)) => Err(self.broken(e)),
            Err(_) => {
                self.end();
                Err(Error::WriteTimedOut(self.timeouts.write))
            }
        }
    }

    async fn read(&mut self, wait: Wait) -> Result<(), Error<S::Error>> {
        let (Some(io), Some(session)) = (&mut self.io, &mut self.session) else { return Ok(()) };
        let deadline = match self.deadline {
            Some((before, deadline)) if before == wait => deadline,
            _ => Instant::now() + wait.within,
        };
        self.deadline = Some((wait, deadline));
        let Some(mut slot) = session.slot() else { return Err(Error::Unanswered) };
        match timeout_at(deadline, io.read_buf(&mut slot)).await {
            Ok(Ok(0)) => session.eof(),
            Ok(Ok(_)) => {}
            Ok(Err(e)) => return Err(self.broken(e)),
            Err(_) => {
                self.deadline = None;
                session.farewell(Farewell::TimedOut);
            }
        }
        Ok(())
    }

    async fn upgrade(&mut self) -> Result<(), Error<S::Error>> {
        // Taken out first: if this future is dropped in the handshake, the connection has ended.
        let (Some(session), Some(io)) = (self.session.take(), self.io.take()) else { return Ok(()) };
        let upgrading = session.upgrade().map_err(Error::Session)?;
        let Stream::Plain(io) = io else { return Err(Error::NoTls) };
        let tls = self.tls.as_ref().ok_or(Error::NoTls)?;
        let (io, info) = shake_hands(io, tls, self.timeouts.handshake).await?;
        self.io = Some(io);
        self.session = Some(Box::new(upgrading.secured(info)));
        self.deadline = None;
        Ok(())
    }

    async fn close(&mut self) {
        self.session = None;
        let Some(mut io) = self.io.take() else { return };
        let linger = async {
            io.shutdown().await?;
            let (mut dropped, mut buf) = (0, vec![0; 4096]); // not in the future: it lives as long as the session
            while dropped < LINGER_BYTES {
                match io.read(&mut buf).await? {
                    0 => break,
                    n => dropped += n,
                }
            }
            io::Result::Ok(())
        };
        // The session is over either way: whether the peer sees it end tidily is its own affair.
        let _ = timeout(LINGER, linger).await;
    }

    fn broken(&mut self, e: io::Error) -> Error<S::Error> {
        self.end();
        Error::Io(e)
    }

    fn end(&mut self) {
        self.session = None;
        self.io = None;
        self.out = Bytes::new();
    }
}

async fn shake_hands<I, E>(io: I, tls: &Tls, within: Duration) -> Result<(Stream<I>, TlsInfo), Error<E>>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    // Not in the future of the session, which lives longer.
    match timeout(within, Box::pin(tls.handshake(io))).await {
        Ok(done) => done.map_err(Error::Handshake),
        Err(_) => Err(Error::HandshakeTimedOut(within)),
    }
}
