//! POP3 (RFC 1939) sessions without I/O: the server's side and the client's.
//!
//! A session is a value. It takes the peer's octets, and is polled for the next step (see [`mailwright_wire::Session`]).
//! It reads no clock and opens no connection, and it knows no mail: the server's side asks for what it needs with
//! events that carry a ticket, and goes on when they are answered.
//!
//! With feature `tokio`, [`tokio::server::serve`] is the whole loop over a connection, and asks one
//! [`tokio::server::Backend`].
//!
//! ```
//! use std::sync::Arc;
//! use mailwright_pop3::server::{Config, Event, Server};
//! use mailwright_sasl::{Seed, server::Policy};
//! use mailwright_wire::{Session, Step};
//!
//! let config = Config::new("mail.example.test", Policy::new(Seed::new([7; 32])));
//! let mut server = Server::new(Arc::new(config));
//! let Step::Write(greeting) = server.poll()? else { panic!() };
//! assert_eq!(greeting, "+OK mail.example.test POP3 ready\r\n");
//! # Ok::<(), mailwright_pop3::server::Error>(())
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`types`] | commands, response codes, capabilities, unique identifiers |
//! | [`parse`], [`encode`] | one line to a value, and back |
//! | [`server`] | [`server::Server`], its [`server::Config`] and its [`server::Event`]s |
//! | [`client`] | [`client::Client`] and its [`client::Event`]s |
//! | `tokio` | feature `tokio`: `serve`, `Backend`, and a client |
//!
//! # What is spoken
//!
//! RFC 1939 with all its optional commands, CAPA and response codes (RFC 2449, RFC 3206), STLS (RFC 2595), AUTH
//! (RFC 5034) with every mechanism of [`mailwright_sasl`], UTF8 and LANG (RFC 6856).
//!
//! # Limits
//!
//! All in [`Limits`], with their defaults. A message is never held: it streams in both directions.
//!
//! # What it does not do
//!
//! It does not delete what was read, nor expire mail, nor make UTF-8 headers readable for who did not ask for them (RFC 6858):
//! these are the affairs of the store behind it. [`server::Config`] can announce what it does.

pub mod client;
pub mod encode;
mod limits;
pub mod parse;
pub mod server;
#[cfg(feature = "tokio")]
pub mod tokio;
pub mod types;

pub use limits::Limits;
