//! What Dovecot 2.3 answers about 806 messages, and what this server answers when they are appended to it.

use crate::wire::{self, Client};
use bytes::Bytes;
use mailwright_imap::{
    parse::response::response,
    types::response::{Data, FetchAttribute, Response, Untagged},
};
use mailwright_testkit::stored;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{collections::HashSet, fmt::Write};

const SETS: [&str; 4] = ["mime4j-mimetools", "mail-parser", "mailcore2-jwz", "spamassassin-spam-1"];

/// Of each set the messages, and what Dovecot says of the mailbox they were in.
fn sets() -> Option<Vec<(&'static str, Vec<Value>, Value)>> {
    let Some(corpus) = mailwright_testkit::corpus() else {
        println!("left out: the answers of Dovecot, as there is no corpus");
        return None;
    };
    let set = |set: &'static str| {
        let lines = std::fs::read_to_string(corpus.join(format!("dovecot-oracle/{set}.jsonl"))).unwrap();
        let mut messages: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let mailbox = messages.pop().unwrap();
        (set, messages, mailbox)
    };
    Some(SETS.into_iter().map(set).collect())
}

/// The messages with which, as the results tell, another second began while Dovecot took a set in.
const ARRIVALS: &[(&str, u32)] = &[("spamassassin-spam-1", 188), ("spamassassin-spam-1", 305)];

/// Appends the messages of a set in their order to a mailbox of their own.
async fn fill(client: &mut Client, set: &str, mailbox: &Value) {
    let corpus = mailwright_testkit::corpus().unwrap();
    client.ok(&format!("CREATE {set}")).await;
    let message = |(number, file): (u32, &Value)| {
        let raw = std::fs::read(corpus.join(file.as_str().unwrap())).unwrap();
        // What has no date of its own sorts by this one.
        let second = ARRIVALS.iter().filter(|(of, from)| *of == set && number >= *from).count();
        (format!("\"25-Nov-2026 12:00:0{second} +0000\""), stored(&raw))
    };
    let messages: Vec<_> = (1..).zip(mailbox["order"].as_array().unwrap()).map(message).collect();
    let said = client.append_all(set, &messages).await;
    assert!(said.starts_with("OK [APPENDUID "), "{set}: {said}");
    client.ok(&format!("SELECT {set}")).await;
}

/// Messages that the two servers place differently by right, by set and number: left out of the comparison.
const SORTED: &[(&str, &[u32], &str)] = &[
    ("mail-parser", &[74], "two Date fields, the first of them broken"),
    ("mail-parser", &[2, 6], "a charset, UTF-7, that is not decoded here"),
    (
        "mail-parser",
        &[11, 21, 23, 28, 53],
        "octets outside ASCII in a field: read as windows-1252 here, as `?` there",
    ),
    ("mailcore2-jwz", &[7, 14, 28], "the zone JST: known here, taken for UTC there"),
    ("mailcore2-jwz", &[86, 88], "an address broken beyond repair"),
    (
        "spamassassin-spam-1",
        &[35, 243, 313],
        "octets outside ASCII in a field: read as windows-1252 here, as `?` there",
    ),
    ("spamassassin-spam-1", &[311], "octets that its charset has not: after all others here (RFC 5255 §4.6)"),
    ("spamassassin-spam-1", &[163, 349, 447], "the zone `+-0500`: no zone here, no date there"),
    ("spamassassin-spam-1", &[406], "the date as asctime writes it: read here, no date there"),
    ("spamassassin-spam-1", &[89, 230, 133, 373], "an address broken beyond repair"),
];

fn is_left_out(set: &str, number: &str) -> bool {
    let number = number.parse().unwrap();
    SORTED.iter().any(|(of, numbers, _)| *of == set && numbers.contains(&number))
}

fn sorted<'t>(set: &str, result: &'t str) -> Vec<&'t str> {
    result.split(' ').filter(|number| !is_left_out(set, number)).collect()
}

/// The threads of a result, in order.
fn threads(result: &str) -> Vec<&str> {
    let (mut threads, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, octet) in result.bytes().enumerate() {
        match octet {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            threads.push(&result[start..=at]);
            start = at + 1;
        }
    }
    threads
}

fn numbers(thread: &str) -> impl Iterator<Item = &str> {
    thread.split(['(', ')', ' ']).filter(|number| !number.is_empty())
}

/// Compares the threads that have, in neither result, anything to do with a message that is left out.
fn same_threads(set: &str, ours: &str, theirs: &str) {
    let both = [threads(ours), threads(theirs)];
    let touched =
        both.iter().flatten().filter(|thread| numbers(thread).any(|number| is_left_out(set, number)));
    let touched: HashSet<&str> = touched.flat_map(|thread| numbers(thread)).collect();
    let [ours, theirs] = both.map(|mut threads| {
        threads.retain(|thread| !numbers(thread).any(|number| touched.contains(number)));
        threads
    });
    assert_eq!(ours, theirs, "{set}");
}

