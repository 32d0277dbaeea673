//! LOGIN, never specified: the name and the password, each when asked for.

use std::collections::VecDeque;

use super::{Error, Mechanism, filled};
use crate::{Name, Secret};

/// The name and the password as they are, in two steps. Only inside TLS, and only where PLAIN is not offered.
#[derive(Debug)]
pub struct Login(VecDeque<Secret>);

impl Login {
    /// Logs `user` in.
    ///
    /// # Errors
    /// When one of the two is empty, too long or has a NUL.
    pub fn new(user: &str, password: &Secret) -> Result<Self, Error> {
        filled(password.expose())?;
        Ok(Self([Secret::new(filled(user)?), password.clone()].into()))
    }
}

impl Mechanism for Login {
    fn name(&self) -> Name {
        Name::Login
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Servers differ in what they ask, never in which order.
    fn respond(&mut self, _challenge: &[u8]) -> Result<Vec<u8>, Error> {
        let next = self.0.pop_front().ok_or(Error::Malformed)?;
        Ok(next.expose().as_bytes().to_vec())
    }

    fn finish(&mut self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Malformed) }
    }
}
