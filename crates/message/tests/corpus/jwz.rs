//! The MIME torture messages of the nineties, with what MimeKit and MailCore see in them.

use std::fmt::Write;

use mailwright_message::header::address::{Address, AddressList, Mailbox};
use mailwright_message::{Kind, Message, Part};
use serde_json::Value;

use super::corpus;

/// Seconds from a day to the same one a hundred years later.
const CENTURY: i64 = 36_525 * 86_400;

/// Calls `differs` with each message and its number; it gives what differs from the oracle.
fn each(agreed: &[(usize, &str)], differs: impl Fn(usize, &Message<'_>, &std::path::Path) -> Option<String>) {
    let Some(corpus) = corpus("the torture messages") else { return };
    let dir = corpus.join("mailcore2-jwz");
    let (mut new, mut met) = (Vec::new(), Vec::new());
    for number in 1..=152 {
        let raw = std::fs::read(dir.join(format!("messages/{number}"))).unwrap();
        if let Some(how) = differs(number, &Message::parse(&raw), &dir) {
            if agreed.iter().any(|(known, _)| *known == number) {
                met.push(number);
            } else {
                new.push(format!("{number}\n{how}"));
            }
        }
    }
    println!("152 messages, {} differ as listed, {} not\n{}", met.len(), new.len(), new.join("\n"));
    assert!(new.is_empty());
    assert_eq!(
        agreed.iter().find(|(number, _)| !met.contains(number)),
        None,
        "listed, but no longer different"
    );
}

/// What of two texts differs, line by line.
fn lines(ours: &str, theirs: &str) -> Option<String> {
    let (mut a, mut b) = (ours.lines(), theirs.lines());
    let mut out = String::new();
    loop {
        match (a.next(), b.next()) {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => {
                writeln!(out, "    {}\n not {}", one.unwrap_or("-"), other.unwrap_or("-")).unwrap();
            }
        }
    }
    (!out.is_empty()).then_some(out)
}

const NO_SUBTYPE: &str = "Content-Type without type and subtype: text/plain by RFC 2045 §5.2";
const EXTERNAL: &str =
    "the header of what is elsewhere (RFC 2046 §5.2.3) is the body here, there a message in it";
const TWO_AT: &str = "`a@b@c` is no addr-spec; we cut at the last @";
const ZONE: &str = "a named zone that they do not know: see what MimeKit says";
const TREE: &str = "a tree that they do not see whole: see what MimeKit says";
const NO_DATE: &str = "no Date field: there it is the year 2001";

#[test]
fn fields_and_trees_are_those_of_mimekit() {
    let Some(corpus) = corpus("the summary of MimeKit") else { return };
    let summary = std::fs::read_to_string(corpus.join("mailcore2-jwz/mimekit-jwz-summary.txt")).unwrap();
    let summary = summary.replace('\r', "");
    // Each entry begins with the mbox line of its message.
    let mut entries: Vec<String> = Vec::new();
    for line in summary.trim_start_matches('\u{feff}').lines() {
        if line.starts_with("From ") {
            entries.push(String::new());
        } else {
            writeln!(entries.last_mut().unwrap(), "{line}").unwrap();
        }
    }
    assert_eq!(entries.len(), 152);
    let agreed = [
        (1, NO_SUBTYPE),
        (29, NO_SUBTYPE),
        (36, EXTERNAL),
        (37, EXTERNAL),
        (
            44,
            "a zone `est`: RFC 5322 §4.3 has it in capitals, but names are compared without case (RFC 5234 §2.3)",
        ),
        (45, EXTERNAL),
        (86, TWO_AT),
        (88, "a mailbox in the form of VMS, which no grammar of the Internet has"),
        (90, EXTERNAL),
        (125, "a zone `cst`: as `est`"),
        (132, "no boundary parameter: nothing says where its parts are (RFC 2046 §5.1.1)"),
        (134, NO_SUBTYPE),
        (135, NO_SUBTYPE),
        (144, EXTERNAL),
    ];
    each(&agreed, |number, message, _| {
        // What is not there is shown as the first of all dates.
        let theirs = entries[number - 1].replace("Date: Mon, 01 Jan 0001 00:00:00 +0000\n", "");
        lines(&shown(message).replace("-0000", "+0000"), theirs.trim_end())
    });
}

/// As the summary has it.
fn shown(message: &Message<'_>) -> String {
    let mut out = String::new();
    for (name, list) in [("From", message.from()), ("To", message.to()), ("Cc", message.cc())] {
        if name != "Cc" && !list.is_empty() {
            writeln!(out, "{name}: {}", addresses(&list)).unwrap();
        }
    }
    if let Some(subject) = message.subject().filter(|subject| !subject.is_empty()) {
        writeln!(out, "Subject: {subject}").unwrap();
    }
    if let Some(date) = message.date() {
        writeln!(out, "Date: {date}").unwrap();
    }
    tree(message.root(), 0, &mut out);
    out
}

fn addresses(list: &AddressList<'_>) -> String {
    let one = |mailbox: &Mailbox<'_>| match &mailbox.name {
        Some(name) => format!("\"{name}\" <{mailbox}>"),
        None => mailbox.to_string(),
    };
    let all = list.iter().map(|address| match address {
        Address::Mailbox(mailbox) => one(mailbox),
        Address::Group(group) => {
            format!("{}: {};", group.name, group.members.iter().map(one).collect::<Vec<_>>().join(", "))
        }
    });
    all.collect::<Vec<_>>().join(", ")
}

