//! [`Command`]: one line from a client.

use mailwright_sasl::Secret;

use super::MessageNumber;

/// One command, RFC 1939 unless said otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `APOP`: the name, and the digest of the greeting's timestamp and the password.
    Apop(Apop),
    /// `AUTH`, RFC 5034. Without a mechanism some clients ask for the list, as RFC 1734 servers gave it.
    Auth {
        /// The SASL mechanism.
        mechanism: Option<Box<str>>,
        /// The initial response, still in base64.
        initial: Option<Secret>,
    },
    /// `CAPA`, RFC 2449 §5.
    Capa,
    /// `DELE`
    Dele(MessageNumber),
    /// `LANG`, RFC 6856 §3: list the languages, or choose one (`*`: the preferred one).
    Lang(Option<Box<str>>),
    /// `LIST`: the size of one message or of all.
    List(Option<MessageNumber>),
    /// `NOOP`
    Noop,
    /// `PASS`
    Pass(Secret),
    /// `QUIT`
    Quit,
    /// `RETR`
    Retr(MessageNumber),
    /// `RSET`
    Rset,
    /// `STAT`
    Stat,
    /// `STLS`, RFC 2595 §4.
    Stls,
    /// `TOP`: the header and so many lines of the body.
    Top(MessageNumber, u64),
    /// `UIDL`: the unique identifier of one message or of all.
    Uidl(Option<MessageNumber>),
    /// `USER`
    User(Box<str>),
    /// `UTF8`, RFC 6856 §2.
    Utf8,
}

/// What `APOP` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Apop {
    /// The user's name.
    pub name: Box<str>,
    /// 32 lower-case hexadecimal digits.
    pub digest: Box<str>,
}

impl Command {
    /// The command's keyword.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Apop(_) => "APOP",
            Self::Auth { .. } => "AUTH",
            Self::Capa => "CAPA",
            Self::Dele(_) => "DELE",
            Self::Lang(_) => "LANG",
            Self::List(_) => "LIST",
            Self::Noop => "NOOP",
            Self::Pass(_) => "PASS",
            Self::Quit => "QUIT",
            Self::Retr(_) => "RETR",
            Self::Rset => "RSET",
            Self::Stat => "STAT",
            Self::Stls => "STLS",
            Self::Top(..) => "TOP",
            Self::Uidl(_) => "UIDL",
            Self::User(_) => "USER",
            Self::Utf8 => "UTF8",
        }
    }
}
