//! The loop that asks a backend what a session asks.

use super::{Append, Backend, Gone, Messages};
use crate::{
    server::{Error, Event, Fetch, NewMessage, No, Question, Server},
    types::{MailboxName, Uid, UidSet, response::FetchAttribute},
};
use bytes::Bytes;
use mailwright_wire::{
    Farewell, Ticket,
    tokio::{Connection, Error as ConnectionError},
};
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

/// Serves one connection until it ends.
///
/// Dropping the future drops the connection; nothing that was begun and not answered is kept.
///
/// # Errors
///
/// When the connection fails other than by the protocol. What the client does wrong is answered and is no error.
pub async fn serve<I, B>(
    connection: Connection<Server, I>,
    backend: &mut B,
) -> Result<(), ConnectionError<Error>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
    B: Backend,
{
    serve_until(connection, backend, std::future::pending()).await
}

/// As [`serve`], until `stop` is done: then the command that runs is finished, and the client is told `BYE`.
///
/// # Errors
///
/// As [`serve`].
pub async fn serve_until<I, B>(
    mut connection: Connection<Server, I>,
    backend: &mut B,
    stop: impl Future<Output = ()> + Send,
) -> Result<(), ConnectionError<Error>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
    B: Backend,
{
    let mut stop = std::pin::pin!(stop);
    let mut incoming = Incoming::None;
    loop {
        let waits = connection.session().is_some_and(|session| session.awaits_changes());
        let event = tokio::select! {
            // The client first: what it has said already is still answered.
            biased;
            event = connection.next() => event?,
            () = &mut stop => return connection.farewell(Farewell::Stopping).await,
            () = backend.changed(), if waits => {
                if let Some(session) = connection.session() {
                    session.changed();
                }
                continue;
            }
        };
        let Some(event) = event else { return Ok(()) };
        // Not a part of this future, which is as large as the largest answer otherwise, while the client does nothing.
        Box::pin(step(&mut connection, backend, &mut incoming, event)).await?;
    }
}

/// Messages on their way in.
enum Incoming<A> {
    None,
    Coming(A),
    /// They were refused; their octets come nevertheless.
    Refused(No),
}

