//! What a parser is allowed to spend on one message.

/// Bounds on the work and memory that one message may cost. Input beyond a bound is not an error: it stays in the
/// message as octets, is not taken apart, and a [`Defect`](crate::Defect) says so.
///
/// ```
/// use mailwright_message::{DefectKind, Limits, Message};
/// let limits = Limits { fields: 1, ..Limits::default() };
/// let message = Message::parse_with(b"A: 1\r\nB: 2\r\n\r\nbody", &limits);
/// assert_eq!(message.header().len(), 1);
/// assert_eq!(message.defects()[0].kind, DefectKind::TooManyFields);
/// assert_eq!(message.root().body(), b"body");
/// ```
///
/// What is read of a value has bounds of its own, which nothing legitimate comes near: 10 000 addresses in one field, 128
/// parameters (each continuation counts), 256 results of authentication. Encoded words have none, as they cost no more
/// than their octets. Data without its transfer encoding is never longer than the body was, and text made of it, or of
/// an encoded word, at most three times as long; nothing is unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one header field that are looked at for its value. Default: 1 MiB.
    pub field_octets: usize,
    /// Octets of header fields in the whole message that are indexed. Default: 8 MiB.
    pub header_octets: usize,
    /// Header fields in the whole message that are indexed. Default: 100 000.
    pub fields: usize,
    /// Parts, the message itself among them. The last one allowed holds all the rest, unparsed; 2 at
    /// least. Default: 10 000.
    pub parts: usize,
    /// How deep parts may lie in parts; a multipart at this depth is not opened. Default: 100.
    pub depth: usize,
    /// Octets of a boundary (RFC 2046 §5.1.1 allows 70). Default: 256.
    pub boundary_octets: usize,
    /// Defects that are kept. Default: 1 000.
    pub defects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            field_octets: 1 << 20,
            header_octets: 8 << 20,
            fields: 100_000,
            parts: 10_000,
            depth: 100,
            boundary_octets: 256,
            defects: 1_000,
        }
    }
}
