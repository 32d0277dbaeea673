//! ANONYMOUS, RFC 4505.

use super::{Error, Mechanism, Once, field};
use crate::Name;

/// Nobody in particular.
#[derive(Debug)]
pub struct Anonymous(Once);

impl Anonymous {
    /// `trace` is what the server may log: an address or a nickname, or nothing.
    ///
    /// # Errors
    /// When it is too long or has a NUL.
    pub fn new(trace: &str) -> Result<Self, Error> {
        Ok(Self(Once::new(field(trace)?)))
    }
}

impl Mechanism for Anonymous {
    fn name(&self) -> Name {
        Name::Anonymous
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        self.0.take()
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.respond(challenge)
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.0.finish()
    }
}
