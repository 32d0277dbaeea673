//! The kinds of question, and the answer each takes.

use bytes::Bytes;
use mailwright_sasl::server::Answer;

use super::{Misuse, Server};
use crate::types::{Entry, ResponseCode};

/// A kind of question, which ties the type of its answer to its ticket.
pub trait Question: sealed::Sealed {
    /// What answers it.
    type Answer;

    #[doc(hidden)]
    fn check(answer: &Self::Answer) -> Result<(), Misuse>;

    #[doc(hidden)]
    fn apply(server: &mut Server, answer: Self::Answer);
}

/// No, and why: what follows `-ERR`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For the client's program.
    pub code: Option<ResponseCode>,
    /// For its user. Control characters are left out.
    pub text: Box<str>,
}

impl Refusal {
    /// With or without a code.
    pub fn new(code: Option<ResponseCode>, text: impl Into<Box<str>>) -> Self {
        Self { code, text: text.into() }
    }

    /// `[IN-USE]`: another session has the maildrop open.
    pub fn in_use() -> Self {
        Self::new(Some(ResponseCode::InUse), "maildrop is in use by another session")
    }

    /// `[SYS/TEMP]`: it may work later.
    pub fn temporary(text: impl Into<Box<str>>) -> Self {
        Self::new(Some(ResponseCode::SysTemp), text)
    }

    /// `[SYS/PERM]`: somebody has to mend it.
    pub fn permanent(text: impl Into<Box<str>>) -> Self {
        Self::new(Some(ResponseCode::SysPerm), text)
    }
}

/// The next piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chunk {
    /// These octets.
    Data(Bytes),
    /// That was all.
    End,
    /// It cannot be read on. The connection is closed: half a message looks like a whole one.
    Failed,
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! questions {
    ($($(#[$doc:meta])* $name:ident($answer:ty) => $apply:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, PartialEq, Eq)]
        pub enum $name {}

        impl sealed::Sealed for $name {}

        impl Question for $name {
            type Answer = $answer;

            fn check(answer: &$answer) -> Result<(), Misuse> {
                answer.check()
            }

            fn apply(server: &mut Server, answer: $answer) {
                server.$apply(answer);
            }
        }
    )*};
}

questions! {
    /// A question about credentials.
    Authenticate(Answer) => authenticated;
    /// What is in the maildrop?
    Open(Result<Vec<Entry>, Refusal>) => opened;
    /// Can this message be read?
    Retrieve(Result<(), Refusal>) => retrieving;
    /// What comes next in this message?
    More(Chunk) => more;
    /// Are they removed?
    Commit(Result<(), Refusal>) => committed;
}

/// Whether an answer can be one.
trait Check {
    fn check(&self) -> Result<(), Misuse> {
        Ok(())
    }
}

impl Check for Answer {}
impl Check for Chunk {}
impl Check for Result<(), Refusal> {}
impl Check for Result<Vec<Entry>, Refusal> {
    fn check(&self) -> Result<(), Misuse> {
        match self {
            Ok(entries) if u32::try_from(entries.len()).is_err() => Err(Misuse::TooManyMessages),
            _ => Ok(()),
        }
    }
}
