//! `message/feedback-report`: a complaint about a message (RFC 5965).

use super::delivery::{write_extensions, write_text, write_typed};
use super::fields::{self, Item};
use super::notification::{Machine, Notification, sealed::Sealed};
use super::status::Typed;
use crate::build::Error;

/// A complaint to be sent; the message it is about must be returned, whole or its header (RFC 5965 §2 d).
pub type Complaint<'a> = Notification<'a, Feedback>;

/// What is complained about.
///
/// Values are as written; what does not fit a field is never written into another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Feedback {
    /// `Feedback-Type`: `abuse`, `fraud`, `virus`, `other`, `not-spam`, `auth-failure` or another.
    pub feedback_type: Option<String>,
    /// `User-Agent`: the software that made the report.
    pub user_agent: Option<String>,
    /// `Version` of the format, which is 1.
    pub version: Option<String>,
    /// `Original-Envelope-Id`.
    pub original_envelope_id: Option<String>,
    /// `Original-Mail-From`: the reverse path of the message.
    pub original_mail_from: Option<String>,
    /// `Original-Rcpt-To`, each once per recipient.
    pub original_rcpt_to: Vec<String>,
    /// `Arrival-Date`, or the `Received-Date` of older reports.
    pub arrival_date: Option<String>,
    /// `Reporting-MTA`.
    pub reporting_mta: Option<Typed>,
    /// `Source-IP`: from where the message came.
    pub source_ip: Option<String>,
    /// `Incidents`: how many messages this report stands for.
    pub incidents: Option<u64>,
    /// `Authentication-Results`.
    pub authentication_results: Vec<String>,
    /// `Reported-Domain`.
    pub reported_domains: Vec<String>,
    /// `Reported-URI`.
    pub reported_uris: Vec<String>,
    /// Fields of other names, in order; when read, also those that came again, which are not written.
    pub extensions: Vec<(String, String)>,
}

impl Feedback {
    /// The fields that must be there (RFC 5965 §3.1).
    pub fn new(feedback_type: &str, user_agent: &str) -> Self {
        Self {
            feedback_type: Some(feedback_type.to_owned()),
            user_agent: Some(user_agent.to_owned()),
            version: Some("1".to_owned()),
            ..Self::default()
        }
    }

    /// Reads the (decoded) body of a `message/feedback-report` part. Never fails; the first of each field counts.
    ///
    /// ```
    /// use mailwright_message::report::Feedback;
    /// let feedback = Feedback::parse(b"Feedback-Type: abuse\r\nVersion: 1\r\nSource-IP: 192.0.2.2\r\n");
    /// assert_eq!(feedback.feedback_type.as_deref(), Some("abuse"));
    /// ```
    pub fn parse(data: &[u8]) -> Self {
        let mut out = Self::default();
        for item in fields::read(data) {
            let Item::Field(name, value) = item else { continue };
            let once = match name.to_ascii_lowercase().as_str() {
                "feedback-type" => &mut out.feedback_type,
                "user-agent" => &mut out.user_agent,
                "version" => &mut out.version,
                "original-envelope-id" => &mut out.original_envelope_id,
                "original-mail-from" => &mut out.original_mail_from,
                "arrival-date" | "received-date" => &mut out.arrival_date,
                "source-ip" => &mut out.source_ip,
                "original-rcpt-to" => {
                    out.original_rcpt_to.push(value);
                    continue;
                }
                "authentication-results" => {
                    out.authentication_results.push(value);
                    continue;
                }
                "reported-domain" => {
                    out.reported_domains.push(value);
                    continue;
                }
                "reported-uri" => {
                    out.reported_uris.push(value);
                    continue;
                }
                "reporting-mta" if out.reporting_mta.is_none() => {
                    out.reporting_mta = Some(Typed::parse(&value));
                    continue;
                }
                "incidents" if out.incidents.is_none() && value.parse::<u64>().is_ok() => {
                    out.incidents = value.parse().ok();
                    continue;
                }
                _ => {
                    out.extensions.push((name, value));
                    continue;
                }
            };
            if once.is_some() {
                out.extensions.push((name, value));
            } else {
                *once = Some(value);
            }
        }
        out
    }

