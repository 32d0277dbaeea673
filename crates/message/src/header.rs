//! Header fields: where they lie, what they are called, and their values, taken apart when asked for.

pub(crate) mod index;
pub(crate) mod lex;

pub mod address;
pub mod authentication_results;
pub mod auto_submitted;
pub mod content_type;
pub mod date;
pub mod disposition;
pub mod encoded_word;
pub mod list;
pub mod message_id;
pub mod parameter;
pub mod received;
pub mod value;

use std::borrow::Cow;

use address::AddressList;
use authentication_results::AuthenticationResults;
use auto_submitted::AutoSubmitted;
pub use date::DateTime;
use index::Entry;
use lex::Source;
use list::{ListId, ListUrls};
use received::Received;
use value::Value;

/// The header fields of a message or part, in their order.
#[derive(Debug, Clone, Copy)]
pub struct Header<'m, 'a> {
    raw: &'a [u8],
    entries: &'m [Entry],
    field_octets: usize,
}

impl<'m, 'a> Header<'m, 'a> {
    pub(crate) const fn new(raw: &'a [u8], entries: &'m [Entry], field_octets: usize) -> Self {
        Self { raw, entries, field_octets }
    }

    pub(crate) const fn entries(&self) -> &'m [Entry] {
        self.entries
    }

    /// The number of fields.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no field.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The fields in their order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Field<'a>> + ExactSizeIterator + use<'m, 'a> {
        // One look at the whole header spares one at each value.
        let start = self.entries.first().map_or(0, |entry| entry.start as usize);
        let end = self.entries.last().map_or(0, |entry| entry.end as usize);
        let text = simdutf8::basic::from_utf8(&self.raw[start..end]).ok();
        self.entries.iter().map(move |&entry| {
            let value = entry.value as usize - start;
            Field::with_text(self.raw, entry, self.field_octets, |octets| text?.get(value..value + octets))
        })
    }

    /// The first field of that name, compared without case.
    ///
    /// ```
    /// let message = mailwright_message::Message::parse(b"Subject: one\r\nSUBJECT: two\r\n\r\n");
    /// assert_eq!(message.header().field("subject").unwrap().text(), "one");
    /// assert_eq!(message.header().all("subject").count(), 2);
    /// ```
    pub fn field(self, name: &str) -> Option<Field<'a>> {
        self.all(name).next()
    }

    /// All fields of that name, compared without case.
    pub fn all<'n>(self, name: &'n str) -> impl DoubleEndedIterator<Item = Field<'a>> + use<'n, 'm, 'a> {
        self.entries
            .iter()
            .filter(move |entry| {
                let name_octets = entry.name_end - entry.start;
                name_octets as usize == name.len() && {
                    let found = &self.raw[entry.start as usize..entry.name_end as usize];
                    found.eq_ignore_ascii_case(name.as_bytes())
                }
            })
            .map(move |&entry| Field::of(self.raw, entry, self.field_octets))
    }
}

/// One header field. Its value is read anew by each call that asks for it.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    raw: &'a [u8],
    name: &'a [u8],
    value: &'a [u8],
    /// The value, where it is known to be text.
    text: Option<&'a str>,
    start: usize,
}

impl<'a> Field<'a> {
    pub(crate) fn of(message: &'a [u8], entry: Entry, field_octets: usize) -> Self {
        Self::with_text(message, entry, field_octets, |_| None)
    }

