//! Mailboxes: names, RENAME, DELETE, LIST in its forms, STATUS, special uses; and APPEND into them.

use crate::wire::{self, Client};

#[tokio::test]
async fn names_are_made_changed_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::bob(&server).await;
    let names = async |bob: &mut Client| {
        let listed = bob.data("LIST \"\" *").await;
        listed.iter().map(|line| line.rsplit_once(' ').unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let before = names(&mut bob).await.len();
    bob.ok("CREATE x/y/z").await;
    assert!(bob.status("CREATE x/y").await.starts_with("NO [ALREADYEXISTS]"));
    assert!(bob.status("CREATE inbox").await.starts_with("NO [ALREADYEXISTS]"));
    assert!(bob.status("DELETE INBOX").await.starts_with("NO "));
    assert!(bob.status("RENAME x x/y/w").await.starts_with("NO "), "into its own child");
    assert!(bob.status("RENAME x INBOX").await.starts_with("NO [ALREADYEXISTS]"));
    assert!(bob.status("RENAME none other").await.starts_with("NO [NONEXISTENT]"));
    bob.append("x/y", "", b"Subject: kept\r\n\r\n").await;
    bob.ok("RENAME x p/q").await;
    assert_eq!(names(&mut bob).await.len(), before + 4);
    assert_eq!(bob.data("STATUS p/q/y (MESSAGES)").await, ["* STATUS p/q/y (MESSAGES 1)"]);
    // Deleting leaves what is below.
    bob.ok("DELETE p/q").await;
    let listed = bob.data("LIST \"\" p/q").await;
    assert_eq!(listed, ["* LIST (\\Noselect \\HasChildren) \"/\" p/q"]);
    assert!(bob.status("SELECT p/q").await.starts_with("NO [NONEXISTENT]"));
    // RFC 9051 §6.3.5: the name stands above others and cannot be deleted, but renamed with them.
    assert!(bob.status("DELETE p/q").await.starts_with("NO [HASCHILDREN] "));
    assert!(bob.status("RENAME p/q p/q/r").await.starts_with("NO [CANNOT] "));
    bob.ok("RENAME p/q p/r").await;
    assert_eq!(bob.data("LIST \"\" p/q*").await, [""; 0]);
    assert_eq!(bob.data("STATUS p/r/y (MESSAGES)").await, ["* STATUS p/r/y (MESSAGES 1)"]);
    // The words for people are ASCII, whatever name they are about.
    bob.ok("CREATE &AOk-").await;
    assert_eq!(bob.status("CREATE &AOk-").await, "NO [ALREADYEXISTS] ? already exists");
    // INBOX renamed is INBOX emptied.
    bob.append("INBOX", "(\\Flagged)", b"Subject: in\r\n\r\n").await;
    bob.ok("RENAME inbox old").await;
    assert_eq!(bob.data("STATUS INBOX (MESSAGES)").await, ["* STATUS INBOX (MESSAGES 0)"]);
    assert_eq!(bob.data("STATUS old (MESSAGES UNSEEN)").await, ["* STATUS old (MESSAGES 1 UNSEEN 1)"]);
    let validity = async |bob: &mut Client| bob.data("STATUS again (UIDVALIDITY)").await.remove(0);
    bob.ok("CREATE again").await;
    let first = validity(&mut bob).await;
    bob.ok("DELETE again").await;
    bob.ok("CREATE again").await;
    assert_ne!(first, validity(&mut bob).await, "a validity is never used again");
}

#[tokio::test]
async fn the_selected_mailbox_is_deleted_and_renamed() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let (mut bob, mut other) = (Client::bob(&server).await, Client::bob(&server).await);
    bob.ok("CREATE short").await;
    bob.ok("SELECT short").await;
    other.ok("SELECT short").await;
    bob.ok("RENAME short renamed").await;
    bob.ok("NOOP").await;
    bob.ok("DELETE renamed").await;
    assert!(bob.status("FETCH 1 FLAGS").await.starts_with("BAD "), "none is selected");
    bob.ok("SELECT INBOX").await;
    // Somebody else who has it selected cannot go on with it.
    other.begin("NOOP").await;
    assert_eq!(other.line().await, "* BYE the mailbox is gone");
}

