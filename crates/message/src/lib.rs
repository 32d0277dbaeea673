//! Internet messages and MIME: parse anything, edit without harm, build correctly.
//!
//! [`Message::parse`] takes any octets and never fails: it finds where fields and parts lie, and notes what was
//! wrong with its place. Values are decoded when they are asked for.
//!
//! ```
//! use mailwright_message::Message;
//! use mailwright_message::edit::Edit;
//! use mailwright_message::view::View;
//!
//! let raw = b"From: Ann <ann@example.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\
//!             Content-Type: multipart/mixed; boundary=b\r\n\r\n\
//!             --b\r\n\r\nHello.\r\n\
//!             --b\r\nContent-Type: text/csv; name=t.csv\r\nContent-Transfer-Encoding: base64\r\n\r\nYSxiDQo=\r\n\
//!             --b--\r\n";
//! let message = Message::parse(raw);
//! assert_eq!(message.subject().as_deref(), Some("Grüße"));
//! assert_eq!(message.from().mailboxes().next().unwrap().domain, "example.test");
//! assert!(message.defects().is_empty());
//!
//! // What a person sees, and what is attached.
//! let view = View::of(&message);
//! assert_eq!(view.text().as_deref(), Some("Hello."));
//! for attachment in view.attachments() {
//!     assert_eq!(attachment.part.file_name().as_deref(), Some("t.csv"));
//!     assert_eq!(&*attachment.part.decoded(), b"a,b\r\n");
//! }
//!
//! // What is not touched stays as it is, octet by octet.
//! let mut edit = Edit::new(&message);
//! edit.header(0).unwrap().remove("From");
//! assert_eq!(edit.to_vec(), &raw[b"From: Ann <ann@example.test>\r\n".len()..]);
//! ```
//!
//! Build one, and keep what is attached to another:
//!
//! ```
//! use mailwright_message::Message;
//! use mailwright_message::build::{Builder, DateTime};
//! use mailwright_message::view::View;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("attachments-doc-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! let composed = Builder::new()
//!     .from(("Ann", "ann@example.test"))
//!     .to("bob@example.net")
//!     .subject("The table")
//!     .date(DateTime::from_unix(1_700_000_000)) // no clock is read here
//!     .text("Here it is.\n")
//!     .attach("../table.csv", "text/csv", &b"a,b\r\n"[..])
//!     .build()?;
//! let raw = composed.to_vec();
//!
//! let message = Message::parse(&raw);
//! for attachment in View::of(&message).attachments() {
//!     // The name is whatever the sender wrote; this one is no path.
//!     std::fs::write(folder.join(attachment.part.safe_file_name()), attachment.part.decoded())?;
//! }
//! assert_eq!(std::fs::read(folder.join("table.csv"))?, b"a,b\r\n");
//! # std::fs::remove_dir_all(&folder)?;
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it has |
//! |---|---|
//! | [`part`], [`header`] | the parts of a message as a tree, and typed values of header fields |
//! | [`view`], [`thread`] | text, HTML and attachments with the reason for each; references and base subject |
//! | [`imap`] | `ENVELOPE`, `BODYSTRUCTURE` and sections as plain values, with a compact form to keep them in |
//! | [`incremental`] | the same parts from pieces of a message that is too large to be held, and its outline |
//! | [`encoding`], `collation` | transfer encodings and charsets; text compared without case, as IMAP does |
//! | [`edit`], [`build`] | changing a message, making one |
//! | [`report`] | delivery, disposition and feedback reports, to read and to make |
//! | [`partial`], [`external`] | messages sent in fragments; bodies that are elsewhere |
//! | [`html`], [`flowed`] | HTML to text; `format=flowed` both ways |
//! | [`mbox`], `maildir` | messages kept in one file, or in one file each |
//! | [`line_ends`] | those of files and those of mail |
//! | [`limits`], [`defect`] | what a message may cost, and what was wrong with it |
//!
//! The feature `fs` adds `maildir`, which reads and writes files; `collation` adds the module of that name. Without `fs`:
//! no I/O, and with or without no clock, no randomness, no runtime. Work and memory are linear in the input and
//! bound by [`Limits`]; nothing recurses. A message over 4 GiB is parsed up to there.
//!
//! Not here: signatures (S/MIME, OpenPGP, DKIM) are not checked, HTML is not rendered, and nothing is fetched.

pub mod build;
#[cfg(feature = "collation")]
pub mod collation;
pub mod defect;
pub mod edit;
pub mod encoding;
pub mod external;
pub mod flowed;
pub mod header;
pub mod html;
pub mod imap;
pub mod incremental;
pub mod limits;
pub mod line_ends;
#[cfg(feature = "fs")]
pub mod maildir;
pub mod mbox;
mod message;
pub mod part;
pub mod partial;
pub mod report;
pub mod thread;
pub mod view;

pub use defect::{Defect, DefectKind};
pub use header::{Field, Header};
pub use limits::Limits;
pub use message::Message;
pub use part::{Kind, Part};
