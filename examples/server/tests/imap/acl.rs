//! Mailboxes that one account shares with another: who may do what, and what the other is told.

use crate::wire::{self, Client};
use mailwright_server::{
    Config,
    admin::{self, AccountRequest, Request},
};

const ANN: &str = "ann@example.test";
/// What bob calls ann's mailbox `work`.
const WORK: &str = "\"Other Users/ann@example.test/work\"";

/// A server with ann, who has a mailbox `work` with three messages in it, and bob; their sessions.
async fn two(folder: &std::path::Path) -> (mailwright_server::Server, Client, Client) {
    let server = wire::start(folder, "").await;
    server.add_account(ANN, "secret").await.unwrap();
    let mut ann = Client::of(&server, ANN).await;
    ann.ok("CREATE work").await;
    for n in 1..=3 {
        ann.append("work", "", format!("Subject: {n}\r\n\r\n{n}\r\n").as_bytes()).await;
    }
    let bob = Client::bob(&server).await;
    (server, ann, bob)
}

async fn give(ann: &mut Client, rights: &str) {
    ann.ok(&format!("SETACL work bob@example.test {rights}")).await;
}

/// What an administrator has the running server do.
async fn administer(folder: &std::path::Path, request: AccountRequest) {
    let mut config = Config::parse("domains = ['example.test']", "test").unwrap();
    config.data = folder.to_owned();
    admin::call(&config, Request::Account(request)).await.unwrap();
}

#[tokio::test]
async fn lists_are_kept_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, mut ann, mut bob) = two(folder.path()).await;
    let capabilities = ann.data("CAPABILITY").await.remove(0);
    for one in [" ACL", " RIGHTS=kxte", " LIST-MYRIGHTS"] {
        assert!(capabilities.contains(one), "{capabilities}");
    }
    let acl = async |ann: &mut Client| ann.data("GETACL work").await.remove(0);
    let own = "* ACL work ann@example.test lrswipkxtecda";
    assert_eq!(acl(&mut ann).await, own);
    assert_eq!(ann.data("MYRIGHTS work").await, ["* MYRIGHTS work lrswipkxtecda"]);
    ann.ok("SETACL work BOB lrswida").await;
    assert_eq!(
        acl(&mut ann).await,
        format!("{own} bob@example.test lrswiteda"),
        "by any name of the account"
    );
    ann.ok("SETACL work bob -da").await;
    ann.ok("SETACL work -bob w").await;
    ann.ok("SETACL work anyone +l").await;
    assert_eq!(acl(&mut ann).await, format!("{own} anyone l bob@example.test lrswi -bob@example.test w"));
    assert_eq!(bob.data(&format!("MYRIGHTS {WORK}")).await, [format!("* MYRIGHTS {WORK} lrsi")]);
    ann.ok("DELETEACL work -bob").await;
    ann.ok("DELETEACL work anyone").await;
    ann.ok("DELETEACL work anyone").await;
    assert_eq!(acl(&mut ann).await, format!("{own} bob@example.test lrswi"));
    let listed = ann.data("LISTRIGHTS work bob").await;
    assert_eq!(listed, ["* LISTRIGHTS work bob \"\" l r s w i p k x t e c d a"]);
    let listed = ann.data("LISTRIGHTS work ann@example.test").await;
    assert_eq!(listed, ["* LISTRIGHTS work ann@example.test lrswipkxtecda"]);
    for bad in ["SETACL work bob lrQ", "SETACL work bob q", "SETACL work \"\" l", "SETACL work bob 0"] {
        assert!(ann.status(bad).await.starts_with("BAD "), "{bad}");
    }
    for (no, code) in [
        ("SETACL work nobody l", "NONEXISTENT"),
        ("SETACL work ann lr", "CANNOT"),
        ("SETACL work -ann lr", "CANNOT"),
        ("DELETEACL work ann", "CANNOT"),
        ("GETACL none", "NONEXISTENT"),
    ] {
        assert!(ann.status(no).await.starts_with(&format!("NO [{code}]")), "{no}");
    }
    ann.ok("SETACL work ann +lr").await;
    // The list goes where the mailbox goes, and to what is made below it.
    ann.ok("RENAME work job").await;
    ann.ok("CREATE job/now").await;
    for name in ["job", "job/now"] {
        let told = ann.data(&format!("GETACL {name}")).await;
        assert_eq!(told, [own.replace("work", name) + " bob@example.test lrswi"]);
    }
    ann.ok("DELETE job").await;
    ann.ok("CREATE job").await;
    assert_eq!(ann.data("GETACL job").await, [own.replace("work", "job")]);
}

