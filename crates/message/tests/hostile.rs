//! Messages made to mislead or to exhaust: what each gives, exactly, and that it costs no more than its octets are worth.

#![allow(clippy::unwrap_used)] // that is how a test says what is missing

use std::fmt::Write;

use mailwright_message::encoding::charset::{self, Charset, Fidelity};
use mailwright_message::encoding::transfer::{Fault, TransferEncoding, decode};
use mailwright_message::header::address;
use mailwright_message::header::content_type::ContentType;
use mailwright_message::header::date::DateTime;
use mailwright_message::header::disposition::ContentDisposition;
use mailwright_message::header::encoded_word;
use mailwright_message::imap::{BodyKind, BodyStructure};
use mailwright_message::incremental::Outliner;
use mailwright_message::view::View;
use mailwright_message::{DefectKind, Kind, Limits, Message, html};

fn nested(levels: usize) -> Vec<u8> {
    let mut raw = String::new();
    for level in 0..levels {
        write!(raw, "Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n").unwrap();
    }
    raw += "\r\ninnermost\r\n";
    raw.into_bytes()
}

fn has(message: &Message<'_>, kind: DefectKind) -> bool {
    message.defects().iter().any(|defect| defect.kind == kind)
}

#[test]
fn nesting_ends_at_the_limit_and_the_structure_stays_whole() {
    for levels in [10, 99, 100, 101, 10_000, 100_000] {
        for raw in [nested(levels), b"Content-Type: message/rfc822\r\n\r\n".repeat(levels)] {
            let message = Message::parse(&raw);
            assert_eq!(message.parts().len(), levels.min(100) + 1);
            assert_eq!(message.parts().last().unwrap().depth(), levels.min(100));
            assert_eq!(has(&message, DefectKind::TooDeep), levels > 100, "{levels}");
            // The compact form is read back only where every part has the children that its kind needs.
            let structure = BodyStructure::of(&message);
            assert_eq!(BodyStructure::from_bytes(&structure.to_bytes()).as_ref(), Ok(&structure));
            let last = structure.parts().last().unwrap();
            assert_eq!(last.kind, BodyKind::Leaf);
            assert!(!last.is_type("message"));
        }
    }
}

#[test]
fn encoded_messages_in_messages_are_opened_only_when_asked() {
    let mut raw = b"Subject: innermost\r\n\r\nx".to_vec();
    for _ in 0..5 {
        let mut outer = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n".to_vec();
        mailwright_message::encoding::base64::encode(&raw, &mut outer);
        raw = outer;
    }
    for _ in 0..5 {
        let message = Message::parse(&raw);
        assert!(has(&message, DefectKind::EncodedComposite));
        assert_eq!(message.parts().len(), 2);
        let inner = message.root().decoded().into_owned();
        raw = inner;
    }
    assert_eq!(Message::parse(&raw).subject().unwrap(), "innermost");
}

#[test]
fn parts_over_the_limit_are_one_opaque_part_with_exact_ranges() {
    let head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n";
    for piece in [&b"--b\r\n\r\nx\r\n"[..], b"--b\r\n"] {
        let raw = [&head[..], &piece.repeat(100_000)].concat();
        let message = Message::parse(&raw);
        assert_eq!(message.parts().len(), 10_000);
        assert!(has(&message, DefectKind::TooManyParts));
        let tail = message.parts().last().unwrap();
        // What is before it are 9 998 parts and its own delimiter.
        let start = head.len() + 9_998 * piece.len() + b"--b\r\n".len();
        assert_eq!(tail.range(), start..raw.len());
        assert_eq!(tail.kind(), Kind::Leaf);
    }
}

/// The bodies of the parts that `boundary` makes of `text`.
fn parts(boundary: &str, text: &str) -> Vec<String> {
    let raw = format!("Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{text}");
    let message = Message::parse(raw.as_bytes());
    let bodies = message.root().children().map(|part| String::from_utf8_lossy(part.body()).into_owned());
    bodies.collect()
}

