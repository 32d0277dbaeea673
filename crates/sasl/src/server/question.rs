//! What the application is asked during an exchange, and what it answers.

use crate::{Hash, Name, Secret, scram};
use thiserror::Error;

/// A question about credentials, which only the application can answer.
///
/// Names and passwords are prepared already ([`prepare`](crate::prepare)), except a token, which is handed on as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Question {
    /// Is this the password? Answer [`Answer::Accept`] or [`Answer::Refuse`]. From PLAIN and LOGIN.
    Password {
        /// The name as the client gave it.
        user: String,
        /// The password as the client gave it.
        password: Secret,
    },
    /// Which keys has this user? Answer [`Answer::Keys`]. From SCRAM.
    ///
    /// For a user without keys answer [`Answer::Refuse`] with [`Failure::Credentials`]: the exchange then goes on
    /// with a decoy and fails where a wrong password fails, so that the client learns nothing.
    Keys {
        /// The name as the client gave it.
        user: String,
        /// The keys have to be made with this hash.
        hash: Hash,
    },
    /// What is this user's password? Answer [`Answer::Password`]. From CRAM-MD5 (and POP3's APOP), which compute
    /// with it. A refusal is treated as for [`Question::Keys`].
    SharedSecret {
        /// The name as the client gave it.
        user: String,
    },
    /// Is this token good, and whose is it? Answer [`Answer::Accept`] or [`Answer::Refuse`]. From OAUTHBEARER and XOAUTH2.
    Token {
        /// The account the client says it is for. Only the token proves it.
        user: Option<String>,
        /// The bearer token, RFC 6750.
        token: Secret,
    },
    /// Does this certificate identify somebody? Answer [`Answer::Accept`] or [`Answer::Refuse`]. From EXTERNAL.
    Certificate {
        /// The client's certificates in DER, its own first, as TLS handed them over: whether they were verified
        /// is known to who made the connection.
        certificates: Vec<Vec<u8>>,
        /// The account the client asks for, if it named one.
        user: Option<String>,
    },
    /// May anybody in? Answer [`Answer::Accept`] with the account to use, or [`Answer::Refuse`]. From ANONYMOUS.
    Anonymous {
        /// What the client says about itself, for the log, RFC 4505 §2.
        trace: String,
    },
    /// May `account`, which is proved, act as `authorization`? Answer [`Answer::Accept`] with the account to act as, or
    /// [`Answer::Refuse`]. From any mechanism whose client asked for another identity than its own.
    ActAs {
        /// Who the client is, as the earlier answer called it.
        account: String,
        /// Whom it wants to act as, as the client gave it.
        authorization: String,
    },
}

/// The application's answer. One that does not fit the question fails the exchange with [`Failure::Misuse`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes; this is the account in the application's own spelling.
    Accept {
        /// The account in the application's own spelling.
        account: String,
    },
    /// The user's SCRAM keys.
    Keys {
        /// The account in the application's own spelling.
        account: String,
        /// What is stored for it.
        keys: scram::Keys,
    },
    /// The user's password itself.
    Password {
        /// The account in the application's own spelling.
        account: String,
        /// What is stored for it.
        password: Secret,
    },
    /// No.
    Refuse(Failure),
}

impl Answer {
    /// Yes, it is this account.
    pub fn accept(account: impl Into<String>) -> Self {
        Self::Accept { account: account.into() }
    }

    /// No: the user or the password is wrong. Which of the two, nobody is told.
    pub fn refuse() -> Self {
        Self::Refuse(Failure::Credentials)
    }
}

/// Who the client is, at the end of a successful exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account to act as, in the application's own spelling.
    pub account: String,
    /// The name the client authenticated with, as it gave it. For logs.
    pub authenticated: String,
    /// How.
    pub mechanism: Name,
}

/// Why an exchange failed. What the peer is told should not be more than [`Failure::Credentials`] for the first four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Failure {
    /// The user or the password is wrong: SMTP 535 5.7.8, POP3 `[AUTH]`, IMAP `[AUTHENTICATIONFAILED]`.
    #[error("authentication failed")]
    Credentials,
    /// The user may not act as the identity asked for: SMTP 535 5.7.8, POP3 `[AUTH]`, IMAP `[AUTHORIZATIONFAILED]`.
    #[error("not authorized to act as that identity")]
    Authorization,
    /// The channel is not the one that the client is bound to: somebody may stand between. SMTP 535 5.7.8.
    #[error("channel binding does not match")]
    ChannelBinding,
    /// The password has to be changed first: SMTP 534 5.7.9, POP3 `[AUTH]`, IMAP `[EXPIRED]`.
    #[error("password has expired")]
    Expired,
    /// Too many attempts of late: SMTP 454 4.7.0, POP3 `[SYS/TEMP]`, IMAP `[UNAVAILABLE]`.
    #[error("too many attempts, try again later")]
    Throttled,
    /// The credentials cannot be checked now: SMTP 454 4.7.0, POP3 `[SYS/TEMP]`, IMAP `[UNAVAILABLE]`.
    #[error("temporary authentication failure")]
    Unavailable,
    /// The client's message does not follow the mechanism: SMTP 501 5.5.2, IMAP BAD.
    #[error("malformed authentication message")]
    Malformed,
    /// The application used the exchange wrongly: an answer that does not fit, a call out of order.
    #[error("authentication exchange used out of order")]
    Misuse,
}
