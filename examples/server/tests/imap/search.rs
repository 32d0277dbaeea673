//! SEARCH and its relatives: every key, charsets, results by number, by UID, saved and in pages.

use crate::wire::{self, Client};

const MESSAGES: [(&str, &str); 5] = [
    (
        "(\\Seen \\Answered $Work) \"01-Feb-2020 23:30:00 +0000\"",
        "From: Ann <ann@example.test>\r\nTo: bob@example.test\r\nCc: cc@example.test\r\nBcc: bcc@example.test\r\n\
         Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= an alle\r\nDate: Sat, 1 Feb 2020 23:30:00 -0800\r\n\
         Message-ID: <1@example.test>\r\n\r\nplain words here\r\n",
    ),
    (
        "(\\Flagged \\Deleted) \"02-Feb-2020 00:30:00 +0000\"",
        "From: =?iso-8859-1?q?J=F6rg?= <joerg@example.test>\r\nSubject: Re: one\r\n\
         Date: Sun, 2 Feb 2020 00:30:00 +0900\r\nX-Odd: \r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: base64\r\n\r\nw4RwZmVsIHVuZCBCaXJuZW4=\r\n--b\r\n\
         Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nsoft=\r\nened line\r\n--b--\r\n",
    ),
    (
        "(\\Draft) \"03-Feb-2020 12:00:00 +0000\"",
        "From: ann@example.test\r\nSubject: one\r\nDate: Mon, 3 Feb 2020 12:00:00 +0000\r\n\r\nthe third\r\n",
    ),
    ("\"04-Feb-2020 12:00:00 +0000\"", "Subject: no date\r\n\r\nA\u{e4}\u{4e2d}\r\n"),
    (
        "\"05-Feb-2020 12:00:00 +0000\"",
        "Subject: long\r\nDate: Wed, 5 Feb 2020 12:00:00 +0000\r\n\r\n0123456789012345678901234567890123456789\r\n",
    ),
];

/// A server with the messages in a mailbox with gaps between UIDs: numbers 1 to 5 are UIDs 2, 3, 5, 6, 7.
async fn filled(folder: &std::path::Path) -> (mailwright_server::Server, Client) {
    let server = wire::start(folder, "").await;
    let mut bob = Client::bob(&server).await;
    bob.ok("CREATE box").await;
    bob.append("box", "(\\Deleted)", b"Subject: gone\r\n\r\n").await;
    for (n, (options, message)) in MESSAGES.into_iter().enumerate() {
        bob.append("box", options, message.as_bytes()).await;
        if n == 1 {
            bob.append("box", "(\\Deleted)", b"Subject: gone\r\n\r\n").await;
        }
    }
    bob.ok("SELECT box").await;
    bob.ok("UID EXPUNGE 1,4").await;
    (server, bob)
}

