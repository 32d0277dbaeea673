//! What is built reads back as what was given, within all limits on lines, and nothing adds a header field.

use mailwright_message::build::{Address, Builder, DateTime, Error, Field, MediaType, Part};
use mailwright_message::encoding::transfer::TransferEncoding;
use mailwright_message::{Kind, Message};
use proptest::prelude::*;

fn builder<'a>() -> Builder<'a> {
    Builder::new().from("ann@example.test").to("bob@example.test").date(DateTime::from_unix(0))
}

fn essence(part: &mailwright_message::Part<'_, '_>) -> String {
    let content_type = part.content_type();
    format!("{}/{}", content_type.media_type(), content_type.subtype())
}

/// Every line ends in CRLF and no line is above 998 octets.
fn check_lines(message: &[u8]) {
    for line in message.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r\n").expect("a line ends in CRLF");
        assert!(line.len() <= 998);
        assert!(!line.contains(&b'\r'));
    }
}

#[test]
fn a_message_of_every_usual_part_has_the_usual_shape() {
    let photo: Vec<u8> = (0..=255).cycle().take(200_000).collect();
    let composed = builder()
        .subject("Hello")
        .text("text\n")
        .html("<img src='cid:1@x'>")
        .related("1@x", "image/png", &photo[..100])
        .attach(
            "Übersicht über alles, was in diesem Jahr war und im nächsten sein wird.bin",
            "application/pdf",
            &photo[..],
        )
        .attach_part(Part::message(&b"Subject: inner\n\nbody\n"[..]))
        .build()
        .unwrap();
    let bytes = composed.to_vec();
    check_lines(&bytes);
    let message = Message::parse(&bytes);
    assert_eq!(message.defects(), []);
    let types: Vec<String> =
        message.parts().map(|part| format!("{}{}", "-".repeat(part.depth()), essence(&part))).collect();
    assert_eq!(
        types,
        [
            "multipart/mixed",
            "-multipart/alternative",
            "--text/plain",
            "--multipart/related",
            "---text/html",
            "---image/png",
            "-application/pdf",
            "-message/rfc822",
            "--text/plain",
        ]
    );
    let pdf = message.part(6).unwrap();
    assert_eq!(pdf.decoded(), photo);
    assert_eq!(
        pdf.file_name().as_deref(),
        Some("Übersicht über alles, was in diesem Jahr war und im nächsten sein wird.bin")
    );
    assert_eq!(message.part(2).unwrap().text(), "text\r\n");
    assert_eq!(message.part(7).unwrap().kind(), Kind::Message);

    let mut streamed = Vec::new();
    composed.write_to(&mut streamed).unwrap();
    assert_eq!(streamed, bytes);
}

#[test]
fn bcc_goes_to_the_envelope_and_not_to_the_message() {
    let composed = builder()
        .cc("cc@example.test")
        .bcc("hidden@example.test")
        .bcc("bob@example.test")
        .field(Field::addresses("Bcc", [Address::new("also@example.test").unwrap()]).unwrap())
        .build()
        .unwrap();
    let envelope = composed.envelope();
    assert_eq!(envelope.sender.as_deref(), Some("ann@example.test"));
    assert_eq!(
        envelope.recipients,
        ["bob@example.test", "cc@example.test", "hidden@example.test", "also@example.test"]
    );
    let text = String::from_utf8(composed.to_vec()).unwrap();
    assert!(!text.to_ascii_lowercase().contains("bcc") && !text.contains("hidden") && !text.contains("also"));
}

#[test]
fn what_a_message_must_have_is_asked_for() {
    assert_eq!(Builder::new().date(DateTime::from_unix(0)).build().unwrap_err(), Error::Missing("From"));
    assert_eq!(Builder::new().from("a@b").build().unwrap_err(), Error::Missing("Date"));
    assert_eq!(builder().from("c@d").build().unwrap_err(), Error::Missing("Sender"));
    assert!(builder().from("c@d").sender("c@d").build().is_ok());
    assert_eq!(builder().text("a").body(Part::text("b")).build().unwrap_err(), Error::TwoBodies);
}

#[test]
fn utf8_headers_are_used_only_where_allowed() {
    let builder = || builder().to(("Jürgen", "jürgen@exämple.test")).subject("Grüße");
    assert_eq!(builder().build().unwrap_err(), Error::NeedsUtf8("jürgen@exämple.test".into()));
    let bytes = builder().utf8_headers(true).build().unwrap().to_vec();
    let text = String::from_utf8(bytes).unwrap();
    assert!(
        text.contains("Jürgen <jürgen@exämple.test>\r\n") && text.contains("Subject: Grüße\r\n"),
        "{text}"
    );
}

