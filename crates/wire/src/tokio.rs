//! One driver for every session, over `tokio` streams, with TLS by `rustls`.
//!
//! [`Connection`] does all that a [`Session`](crate::Session) asks for except answer its events: it writes, reads with a
//! deadline, lets time pass, upgrades to TLS and closes. What is left for a protocol's adapter is a loop over
//! [`Connection::next`].
//!
//! ```no_run
//! # use mailwright_wire::{Session, tokio::{Connection, Error}};
//! # async fn example<S: Session>(stream: impl ::tokio::io::AsyncRead + ::tokio::io::AsyncWrite + Unpin, session: S)
//! #     -> Result<(), Error<S::Error>> {
//! let mut connection = Connection::new(stream, session);
//! while let Some(event) = connection.next().await? {
//!     // answer it: connection.session().answer(ticket, ...)
//! }
//! # Ok(())
//! # }
//! ```

mod connection;
mod proxy;
mod stream;
mod tls;

pub use connection::{Connection, Error, Timeouts};
pub use proxy::proxy_header;
pub use stream::Stream;
pub use tls::{Tls, client_tls, server_tls};
