//! Serving a connection with a backend.
//!
//! ```no_run
//! use std::{io, sync::Arc};
//! use bytes::Bytes;
//! use mailwright_pop3::{
//!     server::{Config, Peer, Refusal, Server},
//!     tokio::{Connection, server::{Backend, Content, Maildrop, serve}},
//!     types::{Entry, UniqueId},
//! };
//! use mailwright_sasl::{Seed, server::{Answer, Identity, Policy, Question}};
//!
//! /// One message for everybody.
//! struct Greeter;
//! struct Greeting(Option<Bytes>);
//!
//! impl Backend for Greeter {
//!     type Maildrop = Greeting;
//!
//!     async fn authenticate(&mut self, _peer: &Peer, question: &Question) -> Answer {
//!         match question {
//!             Question::Password { user, .. } => Answer::accept(user),
//!             _ => Answer::refuse(),
//!         }
//!     }
//!
//!     async fn open(&mut self, _peer: &Peer, _identity: &Identity) -> Result<Greeting, Refusal> {
//!         Ok(Greeting(None))
//!     }
//! }
//!
//! impl Maildrop for Greeting {
//!     type Content = Self;
//!
//!     fn entries(&mut self) -> Vec<Entry> {
//!         UniqueId::new("hello").map(|unique_id| Entry { size: 20, unique_id }).into_iter().collect()
//!     }
//!
//!     async fn read(&mut self, _index: usize, _utf8: bool) -> Result<Self, Refusal> {
//!         Ok(Self(Some("Subject: hi\r\n\r\nhi!\r\n".into())))
//!     }
//!
//!     async fn commit(self, _deleted: Vec<usize>) -> Result<(), Refusal> {
//!         Err(Refusal::permanent("everybody gets it again"))
//!     }
//! }
//!
//! impl Content for Greeting {
//!     async fn chunk(&mut self) -> io::Result<Option<Bytes>> {
//!         Ok(self.0.take())
//!     }
//! }
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:2110").await?;
//! let policy = Policy::new(Seed::random()?).plaintext_without_tls(true);
//! let config = Arc::new(Config::new("mail.example.org", policy));
//! loop {
//!     let (stream, _) = listener.accept().await?;
//!     let connection = Connection::new(stream, Server::new(config.clone()));
//!     tokio::spawn(async move { serve(connection, &mut Greeter).await });
//! }
//! # }
//! ```

use std::{future::Future, io, pin::pin};

use ::tokio::io::{AsyncRead, AsyncWrite};
use bytes::Bytes;
use mailwright_sasl::server::{Answer, Failure, Identity, Question};
use mailwright_wire::{Farewell, tokio::Connection};

use crate::{
    server::{self, Chunk, Event, Misuse, Peer, Refusal, Server},
    types::Entry,
};

/// The mail and the accounts behind a POP3 service. One value serves one connection.
pub trait Backend: Send {
    /// A maildrop that is open and locked. Dropping it unlocks it and changes nothing.
    type Maildrop: Maildrop;

    /// A question about credentials. Take the same time for an unknown user as for a wrong password.
    fn authenticate(&mut self, peer: &Peer, question: &Question) -> impl Future<Output = Answer> + Send;

    /// Opens and locks the maildrop of a user who has logged in.
    ///
    /// # Errors
    /// [`Refusal::in_use`] when another session has it open; [`Refusal::temporary`] when it cannot be had now.
    fn open(
        &mut self,
        peer: &Peer,
        identity: &Identity,
    ) -> impl Future<Output = Result<Self::Maildrop, Refusal>> + Send;

    /// A login failed. For logs and rate limits: the peer is told already.
    fn authentication_failed(&mut self, peer: &Peer, failure: Failure) -> impl Future<Output = ()> + Send {
        let _ = (peer, failure);
        async {}
    }

    /// A command was refused. For logs: the peer is told already.
    fn refused(&mut self, peer: &Peer, refusal: &Refusal) -> impl Future<Output = ()> + Send {
        let _ = (peer, refusal);
        async {}
    }
}

/// A maildrop as it was at login. What arrives or goes away meanwhile does not change it, RFC 1939 §4.
pub trait Maildrop: Send {
    /// A message that is being read.
    type Content: Content;

    /// The messages, in the order of their numbers. Called once.
    fn entries(&mut self) -> Vec<Entry>;

    /// Begins to read the message at this index, counted from 0. `utf8` says whether the client takes raw UTF-8 in
    /// header fields (RFC 6856 §2.1).
    ///
    /// # Errors
    /// When the message is gone or cannot be read.
    fn read(
        &mut self,
        index: usize,
        utf8: bool,
    ) -> impl Future<Output = Result<Self::Content, Refusal>> + Send;

