//! `Content-Disposition` (RFC 2183).

use std::borrow::Cow;

use super::lex::{Cursor, Source, is_fws};
use super::parameter::Parameters;

/// Whether a part is shown with the text or kept aside, and the file it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentDisposition<'a> {
    disposition: Cow<'a, str>,
    parameters: Parameters<'a>,
}

impl<'a> ContentDisposition<'a> {
    /// Reads a field value; `None` where it names no disposition.
    ///
    /// ```
    /// use mailwright_message::header::disposition::ContentDisposition;
    /// let found = ContentDisposition::parse(b"attachment; filename*=utf-8''na%C3%AFve.txt").unwrap();
    /// assert!(found.is("attachment"));
    /// assert_eq!(found.parameter("filename"), Some("naïve.txt"));
    /// ```
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let source = Source::new(value);
        let mut cursor = Cursor::new(value);
        let disposition = disposition(&mut cursor)?;
        Some(Self {
            disposition: source.text(disposition),
            parameters: Parameters::parse(&source, &mut cursor),
        })
    }

    /// The disposition as it is written.
    pub fn disposition(&self) -> &str {
        &self.disposition
    }

    /// Whether this is the disposition, compared without case.
    pub fn is(&self, disposition: &str) -> bool {
        self.disposition.eq_ignore_ascii_case(disposition)
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

/// `disposition-type`
pub(crate) fn disposition<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    cursor.skip_cfws();
    let found = cursor.take_while(|octet| !is_fws(octet) && !matches!(octet, b';' | b'('));
    (!found.is_empty()).then_some(found)
}
