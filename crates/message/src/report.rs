//! Reports about messages: delivery status (RFC 3464), disposition (RFC 8098) and feedback (RFC 5965), read and built.
//!
//! [`Report::of`] finds the report in a message; [`Dsn`], [`Mdn`] and [`Complaint`] build one.
//!
//! ```
//! use mailwright_message::Message;
//! use mailwright_message::report::{Action, Content, Report};
//!
//! let bounce = b"Content-Type: multipart/report; boundary=b; report-type=delivery-status\r\n\r\n\
//!     --b\r\n\r\nSorry.\r\n\
//!     --b\r\nContent-Type: message/delivery-status\r\n\r\n\
//!     Reporting-MTA: dns; mx.example.test\r\n\r\n\
//!     Final-Recipient: rfc822; nobody@example.test\r\nAction: failed\r\nStatus: 5.1.1\r\n\
//!     --b--\r\n";
//! let message = Message::parse(bounce);
//! let Some(Content::Delivery(status)) = Report::of(&message).map(|report| report.content) else {
//!     panic!("it is a delivery status notification");
//! };
//! assert_eq!(status.recipients[0].action, Some(Action::Failed));
//! ```

mod delivery;
mod disposition;
mod dsn;
mod feedback;
mod fields;
mod notification;
mod status;

pub use delivery::{DeliveryStatus, RecipientStatus};
pub use disposition::{Disposition, DispositionNotification, DispositionType, Mdn};
pub use dsn::Dsn;
pub use feedback::{Complaint, Feedback};
pub use notification::{Machine, Notification, Returned};
pub use status::{Action, Status, Typed};

use crate::{Kind, Message, Part};

/// The report in a message.
#[derive(Debug, Clone)]
pub struct Report<'m, 'a> {
    /// What it says.
    pub content: Content,
    /// What is returned of the message it is about: a `message/rfc822` (or `message/global`) part with the message in
    /// it, or a part of header fields.
    pub original: Option<Part<'m, 'a>>,
}

/// What a report says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// About delivery.
    Delivery(DeliveryStatus),
    /// About what a recipient did.
    Disposition(DispositionNotification),
    /// A complaint.
    Feedback(Feedback),
}

impl<'m, 'a> Report<'m, 'a> {
    /// The first report in `message`, wherever in its parts; those within a message in it only if there is no other.
    pub fn of(message: &'m Message<'a>) -> Option<Self> {
        let mut nested_until = 0;
        let mut nested = None;
        for part in message.parts() {
            if part.kind() == Kind::Message {
                nested_until = nested_until.max(part.index() + part.subtree().len());
            }
            let Some(content) = content_of(&part) else { continue };
            if part.index() >= nested_until {
                return Some(Self::around(content, &part));
            }
            nested.get_or_insert((content, part));
        }
        nested.map(|(content, part)| Self::around(content, &part))
    }

    /// As [`Report::of`], and where a bounce lost its structure (wrong boundaries, fields within a text) a delivery status
    /// read from the lines of a text part, if they look like one.
    ///
    /// For software that handles bounces: a mail that merely quotes a report gives one too.
    pub fn salvage(message: &'m Message<'a>) -> Option<Self> {
        Self::of(message).or_else(|| {
            let mut nested_until = 0;
            message.parts().find_map(|part| {
                if part.kind() == Kind::Message {
                    nested_until = nested_until.max(part.index() + part.subtree().len());
                }
                let content_type = part.content_type();
                let opaque = part.kind() == Kind::Leaf && !content_type.is("message", "rfc822");
                if part.index() < nested_until || !opaque {
                    return None;
                }
                let status = DeliveryStatus::salvage(&part.decoded())?;
                Some(Self { content: Content::Delivery(status), original: None })
            })
        })
    }

    fn around(content: Content, part: &Part<'m, 'a>) -> Self {
        let after = part.parent().into_iter().flat_map(|parent| parent.children());
        let original = after.skip_while(|other| other.index() <= part.index()).find(|other| {
            let content_type = other.content_type();
            other.kind() == Kind::Message
                || content_type.is("message", "rfc822")
                || content_type.is("message", "global")
                || content_type.is("text", "rfc822-headers")
                || content_type.is("message", "rfc822-headers")
                || content_type.is("message", "global-headers")
        });
        Self { content, original }
    }
}

fn content_of(part: &Part<'_, '_>) -> Option<Content> {
    let content_type = part.content_type();
    if !content_type.is_type("message") {
        return None;
    }
    match content_type.subtype().to_ascii_lowercase().as_str() {
        "delivery-status" | "global-delivery-status" => {
            Some(Content::Delivery(DeliveryStatus::parse(&part.decoded())))
        }
        "disposition-notification" | "global-disposition-notification" => {
            Some(Content::Disposition(DispositionNotification::parse(&part.decoded())))
        }
        "feedback-report" => Some(Content::Feedback(Feedback::parse(&part.decoded()))),
        _ => None,
    }
}