/// Every right by itself: what of all this it allows.
#[tokio::test]
async fn each_right_allows_what_it_says_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, mut ann, mut bob) = two(folder.path()).await;
    bob.ok("CREATE own").await;
    bob.append("own", "", b"Subject: own\r\n\r\n").await;
    let all = [
        (format!("STATUS {WORK} (MESSAGES)"), "r"),
        (format!("EXAMINE {WORK}"), "r"),
        (format!("GETQUOTAROOT {WORK}"), "r"),
        (format!("GETACL {WORK}"), "a"),
        (format!("LISTRIGHTS {WORK} anyone"), "a"),
        (format!("SETACL {WORK} anyone \"\""), "a"),
        (format!("DELETEACL {WORK} anyone"), "a"),
        (format!("RENAME {WORK} \"Other Users/ann@example.test/other\""), "kx"),
        (format!("MYRIGHTS {WORK}"), "lrikxa"),
        (format!("COPY 1 {WORK}"), "i"),
        (format!("CREATE {}", WORK.replace("work", "work/new")), "k"),
    ];
    for right in "lrswipkxtea".chars() {
        for with_lookup in [false, true] {
            give(&mut ann, &if with_lookup { format!("l{right}") } else { right.to_string() }).await;
            for (command, allowing) in &all {
                bob.ok("SELECT own").await;
                let said = bob.run(command).await.pop().unwrap();
                let allowed = match *allowing {
                    "kx" => false, // nothing above may be written into
                    any if any.len() > 1 => any.contains(right) || with_lookup,
                    one => one.contains(right),
                };
                let wanted = match (allowed, with_lookup || right == 'l') {
                    (true, _) => "OK ",
                    (false, true) => "NO [NOPERM]",
                    // Whoever may not make it either is told as if it was not there.
                    (false, false) if command.starts_with("CREATE") => "NO [NOPERM]",
                    (false, false) if command.starts_with("RENAME") && right == 'x' => "NO [NOPERM]",
                    (false, false) => "NO [NONEXISTENT]",
                };
                assert!(said.starts_with(wanted), "{right} {with_lookup} {command}: {said}");
                if allowed && command.starts_with("CREATE") {
                    ann.ok("DELETE work/new").await;
                }
            }
            let listed = bob.data("LIST \"\" *").await.iter().any(|line| line.ends_with(WORK));
            assert_eq!(listed, with_lookup || right == 'l', "{right}");
        }
    }
    // Without any right, all is as for a mailbox that is not there.
    ann.ok("DELETEACL work bob").await;
    let nowhere = WORK.replace("work", "none");
    for (command, _) in &all {
        bob.ok("SELECT own").await;
        let there = bob.run(command).await;
        bob.ok("SELECT own").await;
        assert_eq!(there, bob.run(&command.replace(WORK, &nowhere)).await, "{command}");
    }
    give(&mut ann, "x").await;
    bob.ok(&format!("DELETE {WORK}")).await;
    assert!(ann.status("STATUS work (MESSAGES)").await.starts_with("NO [NONEXISTENT]"));
}

