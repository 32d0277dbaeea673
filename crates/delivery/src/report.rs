//! Reports to the sender: what happened, which server said so, and what to do (RFC 3461, RFC 3464).
mod advice;

use std::fmt::Write as _;

use mailwright_message::Message;
use mailwright_message::build::{DateTime, Error};
use mailwright_message::encoding::transfer::TransferEncoding;
use mailwright_message::report::{Action, DeliveryStatus, Dsn, RecipientStatus, Returned, Status, Typed};
use mailwright_smtp::types::{BodyType, Mail, Ret};
use mailwright_store::{QueueEntry, Timestamp};

use crate::envelope::Parameters;
use crate::facts::{Attempt, Facts};

/// A report about some recipients of one mail.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// `failed`, `delayed`, `relayed` or `delivered`.
    pub action: Action,
    /// The name of this server.
    pub hostname: &'a str,
    /// The mail that it is about.
    pub entry: &'a QueueEntry,
    /// When it is written.
    pub now: Timestamp,
    /// Until when a delayed mail is tried.
    pub until: Timestamp,
    /// The recipients: address, what is known, and the status to report.
    pub recipients: Vec<(&'a str, &'a Facts, String)>,
    /// The mail itself, or as much of it as there is; only its header is returned then.
    pub original: &'a [u8],
    /// Whether `original` is all of it.
    pub whole: bool,
}

/// A finished report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The message.
    pub message: Vec<u8>,
    /// What it is declared as when it goes out.
    pub body: BodyType,
    /// Whether it needs `SMTPUTF8`.
    pub smtputf8: bool,
}

