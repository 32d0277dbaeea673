//! The writing side of messages: what is built reads back, what is edited stays as it was elsewhere, codecs invert.

use mailwright_message::build::{Builder, DateTime, Field, Part};
use mailwright_message::edit::Edit;
use mailwright_message::encoding::transfer::{TransferEncoding, decode};
use mailwright_message::encoding::{base64, charset, quoted_printable, uuencode, yenc};
use mailwright_message::mbox::{self, Dialect};
use mailwright_message::report::{DeliveryStatus, DispositionNotification, Feedback, Report};
use mailwright_message::{Message, flowed, html};

const TRANSPORTS: [TransferEncoding; 3] =
    [TransferEncoding::SevenBit, TransferEncoding::EightBit, TransferEncoding::Binary];

/// The input, split at 0xff, gives subject, name, file name, text and data. Either an error, or a message that reads
/// back as it was meant.
pub fn build(data: &[u8]) {
    let mut pieces = data.splitn(6, |&byte| byte == 0xff);
    let mut next = || String::from_utf8_lossy(pieces.next().unwrap_or_default()).into_owned();
    let (subject, name, file, address, text) = (next(), next(), next(), next(), next());
    let content = pieces.next().unwrap_or_default();
    // Where text starts, a byte order mark is none of it when read.
    if data.windows(3).any(|octets| octets == b"\xef\xbb\xbf") {
        return;
    }
    let transport = TRANSPORTS[content.len() % 3];
    let composed = Builder::new()
        .from((name.as_str(), "ann@example.test"))
        .to(if address.is_empty() { "bob@example.test" } else { address.as_str() })
        .bcc("hidden@example.test")
        .date(DateTime::from_unix(i64::try_from(content.len()).unwrap_or(0)))
        .subject(&subject)
        .text(text.as_str())
        .attach(&file, "application/octet-stream", content)
        .attach_part(Part::message(content))
        .transport(transport)
        .build();
    let Ok(composed) = composed else { return };
    let bytes = composed.to_vec();
    let mut streamed = Vec::new();
    composed.write_to(&mut streamed).expect("a Vec takes all");
    assert!(bytes == streamed, "written at once and in pieces");
    let message = Message::parse(&bytes);
    if composed.transport() != TransferEncoding::Binary {
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r\n").expect("a line ends in CRLF");
            assert!(line.len() <= 998 && !line.contains(&b'\r'));
        }
    }
    let labelled = usize::from(composed.transport() != TransferEncoding::SevenBit);
    assert_eq!(message.header().len(), 6 + labelled, "no value adds a field");
    assert!(message.header().field("Bcc").is_none());
    assert_eq!(message.subject().as_deref(), Some(subject.as_str()));
    let from = message.from();
    let mailbox = from.mailboxes().next().expect("an author");
    assert_eq!(mailbox.name.as_deref().unwrap_or_default(), name);
    let parts: Vec<_> = message.root().children().collect();
    assert_eq!(parts.len(), 3, "no content ends its part");
    assert_eq!(parts[1].decoded(), content);
    assert_eq!(parts[1].file_name().unwrap_or_default(), file);
}

/// The first two octets choose a change and a part; the rest is the message.
pub fn edit(data: &[u8]) {
    let Some((&[change, index], raw)) = data.split_first_chunk::<2>() else { return };
    let message = Message::parse(raw);
    let mut edit = Edit::new(&message);
    let index = usize::from(index) % message.parts().len();
    let Some(part) = message.part(index) else { return };
    let field = Field::text("X-Field", "value").expect("valid");
    let header = edit.header(index).expect("the part is there");
    let touched = match change % 10 {
        0 => part.header_range().start..part.header_range().start,
        1 => {
            header.prepend(&field).expect("valid");
            part.header_range()
        }
        2 => {
            header.append(&field).expect("valid");
            part.header_range()
        }
        3 => {
            header.set(&Field::text("Subject", "value").expect("valid")).expect("valid");
            part.header_range()
        }
        4 => {
            header.remove("Received");
            part.header_range()
        }
        5 => {
            header.rename("Subject", "X-Subject").expect("valid");
            part.header_range()
        }
        6 => {
            if edit.replace(index, Part::text("new\n")).is_err() {
                return;
            }
            part.range()
        }
        8 | 9 => {
            let new = Part::text("new\n");
            let done =
                if change % 10 == 8 { edit.insert_before(index, new) } else { edit.append(index, new) };
            if done.is_ok() {
                // At one place or another.
                let out = edit.to_vec();
                let before = raw.iter().zip(&out).take_while(|(one, other)| one == other).count();
                let after =
                    raw.iter().rev().zip(out.iter().rev()).take_while(|(one, other)| one == other).count();
                assert!(before + after >= raw.len(), "what is around a new part is as it was");
            }
            return;
        }
        _ => {
            if edit.remove(index).is_err() {
                return;
            }
            // Its delimiter line goes with it.
            let before = &raw[..part.range().start];
            let line = before.strip_suffix(b"\n").unwrap_or(before);
            let start = line.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            start.saturating_sub(2)..(part.range().end + 2).min(raw.len())
        }
    };
    let out = edit.to_vec();
    let (head, tail) = (&raw[..touched.start], &raw[touched.end..]);
    assert!(out.starts_with(head), "what stands before is as it was");
    assert!(out.ends_with(tail), "what stands after is as it was");
    if change % 10 == 0 {
        assert!(out == raw);
    }
}

