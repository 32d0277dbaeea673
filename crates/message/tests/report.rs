//! Reports read from real bounces, and built ones read back.

#![allow(clippy::unwrap_used)] // that is how a test says what is missing

use mailwright_message::build::{DateTime, Error, Field};
use mailwright_message::report::{
    Action, Complaint, Content, DeliveryStatus, Disposition, DispositionNotification, DispositionType, Dsn,
    Feedback, Mdn, RecipientStatus, Report, Returned, Status, Typed,
};
use mailwright_message::{Kind, Message};

fn failed(address: &str) -> RecipientStatus {
    RecipientStatus::new(Typed::address(address), Action::Failed, Status { class: 5, subject: 1, detail: 1 })
}

#[test]
fn a_built_bounce_is_read_back_and_returns_the_message() {
    let status = DeliveryStatus::new("mx.example.test").recipient(failed("x@example.net"));
    let original = b"Subject: Hello\r\n\r\nbody\r\n";
    for returned in [Returned::Headers(original[..].into()), Returned::Message(original[..].into())] {
        let composed = Dsn::new("postmaster@example.test", "ann@example.test", status.clone())
            .date(DateTime::from_unix(0))
            .about("1@example.test")
            .returned(returned)
            .build()
            .unwrap();
        assert_eq!(composed.envelope().sender, None);
        let bytes = composed.to_vec();
        let message = Message::parse(&bytes);
        assert_eq!(message.defects(), []);
        assert_eq!(message.root().content_type().parameter("report-type"), Some("delivery-status"));
        assert_eq!(message.header().field("Auto-Submitted").unwrap().text(), "auto-replied");
        let report = Report::of(&message).unwrap();
        assert_eq!(report.content, Content::Delivery(status.clone()));
        let returned = report.original.unwrap();
        let header = if returned.kind() == Kind::Message {
            returned.children().next().unwrap().raw()
        } else {
            returned.body()
        };
        assert!(header.starts_with(b"Subject: Hello"));
    }
}

#[test]
fn a_hostile_original_cannot_break_out_of_a_bounce() {
    let build = |original: Vec<u8>| {
        let status = DeliveryStatus::new("mx\r\n\r\nX: y").recipient(RecipientStatus {
            diagnostic_code: Some(Typed::smtp("550\r\n\r\n--b\r\n\0\u{2028}")),
            ..failed("x\r\nAction: delivered@example.net")
        });
        Dsn::new("a@b", "c@d", status)
            .date(DateTime::from_unix(0))
            .seed(1)
            .about("not\r\nan id")
            .returned(Returned::Message(original.into()))
            .build()
            .unwrap()
            .to_vec()
    };
    // A bounce that holds a bounce made from the same seed, and a header that would take over.
    let inner =
        build(b"Subject: a\r\nContent-Type: multipart/mixed; boundary=\"=_1\"\r\n\r\n--=_1--\r\n".to_vec());
    let outer = build(inner);
    let message = Message::parse(&outer);
    assert_eq!(message.root().children().count(), 3);
    let Some(Content::Delivery(status)) = Report::of(&message).map(|report| report.content) else { panic!() };
    assert_eq!(status.recipients.len(), 1);
    assert_eq!(status.recipients[0].action, Some(Action::Failed));
    assert!(status.extensions.is_empty());
}

#[test]
fn receipts_and_complaints_are_read_back() {
    let notification = DispositionNotification::new(
        Typed::address("joe@example.test"),
        Disposition::manual(DispositionType::Displayed),
    );
    let composed = Mdn::new("joe@example.test", "jane@example.test", notification.clone())
        .date(DateTime::from_unix(0))
        .build()
        .unwrap();
    assert_eq!(composed.envelope().sender, None);
    let bytes = composed.to_vec();
    let message = Message::parse(&bytes);
    assert_eq!(Report::of(&message).unwrap().content, Content::Disposition(notification));

    let feedback = Feedback::new("abuse", "Mailwright/1");
    let composed = Complaint::new("a@example.test", "abuse@example.net", feedback.clone())
        .date(DateTime::from_unix(0))
        .field(Field::text("X-Case", "7").unwrap())
        .returned(Returned::Message(b"Subject: spam\r\n\r\n"[..].into()))
        .build()
        .unwrap();
    assert_eq!(composed.envelope().sender.as_deref(), Some("a@example.test"));
    let bytes = composed.to_vec();
    assert_eq!(Report::of(&Message::parse(&bytes)).unwrap().content, Content::Feedback(feedback));
    let undated = Complaint::new("a@b", "c@d", Feedback::new("abuse", "x")).build();
    assert_eq!(undated.unwrap_err(), Error::Missing("Date"));
}

