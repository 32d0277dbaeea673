//! Builds a delivery status notification: `multipart/report` for people and for machines (RFC 3464, RFC 6522).

use std::borrow::Cow;
use std::fmt::Write as _;

use super::delivery::{DeliveryStatus, RecipientStatus};
use super::status::Action;
use crate::build::{Builder, Composed, Date, Error, Field, IntoAddress, Part};

/// What is returned of the message that the report is about.
#[derive(Debug, Clone, Default)]
pub enum Returned<'a> {
    /// Nothing.
    #[default]
    Nothing,
    /// Its header, as `text/rfc822-headers`; what follows an empty line in it is left out.
    Headers(Cow<'a, [u8]>),
    /// All of it, as `message/rfc822`.
    Message(Cow<'a, [u8]>),
}

/// A delivery status notification to be sent.
///
/// The envelope of the result has no sender: such a message must not be answered by another (RFC 3464 §2).
///
/// ```
/// use mailwright_message::build::Date;
/// use mailwright_message::report::{Action, DeliveryStatus, Dsn, RecipientStatus, Returned, Status, Typed};
///
/// # fn main() -> Result<(), mailwright_message::build::Error> {
/// let mut failed = RecipientStatus::new(
///     Typed::address("nobody@example.net"),
///     Action::Failed,
///     Status { class: 5, subject: 1, detail: 1 },
/// );
/// failed.remote_mta = Some(Typed::dns("mx.example.net"));
/// failed.diagnostic_code = Some(Typed::smtp("550 5.1.1 no such user"));
/// let status = DeliveryStatus::new("mail.example.test").recipient(failed);
///
/// let original = b"From: ann@example.test\r\nSubject: Hello\r\n\r\nHello.\r\n";
/// let composed = Dsn::new(("Mail delivery", "postmaster@example.test"), "ann@example.test", status)
///     .date(Date::from_unix(1_700_000_000))
///     .message_id("dsn.1@mail.example.test")
///     .returned(Returned::Headers(original[..].into()))
///     .build()?;
/// assert_eq!(composed.envelope().sender, None);
/// assert_eq!(composed.envelope().recipients, ["ann@example.test"]);
/// let message = String::from_utf8(composed.to_vec()).expect("US-ASCII");
/// assert!(message.contains("Final-Recipient: rfc822; nobody@example.net\r\n"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Dsn<'a> {
    builder: Builder<'a>,
    status: DeliveryStatus,
    subject: Option<Cow<'a, str>>,
    text: Option<Cow<'a, str>>,
    returned: Returned<'a>,
}

impl<'a> Dsn<'a> {
    /// A report from `from` (a postmaster) to `to`, the return path of the message it is about.
    pub fn new(from: impl IntoAddress, to: impl IntoAddress, status: DeliveryStatus) -> Self {
        Self {
            builder: Builder::new().from(from).to(to),
            status,
            subject: None,
            text: None,
            returned: Returned::Nothing,
        }
    }

    /// Sets `Date`, which must be given.
    pub fn date(mut self, date: impl Into<Date>) -> Self {
        self.builder = self.builder.date(date);
        self
    }

    /// Sets `Message-ID`.
    pub fn message_id(mut self, id: &str) -> Self {
        self.builder = self.builder.message_id(id);
        self
    }

    /// Sets `In-Reply-To` and `References` to the identifier of the message it is about; one that is not valid is left out.
    pub fn about(mut self, message_id: &str) -> Self {
        if crate::build::MessageId::new(message_id).is_ok() {
            self.builder = self.builder.in_reply_to(message_id, []);
        }
        self
    }

    /// Sets `Subject`, instead of one made from the actions.
    pub fn subject(mut self, subject: impl Into<Cow<'a, str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets the text for people, instead of one made from the status.
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
    /// As [`Builder::build`] and [`DeliveryStatus::to_bytes`].
    pub fn build(self) -> Result<Composed<'a>, Error> {
        let machine = self.status.to_bytes()?;
        let text = self.text.unwrap_or_else(|| explanation(&self.status).into());
        let subject = self.subject.unwrap_or_else(|| subject_of(&self.status).into());
        let mut parts = vec![
            Part::text(text).description("Notification"),
            Part::message_as("message/delivery-status", machine).description("Delivery report"),
        ];
        match self.returned {
            Returned::Nothing => {}
            Returned::Headers(header) => {
                let header = header_only(header);
                parts.push(
                    Part::message_as("text/rfc822-headers", header).description("Header of the message"),
                );
            }
            Returned::Message(message) => parts.push(Part::message(message).description("The message")),
        }
        let body = Part::multipart("report", parts).parameter("report-type", "delivery-status");
        // RFC 3834 §5.1: a notification is neither to be answered nor counted as written by somebody.
        let mut composed = self
            .builder
            .subject(&subject)
            .field(Field::structured("Auto-Submitted", "auto-replied")?)
            .body(body)
            .build()?;
        composed.without_sender();
        Ok(composed)
    }
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

fn subject_of(status: &DeliveryStatus) -> &'static str {
    let has = |action| status.recipients.iter().any(|recipient| recipient.action == Some(action));
    if has(Action::Failed) {
        "Your message could not be delivered"
    } else if has(Action::Delayed) {
        "Your message is delayed"
    } else {
        "Your message was delivered"
    }
}

/// What happened, recipient by recipient, in words.
fn explanation(status: &DeliveryStatus) -> String {
    const ORDER: [(Action, &str); 5] = [
        (Action::Failed, "Your message could not be delivered to:"),
        (Action::Delayed, "Your message has not been delivered yet, further attempts will be made, to:"),
        (Action::Delivered, "Your message was delivered to:"),
        (Action::Relayed, "Your message was handed to a system that sends no reports, for:"),
        (Action::Expanded, "Your message was delivered and sent on to others by:"),
    ];
    let mut text = String::new();
    let name = status.reporting_mta.as_ref().map_or("", |mta| &mta.value);
    // Writing to a string does not fail.
    let _ = writeln!(text, "This is the mail system at {}.\n", super::fields::plain(name));
    for (action, heading) in ORDER {
        let mut recipients =
            status.recipients.iter().filter(|recipient| recipient.action == Some(action)).peekable();
        if recipients.peek().is_none() {
            continue;
        }
        let _ = writeln!(text, "{heading}\n");
        for recipient in recipients {
            explain(recipient, &mut text);
        }
    }
    text
}

fn explain(recipient: &RecipientStatus, text: &mut String) {
    let clean = |text: &str| {
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect::<String>()
    };
    let address = recipient.original_recipient.as_ref().or(recipient.final_recipient.as_ref());
    let _ = write!(text, "    {}", clean(address.map_or("", |typed| &typed.value)));
    match (&recipient.remote_mta, &recipient.diagnostic_code) {
        (Some(mta), Some(code)) => {
            let _ = write!(text, "\n        {} said: {}", clean(&mta.value), clean(&code.value));
        }
        (None, Some(code)) => {
            let _ = write!(text, "\n        {}", clean(&code.value));
        }
        _ => {}
    }
    if let Some(until) = &recipient.will_retry_until {
        let _ = write!(text, "\n        Attempts end: {}", clean(until));
    }
    text.push_str("\n\n");
}