#[tokio::test]
async fn a_shared_mailbox_is_worked_with_as_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, mut ann, mut bob) = two(folder.path()).await;
    assert_eq!(bob.data("NAMESPACE").await, ["* NAMESPACE ((\"\" \"/\")) ((\"Other Users/\" \"/\")) NIL"]);
    let before = bob.data("LIST \"\" *").await;
    give(&mut ann, "lrswite").await;
    ann.ok("SETACL work anyone l").await;
    bob.ok(&format!("SUBSCRIBE {WORK}")).await;
    let listed = bob.data("LIST \"\" \"Other Users/*\" RETURN (SUBSCRIBED MYRIGHTS STATUS (MESSAGES))").await;
    assert_eq!(
        listed.last_chunk::<3>().unwrap(),
        &[
            format!("* LIST (\\Subscribed \\HasNoChildren) \"/\" {WORK}"),
            format!("* MYRIGHTS {WORK} lrswited"),
            format!("* STATUS {WORK} (MESSAGES 3)"),
        ]
    );
    assert_eq!(bob.data("LSUB \"\" Other*").await, [format!("* LSUB () \"/\" {WORK}")]);
    assert_eq!(bob.data("LIST \"\" %").await.len(), before.len() + 1);
    assert_eq!(ann.data("LIST \"\" Other*").await, Vec::<String>::new(), "not to its owner");

    // Both see the same flags, at once.
    let selected = bob.ok(&format!("SELECT {WORK}")).await;
    assert!(selected.last().unwrap().starts_with("[READ-WRITE]"));
    ann.ok("SELECT work").await;
    ann.begin("IDLE").await;
    assert!(ann.line().await.starts_with("+ "));
    assert_eq!(
        bob.data("FETCH 1 BODY[TEXT]").await,
        ["* 1 FETCH (BODY[TEXT] {3}\r\n1\r\n)", "* 1 FETCH (FLAGS (\\Seen))"]
    );
    assert_eq!(ann.line().await, "* 1 FETCH (FLAGS (\\Seen \\Recent))", "recent for its owner alone");
    let appended = bob.append(WORK, "(\\Flagged)", b"Subject: from bob\r\n\r\n").await;
    assert!(appended.starts_with("OK [APPENDUID ") && appended.contains(" 4]"), "{appended}");
    assert_eq!(ann.line().await, "* 4 EXISTS");
    assert!(ann.line().await.ends_with(" RECENT"));
    bob.ok("STORE 2 +FLAGS.SILENT (\\Deleted)").await;
    assert_eq!(ann.line().await, "* 2 FETCH (FLAGS (\\Deleted \\Recent))");
    bob.ok("EXPUNGE").await;
    assert_eq!(ann.line().await, "* 2 EXPUNGE");
    ann.send(b"DONE\r\n").await;
    ann.finish().await;
    assert_eq!(bob.data("SEARCH SUBJECT bob").await, ["* SEARCH 3"]);

    // Messages cross from one account to the other, and back.
    assert!(bob.ok("COPY 1 INBOX").await[0].starts_with("[COPYUID "));
    let moved = bob.ok("MOVE 3 INBOX").await;
    assert!(moved[0].starts_with("* OK [COPYUID ") && moved[1] == "* 3 EXPUNGE", "{moved:?}");
    bob.ok("SELECT INBOX").await;
    let subjects = bob.data("FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])").await;
    assert!(subjects.len() == 2 && subjects[1].contains("\\Flagged") && subjects[1].contains("from bob"));
    bob.ok(&format!("MOVE 1 {WORK}")).await;
    let status = ann.data("STATUS work (MESSAGES UNSEEN)").await;
    assert!(status.contains(&"* STATUS work (MESSAGES 3 UNSEEN 1)".to_owned()), "{status:?}");

    // ESEARCH looks into them where they are named, and not among one's own.
    let found = bob.data(&format!("ESEARCH IN (mailboxes {WORK}) SUBJECT 3")).await;
    assert!(found.len() == 1 && found[0].contains(&format!("MAILBOX {WORK}")), "{found:?}");
    assert_eq!(bob.data("ESEARCH IN (personal) SUBJECT 3").await, Vec::<String>::new());
    // A message can be made of parts of theirs, and annotations are those that all share.
    let url = "/Other%20Users/ann%40example.test/work/;UID=1";
    bob.begin(&format!("APPEND INBOX CATENATE (URL \"{url}\")")).await;
    assert!(bob.finish().await.pop().unwrap().starts_with(b"OK "));
    ann.ok("SETMETADATA work (/private/comment \"mine\" /shared/comment \"ours\")").await;
    let told = bob.data(&format!("GETMETADATA {WORK} (/private/comment /shared/comment)")).await;
    assert!(told[0].contains("/private/comment NIL") && told[0].contains("ours"), "{told:?}");
    let refused = bob.status(&format!("SETMETADATA {WORK} (/private/comment \"x\")")).await;
    assert!(refused.starts_with("NO [METADATA NOPRIVATE]"), "{refused}");
}