#[test]
fn line_ends_and_nul_are_refused_wherever_text_goes() {
    for bad in ["a\r\nb", "a\nb", "a\rb", "a\0b", "a\u{85}b", "a\u{2028}b", "a\u{2029}b"] {
        let address = format!("{bad}@example.test");
        let id = format!("{bad}@example.test");
        for (what, result) in [
            ("subject", builder().subject(bad).build()),
            ("name", builder().to((bad, "a@b")).build()),
            ("address", builder().to(address.as_str()).build()),
            ("bcc", builder().bcc(address.as_str()).build()),
            ("id", builder().message_id(&id).build()),
            ("reply", builder().in_reply_to(&id, []).build()),
            ("file name", builder().attach(bad, "a/b", &b""[..]).build()),
            ("media type", builder().attach("a", bad, &b""[..]).build()),
            ("content id", builder().related(&id, "a/b", &b""[..]).build()),
            ("charset", builder().body(Part::text("").parameter("charset", bad)).build()),
            ("boundary", builder().body(Part::multipart("mixed", []).parameter("boundary", bad)).build()),
            ("subtype", builder().body(Part::multipart(bad, [])).build()),
            ("description", builder().body(Part::text("").description(bad)).build()),
            ("language", builder().body(Part::text("").language(bad)).build()),
        ] {
            assert!(result.is_err(), "{what} took {bad:?}");
        }
        assert!(Field::text(bad, "x").is_err() && MediaType::new(bad).is_err());
    }
}

#[test]
fn a_content_that_holds_the_boundary_gets_another_one() {
    let build = |inner: Vec<u8>| {
        let parts = [Part::text("a"), Part::message(inner)];
        builder().seed(7).body(Part::multipart("mixed", parts)).build().unwrap().to_vec()
    };
    let mut message = build(b"Subject: x\r\n\r\nx".to_vec());
    for depth in 1..5 {
        message = build(message);
        let parsed = Message::parse(&message);
        assert_eq!(parsed.defects(), []);
        assert_eq!(parsed.parts().filter(|part| part.kind() == Kind::Multipart).count(), depth + 1);
        assert_eq!(parsed.root().children().count(), 2);
    }
}

#[test]
fn a_multipart_is_labelled_as_wide_as_its_widest_part() {
    let body = Part::multipart(
        "mixed",
        [Part::multipart("mixed", [Part::message("Subject: ü\r\n\r\n".as_bytes())])],
    );
    let composed = builder().body(body).build().unwrap();
    assert_eq!(composed.transport(), TransferEncoding::EightBit);
    let bytes = composed.to_vec();
    let message = Message::parse(&bytes);
    let encodings: Vec<_> = message.parts().take(3).map(|part| part.transfer_encoding()).collect();
    assert_eq!(encodings, [Some(TransferEncoding::EightBit); 3]);
}

#[test]
fn a_reply_refers_to_what_it_answers() {
    let bytes = builder().in_reply_to("<2@x>", ["<1@x>", "<2@x>"]).build().unwrap().to_vec();
    let message = Message::parse(&bytes);
    assert_eq!(message.header().field("References").unwrap().message_ids(), ["1@x", "2@x"]);
    assert_eq!(message.header().field("In-Reply-To").unwrap().message_ids(), ["2@x"]);
}

/// Printable text of any script, with white space in awkward places.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        6 => proptest::char::range(' ', '~'),
        2 => Just(' '),
        2 => proptest::char::range('\u{a0}', '\u{17f}'),
        1 => proptest::char::range('\u{4e00}', '\u{4fff}'),
        1 => proptest::char::range('\u{1f600}', '\u{1f64f}'),
        1 => prop_oneof![Just('='), Just('?'), Just('_'), Just('"'), Just('\\'), Just('%'), Just('\'')],
    ];
    proptest::collection::vec(character, 0..200).prop_map(|text| text.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 3000 }))]

    #[test]
    fn header_values_read_back_as_they_were_given(subject in text(), name in text(), file in text()) {
        let bytes = builder()
            .subject(&subject)
            .to((name.as_str(), "to@example.test"))
            .body(Part::data("image/png", &b"\0\x01"[..]).attachment(&file))
            .build()
            .unwrap()
            .to_vec();
        check_lines(&bytes);
        let message = Message::parse(&bytes);
        prop_assert_eq!(message.defects(), []);
        prop_assert_eq!(message.subject().unwrap(), subject.as_str());
        prop_assert_eq!(message.root().file_name().unwrap_or_default(), file);
        let to = message.to();
        let read = to.mailboxes().nth(1).unwrap();
        prop_assert_eq!(read.name.as_deref().unwrap_or_default(), name.as_str());
        prop_assert_eq!(message.header().len(), 8);
        for line in message.root().raw_header().split(|&byte| byte == b'\n') {
            prop_assert!(line.len() <= 79 || !line.contains(&b' '), "{:?}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn bodies_read_back_as_they_were_given(
        text in "(\\PC|\n|\r\n|=|\\.){0,300}",
        data in proptest::collection::vec(any::<u8>(), 0..600),
        kind in prop_oneof![Just("text/csv"), Just("application/x-y")],
        wide in prop_oneof![
            Just(TransferEncoding::SevenBit), Just(TransferEncoding::EightBit), Just(TransferEncoding::Binary)
        ],
    ) {
        let composed =
            builder().transport(wide).text(text.as_str()).attach("a", kind, &data[..]).build().unwrap();
        let bytes = composed.to_vec();
        if composed.transport() != TransferEncoding::Binary {
            check_lines(&bytes);
        }
        let message = Message::parse(&bytes);
        let parts: Vec<_> = message.root().children().collect();
        prop_assert_eq!(parts.len(), 2);
        prop_assert_eq!(parts[0].text(), text.replace("\r\n", "\n").replace('\n', "\r\n"));
        prop_assert_eq!(parts[1].decoded(), data);
    }
}
