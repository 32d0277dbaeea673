//! The client over a `tokio` stream: each command is one `await`.
//!
//! ```no_run
//! use mailwright_imap::{
//!     client::Config,
//!     tokio::client::{Client, Messages},
//!     types::FetchItem,
//! };
//! # async fn example(tls: mailwright_wire::tokio::Tls) -> Result<(), Box<dyn std::error::Error>> {
//! let stream = tokio::net::TcpStream::connect(("imap.example.test", 993)).await?;
//! let mut client = Client::connect_tls(stream, &tls, Config::default()).await?;
//! client.login("tim", &"tanstaaftanstaaf".into()).await?;
//! let inbox = client.select("INBOX").await?;
//! println!("{} messages", inbox.exists);
//! for message in client.fetch_all(Messages::numbers("1:10".parse()?), vec![FetchItem::Envelope]).await? {
//!     println!("{:?}", message.envelope().and_then(|envelope| envelope.subject.as_ref()));
//! }
//! client.logout().await?;
//! # Ok(())
//! # }
//! ```
//!
//! What the server tells unasked (new messages, flags changed elsewhere, messages gone) is kept apart from the results of
//! commands: [`Client::news`] takes it, [`Client::wait`] waits for it, [`Client::notify`] asks for that of other mailboxes too.
//!
//! Dropping the future of a command leaves the connection whole: the rest of its data is passed over when the next command
//! runs. Only an APPEND that is dropped half way ends the connection's usefulness, since its octets must all be sent.

mod append;
mod authenticate;
mod commands;
mod error;
mod fetch;
mod idle;
mod notify;
mod select;
mod sync;

pub use append::Appended;
pub use error::Error;
pub use fetch::{Fetching, Messages, Part};
pub use select::Mailbox;
pub use sync::{Changes, Known};

use crate::{
    client::{self, CommandId, Config, Event},
    types::{
        command::CommandBody,
        response::{Capabilities, Fault, Status, Untagged},
    },
};
use fetch::Collector;
use mailwright_wire::tokio::{Connection, Timeouts, Tls};
use std::{collections::VecDeque, sync::Arc};
use tokio::io::{AsyncRead, AsyncWrite};

/// Something the server told unasked, or that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Data that answers no command.
    Data(Untagged),
    /// Something that could not be read, and why.
    Fault(Fault),
}

/// How much news may wait to be taken.
const NEWS: usize = 100_000;

