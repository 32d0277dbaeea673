//! CRAM-MD5, RFC 2195.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use subtle::ConstantTimeEq;

use super::{Answer, Failure, Mechanism, Question, Turn, name, text};
use crate::{Nonce, Secret, apop::hex};

#[derive(Debug)]
pub(super) struct CramMd5 {
    challenge: String,
    user: String,
    digest: String,
}

impl CramMd5 {
    pub(super) fn new(nonce: &Nonce, host: &str) -> Self {
        Self { challenge: format!("<{}@{host}>", nonce.as_str()), user: String::new(), digest: String::new() }
    }

    /// The client's message: the user, a space, and the digest in lower-case hexadecimal.
    fn message(&mut self, response: &[u8]) -> Result<Question, Failure> {
        let (user, digest) = text(response)?.rsplit_once(' ').ok_or(Failure::Malformed)?;
        if digest.len() != 32 {
            return Err(Failure::Malformed);
        }
        self.user = name(user)?;
        digest.clone_into(&mut self.digest);
        Ok(Question::SharedSecret { user: self.user.clone() })
    }
}

/// The digest of RFC 2195 §2: HMAC-MD5 of the challenge, keyed with the password.
pub(crate) fn digest(challenge: &[u8], password: &Secret) -> String {
    let mut mac =
        Hmac::<Md5>::new_from_slice(password.expose().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(challenge);
    hex(&mac.finalize().into_bytes())
}

impl Mechanism for CramMd5 {
    /// The server speaks first here, so there is no initial response.
    fn start(&mut self, initial: Option<&[u8]>) -> Turn {
        match initial {
            None => Turn::Challenge(self.challenge.clone().into_bytes()),
            Some(_) => Turn::Failed(Failure::Malformed),
        }
    }

    fn respond(&mut self, response: &[u8]) -> Turn {
        self.message(response).map_or_else(Turn::Failed, Turn::Ask)
    }

    fn answer(&mut self, answer: Answer) -> Turn {
        let (account, password) = match answer {
            Answer::Password { account, password } => (Some(account), password),
            // Compute all the same: an unknown user must take as long as a known one.
            Answer::Refuse(Failure::Credentials) => (None, Secret::new("nobody")),
            Answer::Refuse(failure) => return Turn::Failed(failure),
            _ => return Turn::Failed(Failure::Misuse),
        };
        let right = digest(self.challenge.as_bytes(), &password).as_bytes().ct_eq(self.digest.as_bytes());
        match (account, bool::from(right)) {
            (Some(account), true) => {
                Turn::Proved { account, authenticated: std::mem::take(&mut self.user), authorization: None }
            }
            _ => Turn::Failed(Failure::Credentials),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_rfc_2195() {
        let challenge = b"<1896.697170952@postoffice.reston.mci.net>";
        assert_eq!(digest(challenge, &Secret::new("tanstaaftanstaaf")), "b913a602c7eda7a495b4e6e7334d3890");
    }
}
