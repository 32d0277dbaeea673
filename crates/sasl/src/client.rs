//! The client's side: one type for each mechanism, and the choice among those that a server offers.

mod anonymous;
mod cram_md5;
mod external;
mod login;
mod oauth;
mod plain;
mod scram;
mod strongest;

pub use anonymous::Anonymous;
pub use cram_md5::CramMd5;
pub use external::External;
pub use login::Login;
pub use oauth::{OAuthBearer, XOAuth2};
pub use plain::Plain;
pub use scram::Scram;
pub use strongest::{Credentials, strongest};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    Name,
    prepare::{self, PrepareError},
};

/// One mechanism, in its client role. One value serves one exchange.
pub trait Mechanism: Send + std::fmt::Debug {
    /// Which one it is.
    fn name(&self) -> Name;

    /// What to send along with the mechanism's name; `None` where the server speaks first.
    ///
    /// Where the protocol has no room for it, send it in answer to the server's first, empty challenge.
    fn initial(&mut self) -> Option<Vec<u8>>;

    /// The response to a challenge.
    ///
    /// # Errors
    /// When the challenge is wrong: cancel the exchange, the server is not what it should be.
    fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Error>;

    /// Call this when the server says that it succeeded.
    ///
    /// # Errors
    /// When the server has not proved what it must: do not trust the connection.
    fn finish(&mut self) -> Result<(), Error>;

    /// What the server said about a failure within the exchange, such as the status of a bearer token, RFC 7628 §3.2.2.
    fn complaint(&self) -> Option<&str> {
        None
    }
}

/// Why a client gives up.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The name or the password cannot be sent.
    #[error("credentials cannot be used: {0}")]
    Credentials(#[from] PrepareError),
    /// The server's challenge does not follow the mechanism.
    #[error("server's challenge is malformed or out of order")]
    Malformed,
    /// The server said, within the mechanism, that it failed.
    #[error("server refused: {0}")]
    Refused(String),
    /// The server asks for too little or too much work: [`MIN_ITERATIONS`](crate::scram::MIN_ITERATIONS).
    #[error("server asks for {0} iterations")]
    Iterations(u32),
    /// The server does not know the password either: it is an impostor.
    #[error("server could not prove that it knows the password")]
    ServerNotProved,
    /// The connection has no data of the type of channel binding wanted.
    #[error("connection cannot be bound to")]
    NoChannelBinding,
    /// The server offers nothing that these credentials can be used with here.
    #[error("no usable authentication mechanism offered")]
    NothingUsable,
}

/// One message, sent as the initial response or in answer to the empty challenge that asks for it.
struct Once(Option<Zeroizing<Vec<u8>>>);

impl Once {
    fn new(message: impl Into<Vec<u8>>) -> Self {
        Self(Some(Zeroizing::new(message.into())))
    }

    fn take(&mut self) -> Option<Vec<u8>> {
        self.0.take().map(|message| message.to_vec())
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
        self.take().filter(|_| challenge.is_empty()).ok_or(Error::Malformed)
    }

    fn finish(&self) -> Result<(), Error> {
        if self.0.is_none() { Ok(()) } else { Err(Error::Malformed) }
    }
}

impl std::fmt::Debug for Once {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Once(..)" } else { "Once(sent)" })
    }
}

/// Text that may stand in a message whose fields end in NUL.
fn field(text: &str) -> Result<&str, Error> {
    match text {
        _ if text.contains('\0') => Err(PrepareError::Prohibited.into()),
        _ if text.len() > prepare::MAX_LEN => Err(PrepareError::TooLong.into()),
        _ => Ok(text),
    }
}

/// The same, where something has to stand.
fn filled(text: &str) -> Result<&str, Error> {
    if text.is_empty() { Err(PrepareError::Empty.into()) } else { field(text) }
}
