//! What SMTP, POP3 and IMAP share below their grammar: bounded input, framing, and the [`Session`] contract.
//!
//! A mail session is a value. Bytes are fed to it, it is polled for its next [`Step`], and nothing in it does I/O,
//! reads a clock or needs a runtime. The whole contract fits in a few lines:
//!
//! ```
//! use bytes::BufMut;
//! use mailwright_wire::{Session, Step};
//!
//! /// Feeds `input` to a session and collects all that it wants to send.
//! fn converse<S: Session>(session: &mut S, mut input: &[u8]) -> Result<Vec<u8>, S::Error> {
//!     let mut sent = Vec::new();
//!     loop {
//!         match session.poll()? {
//!             Step::Write(bytes) => sent.extend_from_slice(&bytes),
//!             Step::Read(_) if input.is_empty() => session.eof(),
//!             Step::Read(_) => {
//!                 let Some(mut slot) = session.slot() else { return Ok(sent) };
//!                 let n = input.len().min(slot.remaining_mut());
//!                 slot.put_slice(&input[..n]);
//!                 input = &input[n..];
//!             }
//!             Step::Event(_) | Step::Pause(_) => {} // an application would act here
//!             Step::Answer | Step::Upgrade | Step::Close => return Ok(sent),
//!         }
//!     }
//! }
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`session`] | [`Session`], [`Step`], [`Wait`], [`Upgrading`], [`Farewell`] |
//! | [`ticket`] | [`Ticket`]: the single right to answer one question, and the [`Desk`] that issues it |
//! | [`input`], [`output`] | bytes not yet understood, bytes not yet sent |
//! | [`line`](mod@line), [`dot`], [`count`] | the three framings of mail: lines, dot-stuffed bodies, counted bodies |
//! | [`deflate`](mod@deflate) | feature `deflate`: [`Input::inflate`] and [`Output::deflate`], compression in the midst of a session |
//! | [`proxy`] | the PROXY protocol header that may come before everything |
//! | [`tls`] | [`TlsInfo`], the facts about a finished handshake |
//! | [`tokio`](mod@tokio) | feature `tokio`: one driver for every session, with deadlines and TLS |
//!
//! # TLS upgrade by construction
//!
//! Between `STARTTLS` and the handshake a session has no place to put a byte: [`Session::slot`] is `None`,
//! [`Session::upgrade`] consumes the session and fails if the peer sent anything more, and what it returns holds no
//! buffer. The session inside TLS is a fresh one. Plaintext cannot leak into it because nothing carries it over
//! (RFC 3207 §6, RFC 2595 §2.2, RFC 9051 §11.3).
//!
//! # Limits
//!
//! [`Input`] never holds more than its limit, [`LineDecoder`] never yields a line over its maximum and gives up on a
//! line without an end, and the body decoders hold no bytes at all. Each decoder gives the same answer however its
//! input is cut.

pub mod count;
#[cfg(feature = "deflate")]
pub mod deflate;
pub mod dot;
pub mod input;
pub mod line;
pub mod output;
pub mod proxy;
pub mod session;
pub mod ticket;
pub mod tls;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use count::CountDecoder;
#[cfg(feature = "deflate")]
pub use deflate::Corrupt;
pub use dot::{Body, DotDecoder, DotEncoder, Irregular};
pub use input::{Input, Slot};
pub use line::{LineDecoder, LineError};
pub use output::Output;
pub use session::{Farewell, Session, Step, Upgrading, Wait};
pub use ticket::{Desk, ForeignTicket, Ticket};
pub use tls::{TlsInfo, TlsVersion};
