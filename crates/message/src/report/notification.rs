//! Builds a report as a message: `multipart/report` for people and for machines (RFC 6522).

use std::borrow::Cow;

use crate::build::{Builder, Composed, DateTime, Error, Field, IntoAddress, Part};

/// What is returned of the message that the report is about.
#[derive(Debug, Clone, Default)]
pub enum Returned<'a> {
    /// Nothing.
    #[default]
    Nothing,
    /// Its header, as `text/rfc822-headers`, or `message/global-headers` if it has UTF-8; what follows an empty line in
    /// it is left out.
    Headers(Cow<'a, [u8]>),
    /// All of it, as `message/rfc822`, or `message/global` if its header has UTF-8.
    Message(Cow<'a, [u8]>),
}

/// The machine-readable part of a report, and what a report of its kind says by default.
pub trait Machine: sealed::Sealed {
    /// The parameter `report-type` of `multipart/report`.
    const REPORT_TYPE: &'static str;
    /// The media type of the part.
    const MEDIA_TYPE: &'static str;
    /// The media type of the part when it holds UTF-8 (RFC 6533), if there is one.
    const GLOBAL_TYPE: Option<&'static str>;
    /// Whether the report is sent from the null reverse path, so that nothing answers it.
    const NULL_SENDER: bool;

    /// The octets of the part, US-ASCII.
    ///
    /// # Errors
    /// A field that must be there is missing, or an extension's name is none.
    fn to_bytes(&self) -> Result<Vec<u8>, Error>;

    /// A subject for people.
    fn subject(&self) -> String;

    /// A text for people.
    fn explanation(&self) -> String;
}

pub(super) mod sealed {
    /// Only the kinds of report in this crate.
    pub trait Sealed {}
}

/// A report to be sent; [`Dsn`](super::Dsn), [`Mdn`](super::Mdn) and [`Complaint`](super::Complaint) are its kinds.
#[derive(Debug, Clone)]
pub struct Notification<'a, M> {
    builder: Builder<'a>,
    machine: M,
    subject: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    returned: Returned<'a>,
    utf8: bool,
}

impl<'a, M: Machine> Notification<'a, M> {
    /// A report from `from` to `to`: for a delivery status a postmaster, and the return path of the message.
    pub fn new(from: impl IntoAddress, to: impl IntoAddress, machine: M) -> Self {
        Self {
            builder: Builder::new().from(from).to(to),
            machine,
            subject: None,
            text: None,
            returned: Returned::Nothing,
            utf8: false,
        }
    }

    /// Allows UTF-8 in header fields and in the machine-readable part (RFC 6533), and with it a recipient whose address
    /// needs it. The report needs SMTPUTF8 on the way then; without, it is US-ASCII whatever it is about.
    pub fn utf8_headers(mut self, allowed: bool) -> Self {
        self.builder = self.builder.utf8_headers(allowed);
        self.utf8 = allowed;
        self
    }

    /// Sets `Date`, which must be given.
    pub fn date(mut self, date: impl Into<DateTime>) -> Self {
        self.builder = self.builder.date(date);
        self
    }

    /// Sets `Message-ID`.
    pub fn message_id(mut self, id: &str) -> Self {
        self.builder = self.builder.message_id(id);
        self
    }

    /// Sets `In-Reply-To` and `References` to the message it is about; an identifier that is not valid is left out.
    pub fn about(mut self, message_id: &str) -> Self {
        if crate::build::MessageId::new(message_id).is_ok() {
            self.builder = self.builder.in_reply_to(message_id, []);
        }
        self
    }

    /// Sets `Subject`, instead of one made from the report.
    pub fn subject(mut self, subject: impl Into<Cow<'a, str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the text for people, instead of one made from the report.
    pub fn text(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.text = Some(text.into());
        self
    }

    /// Sets what is returned of the message.
    pub fn returned(mut self, returned: Returned<'a>) -> Self {
        self.returned = returned;
        self
    }

    /// Sets what boundaries are made from (see [`Builder::seed`]).
    pub fn seed(mut self, seed: u128) -> Self {
        self.builder = self.builder.seed(seed);
        self
    }

    /// Any other field of the header.
    pub fn field(mut self, field: Field) -> Self {
        self.builder = self.builder.field(field);
        self
    }

    /// Lays out the report.
    ///
    /// # Errors
    /// As [`Builder::build`] and [`Machine::to_bytes`].
    pub fn build(self) -> Result<Composed<'a>, Error> {
        let machine = self.machine.to_bytes()?;
        let machine = match (M::GLOBAL_TYPE, super::fields::widen(&machine)) {
            (Some(global), Some(wide)) if self.utf8 => Part::message_as(global, wide),
            _ => Part::message_as(M::MEDIA_TYPE, machine),
        };
        let text = self.text.unwrap_or_else(|| self.machine.explanation().into());
        let subject = self.subject.unwrap_or_else(|| self.machine.subject().into());
        let mut parts = vec![Part::text(text).description("Notification"), machine.description("Report")];
        // RFC 6533 §4.5: what has UTF-8 in its header is encoded for the way that knows no SMTPUTF8.
        let global: fn(&str, Cow<'a, [u8]>) -> Part<'a> = if self.utf8 {
            |kind, data| Part::message_as(kind, data)
        } else {
            |kind, data| Part::data(kind, data)
        };
        match self.returned {
            Returned::Nothing => {}
            Returned::Headers(header) => {
                let header = header_only(header);
                let part = match is_global(&header) {
                    true => global("message/global-headers", header),
                    false => Part::message_as("text/rfc822-headers", header),
                };
                parts.push(part.description("Header of the message"));
            }
            Returned::Message(message) => {
                let part = match is_global(header_only(Cow::Borrowed(&message)).as_ref()) {
                    true => global("message/global", message),
                    false => Part::message(message),
                };
                parts.push(part.description("The message"));
            }
        }
        let body = Part::multipart("report", parts).parameter("report-type", M::REPORT_TYPE);
        // RFC 3834 §5.1: a notification is neither to be answered nor counted as written by somebody.
        let automatic = Field::structured("Auto-Submitted", "auto-replied")?;
        let mut composed = self.builder.subject(&subject).field(automatic).body(body).build()?;
        if M::NULL_SENDER {
            composed.without_sender();
        }
        Ok(composed)
    }
}

/// Whether a header is one that RFC 6532 allows and RFC 5322 does not.
fn is_global(header: &[u8]) -> bool {
    !header.is_ascii() && std::str::from_utf8(header).is_ok()
}

/// The header of a message, without the empty line after it.
fn header_only(message: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let crlf = memchr::memmem::find(&message, b"\r\n\r\n").map(|at| at + 2);
    let lf = memchr::memmem::find(&message, b"\n\n").map(|at| at + 1);
    let Some(end) = crlf.into_iter().chain(lf).min() else {
        return message;
    };
    match message {
        Cow::Borrowed(message) => Cow::Borrowed(&message[..end]),
        Cow::Owned(mut message) => {
            message.truncate(end);
            Cow::Owned(message)
        }
    }
}
