//! Sending messages over a connection.
//!
//! ```no_run
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use mailwright_smtp::{
//!     client::{Config, Envelope},
//!     tokio::client::{Mailer, Security},
//!     types::{Mail, Mailbox, Rcpt},
//! };
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let stream = tokio::net::TcpStream::connect("127.0.0.1:2525").await?;
//! let config = Arc::new(Config::new("client.example.org".parse()?));
//! let mut mailer = Mailer::connect(stream, config, Security::Plain).await?;
//! let mail = Mail::new(Mailbox::new("joe", "example.org")?);
//! let rcpts = vec![Rcpt::new(Mailbox::new("sue", "example.net")?)];
//! let content = Bytes::from("Subject: hi\r\n\r\nHello.\r\n");
//! let delivery = mailer.send(Envelope { mail, rcpts }, content).await?;
//! for fate in &delivery.fates {
//!     println!("{}", fate.reply); // with the server's queue id, as it has it
//! }
//! mailer.quit().await?;
//! # Ok(())
//! # }
//! ```

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use mailwright_sasl::client::Mechanism;
use mailwright_wire::{
    TlsInfo,
    tokio::{Connection, Error as WireError, Timeouts, Tls},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::{TcpSocket, TcpStream},
};

use crate::{
    client::{self, AuthError, Client, Config, Delivery, Envelope, Event, SendError, Unsupported},
    error::Misuse,
    types::{Capabilities, Command, Reply},
};

/// How a connection is secured.
#[derive(Clone, Debug)]
pub enum Security {
    /// Not at all.
    Plain,
    /// By STARTTLS where it is offered and not refused; without it otherwise. What mail between hosts uses by default:
    /// who can change the traffic can prevent it.
    Opportunistic(Tls),
    /// By STARTTLS, or not at all.
    Required(Tls),
    /// From the first octet, RFC 8314 §3.
    Implicit(Tls),
}

/// Connects by TCP, from this address of ours where one is given: a host with several has to send from the one that its
/// name belongs to, or that others know it by.
///
/// # Errors
/// When that is not an address of ours, or of another family than `to`, or the connection cannot be made. It takes as
/// long as the system lets it: set a time.
pub async fn dial(to: SocketAddr, from: Option<IpAddr>) -> io::Result<TcpStream> {
    let socket = if to.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    if let Some(from) = from {
        socket.bind(SocketAddr::new(from, 0))?;
    }
    let stream = socket.connect(to).await?;
    stream.set_nodelay(true)?; // commands are small, and wait for their replies
    Ok(stream)
}

/// The content of a message, piece by piece.
pub trait Source: Send {
    /// The next piece, `None` at the end.
    fn next(&mut self) -> impl Future<Output = io::Result<Option<Bytes>>> + Send;
}

/// In one piece.
impl Source for Bytes {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        Ok(Some(std::mem::take(self)).filter(|piece| !piece.is_empty()))
    }
}

/// Content from a reader, in pieces of up to 64 KiB.
#[derive(Debug)]
pub struct Reader<R>(pub R);

impl<R: AsyncRead + Unpin + Send> Source for Reader<R> {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut piece = BytesMut::with_capacity(64 * 1024);
        let read = self.0.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| piece.freeze()))
    }
}

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection or its session failed. What was under way is not known to have happened.
    #[error(transparent)]
    Connection(#[from] WireError<client::Error>),
    /// The server wants no session.
    #[error("the server refused the session: {0}")]
    Unwelcome(Reply),
    /// TLS is required, and not to be had.
    #[error("the server refused TLS{}", .0.as_ref().map(|r| format!(": {r}")).unwrap_or_default())]
    NoTls(Option<Reply>),
    /// Authentication failed.
    #[error("authentication failed: {0}")]
    Auth(#[from] AuthError),
    /// Nothing was sent, or not all of it.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The content could not be read to its end; the server dropped what it had.
    #[error("reading the message: {0}")]
    Source(io::Error),
    /// The server closed the session.
    #[error("the server closed the session{}", .0.as_ref().map(|r| format!(": {r}")).unwrap_or_default())]
    Closed(Option<Reply>),
}

/// For who connects and sends in one function.
impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        Self::Connection(e.into())
    }
}

impl From<Misuse> for Error {
    fn from(misuse: Misuse) -> Self {
        Self::Send(misuse.into())
    }
}

impl Error {
    /// Whether the same may go well later, or over another connection.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unwelcome(reply) | Self::NoTls(Some(reply)) => reply.is_transient(),
            Self::Auth(AuthError::Refused(reply)) => reply.is_transient(),
            Self::Auth(_) | Self::Send(_) | Self::NoTls(None) => false,
            Self::Connection(_) | Self::Source(_) | Self::Closed(_) => true,
        }
    }

    /// What this server cannot take, if that is the reason.
    pub fn unsupported(&self) -> Option<Unsupported> {
        match self {
            Self::Send(SendError::Unsupported(why)) => Some(*why),
            _ => None,
        }
    }
}

/// A connection over which messages are sent, one after another.
///
/// A method that is dropped before it is done leaves the connection where it stands: drop the mailer too.
#[derive(Debug)]
pub struct Mailer<I> {
    connection: Connection<Client, I>,
}

