//! The tokio adapters (feature `tokio`): sessions joined to connections and backends.

pub mod client;
pub mod server;
