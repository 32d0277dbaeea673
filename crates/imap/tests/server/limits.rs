//! Every limit, at it and one over; and what hostile clients send.

use crate::clerk::Clerk;
use bytes::BufMut;
use mailwright_testkit::Play;
use mailwright_wire::{Session, Step};

/// What the session says to these octets, and whether it closed.
fn say(clerk: &mut Clerk, input: &[u8]) -> (String, bool) {
    let mut session = clerk.begin();
    let (mut said, mut rest) = (Vec::new(), input);
    loop {
        match session.poll().unwrap() {
            Step::Write(bytes) => said.extend_from_slice(&bytes),
            Step::Event(event) => clerk.event(&mut session, event),
            Step::Pause(_) => {}
            Step::Read(_) if !rest.is_empty() => {
                let mut slot = session.slot().unwrap();
                let n = rest.len().min(slot.remaining_mut());
                slot.put_slice(&rest[..n]);
                rest = &rest[n..];
            }
            Step::Close => return (String::from_utf8_lossy(&said).into_owned(), true),
            _ => return (String::from_utf8_lossy(&said).into_owned(), false),
        }
    }
}

/// The last line said after a login and these octets.
fn last(input: &str) -> String {
    let whole = format!("0 LOGIN fred blurdybloop\r\n1 SELECT INBOX\r\n{input}");
    let (said, _) = say(&mut Clerk::default(), whole.as_bytes());
    said.lines().last().unwrap_or_default().to_owned()
}

fn first_said(input: &str) -> (String, bool) {
    let (said, closed) = say(&mut Clerk::default(), input.as_bytes());
    (said.lines().nth(1).unwrap_or_default().to_owned(), closed)
}

#[test]
fn a_line_before_login_has_its_limit() {
    let line = |len: usize| format!("a LOGIN {} x\r\n", "u".repeat(len - 12));
    assert!(first_said(&line(8192)).0.starts_with("a "), "it is read");
    assert_eq!(first_said(&line(8193)).0, "a BAD line too long");
    let (said, closed) = say(&mut Clerk::default(), &vec![b'x'; 100_000]);
    assert!(closed && said.contains("* BYE [TOOBIG]"), "{said}");
}

#[test]
fn a_line_after_login_has_its_limit() {
    let line = |len: usize| format!("a SEARCH SUBJECT {}\r\n", "s".repeat(len - 19));
    assert_eq!(last(&line(65_536)), "a OK SEARCH completed");
    assert_eq!(last(&line(65_537)), "a BAD line too long");
}

#[test]
fn literals_before_login_have_their_limits() {
    let user = |len: usize| format!("a LOGIN {{{len}}}\r\n");
    assert_eq!(first_said(&user(4096)).0, "+ OK");
    assert_eq!(first_said(&user(4097)).0, "a NO [TOOBIG] literal too large");
    for (announced, reply) in [
        ("{2147483648}", "a NO [TOOBIG] literal too large"),
        ("{9223372036854775807}", "a NO [TOOBIG] literal too large"),
        ("{9223372036854775808}", "a BAD expected a literal of at most 63 bits"),
        ("{18446744073709551616}", "a BAD expected a literal of at most 63 bits"),
        ("{0}", "+ OK"),
        ("{05}", "+ OK"),
        ("{-1}", "a BAD expected"),
        ("{ 5}", "a BAD expected"),
        ("{5-}", "a BAD expected"),
        ("{5+}x", "a BAD expected"),
    ] {
        let (said, closed) = first_said(&format!("a LOGIN {announced}\r\n"));
        assert!(said.starts_with(reply) && !closed, "{announced}: {said}");
    }
    let many: String = (0..5).fold("a LOGIN ".to_owned(), |line, _| line + "{4096+}\r\n" + &"x".repeat(4096));
    assert_eq!(first_said(&(many + "\r\n")).0, "a NO [TOOBIG] literal too large");
}

#[test]
fn an_unasked_literal_over_the_limit_ends_the_session() {
    for announced in ["{16385+}", "{9223372036854775807+}", "{99999999999999999999+}"] {
        let (said, closed) = say(&mut Clerk::default(), format!("a LOGIN {announced}\r\n").as_bytes());
        assert!(closed && said.contains("* BYE [TOOBIG]"), "{announced}: {said}");
    }
}

