//! Serving a connection with a backend.
//!
//! ```no_run
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use mailwright_smtp::{
//!     server::{Config, Peer, Server, Verdict},
//!     tokio::{Connection, server::{Backend, Message, serve}},
//!     types::{EnhancedStatus, Rcpt, Reply, ReplyCode},
//! };
//!
//! struct Sink;
//! struct Count(usize);
//!
//! impl Backend for Sink {
//!     type Message = Count;
//!
//!     async fn rcpt(&mut self, _peer: &Peer, rcpt: &Rcpt) -> Result<(), Reply> {
//!         match rcpt.to.mailbox() {
//!             Some(mailbox) if mailbox.domain() == "example.org" => Ok(()),
//!             _ => Err(Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(7, 1), "No relaying")),
//!         }
//!     }
//!
//!     async fn data(&mut self, _peer: &Peer) -> Result<Count, Reply> {
//!         Ok(Count(0))
//!     }
//! }
//!
//! impl Message for Count {
//!     async fn write(&mut self, chunk: Bytes) -> Result<(), Reply> {
//!         self.0 += chunk.len();
//!         Ok(())
//!     }
//!
//!     async fn finish(self) -> Verdict {
//!         Reply::ok(format!("{} octets", self.0)).into()
//!     }
//! }
//!
//! // With STARTTLS: `StartTls::Offered` in the configuration, and `connection.with_tls(server_tls(..))`.
//! // With TLS from the first octet: `Connection::implicit_tls(.., |info| Server::secure(config, info))`.
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:2525").await?;
//! let config = Arc::new(Config::new("mx.example.org"));
//! loop {
//!     let (stream, _) = listener.accept().await?;
//!     let connection = Connection::new(stream, Server::new(config.clone()));
//!     tokio::spawn(async move { serve(connection, &mut Sink).await });
//! }
//! # }
//! ```

use std::{future::Future, pin::pin, time::Duration};

use bytes::Bytes;
use mailwright_sasl::server::{Answer, Failure, Identity, Question};
use mailwright_wire::{Farewell, tokio::Connection};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, sleep},
};

use crate::{
    error::Misuse,
    server::{self, Asked, Event, Hello, Peer, Server, Verdict},
    types::{EnhancedStatus, Mail, Rcpt, Reply, ReplyCode},
};

/// Who decides what is taken. One value serves one connection.
///
/// What is not answered here has been checked before: the order of commands, syntax, limits, line ends. A method that
/// is not implemented says yes, except that nobody is authenticated.
pub trait Backend: Send {
    /// A message on its way in.
    type Message: Message;

    /// A peer is here, and would be greeted. A refusal with 421 or 521 closes, one with 554 waits for `QUIT`.
    fn connected(&mut self, peer: &Peer) -> impl Future<Output = Result<(), Reply>> + Send {
        let _ = peer;
        async { Ok(()) }
    }

    /// `EHLO`, `HELO` or `LHLO`.
    fn hello(&mut self, peer: &Peer, hello: &Hello) -> impl Future<Output = Result<(), Reply>> + Send {
        let _ = (peer, hello);
        async { Ok(()) }
    }

    /// A question about credentials.
    fn authenticate(&mut self, peer: &Peer, question: &Question) -> impl Future<Output = Answer> + Send {
        let _ = (peer, question);
        async { Answer::refuse() }
    }

    /// The peer is authenticated.
    fn authenticated(&mut self, peer: &Peer, identity: &Identity) -> impl Future<Output = ()> + Send {
        let _ = (peer, identity);
        async {}
    }

    /// An `AUTH` failed.
    fn authentication_failed(&mut self, peer: &Peer, failure: Failure) -> impl Future<Output = ()> + Send {
        let _ = (peer, failure);
        async {}
    }

    /// `MAIL`: may a transaction begin?
    fn mail(&mut self, peer: &Peer, mail: &Mail) -> impl Future<Output = Result<(), Reply>> + Send {
        let _ = (peer, mail);
        async { Ok(()) }
    }

    /// `RCPT`: is mail taken for this recipient?
    fn rcpt(&mut self, peer: &Peer, rcpt: &Rcpt) -> impl Future<Output = Result<(), Reply>> + Send;

    /// The message is to come, for the recipients that were taken. Nothing before has begun it.
    fn data(&mut self, peer: &Peer) -> impl Future<Output = Result<Self::Message, Reply>> + Send;