fn tree(part: Part<'_, '_>, depth: usize, out: &mut String) {
    let content_type = part.content_type();
    let (media_type, subtype) = (content_type.media_type(), content_type.subtype());
    writeln!(out, "{}Content-Type: {media_type}/{subtype}", "   ".repeat(depth)).unwrap();
    for child in part.children() {
        tree(child, depth + 1, out);
    }
}

#[test]
fn fields_and_trees_are_those_of_mailcore() {
    let agreed = [
        (5, TREE),
        (7, ZONE),
        (14, ZONE),
        (22, "an empty parameter (`;;`) before the boundary"),
        (28, ZONE),
        (40, TREE),
        (41, TREE),
        (43, ZONE),
        (44, ZONE),
        (60, "white space in a quoted string is part of it (RFC 5322 §3.2.4)"),
        (86, TWO_AT),
        (88, "a mailbox in the form of VMS, which no grammar of the Internet has"),
        (101, ZONE),
        (105, NO_DATE),
        (115, NO_DATE),
        (125, ZONE),
        (140, NO_DATE),
        (145, ZONE),
    ];
    each(&agreed, |number, message, dir| {
        let expected = std::fs::read_to_string(dir.join(format!("expected/{number}"))).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let header = &expected["header"];
        let mut theirs = String::new();
        let mut ours = String::new();
        for (name, list) in [("from", message.from()), ("to", message.to()), ("cc", message.cc())] {
            let known = &header[name];
            let known = if known["items"].is_array() { &known["items"] } else { known };
            let all = match known {
                Value::Array(list) => list.iter().collect(),
                Value::Null => Vec::new(),
                one => vec![one],
            };
            let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
            for one in &all {
                writeln!(theirs, "{name} {:?} {}", text(one, "displayName"), text(one, "mailbox")).unwrap();
            }
            for (place, mailbox) in list.mailboxes().enumerate() {
                // A comment is no name there.
                let named = all.get(place).is_some_and(|one| one["displayName"].is_string());
                let shown = mailbox.name.as_deref().filter(|_| named).unwrap_or_default();
                writeln!(ours, "{name} {shown:?} {mailbox}").unwrap();
            }
        }
        writeln!(theirs, "{}", header["subject"].as_str().unwrap_or_default().trim_end()).unwrap();
        writeln!(ours, "{}", message.subject().unwrap_or_default()).unwrap();
        if let Some(date) = header["date"].as_str() {
            // Years of two digits are a century later there (RFC 5322 §4.3 has 50 to 99 in the last one).
            let theirs_: i64 = date.parse().unwrap();
            let ours_ = message.date().map_or(0, |date| date.unix());
            if ours_ != theirs_ && ours_ + CENTURY != theirs_ {
                writeln!(theirs, "{theirs_}").unwrap();
                writeln!(ours, "{ours_}").unwrap();
            }
        }
        mailcore_tree(&expected["mainPart"], 0, &mut theirs);
        our_tree(message.root(), 0, &mut ours);
        lines(&ours, &theirs)
    });
}

fn mailcore_tree(part: &Value, depth: usize, out: &mut String) {
    let class = part["class"].as_str().unwrap_or_default();
    writeln!(out, "{}{}", "   ".repeat(depth), class.trim_start_matches("mailcore::")).unwrap();
    if let Some(parts) = part["parts"]["items"].as_array() {
        for child in parts {
            mailcore_tree(child, depth + 1, out);
        }
    }
    if part["mainPart"].is_object() {
        mailcore_tree(&part["mainPart"], depth + 1, out);
    }
}

fn our_tree(part: Part<'_, '_>, depth: usize, out: &mut String) {
    let class = match part.kind() {
        Kind::Leaf => "Attachment",
        Kind::Multipart => "Multipart",
        Kind::Message => "MessagePart",
    };
    writeln!(out, "{}{class}", "   ".repeat(depth)).unwrap();
    for child in part.children() {
        our_tree(child, depth + 1, out);
    }
}
