//! `I18NLEVEL=1` (RFC 5255 §4): SEARCH, SORT and THREAD compare by `i;unicode-casemap` (RFC 5051).

use crate::wire::{self, Client};

/// Octets as an encoded word.
fn word(charset: &str, octets: &[u8]) -> String {
    let hex: Vec<String> = octets.iter().map(|octet| format!("={octet:02X}")).collect();
    format!("=?{charset}?q?{}?=", hex.concat())
}

/// A mailbox of messages with these subjects, selected. Each was sent a day after the one before.
async fn with_subjects(server: &mailwright_server::Server, subjects: &[String]) -> Client {
    let mut bob = Client::bob(server).await;
    let said = bob.data("CAPABILITY").await.remove(0);
    assert!(said.contains(" I18NLEVEL=1 "), "{said}");
    bob.ok("CREATE box").await;
    for (n, subject) in subjects.iter().enumerate() {
        let message = format!("Subject: {subject}\r\nDate: {} Feb 2020 12:00:00 +0000\r\n\r\n{n}\r\n", n + 1);
        bob.append("box", "", message.as_bytes()).await;
    }
    bob.ok("SELECT box").await;
    bob
}

#[tokio::test]
async fn search_sort_and_thread_compare_alike() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let subjects = [
        "Straße",
        "STRASSE",
        "Café",
        "Re: CAFE\u{301}",
        "ﬁn",
        "İzmir",
        "ΟΔΟΣ",
        "Re: οδος",
        "Ｆｕｌｌ",
        "\u{212a}elvin",
        "한글",
        "zebra",
        "Re: q\u{307}\u{323}",
        "q\u{323}\u{307}",
    ];
    let mut bob = with_subjects(&server, &subjects.map(|text| word("utf-8", text.as_bytes()))).await;
    for (text, found) in [
        ("straße", "1"),
        ("STRAßE", "1"),
        ("strasse", "2"),
        ("cafe", "3 4"),
        ("CAFÉ", "3 4"),
        ("afe\u{301}", "3 4"),
        ("fi", ""),
        ("in", "10"),
        ("N", "5 10"),
        ("ﬁN", "5"),
        ("izmir", ""),
        ("i\u{307}ZMIR", "6"),
        ("ızm", ""),
        ("οδοσ", "7 8"),
        ("ΔΟς", "7 8"),
        ("full", "9"),
        ("ｌL", "9"),
        ("kELVIN", "10"),
        ("\u{1112}\u{1161}\u{11ab}글", "11"),
        ("q\u{323}\u{307}", "14"),
        ("Q", "13 14"),
    ] {
        for key in ["SUBJECT", "HEADER Subject", "TEXT"] {
            let said = bob.data(&format!("SEARCH {key} \"{text}\"")).await;
            assert_eq!(said, [format!("* SEARCH {found}").trim_end()], "{key} {text}");
        }
    }
    // Uppercase, then lowercase of what was taken apart: `CAFE´`, `FULL`, `I´ZMIR`, `KELVIN`, `STRASSE`, `STRAß`, `ZEBRA`,
    // `fiN`.
    assert_eq!(bob.data("SORT (SUBJECT) UTF-8 ALL").await, ["* SORT 3 4 9 6 10 13 14 2 1 12 5 7 8 11"]);
    let threads = "(1)(2)(3 4)(5)(6)(7 8)(9)(10)(11)(12)(13)(14)";
    for algorithm in ["ORDEREDSUBJECT", "REFERENCES"] {
        let said = bob.data(&format!("THREAD {algorithm} UTF-8 ALL")).await;
        assert_eq!(said, [format!("* THREAD {threads}")], "{algorithm}");
    }
    assert!(bob.status("SORT (SUBJECT) KOI8-R ALL").await.starts_with("NO [BADCHARSET (UTF-8 US-ASCII)]"));
    assert!(bob.status("THREAD REFERENCES KOI8-R ALL").await.starts_with("NO [BADCHARSET (UTF-8 US-ASCII)]"));
    bob.ok("ENABLE UTF8=ACCEPT").await;
    assert!(bob.status("SEARCH CHARSET UTF-8 ALL").await.starts_with("BAD "));
    assert!(bob.status("ESEARCH IN (personal) CHARSET UTF-8 ALL").await.starts_with("BAD "));
    assert!(bob.status("SORT (SUBJECT) US-ASCII ALL").await.starts_with("BAD "));
    assert_eq!(bob.data("SORT (SUBJECT) UTF-8 2:3").await, ["* SORT 3 2"]);
}

/// The example of RFC 5255 §4.6: what cannot be read comes after all that can.
#[tokio::test]
async fn what_is_in_no_charset_is_sorted_last() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let subjects = [
        word("UTF-8", b"\xD0\xC0\xD0\xBD\xD0\xB4\xD1\x80\xD0\xB5\xD0\xB9"),
        word("UTF-8", b"\xD1\x81\xD0\x95\xD0\xA0\xD0\x93\xD0\x95\xD0\x99"),
        word("UTF-8", b"\xD0\x92\xD0\xB0\xD1\x81\xD0\xB8\xD0\xBB\xD0\xB8\xFF\xB9"),
        word("KOI8-R", b"\xE1\xCC\xC5\xCB\xD3\xC5\xCA"),
    ];
    let mut bob = with_subjects(&server, &subjects).await;
    assert_eq!(bob.data("SORT (SUBJECT) UTF-8 ALL").await, ["* SORT 4 2 3 1"]);
    assert_eq!(bob.data("SEARCH SUBJECT \"алексей\"").await, ["* SEARCH 4"]);
    assert_eq!(bob.data("SEARCH SUBJECT \"СЕРГЕЙ\"").await, ["* SEARCH 2"]);
}

/// `SORT=DISPLAY` (RFC 5957 §3): names as people read them, or else the address.
#[tokio::test]
async fn names_are_sorted_as_they_are_displayed() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::bob(&server).await;
    bob.ok("CREATE box").await;
    let ae = word("utf-8", "Ärzte".as_bytes());
    for from in [
        "\"Zoe\" <a@example.test>",
        &format!("{ae} <z@example.test>"),
        "bea@example.test",
        "arthur <m@example.test>",
        "\"\" <arz@example.test>",
        "Group: one@example.test;",
    ] {
        bob.append("box", "", format!("From: {from}\r\nTo: {from}\r\n\r\n").as_bytes()).await;
    }
    bob.ok("SELECT box").await;
    assert_eq!(bob.data("SORT (FROM) UTF-8 ALL").await, ["* SORT 1 5 3 6 4 2"]);
    for key in ["DISPLAYFROM", "DISPLAYTO"] {
        // ARTHUR, ARZ@, A¨RZTE, BEA@, GROUP, ZOE
        assert_eq!(bob.data(&format!("SORT ({key}) UTF-8 ALL")).await, ["* SORT 4 5 2 3 6 1"], "{key}");
        assert_eq!(bob.data(&format!("SORT (REVERSE {key}) UTF-8 ALL")).await, ["* SORT 1 6 3 2 5 4"]);
    }
}
