//! What FETCH shows of a message, item by item.
#![cfg(feature = "message")]
#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use mailwright_imap::{
    Limits,
    encode::{core::Encoder, response::fetch_attribute},
    message::attribute,
    parse::command::{Context, command},
    types::{
        FetchItem,
        command::CommandBody,
        response::{BodyStructure, Data, FetchAttribute},
    },
};
use mailwright_message::{Message, imap::UnknownEncoding};

const MAIL: &[u8] =
    b"Subject: outer\r\nFrom: Ann <ann@example.test>, nobody\r\nTo: list: bob@example.test;\r\n\
    Content-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n\
    --b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nX-One: 1\r\n\r\nwithin\r\n\
    --b\r\nContent-Transfer-Encoding: x-odd\r\n\r\n?\r\n--b--\r\n";

/// The items of this FETCH.
fn items(written: &str) -> Vec<FetchItem> {
    let frame = Bytes::from(format!("a FETCH 1 ({written})").into_bytes());
    let limits = Limits::default();
    let CommandBody::Fetch(fetch) = command(&frame, Context { limits: &limits, utf8: false }).unwrap().body
    else {
        panic!("{written} is no FETCH")
    };
    fetch.items
}

/// The octets that answer one item.
fn octets(item: &str) -> Data {
    match attribute(&items(item)[0], &Message::parse(MAIL)) {
        Ok(Some(
            FetchAttribute::Section { data, .. }
            | FetchAttribute::Binary { data, .. }
            | FetchAttribute::Rfc822(data)
            | FetchAttribute::Rfc822Header(data)
            | FetchAttribute::Rfc822Text(data),
        )) => data,
        other => panic!("{item}: {other:?}"),
    }
}

#[test]
fn octets_are_those_of_the_section() {
    let whole = |text: &'static str| Data::Whole(Bytes::from_static(text.as_bytes()));
    assert_eq!(octets("BODY[]"), Data::Whole(MAIL.into()));
    assert_eq!(octets("RFC822"), Data::Whole(MAIL.into()));
    assert_eq!(octets("BODY[1]"), whole("aGVsbG8="));
    assert_eq!(octets("BODY[1]<2.3>"), whole("Vsb"));
    assert_eq!(octets("BODY[1]<2.300>"), whole("VsbG8="));
    assert_eq!(octets("BODY[1]<200.3>"), whole(""));
    assert_eq!(octets("BODY[1.MIME]"), whole("Content-Transfer-Encoding: base64\r\n\r\n"));
    assert_eq!(octets("BODY[2.TEXT]"), whole("within"));
    assert_eq!(octets("BODY[2.HEADER.FIELDS (x-one)]"), whole("X-One: 1\r\n\r\n"));
    assert_eq!(octets("BODY[2.HEADER.FIELDS.NOT (x-one)]"), whole("Subject: inner\r\n\r\n"));
    assert_eq!(octets("BODY[HEADER.FIELDS (Subject)]"), whole("Subject: outer\r\n\r\n"));
    assert_eq!(octets("BODY[9]"), Data::Nil);
    assert_eq!(octets("BINARY[1]"), whole("hello"));
    assert_eq!(octets("BINARY[1]<1.3>"), whole("ell"));
    assert_eq!(octets("BINARY[9]"), Data::Nil);
    let Data::Whole(header) = octets("RFC822.HEADER") else { panic!("no header") };
    let Data::Whole(text) = octets("RFC822.TEXT") else { panic!("no text") };
    assert_eq!([header, text].concat(), MAIL);
}

#[test]
fn an_encoding_that_is_not_known_is_an_error() {
    let message = Message::parse(MAIL);
    for item in ["BINARY[3]", "BINARY.SIZE[3]"] {
        assert_eq!(attribute(&items(item)[0], &message), Err(UnknownEncoding), "{item}");
    }
    let size = attribute(&items("BINARY.SIZE[1]")[0], &message);
    assert!(matches!(size, Ok(Some(FetchAttribute::BinarySize { size: 5, .. }))), "{size:?}");
}

#[test]
fn what_the_mailbox_knows_is_not_the_messages() {
    let message = Message::parse(MAIL);
    for item in ["FLAGS", "INTERNALDATE", "UID", "MODSEQ", "EMAILID", "SAVEDATE"] {
        assert_eq!(attribute(&items(item)[0], &message), Ok(None), "{item}");
    }
}

#[test]
fn an_envelope_says_what_an_address_lacks() {
    let Ok(Some(FetchAttribute::Envelope(envelope))) = attribute(&FetchItem::Envelope, &Message::parse(MAIL))
    else {
        panic!("no envelope")
    };
    let hosts: Vec<_> = envelope.from.iter().map(|address| address.host.clone()).collect();
    assert_eq!(hosts, [Some("example.test".into()), Some("MISSING_DOMAIN".into())]);
    assert_eq!(envelope.sender, envelope.from);
    // A group: its name, its member, its end.
    let to: Vec<_> = envelope.to.iter().map(|a| (a.mailbox.is_some(), a.host.is_some())).collect();
    assert_eq!(to, [(true, false), (true, true), (false, false)]);
}

#[test]
fn a_structure_is_that_of_the_parts() {
    let Ok(Some(FetchAttribute::BodyStructure(structure))) =
        attribute(&FetchItem::BodyStructure, &Message::parse(MAIL))
    else {
        panic!("no structure")
    };
    let BodyStructure::Multi(multi) = *structure.clone() else { panic!("not of several parts") };
    assert_eq!(multi.parts.len(), 3);
    let mut out = Encoder::server(false);
    fetch_attribute(&mut out, &FetchAttribute::BodyStructure(structure));
    let wire = String::from_utf8(out.take().into()).unwrap();
    assert!(wire.contains(r#"("message" "rfc822" NIL NIL NIL "7bit" "#), "{wire}");
    assert!(wire.ends_with(r#"("boundary" "b") NIL NIL NIL)"#), "{wire}");
}