#[test]
fn an_unasked_literal_that_is_too_large_is_passed_over_as_long_as_a_message_may_be() {
    let octets = "x".repeat(4097);
    let said = last(&format!("a APPEND INBOX {{4097+}}\r\n{octets}\r\nb NOOP\r\n"));
    assert_eq!(said, "b OK NOOP completed");
    let (said, closed) =
        first_said(&format!("a SEARCH SUBJECT {{4097+}}\r\n{octets} TEXT {{4098+}}\r\n{octets}y\r\n"));
    assert!(!closed && said == "a BAD [TOOBIG] more than 4096 octets unasked", "{said}");
    let (said, closed) =
        say(&mut Clerk::default(), format!("a LOGIN {{4097+}}\r\n{octets} x\r\nb NOOP\r\n").as_bytes());
    assert!(
        !closed && said.ends_with("a BAD [TOOBIG] more than 4096 octets unasked\r\nb OK NOOP completed\r\n"),
        "{said}"
    );
    let (said, closed) = first_said("a APPEND INBOX {52428801+}\r\n");
    assert!(closed && said.starts_with("* BYE [TOOBIG]"), "{said}");
}

#[test]
fn a_quoted_string_that_is_no_utf8_is_refused_once_utf8_is_enabled() {
    let enable = b"0 LOGIN fred blurdybloop\r\n1 ENABLE UTF8=ACCEPT\r\n";
    let last = |command: &[u8]| {
        let (said, _) = say(&mut Clerk::default(), &[enable, command].concat());
        said.lines().last().unwrap_or_default().to_owned()
    };
    assert!(last(b"a STATUS \"\xff\" (MESSAGES)\r\n").starts_with("a BAD expected a string in UTF-8"));
    assert!(last("a CREATE \"a\u{2028}b\"\r\n".as_bytes()).starts_with("a NO [CANNOT] "));
}

#[test]
fn literals_after_login_have_their_limits() {
    assert_eq!(last("a SEARCH SUBJECT {65536}\r\n"), "+ OK");
    assert_eq!(last("a SEARCH SUBJECT {65537}\r\n"), "a NO [TOOBIG] literal too large");
    let thousand = |n: usize| {
        let key = " SUBJECT {1000+}\r\n".to_owned() + &"x".repeat(1000);
        format!("a SEARCH{}\r\n", key.repeat(n))
    };
    assert_eq!(last(&thousand(1000)), "a OK SEARCH completed");
    assert!(last(&thousand(1100)).contains("[TOOBIG]"));
}

#[test]
fn what_is_refused_with_an_unasked_literal_is_skipped_whole() {
    let said = last("a XYZZY {4+}\r\nlogo {6+}\r\nLOGOUT\r\nb NOOP\r\n");
    assert_eq!(said, "b OK NOOP completed");
}

#[test]
fn nesting_is_bounded_and_costs_no_stack() {
    for text in ["(", "NOT ", "OR ", "FUZZY (", ")", "(NOT OR "] {
        for verb in [
            "SEARCH ",
            "UID SEARCH ",
            "LIST ",
            "FETCH 1 ",
            "STATUS INBOX ",
            "ID ",
            "NOOP ",
            "SORT ",
            "STORE 1 ",
        ] {
            let said = last(&format!("a {verb}{}\r\n", text.repeat(60_000 / text.len())));
            assert!(said.starts_with("a BAD "), "{verb}{text}: {said}");
            let (said, _) = first_said(&format!("a {verb}{}\r\n", text.repeat(8000 / text.len())));
            assert!(said.starts_with("a BAD "), "{verb}{text}: {said}");
        }
    }
}

#[test]
fn sequence_sets_cost_what_is_there() {
    let all = last("a FETCH 1:*,1:*,*:*,3:1 UID\r\n");
    assert_eq!(all, "a OK FETCH completed");
    assert_eq!(last("a UID FETCH 4294967295:* UID\r\n"), "a OK FETCH completed");
    assert_eq!(last("a UID FETCH 1:4294967295 UID\r\n"), "a OK FETCH completed");
    assert_eq!(last(&format!("a UID FETCH {} UID\r\n", vec!["1:*"; 5000].join(","))), "a OK FETCH completed");
    assert_eq!(last("a FETCH 1:4294967295 UID\r\n"), "a BAD no such message");
    for wrong in ["0", "4294967296", "1:", ",1", "1,,2", "1:2:3", "-1"] {
        assert!(last(&format!("a FETCH {wrong} UID\r\n")).starts_with("a BAD expected"), "{wrong}");
    }
}

