//! The Mailwright mail server, as a library: for tests that want real mail, and for the `mailwright` command.
//!
//! ```no_run
//! use mailwright_server::{Config, Server};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = std::env::temp_dir().join("mail-for-a-test");
//! let server = Server::start(Config::for_test(folder)).await?;
//! server.add_account("alice@localhost", "secret").await?;
//! // ... have the program under test send to server.address("smtp") ...
//! let mail = server.wait_for_mail("alice@localhost", 1).await?;
//! assert!(mail[0].starts_with(b"Return-Path:"));
//! server.stop().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The server joins the crates of the workspace and holds little else: what is refused and what is taken
//! (`smtp`), what a reader sees (`imap`, `pop3`), who may log in ([`accounts`]), and how it starts and stops.

pub mod accounts;
pub mod admin;
mod config;
mod imap;
mod lines;
mod listen;
mod pop3;
pub mod queue;
pub mod route;
mod server;
mod service;
mod smtp;
mod tls;
mod trace;
mod transfer;

pub use config::{
    Auth, Config, ConfigError, Delivery, Dns, Limits, Listen, Network, Plaintext, Tls, Trust, duration, size,
};
pub use server::{DemoAccount, Server, StartError, check};
pub use tls::{Certificate, TlsError};
pub use transfer::Format;