/// Decoders take anything and never make more of it; encoders are inverted.
pub fn codec(data: &[u8]) {
    for encoding in [
        TransferEncoding::Base64,
        TransferEncoding::QuotedPrintable,
        TransferEncoding::UuEncode,
        TransferEncoding::YEnc,
    ] {
        let mut out = Vec::new();
        decode(encoding, data, &mut out);
        assert!(out.len() <= data.len(), "{encoding}");
        let (mut coded, mut back) = (Vec::new(), Vec::new());
        match encoding {
            TransferEncoding::Base64 => base64::encode(data, &mut coded),
            TransferEncoding::QuotedPrintable => quoted_printable::encode_binary(data, &mut coded),
            TransferEncoding::UuEncode => uuencode::encode("a", 0o644, data, &mut coded),
            _ => yenc::encode("a", data, &mut coded),
        }
        assert!(decode(encoding, &coded, &mut back).is_clean(), "{encoding}");
        assert!(back == data, "{encoding}");
    }
    let (label, text) = data.split_at(data.len().min(12));
    let decoded = charset::decode(&String::from_utf8_lossy(label), text);
    assert!(decoded.len() <= text.len() * 3 + 3);
    let text = String::from_utf8_lossy(data);
    assert!(html::to_text(&text).len() <= text.len() * 10 + 16);
    for delsp in [false, true] {
        let _ = flowed::decode(&text, delsp);
        let wire = flowed::encode(&text, flowed::Options { width: 40, delsp });
        let again = flowed::encode(&flowed::decode(&wire, delsp), flowed::Options { width: 40, delsp });
        assert_eq!(again, wire);
    }
    for dialect in [Dialect::Mboxo, Dialect::Mboxrd, Dialect::Mboxcl2] {
        let read: usize = mbox::messages(dialect, data).map(|entry| entry.message().len()).sum();
        assert!(read <= data.len());
    }
    let mut file = Vec::new();
    mbox::write(Dialect::Mboxrd, &text, DateTime::from_unix(0), data, &mut file);
    let read: Vec<_> = mbox::messages(Dialect::Mboxrd, &file).map(|entry| entry.message()).collect();
    assert_eq!(read.len(), 1);
    assert!(read[0].starts_with(data));
}

/// Reports take anything; what they are written as reads back as it was.
pub fn report(data: &[u8]) {
    let message = Message::parse(data);
    let _ = Report::salvage(&message).map(|report| report.original.map(|part| part.raw().len()));
    stable(data, |data| DeliveryStatus::parse(data).to_bytes());
    stable(data, |data| DispositionNotification::parse(data).to_bytes());
    stable(data, |data| Feedback::parse(data).to_bytes());
    let status = DeliveryStatus::parse(data);
    if let Ok(bytes) = status.to_bytes() {
        assert_eq!(DeliveryStatus::parse(&bytes).recipients.len(), status.recipients.len());
    }
}

/// Read and written twice, a report has its final form: what no report may hold is gone after the first time, and what
/// that brought together after the second. Long words, which are broken or cut, aside.
fn stable<E: std::fmt::Debug>(data: &[u8], rewrite: impl Fn(&[u8]) -> Result<Vec<u8>, E>) {
    let Ok(first) = rewrite(data) else { return };
    let once = rewrite(&first).expect("nothing is missing now");
    if once.len() < 500 {
        let twice = rewrite(&once).expect("nothing is missing now");
        assert_eq!(String::from_utf8_lossy(&twice), String::from_utf8_lossy(&once));
    }
}