#[tokio::test]
async fn every_key_finds_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, mut bob) = filled(folder.path()).await;
    let cases = [
        ("ALL", "1 2 3 4 5"),
        ("ANSWERED", "1"),
        ("UNANSWERED", "2 3 4 5"),
        ("DELETED", "2"),
        ("UNDELETED", "1 3 4 5"),
        ("DRAFT", "3"),
        ("UNDRAFT", "1 2 4 5"),
        ("FLAGGED", "2"),
        ("UNFLAGGED", "1 3 4 5"),
        ("SEEN", "1"),
        ("UNSEEN", "2 3 4 5"),
        ("KEYWORD $work", "1"),
        ("UNKEYWORD $Work", "2 3 4 5"),
        ("KEYWORD none", ""),
        ("NEW", "2 3 4 5"),
        ("RECENT", "1 2 3 4 5"),
        ("OLD", ""),
        ("BEFORE 2-Feb-2020", "1"),
        ("ON 2-Feb-2020", "2"),
        ("SINCE 3-Feb-2020", "3 4 5"),
        // By what the Date field shows, whatever its zone.
        ("SENTON 1-Feb-2020", "1"),
        ("SENTON 2-Feb-2020", "2"),
        ("SENTBEFORE 2-Feb-2020", "1"),
        ("SENTSINCE 2-Feb-2020", "2 3 4 5"),
        ("OLDER 3600", "1 2 3 4 5"),
        ("YOUNGER 3600", ""),
        ("SAVEDSINCE 1-Jan-2021", "1 2 3 4 5"),
        ("SAVEDBEFORE 1-Jan-2021", ""),
        ("SAVEDATESUPPORTED", "1 2 3 4 5"),
        ("LARGER 200", "1 2"),
        ("SMALLER 40", "4"),
        ("FROM ann", "1 3"),
        ("FROM \"J\u{f6}RG\"", "2"),
        ("TO bob@", "1"),
        ("CC cc@", "1"),
        ("BCC BCC", "1"),
        ("SUBJECT \"gr\u{fc}\u{df}e\"", "1"),
        ("SUBJECT \"gr\u{fc}\u{df}e an\"", "1"),
        ("SUBJECT one", "2 3"),
        ("HEADER X-Odd \"\"", "2"),
        ("HEADER Message-ID <1@", "1"),
        ("HEADER X-None \"\"", ""),
        ("BODY \"\u{e4}pfel\"", "2"),
        ("BODY softened", "2"),
        ("BODY \"\u{4e2d}\"", "4"),
        ("BODY subject", ""),
        ("TEXT birnen", "2"),
        ("TEXT \"subject: one\"", "3"),
        ("2:3", "2 3"),
        ("4:*", "4 5"),
        ("9", ""),
        ("4:9", "4 5"),
        ("UID 1:5", "1 2 3"),
        ("UID 99:*", "5"),
        ("NOT FROM ann", "2 4 5"),
        ("OR SEEN DRAFT", "1 3"),
        ("OR (SEEN FROM ann) NOT (SUBJECT one)", "1 4 5"),
        ("SEEN DRAFT", ""),
        ("FROM ann (OR SEEN DRAFT) NOT 1", "3"),
        ("CHARSET UTF-8 SUBJECT one", "2 3"),
        ("CHARSET us-ascii SUBJECT one", "2 3"),
        ("SUBJECT {3+}\r\none", "2 3"),
    ];
    for (key, numbers) in cases {
        let found = bob.data(&format!("SEARCH {key}")).await;
        assert_eq!(found, [format!("* SEARCH {numbers}").trim_end()], "{key}");
    }
    assert_eq!(bob.data("UID SEARCH OR SEEN DRAFT").await, ["* SEARCH 2 5"]);
    let refused = bob.status("SEARCH CHARSET KOI8-R SUBJECT x").await;
    assert!(refused.starts_with("NO [BADCHARSET (UTF-8 US-ASCII)]"), "{refused}");
    assert!(bob.status("SEARCH NONSENSE").await.starts_with("BAD "));
    assert!(bob.status("SEARCH ON 31-Feb-20").await.starts_with("BAD "));
}

