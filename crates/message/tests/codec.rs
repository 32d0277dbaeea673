//! Encoders, decoders and fragments against files that others made.

#![allow(clippy::unwrap_used)] // that is how a test says what is missing

use std::path::PathBuf;

use mailwright_message::encoding::transfer::{TransferEncoding, decode};
use mailwright_message::encoding::{base64, quoted_printable, uuencode};
use mailwright_message::{Message, partial};

fn mimekit() -> Option<PathBuf> {
    let corpus = mailwright_testkit::corpus();
    if corpus.is_none() {
        println!("left out: encoders and fragments, as there is no corpus");
    }
    corpus.map(|corpus| corpus.join("mimekit"))
}

fn with_lf(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|&byte| byte != b'\r').collect()
}

fn decoded(encoding: TransferEncoding, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let decoded = decode(encoding, text, &mut out);
    assert!(decoded.is_clean(), "{encoding}: {decoded:?}");
    out
}

#[test]
fn encoders_and_decoders_agree_with_others_octet_by_octet() {
    let Some(folder) = mimekit() else { return };
    let read = |name: &str| std::fs::read(folder.join("encoders").join(name)).unwrap();
    let photo = read("photo.jpg");
    let mut text = Vec::new();

    assert_eq!(decoded(TransferEncoding::Base64, &read("photo.b64")), photo);
    base64::encode(&photo, &mut text);
    assert_eq!(with_lf(&text), read("photo.b64").trim_ascii_end());

    assert_eq!(decoded(TransferEncoding::UuEncode, &read("photo.uu")), photo);
    assert_eq!(decoded(TransferEncoding::UuEncode, &read("photo.uu-states")), photo);
    text.clear();
    uuencode::encode("photo.jpg", 0o644, &photo, &mut text);
    assert_eq!(with_lf(&text), read("photo.uu"));

    let article = read("wikipedia.txt");
    assert_eq!(decoded(TransferEncoding::QuotedPrintable, &read("wikipedia.qp")), article);
    text.clear();
    quoted_printable::encode_text(&article, &mut text);
    assert_eq!(with_lf(&decoded(TransferEncoding::QuotedPrintable, &text)), with_lf(&article));
    assert!(text.split(|&byte| byte == b'\n').all(|line| line.len() <= 77));
}

#[test]
fn fragments_make_the_whole_octet_by_octet() {
    let Some(folder) = mimekit() else { return };
    let read = |name: &str| std::fs::read(folder.join("partial").join(name)).unwrap();
    for (name, first, last) in [("message-partial", 0, 2), ("rfc2046", 0, 1)] {
        let raw: Vec<_> = (first..=last).rev().map(|number| read(&format!("{name}.{number}.eml"))).collect();
        let fragments: Vec<_> = raw.iter().map(|raw| Message::parse(raw)).collect();
        let whole = partial::reassemble(&fragments).unwrap();
        let expected = read(&format!("{name}.eml"));
        assert_eq!(String::from_utf8_lossy(&whole), String::from_utf8_lossy(&expected), "{name}");
    }
}

#[test]
fn messages_of_mbox_files_are_told_apart() {
    use mailwright_message::mbox::{Dialect, messages};
    let Some(folder) = mimekit() else { return };
    for (name, subjects) in [
        (
            "unmunged.mbox.txt",
            &[
                "This is a test message with an unmunged From line",
                "Another test message with an unmunged From line",
            ][..],
        ),
        ("simple.mbox.txt", &["this'll probably break a lot of mime parsers"]),
    ] {
        let file = std::fs::read(folder.join("mbox").join(name)).unwrap();
        let read: Vec<_> = messages(Dialect::Mboxo, &file)
            .map(|entry| Message::parse(&entry.message()).subject().map(std::borrow::Cow::into_owned))
            .collect();
        assert_eq!(read.len(), if name.starts_with("simple") { 3 } else { 2 });
        assert_eq!(read.iter().flatten().take(subjects.len()).collect::<Vec<_>>(), subjects, "{name}");
        assert!(read.iter().all(Option::is_some), "{name}");
    }
}
