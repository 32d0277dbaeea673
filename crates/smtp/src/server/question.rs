//! The kinds of question, and the answer each takes.

use mailwright_sasl::server::Answer;

use crate::{error::Misuse, server::Server, types::Reply};

/// A kind of question, which ties the type of its answer to its ticket.
pub trait Question: sealed::Sealed {
    /// What answers it.
    type Answer;

    #[doc(hidden)]
    fn check(server: &Server, answer: &Self::Answer) -> Result<(), Misuse>;

    #[doc(hidden)]
    fn apply(server: &mut Server, answer: Self::Answer);
}

/// What becomes of a message that has come whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The same for all recipients.
    All(Reply),
    /// One for each accepted recipient, in their order: LMTP only, RFC 2033 §4.2.
    Each(Vec<Reply>),
}

impl From<Reply> for Verdict {
    fn from(reply: Reply) -> Self {
        Self::All(reply)
    }
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

            fn check(server: &Server, answer: &$answer) -> Result<(), Misuse> {
                server.check(answer)
            }

            fn apply(server: &mut Server, answer: $answer) {
                server.$apply(answer);
            }
        }
    )*};
}

questions! {
    /// Shall this peer be greeted?
    Connect(Result<(), Reply>) => connected;
    /// Is this name good enough?
    Greet(Result<(), Reply>) => greeted;
    /// A question about credentials.
    Authenticate(Answer) => authenticated;
    /// May this sender begin a transaction?
    Sender(Result<(), Reply>) => sender;
    /// Will you take mail for this recipient?
    Recipient(Result<(), Reply>) => recipient;
    /// Are you ready for the message?
    Data(Result<(), Reply>) => data_ready;
    /// You have seen all of it: do you take it?
    Accept(Verdict) => accepted;
    /// What is the reply?
    Query(Reply) => queried;
}

/// Whether an answer can be one to the question at hand.
pub(crate) trait Check {
    fn check(&self, server: &Server) -> Result<(), Misuse>;
}

impl Check for Result<(), Reply> {
    /// A refusal must be one, or the peer and the session would think differently of what happened.
    fn check(&self, _: &Server) -> Result<(), Misuse> {
        match self {
            Err(reply) if !(reply.is_transient() || reply.is_permanent()) => Err(Misuse::NotARefusal),
            _ => Ok(()),
        }
    }
}

impl Check for Answer {
    fn check(&self, _: &Server) -> Result<(), Misuse> {
        Ok(())
    }
}

impl Check for Verdict {
    fn check(&self, server: &Server) -> Result<(), Misuse> {
        let replies = match self {
            Self::All(reply) => std::slice::from_ref(reply),
            Self::Each(replies) => {
                let (expected, found) = (server.replies_owed(), replies.len());
                if expected != found {
                    return Err(Misuse::Replies { expected, found });
                }
                replies
            }
        };
        if replies.iter().any(Reply::is_intermediate) { Err(Misuse::Intermediate) } else { Ok(()) }
    }
}

impl Check for Reply {
    fn check(&self, _: &Server) -> Result<(), Misuse> {
        if self.is_intermediate() { Err(Misuse::Intermediate) } else { Ok(()) }
    }
}
