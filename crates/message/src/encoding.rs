//! Content transfer encodings and charsets: from the octets of a body to data and text, and back.

pub mod base64;
pub mod charset;
pub mod incremental;
pub mod quoted_printable;
pub mod transfer;
pub mod uuencode;
pub mod yenc;
