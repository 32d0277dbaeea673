//! Building messages: what goes in comes out unharmed, and nothing that goes in can become something else.
//!
//! ```
//! use mailwright_message::build::{Builder, DateTime, MessageId};
//!
//! # fn main() -> Result<(), mailwright_message::build::Error> {
//! let composed = Builder::new()
//!     .from(("Ann Müller", "ann@example.test"))
//!     .to("bob@example.net")
//!     .bcc("archive@example.test")
//!     .subject("Grüße")
//!     .date(DateTime::from_unix(1_700_000_000))
//!     .message_id(&MessageId::generate(1_700_000_000, 42, "example.test")?.to_string())
//!     .text("Hello Bob,\nsee the table.\n")
//!     .html("<p>Hello Bob,<br>see the table.</p>")
//!     .attach("Tabelle für Bob.csv", "text/csv", &b"a,b\r\n1,2\r\n"[..])
//!     .build()?;
//! assert_eq!(composed.envelope().recipients, ["bob@example.net", "archive@example.test"]);
//! let message = composed.to_vec();
//! assert!(message.starts_with(b"From: =?utf-8?Q?Ann_M=C3=BCller?= <ann@example.test>\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! - Values are typed and checked: a CR, LF, NUL or other control character in a name, subject, address, file name or
//!   identifier is an [`Error`] and never a header field.
//! - Lines are folded at white space that is there, encoded words split between characters (RFC 2047), long and
//!   international parameters follow RFC 2231, transfer encodings are the smallest that do.
//! - No clock and no randomness: [`DateTime`] and [`MessageId`] are given by the caller, boundaries come from a seed and are
//!   checked against the content.
//!
//! For large contents see [`Composed::write_to`]: they are borrowed until written, and encoded piece by piece.

mod address;
mod boundary;
mod builder;
mod choose;
mod compose;
mod error;
mod field;
mod fold;
mod id;
mod parameter;
mod part;
mod unstructured;

pub use crate::header::date::DateTime;
pub use address::{Address, Group, IntoAddress, Recipient};
pub use builder::{Builder, Envelope};
pub use compose::Composed;
pub use error::Error;
pub use field::Field;
pub use id::MessageId;
pub use parameter::MediaType;
pub use part::Part;