impl Report<'_> {
    /// Writes it, addressed to the sender.
    ///
    /// # Errors
    /// The sender's address or another part cannot stand in a message.
    pub fn write(&self) -> Result<Written, Error> {
        let asked = Parameters::of(self.entry);
        let (mail, wishes) = (asked.mail(self.entry, self.now), &asked.wishes);
        let mut status = DeliveryStatus::new(self.hostname).arrived(date(self.entry.created));
        status.original_envelope_id = mail.parameters.envid.as_ref().map(ToString::to_string);
        let asked = wishes.asked().map(|asked| ("Future-Release-Request", asked.to_owned()));
        let by = wishes.by().map(|by| ("Deliver-By-Date", date(by).to_string()));
        status.extensions =
            [asked, by].into_iter().flatten().map(|(name, value)| (name.into(), value)).collect();
        status.recipients = self.recipients.iter().map(|r| self.recipient(r.0, r.1, &r.2)).collect();
        let original = Message::parse(self.original);
        let from = format!("MAILER-DAEMON@{}", self.hostname);
        let id = format!("{}.{}.{}@{}", self.action.name(), self.entry.id, self.now.value(), self.hostname);
        let seed = (u128::from(self.entry.id.value()) << 64) | u128::from(self.now.value().unsigned_abs());
        // An address that needs SMTPUTF8 is reached by SMTPUTF8 alone; every other sender gets US-ASCII.
        let smtputf8 = !self.entry.reverse_path.is_ascii();
        let mut dsn = Dsn::new(("Mail delivery", from.as_str()), self.entry.reverse_path.as_str(), status)
            .date(date(self.now))
            .message_id(&id)
            .seed(seed)
            .utf8_headers(smtputf8)
            .subject(self.subject())
            .text(self.text(&original))
            .returned(self.returned(&mail));
        if let Some(about) = original.message_id() {
            dsn = dsn.about(&about);
        }
        let composed = dsn.build()?;
        let body = match composed.transport() {
            TransferEncoding::EightBit => BodyType::EightBitMime,
            TransferEncoding::Binary => BodyType::BinaryMime,
            _ => BodyType::SevenBit,
        };
        Ok(Written { message: composed.to_vec(), body, smtputf8 })
    }

    fn recipient(&self, address: &str, facts: &Facts, status: &str) -> RecipientStatus {
        let status = Status::parse(status).unwrap_or(Status { class: 5, subject: 0, detail: 0 });
        let mut group = RecipientStatus::new(Typed::address(address), self.action, status);
        group.original_recipient = facts.orcpt.as_ref().map(|(kind, address)| Typed::new(kind, address));
        if let Some(last) = facts.attempts.last() {
            group = group.last_attempt(date(Timestamp::new(last.at)));
            // RFC 3464 §2.3.5: only where another system said it.
            if let Some(reply) = &last.reply {
                group.remote_mta = last.host.as_deref().map(Typed::dns);
                group.diagnostic_code = Some(Typed::smtp(reply));
            } else if let Some(text) = &last.text {
                group.diagnostic_code = Some(Typed::new("x-mailwright", text));
            }
        }
        if self.action == Action::Delayed {
            group.will_retry_until = Some(date(self.until).to_string());
        }
        group
    }

    /// RFC 3461 §4.3: `RET` is about failures; other reports return the header. So does every report on a mail with
    /// `REQUIRETLS` (RFC 8689 §5).
    fn returned(&self, mail: &Mail) -> Returned<'_> {
        let wanted = mail.parameters.ret != Some(Ret::Hdrs) && !mail.parameters.require_tls;
        if self.action == Action::Failed && self.whole && wanted {
            Returned::Message(self.original.into())
        } else {
            Returned::Headers(self.original.into())
        }
    }

    fn subject(&self) -> &'static str {
        match self.action {
            Action::Failed => "Your message could not be delivered",
            Action::Delayed => "Your message is delayed",
            Action::Relayed => "Your message was passed on",
            Action::Delivered | Action::Expanded => "Your message was delivered",
        }
    }

    fn text(&self, original: &Message<'_>) -> String {
        let mut text = format!("This is the mail system at {}.\n\n", self.hostname);
        let subject = original.subject().map(|subject| plain(&subject)).filter(|subject| !subject.is_empty());
        let subject = subject.map(|subject| format!(" \"{subject}\"")).unwrap_or_default();
        let message = format!("Your message{subject} of {}", date(self.entry.created));
        let sentence = match self.action {
            Action::Failed => {
                format!("{message} could not be delivered to the following address, and is not tried again.")
            }
            Action::Delayed => format!(
                "{message} has not been delivered to the following address yet. You need not send it again: \
                 it is tried until {}.",
                date(self.until)
            ),
            Action::Relayed => format!(
                "{message} was passed on for the following address, to a system that does not report further."
            ),
            Action::Delivered | Action::Expanded => {
                format!("{message} was delivered to the following address.")
            }
        };
        text.push_str(&sentence);
        text.push('\n');
        for (address, facts, status) in &self.recipients {
            // Writing to a string does not fail.
            let _ = write!(text, "\n    {}\n", plain(address));
            if let Some(last) = facts.attempts.last() {
                explain(&mut text, last);
            }
            let advice = advice::of(self.action, status);
            if !advice.is_empty() {
                let _ = writeln!(text, "        {advice}");
            }
        }
        text
    }
}

fn explain(text: &mut String, last: &Attempt) {
    let host = last.host.as_deref().map(plain).unwrap_or_default();
    let address = last.address.map(|address| format!(" [{}]", address.ip())).unwrap_or_default();
    // Writing to a string does not fail.
    let _ = match (&last.reply, &last.text) {
        (Some(reply), _) => writeln!(text, "        {host}{address} said: {}", plain(reply)),
        (None, Some(what)) if !host.is_empty() => writeln!(text, "        {host}{address}: {}", plain(what)),
        (None, Some(what)) => writeln!(text, "        {}", plain(what)),
        (None, None) => Ok(()),
    };
}

/// What others said cannot shape the text: no control characters, and not without end.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(500).collect()
}

fn date(time: Timestamp) -> DateTime {
    DateTime::from_unix(time.secs())
}