    /// The body of a `message/feedback-report` part, US-ASCII.
    ///
    /// # Errors
    /// `Feedback-Type`, `User-Agent` or `Version` is missing, or an extension's name is none.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::new();
        let must = |value: &'_ Option<String>, name| value.clone().ok_or(Error::Missing(name));
        fields::write("Feedback-Type", &must(&self.feedback_type, "Feedback-Type")?, &mut out)?;
        fields::write("User-Agent", &must(&self.user_agent, "User-Agent")?, &mut out)?;
        fields::write("Version", &must(&self.version, "Version")?, &mut out)?;
        write_text("Original-Envelope-Id", self.original_envelope_id.as_deref(), &mut out)?;
        write_text("Original-Mail-From", self.original_mail_from.as_deref(), &mut out)?;
        write_text("Arrival-Date", self.arrival_date.as_deref(), &mut out)?;
        write_typed("Reporting-MTA", self.reporting_mta.as_ref(), &mut out)?;
        write_text("Source-IP", self.source_ip.as_deref(), &mut out)?;
        write_text("Incidents", self.incidents.map(|count| count.to_string()).as_deref(), &mut out)?;
        for (name, values) in [
            ("Authentication-Results", &self.authentication_results),
            ("Original-Rcpt-To", &self.original_rcpt_to),
            ("Reported-Domain", &self.reported_domains),
            ("Reported-URI", &self.reported_uris),
        ] {
            values.iter().try_for_each(|value| fields::write(name, value, &mut out))?;
        }
        write_extensions(&self.extensions, &KNOWN, &mut out)?;
        Ok(out)
    }
}

/// The fields that have a place of their own.
const KNOWN: [&str; 14] = [
    "Feedback-Type",
    "User-Agent",
    "Version",
    "Original-Envelope-Id",
    "Original-Mail-From",
    "Arrival-Date",
    "Received-Date",
    "Reporting-MTA",
    "Source-IP",
    "Incidents",
    "Authentication-Results",
    "Original-Rcpt-To",
    "Reported-Domain",
    "Reported-URI",
];

impl Sealed for Feedback {}

impl Machine for Feedback {
    const REPORT_TYPE: &'static str = "feedback-report";
    const MEDIA_TYPE: &'static str = "message/feedback-report";
    const GLOBAL_TYPE: Option<&'static str> = None;
    const NULL_SENDER: bool = false;

    fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        self.to_bytes()
    }

    fn subject(&self) -> String {
        format!("Feedback report: {}", fields::plain(self.feedback_type.as_deref().unwrap_or("other")))
    }

    fn explanation(&self) -> String {
        let kind = fields::plain(self.feedback_type.as_deref().unwrap_or("other"));
        let source = self.source_ip.as_deref().map(|ip| format!(" It came from {}.", fields::plain(ip)));
        format!(
            "This is a report ({kind}) about a message that is returned with it.{}\n",
            source.unwrap_or_default()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let feedback = Feedback {
            original_mail_from: Some("<spammer@example.net>".into()),
            original_rcpt_to: vec!["<a@example.test>".into(), "<b@example.test>".into()],
            arrival_date: Some("Thu, 8 Mar 2005 14:00:00 EDT".into()),
            reporting_mta: Some(Typed::dns("mx.example.test")),
            source_ip: Some("192.0.2.1".into()),
            incidents: Some(7),
            authentication_results: vec!["mx.example.test; spf=fail".into()],
            reported_domains: vec!["example.net".into()],
            reported_uris: vec!["http://example.net/".into(), "mailto:x@example.net".into()],
            extensions: vec![("Removal-Recipient".into(), "a@example.test".into())],
            ..Feedback::new("abuse", "Mailwright/1")
        };
        assert_eq!(Feedback::parse(&feedback.to_bytes().unwrap()), feedback);
        assert_eq!(Feedback::default().to_bytes(), Err(Error::Missing("Feedback-Type")));
    }
}
