//! What Dovecot 2.3 answers about 806 messages: envelope, structure, and the octets of every section.

use std::fmt::Write;

use mailwright_message::Message;
use mailwright_message::imap::{BodyStructure, Envelope, SectionText};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::sexp::Sexp;
use super::{corpus, stored};

/// The oracle writes an octet that is no UTF-8 as `\udcXX`.
fn octets(text: &str) -> Vec<u8> {
    let mut pieces = text.split("\\udc");
    let mut out = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (octet, rest) = piece.split_at(2);
        out.push(u8::from_str_radix(octet, 16).unwrap());
        out.extend_from_slice(rest.as_bytes());
    }
    out
}

fn each(mut check: impl FnMut(&str, &[u8], &Value)) {
    let Some(corpus) = corpus("the Dovecot oracle") else { return };
    for set in ["mime4j-mimetools", "mail-parser", "mailcore2-jwz", "spamassassin-spam-1"] {
        let lines = std::fs::read_to_string(corpus.join(format!("dovecot-oracle/{set}.jsonl"))).unwrap();
        for line in lines.lines() {
            let expected: Value = serde_json::from_str(line).unwrap();
            if let Some(file) = expected["file"].as_str() {
                let raw = stored(&std::fs::read(corpus.join(file)).unwrap());
                assert_eq!(expected["rfc822_size"], raw.len(), "{file}: not the octets that Dovecot had");
                check(file, &raw, &expected);
            }
        }
    }
}

/// The value after the name, as in `(ENVELOPE (...))`.
fn answer(expected: &Value, name: &str) -> Sexp {
    match Sexp::read(&octets(expected[name].as_str().unwrap())) {
        Sexp::List(mut list) => list.pop().unwrap(),
        other => other,
    }
}

/// Checks that exactly the listed messages differ, so that the lists never go stale.
fn agree(what: &str, all: usize, differ: &[(String, String)], agreed: &[(&str, &str)]) {
    println!("{what}: {all} compared, {} differ, as listed", differ.len());
    let new: Vec<_> =
        differ.iter().filter(|(file, _)| !agreed.iter().any(|(known, _)| file == known)).collect();
    for (file, how) in &new {
        println!("{file}\n{how}");
    }
    assert!(new.is_empty(), "{} {what} differ that are not listed", new.len());
    let gone = |(known, _): &&(&str, &str)| all > 0 && !differ.iter().any(|(file, _)| file == known);
    assert_eq!(agreed.iter().find(gone), None, "listed, but no longer different");
}

const ENVELOPES: &[(&str, &str)] = &[
    (
        "mailcore2-jwz/messages/86",
        "`a@b@c` is no addr-spec: we cut at the last @, as RFC 5321 §4.1.2 names the last",
    ),
    (
        "spamassassin/spam-1/00096.a791864be5f1205bf2cea0adf241b25a.txt",
        "broken angle-addr: Dovecot says SYNTAX_ERROR",
    ),
    (
        "spamassassin/spam-1/00133.17dccf2499a4245b83890e0784c43499.txt",
        "broken angle-addr: Dovecot says SYNTAX_ERROR",
    ),
    (
        "spamassassin/spam-1/00296.0087354f4bb7c4e756124632a4a7e80a.txt",
        "broken angle-addr: Dovecot says SYNTAX_ERROR",
    ),
    (
        "spamassassin/spam-1/00297.3350c2dbbb0272c27b2c7773d7012356.txt",
        "broken angle-addr: Dovecot says SYNTAX_ERROR",
    ),
    (
        "spamassassin/spam-1/00351.fd1b8a6cd42e81125fb38c2660cd9317.txt",
        "broken angle-addr: Dovecot says SYNTAX_ERROR",
    ),
    (
        "spamassassin/spam-1/00368.2c1ab4bc7f408e0fcb22dca9b2d5a113.txt",
        "broken angle-addr: Dovecot says SYNTAX_ERROR",
    ),
    (
        "spamassassin/spam-1/00373.ebe8670ac56b04125c25100a36ab0510.txt",
        "broken angle-addr: Dovecot says SYNTAX_ERROR",
    ),
];

const SEMICOLONS: &str = "an empty parameter (`;;`) or a missing semicolon: what follows are parameters all the same \
                          (RFC 2045 §5.1), and the boundary is among them; Dovecot drops them";
const PREFIX: &str = "a delimiter line is `--`, the boundary and padding (RFC 2046 §5.1.1, delimiter); one that goes \
                      on with other octets may be of another multipart, and is text here";
const CUT_HEADER: &str = "a delimiter line ends the header of a part without a body (RFC 2046 §5.1.1, body-part), and a \
                          closing one begins no part; Dovecot finds two empty ones more";

