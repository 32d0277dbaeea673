//! `BODYSTRUCTURE` and `BODY`: the MIME tree of a message, without its contents.

use super::{Envelope, Value};
use crate::types::Octets;
use bytes::Bytes;

/// The MIME tree of a message (RFC 9051 §7.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyStructure {
    /// A part with a body of its own.
    Single(SinglePart),
    /// A part made of parts.
    Multi(MultiPart),
}

/// A part that is not a multipart. Types and names are as the server wrote them; compare them ignoring ASCII case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SinglePart {
    /// The type, such as `TEXT`.
    pub media: Octets,
    /// The subtype, such as `PLAIN`.
    pub subtype: Octets,
    /// The parameters of Content-Type, in their order.
    pub parameters: Vec<(Octets, Octets)>,
    /// `Content-ID`.
    pub id: Option<Bytes>,
    /// `Content-Description`.
    pub description: Option<Bytes>,
    /// `Content-Transfer-Encoding`.
    pub encoding: Octets,
    /// The size of the body as encoded, in octets.
    pub size: u64,
    /// What only some types have.
    pub kind: PartKind,
    /// `Content-MD5`. `BODY` has none of this and the following.
    pub md5: Option<Octets>,
    /// The rest. `None`: not sent, as in `BODY`.
    pub extension: Option<BodyExtension>,
}

/// What only some types of part have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum PartKind {
    /// Nothing more.
    #[default]
    Basic,
    /// A text part.
    Text {
        /// Its length in lines.
        lines: u64,
    },
    /// A message in the message.
    Message {
        /// Its envelope.
        envelope: Box<Envelope>,
        /// Its structure.
        body: Box<BodyStructure>,
        /// Its length in lines.
        lines: u64,
    },
}

/// A part made of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiPart {
    /// The parts; some servers send none for a broken message.
    pub parts: Vec<BodyStructure>,
    /// The subtype, such as `MIXED`.
    pub subtype: Octets,
    /// The parameters of Content-Type, in their order. `BODY` has none of this and the following.
    pub parameters: Vec<(Octets, Octets)>,
    /// The rest. `None`: not sent, as in `BODY`.
    pub extension: Option<BodyExtension>,
}

/// The fields that `BODYSTRUCTURE` adds to `BODY`, for both kinds of part.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyExtension {
    /// `Content-Disposition`.
    pub disposition: Option<Disposition>,
    /// `Content-Language`.
    pub languages: Vec<Octets>,
    /// `Content-Location`.
    pub location: Option<Bytes>,
    /// Fields that a later specification may define.
    pub more: Vec<Value>,
}

/// `Content-Disposition` (RFC 2183).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Disposition {
    /// The disposition, such as `attachment`.
    pub kind: Octets,
    /// Its parameters, in their order.
    pub parameters: Vec<(Octets, Octets)>,
}