#[test]
fn a_boundary_is_a_whole_line_and_nothing_less() {
    let long = "x".repeat(256);
    let too_long = "x".repeat(257);
    let of_long = format!("--{long}\r\n\r\n1\r\n--{long}--\r\n");
    let of_too_long = format!("--{too_long}\r\n\r\n1\r\n--{too_long}--\r\n");
    for (boundary, text, bodies) in [
        ("a", "--a\r\n\r\n1\r\n--ab\r\n--abc\r\n--a\r\n\r\n2\r\n--a--\r\n", &["1\r\n--ab\r\n--abc", "2"][..]),
        ("a", "x--a\r\n\r\n1\r\n--a--\r\n", &[]),
        ("a", "--a \t\r\n\r\n1\r\n--a-- \r\n", &["1"]),
        ("a", " --a\r\n\r\n--a\r\n\r\n1\r\n", &["1\r\n"]),
        ("a", "--a--\r\n--a\r\n\r\n1\r\n", &[]),
        ("a", "--a\r\n\r\n1\r\n--a--\r\n--a\r\n\r\n2\r\n", &["1"]),
        ("\"a \"", "--a\r\n\r\n1\r\n--a--", &["1"]),
        ("\"a b\" (comment)", "--a b\r\n\r\n1\r\n--a b--", &["1"]),
        ("\"a\\\"b\"", "--a\"b\r\n\r\n1\r\n--a\"b--", &["1"]),
        ("\"\"", "--\r\n\r\n1\r\n----", &[]),
        ("a--", "--a--\r\n\r\n1\r\n--a----\r\n", &["1"]),
        // What follows the closing delimiter in its line is epilogue, unless a longer boundary may hold it.
        ("a", "--a\r\n\r\n1\r\n--a--</BODY>\r\n2\r\n", &["1"]),
        ("a", "--a\r\n\r\n1\r\n--a--b\r\n--a</BODY>\r\n", &["1\r\n--a--b\r\n--a</BODY>\r\n"]),
        (&long, &of_long, &["1"]),
        (&too_long, &of_too_long, &[]),
    ] {
        assert_eq!(parts(boundary, text), bodies, "{boundary} {text}");
    }
    // The same boundary within itself: the innermost counts.
    let inner = "--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n1\r\n--a--\r\n--a--\r\n";
    let raw = format!("Content-Type: multipart/mixed; boundary=a\r\n\r\n{inner}");
    let message = Message::parse(raw.as_bytes());
    assert_eq!(
        message.parts().map(|part| part.kind()).collect::<Vec<_>>(),
        [Kind::Multipart, Kind::Multipart, Kind::Leaf]
    );
    assert!(message.defects().is_empty());
}

#[test]
fn headers_of_any_size_cost_what_they_are_worth() {
    for (field, defect) in [
        (format!("Subject: {}\r\n", "a".repeat(2 << 20)), DefectKind::FieldTooLong),
        ("From: a@example.test\r\n".repeat(500_000), DefectKind::TooManyFields),
        (format!("To: {}\r\n", "a@example.test, ".repeat(1_000)).repeat(600), DefectKind::HeaderTooLong),
        ("a:\n".repeat(500_000), DefectKind::TooManyFields),
        (format!("Subject: a{}\r\n", "\r\n b".repeat(1_000_000)), DefectKind::FieldTooLong),
        (format!("Subject: a{}\r\n", "\r\n ".repeat(1_000_000)), DefectKind::FieldTooLong),
        ("no colon\r\n".repeat(100), DefectKind::NoColon),
    ] {
        let raw = format!("{field}\r\nbody");
        let message = Message::parse(raw.as_bytes());
        assert!(has(&message, defect), "{defect:?}");
        assert_eq!(message.root().body(), b"body", "{defect:?}");
        assert!(message.defects().len() <= Limits::default().defects);
        let envelope = mailwright_message::imap::Envelope::of(&message);
        assert!(envelope.from.is_none_or(|from| from.len() <= address::MAX_ADDRESSES));
        let mut outliner = Outliner::new(Limits::default());
        raw.as_bytes().chunks(1 << 16).for_each(|piece| outliner.push(piece));
        assert_eq!(outliner.finish().body_structure(), BodyStructure::of(&message));
    }
    let message = Message::parse(b"Subject: a\0b\r\nOnly: CR\rX: y\r\n\r\n");
    assert_eq!(message.header().len(), 2);
    assert!(has(&Message::parse(b"Subject: no end"), DefectKind::NoBlankLine));
}

