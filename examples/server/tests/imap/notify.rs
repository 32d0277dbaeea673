//! NOTIFY: news between commands, of the selected mailbox and of all that happens elsewhere.

use crate::wire::{self, Client};

const MAIL: &[u8] =
    b"Subject: Re: good morning\r\nFrom: alice@example.org\r\nTo: bob@example.org\r\n\r\nhello\r\n";

/// The next line, which comes unasked, without quotes.
async fn news(client: &mut Client) -> String {
    client.line().await.replace('"', "")
}

#[tokio::test]
async fn the_selected_mailbox_is_told_of_between_commands() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut one = Client::selected(&server, "INBOX").await;
    let mut other = Client::selected(&server, "INBOX").await;
    one.ok("NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[HEADER.FIELDS (From Subject)]) MessageExpunge FlagChange))")
        .await;
    Client::bob(&server).await.append("INBOX", "", MAIL).await;
    assert_eq!(news(&mut one).await, "* 1 EXISTS");
    assert_eq!(news(&mut one).await, "* 1 RECENT");
    let said = news(&mut one).await;
    assert!(said.starts_with("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (From Subject)] {"), "{said}");
    assert!(said.contains("From: alice@example.org"), "{said}");
    other.ok("NOOP").await;
    other.ok("STORE 1 +FLAGS.SILENT (\\Flagged)").await;
    assert_eq!(news(&mut one).await, "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Recent))");
    other.ok("STORE 1 +FLAGS.SILENT (\\Deleted)").await;
    assert_eq!(news(&mut one).await, "* 1 FETCH (UID 1 FLAGS (\\Flagged \\Deleted \\Recent))");
    other.ok("EXPUNGE").await;
    assert_eq!(news(&mut one).await, "* 1 EXPUNGE");
    // Its own message is not fetched for it.
    let said = one.append("INBOX", "", MAIL).await;
    assert!(said.starts_with("OK [APPENDUID "), "{said}");
    // Nothing any more, until it wants to know.
    one.ok("NOTIFY NONE").await;
    other.append("INBOX", "(\\Seen)", MAIL).await;
    assert_eq!(one.data("NOOP").await, [""; 0]);
    assert_eq!(one.data("NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge))").await[0], "* 2 EXISTS");
}

#[tokio::test]
async fn other_mailboxes_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut one = Client::bob(&server).await;
    let mut other = Client::bob(&server).await;
    for name in ["Lists/Lemonade", "Lists/Im2000", "misc"] {
        one.ok(&format!("CREATE {name}")).await;
    }
    let said = one.data("NOTIFY SET STATUS (SUBTREE Lists (MessageNew MessageExpunge FlagChange))").await;
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[1].starts_with("* STATUS Lists/Im2000 (MESSAGES 0 UIDNEXT 1 UIDVALIDITY "), "{said:?}");
    assert!(said[2].ends_with(" UNSEEN 0 HIGHESTMODSEQ 1)"), "{said:?}");
    let numbers = |said: &str| {
        said.split_whitespace().filter(|word| *word != "UIDVALIDITY").collect::<Vec<_>>().join(" ")
    };
    other.append("misc", "", MAIL).await;
    other.append("Lists/Lemonade", "", MAIL).await;
    let said = news(&mut one).await;
    assert!(said.starts_with("* STATUS Lists/Lemonade (MESSAGES 1 UIDNEXT 2 UIDVALIDITY "), "{said}");
    assert!(said.ends_with(" UNSEEN 1)"), "{said}");
    // With CONDSTORE the mod-sequence too. Its own doing is no news.
    one.ok("ENABLE CONDSTORE").await;
    assert_eq!(one.append("Lists/Lemonade", "", MAIL).await.split(' ').next(), Some("OK"));
    other.ok("SELECT Lists/Lemonade").await;
    other.ok("STORE 1 +FLAGS (\\Seen)").await;
    let said = news(&mut one).await;
    assert!(said.starts_with("* STATUS Lists/Lemonade (UIDVALIDITY "), "{said}");
    assert!(numbers(&said).ends_with("UNSEEN 1 HIGHESTMODSEQ 4)"), "{said}");
    // The selected mailbox is told of by its own rule, and by the other one again when it is left.
    one.ok("SELECT Lists/Lemonade").await;
    other.ok("STORE 2 +FLAGS (\\Seen \\Deleted)").await;
    assert_eq!(one.data("NOOP").await, [""; 0]);
    one.ok("UNSELECT").await;
    other.ok("EXPUNGE").await;
    let said = news(&mut one).await;
    assert!(said.starts_with("* STATUS Lists/Lemonade (MESSAGES 1 UIDNEXT 3 UIDVALIDITY "), "{said}");
    // In IDLE the same.
    one.begin("IDLE").await;
    assert!(one.line().await.starts_with("+ "));
    other.append("Lists/Im2000", "", MAIL).await;
    assert!(news(&mut one).await.starts_with("* STATUS Lists/Im2000 (MESSAGES 1 "));
    one.send(b"DONE\r\n").await;
    one.finish().await;
    // A mailbox that comes later is watched too.
    other.ok("CREATE Lists/new").await;
    other.append("Lists/new", "", MAIL).await;
    loop {
        // That its UIDs are valid from now on may be told by itself first.
        let said = news(&mut one).await;
        assert!(said.starts_with("* STATUS Lists/new ("), "{said}");
        if said.contains("MESSAGES 1") {
            break;
        }
    }
}

