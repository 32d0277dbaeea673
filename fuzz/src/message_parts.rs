//! Trees of parts, drawn from the input: whatever is built of them reads back as it was meant.

use arbitrary::{Result, Unstructured};
use mailwright_message::build::{Builder, DateTime, Part};
use mailwright_message::encoding::transfer::TransferEncoding;
use mailwright_message::{Kind, Message, part};

/// How deep parts lie in parts at most, and how many there are in one.
const DEPTH: usize = 4;
const WIDTH: usize = 4;

/// What a part is to be read back as.
enum Meant {
    Text(String),
    Data(Vec<u8>),
    /// A message of that subject, with one body.
    Message(String, Box<Meant>),
    Multipart(Vec<Named>),
}

/// A part and the name of the file in it.
struct Named {
    meant: Meant,
    file_name: Option<String>,
    description: Option<String>,
}

/// Draws a message of parts, builds it, and reads it again.
pub fn tree(data: &[u8]) {
    // Where text starts, a byte order mark is none of it when read.
    if data.windows(3).any(|octets| octets == b"\xef\xbb\xbf") {
        return;
    }
    let mut input = Unstructured::new(data);
    // An input that is used up draws nothing but what is simplest.
    let _ = drawn(&mut input);
}

fn drawn(input: &mut Unstructured<'_>) -> Result<()> {
    let transport =
        *input.choose(&[TransferEncoding::SevenBit, TransferEncoding::EightBit, TransferEncoding::Binary])?;
    let seed = input.arbitrary()?;
    let (root, meant) = multipart(input, 0)?;
    let built = Builder::new()
        .from("ann@example.test")
        .date(DateTime::from_unix(input.arbitrary()?))
        .transport(transport)
        .seed(seed)
        .utf8_headers(input.arbitrary()?)
        .body(root)
        .build();
    let Ok(composed) = built else { return Ok(()) };
    let bytes = composed.to_vec();
    let message = Message::parse(&bytes);
    assert!(message.defects().is_empty(), "{:?}", message.defects());
    is_meant(message.root(), &meant);
    Ok(())
}

fn multipart<'d>(input: &mut Unstructured<'d>, depth: usize) -> Result<(Part<'d>, Meant)> {
    let subtype = *input.choose(&["mixed", "alternative", "related", "digest", "x-other"])?;
    let (mut parts, mut meant) = (Vec::new(), Vec::new());
    for _ in 0..input.int_in_range(1..=WIDTH)? {
        let (part, one) = part(input, depth + 1)?;
        parts.push(part);
        meant.push(one);
    }
    Ok((Part::multipart(subtype, parts), Meant::Multipart(meant)))
}

fn part<'d>(input: &mut Unstructured<'d>, depth: usize) -> Result<(Part<'d>, Named)> {
    let (mut part, meant) = match input.int_in_range(0..=if depth < DEPTH { 4 } else { 2 })? {
        0 => {
            let text: &str = input.arbitrary()?;
            (Part::text(text), Meant::Text(lines(text)))
        }
        1 => {
            let text: &str = input.arbitrary()?;
            (Part::html(text), Meant::Text(lines(text)))
        }
        2 => {
            let data: &[u8] = input.arbitrary()?;
            (Part::data("application/x-data", data), Meant::Data(data.to_vec()))
        }
        3 => {
            let (subject, text): (&str, &str) = input.arbitrary()?;
            let built = Builder::new()
                .from("bob@example.test")
                .date(DateTime::from_unix(0))
                .subject(subject)
                .body(Part::multipart("mixed", [Part::text(text)]))
                .build();
            match built {
                Ok(composed) => {
                    let inner = Named { meant: Meant::Text(lines(text)), file_name: None, description: None };
                    let meant = Box::new(Meant::Multipart(vec![inner]));
                    (Part::message(composed.to_vec()), Meant::Message(subject.to_owned(), meant))
                }
                Err(_) => (Part::text(""), Meant::Text(String::new())),
            }
        }
        _ => multipart(input, depth)?,
    };
    let (file_name, description): (Option<&str>, Option<&str>) = input.arbitrary()?;
    if let Some(name) = file_name {
        part = part.attachment(name);
    }
    if let Some(text) = description {
        part = part.description(text);
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok((part, Named { meant, file_name: owned(file_name), description: owned(description) }))
}

fn is_meant(part: part::Part<'_, '_>, meant: &Meant) {
    match meant {
        Meant::Text(text) => assert_eq!(part.text(), text.as_str()),
        Meant::Data(data) => assert_eq!(&*part.decoded(), &data[..]),
        Meant::Message(subject, body) => {
            assert_eq!(part.kind(), Kind::Message);
            let inner = part.children().next().expect("there is a message in it");
            let found = inner.header().field("Subject").map(|field| field.text().into_owned());
            assert_eq!(found.unwrap_or_default(), *subject);
            is_meant(inner, body);
        }
        Meant::Multipart(parts) => {
            assert_eq!(part.kind(), Kind::Multipart);
            let children: Vec<_> = part.children().collect();
            assert_eq!(children.len(), parts.len(), "no content ends its part");
            for (child, named) in children.into_iter().zip(parts) {
                assert_eq!(
                    child.file_name().unwrap_or_default(),
                    named.file_name.clone().unwrap_or_default()
                );
                assert_eq!(
                    child.description().unwrap_or_default(),
                    named.description.clone().unwrap_or_default()
                );
                is_meant(child, &named.meant);
            }
        }
    }
}

/// Text as it is written: every line end is CRLF.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\r', '\n'], "\r\n")
}
