//! Logging in by the best way that both sides have.

use ::tokio::io::{AsyncRead, AsyncWrite};
use mailwright_sasl::{
    Nonce, apop,
    client::{Credentials, Error as MechanismError, Mechanism, strongest},
    prepare,
};

use super::{Error, Maildrop};
use crate::{
    client::{AuthError, Event},
    types::{Apop, Command},
};

impl<I: AsyncRead + AsyncWrite + Unpin + Send> Maildrop<I> {
    /// Logs in by the strongest way that the server offers. Outside of TLS a password is not sent as it is.
    ///
    /// # Errors
    /// When the credentials are refused, or the server offers no way that is safe here.
    pub async fn log_in(&mut self, credentials: &Credentials) -> Result<(), Error> {
        self.log_in_by_the_best_way(credentials, false).await
    }

    /// As [`log_in`](Self::log_in), but sends the password as it is where there is no better way, even if all the world
    /// can read it.
    ///
    /// # Errors
    /// As [`log_in`](Self::log_in).
    pub async fn log_in_plaintext(&mut self, credentials: &Credentials) -> Result<(), Error> {
        self.log_in_by_the_best_way(credentials, true).await
    }

    /// Logs in by this mechanism.
    ///
    /// # Errors
    /// When the server refuses, or is not what it should be.
    pub async fn authenticate(&mut self, mechanism: Box<dyn Mechanism>) -> Result<(), Error> {
        self.session()?.authenticate(mechanism)?;
        match self.event().await? {
            Event::Authenticated(_) => Ok(()),
            Event::AuthenticationFailed(error) => Err(error.into()),
            _ => Err(Error::Closed),
        }
    }

    async fn log_in_by_the_best_way(
        &mut self,
        credentials: &Credentials,
        plaintext: bool,
    ) -> Result<(), Error> {
        let nonce =
            Nonce::random().map_err(|error| Error::Connection(std::io::Error::other(error).into()))?;
        let session = self.session()?;
        let (capabilities, tls) = (session.capabilities().clone(), session.tls().cloned());
        let offered = capabilities.sasl.unwrap_or_default();
        let may_be_read = tls.is_some() || plaintext;
        match strongest(&offered, credentials, tls.as_ref(), &nonce, plaintext) {
            Ok(mechanism) => return self.authenticate(mechanism).await,
            Err(MechanismError::NothingUsable) => {}
            Err(error) => return Err(AuthError::Mechanism(error).into()),
        }
        let nothing = || AuthError::Mechanism(MechanismError::NothingUsable);
        let Credentials::Password { user, password } = credentials else { return Err(nothing().into()) };
        if let (Some(timestamp), None) = (&self.timestamp, &tls) {
            let password =
                prepare::password(password.expose()).map_err(|error| AuthError::Mechanism(error.into()))?;
            let digest = apop::digest(timestamp, &password).into();
            let apop = Command::Apop(Apop { name: user.as_str().into(), digest });
            match self.login_command(apop).await {
                // A timestamp is no promise: many greetings have one by accident.
                Err(Error::Login(_)) if may_be_read => {}
                done => return done,
            }
        }
        // A server without CAPA has nothing else.
        if may_be_read && (capabilities.user || !self.capable) {
            self.login_command(Command::User(user.as_str().into())).await?;
            return self.login_command(Command::Pass(password.clone())).await;
        }
        Err(nothing().into())
    }

    async fn login_command(&mut self, command: Command) -> Result<(), Error> {
        match self.command(command).await {
            Ok(_) => Ok(()),
            Err(Error::Refused { reply, .. }) => Err(AuthError::Refused(reply).into()),
            Err(error) => Err(error),
        }
    }
}
