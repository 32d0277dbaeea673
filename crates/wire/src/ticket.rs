//! Tickets: a question to the application is answered once, in time, and to the session that asked.

use std::{
    fmt,
    marker::PhantomData,
    sync::atomic::{AtomicU64, Ordering},
};

/// The single right to answer one question of kind `Q`.
///
/// Not `Clone`, and bound to the session that issued it: an answer can be neither doubled nor given to another session.
#[must_use = "the peer waits for an answer"]
pub struct Ticket<Q> {
    desk: u64,
    serial: u64,
    question: PhantomData<fn(Q)>,
}

impl<Q> fmt::Debug for Ticket<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("serial", &self.serial).finish_non_exhaustive()
    }
}

// Tickets have an identity, but events that carry them are compared in tests by what they say.
impl<Q> PartialEq for Ticket<Q> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl<Q> Eq for Ticket<Q> {}

/// Issues tickets for one session, one open question at a time.
///
/// ```
/// # use mailwright_wire::Desk;
/// struct Recipient;
/// let (mut desk, mut other) = (Desk::new(), Desk::new());
/// let ticket = desk.issue::<Recipient>();
/// assert!(desk.is_open() && !other.is_open());
/// assert!(desk.redeem(ticket).is_ok());
/// assert!(desk.redeem(other.issue::<Recipient>()).is_err());
/// ```
#[derive(Debug)]
pub struct Desk {
    id: u64,
    issued: u64,
    open: bool,
}

impl Desk {
    /// A desk of its own, whose tickets no other desk takes.
    #[must_use]
    #[allow(clippy::new_without_default)] // each desk differs from every other
    pub fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { id: NEXT.fetch_add(1, Ordering::Relaxed), issued: 0, open: false }
    }

    /// Opens a question. A ticket issued before is void from now on.
    pub fn issue<Q>(&mut self) -> Ticket<Q> {
        self.issued += 1;
        self.open = true;
        Ticket { desk: self.id, serial: self.issued, question: PhantomData }
    }

    /// Whether a question waits for its answer.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Whether this ticket is for the question that is open here.
    #[must_use]
    pub fn knows<Q>(&self, ticket: &Ticket<Q>) -> bool {
        self.open && ticket.desk == self.id && ticket.serial == self.issued
    }

    /// Closes the question that the ticket was issued for.
    ///
    /// # Errors
    ///
    /// When the ticket is another session's, or its question was voided meanwhile.
    pub fn redeem<Q>(&mut self, ticket: Ticket<Q>) -> Result<(), ForeignTicket> {
        if !self.knows(&ticket) {
            return Err(ForeignTicket);
        }
        self.open = false;
        Ok(())
    }

    /// Gives up on the open question, if there is one: the peer is gone, or time is up.
    pub fn void(&mut self) {
        self.open = false;
    }
}

/// A ticket was given to a session that did not issue it, or whose question is no longer open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this ticket answers no open question of this session")]
pub struct ForeignTicket;