async fn step<I, B>(
    connection: &mut Connection<Server, I>,
    backend: &mut B,
    incoming: &mut Incoming<B::Append>,
    event: Event,
) -> Result<(), ConnectionError<Error>>
where
    I: AsyncRead + AsyncWrite + Unpin + Send,
    B: Backend,
{
    match event {
        Event::Credentials { question, ticket } => {
            let answer = backend.credentials(question).await;
            reply(connection, ticket, answer);
        }
        Event::Login { identity, ticket } => {
            let answer = backend.login(&identity).await;
            reply(connection, ticket, answer);
        }
        Event::ClientId(fields) => backend.client_id(&fields).await,
        Event::Mailboxes { ticket } => {
            let answer = patiently(connection, backend.mailboxes()).await?;
            reply(connection, ticket, answer);
        }
        Event::Status { mailbox, items, ticket } => {
            let answer = patiently(connection, backend.status(&mailbox, &items)).await?;
            reply(connection, ticket, answer);
        }
        Event::Statuses { mailboxes, items, ticket } => {
            let answer = patiently(connection, backend.statuses(&mailboxes, &items)).await?;
            reply(connection, ticket, answer);
        }
        Event::Change { change, ticket } => {
            let answer = patiently(connection, backend.change(change)).await?;
            reply(connection, ticket, answer);
        }
        Event::Acl { mailbox, ticket } => {
            let answer = patiently(connection, backend.acl(&mailbox)).await?;
            reply(connection, ticket, answer);
        }
        Event::ChangeAcl { mailbox, identifier, change, ticket } => {
            let answer = patiently(connection, backend.change_acl(&mailbox, &identifier, change)).await?;
            reply(connection, ticket, answer);
        }
        Event::ListRights { mailbox, identifier, ticket } => {
            let answer = patiently(connection, backend.list_rights(&mailbox, &identifier)).await?;
            reply(connection, ticket, answer);
        }
        Event::MyRights { mailbox, ticket } => {
            let answer = patiently(connection, backend.my_rights(&mailbox)).await?;
            reply(connection, ticket, answer);
        }
        Event::Quota { of, ticket } => {
            let answer = patiently(connection, backend.quota(&of)).await?;
            reply(connection, ticket, answer);
        }
        Event::Annotations { mailbox, ticket } => {
            let answer = patiently(connection, backend.annotations(mailbox.as_ref())).await?;
            reply(connection, ticket, answer);
        }
        Event::Annotate { mailbox, changes, ticket } => {
            let answer = patiently(connection, backend.annotate(mailbox.as_ref(), changes)).await?;
            reply(connection, ticket, answer);
        }
        Event::Select { mailbox, read_only, ticket } => {
            let answer = patiently(connection, backend.select(&mailbox, read_only)).await?;
            reply(connection, ticket, answer);
        }
        Event::NewMessage { mailbox, message, ticket } => {
            let answer = announce(backend, incoming, mailbox, message).await;
            reply(connection, ticket, answer);
        }
        Event::Body(octets) => {
            if let Incoming::Coming(append) = incoming
                && let Err(no) = append.write(octets).await
            {
                *incoming = Incoming::Refused(no);
            }
        }
        Event::Url { url, ticket } => {
            let answer = match incoming {
                Incoming::Coming(append) => patiently(connection, append.url(&url)).await?,
                Incoming::Refused(no) => Err(no.clone()),
                Incoming::None => Err(No::new("no message came")),
            };
            reply(connection, ticket, answer);
        }
        Event::Append { replaces, ticket } => {
            let answer = match std::mem::replace(incoming, Incoming::None) {
                Incoming::Coming(append) => patiently(connection, append.finish(replaces)).await?,
                Incoming::Refused(no) => Err(no),
                Incoming::None => Err(No::new("no message came")),
            };
            reply(connection, ticket, answer);
        }
        Event::AppendAborted => *incoming = Incoming::None,
        Event::Watch { request, ticket } => {
            let answer = patiently(connection, backend.watch(request)).await?;
            reply(connection, ticket, answer);
        }
        Event::Notices { ticket } => {
            let answer = backend.notices().await;
            reply(connection, ticket, answer);
        }
        Event::Sync { expunges, ticket } => {
            let answer = backend.sync(expunges).await;
            reply(connection, ticket, answer);
        }
        Event::Fetch { request, ticket } => {
            let mut out = Output { connection: &mut *connection, ticket, failed: None };
            let answer = backend.fetch(request, &mut out).await;
            let Output { ticket, failed, .. } = out;
            if let Some(error) = failed {
                return Err(error);
            }
            return fetched(connection, ticket, answer).await;
        }
        Event::Store { request, ticket } => {
            let answer = patiently(connection, backend.store(request)).await?;
            reply(connection, ticket, answer);
        }
        Event::Search { request, ticket } => {
            let answer = patiently(connection, backend.search(request)).await?;
            reply(connection, ticket, answer);
        }
        Event::SearchMany { request, ticket } => {
            let answer = patiently(connection, backend.search_many(request)).await?;
            reply(connection, ticket, answer);
        }
        Event::Sort { request, ticket } => {
            let answer = patiently(connection, backend.sort(request)).await?;
            reply(connection, ticket, answer);
        }
        Event::Thread { request, ticket } => {
            let answer = patiently(connection, backend.thread(request)).await?;
            reply(connection, ticket, answer);
        }
        Event::Copy { request, ticket } => {
            let answer = patiently(connection, backend.copy(request)).await?;
            reply(connection, ticket, answer);
        }
        Event::Expunge { uids, ticket } => {
            let answer = patiently(connection, backend.expunge(uids.as_ref())).await?;
            reply(connection, ticket, answer);
        }
        Event::Unselected => backend.unselect().await,
        Event::LoggedOut => backend.logout().await,
    }
    Ok(())
}

