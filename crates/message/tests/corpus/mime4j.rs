//! The messages of Perl's MIME-tools, with the trees and bodies that mime4j finds in them.

use std::path::Path;

use mailwright_message::{Kind, Message, Part};

use super::corpus;

/// One thing in a tree, in the order of the octets.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Event {
    Begin(&'static str),
    End(&'static str),
    Field(String),
    Preamble(String),
    Body(String),
    Epilogue(String),
    /// A body, decoded: its octets.
    Decoded(Vec<u8>),
}

const CONTAINERS: [&str; 4] = ["message", "header", "multipart", "body-part"];

/// Reads the trees that are in the corpus: elements, text, `name` attributes and entities, nothing else.
fn expected(xml: &str, dir: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let mut rest = xml;
    while let Some(start) = rest.find('<') {
        let end = start + rest[start..].find('>').unwrap();
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = CONTAINERS.into_iter().find(|name| *name == tag) {
            events.push(Event::Begin(name));
        } else if let Some(name) = CONTAINERS.into_iter().find(|name| tag.strip_prefix('/') == Some(name)) {
            events.push(Event::End(name));
        } else if let Some(file) = tag.split('"').nth(1) {
            let octets = std::fs::read(dir.join(file)).unwrap();
            events.push(decoded(octets, tag.starts_with("text")));
        } else if !tag.starts_with('?') {
            let close = rest.find("</").unwrap();
            let text = text(&rest[..close]);
            rest = &rest[close + rest[close..].find('>').unwrap() + 1..];
            events.push(match tag {
                "field" => Event::Field(text.trim_end().to_owned()),
                // What is there but a line end is sometimes left out and sometimes not.
                "preamble" | "epilogue" if text.trim_matches('\n').is_empty() => continue,
                "preamble" => Event::Preamble(text),
                "body" => Event::Body(text),
                "epilogue" => Event::Epilogue(text),
                other => panic!("element {other}"),
            });
        }
    }
    events
}

/// Text of the tree: a line end after the tag is not part of it.
fn text(text: &str) -> String {
    let text = text.strip_prefix("\r\n").or_else(|| text.strip_prefix('\n')).unwrap_or(text);
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
        .replace('\r', "")
}

/// Octets as the trees have them: each one character, no CR.
fn shown(octets: &[u8]) -> String {
    octets.iter().filter(|&&octet| octet != b'\r').map(|&octet| char::from(octet)).collect()
}

/// Line ends of text are made anew where it is decoded: they are not compared.
fn decoded(mut octets: Vec<u8>, text: bool) -> Event {
    if text {
        octets.retain(|&octet| octet != b'\r');
    }
    Event::Decoded(octets)
}

fn ours(message: &Message<'_>, decode: bool) -> Vec<Event> {
    let mut events = Vec::new();
    part(message.root(), "message", decode, &mut events);
    events
}

fn part(part_: Part<'_, '_>, element: &'static str, decode: bool, events: &mut Vec<Event>) {
    let raw = part_.message().raw();
    events.push(Event::Begin(element));
    events.push(Event::Begin("header"));
    for field in part_.header().iter() {
        events.push(Event::Field(shown(field.raw()).trim_end().to_owned()));
    }
    events.push(Event::End("header"));
    match part_.kind() {
        Kind::Leaf if decode => {
            events.push(decoded(part_.decoded().into_owned(), part_.content_type().is_type("text")));
        }
        Kind::Leaf => events.push(Event::Body(shown(part_.body()))),
        Kind::Multipart => {
            events.push(Event::Begin("multipart"));
            let preamble = shown(&raw[part_.preamble_range().unwrap()]);
            if !preamble.trim_matches('\n').is_empty() {
                events.push(Event::Preamble(preamble));
            }
            for child in part_.children() {
                part(child, "body-part", decode, events);
            }
            let epilogue = part_.epilogue_range().map(|range| shown(&raw[range])).unwrap_or_default();
            if !epilogue.trim_matches('\n').is_empty() {
                events.push(Event::Epilogue(epilogue));
            }
            events.push(Event::End("multipart"));
        }
        Kind::Message => part(part_.children().next().unwrap(), "message", decode, events),
    }
    events.push(Event::End(element));
}

const ENCODED_MESSAGE: (&str, &str) = (
    "multi-2gifs-base64",
    "message/rfc822 may not be base64 (RFC 2045 §6.4): the tree takes no notice of it",
);

const FOLDED_DELIMITER: (&str, &str) =
    ("badbound", "the delimiters are broken over two lines: no line is one (RFC 2046 §5.1.1)");

#[test]
fn trees_are_those_of_mime4j() {
    compare(".xml", false, &[ENCODED_MESSAGE, FOLDED_DELIMITER]);
}

#[test]
fn decoded_bodies_are_those_of_mime4j() {
    let agreed = [
        ENCODED_MESSAGE,
        FOLDED_DELIMITER,
        ("frag", "base64 that ends within a group: we give the octets that are whole"),
        ("multi-frag", "base64 with a broken delimiter after it: we give what its letters decode to"),
    ];
    compare("_decoded.xml", true, &agreed);
}

fn compare(suffix: &str, decode: bool, agreed: &[(&str, &str)]) {
    let Some(corpus) = corpus("the trees of mime4j") else { return };
    let dir = corpus.join("mime4j-mimetools");
    let mut names: Vec<_> = std::fs::read_dir(&dir)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".msg").map(str::to_owned))
        .collect();
    names.sort();
    let (mut differ, mut met) = (Vec::new(), Vec::new());
    for name in &names {
        let raw = std::fs::read(dir.join(format!("{name}.msg"))).unwrap();
        let xml: String = std::fs::read(dir.join(format!("{name}{suffix}")))
            .unwrap()
            .iter()
            .map(|&o| char::from(o))
            .collect();
        let ours = ours(&Message::parse(&raw), decode);
        let theirs = expected(&xml, &dir);
        if let Some(place) =
            (0..ours.len().max(theirs.len())).find(|&place| ours.get(place) != theirs.get(place))
        {
            if let Some((known, _)) = agreed.iter().find(|(known, _)| known == name) {
                met.push(*known);
            } else {
                differ.push(format!(
                    "{name}\n    {:?}\n not {:?}",
                    cut(ours.get(place)),
                    cut(theirs.get(place))
                ));
            }
        }
    }
    println!(
        "{} messages, {} differ as listed, {} not\n{}",
        names.len(),
        met.len(),
        differ.len(),
        differ.join("\n")
    );
    assert!(differ.is_empty());
    assert_eq!(agreed.iter().find(|(name, _)| !met.contains(name)), None, "listed, but no longer different");
}

fn cut(event: Option<&Event>) -> String {
    let mut all = match event {
        Some(Event::Decoded(octets)) => format!("Decoded({:?})", String::from_utf8_lossy(octets)),
        other => format!("{other:?}"),
    };
    if let Some((end, _)) = all.char_indices().nth(300) {
        all.truncate(end);
    }
    all
}