    /// The same, where `text` of so many octets is what the value is known to be.
    #[inline]
    fn with_text(
        message: &'a [u8],
        entry: Entry,
        field_octets: usize,
        text: impl FnOnce(usize) -> Option<&'a str>,
    ) -> Self {
        let (start, value, end) = (entry.start as usize, entry.value as usize, entry.end as usize);
        let line = &message[value..end];
        let line = line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line));
        let value = &line[..line.len().min(field_octets)];
        Self {
            raw: &message[start..end],
            name: &message[start..entry.name_end as usize],
            value,
            text: text(value.len()),
            start,
        }
    }

    fn source(&self) -> Source<'a> {
        self.text.map_or_else(|| Source::new(self.value), Source::of_text)
    }

    /// The name as it is written.
    pub const fn name(&self) -> &'a [u8] {
        self.name
    }

    /// Whether this is the name, compared without case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The whole field, name and final line end included.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Where the field starts in the message.
    pub const fn offset(&self) -> usize {
        self.start
    }

    /// All after the colon, without the final line end: folding and encoded words untouched.
    pub const fn raw_value(&self) -> &'a [u8] {
        self.value
    }

    /// The value with its line ends taken out and outer white space trimmed; encoded words stay.
    pub fn unfolded(&self) -> Cow<'a, [u8]> {
        match lex::unfolded(self.value) {
            Cow::Borrowed(value) => Cow::Borrowed(value.trim_ascii()),
            Cow::Owned(value) => Cow::Owned(value.trim_ascii().to_vec()),
        }
    }

    /// The value as text: encoded words decoded, folds made one space (RFC 5322 §2.2.1, RFC 2047).
    pub fn text(&self) -> Cow<'a, str> {
        encoded_word::decode_source(self.source())
    }

    /// The value in the form that the field has by its name; text where it has none.
    ///
    /// ```
    /// use mailwright_message::Message;
    /// use mailwright_message::header::value::Value;
    /// let message = Message::parse(b"Date: 1 Jul 2003 10:52:37 +0200\r\nX-Date: 1 Jul 2003\r\n\r\n");
    /// let values: Vec<_> = message.header().iter().map(|field| field.value()).collect();
    /// assert!(matches!(&values[..], [Value::Date(_), Value::Text(_)]));
    /// ```
    pub fn value(&self) -> Value<'a> {
        Value::of(self)
    }

    /// The value as a list of addresses (RFC 5322 §3.4).
    pub fn addresses(&self) -> AddressList<'a> {
        address::parse_source(self.source())
    }

    /// The value as a date (RFC 5322 §3.3).
    pub fn date(&self) -> Option<DateTime> {
        DateTime::parse(self.value)
    }

    /// The message identifiers in the value, without angle brackets (RFC 5322 §3.6.4).
    pub fn message_ids(&self) -> Vec<Cow<'a, str>> {
        message_id::parse_source(self.source())
    }

    /// The value as a hop of the message, read when it is looked into (RFC 5321 §4.4).
    pub const fn received(&self) -> Received<'a> {
        Received::new(self.value)
    }

    /// The value as the commands and pages of a list (RFC 2369 §2).
    pub fn list_urls(&self) -> ListUrls<'a> {
        ListUrls::parse(self.value)
    }

    /// The value as the identifier of a list (RFC 2919 §2).
    pub fn list_id(&self) -> Option<ListId<'a>> {
        ListId::parse(self.value)
    }

    /// The value as what made the message (RFC 3834 §5).
    pub fn auto_submitted(&self) -> AutoSubmitted {
        AutoSubmitted::parse(self.value)
    }

    /// The value as results of authentication (RFC 8601 §2).
    pub fn authentication_results(&self) -> Option<AuthenticationResults<'a>> {
        AuthenticationResults::parse(self.value)
    }

    /// The value as phrases with commas between them, as Keywords has it (RFC 5322 §3.6.5); empty ones left out.
    pub fn phrases(&self) -> Vec<Cow<'a, str>> {
        let mut found = Vec::new();
        let mut cursor = lex::Cursor::new(self.value);
        while cursor.peek().is_some() {
            let start = cursor.at();
            while let Some(octet) = cursor.peek().filter(|&octet| octet != b',') {
                if octet == b'"' {
                    cursor.quoted_string();
                } else {
                    cursor.bump();
                }
            }
            let phrase = cursor.since(start);
            cursor.bump();
            let text = match address::raw::phrase(phrase) {
                Cow::Borrowed(phrase) => encoded_word::decode(phrase),
                Cow::Owned(phrase) => Cow::Owned(encoded_word::decode(&phrase).into_owned()),
            };
            if !text.is_empty() {
                found.push(text);
            }
        }
        found
    }
}
