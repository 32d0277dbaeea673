//! Sections: which part of a message FETCH is about.

use super::AString;
use std::num::NonZeroU32;

/// `section-part` (RFC 9051 §9): numbers of a part, outermost first. Empty for the message itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct SectionPart(pub Vec<NonZeroU32>);

impl SectionPart {
    /// The numbers as such.
    pub fn numbers(&self) -> Vec<u32> {
        self.0.iter().map(|number| number.get()).collect()
    }
}

/// `section-spec` (RFC 9051 §9): `BODY[]` is the default, with neither part nor text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Section {
    /// The part.
    pub part: SectionPart,
    /// What of that part; `None` for all of its content.
    pub text: Option<SectionText>,
}

/// `section-text` (RFC 9051 §9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SectionText {
    /// `HEADER`
    Header,
    /// `HEADER.FIELDS (...)`
    HeaderFields(Vec<AString>),
    /// `HEADER.FIELDS.NOT (...)`
    HeaderFieldsNot(Vec<AString>),
    /// `TEXT`
    Text,
    /// `MIME`, only with a part.
    Mime,
}

/// `partial` (RFC 9051 §9): `<offset.length>`, in octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Partial {
    /// The first octet wanted.
    pub offset: u64,
    /// How many octets at most. The grammar allows no zero, a peer's zero reads as no octets.
    pub length: u64,
}
