//! Logging in.

use super::{Client, Error};
use crate::{
    client::Event,
    types::{AString, command::CommandBody, response::Status},
};
use mailwright_sasl::{Secret, client::Mechanism};
use tokio::io::{AsyncRead, AsyncWrite};

impl<I: AsyncRead + AsyncWrite + Unpin> Client<I> {
    /// Logs in with a name and a password (RFC 9051 §6.2.3). [`authenticate`](Self::authenticate) has better mechanisms.
    ///
    /// # Errors
    ///
    /// When the server refuses, or the connection ends.
    pub async fn login(&mut self, user: &str, password: &Secret) -> Result<Status, Error> {
        let (user, password) = (AString::try_from(user)?, AString::try_from(password.expose())?);
        let status = self.run("LOGIN", CommandBody::Login { user, password }, |_| {}).await?;
        self.capabilities().await?;
        Ok(status)
    }

    /// Logs in by SASL (RFC 9051 §6.2.2). [`mailwright_sasl::client::strongest`] chooses the mechanism.
    ///
    /// # Errors
    ///
    /// When the server refuses or is not what it should be, or the connection ends.
    pub async fn authenticate(&mut self, mechanism: Box<dyn Mechanism>) -> Result<Status, Error> {
        // Whether it has SASL-IR saves a round trip later.
        self.capabilities().await?;
        let id = self.session()?.authenticate(mechanism)?;
        let mut cancelled = None;
        let status = loop {
            let event = self.connection.next().await?.ok_or(Error::Closed)?;
            match self.sort(id, event)? {
                Some(Event::Cancelled { error, .. }) => cancelled = Some(error),
                Some(Event::Done { status, .. }) => break status,
                _ => {}
            }
        };
        if let Some(error) = cancelled {
            return Err(Error::Authentication(error));
        }
        if !status.is_ok() {
            return Err(Error::refused("AUTHENTICATE", status));
        }
        self.capabilities().await?;
        Ok(status)
    }
}
