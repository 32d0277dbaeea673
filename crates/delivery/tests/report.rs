//! Reports about hostile mail and from hostile servers: what they quote cannot become part of what they say.
#![allow(clippy::unwrap_used, clippy::panic)]

use mailwright_delivery::{Attempt, End, Envelope, Facts, Report, Step, Written};
use mailwright_message::report::{Action, DeliveryStatus};
use mailwright_message::{Message, Part};
use mailwright_smtp::types::{Mail, MailParameters, Mailbox, Rcpt, Ret, ReversePath};
use mailwright_store::{QueueEntry, QueueId, Timestamp};
use proptest::prelude::*;

fn attempt(reply: &str) -> Attempt {
    Attempt {
        at: 1_700_000_000_000,
        took: 12,
        host: Some("mx.there.test".into()),
        address: Some("192.0.2.1:25".parse().unwrap()),
        tls: None,
        step: Step::Rcpt,
        end: End::Failed,
        status: "5.1.1".into(),
        reply: Some(reply.into()),
        text: None,
    }
}

/// A report to this sender about one recipient, whose server said this of a mail like that.
fn report(sender: &str, to: &str, parameters: MailParameters, reply: &str, original: &[u8]) -> Written {
    let from = sender.parse().map_or(ReversePath::Null, ReversePath::Mailbox);
    let now = Timestamp::from_secs(1_700_000_000);
    let mail = Mail { from, parameters };
    let queued = Envelope::new(&mail, now).entry(&[Rcpt::new(to.parse::<Mailbox>().unwrap())]);
    let entry = QueueEntry {
        id: QueueId::new(7),
        created: now,
        reverse_path: queued.reverse_path,
        params: queued.params,
        size: original.len() as u64,
        recipients: Vec::new(),
    };
    let mut facts = Facts::default();
    facts.push(attempt(reply));
    let report = Report {
        action: Action::Failed,
        hostname: "mail.here.test",
        entry: &entry,
        now,
        until: now,
        recipients: vec![(to, &facts, "5.1.1".into())],
        original,
        whole: true,
    };
    report.write().unwrap()
}

/// The types of the three parts, and the status, of a report that reads as one.
fn read(message: &[u8]) -> (Vec<String>, DeliveryStatus, Vec<u8>) {
    let message = Message::parse(message);
    let root = message.root();
    assert!(root.content_type().is("multipart", "report"));
    assert_eq!(root.content_type().parameter("report-type"), Some("delivery-status"));
    let parts: Vec<_> = root.children().collect();
    assert_eq!(parts.len(), 3, "text, status and what is returned");
    let essence = |part: &Part<'_, '_>| {
        let found = part.content_type();
        format!("{}/{}", found.media_type(), found.subtype())
    };
    let types = parts.iter().map(essence).collect();
    (types, DeliveryStatus::parse(&parts[1].decoded()), parts[2].decoded().to_vec())
}

/// A message part has CRLF alone, whatever the original had.
fn without_line_ends(octets: &[u8]) -> Vec<u8> {
    octets.iter().copied().filter(|octet| !matches!(octet, b'\r' | b'\n')).collect()
}

const HOSTILE: &[&str] = &[
    "Subject: --=_mw\r\n --\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n--x--\r\n",
    "Subject: a\r\nFinal-Recipient: rfc822; victim@there.test\r\n\r\n\r\nAction: delivered\r\n",
    "\r\n\r\n--\r\nno header at all",
    "Subject: \x00\x01\x1b[31m\r\n\r\n\x00",
    "From: bare\nSubject: newlines\n\nand a body\n",
    "Content-Type: multipart/report; boundary=\"\r\n\r\n--\r\n--\r\n",
    "",
];

#[test]
fn a_hostile_original_stays_what_is_returned() {
    for original in HOSTILE {
        let written = report(
            "ann@far.test",
            "bob@there.test",
            MailParameters::default(),
            "550 no",
            original.as_bytes(),
        );
        let (types, status, returned) = read(&written.message);
        assert_eq!(types, ["text/plain", "message/delivery-status", "message/rfc822"], "{original:?}");
        assert_eq!(status.recipients.len(), 1, "{original:?}");
        assert_eq!(without_line_ends(&returned), without_line_ends(original.as_bytes()));
    }
}

#[test]
fn what_a_server_said_is_quoted_and_no_more() {
    let reply =
        "550-5.1.1 no\r\n\r\n--=_mw\r\nFinal-Recipient: rfc822; victim@there.test\r\n550 \x1b[2J\u{202e}end";
    let written =
        report("ann@far.test", "bob@there.test", MailParameters::default(), reply, b"A: b\r\n\r\nc");
    let (_, status, _) = read(&written.message);
    assert_eq!(status.recipients.len(), 1);
    let said = &status.recipients[0].diagnostic_code.as_ref().unwrap().value;
    assert!(said.starts_with("550-5.1.1 no") && said.contains("victim"), "{said}");
}

#[test]
fn senders_and_mail_beyond_ascii_get_the_media_types_of_rfc_6533() {
    let original = "From: é@far.test\r\nSubject: grüße\r\n\r\nhallo\r\n".as_bytes();
    let utf8 = MailParameters { smtputf8: true, ..MailParameters::default() };
    let headers = MailParameters { ret: Some(Ret::Hdrs), ..utf8.clone() };

    let written = report("é@far.test", "ü@there.test", utf8.clone(), "550 nö", original);
    assert!(written.smtputf8);
    let (types, status, returned) = read(&written.message);
    assert_eq!(types, ["text/plain", "message/global-delivery-status", "message/global"]);
    let text = String::from_utf8(written.message).unwrap();
    assert!(text.contains("Final-Recipient: utf-8; ü@there.test\r\n"), "{text}");
    assert!(
        text.contains("Diagnostic-Code: smtp; 550 nö\r\n") && text.contains("To: é@far.test\r\n"),
        "{text}"
    );
    assert_eq!(status.recipients[0].final_recipient.as_ref().unwrap().value, "ü@there.test");
    assert_eq!(returned, original);

    // A sender whose address is ASCII may live where SMTPUTF8 is not known.
    let written = report("ann@far.test", "ü@there.test", headers, "550 no", original);
    assert!(!written.smtputf8 && written.message.is_ascii());
    let (types, status, returned) = read(&written.message);
    assert_eq!(types, ["text/plain", "message/delivery-status", "message/global-headers"]);
    assert_eq!(status.recipients[0].final_recipient.as_ref().unwrap().value, "ü@there.test");
    assert_eq!(returned, "From: é@far.test\r\nSubject: grüße\r\n".as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_mail_and_any_reply_make_a_report_that_reads_as_one(
        original in proptest::collection::vec(any::<u8>(), 0..400),
        text in "[\\-=_a:;\r\n \u{e9}]{0,80}",
        reply in any::<String>(),
        hdrs: bool,
    ) {
        let ret = hdrs.then_some(Ret::Hdrs);
        let parameters = MailParameters { ret, ..MailParameters::default() };
        let original = [text.as_bytes(), &original].concat();
        let written = report("ann@far.test", "bob@there.test", parameters, &reply, &original);
        let (_, status, returned) = read(&written.message);
        prop_assert_eq!(status.recipients.len(), 1);
        prop_assert_eq!(status.recipients[0].action, Some(Action::Failed));
        if !hdrs {
            prop_assert_eq!(without_line_ends(&returned), without_line_ends(&original));
        }
    }
}
