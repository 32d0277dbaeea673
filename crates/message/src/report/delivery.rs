//! `message/delivery-status` (RFC 3464 §2): read and written.

use super::fields::{self, Item};
use super::status::{Action, Status, Typed};
use crate::build::{DateTime, Error};

/// What an MTA tells about the delivery of one message.
///
/// Read from real mail everything may be missing; [`super::Dsn`] writes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryStatus {
    /// `Original-Envelope-Id`: the `ENVID` the sender gave (RFC 3461 §4.4).
    pub original_envelope_id: Option<String>,
    /// `Reporting-MTA`: who attempted the delivery.
    pub reporting_mta: Option<Typed>,
    /// `DSN-Gateway`: the gateway that translated a foreign report.
    pub dsn_gateway: Option<Typed>,
    /// `Received-From-MTA`: from whom the reporter had the message.
    pub received_from_mta: Option<Typed>,
    /// `Arrival-Date`: when it arrived there, as written.
    pub arrival_date: Option<String>,
    /// Fields of the message of other names, in order; likewise.
    pub extensions: Vec<(String, String)>,
    /// One group for each recipient.
    pub recipients: Vec<RecipientStatus>,
}

/// What became of one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecipientStatus {
    /// `Original-Recipient`: the `ORCPT` the sender gave (RFC 3461 §4.2).
    pub original_recipient: Option<Typed>,
    /// `Final-Recipient`: whom the reporter tried to deliver to.
    pub final_recipient: Option<Typed>,
    /// `Action`.
    pub action: Option<Action>,
    /// `Status`.
    pub status: Option<Status>,
    /// `Remote-MTA`: the server that answered.
    pub remote_mta: Option<Typed>,
    /// `Diagnostic-Code`: what it answered.
    pub diagnostic_code: Option<Typed>,
    /// `Last-Attempt-Date`, as written.
    pub last_attempt_date: Option<String>,
    /// `Final-Log-ID`: what to look for in the reporter's log.
    pub final_log_id: Option<String>,
    /// `Will-Retry-Until`, as written.
    pub will_retry_until: Option<String>,
    /// Fields of other names, in order; when read, also those that came again or could not be understood, which are not
    /// written.
    pub extensions: Vec<(String, String)>,
}

impl RecipientStatus {
    /// The three fields that must be there (RFC 3464 §2.3).
    pub fn new(final_recipient: Typed, action: Action, status: Status) -> Self {
        Self {
            final_recipient: Some(final_recipient),
            action: Some(action),
            status: Some(status),
            ..Self::default()
        }
    }

    /// Notes when delivery was last attempted.
    #[must_use]
    pub fn last_attempt(mut self, date: impl Into<DateTime>) -> Self {
        self.last_attempt_date = Some(date.into().to_string());
        self
    }

    /// The slot of a field, for the names that go by recipient.
    fn set(&mut self, name: &str, value: &str) -> Set {
        fn once<T>(slot: &mut Option<T>, value: Option<T>) -> Set {
            match (slot.is_some(), value) {
                (true, _) => Set::Taken,
                (false, Some(value)) => {
                    *slot = Some(value);
                    Set::Done
                }
                (false, None) => Set::Invalid,
            }
        }
        let text = || Some(value.to_owned()).filter(|value| !value.is_empty());
        let typed = || Some(Typed::parse(value)).filter(|typed| !typed.value.is_empty());
        match name.to_ascii_lowercase().as_str() {
            "original-recipient" => once(&mut self.original_recipient, typed()),
            "final-recipient" => once(&mut self.final_recipient, typed()),
            "action" => once(&mut self.action, Action::from_name(value)),
            "status" => once(&mut self.status, Status::parse(value)),
            "remote-mta" => once(&mut self.remote_mta, typed()),
            "diagnostic-code" => once(&mut self.diagnostic_code, typed()),
            "last-attempt-date" => once(&mut self.last_attempt_date, text()),
            "final-log-id" => once(&mut self.final_log_id, text()),
            "will-retry-until" => once(&mut self.will_retry_until, text()),
            _ => Set::Unknown,
        }
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let Self { action, status, .. } = self;
        write_typed("Original-Recipient", self.original_recipient.as_ref(), out)?;
        write_typed(
            "Final-Recipient",
            Some(self.final_recipient.as_ref().ok_or(Error::Missing("Final-Recipient"))?),
            out,
        )?;
        fields::write("Action", action.ok_or(Error::Missing("Action"))?.name(), out)?;
        fields::write("Status", &status.ok_or(Error::Missing("Status"))?.to_string(), out)?;
        write_typed("Remote-MTA", self.remote_mta.as_ref(), out)?;
        write_typed("Diagnostic-Code", self.diagnostic_code.as_ref(), out)?;
        write_text("Last-Attempt-Date", self.last_attempt_date.as_deref(), out)?;
        write_text("Final-Log-ID", self.final_log_id.as_deref(), out)?;
        write_text("Will-Retry-Until", self.will_retry_until.as_deref(), out)?;
        write_extensions(&self.extensions, &KNOWN, out)
    }
}