#[tokio::test]
async fn mailboxes_themselves_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut one = Client::bob(&server).await;
    let mut other = Client::bob(&server).await;
    let all = "(PERSONAL (MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange))";
    one.ok(&format!("NOTIFY SET {all}")).await;
    other.ok("CREATE a/b").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasChildren) / a");
    assert_eq!(news(&mut one).await, "* LIST (\\HasNoChildren) / a/b");
    other.ok("RENAME a c").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasChildren) / c (OLDNAME (a))");
    // RFC 5465 §5.4: the inbox too, and of the one that takes its place nothing is told.
    other.ok("RENAME INBOX old/in").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasChildren) / old");
    assert_eq!(news(&mut one).await, "* LIST (\\HasNoChildren) / old/in (OLDNAME (INBOX))");
    other.ok("CREATE old/too").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasChildren) / old");
    assert_eq!(news(&mut one).await, "* LIST (\\HasNoChildren) / old/too");
    other.ok("SUBSCRIBE c").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasChildren \\Subscribed) / c");
    other.ok("UNSUBSCRIBE c").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasChildren) / c");
    other.ok("DELETE c/b").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasNoChildren) / c");
    assert_eq!(news(&mut one).await, "* LIST (\\HasNoChildren \\NonExistent) / c/b");
    other.ok("SETMETADATA INBOX (/shared/comment \"x\" /private/comment \"y\")").await;
    assert_eq!(news(&mut one).await, "* METADATA INBOX /private/comment /shared/comment");
    other.ok("SETMETADATA INBOX (/shared/comment NIL /private/comment \"y\")").await;
    assert_eq!(news(&mut one).await, "* METADATA INBOX /shared/comment");
    other.ok("SETMETADATA \"\" (/private/vendor/v.test/x \"x\")").await;
    assert_eq!(news(&mut one).await, "* METADATA  /private/vendor/v.test/x");
    // What it does itself it knows.
    for command in [
        "CREATE own",
        "SUBSCRIBE own",
        "SETMETADATA own (/private/comment \"x\")",
        "RENAME own d",
        "DELETE d",
    ] {
        assert_eq!(one.data(command).await, [""; 0], "{command}");
    }
    other.ok("CREATE last").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasNoChildren) / last");
    // A group and 999 names may be, and one more is too much: what was watched is so still.
    let names = |count: u32| (0..count).map(|n| format!("n{n}")).collect::<Vec<_>>().join(" ");
    one.ok(&format!("NOTIFY SET (MAILBOXES ({}) (MailboxName)) {all}", names(998))).await;
    let said = one.status(&format!("NOTIFY SET (MAILBOXES ({}) (MailboxName))", names(1_000))).await;
    assert!(said.starts_with("NO [NOTIFICATIONOVERFLOW] "), "{said}");
    other.ok("DELETE last").await;
    assert_eq!(news(&mut one).await, "* LIST (\\HasNoChildren \\NonExistent) / last");
}

