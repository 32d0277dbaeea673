//! IMAP4rev1 and IMAP4rev2, client and server sessions, without I/O.
//!
//! A session is a value that is fed octets and polled for what to do next; see [`mailwright_wire::Session`]. The same
//! grammar serves both sides: [`types`] are what commands and responses are made of, [`parse`] reads them from one
//! whole frame, [`encode`](mod@encode) writes them.
//!
//! ```
//! use mailwright_imap::{Limits, parse::command::{Context, command}, types::{SequenceSet, command::CommandBody}};
//!
//! let limits = Limits::default();
//! let frame = "a1 UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (From)]) (CHANGEDSINCE 7)".into();
//! let read = command(&frame, Context { limits: &limits, utf8: false }).unwrap();
//! let CommandBody::Fetch(fetch) = read.body else { panic!("a FETCH") };
//! assert_eq!(fetch.messages, SequenceSet::all());
//! assert_eq!(fetch.changed_since.unwrap().value(), 7);
//! ```
//!
//! A server is one trait away: implement `tokio::server::Backend` (feature `tokio`) and call `serve`; a
//! backend is asked about mailboxes by name and about messages by UID, and never sees a tag, a literal's announcement or
//! a message number. What FETCH shows of a message it has from `message::attribute` (feature `message`). The example
//! `serve_mbox` is a whole server.
//!
//! | module | what it holds |
//! |---|---|
//! | [`types`] | values: names, flags, sets, dates, search keys, commands, responses |
//! | [`parse`] | from a frame to a value, pure functions |
//! | [`encode`](mod@encode) | from a value to octets |
//! | [`server`] | the server session |
//! | [`client`] | the client session |
//! | [`thread`](mod@thread) | threading by references and by subject (RFC 5256) |
//! | [`limits`] | every bound, with its default |
//! | [`error`](mod@error) | what can be wrong with a frame, and with how a session is used |
//! | `message` | feature `message`: envelopes, structures and sections of messages, by `mailwright-message` |
//! | `tokio` | feature `tokio`: both sessions over tokio streams, with TLS |
//!
//! # The server session
//!
//! RFC 3501 and RFC 9051, with IDLE, NAMESPACE, ID, UIDPLUS, MOVE, ENABLE, UNSELECT, CHILDREN, LITERAL-, SASL-IR,
//! ESEARCH, SEARCHRES, WITHIN, PARTIAL, SORT, ESORT, THREAD, CONTEXT=SEARCH, CONTEXT=SORT, MULTISEARCH, SEARCH=FUZZY,
//! LIST-EXTENDED, LIST-STATUS, LIST-METADATA, LIST-MYRIGHTS, ACL, METADATA, NOTIFY, SPECIAL-USE, CREATE-SPECIAL-USE,
//! STATUS=SIZE, CONDSTORE, QRESYNC, BINARY (to read), MULTIAPPEND, CATENATE, REPLACE, APPENDLIMIT, QUOTA, OBJECTID,
//! SAVEDATE, PREVIEW, UTF8=ACCEPT, UIDONLY, LANGUAGE, I18NLEVEL=1, INPROGRESS, MESSAGELIMIT, COMPRESS=DEFLATE (feature `compress`)
//! and UNAUTHENTICATE. `CAPABILITY` lists what works in the present state, and what needs the application's help only where
//! [`server::Features`] says that it gives it.
//!
//! # Limits
//!
//! Lines, literals, nesting, numbers of keys and flags, names, errors and times are bounded by [`Limits`]. Messages
//! stream in both directions. Compressed or not, limits are of what comes out. Work on a sequence set follows the messages
//! that are there and not the numbers written.
//!
//! # What it does not do
//!
//! It keeps no mail, and reads no message but with feature `message`. Commands of more extensions are read and written
//! (URLAUTH, QUOTASET) than the server session carries out; it refuses those.

pub mod client;
pub mod encode;
pub mod error;
pub mod limits;
#[cfg(feature = "message")]
pub mod message;
pub mod parse;
pub mod server;
pub mod thread;
#[cfg(feature = "tokio")]
pub mod tokio;
pub mod types;

pub use error::{Misuse, ParseError};
pub use limits::Limits;
