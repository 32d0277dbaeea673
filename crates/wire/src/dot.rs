//! Dot-stuffed bodies: SMTP `DATA` (RFC 5321 §4.5.2) and POP3 multi-line responses (RFC 1939 §3).

mod decode;
mod encode;

pub use decode::DotDecoder;
pub use encode::DotEncoder;

use bytes::Bytes;

/// A piece of a streamed body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The next bytes of it.
    Data(Bytes),
    /// There is no more.
    End,
}

/// A CR or LF that stands alone. In mail neither is a line end (RFC 5321 §2.3.8), and software that takes it for one
/// can be made to see commands inside a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bare CR or LF at octet {at}")]
pub struct Irregular {
    /// Where it stands, in octets from the start of the body as given.
    pub at: u64,
}