    /// All that the client wanted of a message was sent; `whole`: that was the whole message, as `TOP` may want less.
    fn retrieved(&mut self, index: usize, whole: bool) {
        let _ = (index, whole);
    }

    /// The client has quit: removes these messages, all or none, durably. Indexes count from 0; there may be none.
    ///
    /// # Errors
    /// When they could not be removed: the client is told so, and they stay.
    fn commit(self, deleted: Vec<usize>) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// A message that is being read.
pub trait Content: Send {
    /// The next octets of it, `None` at its end. Some 64 KiB at a time serve well.
    ///
    /// # Errors
    /// When reading fails: the connection is closed, since half a message looks like a whole one.
    fn chunk(&mut self) -> impl Future<Output = io::Result<Option<Bytes>>> + Send;
}

/// Why a connection was not served to its proper end. What the client had marked as deleted stays then.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection or its session failed.
    #[error(transparent)]
    Connection(#[from] mailwright_wire::tokio::Error<server::Error>),
    /// The backend gave an answer that cannot be one.
    #[error("the backend broke the contract: {0}")]
    Misuse(#[from] Misuse),
}

/// Serves one connection to its end. Give it its TLS configuration before, where STLS is offered.
///
/// # Errors
/// See [`Error`]. A peer that breaks off in the middle of something is one.
pub async fn serve<I, B>(connection: Connection<Server, I>, backend: &mut B) -> Result<(), Error>
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
    B: Backend,
{
    serve_until(connection, backend, std::future::pending()).await
}

/// Serves one connection to its end, or until `stop` is done: then at once if no message is being sent, and otherwise
/// after that. Who cannot wait so long drops this.
///
/// # Errors
/// As [`serve`].
pub async fn serve_until<I, B>(
    mut connection: Connection<Server, I>,
    backend: &mut B,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), Error>
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
    B: Backend,
{
    let mut stop = pin!(stop);
    let mut stopping = false;
    let mut open = Open::<B> { maildrop: None, content: None };
    loop {
        if stopping && connection.session().is_none_or(|session| !session.is_sending()) {
            return Ok(connection.farewell(Farewell::Stopping).await?);
        }
        let event = ::tokio::select! {
            biased;
            () = &mut stop, if !stopping => {
                stopping = true;
                continue;
            }
            event = connection.next() => event?,
        };
        let (Some(event), Some(session)) = (event, connection.session()) else { return Ok(()) };
        if let Err(misuse) = open.answer(session, backend, event).await {
            connection.farewell(Farewell::Fault).await?;
            return Err(misuse.into());
        }
    }
}

/// What the client has open.
struct Open<B: Backend> {
    maildrop: Option<B::Maildrop>,
    content: Option<<B::Maildrop as Maildrop>::Content>,
}

impl<B: Backend> Open<B> {
    /// Asks the backend what the event asks.
    async fn answer(&mut self, session: &mut Server, backend: &mut B, event: Event) -> Result<(), Misuse> {
        match event {
            Event::Authenticate { question, ticket } => {
                let answer = backend.authenticate(session.peer(), &question).await;
                session.answer(ticket, answer)
            }
            Event::Authenticated { identity, ticket } => {
                let opened = backend.open(session.peer(), &identity).await;
                let entries = opened.map(|opened| self.maildrop.insert(opened).entries());
                session.answer(ticket, entries)
            }
            Event::Retrieve { message, utf8, ticket } => {
                let opened = match &mut self.maildrop {
                    Some(maildrop) => maildrop.read(message.index(), utf8).await,
                    None => Err(Refusal::temporary("no maildrop is open")),
                };
                session.answer(ticket, opened.map(|opened| self.content = Some(opened)))
            }
            Event::More { ticket } => {
                let chunk = match &mut self.content {
                    Some(content) => content.chunk().await,
                    None => Ok(None),
                };
                let chunk = chunk.map_or(Chunk::Failed, |chunk| chunk.map_or(Chunk::End, Chunk::Data));
                session.answer(ticket, chunk)
            }
            Event::Retrieved { message, whole } => {
                self.content = None;
                if let Some(maildrop) = &mut self.maildrop {
                    maildrop.retrieved(message.index(), whole);
                }
                Ok(())
            }
            Event::Commit { deleted, ticket } => {
                let done = match self.maildrop.take() {
                    Some(maildrop) => {
                        maildrop.commit(deleted.iter().map(|number| number.index()).collect()).await
                    }
                    None => Ok(()),
                };
                session.answer(ticket, done)
            }
            Event::AuthenticationFailed(failure) => {
                backend.authentication_failed(session.peer(), failure).await;
                Ok(())
            }
            Event::Refused(refusal) => {
                backend.refused(session.peer(), &refusal).await;
                Ok(())
            }
        }
    }
}
