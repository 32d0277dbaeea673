//! What FETCH may be asked for.

use super::{Partial, Section, SectionPart, SectionText};
use std::borrow::Cow;

/// `fetch-att` (RFC 9051 §9 and extensions). `ALL`, `FAST` and `FULL` are read as the items they stand for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FetchItem {
    /// `ENVELOPE`
    Envelope,
    /// `FLAGS`
    Flags,
    /// `INTERNALDATE`
    InternalDate,
    /// `RFC822` (RFC 3501): `BODY[]` under its old name.
    Rfc822,
    /// `RFC822.HEADER` (RFC 3501): `BODY.PEEK[HEADER]` under its old name.
    Rfc822Header,
    /// `RFC822.SIZE`
    Rfc822Size,
    /// `RFC822.TEXT` (RFC 3501): `BODY[TEXT]` under its old name.
    Rfc822Text,
    /// `BODY` without a section: the structure without extension data.
    Body,
    /// `BODYSTRUCTURE`
    BodyStructure,
    /// `UID`
    Uid,
    /// `BODY[section]<partial>` and `BODY.PEEK[...]`.
    BodySection {
        /// Which part of the message.
        section: Section,
        /// Which octets of it.
        partial: Option<Partial>,
        /// `.PEEK`: `\Seen` is not set.
        peek: bool,
    },
    /// `BINARY[part]<partial>` and `BINARY.PEEK[...]` (RFC 9051, RFC 3516): the content, its transfer encoding undone.
    Binary {
        /// The part.
        part: SectionPart,
        /// Which octets of the decoded content.
        partial: Option<Partial>,
        /// `.PEEK`: `\Seen` is not set.
        peek: bool,
    },
    /// `BINARY.SIZE[part]`
    BinarySize(SectionPart),
    /// `MODSEQ` (RFC 7162)
    ModSeq,
    /// `EMAILID` (RFC 8474)
    EmailId,
    /// `THREADID` (RFC 8474)
    ThreadId,
    /// `SAVEDATE` (RFC 8514)
    SaveDate,
    /// `PREVIEW` (RFC 8970)
    Preview {
        /// `(LAZY)`: only where it costs nothing.
        lazy: bool,
    },
}

impl FetchItem {
    /// The section that it asks for: `BODY[...]`, `RFC822` and its kin. `None` where it is none.
    pub fn section(&self) -> Option<Cow<'_, Section>> {
        let of_message = |text| Some(Cow::Owned(Section { text, ..Section::default() }));
        match self {
            Self::BodySection { section, .. } => Some(Cow::Borrowed(section)),
            Self::Rfc822 => of_message(None),
            Self::Rfc822Header => of_message(Some(SectionText::Header)),
            Self::Rfc822Text => of_message(Some(SectionText::Text)),
            _ => None,
        }
    }

    /// Which octets of a section or of a decoded part it asks for; `None` for all of them.
    pub fn partial(&self) -> Option<Partial> {
        match self {
            Self::BodySection { partial, .. } | Self::Binary { partial, .. } => *partial,
            _ => None,
        }
    }

    /// Whether answering it sets `\Seen` (RFC 9051 §6.4.5).
    pub fn sets_seen(&self) -> bool {
        matches!(
            self,
            Self::Rfc822
                | Self::Rfc822Text
                | Self::BodySection { peek: false, .. }
                | Self::Binary { peek: false, .. }
        )
    }
}
