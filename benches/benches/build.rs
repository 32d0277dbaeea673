//! Building a message of three parts with an attachment of a megabyte, and the codecs it is made of.
//!
//! Measured on two cores with AVX2, against mail-builder 2: 0.98 times as fast with a megabyte, 0.6 with a kilobyte. Both
//! leave base64 to `encodify`, which is all that counts in a megabyte: a tenth of its time depends on whether the body
//! begins at an even octet. What is left are two microseconds a message for what only we do: addresses, names and
//! identifiers are checked by their grammar, the envelope is put together, contents are searched for the boundaries, and
//! every text takes the smallest encoding.

use mailwright_benches::{Work, contender, race};
use mailwright_message::build::{Builder, DateTime};
use mailwright_message::edit::Edit;
use mailwright_message::encoding::{base64, quoted_printable};
use mailwright_message::{Message, build::Field};

const SUBJECT: &str = "Grüße aus Köln: the numbers of the last year";
const TEXT: &str = "Dear Bob,\r\n\r\nhere are the numbers, with an ä or two.\r\n\r\nAnn\r\n";
const HTML: &str = "<p>Dear Bob,</p><p>here are the numbers, with an ä or two.</p><p>Ann</p>";

fn main() {
    let data: Vec<u8> = (0..1_048_576_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for size in [1_048_576, 1024] {
        let data = &data[..size];
        println!("sizes: {} {} {}", mailwright(data).len(), mail_builder(data).len(), lettre(data).len());
        let title = format!("build: text, HTML and an attachment of {size} octets");
        // In races of two: what one leaves of the heap, the next one finds.
        let ours = || contender("mailwright", || mailwright(data).len() as u64);
        let theirs = contender("mail-builder 2", || mail_builder(data).len() as u64);
        race(&title, Work::Operations(1), vec![ours(), theirs]);
        race(&title, Work::Operations(1), vec![ours(), contender("lettre", || lettre(data).len() as u64)]);
    }

    let message = mailwright(&data);
    let parsed = Message::parse(&message);
    let received = Field::structured("Received", "from a.test by b.test; Tue, 14 Nov 2023 22:13:20 +0000")
        .expect("valid");
    race(
        "edit: a field before a message of 1.4 MB",
        Work::Octets(message.len()),
        vec![
            contender("mailwright", || {
                let mut edit = Edit::new(&parsed);
                edit.header(0).and_then(|header| Ok(header.prepend(&received)?)).expect("valid");
                edit.to_vec().len() as u64
            }),
            contender("a copy", || std::hint::black_box(message.to_vec()).len() as u64),
        ],
    );

    let mut wrapped = Vec::new();
    base64::encode(&data, &mut wrapped);
    let mut out = Vec::with_capacity(data.len());
    race(
        "decode: wrapped base64",
        Work::Octets(wrapped.len()),
        vec![contender("mailwright", || {
            out.clear();
            base64::decode(&wrapped, &mut out);
            out.len() as u64
        })],
    );
    for (name, text) in [
        (
            "plain",
            "A line of text of the usual length, with nothing in it that has to be escaped.\r\n"
                .repeat(10_000),
        ),
        (
            "Latin",
            "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, und so fort.\r\n"
                .repeat(10_000),
        ),
        ("Cyrillic", "Съешь же ещё этих мягких французских булок, да выпей чаю.\r\n".repeat(10_000)),
    ] {
        let mut encoded = Vec::new();
        quoted_printable::encode_text(text.as_bytes(), &mut encoded);
        let mut ours = Vec::with_capacity(encoded.len());
        let mut theirs = Vec::with_capacity(encoded.len());
        race(
            &format!("decode: quoted-printable, {name}"),
            Work::Octets(encoded.len()),
            vec![
                contender("mailwright", || {
                    ours.clear();
                    quoted_printable::decode(&encoded, &mut ours);
                    ours.len() as u64
                }),
                contender("encodify", || {
                    theirs.clear();
                    encodify::qp::BODY.decode_append(&encoded, &mut theirs).expect("lenient");
                    theirs.len() as u64
                }),
            ],
        );
    }
}

fn mailwright(data: &[u8]) -> Vec<u8> {
    Builder::new()
        .from(("Ann Müller", "ann@example.test"))
        .to(("Bob", "bob@example.net"))
        .subject(SUBJECT)
        .date(DateTime::from_unix(1_700_000_000))
        .message_id("1@example.test")
        .text(TEXT)
        .html(HTML)
        .attach("Tabelle für Bob.bin", "application/octet-stream", data)
        .build()
        .expect("valid")
        .to_vec()
}

fn mail_builder(data: &[u8]) -> Vec<u8> {
    mail_builder::MessageBuilder::new()
        .from(("Ann Müller", "ann@example.test"))
        .to(("Bob", "bob@example.net"))
        .subject(SUBJECT)
        .date(1_700_000_000_i64)
        .message_id("1@example.test")
        .text_body(TEXT)
        .html_body(HTML)
        .attachment("application/octet-stream", "Tabelle für Bob.bin", data)
        .write_to_vec()
        .expect("a Vec takes all")
}

fn lettre(data: &[u8]) -> Vec<u8> {
    use lettre::message::{Attachment, MultiPart};
    let attachment = Attachment::new("Tabelle für Bob.bin".into())
        .body(data.to_vec(), "application/octet-stream".parse().expect("valid"));
    lettre::Message::builder()
        .from("Ann Müller <ann@example.test>".parse().expect("valid"))
        .to("Bob <bob@example.net>".parse().expect("valid"))
        .subject(SUBJECT)
        .message_id(Some("<1@example.test>".into()))
        .multipart(
            MultiPart::mixed()
                .multipart(MultiPart::alternative_plain_html(TEXT.to_owned(), HTML.to_owned()))
                .singlepart(attachment),
        )
        .expect("valid")
        .formatted()
}
