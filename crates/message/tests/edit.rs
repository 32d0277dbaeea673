//! Editing leaves every octet alone that it was not asked to change: over made-up mail and over real mail.

#![allow(clippy::unwrap_used)] // that is how a test says what is missing

use std::path::{Path, PathBuf};

use mailwright_message::build::{Field, Part as NewPart};
use mailwright_message::edit::{Edit, Error};
use mailwright_message::{Kind, Message};

fn text(name: &str, value: &str) -> Field {
    Field::text(name, value).unwrap()
}

fn edited(raw: &[u8], change: impl FnOnce(&mut Edit<'_, '_>)) -> String {
    let message = Message::parse(raw);
    let mut edit = Edit::new(&message);
    change(&mut edit);
    let out = edit.to_vec();
    let mut streamed = Vec::new();
    edit.write_to(&mut streamed).unwrap();
    assert_eq!(out, streamed);
    String::from_utf8(out).unwrap()
}

const PLAIN: &[u8] = b"A: 1\r\nB:2 \r\n folded\r\nno colon\r\na: 3\r\n\r\nbody\r\n";

#[test]
fn fields_are_set_in_place_and_the_others_of_that_name_removed() {
    let out = edited(PLAIN, |edit| edit.header(0).unwrap().set(&text("A", "new")).unwrap());
    assert_eq!(out, "A: new\r\nB:2 \r\n folded\r\nno colon\r\n\r\nbody\r\n");
    let out = edited(PLAIN, |edit| edit.header(0).unwrap().set(&text("C", "new")).unwrap());
    assert_eq!(out, "A: 1\r\nB:2 \r\n folded\r\nno colon\r\na: 3\r\nC: new\r\n\r\nbody\r\n");
}

#[test]
fn fields_are_prepended_appended_removed_and_renamed() {
    let out = edited(PLAIN, |edit| {
        let header = edit.header(0).unwrap();
        header.prepend(&text("P", "p")).unwrap();
        header.append(&text("Z", "z")).unwrap();
        assert_eq!(header.rename("b", "Bee").unwrap(), 1);
        assert!(header.remove_nth("A", 1));
        assert!(!header.remove_nth("A", 1));
        assert_eq!(header.remove("none"), 0);
    });
    assert_eq!(out, "P: p\r\nA: 1\r\nBee:2 \r\n folded\r\nno colon\r\nZ: z\r\n\r\nbody\r\n");
    assert!(Edit::new(&Message::parse(PLAIN)).header(0).unwrap().rename("A", "B\r\nC").is_err());
}

#[test]
fn new_fields_take_the_line_ends_of_the_header_and_unfinished_lines_are_ended() {
    let add = |raw: &[u8]| edited(raw, |edit| edit.header(0).unwrap().append(&text("X", "y")).unwrap());
    assert_eq!(add(b"A: 1\n\nbody\n"), "A: 1\nX: y\n\nbody\n");
    assert_eq!(add(b"A: 1"), "A: 1\r\nX: y");
    assert_eq!(add(b""), "X: y\r\n");
    assert_eq!(add(b"\r\nbody"), "X: y\r\n\r\nbody");
    assert_eq!(add(b"\nbody"), "X: y\n\nbody");
}

const PARTS: &[u8] = b"Content-Type: multipart/mixed; boundary=b\r\nSubject: s\r\n\r\npre\r\n\
    --b\r\n\r\none\r\n--b \r\nContent-Type: text/html\r\n\r\ntwo\r\n--b--\r\npost\r\n";

#[test]
fn parts_are_removed_with_their_delimiter() {
    let out = edited(PARTS, |edit| edit.remove(1).unwrap());
    assert_eq!(out, String::from_utf8_lossy(PARTS).replace("--b\r\n\r\none\r\n", ""));
    let out = edited(PARTS, |edit| {
        edit.remove(2).unwrap();
        edit.remove(2).unwrap();
        assert_eq!(edit.remove(1), Err(Error::LastPart(1)));
    });
    assert_eq!(
        out,
        String::from_utf8_lossy(PARTS).replace("--b \r\nContent-Type: text/html\r\n\r\ntwo\r\n", "")
    );
}

#[test]
fn removing_thousands_of_parts_takes_no_time_to_speak_of() {
    let count = 9_000;
    let raw = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n{}--b--\r\n",
        "--b\r\n\r\nx\r\n".repeat(count)
    );
    let start = std::time::Instant::now();
    let out = edited(raw.as_bytes(), |edit| (2..=count).for_each(|index| edit.remove(index).unwrap()));
    assert_eq!(out, "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n");
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn parts_are_added_and_replaced() {
    let new = || NewPart::data("a/b", &b"\0"[..]);
    let built = "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\nAA==";
    let original = String::from_utf8_lossy(PARTS);
    let out = edited(PARTS, |edit| edit.insert_before(1, new()).unwrap());
    assert_eq!(out, original.replace("pre\r\n", &format!("pre\r\n--b\r\n{built}\r\n")));
    let out = edited(PARTS, |edit| edit.append(0, new()).unwrap());
    assert_eq!(out, original.replace("two\r\n", &format!("two\r\n--b \r\n{built}\r\n")));
    let out = edited(PARTS, |edit| {
        edit.header(1).unwrap().append(&text("Lost", "with the part")).unwrap();
        edit.replace(1, new()).unwrap();
    });
    assert_eq!(out, original.replace("\r\none\r\n", &format!("{built}\r\n")));
}

