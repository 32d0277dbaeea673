//! The adapter for `tokio`: [`server`] serves a connection from one backend trait.

pub mod server;
