//! Reading a maildrop over a connection.
//!
//! ```no_run
//! use std::sync::Arc;
//! use mailwright_pop3::{client::Config, tokio::client::{Maildrop, Security}};
//! use mailwright_sasl::client::Credentials;
//!
//! # async fn example(tls: mailwright_pop3::tokio::Tls) -> Result<(), Box<dyn std::error::Error>> {
//! let stream = tokio::net::TcpStream::connect("127.0.0.1:2995").await?;
//! let mut maildrop = Maildrop::connect(stream, Arc::new(Config::default()), Security::Implicit(tls)).await?;
//! maildrop.log_in(&Credentials::password("joe@example.org", "secret")).await?;
//! for (message, octets) in maildrop.sizes().await? {
//!     let mut content = maildrop.retrieve(message).await?;
//!     while let Some(piece) = content.next().await? {
//!         println!("{message}: {} of {octets} octets", piece.len());
//!     }
//!     maildrop.delete(message).await?;
//! }
//! maildrop.quit().await?; // only now they are deleted
//! # Ok(())
//! # }
//! ```

mod content;
mod login;

use std::sync::Arc;

use ::tokio::io::{AsyncRead, AsyncWrite};
use mailwright_wire::{
    TlsInfo,
    tokio::{Connection, Error as WireError, Timeouts, Tls},
};
use thiserror::Error;

use crate::{
    client::{self, AuthError, Client, Config, Event, Item, Misuse},
    types::{Capabilities, Command, MessageNumber, Reply, UniqueId},
};

pub use content::Content;

/// How a connection is secured.
#[derive(Clone, Debug)]
pub enum Security {
    /// Not at all. Passwords are not sent as they are then, see [`Maildrop::log_in_plaintext`].
    Plain,
    /// By STLS, or not at all.
    Required(Tls),
    /// From the first octet, RFC 8314 §3.
    Implicit(Tls),
}

