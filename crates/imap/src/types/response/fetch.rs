//! `FETCH`: attributes of one message.

use super::{BodyStructure, Envelope, ObjectId, Value};
use crate::types::{DateTime, FetchItem, Flag, ModSeq, Section, SectionPart, Uid};
use bytes::Bytes;
use std::num::NonZeroU32;

/// Attributes of one message (RFC 9051 §7.5.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// The message's number; with [`Fetch::by_uid`] its UID.
    pub number: NonZeroU32,
    /// This was `UIDFETCH` (RFC 9586 §3.3): `number` is a UID.
    pub by_uid: bool,
    /// The attributes, in the order in which they came.
    pub attributes: Vec<FetchAttribute>,
    /// Attributes that could not be read. A server has none to send.
    pub faults: Vec<Fault>,
}

/// One attribute of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FetchAttribute {
    /// `FLAGS`.
    Flags(Vec<Flag>),
    /// `UID`.
    Uid(Uid),
    /// `MODSEQ` (RFC 7162 §3.1.4).
    ModSeq(ModSeq),
    /// `INTERNALDATE`.
    InternalDate(DateTime),
    /// `RFC822.SIZE`, in octets.
    Size(u64),
    /// `ENVELOPE`.
    Envelope(Box<Envelope>),
    /// `BODY` without a section: a structure without extension data.
    Body(Box<BodyStructure>),
    /// `BODYSTRUCTURE`.
    BodyStructure(Box<BodyStructure>),
    /// `BODY[section]<origin>`.
    Section {
        /// Which part of the message.
        section: Section,
        /// The first octet of the section that is here; `None`: the section was asked for whole.
        origin: Option<u64>,
        /// Its octets.
        data: Data,
    },
    /// `BINARY[part]<origin>` (RFC 9051 §7.5.2): the transfer encoding is undone.
    Binary {
        /// Which part; empty: the message.
        part: SectionPart,
        /// The first octet that is here; `None`: the part was asked for whole.
        origin: Option<u64>,
        /// Its octets.
        data: Data,
    },
    /// `BINARY.SIZE[part]`: the size of a part with its transfer encoding undone.
    BinarySize {
        /// Which part; empty: the message.
        part: SectionPart,
        /// Octets.
        size: u64,
    },
    /// `RFC822` (RFC 3501 §7.4.2): the same as `BODY[]`.
    Rfc822(Data),
    /// `RFC822.HEADER` (RFC 3501 §7.4.2): the same as `BODY[HEADER]`.
    Rfc822Header(Data),
    /// `RFC822.TEXT` (RFC 3501 §7.4.2): the same as `BODY[TEXT]`.
    Rfc822Text(Data),
    /// `EMAILID` (RFC 8474 §5.1).
    EmailId(ObjectId),
    /// `THREADID` (RFC 8474 §5.2). `None`: the server has no threads.
    ThreadId(Option<ObjectId>),
    /// `SAVEDATE` (RFC 8514 §4.2). `None`: the mailbox does not keep it.
    SaveDate(Option<DateTime>),
    /// `PREVIEW` (RFC 8970 §3.1). `None`: none to be had at this price.
    Preview(Option<Bytes>),
    /// `X-GM-MSGID`, Gmail's own.
    GmailMessageId(u64),
    /// `X-GM-THRID`, Gmail's own.
    GmailThreadId(u64),
    /// `X-GM-LABELS`, Gmail's own.
    GmailLabels(Vec<Bytes>),
    /// Any other attribute.
    Other {
        /// Its name.
        name: Bytes,
        /// Its value.
        value: Value,
    },
}

impl FetchAttribute {
    /// The attribute that answers an item with octets; `None` where it does not ask for any.
    pub fn of_octets(item: &FetchItem, data: Data) -> Option<Self> {
        let origin = item.partial().map(|partial| partial.offset);
        Some(match item {
            FetchItem::BodySection { section, .. } => {
                Self::Section { section: section.clone(), origin, data }
            }
            FetchItem::Binary { part, .. } => Self::Binary { part: part.clone(), origin, data },
            FetchItem::Rfc822 => Self::Rfc822(data),
            FetchItem::Rfc822Header => Self::Rfc822Header(data),
            FetchItem::Rfc822Text => Self::Rfc822Text(data),
            _ => return None,
        })
    }
}

/// Octets of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// `NIL`: the server has none.
    Nil,
    /// All of them.
    Whole(Bytes),
    /// This many, which came before in pieces.
    Streamed(u64),
}

impl Data {
    /// The octets, if they are here.
    pub fn whole(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::Nil | Self::Streamed(_) => None,
        }
    }
}

/// Something a server sent that could not be read, and why. The session goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The bytes: of one attribute, or of a whole response.
    pub raw: Bytes,
    /// What was wrong with them.
    pub error: crate::error::ParseError,
}

impl Fetch {
    /// A response about the message with this number.
    pub fn new(number: NonZeroU32, attributes: Vec<FetchAttribute>) -> Self {
        Self { number, by_uid: false, attributes, faults: Vec::new() }
    }

    /// The message's UID, if it is here.
    pub fn uid(&self) -> Option<Uid> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::Uid(uid) => Some(*uid),
            _ => None,
        })
    }

    /// The message's flags, if they are here.
    pub fn flags(&self) -> Option<&[Flag]> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::Flags(flags) => Some(flags.as_slice()),
            _ => None,
        })
    }

    /// The message's modification sequence, if it is here.
    pub fn mod_seq(&self) -> Option<ModSeq> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::ModSeq(mod_seq) => Some(*mod_seq),
            _ => None,
        })
    }

    /// The message's size in octets, if it is here.
    pub fn size(&self) -> Option<u64> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::Size(size) => Some(*size),
            _ => None,
        })
    }

    /// When the server got the message, if it is here.
    pub fn internal_date(&self) -> Option<&DateTime> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::InternalDate(date) => Some(date),
            _ => None,
        })
    }

    /// The message's envelope, if it is here.
    pub fn envelope(&self) -> Option<&Envelope> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::Envelope(envelope) => Some(&**envelope),
            _ => None,
        })
    }

    /// The message's structure, if it is here, from `BODYSTRUCTURE` or `BODY`.
    pub fn structure(&self) -> Option<&BodyStructure> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::BodyStructure(body) | FetchAttribute::Body(body) => Some(&**body),
            _ => None,
        })
    }

    /// The octets of a section, if they are here whole.
    pub fn section(&self, wanted: &Section) -> Option<&Bytes> {
        self.attributes.iter().find_map(|attribute| match attribute {
            FetchAttribute::Section { section, data, .. } if section == wanted => data.whole(),
            _ => None,
        })
    }
}
