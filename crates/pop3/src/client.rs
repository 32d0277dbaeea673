//! The client's side.

mod auth;
mod config;
mod event;
mod lines;
mod session;

pub use auth::AuthError;
pub use config::{Config, Limits};
pub use event::{Event, Item};
pub use session::{Client, Error, Misuse, Upgrading};
