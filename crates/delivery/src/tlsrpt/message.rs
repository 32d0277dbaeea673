//! The report of a day to one domain: JSON, and a message that carries it (RFC 8460 §4.4, §5.3).
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use mailwright_message::build::{Builder, DateTime, Error, Field, Part};
use mailwright_store::Timestamp;
use serde_json::{Value, json};

use super::PolicyResult;

/// What is reported to a domain.
#[derive(Clone, Debug)]
pub struct TlsReport<'a> {
    /// Who reports, in words.
    pub organization: &'a str,
    /// An address for questions; its domain is the submitter.
    pub contact: &'a str,
    /// The left part of the report's identifier, unlike that of any other report.
    pub id: &'a str,
    /// The domain that is reported on, in A-labels.
    pub domain: &'a str,
    /// The beginning of the time it is about.
    pub begin: Timestamp,
    /// The end of it.
    pub end: Timestamp,
    /// What was counted.
    pub results: &'a [PolicyResult],
}

impl TlsReport<'_> {
    fn submitter(&self) -> &str {
        self.contact.rsplit_once('@').map_or(self.contact, |(_, domain)| domain)
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        let policy = |result: &PolicyResult| {
            let mut value = json!(result);
            value["policy"]["policy-domain"] = json!(self.domain);
            value
        };
        json!({
            "organization-name": self.organization,
            "date-range": { "start-datetime": utc(self.begin), "end-datetime": utc(self.end) },
            "contact-info": self.contact,
            "report-id": format!("{}@{}", self.id, self.submitter()),
            "policies": self.results.iter().map(policy).collect::<Vec<_>>(),
        })
    }

    /// The name of the file with the report, compressed (RFC 8460 §5.1).
    pub fn file_name(&self) -> String {
        format!("{}!{}!{}!{}.json.gz", self.submitter(), self.domain, self.begin.secs(), self.end.secs())
    }

    /// The report as a message to one of the addresses that the domain has named. It has to be signed with DKIM before
    /// it goes out, and goes however TLS goes.
    ///
    /// # Errors
    /// An address is none.
    pub fn message(&self, to: &str, now: Timestamp) -> Result<Vec<u8>, Error> {
        let submitter = self.submitter();
        let id = format!("{}@{submitter}", self.id);
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        // Writing to memory does not fail.
        let packed = packed
            .write_all(self.json().to_string().as_bytes())
            .and_then(|()| packed.finish())
            .unwrap_or_default();
        let text = format!(
            "This is an aggregate TLS report from {submitter} about {}, from {} to {}.\n",
            self.domain,
            utc(self.begin),
            utc(self.end)
        );
        let file = Part::data("application/tlsrpt+gzip", packed).attachment(&self.file_name());
        let body = Part::multipart("report", [Part::text(text), file]).parameter("report-type", "tlsrpt");
        let subject = format!("Report Domain: {} Submitter: {submitter} Report-ID: <{id}>", self.domain);
        let composed = Builder::new()
            .from(self.contact)
            .to(to)
            .date(DateTime::from_unix(now.secs()))
            .message_id(&id)
            .subject(&subject)
            .field(Field::structured("TLS-Report-Domain", self.domain)?)
            .field(Field::structured("TLS-Report-Submitter", submitter)?)
            .field(Field::structured("TLS-Required", "No")?)
            .body(body)
            .build()?;
        Ok(composed.to_vec())
    }
}

/// `date-time` of RFC 3339 §5.6, in UTC.
fn utc(time: Timestamp) -> String {
    let at = DateTime::from_unix(time.secs());
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", at.year, at.month, at.day, at.hour, at.minute, at.second)
}

#[cfg(test)]
mod tests {
    use super::super::{Policy, Session, TlsResults, Verdict};
    use super::*;
    use mailwright_message::Message;
    use std::io::Read as _;

    #[test]
    fn a_report_reads_as_rfc_8460_has_it() {
        let results = TlsResults::default();
        let sts = mailwright_mx::sts::Policy::parse(
            b"version: STSv1\nmode: testing\nmx: *.mail.company-y.example\nmax_age: 86400\n",
        );
        let policy = Policy::sts(&sts.unwrap());
        for _ in 0..5326 {
            results.succeeded("company-y.example", &policy);
        }
        for _ in 0..100 {
            let session = Session {
                mx: "mx1.mail.company-y.example".into(),
                address: Some("203.0.113.56".parse().unwrap()),
                verdict: Verdict::CertificateExpired,
                reason: "expired".into(),
            };
            results.failed("company-y.example", &policy, session);
        }
        let taken = results.take();
        assert!(results.take().is_empty());
        let report = TlsReport {
            organization: "Company-X",
            contact: "sts-reporting@company-x.example",
            id: "5065427c",
            domain: "company-y.example",
            begin: Timestamp::from_secs(1_459_468_800),
            end: Timestamp::from_secs(1_459_555_199),
            results: &taken["company-y.example"],
        };
        let expected = json!({
            "organization-name": "Company-X",
            "date-range": { "start-datetime": "2016-04-01T00:00:00Z", "end-datetime": "2016-04-01T23:59:59Z" },
            "contact-info": "sts-reporting@company-x.example",
            "report-id": "5065427c@company-x.example",
            "policies": [{
                "policy": {
                    "policy-type": "sts",
                    "policy-string": ["version: STSv1", "mode: testing", "mx: *.mail.company-y.example", "max_age: 86400"],
                    "policy-domain": "company-y.example",
                    "mx-host": ["*.mail.company-y.example"],
                },
                "summary": { "total-successful-session-count": 5326, "total-failure-session-count": 100 },
                "failure-details": [{
                    "result-type": "certificate-expired",
                    "receiving-mx-hostname": "mx1.mail.company-y.example",
                    "receiving-ip": "203.0.113.56",
                    "failed-session-count": 100,
                    "failure-reason-code": "expired",
                }],
            }],
        });
        assert_eq!(report.json(), expected);

        let message = report.message("reports@company-y.example", report.end).unwrap();
        let message = Message::parse(&message);
        assert!(message.root().content_type().is("multipart", "report"));
        assert_eq!(message.root().content_type().parameter("report-type"), Some("tlsrpt"));
        assert_eq!(message.header().all("TLS-Report-Domain").next().unwrap().text(), "company-y.example");
        let subject = message.subject().unwrap();
        assert_eq!(
            subject,
            "Report Domain: company-y.example Submitter: company-x.example Report-ID: <5065427c@company-x.example>"
        );
        let part = message.parts().find(|part| part.content_type().is("application", "tlsrpt+gzip")).unwrap();
        let mut json = String::new();
        flate2::read::GzDecoder::new(&*part.decoded()).read_to_string(&mut json).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), expected);
    }
}
