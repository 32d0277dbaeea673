//! The choice among the mechanisms that a server offers.

use mailwright_wire::TlsInfo;

use super::{Anonymous, CramMd5, Error, External, Login, Mechanism, OAuthBearer, Plain, Scram, XOAuth2};
use crate::{Name, Nonce, Secret, channel::Binding};

/// What a client can log in with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// A name and a password.
    Password {
        /// The name.
        user: String,
        /// The password.
        password: Secret,
    },
    /// A name and a bearer token.
    Token {
        /// The name.
        user: String,
        /// The token.
        token: Secret,
    },
    /// The certificate that TLS has shown already.
    Certificate,
    /// Nothing at all.
    Nobody,
}

impl Credentials {
    /// A name and a password.
    pub fn password(user: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::Password { user: user.into(), password: password.into() }
    }
}

/// The strongest mechanism that the server offers, that fits the credentials, and that is safe on this connection.
///
/// Passwords and tokens go out as they are only if `plaintext_without_tls` or inside TLS. `nonce` is used by SCRAM
/// alone and must be new each time. CRAM-MD5 is taken only where the alternative is to send the password in clear.
///
/// ```
/// use mailwright_sasl::{Nonce, client::{strongest, Credentials}};
/// let credentials = Credentials::password("tim", "tanstaaftanstaaf");
/// let chosen = strongest(&["PLAIN", "SCRAM-SHA-256"], &credentials, None, &Nonce::new([7; 18]), false).unwrap();
/// assert_eq!(chosen.name().as_str(), "SCRAM-SHA-256");
/// ```
///
/// # Errors
/// [`Error::NothingUsable`] if there is none; [`Error::Credentials`] if the text of the credentials cannot be sent.
pub fn strongest<S: AsRef<str>>(
    offered: &[S],
    credentials: &Credentials,
    tls: Option<&TlsInfo>,
    nonce: &Nonce,
    plaintext_without_tls: bool,
) -> Result<Box<dyn Mechanism>, Error> {
    let plaintext = tls.is_some() || plaintext_without_tls;
    let bindable = tls.filter(|tls| Binding::best(tls).is_some());
    let usable = |name: Name| match name {
        Name::ScramPlus(_) => bindable.is_some(),
        Name::CramMd5 => tls.is_none(),
        _ => plaintext || !name.is_plaintext(),
    };
    // Unknown names are none of our business; Name::ALL is in order of strength.
    let offered =
        |name: &Name| offered.iter().any(|other| other.as_ref().eq_ignore_ascii_case(name.as_str()));
    for name in Name::ALL.into_iter().filter(offered).filter(|name| usable(*name)) {
        return Ok(match (name, credentials) {
            (Name::ScramPlus(hash), Credentials::Password { user, password }) => match bindable {
                Some(tls) => Box::new(Scram::plus(hash, user, password, nonce, tls)?),
                None => continue,
            },
            (Name::Scram(hash), Credentials::Password { user, password }) => {
                Box::new(Scram::new(hash, user, password, nonce, bindable.is_some())?)
            }
            (Name::CramMd5, Credentials::Password { user, password }) => {
                Box::new(CramMd5::new(user, password)?)
            }
            (Name::Plain, Credentials::Password { user, password }) => Box::new(Plain::new(user, password)?),
            (Name::Login, Credentials::Password { user, password }) => Box::new(Login::new(user, password)?),
            (Name::OAuthBearer, Credentials::Token { user, token }) => {
                Box::new(OAuthBearer::new(Some(user), token, None)?)
            }
            (Name::XOAuth2, Credentials::Token { user, token }) => Box::new(XOAuth2::new(user, token)?),
            (Name::External, Credentials::Certificate) => Box::new(External::new(None)?),
            (Name::Anonymous, Credentials::Nobody) => Box::new(Anonymous::new("")?),
            _ => continue,
        });
    }
    Err(Error::NothingUsable)
}
