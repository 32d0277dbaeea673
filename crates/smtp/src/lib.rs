//! SMTP (RFC 5321) and LMTP (RFC 2033): client and server sessions, without I/O.
//!
//! A session is a value that is fed octets and polled for what to do next ([`mailwright_wire::Session`]). It knows the
//! protocol: order, syntax, pipelining, limits, line ends, TLS upgrade. What it cannot know it asks: a question is an
//! event with a ticket, and the ticket's type says what answers it.
//!
//! With the feature `tokio`, `tokio::client::Mailer` sends messages and `tokio::server::serve` serves a connection with a
//! backend.
//!
//! ```
//! # #[cfg(feature = "tokio")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use mailwright_smtp::{
//!     client::{self, Envelope},
//!     server::{self, Peer, Server, Verdict},
//!     tokio::{Connection, client::{Mailer, Security}, server::{Backend, Message, serve}},
//!     types::{Mail, Mailbox, Rcpt, Reply},
//! };
//!
//! struct Post;
//! struct Letter(usize);
//!
//! impl Backend for Post {
//!     type Message = Letter;
//!
//!     async fn rcpt(&mut self, _: &Peer, _: &Rcpt) -> Result<(), Reply> {
//!         Ok(())
//!     }
//!
//!     async fn data(&mut self, _: &Peer) -> Result<Letter, Reply> {
//!         Ok(Letter(0))
//!     }
//! }
//!
//! impl Message for Letter {
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
//! let (near, far) = tokio::io::duplex(4096);
//! let server = Server::new(Arc::new(server::Config::new("mx.example.net")));
//! tokio::spawn(async move { serve(Connection::new(far, server), &mut Post).await });
//!
//! let config = Arc::new(client::Config::new("client.example.org".parse()?));
//! let mut mailer = Mailer::connect(near, config, Security::Plain).await?;
//! let mail = Mail::new(Mailbox::new("joe", "example.org")?);
//! let rcpts = vec![Rcpt::new(Mailbox::new("sue", "example.net")?)];
//! let delivery = mailer.send(Envelope { mail, rcpts }, Bytes::from("Subject: hi\r\n\r\nHello.\r\n")).await?;
//! assert_eq!(delivery.fates[0].reply.to_string(), "250 2.0.0 23 octets");
//! mailer.quit().await?;
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tokio"))]
//! # fn main() {}
//! ```
//!
//! # Map
//!
//! - [`types`]: what commands and replies carry: mailboxes, paths, parameters, replies, capabilities.
//! - [`parse`] and [`encode`]: from a whole line to a value, and back.
//! - [`server`]: [`Server`](server::Server), its settings, its events and the answers they take.
//! - [`client`]: [`Client`](client::Client): it greets, starts TLS, authenticates, and sends messages one after another.
//! - [`error`]: what can be wrong, and with whom.
//! - [`Limits`], [`ClientLimits`]: what a peer may cost.
//! - `tokio`: the adapters.
//!
//! # Features
//!
//! - `tokio`: the adapters, with TLS by rustls. Off by default; without it there is no I/O, no clock and no runtime.
//!
//! # Safe by construction
//!
//! - Only CRLF `.` CRLF ends a message, RFC 5321 §4.1.1.4. A bare CR or LF in one is refused, or on request mended.
//! - A `BDAT` chunk is never read as commands, whatever the reply to it.
//! - `STARTTLS` consumes the session: nothing from before it is there after it.
//! - No value writes a line end that is not its command's: what could is refused when it is made or written.
//! - A question is answered once, by the session that asked it, with an answer of its type.
//!
//! # Not here
//!
//! Finding the server for a domain, queues and retries, `Received` fields (though [`server::Peer`] knows what goes into
//! them), reading or signing the message. `BURL` is parsed but not offered. A proxy's PROXY header comes before the
//! session: [`mailwright_wire::proxy`] reads it.

pub mod client;
pub mod encode;
pub mod error;
mod limits;
mod line_ends;
pub mod parse;
pub mod server;
pub mod types;

#[cfg(feature = "tokio")]
pub mod tokio;

pub use limits::{ClientLimits, Limits};