#[test]
fn partial_ranges_do_not_overflow() {
    for partial in ["<0.0>", "<4294967295.4294967295>", "<9223372036854775807.9223372036854775807>"] {
        assert_eq!(last(&format!("a FETCH 1 BODY.PEEK[]{partial}\r\n")), "a OK FETCH completed");
    }
    assert!(last("a FETCH 1 BODY.PEEK[]<9223372036854775808.1>\r\n").starts_with("a BAD"));
}

#[test]
fn too_many_errors_end_the_session() {
    let (said, closed) = say(&mut Clerk::default(), "x y\r\n".repeat(3).as_bytes());
    assert!(closed && said.ends_with("* BYE too many errors\r\n"), "{said}");
    let (_, closed) = say(&mut Clerk::default(), "x y\r\n".repeat(2).as_bytes());
    assert!(!closed);
    let login = "0 LOGIN fred blurdybloop\r\n";
    let (_, closed) = say(&mut Clerk::default(), (login.to_owned() + &"x y\r\n".repeat(19)).as_bytes());
    assert!(!closed);
    let (said, closed) = say(&mut Clerk::default(), (login.to_owned() + &"x y\r\n".repeat(20)).as_bytes());
    assert!(closed && said.ends_with("* BYE too many errors\r\n"), "{said}");
}

#[test]
fn three_failed_logins_end_the_session() {
    let (said, closed) = say(&mut Clerk::default(), "a LOGIN fred x\r\n".repeat(3).as_bytes());
    assert!(closed && said.ends_with("* BYE too many failed logins\r\n"), "{said}");
}

#[test]
fn a_long_tag_and_a_bare_newline_are_refused() {
    assert_eq!(
        first_said(&format!("{} NOOP\r\n", "t".repeat(255))).0,
        format!("{} OK NOOP completed", "t".repeat(255))
    );
    assert!(first_said(&format!("{} NOOP\r\n", "t".repeat(7000))).0.starts_with("* BAD expected a tag"));
    assert_eq!(first_said("a NOOP\n").0, "* BAD lines end in CRLF");
}

#[test]
fn mailbox_names_have_their_limits() {
    let create = |name: String| last(&format!("a CREATE {name}\r\n"));
    assert_eq!(create("n".repeat(255)), "a OK completed");
    assert_eq!(create("n".repeat(256)), "a NO [CANNOT] mailbox name is too long");
    assert_eq!(create(vec!["n"; 32].join("/")), "a OK completed");
    assert_eq!(create(vec!["n"; 33].join("/")), "a NO [CANNOT] mailbox name has too many levels");
    for name in [
        "/abs",
        "a//b",
        "a//",
        "..",
        "a/../b",
        "\"\"",
        "\"a\u{7f}\"",
        "&AGE-",
        "&2AA-",
        "&U,BTFw",
        "{3+}\r\na\rb",
    ] {
        assert!(create(name.into()).starts_with("a NO [CANNOT]"), "{name}: {}", create(name.into()));
    }
    assert!(create("{3+}\r\na\0b".into()).starts_with("a BAD"));
    assert_eq!(create("inbox".into()), "a NO [ALREADYEXISTS] it exists");
    assert_eq!(create("dovecot-uidlist".into()), "a OK completed");
}

#[test]
fn a_search_for_numbers_that_are_not_there_finds_nothing() {
    let search = |key: &str| {
        let (said, _) = say(
            &mut Clerk::default(),
            format!("0 LOGIN fred blurdybloop\r\n1 SELECT INBOX\r\na SEARCH {key}\r\n").as_bytes(),
        );
        said.lines().rev().nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(search("1000"), "* SEARCH");
    assert_eq!(search("4:*"), "* SEARCH 3");
    assert_eq!(search("*:7"), "* SEARCH 3");
    assert_eq!(search("NOT 9"), "* SEARCH 1 2 3");
    assert_eq!(search("RETURN (PARTIAL 3:2) ALL"), "* ESEARCH (TAG \"a\") PARTIAL (2:3 2:3)");
    assert_eq!(search("UIDAFTER 1 UIDBEFORE 3"), "* SEARCH 2");
    assert_eq!(search("RETURN (MIN) MODSEQ 1"), "* ESEARCH (TAG \"a\") MIN 1 MODSEQ 2");
    assert_eq!(search("RETURN (MIN MAX) MODSEQ 1"), "* ESEARCH (TAG \"a\") MIN 1 MAX 3 MODSEQ 4");
}
