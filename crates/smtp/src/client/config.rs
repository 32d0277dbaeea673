//! How a client behaves.

use crate::{limits::ClientLimits, server::Protocol, types::HelloName};

/// One client's settings. Share one among its sessions in an `Arc`.
#[derive(Clone, Debug)]
pub struct Config {
    /// What to call oneself in `EHLO`.
    pub hello: HelloName,
    /// SMTP or LMTP.
    pub protocol: Protocol,
    /// Make CRLF of each bare CR or LF in a message. Off by default: such a message is refused, since it may be signed.
    pub repair_line_ends: bool,
    /// Send by `BDAT` where the server offers it. On by default.
    pub chunking: bool,
    /// Allow mechanisms that show the password to who listens, without TLS. Off by default.
    pub plaintext_auth: bool,
    /// The limits.
    pub limits: ClientLimits,
}

impl Config {
    /// The defaults, with a name.
    pub fn new(hello: HelloName) -> Self {
        Self {
            hello,
            protocol: Protocol::Smtp,
            repair_line_ends: false,
            chunking: true,
            plaintext_auth: false,
            limits: ClientLimits::default(),
        }
    }
}
