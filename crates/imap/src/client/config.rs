//! What a client session is told before it begins.

use crate::Limits;
use std::time::Duration;

/// Settings of a client session.
#[derive(Debug, Clone)]
pub struct Config {
    /// Whether anything but the way to TLS may go in clear. Default [`Security::Required`].
    pub security: Security,
    /// Bounds on what the server sends: [`Limits::response_line`], [`Limits::response_literal`], [`Limits::response`],
    /// [`Limits::list_depth`] and [`Limits::read_ahead`].
    pub limits: Limits,
    /// How long the server may be silent while a command runs. Default 5 minutes.
    pub command: Duration,
    /// How long the server may be silent otherwise, as in `IDLE`. Default 31 minutes: after 30 a server may close the
    /// connection (RFC 9051 §5.4).
    pub idle: Duration,
}

/// What may go over the wire without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Security {
    /// Nothing but what leads to TLS. Data that the server sends before TLS is dropped, and a server that refuses TLS, or says
    /// that the client is authenticated already, ends the session.
    #[default]
    Required,
    /// Everything. For a server on this machine, or a wire that is safe by other means.
    Optional,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            security: Security::default(),
            limits: Limits::default(),
            command: Duration::from_mins(5),
            idle: Duration::from_mins(31),
        }
    }
}

impl Config {
    /// Everything may go in clear: see [`Security::Optional`].
    pub fn plaintext() -> Self {
        Self { security: Security::Optional, ..Self::default() }
    }
}
