//! `Content-Type` (RFC 2045 §5).

use std::borrow::Cow;

use super::lex::{Cursor, Source, is_fws};
use super::parameter::Parameters;

/// The media type of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType<'a> {
    media_type: Cow<'a, str>,
    subtype: Cow<'a, str>,
    parameters: Parameters<'a>,
}

impl<'a> ContentType<'a> {
    /// Reads a field value; `None` where it names no type.
    ///
    /// ```
    /// use mailwright_message::header::content_type::ContentType;
    /// let found = ContentType::parse(b"Text/HTML (page); charset=\"utf-8\"").unwrap();
    /// assert!(found.is("text", "html"));
    /// assert_eq!(found.parameter("charset"), Some("utf-8"));
    /// ```
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        Self::parse_source(Source::new(value))
    }

    pub(crate) fn parse_source(source: Source<'a>) -> Option<Self> {
        let mut cursor = Cursor::new(source.octets());
        let (media_type, subtype) = media(&mut cursor)?;
        Some(Self {
            media_type: source.text(media_type),
            subtype: source.text(subtype),
            parameters: Parameters::parse(&source, &mut cursor),
        })
    }

    /// What a part is that says nothing: `text/plain; charset=us-ascii` (RFC 2045 §5.2).
    pub fn text_plain() -> Self {
        Self {
            media_type: Cow::Borrowed("text"),
            subtype: Cow::Borrowed("plain"),
            parameters: Parameters::default(),
        }
    }

    /// What a part of `multipart/digest` is that says nothing (RFC 2046 §5.1.5).
    pub fn message_rfc822() -> Self {
        Self {
            media_type: Cow::Borrowed("message"),
            subtype: Cow::Borrowed("rfc822"),
            parameters: Parameters::default(),
        }
    }

    /// The type as it is written.
    pub fn media_type(&self) -> &str {
        &self.media_type
    }

    /// The subtype as it is written; empty where it is missing.
    pub fn subtype(&self) -> &str {
        &self.subtype
    }

    /// Whether this is the type and subtype, compared without case.
    pub fn is(&self, media_type: &str, subtype: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Whether this is the type, compared without case.
    pub fn is_type(&self, media_type: &str) -> bool {
        self.media_type.eq_ignore_ascii_case(media_type)
    }

    /// The value of a parameter, its name compared without case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.value(name)
    }

    /// All parameters.
    pub const fn parameters(&self) -> &Parameters<'a> {
        &self.parameters
    }
}

/// `type "/" subtype`, each an RFC 2045 token; what else stands up to the semicolon, or before the first
/// parameter, is skipped.
pub(crate) fn media<'a>(cursor: &mut Cursor<'a>) -> Option<(&'a [u8], &'a [u8])> {
    let word = |octet: u8| !is_fws(octet) && !matches!(octet, b';' | b'(' | b'/');
    cursor.skip_cfws();
    let media_type = cursor.take_while(word);
    if media_type.is_empty() {
        return None;
    }
    cursor.skip_cfws();
    if !cursor.eat(b'/') {
        return Some((media_type, b""));
    }
    cursor.skip_cfws();
    let subtype = cursor.take_while(|octet| word(octet) || octet == b'/');
    Some((media_type, subtype))
}
