//! Adapters for `tokio` streams: a server that calls a backend, and a client.

pub mod client;
pub mod server;

pub use mailwright_wire::tokio::{Connection, Stream, Timeouts, Tls, client_tls, server_tls};