#[tokio::test]
async fn lists_tell_what_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::bob(&server).await;
    for command in [
        "CREATE work/now",
        "CREATE keep (USE (\\Archive))",
        "SUBSCRIBE work/now",
        "SUBSCRIBE gone",
        "SETMETADATA work/now (/private/comment \"later\")",
    ] {
        bob.ok(command).await;
    }
    assert!(bob.status("CREATE odd (USE (\\Nothing))").await.starts_with("NO [USEATTR]"));
    assert_eq!(bob.data("LIST \"\" \"\"").await, ["* LIST (\\Noselect) \"/\" \"\""]);
    assert_eq!(bob.data("LIST \"\" work/%").await, ["* LIST (\\HasNoChildren) \"/\" work/now"]);
    assert_eq!(bob.data("LIST wor k/%").await, ["* LIST (\\HasNoChildren) \"/\" work/now"]);
    assert_eq!(bob.data("LIST \"\" iNb%").await.len(), 1);
    let listed = bob.data("LIST (SUBSCRIBED) \"\" (gone work/*)").await;
    let wanted = [
        "* LIST (\\NonExistent \\Subscribed \\HasNoChildren) \"/\" gone",
        "* LIST (\\Subscribed \\HasNoChildren) \"/\" work/now",
    ];
    assert_eq!(listed, wanted);
    let listed = bob.data("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" work").await;
    assert_eq!(listed, ["* LIST (\\HasChildren) \"/\" work (CHILDINFO (\"SUBSCRIBED\"))"]);
    let listed = bob.data("LIST (SPECIAL-USE) \"\" keep RETURN (STATUS (MESSAGES))").await;
    assert_eq!(listed, ["* LIST (\\Archive \\HasNoChildren) \"/\" keep", "* STATUS keep (MESSAGES 0)"]);
    let listed = bob.data("LIST \"\" work/now RETURN (METADATA (/private/comment /shared/comment))").await;
    let wanted = [
        "* LIST (\\HasNoChildren) \"/\" work/now",
        "* METADATA work/now (/private/comment later /shared/comment NIL)",
    ];
    assert_eq!(
        listed.iter().map(|line| line.replace('"', "")).collect::<Vec<_>>(),
        wanted.map(|w| w.replace('"', ""))
    );
    assert_eq!(bob.data("LSUB \"\" work%").await, ["* LSUB (\\Noselect) \"/\" work"]);
    bob.ok("SELECT INBOX").await;
    bob.append("INBOX", "", b"Subject: x\r\n\r\n").await;
    let status = bob.data("STATUS INBOX (MESSAGES RECENT UIDNEXT UNSEEN DELETED SIZE)").await;
    assert_eq!(
        status.last().unwrap(),
        "* STATUS INBOX (MESSAGES 1 RECENT 0 UIDNEXT 2 UNSEEN 1 DELETED 0 SIZE 14)",
        "told as recent already"
    );
}

#[tokio::test]
async fn appends_are_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "[limits]\nmessage_size = '1KiB'\n").await;
    let mut bob = Client::bob(&server).await;
    assert!(bob.append("none", "", b"x").await.starts_with("NO [TRYCREATE]"));
    assert!(bob.append("INBOX", "", &[b'x'; 1025]).await.starts_with("NO [TOOBIG]"), "before its octets");
    bob.begin("APPEND INBOX {18446744073709551615}").await;
    assert!(bob.finish().await[0].starts_with(b"BAD "), "sizes have 63 bits");
    for zero in ["APPEND INBOX {0}", "APPEND INBOX {0+}\r\n"] {
        bob.begin(zero).await;
        assert!(bob.finish().await[0].starts_with(b"NO "), "{zero}");
    }
    assert!(bob.append("INBOX", "\"99-Jan-2020 00:00:00 +0000\"", b"x").await.starts_with("BAD "));
    let said = bob.append("INBOX", "(\\Seen $a) \"01-Jan-1999 00:00:00 +0200\"", b"Subject: x\r\n\r\n").await;
    assert!(said.starts_with("OK [APPENDUID ") && said.contains(" 1]"), "{said}");
    let said = bob.data("EXAMINE INBOX").await;
    assert!(said.contains(&"* 1 EXISTS".to_owned()));
    let fetched = bob.data("FETCH 1 (FLAGS INTERNALDATE)").await;
    assert_eq!(
        fetched,
        ["* 1 FETCH (FLAGS (\\Seen \\Recent $a) INTERNALDATE \"31-Dec-1998 22:00:00 +0000\")"]
    );
    // A date that is still to come is a broken clock's.
    bob.append("INBOX", "\"01-Jan-2099 00:00:00 +0000\"", b"Subject: x\r\n\r\n").await;
    assert_eq!(bob.data("SEARCH SINCE 1-Jan-2099").await, ["* SEARCH"]);
    bob.ok("SELECT INBOX").await;
    bob.ok("UID STORE 2 +FLAGS.SILENT (\\Deleted)").await;
    bob.ok("EXPUNGE").await;
    // Several in one step; the second is refused, so the first is not kept.
    bob.send(b"m APPEND INBOX {1+}\r\nx {2000}\r\n").await;
    assert!(bob.line().await.starts_with("m NO [TOOBIG]"));
    // A connection that ends within a message leaves nothing.
    let mut cut = Client::bob(&server).await;
    cut.send(b"m APPEND INBOX {1+}\r\nx {100+}\r\nhalf of").await;
    drop(cut);
    assert_eq!(bob.data("STATUS INBOX (MESSAGES)").await, ["* STATUS INBOX (MESSAGES 1)"]);
    bob.send(b"m APPEND INBOX (\\Seen) {1+}\r\nx (\\Draft) {2+}\r\nyy\r\n").await;
    assert_eq!(bob.line().await, "* 3 EXISTS");
    assert_eq!(bob.line().await, "* 3 RECENT");
    assert!(bob.line().await.ends_with("3:4] APPEND completed"));
}
