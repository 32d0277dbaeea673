//! `message/disposition-notification`: what a recipient did with a message (RFC 8098).

use std::fmt;

use super::delivery::{write_extensions, write_text, write_typed};
use super::fields::{self, Item};
use super::notification::{Machine, Notification, sealed::Sealed};
use super::status::Typed;
use crate::build::Error;

/// A message disposition notification to be sent, the "read receipt"; only where the recipient agrees (RFC 8098 §2.1).
///
/// The envelope of the result has no sender (RFC 8098 §3).
pub type Mdn<'a> = Notification<'a, DispositionNotification>;

/// What became of a message at its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DispositionNotification {
    /// `Reporting-UA`: `ua-name [";" ua-product]`.
    pub reporting_ua: Option<String>,
    /// `MDN-Gateway`.
    pub mdn_gateway: Option<Typed>,
    /// `Original-Recipient`, as in the message.
    pub original_recipient: Option<Typed>,
    /// `Final-Recipient`: whose mailbox it is.
    pub final_recipient: Option<Typed>,
    /// `Original-Message-ID`, as written.
    pub original_message_id: Option<String>,
    /// `Disposition`.
    pub disposition: Option<Disposition>,
    /// `Error` fields.
    pub errors: Vec<String>,
    /// Fields of other names, in order; when read, also those that came again, which are not written.
    pub extensions: Vec<(String, String)>,
}

/// `disposition-mode ";" disposition-type [ "/" disposition-modifier *( "," disposition-modifier ) ]`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Disposition {
    /// `automatic-action` rather than `manual-action`: software decided.
    pub automatic_action: bool,
    /// `MDN-sent-automatically` rather than `MDN-sent-manually`: nobody confirmed the sending.
    pub sent_automatically: bool,
    /// What was done.
    pub kind: DispositionType,
    /// `error` or an extension, in order.
    pub modifiers: Vec<String>,
}

/// `disposition-type = "displayed" / "deleted" / "dispatched" / "processed"`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DispositionType {
    /// Shown to somebody. It says nothing of having been read or understood.
    Displayed,
    /// Sent on without being shown.
    Dispatched,
    /// Processed by rules or a server, without being shown.
    Processed,
    /// Deleted; whether shown before is not known.
    Deleted,
}

impl DispositionType {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Displayed, "displayed"),
        (Self::Dispatched, "dispatched"),
        (Self::Processed, "processed"),
        (Self::Deleted, "deleted"),
    ];
}

impl Disposition {
    /// Done by the user, and sent with the user's consent.
    pub fn manual(kind: DispositionType) -> Self {
        Self { automatic_action: false, sent_automatically: false, kind, modifiers: Vec::new() }
    }

    /// Reads a field value; white space goes anywhere, the mode may be missing.
    pub fn parse(value: &str) -> Option<Self> {
        let (mode, rest) = value.split_once(';').unwrap_or(("", value));
        let (kind, modifiers) = rest.split_once('/').unwrap_or((rest, ""));
        let word = kind.split_whitespace().next()?;
        let (kind, _) = DispositionType::ALL.into_iter().find(|(_, name)| name.eq_ignore_ascii_case(word))?;
        let (action, sending) = mode.split_once('/').unwrap_or((mode, ""));
        // Written, a control character becomes a space: at an end of a modifier neither is part of it.
        let bare =
            |text: &'_ str| text.trim_matches(|c: char| c.is_whitespace() || c.is_control()).to_owned();
        let modifiers = modifiers.split(',').map(bare).filter(|text| !text.is_empty());
        Some(Self {
            automatic_action: action.trim().eq_ignore_ascii_case("automatic-action"),
            sent_automatically: sending.trim().eq_ignore_ascii_case("MDN-sent-automatically"),
            kind,
            modifiers: modifiers.collect(),
        })
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let action = if self.automatic_action { "automatic-action" } else { "manual-action" };
        let sending = if self.sent_automatically { "MDN-sent-automatically" } else { "MDN-sent-manually" };
        let kind = DispositionType::ALL
            .into_iter()
            .find(|(kind, _)| *kind == self.kind)
            .map_or("", |(_, name)| name);
        write!(f, "{action}/{sending}; {kind}")?;
        for (i, modifier) in self.modifiers.iter().enumerate() {
            write!(f, "{}{modifier}", if i == 0 { "/" } else { "," })?;
        }
        Ok(())
    }
}

impl DispositionNotification {
    /// The fields that must be there (RFC 8098 §3.1).
    pub fn new(final_recipient: Typed, disposition: Disposition) -> Self {
        Self { final_recipient: Some(final_recipient), disposition: Some(disposition), ..Self::default() }
    }

