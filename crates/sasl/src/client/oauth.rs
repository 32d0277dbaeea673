//! OAUTHBEARER (RFC 7628) and XOAUTH2: a token got elsewhere.

use super::{Error, Mechanism, Once, filled};
use crate::{Name, Secret, oauth::SEPARATOR, prepare::PrepareError, scram::message::escape};

/// A bearer token, RFC 7628. Only inside TLS.
#[derive(Debug)]
pub struct OAuthBearer(Bearer);

/// A bearer token in the form that came before RFC 7628. Only inside TLS.
#[derive(Debug)]
pub struct XOAuth2(Bearer);

#[derive(Debug)]
struct Bearer {
    message: Once,
    complaint: Option<String>,
    /// How a failure is acknowledged.
    acknowledgement: &'static [u8],
}

impl Bearer {
    fn new(message: &str, acknowledgement: &'static [u8]) -> Self {
        let message = message.replace('\n', char::from(SEPARATOR).encode_utf8(&mut [0; 4]));
        Self { message: Once::new(message), complaint: None, acknowledgement }
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
        if let Some(message) = self.message.take() {
            return if challenge.is_empty() { Ok(message) } else { Err(Error::Malformed) };
        }
        // The server says why it will fail, and waits for an answer before it does: RFC 7628 §3.2.3.
        if self.complaint.is_some() {
            return Err(Error::Malformed);
        }
        self.complaint = Some(String::from_utf8_lossy(challenge).into_owned());
        Ok(self.acknowledgement.to_vec())
    }

    fn finish(&self) -> Result<(), Error> {
        match &self.complaint {
            Some(complaint) => Err(Error::Refused(complaint.clone())),
            None => self.message.finish(),
        }
    }
}

/// Text that may stand in a message whose fields end in ^A. Line ends are kept out with all other controls.
fn clean(text: &str) -> Result<&str, Error> {
    if text.chars().any(char::is_control) { Err(PrepareError::Prohibited.into()) } else { filled(text) }
}

/// A token of RFC 6750 §2.1, of any length that a line may have.
fn token(token: &Secret) -> Result<&str, Error> {
    match token.expose() {
        "" => Err(PrepareError::Empty.into()),
        token if token.bytes().all(|b| b.is_ascii_graphic()) => Ok(token),
        _ => Err(PrepareError::Prohibited.into()),
    }
}

impl OAuthBearer {
    /// Logs in with `bearer`; `server` is the host and the port connected to.
    ///
    /// # Errors
    /// When one of them is empty or has a character that may not stand there.
    pub fn new(user: Option<&str>, bearer: &Secret, server: Option<(&str, u16)>) -> Result<Self, Error> {
        let user = user.map(clean).transpose()?.map(|user| format!("a={}", escape(user))).unwrap_or_default();
        let server = match server {
            Some((host, port)) => format!("host={}\nport={port}\n", clean(host)?),
            None => String::new(),
        };
        let message = format!("n,{user},\n{server}auth=Bearer {}\n\n", token(bearer)?);
        Ok(Self(Bearer::new(&message, &[SEPARATOR])))
    }
}

impl XOAuth2 {
    /// Logs in with `bearer`.
    ///
    /// # Errors
    /// When one of them is empty or has a character that may not stand there.
    pub fn new(user: &str, bearer: &Secret) -> Result<Self, Error> {
        let message = format!("user={}\nauth=Bearer {}\n\n", clean(user)?, token(bearer)?);
        Ok(Self(Bearer::new(&message, b"")))
    }
}

macro_rules! mechanism {
    ($($type:ident $name:expr;)*) => {$(
        impl Mechanism for $type {
            fn name(&self) -> Name {
                $name
            }

            fn initial(&mut self) -> Option<Vec<u8>> {
                self.0.message.take()
            }

            fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
                self.0.respond(challenge)
            }

            fn finish(&mut self) -> Result<(), Error> {
                self.0.finish()
            }

            fn complaint(&self) -> Option<&str> {
                self.0.complaint.as_deref()
            }
        }
    )*};
}

mechanism! {
    OAuthBearer Name::OAuthBearer;
    XOAuth2 Name::XOAuth2;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_rfc_7628_section_4_1() {
        let token = Secret::new("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        let mut client =
            OAuthBearer::new(Some("user@example.com"), &token, Some(("server.example.com", 143))).unwrap();
        assert_eq!(
            client.initial().unwrap(),
            b"n,a=user@example.com,\x01host=server.example.com\x01port=143\x01\
              auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01\x01"
        );
    }

    #[test]
    fn a_failure_is_acknowledged_and_kept() {
        let mut client = OAuthBearer::new(None, &Secret::new("t"), None).unwrap();
        assert_eq!(client.initial().unwrap(), b"n,,\x01auth=Bearer t\x01\x01");
        assert_eq!(client.respond(br#"{"status":"invalid_token"}"#).unwrap(), [1]);
        assert_eq!(client.complaint(), Some(r#"{"status":"invalid_token"}"#));
        assert!(client.finish().is_err());
        assert!(client.respond(b"again").is_err());
    }

    #[test]
    fn fields_cannot_be_shifted() {
        let good = Secret::new("t");
        assert!(OAuthBearer::new(Some("a\u{1}"), &good, None).is_err());
        assert!(OAuthBearer::new(None, &Secret::new("t\u{1}auth=x"), None).is_err());
        assert!(OAuthBearer::new(None, &good, Some(("h\n", 1))).is_err());
        assert!(XOAuth2::new("", &good).is_err());
        assert!(XOAuth2::new("u", &Secret::new("a b")).is_err());
    }
}
