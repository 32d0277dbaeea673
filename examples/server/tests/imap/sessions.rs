//! Several sessions on one mailbox: what each is told, and when.

use crate::wire::{self, Client};

async fn filled(folder: &std::path::Path, messages: u32) -> mailwright_server::Server {
    let server = wire::start(folder, "").await;
    let mut bob = Client::bob(&server).await;
    for n in 1..=messages {
        bob.append("INBOX", "", format!("Subject: {n}\r\n\r\n{n}\r\n").as_bytes()).await;
    }
    bob.ok("SELECT INBOX").await; // they are recent for nobody else
    server
}

#[tokio::test]
async fn numbers_stay_while_a_command_by_number_runs() {
    let folder = tempfile::tempdir().unwrap();
    let server = filled(folder.path(), 5).await;
    let mut one = Client::selected(&server, "INBOX").await;
    let mut two = Client::selected(&server, "INBOX").await;
    two.ok("STORE 2 +FLAGS.SILENT (\\Deleted)").await;
    assert_eq!(two.data("EXPUNGE").await, ["* 2 EXPUNGE"]);
    // Not during FETCH, STORE and SEARCH by number (RFC 9051 §7.5.1).
    let fetched = one.ok("FETCH 1:5 (UID RFC822.SIZE)").await;
    let wanted = [1, 2, 3, 4, 5].map(|n| format!("* {n} FETCH (UID {n} RFC822.SIZE 17)"));
    assert_eq!(fetched[..5], wanted, "what is gone can be fetched as long as it is seen");
    assert!(fetched[5].starts_with("[EXPUNGEISSUED]"), "{fetched:?}");
    let fetched = one.data("FETCH 2 (FLAGS ENVELOPE BODY.PEEK[TEXT])").await;
    let wanted = r#"* 2 FETCH (FLAGS () ENVELOPE (NIL "2" NIL NIL NIL NIL NIL NIL NIL NIL) BODY[TEXT] {3}"#;
    assert_eq!(fetched, [format!("{wanted}\r\n2\r\n)")]);
    assert_eq!(one.data("STORE 5 +FLAGS (\\Seen)").await, ["* 5 FETCH (FLAGS (\\Seen))"]);
    assert_eq!(one.data("SEARCH ALL").await, ["* SEARCH 1 3 4 5"]);
    // With UID it may be told.
    let said = one.data("UID FETCH 5 FLAGS").await;
    assert_eq!(said, ["* 5 FETCH (UID 5 FLAGS (\\Seen))", "* 2 EXPUNGE"]);
    assert_eq!(one.data("UID FETCH 2 (ENVELOPE)").await, [""; 0]);
    assert_eq!(one.data("FETCH 4 UID").await, ["* 4 FETCH (UID 5)"]);
    assert!(one.status("FETCH 5 UID").await.starts_with("BAD "));
    // Each number as it is when those before it are gone.
    two.ok("UID STORE 1,4 +FLAGS.SILENT (\\Deleted)").await;
    two.ok("EXPUNGE").await;
    let said = one.data("NOOP").await;
    let expunges: Vec<_> = said.iter().filter(|line| line.ends_with("EXPUNGE")).collect();
    assert_eq!(expunges, ["* 1 EXPUNGE", "* 2 EXPUNGE"]);
}

#[tokio::test]
async fn idle_tells_what_others_do() {
    let folder = tempfile::tempdir().unwrap();
    let server = filled(folder.path(), 2).await;
    let mut one = Client::selected(&server, "INBOX").await;
    let mut two = Client::selected(&server, "INBOX").await;
    one.begin("IDLE").await;
    assert!(one.line().await.starts_with("+ "));
    two.ok("STORE 1 +FLAGS (\\Seen)").await;
    assert_eq!(one.line().await, "* 1 FETCH (FLAGS (\\Seen))");
    Client::bob(&server).await.append("INBOX", "", b"Subject: 3\r\n\r\n").await;
    assert_eq!(one.line().await, "* 3 EXISTS");
    assert_eq!(one.line().await, "* 1 RECENT");
    two.ok("UID STORE 2 +FLAGS.SILENT (\\Deleted)").await;
    assert_eq!(one.line().await, "* 2 FETCH (FLAGS (\\Deleted))");
    two.ok("EXPUNGE").await;
    assert_eq!(one.line().await, "* 2 EXPUNGE");
    one.send(b"DONE\r\n").await;
    assert_eq!(one.finish().await.len(), 1);
}

