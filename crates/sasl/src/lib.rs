//! SASL (RFC 4422) without I/O: the mechanisms mail uses, as client and as server.
//!
//! A mechanism here is a value that takes the peer's octets and says what to do next. It opens no connection,
//! reads no clock, and takes its randomness from you ([`Seed`], [`Nonce`]). The server side keeps no
//! credentials either: when it needs one it asks, with a typed [`server::Question`], and goes on when it is answered.
//!
//! ```
//! use mailwright_sasl::{Secret, Seed, client::{self, Mechanism}, server::{Answer, Policy, Question, Step}};
//!
//! let policy = Policy::new(Seed::new([7; 32])).plaintext_without_tls(true);
//! let mut server = policy.begin("PLAIN", None).unwrap();
//! let mut client = client::Plain::new("tim", &Secret::new("tanstaaftanstaaf")).unwrap();
//!
//! let Step::Ask(question) = server.start(client.initial().as_deref()) else { panic!() };
//! let Question::Password { user, password, .. } = question else { panic!() };
//! assert_eq!((user.as_str(), password.expose()), ("tim", "tanstaaftanstaaf"));
//!
//! let Step::Done(identity) = server.answer(Answer::accept("tim@example.test")) else { panic!() };
//! assert_eq!(identity.account, "tim@example.test");
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`server`] | [`server::Policy`] says what is offered; [`server::Exchange`] runs one exchange |
//! | [`client`] | [`client::Mechanism`] and one type for each mechanism; [`client::strongest`] chooses |
//! | [`frame`] | base64 as SMTP, POP3 and IMAP carry it |
//! | [`prepare`] | `SASLprep` for names and passwords |
//! | [`scram`] | [`scram::Keys`]: what a server stores instead of a password |
//! | [`apop`] | the digest of POP3's APOP command, which is no SASL mechanism but its ancestor |
//!
//! # Features
//!
//! `getrandom`: [`Seed`] and [`Nonce`] can ask the operating system. Without it the caller brings the octets.
//!
//! # Limits
//!
//! Names and passwords have at most [`prepare::MAX_LEN`] octets, SCRAM iteration counts lie between
//! [`scram::MIN_ITERATIONS`] and [`scram::MAX_ITERATIONS`]. The length of a message is bounded by who frames it.
//!
//! # What it does not do
//!
//! No security layers (TLS does that), no DIGEST-MD5, no GSSAPI, no check of tokens: that is a question to the
//! application. Channel binding `tls-unique` is not spoken, since it is unsafe and TLS 1.3 does not have it (RFC 9266 §1).

pub mod apop;
mod channel;
pub mod client;
pub mod frame;
mod hash;
mod name;
mod oauth;
pub mod prepare;
mod random;
pub mod scram;
mod secret;
pub mod server;

pub use hash::Hash;
pub use name::{Name, UnknownMechanism};
pub use random::{Nonce, Seed};
pub use secret::Secret;