enum Set {
    Done,
    /// There already: another recipient begins.
    Taken,
    /// The value is none; kept with the extensions, so that nothing is lost.
    Invalid,
    Unknown,
}

impl DeliveryStatus {
    /// Of a reporter named by its domain.
    pub fn new(reporting_mta: &str) -> Self {
        Self { reporting_mta: Some(Typed::dns(reporting_mta)), ..Self::default() }
    }

    /// Notes when the message arrived.
    #[must_use]
    pub fn arrived(mut self, date: impl Into<DateTime>) -> Self {
        self.arrival_date = Some(date.into().to_string());
        self
    }

    /// Adds a recipient.
    #[must_use]
    pub fn recipient(mut self, recipient: RecipientStatus) -> Self {
        self.recipients.push(recipient);
        self
    }

    /// Reads the (decoded) body of a `message/delivery-status` part. Never fails: blank lines may be missing or doubled,
    /// a field that comes again starts another recipient, the first of each counts, nothing is dropped.
    ///
    /// ```
    /// use mailwright_message::report::{Action, DeliveryStatus};
    /// let status = DeliveryStatus::parse(
    ///     b"Reporting-MTA: dns; a.test\r\n\r\nFinal-Recipient: rfc822; x@b.test\r\nAction: failed\r\nStatus: 5.1.1\r\n",
    /// );
    /// assert_eq!(status.recipients[0].action, Some(Action::Failed));
    /// ```
    pub fn parse(data: &[u8]) -> Self {
        let mut out = Self::default();
        // Whether an empty line has come since the last field of the recipient.
        let mut fresh = true;
        let mut in_recipient = false;
        for item in fields::read(data) {
            let Item::Field(name, value) = item else {
                fresh = true;
                continue;
            };
            let mut trial = RecipientStatus::default();
            if let Set::Unknown = trial.set(&name, &value) {
                if !out.set(&name, &value) {
                    match out.recipients.last_mut() {
                        Some(recipient) if in_recipient => recipient.extensions.push((name, value)),
                        _ => out.extensions.push((name, value)),
                    }
                }
                continue;
            }
            in_recipient = true;
            // An empty line starts a recipient; one that has no address yet may go on all the same.
            let starts = match out.recipients.last() {
                None => true,
                Some(last) => fresh && (last.final_recipient.is_some() || last.original_recipient.is_some()),
            };
            if starts {
                out.recipients.push(RecipientStatus::default());
            }
            fresh = false;
            let Some(recipient) = out.recipients.last_mut() else { continue };
            match recipient.set(&name, &value) {
                Set::Done | Set::Unknown => {}
                Set::Invalid => recipient.extensions.push((name, value)),
                Set::Taken if name.to_ascii_lowercase().ends_with("-recipient") => out.recipients.push(trial),
                Set::Taken => recipient.extensions.push((name, value)),
            }
        }
        out
    }