/// Messages whose envelope or structure is shown differently by right: why is said where `mailwright-message` is held
/// against the same answers.
const SHOWN: &[&str] = &[
    "mime4j-mimetools/double-semicolon.msg",
    "mail-parser/eml/malformed/004.eml",
    "mail-parser/eml/malformed/007.eml",
    "mail-parser/eml/malformed/016.eml",
    "mail-parser/eml/malformed/017.eml",
    "mail-parser/eml/malformed/019.eml",
    "mail-parser/eml/malformed/022.eml",
    "mail-parser/eml/rfc/001.eml",
    "mail-parser/eml/rfc/008.eml",
    "mail-parser/eml/thirdparty/004.eml",
    "mail-parser/eml/thirdparty/007.eml",
    "mail-parser/eml/thirdparty/015.eml",
    "mailcore2-jwz/messages/5",
    "mailcore2-jwz/messages/22",
    "mailcore2-jwz/messages/40",
    "mailcore2-jwz/messages/52",
    "mailcore2-jwz/messages/86",
    "spamassassin/spam-1/00096.a791864be5f1205bf2cea0adf241b25a.txt",
    "spamassassin/spam-1/00133.17dccf2499a4245b83890e0784c43499.txt",
    "spamassassin/spam-1/00296.0087354f4bb7c4e756124632a4a7e80a.txt",
    "spamassassin/spam-1/00297.3350c2dbbb0272c27b2c7773d7012356.txt",
    "spamassassin/spam-1/00351.fd1b8a6cd42e81125fb38c2660cd9317.txt",
    "spamassassin/spam-1/00368.2c1ab4bc7f408e0fcb22dca9b2d5a113.txt",
    "spamassassin/spam-1/00373.ebe8670ac56b04125c25100a36ab0510.txt",
];

/// The attributes of a FETCH response, read by our own client's grammar.
fn attributes(octets: Vec<u8>) -> Vec<FetchAttribute> {
    match response(&Bytes::from(octets), false, 200) {
        Ok(Response::Untagged(Untagged::Fetch(fetch))) => fetch.attributes,
        other => panic!("{other:?}"),
    }
}

/// Dovecot's answer to the same question: the oracle writes an octet that is no UTF-8 as `\udcXX`.
fn answer(text: &str) -> Vec<FetchAttribute> {
    let mut pieces = text.split("\\udc");
    let mut octets = b"* 1 FETCH ".to_vec();
    octets.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let (octet, rest) = piece.split_at(2);
        octets.push(u8::from_str_radix(octet, 16).unwrap());
        octets.extend_from_slice(rest.as_bytes());
    }
    attributes(octets)
}

/// For comparison: types and names have no case (RFC 2045 §5.1), runs of white space are one, and what Dovecot puts
/// where an address lacks something is as empty as with us.
fn shown(attribute: &FetchAttribute) -> String {
    let text =
        format!("{attribute:?}").to_lowercase().replace("missing_domain", "").replace("missing_mailbox", "");
    let text = text.replace("\\t", " ").replace("\\r", " ").replace("\\n", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(" \")", "\")")
}

#[tokio::test]
async fn dovecot_answers_the_same() {
    let Some(sets) = sets() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut client = Client::bob(&server).await;
    for (set, messages, mailbox) in sets {
        fill(&mut client, set, &mailbox).await;
        are_shown_alike(&mut client, &messages).await;
        for (by, theirs) in mailbox["sort"].as_object().unwrap() {
            let ours = client.data(&format!("SORT ({by}) UTF-8 ALL")).await.remove(0);
            let ours = sorted(set, ours.strip_prefix("* SORT ").unwrap());
            assert_eq!(ours, sorted(set, theirs.as_str().unwrap()), "{set} {by}");
        }
        for (by, theirs) in mailbox["thread"].as_object().unwrap() {
            let ours = client.data(&format!("THREAD {by} UTF-8 ALL")).await.remove(0);
            same_threads(set, ours.strip_prefix("* THREAD ").unwrap(), theirs.as_str().unwrap());
        }
    }
}

async fn are_shown_alike(client: &mut Client, messages: &[Value]) {
    client.begin("FETCH 1:* (ENVELOPE BODYSTRUCTURE RFC822.SIZE)").await;
    for ((number, expected), ours) in (1..).zip(messages).zip(client.finish().await) {
        let file = expected["file"].as_str().unwrap();
        let known = SHOWN.contains(&file);
        let ours = attributes(ours);
        let [envelope, structure, size] = &ours[..] else { panic!("{file}: {ours:?}") };
        assert_eq!(*size, FetchAttribute::Size(expected["rfc822_size"].as_u64().unwrap()), "{file}");
        for (ours, theirs) in [(envelope, "envelope"), (structure, "bodystructure")] {
            let theirs = answer(expected[theirs].as_str().unwrap());
            assert!(
                known || shown(ours) == shown(&theirs[0]),
                "{file}\n{}\n{}",
                shown(ours),
                shown(&theirs[0])
            );
        }
        let wanted = expected["sections"].as_object().unwrap();
        let items: Vec<String> = wanted.keys().map(|name| format!("BODY.PEEK[{name}]")).collect();
        client.begin(&format!("FETCH {number} ({})", items.join(" "))).await;
        let ours = attributes(client.finish().await.remove(0));
        for ((name, theirs), ours) in wanted.iter().zip(&ours) {
            let octets = match ours {
                FetchAttribute::Section { data: Data::Whole(octets), .. } => octets.clone(),
                FetchAttribute::Section { .. } => Bytes::new(),
                other => panic!("{file} {name}: {other:?}"),
            };
            let same = |octets: &[u8]| theirs[0] == octets.len() && theirs[1] == hash(octets)[..];
            // RFC 2046 §5.1.1: the line end before a delimiter belongs to the delimiter.
            let alike = same(&octets) || same(&[&octets[..], b"\r\n"].concat());
            assert!(known || alike, "{file} {name}: {} octets, not {}", octets.len(), theirs[0]);
        }
    }
}

fn hash(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().take(8).fold(String::new(), |mut hash, octet| {
        write!(hash, "{octet:02x}").unwrap();
        hash
    })
}