#[test]
fn addresses_that_go_nowhere_end() {
    let many = |piece: &str| piece.repeat(1_000_000);
    for value in [
        many("("),
        many("(("),
        many("<"),
        many(","),
        many(":;"),
        many("a:"),
        many("\""),
        format!("a@[{}", many("1")),
        format!("{} <a@b>", many("word ")),
        format!("<{}:a@b>", many("@a,")),
        format!("({}\\", many("a")),
    ] {
        assert!(address::parse(value.as_bytes()).iter().len() <= address::MAX_ADDRESSES);
        assert_eq!(address::grammar(value.as_bytes()), None);
    }
    let list = address::parse(b"((..)) a (c) . b@(d) e.test, <@x,@y:f@g.test>, open: h@i.test, j@k.test");
    let read: Vec<_> = list.mailboxes().map(address::Mailbox::address).collect();
    assert_eq!(read, ["a.b@e.test", "f@g.test", "h@i.test", "j@k.test"]);
}

#[test]
fn dates_are_in_their_ranges_or_none() {
    for (value, date) in [
        ("1 Jan 0 00:00 +0000", Some("Sat, 01 Jan 2000 00:00:00 +0000")),
        ("1 Jan 49 00:00 +0000", Some("Fri, 01 Jan 2049 00:00:00 +0000")),
        ("1 Jan 50 00:00 +0000", Some("Sun, 01 Jan 1950 00:00:00 +0000")),
        ("1 Jan 99 00:00 +0000", Some("Fri, 01 Jan 1999 00:00:00 +0000")),
        ("1 Jan 9999 00:00 +0000", Some("Fri, 01 Jan 9999 00:00:00 +0000")),
        ("1 Jan 0000 00:00 +0000", None),
        ("1 Jan 1000000000 00:00 +0000", None),
        ("1 Jan 99999999999999999999 00:00 +0000", None),
        ("31 Feb 2000 00:00 +0000", None),
        ("0 Jan 2000 00:00 +0000", None),
        ("32 Jan 2000 00:00 +0000", None),
        ("1 Jan 2000 24:00 +0000", None),
        ("1 Jan 2000 00:60 +0000", None),
        ("1 Jan 2000 00:00:61 +0000", None),
        ("31 Dec 2016 23:59:60 +0000", Some("Sat, 31 Dec 2016 23:59:60 +0000")),
        ("1 Jan 2000 00:00 +9999", Some("Sat, 01 Jan 2000 00:00:00 -0000")),
        ("1 Jan 2000 00:00 -0000", Some("Sat, 01 Jan 2000 00:00:00 -0000")),
        ("1 Jan 2000 00:00 A", Some("Sat, 01 Jan 2000 00:00:00 -0000")),
        ("1 Jan 2000 00:00 PDT", Some("Sat, 01 Jan 2000 00:00:00 -0700")),
        ("1 (a (b)) Jan (\\)) 2000 00:00 +0000 (", Some("Sat, 01 Jan 2000 00:00:00 +0000")),
    ] {
        let read = DateTime::parse(value.as_bytes()).map(|date| date.to_string());
        assert_eq!(read.as_deref(), date, "{value}");
    }
    assert_eq!(DateTime::parse(&b"(".repeat(1_000_000)), None);
    assert_eq!(DateTime::parse(&b"1".repeat(1_000_000)), None);
}

