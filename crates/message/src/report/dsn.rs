//! A delivery status notification as a message (RFC 3464).

use std::fmt::Write as _;

use super::delivery::{DeliveryStatus, RecipientStatus};
use super::notification::{Machine, Notification, sealed::Sealed};
use super::status::Action;
use crate::build::Error;

/// A delivery status notification to be sent.
///
/// The envelope of the result has no sender: such a message must not be answered by another (RFC 3464 §2).
///
/// ```
/// use mailwright_message::header::date::DateTime;
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
///     .date(DateTime::from_unix(1_700_000_000))
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
pub type Dsn<'a> = Notification<'a, DeliveryStatus>;

impl Sealed for DeliveryStatus {}

impl Machine for DeliveryStatus {
    const REPORT_TYPE: &'static str = "delivery-status";
    const MEDIA_TYPE: &'static str = "message/delivery-status";
    const GLOBAL_TYPE: Option<&'static str> = Some("message/global-delivery-status");
    const NULL_SENDER: bool = true;

    fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.to_bytes()
    }

    fn subject(&self) -> String {
        subject_of(self).to_owned()
    }

    fn explanation(&self) -> String {
        explanation(self)
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