    /// The transaction is gone: forget its sender and recipients. Its message, if it had begun, is dropped.
    fn reset(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// `VRFY`, `EXPN` or `ETRN`, where the configuration has them asked.
    fn query(&mut self, peer: &Peer, query: &Asked) -> impl Future<Output = Reply> + Send {
        let _ = (peer, query);
        async {
            let text = "Cannot verify, but will take a message and try";
            Reply::new(ReplyCode::CANNOT_VERIFY, EnhancedStatus::success(5, 2), text)
        }
    }

    /// A trusted proxy told about its client: see [`Peer::xclient`], and [`Peer::identity`] where it named a login.
    fn xclient(&mut self, peer: &Peer) -> impl Future<Output = ()> + Send {
        let _ = peer;
        async {}
    }

    /// A command was refused. For logs.
    fn refused(&mut self, peer: &Peer, reply: &Reply) -> impl Future<Output = ()> + Send {
        let _ = (peer, reply);
        async {}
    }
}

/// A message on its way in. Dropped without [`finish`](Self::finish), it never was.
pub trait Message: Send {
    /// The next octets, dot-stuffing undone. After a refusal the rest is read and dropped, and the peer then hears it.
    fn write(&mut self, chunk: Bytes) -> impl Future<Output = Result<(), Reply>> + Send;

    /// That was all. A positive reply takes responsibility for the message, RFC 5321 §6.1: store it first.
    ///
    /// With LMTP the verdict may have one reply for each recipient that was taken.
    fn finish(self) -> impl Future<Output = Verdict> + Send;
}

/// Why a connection ended other than by its protocol.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The connection or its session failed.
    #[error(transparent)]
    Connection(#[from] mailwright_wire::tokio::Error<server::Error>),
    /// The backend gave an answer that cannot be one; the peer was told of a local error.
    #[error("the backend broke the contract: {0}")]
    Misuse(#[from] Misuse),
}

/// Serves one connection to its end, or to the end of [`Limits::session_time`](crate::Limits::session_time).
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

/// Serves one connection to its end, or until `stop` is done: then at once with 421 if no transaction is open, and
/// otherwise as soon as the transaction is over. Who cannot wait so long drops this.
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
    let time = connection.session().map_or(Duration::MAX, |s| s.config().limits.session_time);
    let (mut stop, mut late) = (pin!(stop), pin!(sleep(time)));
    let mut leaving = None;
    let mut message = None;
    loop {
        if let Some(why) = leaving
            && connection.session().is_none_or(|s| !s.in_transaction())
        {
            return Ok(connection.farewell(why).await?);
        }
        let event = tokio::select! {
            biased;
            () = &mut stop, if leaving.is_none() => {
                leaving = Some(Farewell::Stopping);
                continue;
            }
            () = &mut late => {
                if leaving.is_some() {
                    return Ok(connection.farewell(Farewell::TimedOut).await?);
                }
                leaving = Some(Farewell::TimedOut);
                late.as_mut().reset(Instant::now() + time);
                continue;
            }
            event = connection.next() => event?,
        };
        let (Some(event), Some(session)) = (event, connection.session()) else { return Ok(()) };
        if let Err(misuse) = answer(session, backend, &mut message, event).await {
            connection.farewell(Farewell::Fault).await?;
            return Err(misuse.into());
        }
    }
}

/// Asks the backend what the event asks.
async fn answer<B: Backend>(
    session: &mut Server,
    backend: &mut B,
    message: &mut Option<Result<B::Message, Reply>>,
    event: Event,
) -> Result<(), Misuse> {
    match event {
        Event::Connected { ticket } => {
            let answer = backend.connected(session.peer()).await;
            session.answer(ticket, answer)
        }
        Event::Hello { hello, ticket } => {
            let answer = backend.hello(session.peer(), &hello).await;
            session.answer(ticket, answer)
        }
        Event::Authenticate { question, ticket } => {
            let answer = backend.authenticate(session.peer(), &question).await;
            session.answer(ticket, answer)
        }
        Event::Authenticated(identity) => {
            backend.authenticated(session.peer(), &identity).await;
            Ok(())
        }
        Event::AuthenticationFailed(failure) => {
            backend.authentication_failed(session.peer(), failure).await;
            Ok(())
        }
        Event::Mail { mail, ticket } => {
            let answer = backend.mail(session.peer(), &mail).await;
            session.answer(ticket, answer)
        }
        Event::Rcpt { rcpt, ticket } => {
            let answer = backend.rcpt(session.peer(), &rcpt).await;
            session.answer(ticket, answer)
        }
        Event::Data { ticket } => {
            let answer = backend.data(session.peer()).await.map(|begun| *message = Some(Ok(begun)));
            session.answer(ticket, answer)
        }
        Event::Body(chunk) => {
            if let Some(Ok(open)) = message
                && let Err(refusal) = open.write(chunk).await
            {
                *message = Some(Err(refusal));
            }
            Ok(())
        }
        Event::BodyEnd { ticket } => {
            let verdict = match message.take() {
                Some(Ok(whole)) => whole.finish().await,
                Some(Err(refusal)) => refusal.into(),
                None => Reply::local_error().into(),
            };
            session.answer(ticket, verdict)
        }
        Event::Reset => {
            *message = None;
            backend.reset().await;
            Ok(())
        }
        Event::Query { query, ticket } => {
            let reply = backend.query(session.peer(), &query).await;
            session.answer(ticket, reply)
        }
        Event::Refused(reply) => {
            backend.refused(session.peer(), &reply).await;
            Ok(())
        }
        Event::XClient(_) => {
            backend.xclient(session.peer()).await;
            Ok(())
        }
    }
}