#[tokio::test]
async fn a_message_is_recent_in_one_session() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut none = Client::bob(&server).await;
    none.append("INBOX", "", b"Subject: 1\r\n\r\n").await;
    none.append("INBOX", "", b"Subject: 2\r\n\r\n").await;
    let status = |n: u32| vec![format!("* STATUS INBOX (RECENT {n})")];
    assert_eq!(none.data("STATUS INBOX (RECENT)").await, status(2));
    // To look does not take (RFC 3501 §6.3.2).
    let mut one = Client::bob(&server).await;
    assert!(one.data("EXAMINE INBOX").await.contains(&"* 2 RECENT".to_owned()));
    assert_eq!(one.data("FETCH 1 FLAGS").await, ["* 1 FETCH (FLAGS (\\Recent))"]);
    assert!(one.data("SELECT INBOX").await.contains(&"* 2 RECENT".to_owned()));
    let mut two = Client::bob(&server).await;
    assert!(two.data("SELECT INBOX").await.contains(&"* 0 RECENT".to_owned()));
    assert_eq!(none.data("STATUS INBOX (RECENT)").await, status(0));
    assert_eq!(one.data("STORE 2 FLAGS (\\Seen)").await, ["* 2 FETCH (FLAGS (\\Seen \\Recent))"]);
    assert_eq!(two.data("NOOP").await, ["* 2 FETCH (FLAGS (\\Seen))"]);
    // What comes is recent where it is told first.
    none.append("INBOX", "", b"Subject: 3\r\n\r\n").await;
    assert_eq!(none.data("STATUS INBOX (RECENT)").await, status(1));
    assert_eq!(two.data("NOOP").await, ["* 3 EXISTS", "* 1 RECENT"]);
    assert_eq!(one.data("NOOP").await, ["* 3 EXISTS", "* 2 RECENT"]);
    assert_eq!(none.data("STATUS INBOX (RECENT)").await, status(0));
    let flags =
        ["* 1 FETCH (FLAGS (\\Recent))", "* 2 FETCH (FLAGS (\\Seen \\Recent))", "* 3 FETCH (FLAGS ())"];
    assert_eq!(one.data("FETCH 1:* FLAGS").await, flags);
    assert_eq!(two.data("FETCH 3 FLAGS").await, ["* 3 FETCH (FLAGS (\\Recent))"]);
    assert_eq!(one.data("SEARCH RECENT").await, ["* SEARCH 1 2"]);
    assert_eq!(two.data("SEARCH NEW").await, ["* SEARCH 3"]);
    assert_eq!(two.data("SEARCH OLD").await, ["* SEARCH 1 2"]);
    // IMAP4rev2 knows nothing of it (RFC 9051 §2.3.2).
    one.ok("ENABLE IMAP4rev2").await;
    assert_eq!(one.data("FETCH 1:2 FLAGS").await, ["* 1 FETCH (FLAGS ())", "* 2 FETCH (FLAGS (\\Seen))"]);
    assert_eq!(one.data("STORE 1 +FLAGS (\\Seen)").await, ["* 1 FETCH (UID 1 FLAGS (\\Seen))"]);
}