const STRUCTURES: &[(&str, &str)] = &[
    ("mime4j-mimetools/double-semicolon.msg", SEMICOLONS),
    ("mail-parser/eml/malformed/004.eml", PREFIX),
    ("mail-parser/eml/malformed/007.eml", CUT_HEADER),
    ("mail-parser/eml/malformed/016.eml", PREFIX),
    ("mail-parser/eml/malformed/017.eml", SEMICOLONS),
    ("mail-parser/eml/rfc/001.eml", SEMICOLONS),
    ("mailcore2-jwz/messages/22", SEMICOLONS),
    (
        "mailcore2-jwz/messages/52",
        "a second comment that is not closed: the address before it is whole (RFC 5322 §3.4.1); Dovecot has no domain",
    ),
];

const SECTIONS: &[(&str, &str)] = &[
    ("mime4j-mimetools/double-semicolon.msg", SEMICOLONS),
    ("mail-parser/eml/malformed/004.eml", PREFIX),
    ("mail-parser/eml/malformed/007.eml", CUT_HEADER),
    ("mail-parser/eml/malformed/016.eml", PREFIX),
    ("mail-parser/eml/malformed/017.eml", SEMICOLONS),
    ("mailcore2-jwz/messages/22", SEMICOLONS),
];

#[test]
fn envelopes_are_those_of_dovecot() {
    let (mut all, mut differ) = (0, Vec::new());
    each(|file, raw, expected| {
        all += 1;
        let envelope = Envelope::of(&Message::parse(raw));
        assert_eq!(Envelope::from_bytes(&envelope.to_bytes()).as_ref(), Ok(&envelope), "{file}");
        let ours = Sexp::envelope(&envelope).condensed();
        let theirs = answer(expected, "envelope").condensed();
        if ours != theirs {
            differ.push((file.to_owned(), difference(&ours, &theirs)));
        }
    });
    agree("envelopes", all, &differ, ENVELOPES);
}

#[test]
fn structures_are_those_of_dovecot() {
    let (mut all, mut differ) = (0, Vec::new());
    each(|file, raw, expected| {
        all += 1;
        let structure = BodyStructure::of(&Message::parse(raw));
        assert_eq!(BodyStructure::from_bytes(&structure.to_bytes()).as_ref(), Ok(&structure), "{file}");
        // Types, encodings and names are compared without case (RFC 2045 §5.1): Dovecot writes common ones anew.
        let ours = Sexp::body(&structure, 0).condensed().lower();
        let theirs = answer(expected, "bodystructure").condensed().lower();
        if ours != theirs {
            differ.push((file.to_owned(), difference(&ours, &theirs)));
        }
    });
    agree("structures", all, &differ, STRUCTURES);
}

#[test]
fn sections_are_those_of_dovecot() {
    let (mut all, mut differ) = (0, Vec::new());
    each(|file, raw, expected| {
        let structure = BodyStructure::of(&Message::parse(raw));
        for (name, section) in expected["sections"].as_object().unwrap() {
            all += 1;
            let mut path = Vec::new();
            let mut text = None;
            for word in name.split('.') {
                match word {
                    "HEADER" => text = Some(SectionText::Header),
                    "TEXT" => text = Some(SectionText::Text),
                    "MIME" => text = Some(SectionText::Mime),
                    number => path.push(number.parse().unwrap()),
                }
            }
            let range = structure.section(&path, text).unwrap_or(0..0);
            let octets = &raw[range];
            if section[0] != octets.len() || section[1] != hash(octets)[..] {
                differ
                    .push((file.to_owned(), format!("{name}: {} octets, not {}", octets.len(), section[0])));
            }
        }
    });
    agree("sections", all, &differ, SECTIONS);
}

fn hash(octets: &[u8]) -> String {
    Sha256::digest(octets).iter().take(8).fold(String::new(), |mut hash, octet| {
        write!(hash, "{octet:02x}").unwrap();
        hash
    })
}

/// The places where two trees part.
fn difference(ours: &Sexp, theirs: &Sexp) -> String {
    match (ours, theirs) {
        (Sexp::List(a), Sexp::List(b)) if a.len() == b.len() => {
            a.iter().zip(b).filter(|(a, b)| a != b).map(|(a, b)| difference(a, b)).collect()
        }
        _ => format!("    {}\n not {}\n", shown(ours), shown(theirs)),
    }
}

fn shown(value: &Sexp) -> String {
    match value {
        Sexp::Nil => "NIL".to_owned(),
        Sexp::Text(text) => format!("{:?}", String::from_utf8_lossy(text)),
        Sexp::List(list) => format!("({})", list.iter().map(shown).collect::<Vec<_>>().join(" ")),
    }
}
