//! CRAM-MD5, RFC 2195.

use super::{Error, Mechanism, filled};
use crate::{Name, Secret, server::cram_md5_digest};

/// A digest of the server's challenge, keyed with the password. Weak: only where nothing better is offered.
#[derive(Debug)]
pub struct CramMd5 {
    user: String,
    password: Option<Secret>,
}

impl CramMd5 {
    /// Logs `user` in.
    ///
    /// # Errors
    /// When one of the two is empty, too long or has a NUL.
    pub fn new(user: &str, password: &Secret) -> Result<Self, Error> {
        filled(password.expose())?;
        Ok(Self { user: filled(user)?.to_owned(), password: Some(password.clone()) })
    }
}

impl Mechanism for CramMd5 {
    fn name(&self) -> Name {
        Name::CramMd5
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        None
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
        let password = self.password.take().ok_or(Error::Malformed)?;
        Ok(format!("{} {}", self.user, cram_md5_digest(challenge, &password)).into_bytes())
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.password.is_none() { Ok(()) } else { Err(Error::Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_rfc_2195() {
        let mut client = CramMd5::new("tim", &Secret::new("tanstaaftanstaaf")).unwrap();
        let response = client.respond(b"<1896.697170952@postoffice.reston.mci.net>").unwrap();
        assert_eq!(response, b"tim b913a602c7eda7a495b4e6e7334d3890");
    }
}