#[test]
fn an_empty_part_between_two_delimiters_can_be_edited() {
    let raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\n--b--\r\n";
    let original = String::from_utf8_lossy(raw);
    let with = |new: &str| original.replace("--b\r\n--b--", new);
    let out = edited(raw, |edit| edit.header(2).unwrap().prepend(&text("X", "y")).unwrap());
    assert_eq!(out, with("--b\r\nX: y\r\n--b--"));
    assert_eq!(edited(raw, |edit| edit.remove(2).unwrap()), with("--b--"));
    let built = "Content-Type: text/plain; charset=us-ascii\r\n\r\nz";
    assert_eq!(
        edited(raw, |edit| edit.replace(2, NewPart::text("z")).unwrap()),
        with(&format!("--b\r\n{built}\r\n--b--"))
    );
    let out = edited(raw, |edit| edit.insert_before(2, NewPart::text("z")).unwrap());
    assert_eq!(out, with(&format!("--b\r\n{built}\r\n--b\r\n--b--")));
    let out = edited(raw, |edit| edit.append(0, NewPart::text("z")).unwrap());
    assert_eq!(out, with(&format!("--b\r\n--b\r\n{built}\r\n--b--")));
}

#[test]
fn the_root_keeps_its_other_fields_when_replaced() {
    let out = edited(PARTS, |edit| edit.replace(0, NewPart::text("new\n")).unwrap());
    assert_eq!(
        out,
        "Subject: s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nnew\r\n"
    );
}

#[test]
fn what_cannot_be_done_is_an_error() {
    let message = Message::parse(PARTS);
    let mut edit = Edit::new(&message);
    assert_eq!(edit.remove(9), Err(Error::NoPart(9)));
    assert_eq!(edit.remove(0), Err(Error::NotMultipart(0)));
    assert_eq!(edit.append(1, NewPart::text("")), Err(Error::NotMultipart(1)));
    assert_eq!(edit.append(0, NewPart::text("x\n--b\ny")), Err(Error::Boundary));
    assert!(matches!(edit.append(0, NewPart::data("a\r\n", &b""[..])), Err(Error::Build(_))));
    assert_eq!(edit.to_vec(), PARTS);
    // A multipart without a subtype is one all the same.
    let message = Message::parse(b"Content-Type: multipart; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n");
    assert_eq!(message.root().kind(), Kind::Multipart);
    assert_eq!(Edit::new(&message).append(0, NewPart::text("x\n--b\ny")), Err(Error::Boundary));
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else {
            out.push(path);
        }
    }
}

/// Every message of the corpus, as it is and with CRLF.
fn real_mail(mut each: impl FnMut(&str, &[u8])) {
    let Some(corpus) = mailwright_testkit::corpus() else {
        println!("left out: editing over real mail, as there is no corpus");
        return;
    };
    let mut paths = Vec::new();
    for set in ["spamassassin", "sisimai", "mime4j-mimetools", "mail-parser/eml", "mailcore2-jwz", "mimekit"]
    {
        files(&corpus.join(set), &mut paths);
    }
    paths.retain(|path| path.extension().is_none_or(|end| end != "json" && end != "xml" && end != "jpg"));
    assert!(paths.len() > 1500, "{}", paths.len());
    for path in paths {
        let raw = std::fs::read(&path).unwrap();
        let name = path.display().to_string();
        each(&name, &raw);
        let mut crlf = Vec::with_capacity(raw.len());
        for (i, &byte) in raw.iter().enumerate() {
            if byte == b'\n' && (i == 0 || raw[i - 1] != b'\r') {
                crlf.push(b'\r');
            }
            crlf.push(byte);
        }
        each(&name, &crlf);
    }
}

#[test]
fn without_changes_real_mail_is_written_octet_by_octet() {
    real_mail(|name, raw| {
        let message = Message::parse(raw);
        let mut edit = Edit::new(&message);
        for index in 0..message.parts().len() {
            edit.header(index).unwrap();
        }
        assert!(edit.to_vec() == raw, "{name}");
    });
}