    /// Reads the (decoded) body of a `message/disposition-notification` part. Never fails; the first of each field counts.
    ///
    /// ```
    /// use mailwright_message::report::{DispositionNotification, DispositionType};
    /// let notification = DispositionNotification::parse(
    ///     b"Final-Recipient: rfc822;joe@example.test\r\n\
    ///       Disposition: manual-action/MDN-sent-manually; displayed\r\n",
    /// );
    /// assert_eq!(notification.disposition.map(|d| d.kind), Some(DispositionType::Displayed));
    /// ```
    pub fn parse(data: &[u8]) -> Self {
        let mut out = Self::default();
        for item in fields::read(data) {
            let Item::Field(name, value) = item else { continue };
            let typed = || Some(Typed::parse(&value));
            match name.to_ascii_lowercase().as_str() {
                "reporting-ua" if out.reporting_ua.is_none() => out.reporting_ua = Some(value),
                "mdn-gateway" if out.mdn_gateway.is_none() => out.mdn_gateway = typed(),
                "original-recipient" if out.original_recipient.is_none() => out.original_recipient = typed(),
                "final-recipient" if out.final_recipient.is_none() => out.final_recipient = typed(),
                "original-message-id" if out.original_message_id.is_none() => {
                    out.original_message_id = Some(value);
                }
                "error" => out.errors.push(value),
                "disposition" if out.disposition.is_none() && Disposition::parse(&value).is_some() => {
                    out.disposition = Disposition::parse(&value);
                }
                _ => out.extensions.push((name, value)),
            }
        }
        out
    }

    /// The body of a `message/disposition-notification` part, US-ASCII.
    ///
    /// # Errors
    /// `Final-Recipient` or `Disposition` is missing, or an extension's name is none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        let recipient = self.final_recipient.as_ref().ok_or(Error::Missing("Final-Recipient"))?;
        let disposition = self.disposition.as_ref().ok_or(Error::Missing("Disposition"))?;
        write_text("Reporting-UA", self.reporting_ua.as_deref(), &mut out)?;
        write_typed("MDN-Gateway", self.mdn_gateway.as_ref(), &mut out)?;
        write_typed("Original-Recipient", self.original_recipient.as_ref(), &mut out)?;
        write_typed("Final-Recipient", Some(recipient), &mut out)?;
        write_text("Original-Message-ID", self.original_message_id.as_deref(), &mut out)?;
        fields::write("Disposition", &disposition.to_string(), &mut out)?;
        for error in &self.errors {
            fields::write("Error", error, &mut out)?;
        }
        write_extensions(&self.extensions, &KNOWN, &mut out)?;
        Ok(out)
    }
}

/// The fields that have a place of their own.
const KNOWN: [&str; 7] = [
    "Reporting-UA",
    "MDN-Gateway",
    "Original-Recipient",
    "Final-Recipient",
    "Original-Message-ID",
    "Disposition",
    "Error",
];

impl Sealed for DispositionNotification {}

impl Machine for DispositionNotification {
    const REPORT_TYPE: &'static str = "disposition-notification";
    const MEDIA_TYPE: &'static str = "message/disposition-notification";
    const GLOBAL_TYPE: Option<&'static str> = Some("message/global-disposition-notification");
    const NULL_SENDER: bool = true;

    fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.to_bytes()
    }

    fn subject(&self) -> String {
        match self.disposition.as_ref().map(|disposition| disposition.kind) {
            Some(DispositionType::Displayed) => "Your message was displayed".to_owned(),
            _ => "What became of your message".to_owned(),
        }
    }

    fn explanation(&self) -> String {
        let recipient = self.final_recipient.as_ref().map_or("", |typed| &typed.value);
        let done = match self.disposition.as_ref().map(|disposition| disposition.kind) {
            Some(DispositionType::Displayed) => {
                "was displayed. This is no guarantee that it was read or understood"
            }
            Some(DispositionType::Dispatched) => "was sent on without being displayed",
            Some(DispositionType::Processed) => "was processed without being displayed",
            Some(DispositionType::Deleted) | None => "was deleted; it may not have been displayed before",
        };
        format!("Your message to {} {done}.\n", fields::plain(recipient))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let notification = DispositionNotification {
            reporting_ua: Some("ua.example.test; Mail 1.0".into()),
            original_recipient: Some(Typed::address("a@example.test")),
            original_message_id: Some("<1@example.test>".into()),
            errors: vec!["one".into(), "two".into()],
            extensions: vec![("X-A".into(), "b".into())],
            ..DispositionNotification::new(
                Typed::address("b@example.test"),
                Disposition {
                    automatic_action: true,
                    sent_automatically: true,
                    kind: DispositionType::Deleted,
                    modifiers: vec!["error".into(), "x-late".into()],
                },
            )
        };
        assert_eq!(DispositionNotification::parse(&notification.to_bytes().unwrap()), notification);
        assert_eq!(DispositionNotification::default().to_bytes(), Err(Error::Missing("Final-Recipient")));
    }

    #[test]
    fn dispositions_are_read_as_they_come() {
        let parsed =
            Disposition::parse(" Manual-Action / mdn-sent-automatically ;Displayed / error , ,x").unwrap();
        assert_eq!((parsed.automatic_action, parsed.sent_automatically), (false, true));
        assert_eq!(parsed.modifiers, ["error", "x"]);
        assert_eq!(Disposition::parse("displayed").unwrap().kind, DispositionType::Displayed);
        for text in ["", ";", "manual-action/MDN-sent-manually", "a; eaten"] {
            assert_eq!(Disposition::parse(text), None, "{text:?}");
        }
    }
}