#[tokio::test]
async fn flags_follow_rights() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, mut ann, mut bob) = two(folder.path()).await;
    ann.ok("SELECT work").await;
    ann.ok("STORE 1:3 FLAGS (\\Answered \\Deleted $a)").await;
    let flags = async |bob: &mut Client, n: u32| {
        let said = bob.data(&format!("FETCH {n} FLAGS")).await;
        said[0].split_once("FLAGS ").unwrap().1.to_owned()
    };
    give(&mut ann, "lrs").await;
    let selected = bob.ok(&format!("SELECT {WORK}")).await;
    assert!(selected.iter().any(|line| line.contains("[PERMANENTFLAGS (\\Seen)]")), "{selected:?}");
    assert!(selected.last().unwrap().starts_with("[READ-WRITE]"), "\\Seen is shared");
    assert!(bob.status("STORE 1 +FLAGS (\\Deleted $b)").await.starts_with("NO [NOPERM]"));
    bob.ok("STORE 1 +FLAGS (\\Deleted \\Seen $b)").await;
    assert_eq!(flags(&mut bob, 1).await, "(\\Answered \\Deleted \\Seen $a))");
    bob.ok("STORE 2 FLAGS (\\Seen $b)").await;
    assert_eq!(flags(&mut bob, 2).await, "(\\Answered \\Deleted \\Seen $a))", "the others are not replaced");
    assert!(bob.status("EXPUNGE").await.starts_with("NO [NOPERM]"));
    assert!(bob.status("MOVE 1 INBOX").await.starts_with("NO [NOPERM]"));
    assert!(bob.status("UID REPLACE 1 INBOX {1+}\r\nx").await.starts_with("NO [NOPERM]"));
    // CLOSE expunges where it may, and closes.
    bob.ok("CLOSE").await;
    assert!(ann.data("STATUS work (MESSAGES)").await.contains(&"* STATUS work (MESSAGES 3)".to_owned()));

    give(&mut ann, "lr").await;
    let selected = bob.ok(&format!("SELECT {WORK}")).await;
    assert!(selected.last().unwrap().starts_with("[READ-ONLY]"), "{selected:?}");
    assert_eq!(bob.data("FETCH 3 BODY[TEXT]").await, ["* 3 FETCH (BODY[TEXT] {3}\r\n3\r\n)"]);
    assert_eq!(flags(&mut bob, 3).await, "(\\Answered \\Deleted $a))");

    // New messages have those flags that may be set.
    give(&mut ann, "lriw").await;
    bob.append(WORK, "(\\Seen \\Deleted \\Flagged $c)", b"Subject: 4\r\n\r\n").await;
    bob.append("INBOX", "(\\Seen \\Deleted \\Draft)", b"Subject: 5\r\n\r\n").await;
    bob.ok("SELECT INBOX").await;
    bob.ok(&format!("COPY 1 {WORK}")).await;
    let selected = bob.data(&format!("SELECT {WORK}")).await;
    assert!(
        selected
            .iter()
            .any(|line| line.contains("[PERMANENTFLAGS (\\Answered \\Flagged \\Draft $a $c \\*)]"))
    );
    assert_eq!(flags(&mut bob, 4).await, "(\\Flagged $c))");
    assert_eq!(flags(&mut bob, 5).await, "(\\Draft))");

    // A change of rights is told, and their end ends the session.
    give(&mut ann, "lrt").await;
    let said = bob.data("NOOP").await;
    assert!(said.iter().any(|line| line.contains("[PERMANENTFLAGS (\\Deleted)]")), "{said:?}");
    ann.ok("DELETEACL work bob").await;
    bob.begin("FETCH 1 BODY.PEEK[]").await;
    let said = bob.line().await;
    assert!(said.starts_with("* BYE"), "{said}");
}

