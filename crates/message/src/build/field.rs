//! One header field to be written, its value checked when it is made and encoded when it is written.

use std::borrow::Cow;

use super::address::{Recipient, write_list};
use super::fold::Folder;
use super::parameter::{MediaType, Parameters};
use super::unstructured::write_text;
use super::{Address, DateTime, Error, MessageId, error::check_text};

/// A header field: its name and a value of known kind. It cannot hold a line end, so it never becomes two.
///
/// ```
/// use mailwright_message::build::Field;
/// let field = Field::text("X-Mood", "fröhlich")?;
/// assert_eq!(field.to_bytes()?, b"X-Mood: =?utf-8?B?ZnLDtmhsaWNo?=\r\n");
/// assert!(Field::text("X-Mood", "good\r\nBcc: eve@example.test").is_err());
/// # Ok::<(), mailwright_message::build::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    name: Cow<'static, str>,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Structured(Cow<'static, str>),
    Addresses(Vec<Recipient>),
    Ids(Vec<MessageId>),
    Date(DateTime),
    Parameterized(Cow<'static, str>, Parameters),
}

impl Value {
    pub(crate) fn media_type(media_type: MediaType) -> Self {
        Self::Parameterized(media_type.essence, media_type.parameters)
    }
}

impl Field {
    fn new(name: &str, value: Value) -> Result<Self, Error> {
        // `ftext = %d33-57 / %d59-126`; the limit leaves room for a word on the line.
        let valid =
            !name.is_empty() && name.len() <= 255 && name.bytes().all(|b| b.is_ascii_graphic() && b != b':');
        if !valid {
            return Err(Error::syntax(
                "field name",
                "1 to 255 printable US-ASCII characters without `:`",
                name,
            ));
        }
        Ok(Self { name: Cow::Owned(name.to_owned()), value })
    }

    /// A field of unstructured text (RFC 5322 §2.2.1), as `Subject`. Folded at its white space; where it is not
    /// US-ASCII, or would be read as something else than it is, as encoded words.
    ///
    /// # Errors
    /// Control characters other than TAB, or a name that is none.
    pub fn text(name: &str, text: &str) -> Result<Self, Error> {
        check_text(name, text)?;
        Self::new(name, Value::Text(text.to_owned()))
    }

    /// A field whose grammar is not known here: written as it stands, folded at white space only and never encoded.
    /// For `List-Unsubscribe`, `Received`, `DKIM-Signature` and the like.
    ///
    /// # Errors
    /// As [`Field::text`], and white space at the ends. When written: anything but US-ASCII without UTF-8 headers;
    /// a word that does not fit on a line of 998 octets.
    pub fn structured(name: &str, value: &str) -> Result<Self, Error> {
        check_text(name, value)?;
        if value.trim_matches([' ', '\t']).len() != value.len() {
            return Err(Error::syntax("structured value", "no white space at its ends", value));
        }
        Self::new(name, Value::Structured(value.to_owned().into()))
    }

    /// A list of addresses.
    ///
    /// # Errors
    /// The name is none, or the list is empty.
    pub fn addresses<R: Into<Recipient>>(
        name: &str,
        list: impl IntoIterator<Item = R>,
    ) -> Result<Self, Error> {
        let list: Vec<Recipient> = list.into_iter().map(Into::into).collect();
        if list.is_empty() {
            return Err(Error::syntax("address list", "at least one address", ""));
        }
        Self::new(name, Value::Addresses(list))
    }

    /// A list of message identifiers, as `References`.
    ///
    /// # Errors
    /// The name is none, or the list is empty.
    pub fn ids(name: &str, ids: impl IntoIterator<Item = MessageId>) -> Result<Self, Error> {
        let ids: Vec<MessageId> = ids.into_iter().collect();
        if ids.is_empty() {
            return Err(Error::syntax("message identifier list", "at least one identifier", ""));
        }
        Self::new(name, Value::Ids(ids))
    }

    /// A date and time.
    ///
    /// # Errors
    /// The name is none.
    pub fn date(name: &str, date: impl Into<DateTime>) -> Result<Self, Error> {
        Self::new(name, Value::Date(date.into()))
    }

