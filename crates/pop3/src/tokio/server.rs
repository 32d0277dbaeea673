//! Serves a connection: a loop over the session's events and one [`Backend`].

use std::{future::Future, io};

use ::tokio::io::{AsyncRead, AsyncWrite};
use bytes::Bytes;
use mailwright_sasl::server::{Answer, Identity, Question};
use mailwright_wire::tokio::{Connection, Error};

use crate::{
    Misuse,
    server::{Chunk, Event, Peer, Refusal, Server},
    types::Entry,
};

/// The mail and the accounts behind a POP3 service. One value serves one connection.
pub trait Backend: Send {
    /// A maildrop that is open and locked. Dropping it unlocks it and changes nothing.
    type Maildrop: Maildrop;

    /// Answers a question about credentials. Take the same time for an unknown user as for a wrong password.
    fn authenticate(&mut self, question: Question, peer: &Peer) -> impl Future<Output = Answer> + Send;

    /// Opens and locks the maildrop of a user who has logged in.
    ///
    /// # Errors
    /// [`Refusal::in_use`] when another session has it open; [`Refusal::temporary`] when it cannot be had now.
    fn open(
        &mut self,
        identity: &Identity,
        peer: &Peer,
    ) -> impl Future<Output = Result<Self::Maildrop, Refusal>> + Send;
}

/// A maildrop as it was at login. What arrives or goes away meanwhile does not change it, RFC 1939 §4.
pub trait Maildrop: Send {
    /// A message that is being read.
    type Content: Content;

    /// The messages, in the order of their numbers. Called once.
    fn entries(&mut self) -> Vec<Entry>;

    /// Begins to read the message at this index, counted from 0. `utf8` says whether the client takes raw UTF-8 in
    /// header fields (RFC 6856 §2.1).
    ///
    /// # Errors
    /// When the message is gone or cannot be read.
    fn read(
        &mut self,
        index: usize,
        utf8: bool,
    ) -> impl Future<Output = Result<Self::Content, Refusal>> + Send;

    /// The client has quit: removes these messages, all or none, durably. Indexes count from 0.
    ///
    /// # Errors
    /// When they could not be removed: the client is told so, and they stay.
    fn commit(self, deleted: Vec<usize>) -> impl Future<Output = Result<(), Refusal>> + Send;
}

/// A message that is being read.
pub trait Content: Send {
    /// The next octets of it, `None` at its end. Some 64 KiB at a time serve well.
    ///
    /// # Errors
    /// When reading fails: the connection is closed, since half a message looks like a whole one.
    fn chunk(&mut self) -> impl Future<Output = io::Result<Option<Bytes>>> + Send;
}

/// Serves one connection to its end.
///
/// Give the [`Connection`] its TLS configuration first, where STLS is offered.
///
/// # Errors
/// When the transport or the session fails. What the client had marked as deleted then stays.
pub async fn serve<I, B>(
    connection: &mut Connection<Server, I>,
    backend: &mut B,
) -> Result<(), Error<crate::Error>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
    B: Backend,
{
    let mut maildrop: Option<B::Maildrop> = None;
    let mut content: Option<<B::Maildrop as Maildrop>::Content> = None;
    while let Some(event) = connection.next().await? {
        let answered = match event {
            Event::Authenticate { question, ticket } => {
                let answer = backend.authenticate(question, &peer(connection)).await;
                answer_with(connection, |session| session.answer(ticket, answer))
            }
            Event::Authenticated { identity, ticket } => {
                let entries = match backend.open(&identity, &peer(connection)).await {
                    Ok(mut opened) => {
                        let entries = opened.entries();
                        maildrop = Some(opened);
                        Ok(entries)
                    }
                    Err(refusal) => Err(refusal),
                };
                answer_with(connection, |session| session.answer(ticket, entries))
            }
            Event::Retrieve { message, utf8, ticket } => {
                let opened = match &mut maildrop {
                    Some(maildrop) => maildrop.read(message.index(), utf8).await,
                    None => Err(Refusal::temporary("no maildrop is open")),
                };
                let answer = opened.map(|opened| content = Some(opened));
                answer_with(connection, |session| session.answer(ticket, answer))
            }
            Event::More { ticket } => {
                let chunk = match &mut content {
                    Some(content) => content.chunk().await,
                    None => Ok(None),
                };
                let chunk = match chunk {
                    Ok(Some(bytes)) => Chunk::Data(bytes),
                    Ok(None) => Chunk::End,
                    Err(_) => Chunk::Failed,
                };
                answer_with(connection, |session| session.answer(ticket, chunk))
            }
            Event::Commit { deleted, ticket } => {
                content = None;
                let answer = match maildrop.take() {
                    Some(maildrop) => {
                        maildrop.commit(deleted.iter().map(|number| number.index()).collect()).await
                    }
                    None => Ok(()),
                };
                answer_with(connection, |session| session.answer(ticket, answer))
            }
            Event::Retrieved { .. } => {
                content = None;
                Ok(())
            }
            Event::AuthenticationFailed(_) | Event::Refused { .. } => Ok(()),
        };
        // Each ticket comes from this very session, so this can only be a fault here; end rather than go on wrongly.
        if answered.is_err() {
            return Err(Error::Unanswered);
        }
    }
    Ok(())
}

/// Gives an answer to the session, if it has not ended meanwhile.
fn answer_with<I>(
    connection: &mut Connection<Server, I>,
    answer: impl FnOnce(&mut Server) -> Result<(), Misuse>,
) -> Result<(), Misuse>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    connection.session().map_or(Ok(()), answer)
}

fn peer<I>(connection: &mut Connection<Server, I>) -> Peer
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    connection.session().map(|session| session.peer().clone()).unwrap_or_default()
}