/// Waits for an answer, and lets the client know from time to time that it is being worked on (RFC 9585).
async fn patiently<I, T>(
    connection: &mut Connection<Server, I>,
    answer: impl Future<Output = T>,
) -> Result<T, ConnectionError<Error>>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let mut answer = std::pin::pin!(answer);
    loop {
        if let Ok(answer) = timeout(PROGRESS, &mut answer).await {
            return Ok(answer);
        }
        if let Some(session) = connection.session() {
            session.in_progress();
        }
        connection.flush().await?;
    }
}

/// How often a client hears that its command is being worked on.
const PROGRESS: Duration = Duration::from_secs(12);

/// Answers a question of the session that asked it.
fn reply<I, Q: Question>(connection: &mut Connection<Server, I>, ticket: Ticket<Q>, answer: Q::Answer)
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    if let Some(session) = connection.session() {
        // The ticket came from this session with the event just handled, so it is good.
        let answered = session.answer(ticket, answer);
        debug_assert!(answered.is_ok(), "{answered:?}");
    }
}

/// A fetch that left a literal short has made the stream useless; the session closes it.
async fn fetched<I>(
    connection: &mut Connection<Server, I>,
    ticket: Ticket<Fetch>,
    answer: Result<(), No>,
) -> Result<(), ConnectionError<Error>>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    let answered = connection.session().map(|session| session.answer(ticket, answer));
    match answered {
        Some(Err(_)) => connection.farewell(Farewell::Fault).await,
        _ => Ok(()),
    }
}

async fn announce<B: Backend>(
    backend: &mut B,
    incoming: &mut Incoming<B::Append>,
    mailbox: Option<MailboxName>,
    message: NewMessage,
) -> Result<(), No> {
    if let Some(mailbox) = mailbox {
        *incoming = Incoming::None;
        *incoming = Incoming::Coming(backend.append(&mailbox).await?);
    }
    let begun = match incoming {
        Incoming::Coming(append) => append.message(message).await,
        Incoming::Refused(no) => Err(no.clone()),
        Incoming::None => Err(No::new("no mailbox to append to")),
    };
    if begun.is_err() {
        *incoming = Incoming::None;
    }
    begun
}

/// What a backend fetches, on its way to the client.
struct Output<'c, I> {
    connection: &'c mut Connection<Server, I>,
    ticket: Ticket<Fetch>,
    failed: Option<ConnectionError<Error>>,
}

/// Octets that may wait before a fetch stops to send them.
const CHUNK: usize = 64 << 10;

impl<I: AsyncRead + AsyncWrite + Unpin + Send> Output<'_, I> {
    async fn flush(&mut self) -> Result<(), Gone> {
        if self.failed.is_some() {
            return Err(Gone);
        }
        let Some(session) = self.connection.session() else { return Err(Gone) };
        if session.pending() < CHUNK {
            return Ok(());
        }
        self.connection.flush().await.map_err(|error| {
            self.failed = Some(error);
            Gone
        })
    }

    /// Does something with the session. What the backend does wrong shows when the fetch is answered.
    fn write<T>(
        &mut self,
        write: impl FnOnce(&mut Server, &Ticket<Fetch>) -> Result<T, crate::Misuse>,
    ) -> Option<T> {
        write(self.connection.session()?, &self.ticket).ok()
    }
}

impl<I: AsyncRead + AsyncWrite + Unpin + Send> Messages for Output<'_, I> {
    fn begin(&mut self, uid: Uid) -> bool {
        self.write(|session, ticket| session.message(ticket, uid)).unwrap_or(false)
    }

    fn attribute(&mut self, attribute: &FetchAttribute) {
        self.write(|session, ticket| session.attribute(ticket, attribute));
    }

    fn encoded(&mut self, attribute: &[u8]) {
        self.write(|session, ticket| session.encoded_attribute(ticket, attribute));
    }

    async fn chunk(&mut self, octets: Bytes) -> Result<(), Gone> {
        self.write(|session, ticket| session.chunk(ticket, octets));
        self.flush().await
    }

    async fn end(&mut self) -> Result<(), Gone> {
        self.write(Server::message_end);
        self.flush().await
    }

    fn vanished(&mut self, uids: &UidSet) {
        self.write(|session, ticket| session.vanished(ticket, uids));
    }
}