#[tokio::test]
async fn a_search_that_is_kept_up_to_date_fetches_what_comes_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut one = Client::selected(&server, "INBOX").await;
    let mut other = Client::bob(&server).await;
    let said =
        one.data("SEARCH RETURN (COUNT UPDATE (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])) FROM alice").await;
    assert_eq!(said.len(), 1, "{said:?}");
    other.append("INBOX", "", MAIL).await;
    other.append("INBOX", "", b"From: carl@example.org\r\n\r\nno\r\n").await;
    let said = one.data("NOOP").await;
    let at = |start: &str| {
        said.iter().position(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {said:?}"))
    };
    assert!(at("* 2 EXISTS") < at("* ESEARCH (TAG \"c3\") ADDTO (0 1)"));
    assert!(at("* ESEARCH ") < at("* 1 FETCH (UID 1 BODY[HEADER.FIELDS (SUBJECT)] {"));
    assert!(!said.iter().any(|line| line.starts_with("* 2 FETCH")), "{said:?}");
}

#[tokio::test]
async fn mailboxes_that_others_share_are_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    server.add_account("ann@example.test", "secret").await.unwrap();
    let mut ann = Client::of(&server, "ann@example.test").await;
    ann.ok("CREATE work").await;
    ann.append("work", "", MAIL).await;
    let work = "Other Users/ann@example.test/work";
    let mut bob = Client::bob(&server).await;
    let said = bob
        .data("NOTIFY SET STATUS (SUBTREE \"Other Users\" (MessageNew MessageExpunge FlagChange MailboxName)) (PERSONAL (MessageNew MessageExpunge))")
        .await;
    assert!(said.iter().all(|line| !line.contains("Other Users")), "{said:?}");
    // Who may know that it is there is told nothing of it yet; who may read it is.
    ann.ok("SETACL work bob l").await;
    ann.ok("SETACL work bob lr").await;
    assert_eq!(news(&mut bob).await, format!("* LIST (\\HasNoChildren) / {work}"));
    let said = news(&mut bob).await;
    assert!(said.starts_with(&format!("* STATUS {work} (MESSAGES 1 UIDNEXT 2 ")), "{said}");
    ann.append("work", "", MAIL).await;
    let said = news(&mut bob).await;
    assert!(said.starts_with(&format!("* STATUS {work} (MESSAGES 2 UIDNEXT 3 ")), "{said}");
    ann.ok("SELECT work").await;
    ann.ok("STORE 1 +FLAGS.SILENT (\\Seen)").await;
    let said = news(&mut bob).await;
    assert!(said.contains(&format!("STATUS {work} ")) && said.contains("UNSEEN 1"), "{said}");
    ann.ok("CREATE other").await;
    ann.ok("SETACL other anyone lr").await;
    assert_eq!(
        news(&mut bob).await,
        "* LIST (\\HasNoChildren) / Other Users/ann@example.test/other",
        "granted to anyone"
    );
    assert!(news(&mut bob).await.starts_with("* STATUS Other Users/ann@example.test/other (UIDVALIDITY "));
    // What may not be read any longer is not told of.
    ann.ok("SETACL work bob l").await;
    ann.append("work", "", MAIL).await;
    ann.ok("DELETE other").await;
    assert_eq!(
        news(&mut bob).await,
        "* LIST (\\HasNoChildren \\NonExistent) / Other Users/ann@example.test/other"
    );
}