    /// A media type, as `Content-Type`.
    ///
    /// # Errors
    /// The name is none.
    pub fn media_type(name: &str, media_type: MediaType) -> Result<Self, Error> {
        Self::new(name, Value::media_type(media_type))
    }

    /// Of the crate's own making: the name is known to be valid.
    pub(crate) fn known(name: &'static str, value: Value) -> Self {
        Self { name: Cow::Borrowed(name), value }
    }

    /// The name, as it is written.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    pub(crate) fn value_mut(&mut self) -> &mut Value {
        &mut self.value
    }

    /// The field as it goes into a message, in US-ASCII, folded, with the CRLF at its end.
    ///
    /// # Errors
    /// [`Error::TooLong`] and [`Error::NeedsUtf8`], as the constructors say.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        self.write(false, &mut out)?;
        Ok(out)
    }

    /// Appends the field to `out`; with `utf8` as an internationalised header (RFC 6532).
    pub(crate) fn write(&self, utf8: bool, out: &mut Vec<u8>) -> Result<(), Error> {
        let mut folder = Folder::new(&self.name, out);
        match &self.value {
            Value::Text(text) => write_text(&mut folder, text, utf8),
            Value::Structured(text) => {
                if !utf8 && !text.is_ascii() {
                    return Err(Error::NeedsUtf8(self.name().to_owned()));
                }
                write_words(&mut folder, text);
            }
            Value::Addresses(list) => write_list(&mut folder, list, utf8)?,
            Value::Ids(ids) => {
                for id in ids {
                    if !utf8 && !id.as_str().is_ascii() {
                        return Err(Error::NeedsUtf8(self.name().to_owned()));
                    }
                    folder.pieces(" ", &["<", id.as_str(), ">"]);
                }
            }
            Value::Date(date) => folder.word(" ", str::from_utf8(&date.rfc5322()).unwrap_or_default()),
            Value::Parameterized(text, parameters) => {
                folder.word(" ", text);
                parameters.write(&mut folder);
            }
        }
        folder.end(&self.name)
    }
}

impl From<Address> for Vec<Recipient> {
    fn from(address: Address) -> Self {
        vec![address.into()]
    }
}

/// Folds at the white space that is there, and changes nothing else.
fn write_words(folder: &mut Folder<'_>, text: &str) {
    let blank = [' ', '\t'];
    let mut gap = " ";
    let mut rest = text;
    while !rest.is_empty() {
        let (word, tail) = rest.split_at(rest.find(blank).unwrap_or(rest.len()));
        folder.word(gap, word);
        let next = tail.trim_start_matches(blank);
        gap = &tail[..tail.len() - next.len()];
        rest = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structured_values_are_folded_at_white_space_and_otherwise_unchanged() {
        let url = |n: usize| format!("<https://example.test/?u={}>", "q".repeat(n));
        let value = format!("{}, {},\t<mailto:off@example.test?subject==?utf-8?q?x?=>", url(80), url(60));
        let bytes = Field::structured("List-Unsubscribe", &value).unwrap().to_bytes().unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.replace("\r\n", ""), format!("List-Unsubscribe: {value}"));
        assert_eq!(text.matches("\r\n").count(), 3);
    }

    #[test]
    fn names_and_values_that_would_break_out_are_refused() {
        for name in ["", "A B", "A:", "A\r\n", "Ä", "A\0"] {
            assert!(Field::text(name, "x").is_err(), "{name:?}");
        }
        for value in ["a\rb", "a\nb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\u{7f}b", "a\r\n b"] {
            assert!(Field::text("A", value).is_err(), "{value:?}");
            assert!(Field::structured("A", value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn what_fits_on_no_line_is_an_error() {
        let field = Field::structured("A", &"x".repeat(998)).unwrap();
        assert_eq!(field.to_bytes(), Err(Error::TooLong("A".into())));
        assert!(Field::structured("A", &"x".repeat(997)).unwrap().to_bytes().is_ok());
        assert_eq!(Field::structured("A", "ü").unwrap().to_bytes(), Err(Error::NeedsUtf8("A".into())));
    }
}