#[tokio::test]
async fn results_are_told_saved_and_paged() {
    let folder = tempfile::tempdir().unwrap();
    let (server, mut bob) = filled(folder.path()).await;
    let search = async |bob: &mut Client, options: &str, key: &str| {
        let data = bob.data(&format!("UID SEARCH RETURN ({options}) {key}")).await;
        data.into_iter().map(|line| line.split_once(") ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(search(&mut bob, "", "ALL").await, ["UID ALL 2:3,5:7"]);
    assert_eq!(search(&mut bob, "MIN MAX COUNT", "ALL").await, ["UID MIN 2 MAX 7 COUNT 5"]);
    assert_eq!(search(&mut bob, "COUNT", "OLD").await, ["UID COUNT 0"]);
    assert_eq!(search(&mut bob, "PARTIAL 2:3", "ALL").await, ["UID PARTIAL (2:3 3,5)"]);
    assert_eq!(search(&mut bob, "PARTIAL -1:-2", "ALL").await, ["UID PARTIAL (-1:-2 6:7)"]);
    assert_eq!(search(&mut bob, "PARTIAL 9:12", "ALL").await, ["UID PARTIAL (9:12 NIL)"]);
    assert!(bob.status("SEARCH RETURN (ALL PARTIAL 1:2) ALL").await.starts_with("BAD "));
    assert_eq!(bob.data("SEARCH RETURN (SAVE) FROM ann").await, Vec::<String>::new());
    assert_eq!(bob.data("SEARCH RETURN (ALL) $").await[0].split_once(") ").unwrap().1, "ALL 1,3");
    assert_eq!(bob.data("FETCH $ UID").await, ["* 1 FETCH (UID 2)", "* 3 FETCH (UID 5)"]);
    let mut other = Client::selected(&server, "box").await;
    other.ok("UID STORE 2 +FLAGS.SILENT (\\Deleted)").await;
    other.ok("UID EXPUNGE 2").await;
    bob.ok("NOOP").await;
    assert_eq!(bob.data("FETCH $ UID").await, ["* 2 FETCH (UID 5)"]);

    let modseqs = bob.data("FETCH 1:* MODSEQ").await;
    let highest =
        modseqs.iter().filter_map(|line| line.split(['(', ')']).nth(2)?.parse::<u64>().ok()).max().unwrap();
    let found = bob.data(&format!("SEARCH MODSEQ {highest}")).await;
    assert!(found[0].ends_with(&format!("(MODSEQ {highest})")), "{found:?} {modseqs:?}");
    assert_eq!(bob.data(&format!("SEARCH MODSEQ {}", highest + 100)).await, ["* SEARCH"]);

    assert_eq!(
        bob.data("UID SORT RETURN (MIN MAX COUNT ALL) (REVERSE SIZE) UTF-8 ALL").await[0]
            .split_once(") ")
            .unwrap()
            .1,
        "UID MIN 3 MAX 6 COUNT 4 ALL 3,7,5:6"
    );
    assert_eq!(
        bob.data("SORT RETURN (PARTIAL 2:3) (REVERSE SIZE) UTF-8 ALL").await[0].split_once(") ").unwrap().1,
        "PARTIAL (2:3 4,2)"
    );
    bob.ok("ENABLE IMAP4rev2").await;
    assert!(bob.data("SEARCH ALL").await[0].ends_with(") ALL 1:4"));
}

#[tokio::test]
async fn a_result_is_kept_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let (server, mut bob) = filled(folder.path()).await;
    let mut other = Client::selected(&server, "box").await;
    bob.begin("UID SEARCH RETURN (UPDATE COUNT) FLAGGED").await;
    let said = bob.finish().await;
    let tag = String::from_utf8_lossy(&said[0]).split('"').nth(1).unwrap().to_owned();
    assert_eq!(String::from_utf8_lossy(&said[0]), format!("* ESEARCH (TAG \"{tag}\") UID COUNT 1"));
    let sorted = bob.data("SORT RETURN (UPDATE ALL) (REVERSE SIZE) UTF-8 SUBJECT o").await.remove(0);
    let sort_tag = sorted.split('"').nth(1).unwrap().to_owned();
    assert_eq!(sorted, format!("* ESEARCH (TAG \"{sort_tag}\") ALL 2,5,3:4"));

    other.ok("UID STORE 5,6 +FLAGS.SILENT (\\Flagged)").await;
    let told = bob.data("NOOP").await;
    assert_eq!(told.last().unwrap(), &format!("* ESEARCH (TAG \"{tag}\") UID ADDTO (0 5:6)"), "{told:?}");
    other.ok("UID STORE 3 -FLAGS.SILENT (\\Flagged)").await;
    let told = bob.data("NOOP").await;
    assert_eq!(told.last().unwrap(), &format!("* ESEARCH (TAG \"{tag}\") UID REMOVEFROM (0 3)"), "{told:?}");
    other.append("box", "(\\Flagged)", b"Subject: o\r\n\r\n0123456789012345678901234567890123\r\n").await;
    let told = bob.data("NOOP").await;
    assert_eq!(told[0], "* 6 EXISTS");
    assert!(told.contains(&format!("* ESEARCH (TAG \"{tag}\") UID ADDTO (0 8)")), "{told:?}");
    assert!(told.contains(&format!("* ESEARCH (TAG \"{sort_tag}\") ADDTO (4 6)")), "{told:?}");
    other.ok("UID STORE 6 +FLAGS.SILENT (\\Deleted)").await;
    other.ok("UID EXPUNGE 6").await;
    let told = bob.data("NOOP").await;
    let removed =
        told.iter().position(|line| *line == format!("* ESEARCH (TAG \"{tag}\") UID REMOVEFROM (0 6)"));
    let sort_removed =
        told.iter().position(|line| line.contains(&sort_tag) && line.ends_with("REMOVEFROM (5 4)"));
    let expunged = told.iter().position(|line| line == "* 4 EXPUNGE");
    assert!(
        removed.is_some() && removed < expunged && sort_removed.is_some() && sort_removed < expunged,
        "{told:?}"
    );

    bob.ok(&format!("CANCELUPDATE \"{tag}\" \"{sort_tag}\"")).await;
    other.ok("UID STORE 2 +FLAGS.SILENT (\\Flagged)").await;
    assert!(bob.data("NOOP").await.iter().all(|line| !line.contains("ESEARCH")));
    for _ in 0..8 {
        bob.ok("SEARCH RETURN (UPDATE) ALL").await;
    }
    let refused = bob.data("SEARCH RETURN (UPDATE COUNT) ALL").await;
    assert!(refused[0].ends_with("COUNT 5") && refused[1].starts_with("* NO [NOUPDATE \""), "{refused:?}");
}

#[tokio::test]
async fn several_mailboxes_are_searched_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::bob(&server).await;
    for name in ["a", "a/b", "a/b/c"] {
        bob.ok(&format!("CREATE {name}")).await;
    }
    for (name, subject) in
        [("INBOX", "one"), ("a", "two"), ("a/b", "one"), ("a/b/c", "one"), ("a/b/c", "one")]
    {
        bob.append(name, "", format!("Subject: {subject}\r\n\r\n").as_bytes()).await;
    }
    let search = async |bob: &mut Client, text: &str| {
        let data = bob.data(&format!("ESEARCH {text}")).await;
        let shown = |line: String| {
            let mailbox = line.split("MAILBOX ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
            assert!(line.contains(" UIDVALIDITY ") && line.contains("(TAG \"c"), "{line}");
            format!("{mailbox} {}", line.split_once(") ").unwrap().1)
        };
        data.into_iter().map(shown).collect::<Vec<_>>()
    };
    let personal = ["INBOX UID ALL 1", "a/b UID ALL 1", "a/b/c UID ALL 1:2"];
    assert_eq!(search(&mut bob, "IN (personal) SUBJECT one").await, personal);
    assert_eq!(search(&mut bob, "IN (inboxes) RETURN (COUNT) SUBJECT one").await, ["INBOX UID COUNT 1"]);
    assert_eq!(search(&mut bob, "IN (subtree-one a) ALL").await, ["a UID ALL 1", "a/b UID ALL 1"]);
    assert_eq!(
        search(&mut bob, "IN (subtree \"a/b\" mailboxes inbox) 2:*").await,
        personal.map(|all| all.replace("1:2", "2")),
        "in a mailbox of one message `2:*` is `2:1`"
    );
    assert_eq!(
        search(&mut bob, "IN (mailboxes (a none)) RETURN (COUNT) SUBJECT none").await,
        Vec::<String>::new()
    );
    assert!(bob.status("ESEARCH ALL").await.starts_with("BAD "), "nothing is selected");
    assert!(bob.status("ESEARCH IN (selected) ALL").await.starts_with("BAD "));
    assert!(bob.status("ESEARCH IN (personal) RETURN (SAVE) ALL").await.starts_with("BAD "));
    bob.ok("SELECT a").await;
    assert_eq!(search(&mut bob, "RETURN (MAX) ALL").await, ["a UID MAX 1"]);
    assert_eq!(search(&mut bob, "IN (selected) SUBJECT one").await, Vec::<String>::new());
    assert!(bob.status("ESEARCH IN (personal) $").await.starts_with("BAD "));
}

#[tokio::test]
async fn a_fuzzy_search_finds_words_in_any_order_and_the_best_first() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::selected(&server, "INBOX").await;
    for (subject, body) in [
        ("Lunch", "We are breaking the IMAP server."),
        ("IMAP break", "x"),
        ("broken IMAP", "about a break"),
        ("IMAP is fine", "x"),
        ("Other", "nothing of it"),
    ] {
        bob.append("INBOX", "", format!("Subject: {subject}\r\n\r\n{body}\r\n").as_bytes()).await;
    }
    let first = async |bob: &mut Client, command: &str| {
        bob.data(command).await.into_iter().find(|line| !line.contains("RECENT")).unwrap()
    };
    // Half of the words is enough; an exact search wants the text as it stands.
    assert_eq!(first(&mut bob, "SEARCH SUBJECT \"IMAP break\"").await, "* SEARCH 2");
    assert_eq!(first(&mut bob, "SEARCH FUZZY SUBJECT \"IMAP break\"").await, "* SEARCH 2 3 4");
    let said = first(&mut bob, "SEARCH RETURN (ALL RELEVANCY) FUZZY TEXT \"IMAP break\"").await;
    assert!(said.ends_with(" ALL 1:4 RELEVANCY (80 100 80 10)"), "{said}");
    assert_eq!(
        first(&mut bob, "SORT (REVERSE RELEVANCY) UTF-8 FUZZY TEXT \"IMAP break\"").await,
        "* SORT 4 1 3 2"
    );
    assert_eq!(first(&mut bob, "SORT (RELEVANCY) UTF-8 FUZZY TEXT \"IMAP break\"").await, "* SORT 2 1 3 4");
    // A word is found by its beginning; other keys are taken as they are.
    assert_eq!(first(&mut bob, "SEARCH FUZZY BODY breaks").await, "* SEARCH 1 3");
    assert_eq!(first(&mut bob, "SEARCH FUZZY (BODY breaks LARGER 45)").await, "* SEARCH 1");
    assert_eq!(first(&mut bob, "SEARCH NOT FUZZY SUBJECT \"IMAP break\"").await, "* SEARCH 1 5");
    assert_eq!(bob.status("SEARCH RETURN (RELEVANCY) TEXT x").await.split(' ').next(), Some("BAD"));
}

#[tokio::test]
async fn what_is_the_same_by_one_key_is_sorted_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::bob(&server).await;
    bob.ok("CREATE box").await;
    for (from, subject) in [
        ("b", "the same first words, beta"),
        ("c", "the same first words, alpha"),
        ("a", "The same first words, alpha"),
        ("a", "the same first words, beta"),
        ("b", "short"),
        ("c", "Re: the same first words, alpha"),
    ] {
        bob.append("box", "", format!("From: {from}@example.test\r\nSubject: {subject}\r\n\r\n").as_bytes())
            .await;
    }
    bob.ok("SELECT box").await;
    for (criteria, order) in [
        ("SUBJECT", "5 2 3 6 1 4"),
        ("REVERSE SUBJECT", "1 4 2 3 6 5"),
        ("SUBJECT FROM", "5 3 2 6 4 1"),
        ("REVERSE SUBJECT FROM", "4 1 3 2 6 5"),
        ("SUBJECT REVERSE FROM SUBJECT", "5 2 6 3 1 4"),
        ("REVERSE SUBJECT SUBJECT", "1 4 2 3 6 5"),
        ("FROM REVERSE SUBJECT", "4 3 1 5 2 6"),
        ("CC", "1 2 3 4 5 6"),
        ("REVERSE CC", "1 2 3 4 5 6"),
    ] {
        assert_eq!(
            bob.data(&format!("SORT ({criteria}) UTF-8 ALL")).await,
            [format!("* SORT {order}")],
            "{criteria}"
        );
    }
}
