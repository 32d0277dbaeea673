//! What IMAP shows of a message (RFC 3501 §7.4.2, RFC 9051 §7.5.2): envelope, structure and sections, as plain values.
//!
//! [`Envelope`] and [`BodyStructure`] own what they hold and have a compact form ([`Envelope::to_bytes`]), so that a
//! store computes them once, at arrival. A [`BodyStructure`] knows where every section lies: `BODY[1.2]` of a stored
//! message is a range of its octets, and nothing has to be parsed again.
//!
//! ```
//! use mailwright_message::Message;
//! use mailwright_message::imap::{BodyStructure, Envelope, SectionText};
//!
//! let raw = b"Subject: =?utf-8?q?caf=C3=A9?=\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
//!             --b\r\n\r\none\r\n--b\r\nContent-Type: image/png\r\n\r\ntwo\r\n--b--\r\n";
//! let message = Message::parse(raw);
//! assert_eq!(Envelope::of(&message).subject.unwrap(), b"=?utf-8?q?caf=C3=A9?=");
//!
//! let kept = BodyStructure::of(&message).to_bytes();
//! let structure = BodyStructure::from_bytes(&kept).unwrap();
//! assert_eq!(&raw[structure.section(&[2], None).unwrap()], b"two");
//! assert_eq!(&raw[structure.section(&[2], Some(SectionText::Mime)).unwrap()], b"Content-Type: image/png\r\n\r\n");
//! ```

mod body_structure;
mod bytes;
mod envelope;
mod fields;
mod section;

pub(crate) use body_structure::Extent;
pub use body_structure::{BodyKind, BodyPart, BodyStructure, Disposition, Parameter};
pub use bytes::Corrupt;
pub use envelope::{Address, Envelope};
pub use fields::{header_fields, header_fields_not};
pub use section::{SectionText, UnknownEncoding};