#[tokio::test]
async fn conditional_stores_and_quick_resynchronisation() {
    let folder = tempfile::tempdir().unwrap();
    let server = filled(folder.path(), 5).await;
    let mut one = Client::bob(&server).await;
    one.ok("ENABLE QRESYNC").await;
    let selected = one.data("SELECT INBOX").await;
    let code = |name: &str| {
        let line = selected.iter().find(|line| line.contains(name)).unwrap();
        line.split_once(name).unwrap().1.split(']').next().unwrap().trim().parse::<u64>().unwrap()
    };
    let (validity, highest) = (code("UIDVALIDITY"), code("HIGHESTMODSEQ"));
    let modseq = |line: &str| {
        line.split("MODSEQ (").nth(1).unwrap().split(')').next().unwrap().parse::<u64>().unwrap()
    };

    let mut two = Client::selected(&server, "INBOX").await;
    let said = two.data("STORE 1 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)").await;
    assert!(
        said.iter().all(|line| line.starts_with("* OK [HIGHESTMODSEQ ")),
        "all have changed since 0: {said:?}"
    );
    let said = two.ok("STORE 1:2 (UNCHANGEDSINCE 0) +FLAGS (\\Seen)").await;
    assert!(said[0].starts_with("[MODIFIED 1:2]"), "{said:?}");
    let said = two.data(&format!("STORE 1 (UNCHANGEDSINCE {highest}) +FLAGS.SILENT (\\Seen)")).await;
    let first = modseq(&said[0]);
    assert!(first > highest && !said[0].contains("FLAGS"), "{said:?}");
    let said = two.ok(&format!("UID STORE 1,3 (UNCHANGEDSINCE {highest}) +FLAGS (\\Flagged)")).await;
    assert!(said.last().unwrap().starts_with("[MODIFIED 1]"), "{said:?}");
    let second = modseq(&said[0]);
    assert!(said[0].starts_with("* 3 FETCH (UID 3 FLAGS (\\Flagged) MODSEQ (") && second > first, "{said:?}");
    two.ok("UID STORE 4 +FLAGS.SILENT (\\Deleted)").await;
    two.ok("EXPUNGE").await;

    // What one is told: the flags with UIDs, and the expunge as VANISHED.
    let told = one.data("NOOP").await;
    assert!(told.iter().any(|line| line == "* VANISHED 4"), "{told:?}");
    assert!(told.iter().any(|line| line.starts_with("* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ (")), "{told:?}");
    let now = one.data("STATUS INBOX (HIGHESTMODSEQ)").await;
    let now: u64 = now[0].split("HIGHESTMODSEQ ").nth(1).unwrap().trim_end_matches(')').parse().unwrap();
    assert!(now > second);

    // A third comes back after that, and is told the same.
    let mut three = Client::bob(&server).await;
    three.ok("ENABLE QRESYNC").await;
    let said = three.data(&format!("SELECT INBOX (QRESYNC ({validity} {highest} 1:5))")).await;
    let vanished = said.iter().position(|line| line == "* VANISHED (EARLIER) 4").unwrap();
    let fetched: Vec<_> = said.iter().filter(|line| line.contains("FETCH")).collect();
    assert_eq!(fetched.len(), 2, "{said:?}");
    assert!(fetched[0].starts_with("* 1 FETCH (UID 1 ") && fetched[1].starts_with("* 3 FETCH (UID 3 "));
    assert!(said.iter().position(|line| line.contains("FETCH")).unwrap() > vanished);
    let said = three.data(&format!("UID FETCH 1:* (FLAGS) (CHANGEDSINCE {first} VANISHED)")).await;
    assert_eq!(said[0], "* VANISHED (EARLIER) 4");
    assert!(said.len() == 2 && said[1].starts_with("* 3 FETCH (UID 3 "), "{said:?}");
    assert_eq!(three.data(&format!("FETCH 1:* (FLAGS) (CHANGEDSINCE {now})")).await, Vec::<String>::new());
    // Another validity: all is forgotten, nothing is told.
    let said = three.data(&format!("SELECT INBOX (QRESYNC ({} {highest}))", validity + 1)).await;
    assert!(said[0].contains("[CLOSED]") && !said.iter().any(|line| line.contains("VANISHED")), "{said:?}");
}

