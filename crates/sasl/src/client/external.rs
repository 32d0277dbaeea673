//! EXTERNAL, RFC 4422 appendix A.

use super::{Error, Mechanism, Once, field};
use crate::Name;

/// Who we are the server knows already, from our TLS certificate.
#[derive(Debug)]
pub struct External(Once);

impl External {
    /// Acts as the certificate's own identity, or as the one named.
    ///
    /// # Errors
    /// When the identity is too long or has a NUL.
    pub fn new(identity: Option<&str>) -> Result<Self, Error> {
        Ok(Self(Once::new(field(identity.unwrap_or_default())?)))
    }
}

impl Mechanism for External {
    fn name(&self) -> Name {
        Name::External
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
