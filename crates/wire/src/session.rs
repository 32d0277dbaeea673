//! The contract between a protocol session and whoever drives it.

use crate::{Slot, TlsInfo};
use bytes::Bytes;
use std::{error::Error, time::Duration};

/// One endpoint of a mail protocol, without I/O, clock or runtime.
///
/// Call [`poll`](Self::poll), do what the [`Step`] asks, call it again. That is the whole contract.
pub trait Session: Sized {
    /// What the application is told.
    type Event;
    /// Why a session ends other than by its protocol. A line that the peer got wrong is not an error: the session
    /// answers it and goes on.
    type Error: Error + Send + Sync + 'static;
    /// What is left of the session while TLS is negotiated. It holds no byte buffer.
    type Upgrading: Upgrading<Session = Self>;

    /// Advances by one step. Never blocks. All output comes before the next [`Step::Read`].
    ///
    /// # Errors
    ///
    /// When the session cannot go on; the connection is then to be closed.
    fn poll(&mut self) -> Result<Step<Self::Event>, Self::Error>;

    /// Room for bytes from the peer, or `None` while the session must not read: its input is full, it waits for an
    /// answer, or it is about to upgrade or close.
    fn slot(&mut self) -> Option<Slot<'_>>;

    /// The peer closed its sending side.
    fn eof(&mut self);

    /// Ends the plaintext phase, after [`Step::Upgrade`].
    ///
    /// # Errors
    ///
    /// When the peer sent anything after the command or reply that starts TLS.
    fn upgrade(self) -> Result<Self::Upgrading, Self::Error>;

    /// Ends the session from this side: takes leave as the protocol has it (`421`, `BYE`), then [`Step::Close`].
    ///
    /// An answer that is owed may still be given or not; it is dropped.
    fn farewell(&mut self, why: Farewell);
}

/// A session between its plaintext and its TLS life.
pub trait Upgrading {
    /// The session that begins inside TLS.
    type Session: Session;

    /// Begins a fresh session, from configuration and the facts of the handshake only.
    fn secured(self, tls: TlsInfo) -> Self::Session;
}

/// What a session wants next.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub enum Step<E> {
    /// Send these bytes.
    Write(Bytes),
    /// Something happened.
    Event(E),
    /// Read into [`Session::slot`], for at most this long.
    Read(Wait),
    /// Let this much time pass before polling again, and do not read: the peer is being slowed down.
    Pause(Duration),
    /// All output is flushed, and an earlier event still waits for its answer.
    Answer,
    /// All output is flushed: take the transport and call [`Session::upgrade`].
    Upgrade,
    /// All output is flushed: close the transport.
    Close,
}

/// How long to wait for the peer: until `within` has passed since this last became another `Wait`.
///
/// A deadline that each byte pushes on lets a peer hold a session for ever with a slow drip. So the session says what
/// counts as progress, such as whole commands or whole blocks of a body, and the driver starts the time anew only when
/// what it is asked for differs from what it was asked for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// The time allowed.
    pub within: Duration,
    /// Changes when the time is to start anew.
    pub progress: u64,
}

/// Why a session is ended from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Farewell {
    /// The service is going down.
    Stopping,
    /// The peer took too long.
    TimedOut,
    /// The application failed.
    Fault,
}