/// Why something was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection or its session failed.
    #[error(transparent)]
    Connection(#[from] WireError<client::Error>),
    /// The server wants no session.
    #[error("the server refused the session: {0}")]
    Unwelcome(Reply),
    /// TLS is required, and not to be had.
    #[error("the server refused TLS: {0}")]
    NoTls(Reply),
    /// Logging in failed.
    #[error("login failed: {0}")]
    Login(#[from] AuthError),
    /// The server refused a command.
    #[error("{verb}: {reply}")]
    Refused {
        /// The command's keyword.
        verb: &'static str,
        /// What the server said.
        reply: Reply,
    },
    /// A line of an answer could not be read. The rest of the answer was passed over, and the session goes on.
    #[error("the server's answer has a line that cannot be read: {0:?}")]
    Unreadable(Box<str>),
    /// The command cannot be sent.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The server closed the session.
    #[error("the server closed the session")]
    Closed,
}

/// A maildrop at the other end of a connection.
///
/// A method that is dropped before it is done leaves the connection where it stands: drop the maildrop too. Without
/// [`quit`](Self::quit) nothing is deleted.
#[derive(Debug)]
pub struct Maildrop<I> {
    connection: Connection<Client, I>,
    /// The greeting's timestamp, if APOP is offered.
    timestamp: Option<Box<str>>,
    /// Whether `CAPA` was answered.
    capable: bool,
}

impl<I: AsyncRead + AsyncWrite + Unpin + Send> Maildrop<I> {
    /// Waits for the greeting at the other end of `io`, starts TLS as asked for, and asks what the server can do.
    ///
    /// # Errors
    /// When the server does not want to, or TLS fails. Nothing was sent then that should not be read by others.
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
        let connection = match &security {
            Security::Implicit(tls) => {
                Connection::implicit_tls(io, tls, timeouts, |info| Client::secure(config, info)).await?
            }
            Security::Required(tls) => {
                Connection::new(io, Client::new(config)).with_timeouts(timeouts).with_tls(tls.clone())
            }
            Security::Plain => Connection::new(io, Client::new(config)).with_timeouts(timeouts),
        };
        let mut maildrop = Self { connection, timestamp: None, capable: false };
        match maildrop.event().await? {
            Event::Greeting { timestamp, .. } => maildrop.timestamp = timestamp,
            Event::Unwelcome(reply) => return Err(Error::Unwelcome(reply)),
            _ => return Err(Error::Closed),
        }
        if let Security::Required(_) = security {
            maildrop.start_tls().await?;
        }
        maildrop.ask_capabilities().await?;
        Ok(maildrop)
    }

    async fn start_tls(&mut self) -> Result<(), Error> {
        // A timestamp that came in the clear may be anybody's.
        self.timestamp = None;
        self.session()?.start_tls()?;
        match self.event().await? {
            Event::Reply { reply, .. } if reply.is_ok => {}
            Event::Reply { reply, .. } => return Err(Error::NoTls(reply)),
            _ => return Err(Error::Closed),
        }
        match self.event().await? {
            Event::Secured => Ok(()),
            _ => Err(Error::Closed),
        }
    }

    /// Asks anew what the server can do, as after a login.
    ///
    /// # Errors
    /// When the connection fails. A server that does not know `CAPA` can do nothing beyond RFC 1939.
    pub async fn ask_capabilities(&mut self) -> Result<&Capabilities, Error> {
        self.session()?.send(Command::Capa)?;
        self.capable = match self.reply().await {
            Ok(_) => {
                while !matches!(self.event().await?, Event::Capabilities(_)) {}
                true
            }
            Err(Error::Refused { .. }) => false,
            Err(error) => return Err(error),
        };
        self.capabilities()
    }

    /// What the server said last that it can do.
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

    /// How many messages there are that are not deleted, and their octets.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn totals(&mut self) -> Result<(u64, u64), Error> {
        self.command(Command::Stat).await?;
        match self.event().await? {
            Event::Item(Item::Totals { messages, octets }) => Ok((messages, octets)),
            Event::Unreadable(line) => Err(Error::Unreadable(line)),
            _ => Err(Error::Closed),
        }
    }

    /// The messages that are not deleted, with their octets.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn sizes(&mut self) -> Result<Vec<(MessageNumber, u64)>, Error> {
        let items = self.listing(Command::List(None)).await?;
        let size =
            |item| if let Item::Size { message, octets } = item { Some((message, octets)) } else { None };
        Ok(items.into_iter().filter_map(size).collect())
    }

    /// The messages that are not deleted, with what stays the same about them from session to session.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn unique_ids(&mut self) -> Result<Vec<(MessageNumber, UniqueId)>, Error> {
        let items = self.listing(Command::Uidl(None)).await?;
        let id = |item| if let Item::UniqueId { message, id } = item { Some((message, id)) } else { None };
        Ok(items.into_iter().filter_map(id).collect())
    }

    /// The languages of the server's texts, with their names in themselves. RFC 6856 §3.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn languages(&mut self) -> Result<Vec<(Box<str>, Box<str>)>, Error> {
        let items = self.listing(Command::Lang(None)).await?;
        let named = |item| {
            if let Item::Language { tag, description } = item { Some((tag, description)) } else { None }
        };
        Ok(items.into_iter().filter_map(named).collect())
    }

    /// Sends a command whose answer is one line: `NOOP`, `RSET`, `UTF8`, `LANG` with a tag.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn command(&mut self, command: Command) -> Result<Reply, Error> {
        self.session()?.send(command)?;
        self.reply().await
    }

    /// Reads a message. Read it to its end before anything else.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn retrieve(&mut self, message: MessageNumber) -> Result<Content<'_, I>, Error> {
        self.command(Command::Retr(message)).await?;
        Ok(Content::new(self))
    }

    /// Reads a message's header and so many lines of its body.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn top(&mut self, message: MessageNumber, lines: u64) -> Result<Content<'_, I>, Error> {
        self.command(Command::Top(message, lines)).await?;
        Ok(Content::new(self))
    }

    /// Marks a message as deleted. It is gone after [`quit`](Self::quit).
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn delete(&mut self, message: MessageNumber) -> Result<(), Error> {
        self.command(Command::Dele(message)).await.map(drop)
    }

    /// Takes all marks back.
    ///
    /// # Errors
    /// When the server refuses, or the connection fails.
    pub async fn reset(&mut self) -> Result<(), Error> {
        self.command(Command::Rset).await.map(drop)
    }

    /// Takes leave: what was marked is deleted.
    ///
    /// # Errors
    /// When the server could not delete, or the connection fails: it is not known then what was deleted.
    pub async fn quit(mut self) -> Result<(), Error> {
        self.command(Command::Quit).await?;
        while self.connection.next().await?.is_some() {}
        Ok(())
    }

    fn session(&mut self) -> Result<&mut Client, Error> {
        self.connection.session().ok_or(Error::Closed)
    }

    async fn event(&mut self) -> Result<Event, Error> {
        self.connection.next().await?.ok_or(Error::Closed)
    }

    async fn reply(&mut self) -> Result<Reply, Error> {
        match self.event().await? {
            Event::Reply { reply, .. } if reply.is_ok => Ok(reply),
            Event::Reply { verb, reply } => Err(Error::Refused { verb, reply }),
            _ => Err(Error::Closed),
        }
    }

    async fn listing(&mut self, command: Command) -> Result<Vec<Item>, Error> {
        self.command(command).await?;
        let (mut items, mut unreadable) = (Vec::new(), None);
        loop {
            match self.event().await? {
                Event::Item(item) => items.push(item),
                Event::Unreadable(line) => unreadable = unreadable.or(Some(line)),
                Event::End => return unreadable.map_or(Ok(items), |line| Err(Error::Unreadable(line))),
                _ => return Err(Error::Closed),
            }
        }
    }
}