#[test]
fn parameters_in_pieces_have_one_reading() {
    let name = |value: &str| {
        let found = ContentDisposition::parse(value.as_bytes()).unwrap();
        found.parameter("filename").map(str::to_owned)
    };
    for (value, read) in [
        ("a; filename*1=b; filename*0=a", Some("ab")),
        ("a; filename*0=a; filename*2=c", Some("ac")),
        ("a; filename*0=a; filename*0=b; filename*1=c", Some("ac")),
        ("a; filename*0*=utf-8''%C3; filename*1*=%A4; filename*2=%41", Some("ä%41")),
        ("a; filename*0*=utf-8''a; filename*1*=iso-8859-1''b", Some("aiso-8859-1''b")),
        ("a; filename*999999999=b", Some("b")),
        ("a; filename*99999999999999999999=b; filename*0=a", Some("ab")),
        ("a; filename=plain; filename*=utf-8''marked", Some("marked")),
        ("a; filename=\"\"; filename=plain", Some("plain")),
        ("a; filename=\"\"", Some("")),
        ("a; filename*=utf-8''marked; filename=plain", Some("marked")),
        ("a;\r\n filename*0=\"a\r\n b\";\r\n filename*1=c", Some("a bc")),
        ("a; filename=\"../../etc/passwd\"", Some("../../etc/passwd")),
        ("a; filename*=utf-8''%00%2e%2e%2f", Some("\0../")),
        ("a; filename*=nothing''%e4", Some("ä")),
        ("a; filename*=%ZZ", Some("%ZZ")),
    ] {
        assert_eq!(name(value).as_deref(), read, "{value}");
    }
    let many = format!("text/plain{}", "; a*1=b; c=d".repeat(100_000));
    assert!(ContentType::parse(many.as_bytes()).unwrap().parameters().iter().count() <= 128);
}

#[test]
fn encoded_words_make_no_lines_and_no_other_words() {
    let long = format!("=?utf-8?q?{}?=", "a".repeat(500));
    for (value, text) in [
        (&long[..], &"a".repeat(500)[..]),
        ("=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"),
        ("=?x-nothing?q?=e4?=", "ä"),
        ("=?utf-8?q?a b?=", "a b"),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=", "=?utf-8?q?x?="),
        ("=?utf-8*en?q?a?=", "a"),
        ("=?utf-8?q?a=0D=0AX:_y=00?=", "a  X: y "),
        ("=?utf-7?q?+ADw-?=", "<"),
    ] {
        assert_eq!(encoded_word::decode(value.as_bytes()), text, "{value}");
    }
    let invalid = "=?a?x?b?= ".repeat(1_000_000);
    assert_eq!(encoded_word::decode(invalid.as_bytes()).len(), invalid.len() - 1);
}

#[test]
fn charsets_give_valid_text_of_bounded_length() {
    for (label, octets) in [
        ("iso-2022-jp", &b"\x1b$B%F%9\x1b(B\x1b\x1b$B"[..]),
        ("hz-gb-2312", b"~{VPND~~{"),
        ("iso-2022-kr", b"\x1b$)C\x0eGQ1"),
        ("utf-16", b"\xff\xfea\0b"),
        ("utf-16le", b"\0\xd8\0"),
        ("gb18030", b"\x81\x30\x81\x30\xff\xfe\x84\x31\xa4\x37"),
        ("utf-8\0", b"\xe2\x82"),
        ("utf-7", b"+ADw-script+AD4-"),
        ("", b"\xff"),
    ] {
        let text = charset::decode(label, octets);
        assert!(text.len() <= 3 * octets.len(), "{label}: {text}");
    }
    // UTF-7 hides markup from who looks for it: a body is read by it where the caller says so, not because the mail does.
    assert_eq!(charset::decode_checked("utf-7", b"+ADw-"), ("+ADw-".into(), Fidelity::UnknownCharset));
    assert_eq!(Charset::UTF_7.decode(b"+ADw-").0, "<");
    for (label, name) in
        [("utf8", "UTF-8"), ("latin1", "windows-1252"), ("x-sjis", "Shift_JIS"), ("cp936", "GBK")]
    {
        assert_eq!(Charset::for_label(label).map(Charset::name), Some(name));
    }
}