#[tokio::test]
async fn mailboxes_are_made_renamed_and_deleted_for_their_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, mut ann, mut bob) = two(folder.path()).await;
    give(&mut ann, "lrkx").await;
    let name = |name: &str| WORK.replace("work", name);
    bob.ok(&format!("CREATE {}", name("work/a/b"))).await;
    bob.ok(&format!("RENAME {} {}", name("work/a"), name("work/c"))).await;
    assert_eq!(ann.data("LIST \"\" work/*").await.len(), 2);
    let acl = ann.data("GETACL work/c/b").await;
    assert_eq!(acl, ["* ACL work/c/b ann@example.test lrswipkxtecda bob@example.test lrkxc"]);
    bob.ok(&format!("DELETE {}", name("work/c/b"))).await;
    ann.ok("SETACL INBOX bob lrx").await;
    for (command, code) in [
        (format!("CREATE {}", name("top")), "NOPERM"),
        (format!("RENAME {} mine", name("work/c")), "CANNOT"),
        (format!("RENAME own {}", name("work/d")), "NONEXISTENT"),
        (format!("RENAME {} {}", name("INBOX"), name("work/d")), "NOPERM"),
        (format!("DELETE {}", name("inbox")), "CANNOT"),
        (format!("CREATE {} (USE (\\Sent))", name("work/e")), "USEATTR"),
        ("CREATE \"Other Users/nobody@example.test/x\"".to_owned(), "CANNOT"),
        ("CREATE \"Other Users\"".to_owned(), "CANNOT"),
        (format!("STATUS {} (MESSAGES)", name("work").replace("ann", "bob")), "NONEXISTENT"),
    ] {
        let said = bob.status(&command).await;
        assert!(said.starts_with(&format!("NO [{code}]")), "{command}: {said}");
    }
    assert!(bob.append(&name("work/none"), "", b"x").await.starts_with("NO [TRYCREATE]"));
    assert!(bob.append(&name("none"), "", b"x").await.starts_with("NO [NONEXISTENT]"));
    // What an account was given ends with it.
    drop(bob);
    administer(folder.path(), AccountRequest::Remove { address: wire::BOB.to_owned() }).await;
    assert_eq!(ann.data("GETACL work").await, ["* ACL work ann@example.test lrswipkxtecda"]);
}

#[tokio::test]
async fn what_is_put_in_counts_for_the_owner() {
    let folder = tempfile::tempdir().unwrap();
    let (_server, mut ann, mut bob) = two(folder.path()).await;
    give(&mut ann, "lri").await;
    let quota = AccountRequest::Quota { address: ANN.to_owned(), set: Some(Some(2048)) };
    administer(folder.path(), quota).await;
    let quota = bob.data(&format!("GETQUOTAROOT {WORK}")).await;
    let told = "* QUOTA ann@example.test (STORAGE 1 2)";
    assert_eq!(quota, [format!("* QUOTAROOT {WORK} ann@example.test"), told.to_owned()]);
    assert_eq!(bob.data("GETQUOTA ann@example.test").await, [told]);
    assert_eq!(bob.data("GETQUOTAROOT INBOX").await, ["* QUOTAROOT INBOX"]);
    assert!(ann.status("SETQUOTA \"\" (STORAGE 9999)").await.starts_with("NO [NOPERM]"));
    assert!(!ann.data("CAPABILITY").await[0].contains("QUOTASET"));
    // Refused before its octets are sent.
    let big = vec![b'x'; 4000];
    for (client, mailbox) in [(&mut bob, WORK), (&mut ann, "INBOX")] {
        client.begin(&format!("APPEND {mailbox} {{4000}}")).await;
        let said = client.line().await;
        assert!(said.contains(" NO [OVERQUOTA]"), "{said}");
    }
    bob.append("INBOX", "", &big).await;
    bob.ok("SELECT INBOX").await;
    for verb in ["COPY", "MOVE"] {
        assert!(bob.status(&format!("{verb} 1 {WORK}")).await.starts_with("NO [OVERQUOTA]"));
    }
    ann.append("INBOX", "", &vec![b'x'; 1500]).await;
    ann.ok("SELECT INBOX").await;
    assert!(ann.status("COPY 1 work").await.starts_with("NO [OVERQUOTA]"));
    ann.ok("MOVE 1 work").await;
    // Octets that come unasked are passed over.
    ann.begin("APPEND INBOX {4000+}").await;
    assert!(ann.line().await.contains(" NO [OVERQUOTA]"));
    ann.send(&big).await;
    ann.send(b"\r\n").await;
    ann.ok("NOOP").await;
}