#[test]
fn a_change_of_one_field_leaves_the_rest_of_real_mail_as_it_is() {
    let mark = text("X-Mark", "set");
    real_mail(|name, raw| {
        let message = Message::parse(raw);
        for index in 0..message.parts().len().min(2) {
            let part = message.part(index).unwrap();
            let mut edit = Edit::new(&message);
            edit.header(index).unwrap().prepend(&mark).unwrap();
            let out = edit.to_vec();
            // The octets before and after the new field are those of the original.
            let at = raw.iter().zip(&out).take_while(|(a, b)| a == b).count();
            let rest = raw.iter().rev().zip(out.iter().rev()).take_while(|(a, b)| a == b).count();
            assert!(at + rest >= raw.len(), "{name} {index}");
            assert!(at >= part.header_range().start, "{name} {index}");
            let again = Message::parse(&out);
            assert_eq!(again.parts().len(), message.parts().len(), "{name} {index}");
            assert_eq!(
                again
                    .part(index)
                    .unwrap()
                    .header()
                    .field("X-Mark")
                    .map(|field| field.text().into_owned())
                    .as_deref(),
                Some("set"),
                "{name} {index}"
            );
            for (before, after) in
                message.parts().zip(again.parts()).filter(|(part, _)| part.kind() == Kind::Leaf)
            {
                assert!(before.body() == after.body(), "{name} {index}");
            }
            // And taking it away again gives the original.
            let mut undo = Edit::new(&again);
            undo.header(index).unwrap().remove("X-Mark");
            let undone = undo.to_vec();
            let exact = !part.header().is_empty();
            assert!(undone == raw || !exact, "{name} {index}");
        }
    });
}

#[test]
fn removing_a_part_of_real_mail_leaves_the_others_as_they_are() {
    real_mail(|name, raw| {
        let message = Message::parse(raw);
        for part in message.parts().take(6) {
            let mut edit = Edit::new(&message);
            if edit.remove(part.index()).is_err() {
                continue;
            }
            let out = edit.to_vec();
            let again = Message::parse(&out);
            let gone = part.subtree().len();
            let kept: Vec<_> =
                message.parts().filter(|other| !part.subtree().any(|p| p.index() == other.index())).collect();
            assert_eq!(again.parts().len(), message.parts().len() - gone, "{name} {}", part.index());
            for (before, after) in
                kept.iter().zip(again.parts()).filter(|(part, _)| part.kind() == Kind::Leaf)
            {
                assert!(before.raw() == after.raw(), "{name} {}", part.index());
            }
        }
    });
}

#[test]
fn new_parts_leave_those_of_real_mail_as_they_are() {
    real_mail(|name, raw| {
        let message = Message::parse(raw);
        for part in message.parts().take(4) {
            let index = part.index();
            let own: Vec<_> = part.subtree().map(|one| one.index()).collect();
            let change = |change: &dyn Fn(&mut Edit<'_, '_>) -> Result<(), Error>, replaced: bool| {
                let mut edit = Edit::new(&message);
                if change(&mut edit).is_err() {
                    return;
                }
                let out = edit.to_vec();
                let again = Message::parse(&out);
                let kept = message.parts().filter(|one| !replaced || !own.contains(&one.index()));
                let mut after = again.parts().filter(|one| one.kind() == Kind::Leaf);
                // Each leaf that was there is there still, in its order, octet by octet.
                for before in kept.filter(|one| one.kind() == Kind::Leaf) {
                    assert!(
                        after.any(|one| one.body() == before.body()),
                        "{name} {index} {}",
                        before.index()
                    );
                }
            };
            let new = || NewPart::text("new\n");
            // One of them each, as there are many messages.
            match index % 3 {
                0 => change(&|edit| edit.append(index, new()), false),
                1 => change(&|edit| edit.insert_before(index, new()), false),
                _ => change(&|edit| edit.replace(index, new()), true),
            }
        }
    });
}

#[test]
fn changed_fields_leave_the_bodies_of_real_mail_as_they_are() {
    real_mail(|name, raw| {
        let message = Message::parse(raw);
        let mut edit = Edit::new(&message);
        let header = edit.header(0).unwrap();
        header.set(&text("Subject", "new")).unwrap();
        header.append(&text("X-Last", "z")).unwrap();
        header.rename("Received", "X-Received").unwrap();
        header.remove("Message-ID");
        let out = edit.to_vec();
        let again = Message::parse(&out);
        assert_eq!(again.subject().as_deref(), Some("new"), "{name}");
        assert_eq!(again.message_id(), None, "{name}");
        let values = |message: &Message<'_>, field: &str| {
            message.header().all(field).map(|one| one.raw_value().to_vec()).collect::<Vec<_>>()
        };
        assert_eq!(
            values(&again, "X-Received").len(),
            values(&message, "X-Received").len() + values(&message, "Received").len()
        );
        assert!(again.root().body() == message.root().body(), "{name}");
    });
}
