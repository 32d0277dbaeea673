//! The server's side: what is offered, one exchange at a time, and the questions it asks the application.

mod anonymous;
mod cram_md5;
mod exchange;
mod external;
mod login;
mod oauth;
mod plain;
mod policy;
mod question;
pub(crate) mod scram;

pub(crate) use cram_md5::digest as cram_md5_digest;
pub use exchange::{Exchange, Step};
pub use policy::{BeginError, Policy};
pub use question::{Answer, Failure, Identity, Question};

/// What a mechanism wants next; [`Exchange`] adds the rules that hold for all.
pub(crate) enum Turn {
    Challenge(Vec<u8>),
    Ask(Question),
    /// The client is who it says.
    Proved {
        account: String,
        authenticated: String,
        authorization: Option<String>,
    },
    Failed(Failure),
}

/// One mechanism, in its server role.
pub(crate) trait Mechanism: Send + std::fmt::Debug {
    fn start(&mut self, initial: Option<&[u8]>) -> Turn;
    fn respond(&mut self, response: &[u8]) -> Turn;
    fn answer(&mut self, answer: Answer) -> Turn;
}

/// The text of a message that has to be UTF-8.
fn text(message: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(message).map_err(|_| Failure::Malformed)
}

/// A user's name, prepared.
fn name(name: &str) -> Result<String, Failure> {
    crate::prepare::name(name).map_err(|_| Failure::Malformed)
}

/// An authorization identity: empty means the user's own.
fn authorization(identity: &str) -> Result<Option<String>, Failure> {
    if identity.is_empty() { Ok(None) } else { name(identity).map(Some) }
}

/// A password, prepared. What cannot be prepared cannot have been set as one.
fn password(password: &str) -> Result<crate::Secret, Failure> {
    crate::prepare::password(password).map_err(|error| match error {
        crate::prepare::PrepareError::Prohibited => Failure::Credentials,
        _ => Failure::Malformed,
    })
}
