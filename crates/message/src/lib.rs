//! Internet messages and MIME: parse anything, edit without harm, build correctly.
//!
//! ```
//! use mailwright_message::Message;
//!
//! let message = Message::parse(
//!     b"From: Ann <ann@example.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello.\r\n",
//! );
//! assert_eq!(message.subject().as_deref(), Some("Grüße"));
//! assert_eq!(message.root().text(), "Hello.\r\n");
//! assert!(message.defects().is_empty());
//! ```

// Who has what: `encoding` decodes bodies and charsets; the reading side calls `encoding::transfer::decoded`
// and `encoding::charset::decode(label: &str, octets: &[u8]) -> Cow<'_, str>`, nothing else of it.

pub mod build;
pub mod defect;
pub mod edit;
pub mod encoding;
pub mod header;
pub mod imap;
pub mod incremental;
pub mod limits;
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