/// Values of the lines that start with `name`, found by looking at lines alone.
fn lines<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    text.lines()
        .filter_map(|line| {
            let start = line.get(..name.len())?;
            start.eq_ignore_ascii_case(name).then(|| line[name.len()..].trim())
        })
        .collect()
}

#[test]
fn recipient_action_and_status_of_real_bounces_are_found_where_the_mail_has_them() {
    let Some(corpus) = mailwright_testkit::corpus() else {
        println!("left out: real bounces, as there is no corpus");
        return;
    };
    let (mut mails, mut reports, mut recipients, mut complaints) = (0, 0, 0, 0);
    let mut differences = Vec::new();
    for entry in std::fs::read_dir(corpus.join("sisimai/bsd")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let raw = std::fs::read(&path).unwrap();
        mails += 1;
        let message = Message::parse(&raw);
        let text = String::from_utf8_lossy(&raw);
        let report = Report::salvage(&message);
        match report.map(|report| report.content) {
            Some(Content::Delivery(status)) => {
                reports += 1;
                recipients += status.recipients.len();
                let found = |wanted: &dyn Fn(&RecipientStatus) -> bool| {
                    status.recipients.iter().filter(|r| wanted(r)).count()
                };
                // What the lines of the whole mail say; those in a returned mail or a text come on top.
                for (field, found) in [
                    (
                        "final-recipient:",
                        found(&|r| r.final_recipient.as_ref().is_some_and(|f| f.as_address().is_some())),
                    ),
                    ("action:", found(&|r| r.action.is_some())),
                    ("status:", found(&|r| r.status.is_some())),
                ] {
                    let there = lines(&text, field).len();
                    if found != there {
                        differences.push(format!("{name}: {field} {there} lines, {found} read"));
                    }
                }
            }
            Some(Content::Feedback(feedback)) => {
                complaints += 1;
                assert_eq!(
                    feedback.feedback_type.is_some(),
                    !lines(&text, "feedback-type:").is_empty(),
                    "{name}"
                );
            }
            Some(Content::Disposition(_)) => {}
            None => {
                if !lines(&text, "final-recipient:").is_empty() {
                    differences.push(format!("{name}: no report, but Final-Recipient lines"));
                }
            }
        }
    }
    println!(
        "{mails} mails, {reports} delivery reports with {recipients} recipients, {complaints} complaints"
    );
    assert_eq!(mails, 629);
    // What is read differs from what lines there are in these alone, and for these reasons.
    const KNOWN: [(&str, &str); 9] = [
        (
            "lhost-amazonworkmail-0",
            "the lines are within quoted-printable, so they are seen in the report only",
        ),
        ("lhost-sendmail-38", "a bounce of a bounce: the lines of the inner one are not counted"),
        ("lhost-sendmail-41", "likewise"),
        ("rfc3464-28", "likewise; `Action: deliverable` is none of RFC 3464 §2.3.3"),
        ("rhost-cox-01", "likewise"),
        ("rhost-yahooinc-03", "likewise"),
        ("lhost-sendgrid-03", "`Action: expired` is none of RFC 3464 §2.3.3, and `Status` is empty"),
        (
            "lhost-mimecast-02",
            "there is white space before the colons: the report has what the lines do not show",
        ),
        ("lhost-exchange2007-02", "the header of the mail has a `Status` field too"),
    ];
    differences.retain(|difference| !KNOWN.iter().any(|(name, _)| difference.starts_with(name)));
    assert_eq!(differences, Vec::<String>::new());
}