#[tokio::test]
async fn copies_and_moves_into_the_selected_mailbox() {
    let folder = tempfile::tempdir().unwrap();
    let server = filled(folder.path(), 3).await;
    let mut bob = Client::selected(&server, "INBOX").await;
    let said = bob.ok("COPY 1:2 INBOX").await;
    assert_eq!(said[0], "* 5 EXISTS");
    assert!(
        said.last().unwrap().starts_with("[COPYUID ") && said.last().unwrap().contains(" 1:2 4:5]"),
        "{said:?}"
    );
    let said = bob.ok("MOVE 1 INBOX").await;
    assert!(said[0].starts_with("* OK [COPYUID ") && said[0].contains(" 1 6]"), "{said:?}");
    assert!(said.contains(&"* 1 EXPUNGE".to_owned()) && said.contains(&"* 5 EXISTS".to_owned()), "{said:?}");
    assert_eq!(bob.data("FETCH 1:* UID").await.len(), 5);
    assert!(bob.status("COPY 1 nowhere").await.starts_with("NO [TRYCREATE]"));
    assert!(bob.status("COPY 9 INBOX").await.starts_with("BAD "));
    let said = bob.ok("UID COPY 99 INBOX").await;
    assert_eq!(said.len(), 1, "UIDs that are not there are passed over: {said:?}");
    // Read only.
    bob.ok("EXAMINE INBOX").await;
    for command in ["STORE 1 +FLAGS (\\Seen)", "EXPUNGE", "MOVE 1 INBOX"] {
        assert!(bob.status(command).await.starts_with("NO "), "{command}");
    }
    bob.ok("FETCH 1 BODY[]").await;
    assert_eq!(bob.data("FETCH 1 FLAGS").await, ["* 1 FETCH (FLAGS ())"], "EXAMINE marks nothing as read");
}

#[tokio::test]
async fn a_mailbox_deleted_under_a_session_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = filled(folder.path(), 0).await;
    let mut one = Client::bob(&server).await;
    one.ok("CREATE box").await;
    one.append("box", "", b"Subject: x\r\n\r\n").await;
    one.ok("SELECT box").await;
    let mut two = Client::bob(&server).await;
    two.ok("DELETE box").await;
    one.begin("NOOP").await;
    assert!(one.line().await.starts_with("* BYE "));
}

#[tokio::test]
async fn every_message_of_a_large_mailbox_comes_whole() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::bob(&server).await;
    // More octets than one look-up brings, in sizes that are kept in different places.
    let sizes: Vec<usize> = (1..=80).map(|n| if n % 3 == 0 { 300_000 } else { n * 3_200 }).collect();
    let mail = |size: usize| [b"Subject: large\r\n\r\n".as_slice(), &vec![b'x'; size]].concat();
    for size in &sizes {
        bob.append("INBOX", "", &mail(*size)).await;
    }
    bob.ok("SELECT INBOX").await;
    for item in ["BODY.PEEK[]", "RFC822.HEADER BODY.PEEK[]"] {
        bob.begin(&format!("FETCH 1:* ({item})")).await;
        let mut said = bob.finish().await;
        assert!(said.pop().unwrap().starts_with(b"OK "));
        assert_eq!(said.len(), sizes.len(), "{item}");
        for (size, response) in sizes.iter().zip(&said) {
            assert!(response.ends_with(&[mail(*size).as_slice(), b")"].concat()), "{size} octets, {item}");
        }
    }
}

#[tokio::test]
async fn no_keyword_is_shown_before_it_is_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let (mut one, mut other) =
        (Client::selected(&server, "INBOX").await, Client::selected(&server, "INBOX").await);
    one.append("INBOX", "", b"Subject: x\r\n\r\n").await;
    other.ok("NOOP").await;
    other.ok("STORE 1 +FLAGS.SILENT (\\Seen new)").await;
    let said = one.data("FETCH 1 (UID FLAGS)").await;
    assert_eq!(said[0], "* 1 FETCH (UID 1 FLAGS (\\Recent))");
    assert!(said[1].starts_with("* FLAGS (") && said[1].ends_with(" new)"), "{said:?}");
    assert_eq!(said[3], "* 1 FETCH (FLAGS (\\Seen \\Recent new))");
    assert_eq!(one.data("FETCH 1 FLAGS").await, ["* 1 FETCH (FLAGS (\\Seen \\Recent new))"]);
}