    /// Reads a status out of a text that holds its lines: from the first that starts with `Reporting-MTA:`,
    /// `Original-Recipient:` or `Final-Recipient:` to one that starts with `--`. `None`: no recipient there.
    pub fn salvage(text: &[u8]) -> Option<Self> {
        const FIRST: [&[u8]; 3] = [b"reporting-mta:", b"original-recipient:", b"final-recipient:"];
        let starts = |line: &[u8], name: &[u8]| {
            line.get(..name.len()).is_some_and(|own| own.eq_ignore_ascii_case(name))
        };
        let mut at = 0;
        let mut start = None;
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            match start {
                None if FIRST.iter().any(|name| starts(line, name)) => start = Some(at),
                Some(_) if line.starts_with(b"--") => break,
                _ => {}
            }
            at += line.len();
        }
        let status = Self::parse(&text[start?..at]);
        status.recipients.iter().any(|recipient| recipient.final_recipient.is_some()).then_some(status)
    }

    /// Takes a field that goes by message; the first of each name counts.
    fn set(&mut self, name: &str, value: &str) -> bool {
        let typed = match name.to_ascii_lowercase().as_str() {
            "reporting-mta" => &mut self.reporting_mta,
            "dsn-gateway" => &mut self.dsn_gateway,
            "received-from-mta" => &mut self.received_from_mta,
            "original-envelope-id" if self.original_envelope_id.is_none() => {
                self.original_envelope_id = Some(value.to_owned());
                return true;
            }
            "arrival-date" if self.arrival_date.is_none() => {
                self.arrival_date = Some(value.to_owned());
                return true;
            }
            _ => return false,
        };
        if typed.is_some() {
            return false;
        }
        *typed = Some(Typed::parse(value));
        true
    }

    /// The body of a `message/delivery-status` part, US-ASCII.
    ///
    /// # Errors
    /// [`Error::Missing`]: `Reporting-MTA`, a recipient, or of one its `Final-Recipient`, `Action` or `Status`.
    /// [`Error::Syntax`]: an extension's name is no field name.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        if self.recipients.is_empty() {
            return Err(Error::Missing("a recipient"));
        }
        write_text("Original-Envelope-Id", self.original_envelope_id.as_deref(), &mut out)?;
        let reporter = self.reporting_mta.as_ref().ok_or(Error::Missing("Reporting-MTA"))?;
        write_typed("Reporting-MTA", Some(reporter), &mut out)?;
        write_typed("DSN-Gateway", self.dsn_gateway.as_ref(), &mut out)?;
        write_typed("Received-From-MTA", self.received_from_mta.as_ref(), &mut out)?;
        write_text("Arrival-Date", self.arrival_date.as_deref(), &mut out)?;
        write_extensions(&self.extensions, &KNOWN, &mut out)?;
        for recipient in &self.recipients {
            out.extend_from_slice(b"\r\n");
            recipient.write(&mut out)?;
        }
        Ok(out)
    }
}

pub(super) fn write_typed(name: &str, value: Option<&Typed>, out: &mut Vec<u8>) -> Result<(), Error> {
    value.map_or(Ok(()), |value| fields::write(name, &value.to_field(), out))
}

pub(super) fn write_text(name: &str, value: Option<&str>, out: &mut Vec<u8>) -> Result<(), Error> {
    value.map_or(Ok(()), |value| fields::write(name, value, out))
}

/// Writes the fields of other names. One of a name in `known` would be taken for that field, and is left out.
pub(super) fn write_extensions(
    extensions: &[(String, String)],
    known: &[&str],
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let is_known = |name: &str| known.iter().any(|own| own.eq_ignore_ascii_case(name));
    let mut others = extensions.iter().filter(|(name, _)| !is_known(name));
    others.try_for_each(|(name, value)| fields::write(name, value, out))
}