/// A connection to a server.
#[derive(Debug)]
pub struct Client<I> {
    connection: Connection<client::Client, I>,
    news: VecDeque<News>,
    greeting: Status,
    largest_literal: u64,
}

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// Begins in clear, as on port 143: waits for the greeting. With [`client::Security::Required`], the default, use
    /// [`connect_start_tls`](Self::connect_start_tls) instead.
    ///
    /// # Errors
    ///
    /// When the server does not greet, or says goodbye at once.
    pub async fn connect(stream: I, config: impl Into<Arc<Config>>) -> Result<Self, Error> {
        Self::greet(Connection::new(stream, client::Client::new(config))).await
    }

    /// Begins with TLS, as on port 993 (RFC 8314 §3.2).
    ///
    /// # Errors
    ///
    /// When the handshake fails, the server does not greet, or says goodbye at once.
    pub async fn connect_tls(stream: I, tls: &Tls, config: impl Into<Arc<Config>>) -> Result<Self, Error> {
        let config = config.into();
        let begin = |info| client::Client::in_tls(config, info);
        Self::greet(Connection::implicit_tls(stream, tls, Timeouts::default(), begin).await?).await
    }

    /// Begins in clear and goes on inside TLS, as on port 143 (RFC 9051 §6.2.1).
    ///
    /// # Errors
    ///
    /// When the server does not greet or does not agree to TLS, or the handshake fails.
    pub async fn connect_start_tls(
        stream: I,
        tls: Tls,
        config: impl Into<Arc<Config>>,
    ) -> Result<Self, Error> {
        let connection = Connection::new(stream, client::Client::new(config)).with_tls(tls);
        let mut client = Self::greet(connection).await?;
        let id = client.session()?.start_tls()?;
        loop {
            match client.connection.next().await? {
                Some(Event::Secured) => break,
                Some(Event::Done { command, status }) if command == id => {
                    return Err(Error::refused("STARTTLS", status));
                }
                Some(_) => {}
                None => return Err(Error::Closed),
            }
        }
        client.capabilities().await?;
        Ok(client)
    }

    async fn greet(mut connection: Connection<client::Client, I>) -> Result<Self, Error> {
        loop {
            match connection.next().await? {
                Some(Event::Greeting(greeting)) => {
                    let news = VecDeque::new();
                    return Ok(Self { connection, news, greeting, largest_literal: 50 << 20 });
                }
                Some(_) => {}
                None => return Err(Error::Closed),
            }
        }
    }

    /// What the server said first: `OK`; `PREAUTH` where no login is needed; `BYE` where there is no service.
    pub fn greeting(&self) -> &Status {
        &self.greeting
    }

    /// Messages and sections that are fetched whole may have so many octets; of a larger one only the length is kept. Default
    /// 50 MiB. [`fetch`](Self::fetch) has no such limit.
    pub fn set_largest_literal(&mut self, octets: u64) {
        self.largest_literal = octets;
    }

    /// The session below, for what has no method here.
    ///
    /// # Errors
    ///
    /// When the connection has ended.
    pub fn session(&mut self) -> Result<&mut client::Client, Error> {
        self.connection.session().ok_or(Error::Closed)
    }

    /// Takes what the server told unasked since the last time, without waiting or reading.
    pub fn news(&mut self) -> impl Iterator<Item = News> + '_ {
        self.news.drain(..)
    }

    /// What the server can do; asked for if it has not said so since the login.
    ///
    /// # Errors
    ///
    /// When the connection ends.
    pub async fn capabilities(&mut self) -> Result<Capabilities, Error> {
        if let Some(known) = self.session()?.capabilities() {
            return Ok(known.clone());
        }
        self.run("CAPABILITY", CommandBody::Capability, |_| {}).await?;
        Ok(self.session()?.capabilities().cloned().unwrap_or_default())
    }

    /// Runs any command; its data goes to `each`. Literals over the session's limit are put together.
    ///
    /// # Errors
    ///
    /// When the server refuses it ([`Error::Refused`]), or the connection ends.
    pub async fn run(
        &mut self,
        name: &'static str,
        command: CommandBody,
        mut each: impl FnMut(Untagged),
    ) -> Result<Status, Error> {
        let id = self.session()?.send(command)?;
        let mut collector = Collector::new(self.largest_literal);
        loop {
            let event = self.connection.next().await?.ok_or(Error::Closed)?;
            let Some(event) = collector.take(event) else { continue };
            match self.sort(id, event)? {
                Some(Event::Result { data, .. }) => each(data),
                Some(Event::Done { status, .. }) if status.is_ok() => return Ok(status),
                Some(Event::Done { status, .. }) => return Err(Error::refused(name, status)),
                _ => {}
            }
        }
    }

    /// Gives back what is about this command, and keeps the news.
    fn sort(&mut self, id: CommandId, event: Event) -> Result<Option<Event>, Error> {
        let news = match event {
            Event::Result { command, .. }
            | Event::Done { command, .. }
            | Event::Cancelled { command, .. } => {
                return Ok((command == id).then_some(event));
            }
            Event::Ready(command) | Event::Idling(command) => return Ok((command == id).then_some(event)),
            Event::LiteralBegin { .. } | Event::Literal(_) | Event::LiteralEnd => return Ok(Some(event)),
            Event::Unsolicited(data) => News::Data(data),
            Event::Fault(fault) => News::Fault(fault),
            Event::Greeting(_) | Event::Secured | Event::Continue(_) => return Ok(None),
        };
        if self.news.len() >= NEWS {
            return Err(Error::NewsUnread);
        }
        self.news.push_back(news);
        Ok(None)
    }
}
