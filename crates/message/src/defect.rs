//! What was wrong with a message, and where.

use std::fmt;

/// One thing that a message did not do as the RFCs say, and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Defect {
    /// Offset into the octets of the message.
    pub place: usize,
    /// What was found there.
    pub kind: DefectKind,
}

/// The kinds of [`Defect`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DefectKind {
    /// The first line is the `From ` line of an mbox, not a header field.
    MboxFrom,
    /// A line of a header has no colon (RFC 5322 §2.2).
    NoColon,
    /// The name of a header field is empty or has octets that no name may have (RFC 5322 §3.6.8).
    BadFieldName,
    /// The header ends without the blank line (RFC 5322 §2.1).
    NoBlankLine,
    /// A field is longer than [`Limits::field_octets`](crate::Limits::field_octets).
    FieldTooLong,
    /// The header is longer than [`Limits::header_octets`](crate::Limits::header_octets).
    HeaderTooLong,
    /// There are more fields than [`Limits::fields`](crate::Limits::fields).
    TooManyFields,
    /// A field that may be there once is there again; the first one counts (RFC 2045 §6.1, RFC 2183 §2).
    RepeatedField,
    /// The value of Content-Type has no type and subtype (RFC 2045 §5.1).
    BadContentType,
    /// The Content-Transfer-Encoding is not known (RFC 2045 §6.4).
    UnknownEncoding,
    /// A multipart or message has an encoding that it may not have (RFC 2045 §6.4).
    EncodedComposite,
    /// A multipart has no usable boundary parameter (RFC 2046 §5.1.1).
    NoBoundary,
    /// The boundary of a multipart never occurs in it.
    NoParts,
    /// The closing delimiter of a multipart is missing (RFC 2046 §5.1.1).
    NotClosed,
    /// The nesting goes deeper than [`Limits::depth`](crate::Limits::depth); this part was not opened.
    TooDeep,
    /// There are more parts than [`Limits::parts`](crate::Limits::parts); the rest is one opaque part.
    TooManyParts,
    /// The message is longer than can be indexed (4 GiB); the rest was not looked at.
    TooLong,
}

impl DefectKind {
    /// What was found, as a phrase for a log or a report.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::MboxFrom => "mbox `From ` line before the header",
            Self::NoColon => "header line without a colon",
            Self::BadFieldName => "bad header field name",
            Self::NoBlankLine => "no blank line after the header",
            Self::FieldTooLong => "header field over the limit",
            Self::HeaderTooLong => "header over the limit",
            Self::TooManyFields => "more header fields than the limit",
            Self::RepeatedField => "header field repeated",
            Self::BadContentType => "Content-Type without type and subtype",
            Self::UnknownEncoding => "unknown Content-Transfer-Encoding",
            Self::EncodedComposite => "encoded multipart or message",
            Self::NoBoundary => "multipart without a boundary parameter",
            Self::NoParts => "boundary does not occur",
            Self::NotClosed => "multipart is not closed",
            Self::TooDeep => "parts nested deeper than the limit",
            Self::TooManyParts => "more parts than the limit",
            Self::TooLong => "message too long to index",
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at octet {}", self.kind.reason(), self.place)
    }
}