/// The fields that have a place of their own.
const KNOWN: [&str; 14] = [
    "Original-Envelope-Id",
    "Reporting-MTA",
    "DSN-Gateway",
    "Received-From-MTA",
    "Arrival-Date",
    "Original-Recipient",
    "Final-Recipient",
    "Action",
    "Status",
    "Remote-MTA",
    "Diagnostic-Code",
    "Last-Attempt-Date",
    "Final-Log-ID",
    "Will-Retry-Until",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(address: &str) -> RecipientStatus {
        let status = Status { class: 5, subject: 1, detail: 1 };
        RecipientStatus::new(Typed::address(address), Action::Failed, status)
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut status = DeliveryStatus::new("mx.example.test").arrived(DateTime::from_unix(0)).recipient(
            RecipientStatus {
                original_recipient: Some(Typed::new("rfc822", "a+b@example.test")),
                remote_mta: Some(Typed::dns("mail.example.net")),
                diagnostic_code: Some(Typed::smtp("550 5.1.1 <x@example.net>: unknown; try again never")),
                final_log_id: Some("ABC".into()),
                extensions: vec![("X-Queue".into(), "1; 2".into())],
                ..recipient("x@example.net").last_attempt(DateTime::from_unix(60))
            },
        );
        status.original_envelope_id = Some("env 1".into());
        status.recipients.push(recipient("y@example.net"));
        let bytes = status.to_bytes().unwrap();
        assert_eq!(DeliveryStatus::parse(&bytes), status, "{}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_remote_reply_cannot_add_fields_or_recipients() {
        let mut hostile = recipient("x@b");
        hostile.diagnostic_code =
            Some(Typed::smtp("550-a\r\n550 b\r\n\r\nFinal-Recipient: rfc822; y@b\r\n--b--"));
        let bytes = DeliveryStatus::new("a").recipient(hostile).to_bytes().unwrap();
        let read = DeliveryStatus::parse(&bytes);
        assert_eq!(read.recipients.len(), 1);
        assert_eq!(read.recipients[0].final_recipient, Some(Typed::address("x@b")));
    }

    #[test]
    fn an_extension_cannot_pass_for_another_field() {
        let mut odd = recipient("x@b");
        odd.extensions = vec![("final-recipient".into(), "rfc822; y@b".into()), ("X-A".into(), "b".into())];
        let read = DeliveryStatus::parse(&DeliveryStatus::new("a").recipient(odd).to_bytes().unwrap());
        assert_eq!(read.recipients.len(), 1);
        assert_eq!(read.recipients[0].extensions, [("X-A".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn blank_lines_may_be_missing_or_doubled() {
        let fields = "Final-Recipient: rfc822; x@b\nAction: failed\nStatus: 5.0.0\n";
        let other = fields.replace("x@b", "y@b");
        for text in [
            format!("Reporting-MTA: dns; a\n{fields}{other}"),
            format!("\n\nReporting-MTA: dns; a\n\n\n\n{fields}\n\n{other}\n\n"),
            format!("Reporting-MTA: dns; a\n \n{fields}\r\n{other}"),
        ] {
            let read = DeliveryStatus::parse(text.as_bytes());
            assert_eq!(read.recipients.len(), 2, "{text:?}");
            assert_eq!(read.reporting_mta, Some(Typed::dns("a")));
            assert!(read.recipients.iter().all(|r| r.action == Some(Action::Failed) && r.status.is_some()));
        }
    }

    #[test]
    fn a_status_is_found_among_other_lines() {
        let text = b"Sorry.\n\nReporting-MTA: dns; a\n\nFinal-Recipient: rfc822; x@b\nStatus: 5.1.1\n--b\nSubject: s\n";
        let read = DeliveryStatus::salvage(text).unwrap();
        assert_eq!(read.recipients[0].final_recipient, Some(Typed::address("x@b")));
        assert!(read.extensions.is_empty());
        assert_eq!(DeliveryStatus::salvage(b"Final-Recipient of the mail\nStatus: 5.1.1\n"), None);
    }

    #[test]
    fn what_must_be_there_is_asked_for() {
        assert_eq!(DeliveryStatus::new("a").to_bytes(), Err(Error::Missing("a recipient")));
        let incomplete = DeliveryStatus::new("a").recipient(RecipientStatus::default());
        assert_eq!(incomplete.to_bytes(), Err(Error::Missing("Final-Recipient")));
        let nobody = DeliveryStatus::default().recipient(recipient("x@b"));
        assert_eq!(nobody.to_bytes(), Err(Error::Missing("Reporting-MTA")));
    }
}