#[test]
fn broken_encodings_are_read_as_far_as_they_go() {
    let b64 = TransferEncoding::Base64;
    let qp = TransferEncoding::QuotedPrintable;
    for (encoding, text, data, fault) in [
        (b64, "QUJD", "ABC", None),
        (b64, "QUI", "AB", Some(Fault::Padding)),
        (b64, "QQ==QUJD", "AABC", Some(Fault::Padding)),
        (b64, "Q\rU\nJ D", "ABC", None),
        (b64, "Q!U?J.D", "ABC", Some(Fault::Stray)),
        (b64, "QUJDR", "ABC", Some(Fault::Truncated)),
        (qp, "a=", "a", None),
        (qp, "a=X", "a=X", Some(Fault::Escape)),
        (qp, "=e4=E4", "\u{fffd}", None),
        (qp, "a  \r\nb\t", "a\r\nb", Some(Fault::TrailingSpace)),
        (TransferEncoding::UuEncode, "begin 644 a\n#0V%T\n~\nend\n", "Cat", Some(Fault::Stray)),
    ] {
        let mut out = Vec::new();
        let decoded = decode(encoding, text.as_bytes(), &mut out);
        if data == "\u{fffd}" {
            assert_eq!(out, b"\xe4\xe4");
        } else {
            assert_eq!(String::from_utf8_lossy(&out), data, "{text}");
        }
        assert_eq!(decoded.faults().next(), fault, "{text}");
    }
}

#[test]
fn of_fields_that_contradict_each_other_the_first_counts() {
    let raw = b"Content-Type: multipart/mixed; boundary=a\r\nContent-Type: text/plain\r\n\
        Content-Transfer-Encoding: base64\r\nContent-Transfer-Encoding: 7bit\r\n\r\n--a\r\n\
        Content-Transfer-Encoding: rot13\r\n\r\nuryyb\r\n--a--\r\n";
    let message = Message::parse(raw);
    assert_eq!(message.root().kind(), Kind::Multipart);
    let repeated = message.defects().iter().filter(|defect| defect.kind == DefectKind::RepeatedField).count();
    assert_eq!(repeated, 2);
    assert!(has(&message, DefectKind::EncodedComposite) && has(&message, DefectKind::UnknownEncoding));
    let part = message.part(1).unwrap();
    assert_eq!((part.transfer_encoding(), &*part.decoded()), (None, &b"uryyb"[..]));
    // IMAP tells the same.
    let structure = BodyStructure::of(&message);
    assert_eq!(structure.parts()[0].kind, BodyKind::Multipart);
    assert_eq!(structure.parts()[0].encoding, b"base64");
}

#[test]
fn previews_are_made_of_anything() {
    for (raw, preview) in [
        (&b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xe2\x82"[..], "\u{fffd}"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n--b--\r\n", ""),
        (b"", ""),
        (b"To: undisclosed-recipients:;\r\n\r\nx", "x"),
    ] {
        assert_eq!(View::of(&Message::parse(raw)).preview(200), preview);
    }
    let deep = format!("{}deep", "<div><blockquote>".repeat(100_000));
    assert!(html::to_text(&deep).ends_with("deep\n"));
}

#[test]
fn kinds_of_messages_in_messages_are_told_apart() {
    let of = |value: &str, body: &str| {
        let raw = format!("Content-Type: {value}\r\n\r\n{body}");
        let message = Message::parse(raw.as_bytes());
        (message.root().kind(), message.parts().len())
    };
    let inner = "Subject: x\r\n\r\ny";
    assert_eq!(of("message/rfc822", inner), (Kind::Message, 2));
    assert_eq!(of("message/global", inner), (Kind::Message, 2));
    // These hold a header, or a piece of a message, and not a message.
    assert_eq!(of("message/external-body; access-type=x", inner), (Kind::Leaf, 1));
    assert_eq!(of("message/partial; id=x; number=1", inner), (Kind::Leaf, 1));
    assert_eq!(of("message/delivery-status", inner), (Kind::Leaf, 1));
    let form = "--b\r\nContent-Disposition: form-data; name=f; filename=\"a.txt\"\r\n\r\nx\r\n--b--\r\n";
    let raw = format!("Content-Type: multipart/form-data; boundary=b\r\n\r\n{form}");
    let message = Message::parse(raw.as_bytes());
    let part = message.part(1).unwrap();
    assert_eq!(part.disposition().unwrap().parameter("name"), Some("f"));
    assert_eq!(part.file_name().as_deref(), Some("a.txt"));
}