impl<I: AsyncRead + AsyncWrite + Unpin + Send> Mailer<I> {
    /// Greets the server at the other end of `io`, and starts TLS as asked for.
    ///
    /// # Errors
    /// When the server does not want to, or TLS fails.
    pub async fn connect(io: I, config: Arc<Config>, security: Security) -> Result<Self, Error> {
        Self::connect_with(io, config, security, Timeouts::default()).await
    }

    /// As [`connect`](Self::connect), with other times for the handshake and for writing.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        io: I,
        config: Arc<Config>,
        security: Security,
        timeouts: Timeouts,
    ) -> Result<Self, Error> {
        let mut mailer = match &security {
            Security::Implicit(tls) => {
                let begin = |info| Client::secure(config, info);
                Self { connection: Connection::implicit_tls(io, tls, timeouts, begin).await? }
            }
            _ => Self { connection: Connection::new(io, Client::new(config)).with_timeouts(timeouts) },
        };
        mailer.ready().await?;
        let (tls, required) = match security {
            Security::Plain | Security::Implicit(_) => return Ok(mailer),
            Security::Opportunistic(tls) => (tls, false),
            Security::Required(tls) => (tls, true),
        };
        if !mailer.capabilities()?.starttls {
            return if required { Err(Error::NoTls(None)) } else { Ok(mailer) };
        }
        mailer.connection = mailer.connection.with_tls(tls);
        mailer.session()?.start_tls()?;
        match mailer.event().await? {
            Event::Ready(_) => Ok(mailer),
            Event::TlsRefused(_) if !required => Ok(mailer),
            Event::TlsRefused(reply) => Err(Error::NoTls(Some(reply))),
            Event::Unwelcome(reply) => Err(Error::Unwelcome(reply)),
            _ => Err(Error::Closed(None)),
        }
    }

    /// What the server said it can do.
    ///
    /// # Errors
    /// When the connection has ended.
    pub fn capabilities(&mut self) -> Result<&Capabilities, Error> {
        Ok(self.session()?.capabilities())
    }

    /// The facts of the TLS handshake, if there was one.
    pub fn tls(&mut self) -> Option<&TlsInfo> {
        self.connection.session().and_then(|session| session.tls())
    }

    /// Whether another message may be sent over this connection.
    pub fn is_ready(&mut self) -> bool {
        self.connection.session().is_some_and(|session| session.is_ready())
    }

    /// Authenticates.
    ///
    /// # Errors
    /// When the server refuses, does not offer the mechanism, or did not prove itself.
    pub async fn authenticate(&mut self, mechanism: Box<dyn Mechanism>) -> Result<Reply, Error> {
        self.session()?.authenticate(mechanism)?;
        match self.event().await? {
            Event::Authenticated(reply) => Ok(reply),
            Event::AuthenticationFailed(e) => Err(e.into()),
            _ => Err(Error::Closed(None)),
        }
    }

    /// Sends one message, and says what became of it for each recipient.
    ///
    /// # Errors
    /// When this server cannot take the message at all, when its content cannot be read or has a bare CR or LF, or
    /// when the connection fails: then the message may still have been accepted, and has to be sent again (RFC 1047).
    pub async fn send(&mut self, envelope: Envelope, mut content: impl Source) -> Result<Delivery, Error> {
        self.session()?.send(envelope)?;
        loop {
            match self.event().await? {
                Event::SendBody(ticket) => {
                    let piece = content.next().await;
                    let session = self.session()?;
                    let given = match piece {
                        Ok(Some(piece)) => session.body(ticket, piece),
                        Ok(None) => session.body_end(ticket),
                        Err(e) => {
                            session.abort(ticket)?;
                            self.close().await;
                            return Err(Error::Source(e));
                        }
                    };
                    if let Err(e) = given {
                        self.close().await;
                        return Err(e.into());
                    }
                }
                Event::Sent(delivery) => return Ok(delivery),
                _ => return Err(Error::Closed(None)),
            }
        }
    }

    /// Sends one command for its own sake, see [`Client::command`].
    ///
    /// # Errors
    /// When it is none of those, or the connection fails.
    pub async fn command(&mut self, command: &Command) -> Result<Reply, Error> {
        self.session()?.command(command)?;
        match self.event().await? {
            Event::Reply(reply) => Ok(reply),
            _ => Err(Error::Closed(None)),
        }
    }

    /// Says goodbye, and closes.
    ///
    /// # Errors
    /// When the connection fails. All that was sent is sent.
    pub async fn quit(mut self) -> Result<(), Error> {
        self.session()?.quit()?;
        while self.connection.next().await?.is_some() {}
        Ok(())
    }

    async fn ready(&mut self) -> Result<(), Error> {
        match self.event().await? {
            Event::Ready(_) => Ok(()),
            Event::Unwelcome(reply) => {
                self.close().await;
                Err(Error::Unwelcome(reply))
            }
            _ => Err(Error::Closed(None)),
        }
    }

    async fn event(&mut self) -> Result<Event, Error> {
        match self.connection.next().await? {
            None => Err(Error::Closed(None)),
            Some(Event::Closing(reply)) => Err(Error::Closed(Some(reply))),
            Some(event) => Ok(event),
        }
    }

    fn session(&mut self) -> Result<&mut Client, Error> {
        self.connection.session().ok_or(Error::Closed(None))
    }

    /// Lets a session that is closing close. How it ends does not matter any more.
    async fn close(&mut self) {
        _ = self.connection.flush().await;
    }
}
