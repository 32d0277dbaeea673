//! PLAIN, RFC 4616.

use super::{Error, Mechanism, Once, field, filled};
use crate::{Name, Secret};

/// The name and the password as they are. Only inside TLS.
#[derive(Debug)]
pub struct Plain(Once);

impl Plain {
    /// Logs `user` in.
    ///
    /// # Errors
    /// When one of the two is empty, too long or has a NUL.
    pub fn new(user: &str, password: &Secret) -> Result<Self, Error> {
        Self::acting_as("", user, password)
    }

    /// Logs `user` in to act as another identity than its own.
    ///
    /// # Errors
    /// When `user` or `password` is empty, or one of the three is too long or has a NUL.
    pub fn acting_as(identity: &str, user: &str, password: &Secret) -> Result<Self, Error> {
        // message = [authzid] UTF8NUL authcid UTF8NUL passwd; RFC 4616 §2 leaves preparation to the server.
        let fields = [field(identity)?, filled(user)?, filled(password.expose())?];
        Ok(Self(Once::new(fields.join("\0"))))
    }
}

impl Mechanism for Plain {
    fn name(&self) -> Name {
        Name::Plain
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_rfc_4616() {
        let secret = Secret::new("xipj3plmq");
        assert_eq!(Plain::new("Kurt", &secret).unwrap().initial().unwrap(), b"\0Kurt\0xipj3plmq");
        let mut plain = Plain::acting_as("Ursel", "Kurt", &secret).unwrap();
        assert_eq!(plain.respond(b"").unwrap(), b"Ursel\0Kurt\0xipj3plmq");
    }

    #[test]
    fn the_password_is_sent_once_and_only_when_asked_for() {
        let mut plain = Plain::new("a", &Secret::new("b")).unwrap();
        assert_eq!(plain.finish(), Err(Error::Malformed), "success before the password was sent");
        assert_eq!(plain.respond(b"what?"), Err(Error::Malformed));
        assert_eq!(plain.respond(b""), Err(Error::Malformed));
    }

    #[test]
    fn fields_cannot_be_shifted_by_a_nul() {
        let secret = Secret::new("b");
        assert!(Plain::new("a\0b", &secret).is_err());
        assert!(Plain::new("", &secret).is_err());
        assert!(Plain::acting_as("x\0", "a", &secret).is_err());
        assert!(Plain::new("a", &Secret::new("b\0")).is_err());
    }
}
