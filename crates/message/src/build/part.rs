//! A body part to be built: text, data, a message, or more parts.

use std::borrow::Cow;

use super::field::Value;
use super::parameter::{MediaType, Parameters};
use super::{Error, Field, MessageId, error::check_text};

/// A body part. The content is borrowed or owned, and encoded only once, into the finished message.
///
/// A mistake in a value is kept and returned when the message is built.
///
/// ```
/// use mailwright_message::build::Part;
/// let alternative = Part::multipart("alternative", [Part::text("Hello."), Part::html("<p>Hello.</p>")]);
/// let photo = Part::data("image/jpeg", &b"..."[..]).attachment("photo.jpg");
/// let body = Part::multipart("mixed", [alternative, photo]);
/// ```
#[derive(Debug, Clone)]
pub struct Part<'a> {
    pub(crate) media_type: MediaType,
    pub(crate) fields: Vec<Field>,
    pub(crate) content: Content<'a>,
    pub(crate) error: Option<Box<Error>>,
}

#[derive(Debug, Clone)]
pub(crate) enum Content<'a> {
    /// Text whose line ends become CRLF.
    Text(Cow<'a, str>),
    /// Octets to be kept exactly.
    Data(Cow<'a, [u8]>),
    /// Octets that may only be 7bit, 8bit or binary (RFC 2046 §5.2.1).
    Message(Cow<'a, [u8]>),
    Multipart(Vec<Part<'a>>),
}

impl<'a> Part<'a> {
    fn new(media_type: MediaType, content: Content<'a>) -> Self {
        Self { media_type, fields: Vec::new(), content, error: None }
    }

    /// `text/plain`. Line ends may be CRLF or LF and are written as CRLF; the charset is the smallest that does.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::text_of(MediaType::known("text/plain"), text.into())
    }

    /// `text/html`, otherwise as [`Part::text`].
    pub fn html(html: impl Into<Cow<'a, str>>) -> Self {
        Self::text_of(MediaType::known("text/html"), html.into())
    }

    /// Text of another type, as `text/calendar`.
    pub fn text_as(media_type: &str, text: impl Into<Cow<'a, str>>) -> Self {
        match MediaType::new(media_type) {
            Ok(media_type) => Self::text_of(media_type, text.into()),
            Err(error) => Self::text(text).fault(error),
        }
    }

    fn text_of(media_type: MediaType, text: Cow<'a, str>) -> Self {
        let charset = if text.is_ascii() { "us-ascii" } else { "utf-8" };
        let mut part = Self::new(media_type, Content::Text(text));
        part.media_type.parameters.push("charset", charset);
        part
    }

    /// Octets of any type, kept exactly as they are.
    pub fn data(media_type: &str, data: impl Into<Cow<'a, [u8]>>) -> Self {
        match MediaType::new(media_type) {
            Ok(media_type) => Self::new(media_type, Content::Data(data.into())),
            Err(error) => Self::new(MediaType::known("application/octet-stream"), Content::Data(data.into()))
                .fault(error),
        }
    }

    /// `message/rfc822`: a whole message, not encoded further. See [`Part::message_as`] for its kin.
    pub fn message(message: impl Into<Cow<'a, [u8]>>) -> Self {
        Self::new(MediaType::known("message/rfc822"), Content::Message(message.into()))
    }

    /// Octets of a type that allows no transfer encoding but 7bit, 8bit and binary: `message/rfc822`,
    /// `text/rfc822-headers`, `message/delivery-status` and other parts that are themselves headers.
    pub fn message_as(media_type: &str, message: impl Into<Cow<'a, [u8]>>) -> Self {
        match MediaType::new(media_type) {
            Ok(media_type) => Self::new(media_type, Content::Message(message.into())),
            Err(error) => Self::message(message).fault(error),
        }
    }

    /// `multipart/<subtype>` of `parts`; the boundary is made when the message is built.
    ///
    /// No parts: one empty part is written, since there must be one (RFC 2046 §5.1.1).
    pub fn multipart(subtype: &str, parts: impl IntoIterator<Item = Part<'a>>) -> Self {
        let mut parts: Vec<_> = parts.into_iter().collect();
        if parts.is_empty() {
            parts.push(Part::text(""));
        }
        let media_type = match subtype {
            "mixed" => Ok(MediaType::known("multipart/mixed")),
            "alternative" => Ok(MediaType::known("multipart/alternative")),
            "related" => Ok(MediaType::known("multipart/related")),
            other => MediaType::new(&format!("multipart/{other}")),
        };
        match media_type {
            Ok(media_type) => Self::new(media_type, Content::Multipart(parts)),
            Err(error) => {
                Self::new(MediaType::known("multipart/mixed"), Content::Multipart(parts)).fault(error)
            }
        }
    }

    fn fault(mut self, error: Error) -> Self {
        self.error.get_or_insert_with(|| Box::new(error));
        self
    }

    fn with(mut self, field: Result<Field, Error>) -> Self {
        match field {
            Ok(field) => {
                self.fields.retain(|own| !own.is(field.name()));
                self.fields.push(field);
            }
            Err(error) => return self.fault(error),
        }
        self
    }

    /// Sets a parameter of the media type. `boundary` is not yours to set, and is overwritten.
    pub fn parameter(mut self, name: &str, value: &str) -> Self {
        match self.media_type.parameters.set(name, value) {
            Ok(()) => self,
            Err(error) => self.fault(error),
        }
    }

    /// `Content-Disposition: attachment` with a file name (RFC 2183).
    pub fn attachment(self, file_name: &str) -> Self {
        self.disposition("attachment", Some(file_name))
    }

    /// `Content-Disposition: inline`.
    pub fn inline(self) -> Self {
        self.disposition("inline", None)
    }

    fn disposition(self, kind: &'static str, file_name: Option<&str>) -> Self {
        let mut parameters = Parameters::default();
        if let Some(name) = file_name
            && let Err(error) = check_text("file name", name).and_then(|()| parameters.set("filename", name))
        {
            return self.fault(error);
        }
        self.with(Ok(Field::known("Content-Disposition", Value::Parameterized(kind.into(), parameters))))
    }

    /// `Content-ID` (RFC 2045 §7), by which HTML names the part as `cid:...`.
    pub fn content_id(self, id: &str) -> Self {
        let field = MessageId::new(id).and_then(|id| Field::ids("Content-ID", [id]));
        self.with(field)
    }

    /// `Content-Description` (RFC 2045 §8).
    pub fn description(self, text: &str) -> Self {
        self.with(Field::text("Content-Description", text))
    }

    /// `Content-Language` (RFC 3282), as `de, en`.
    pub fn language(self, tags: &str) -> Self {
        self.with(Field::structured("Content-Language", tags))
    }

    /// Any other field of the part, replacing one of that name. `Content-Type` and `Content-Transfer-Encoding` are
    /// written by the builder whatever is set here.
    pub fn field(self, field: Field) -> Self {
        self.with(Ok(field))
    }

    /// The part with its header, its boundaries different from all in `around`.
    pub(crate) fn into_bytes_avoiding(self, around: &[u8]) -> Result<Vec<u8>, Error> {
        super::Composed::part(self, around)
    }
}
