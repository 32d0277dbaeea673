//! Extensions that keep something or send it in another form: METADATA, CATENATE, REPLACE, BINARY.

use crate::wire::{self, Client};

#[tokio::test]
async fn annotations_are_kept_with_mailboxes_and_users() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::bob(&server).await;
    let get = async |bob: &mut Client, what: &str| {
        let said = bob.ok(&format!("GETMETADATA {what}")).await;
        said.iter().map(|line| line.replace('"', "")).collect::<Vec<_>>()
    };
    bob.ok("SETMETADATA INBOX (/private/comment {33+}\r\nMy new comment across\r\ntwo lines. /shared/Comment \"s\")").await;
    let said = get(&mut bob, "INBOX (/shared/comment /private/COMMENT /private/none)").await;
    assert_eq!(said.len(), 2);
    assert!(said[0].starts_with("* METADATA INBOX (/shared/comment s /private/comment "), "{said:?}");
    assert!(
        said[0].contains("My new comment across\r\ntwo lines.") && said[0].ends_with("/private/none NIL)"),
        "{said:?}"
    );
    let said = get(&mut bob, "INBOX (MAXSIZE 10) (/shared/comment /private/comment)").await;
    assert_eq!(said[0], "* METADATA INBOX (/shared/comment s)");
    assert!(said[1].starts_with("[METADATA LONGENTRIES 33]"), "{said:?}");
    bob.ok("SETMETADATA INBOX (/private/filters/values/small \"SMALLER 5000\" /private/filters/values/a/b \"x\")").await;
    let said = get(&mut bob, "(DEPTH 1) INBOX /private/filters/values").await;
    assert_eq!(said[0], "* METADATA INBOX (/private/filters/values/small SMALLER 5000)");
    let said = get(&mut bob, "INBOX (DEPTH infinity) (/private/filters)").await;
    assert!(said[0].contains("values/a/b x") && said[0].contains("values/small"), "{said:?}");
    bob.ok("SETMETADATA INBOX (/private/filters/values/small NIL)").await;
    assert_eq!(
        get(&mut bob, "INBOX /private/filters/values/small").await[0],
        "* METADATA INBOX (/private/filters/values/small NIL)"
    );
    // The server's own.
    assert_eq!(
        get(&mut bob, "\"\" /shared/admin").await[0],
        "* METADATA  (/shared/admin mailto:postmaster@example.test)"
    );
    assert!(bob.status("SETMETADATA \"\" (/shared/comment \"x\")").await.starts_with("NO [NOPERM]"));
    bob.ok("SETMETADATA \"\" (/private/vendor/vendor.test/x \"mine\")").await;
    assert_eq!(
        get(&mut bob, "\"\" /private/vendor/vendor.test/x").await[0],
        "* METADATA  (/private/vendor/vendor.test/x mine)"
    );
    for bad in ["comment", "/other/x", "/private/a*", "/private//a", "/private/a/", "/private"] {
        assert!(bob.status(&format!("SETMETADATA INBOX ({bad} \"x\")")).await.starts_with("BAD "), "{bad}");
    }
    // RFC 6154 §4, §5.4: what a mailbox is for is one of its annotations.
    let special = async |bob: &mut Client, mailbox: &str| {
        get(bob, &format!("{mailbox} /private/specialuse")).await.remove(0)
    };
    assert_eq!(special(&mut bob, "Drafts").await, "* METADATA Drafts (/private/specialuse \\\\Drafts)");
    bob.ok("SETMETADATA Drafts (/private/specialuse NIL)").await;
    bob.ok("CREATE Entwurf").await;
    let said =
        bob.status("SETMETADATA Entwurf (/private/comment \"x\" /private/specialuse \"\\\\None\")").await;
    assert!(said.starts_with("NO [USEATTR] "), "{said}");
    assert_eq!(
        get(&mut bob, "Entwurf /private/comment").await[0],
        "* METADATA Entwurf (/private/comment NIL)"
    );
    bob.ok("SETMETADATA Entwurf (/private/specialuse \"\\\\drafts\")").await;
    assert_eq!(special(&mut bob, "Entwurf").await, "* METADATA Entwurf (/private/specialuse \\\\Drafts)");
    assert_eq!(special(&mut bob, "Drafts").await, "* METADATA Drafts (/private/specialuse NIL)");
    let listed = bob.data("LIST (SPECIAL-USE) \"\" (Drafts Entwurf)").await;
    assert_eq!(listed, ["* LIST (\\Drafts \\HasNoChildren) \"/\" Entwurf"]);
    assert!(bob.status("GETMETADATA none /private/comment").await.starts_with("NO [NONEXISTENT]"));
    bob.send(format!("m SETMETADATA INBOX (/private/big {{{}}}\r\n", 40_000).as_bytes()).await;
    assert!(bob.line().await.starts_with("+ "));
    bob.send(&vec![b'x'; 40_000]).await;
    bob.send(b")\r\n").await;
    assert!(bob.line().await.starts_with("m NO [METADATA MAXSIZE 32768]"));
    let many: Vec<String> = (0..100).map(|n| format!("/private/n{n} \"x\"")).collect();
    let said = bob.status(&format!("SETMETADATA INBOX ({})", many.join(" "))).await;
    assert!(said.starts_with("NO [METADATA TOOMANY]"), "{said}");
    assert_eq!(get(&mut bob, "INBOX /private/n1").await[0], "* METADATA INBOX (/private/n1 NIL)");
}

#[tokio::test]
async fn messages_are_put_together_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "[limits]\nmessage_size = '2KiB'\n").await;
    let mut bob = Client::bob(&server).await;
    bob.ok("CREATE \"Dr&AOQ-fts\"").await;
    let draft =
        b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\n\
        Content-Type: text/x-second\r\n\r\nsecond part\r\n--b--\r\n";
    bob.append("\"Dr&AOQ-fts\"", "(\\Draft)", draft).await;
    let url = "/Dr%C3%A4fts/;UID=1";
    let mime = format!("{url}/;SECTION=2.MIME/;PARTIAL=8.4");
    let parts = [
        "TEXT {14+}\r\nSubject: x\r\n\r\n".to_owned(),
        format!("URL \"{url}/;SECTION=2\""),
        format!("URL {{{}+}}\r\n{mime}", mime.len()),
        "TEXT {1+}\r\n!".to_owned(),
    ];
    let said = bob.status(&format!("APPEND INBOX (\\Seen) CATENATE ({})", parts.join(" "))).await;
    assert!(said.starts_with("OK [APPENDUID "), "{said}");
    // Of URLs alone, and several messages in one command.
    let said = bob
        .status(&format!("APPEND INBOX CATENATE (URL \"{url}\") CATENATE (URL \"{url}/;SECTION=1\")"))
        .await;
    assert!(said.contains(" 2:3] APPEND completed"), "{said}");
    bob.ok("SELECT INBOX").await;
    let body = async |bob: &mut Client, number: u32| {
        let said = bob.data(&format!("FETCH {number} BODY.PEEK[]")).await;
        said[0].split_once("}\r\n").unwrap().1.strip_suffix(')').unwrap().to_owned()
    };
    assert_eq!(body(&mut bob, 1).await, "Subject: x\r\n\r\nsecond partType!");
    assert_eq!(body(&mut bob, 2).await.as_bytes(), draft);
    assert_eq!(body(&mut bob, 3).await, "first");
    // Relative to the selected mailbox; and what is no URL here.
    let said = bob.ok("APPEND INBOX CATENATE (URL \";UID=3\")").await;
    assert!(said.contains(&"* 4 EXISTS".to_owned()));
    for bad in [
        "/none/;UID=1",
        "/INBOX/;UID=99",
        "/INBOX;UIDVALIDITY=1/;UID=1",
        "/INBOX/;UID=1/;SECTION=7",
        "http://x/",
    ] {
        let said = bob
            .status(&format!("APPEND INBOX CATENATE (TEXT {{1+}}\r\nx URL \"{bad}\" TEXT {{2+}}\r\nyy)"))
            .await;
        assert!(said.starts_with(&format!("NO [BADURL {bad}]")), "{said}");
    }
    let said = bob.status("APPEND INBOX CATENATE (URL \"/INBOX/;UID=1\" TEXT {2030}").await;
    assert!(said.starts_with("NO [TOOBIG]"), "{said}");
    assert!(bob.status("APPEND INBOX CATENATE ()").await.starts_with("BAD "));
    assert_eq!(bob.data("STATUS INBOX (MESSAGES)").await, ["* STATUS INBOX (MESSAGES 4)"]);

    // A message takes the place of another.
    let said = bob.ok("REPLACE 2 INBOX (\\Flagged) {3+}\r\nnew").await;
    assert!(said[0].starts_with("* OK [APPENDUID ") && said[0].contains(" 5]"), "{said:?}");
    // RFC 8508 §3.1: it is told of before the one that it replaces.
    let place = |line: &str| said.iter().position(|other| other == line).unwrap();
    assert!(
        place("* 5 EXISTS") < place("* 2 EXPUNGE") && said.last().unwrap().starts_with("REPLACE completed"),
        "{said:?}"
    );
    assert_eq!(body(&mut bob, 4).await, "new");
    let said = bob.ok("UID REPLACE 5 \"Dr&AOQ-fts\" CATENATE (TEXT {1+}\r\n> URL \"/INBOX/;UID=5\")").await;
    assert!(said.contains(&"* 4 EXPUNGE".to_owned()), "{said:?}");
    assert_eq!(
        bob.data("STATUS \"Dr&AOQ-fts\" (MESSAGES)").await[0],
        "* STATUS \"Dr&AOQ-fts\" (MESSAGES 2)".replace('"', "")
    );
    assert!(bob.status("UID REPLACE 5 INBOX {1+}\r\nx").await.starts_with("NO "));
    assert!(bob.status("REPLACE 9 INBOX {1+}\r\nx").await.starts_with("BAD "));
    assert!(bob.status("REPLACE 1 none {1+}\r\nx").await.starts_with("NO [TRYCREATE]"));
    assert_eq!(bob.data("FETCH 1:* UID").await.len(), 3);
    bob.ok("EXAMINE INBOX").await;
    assert!(bob.status("REPLACE 1 INBOX {1+}\r\nx").await.starts_with("NO "));
}

#[tokio::test]
async fn one_command_handles_so_many_messages() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "[limits]\nmessages_per_command = 1000\n").await;
    let mut bob = Client::bob(&server).await;
    assert!(bob.data("CAPABILITY").await[0].contains(" MESSAGELIMIT=1000 "));
    bob.ok("CREATE box").await;
    let append = |count| format!("m APPEND box{}\r\n", " {14+}\r\nSubject: x\r\n\r\n".repeat(count));
    for (count, said) in
        [(1001, "m NO [MESSAGELIMIT 1000] "), (1000, "m OK [APPENDUID "), (3, "m OK [APPENDUID ")]
    {
        bob.send(append(count).as_bytes()).await;
        let line = bob.line().await;
        assert!(line.starts_with(said), "{line}");
    }
    bob.ok("SELECT box").await;
    let code =
        |said: Vec<String>| (said.len() - 1, said.last().unwrap().split(']').next().unwrap().to_owned());
    assert_eq!(code(bob.run("FETCH 1:* UID").await), (1000, "OK [MESSAGELIMIT 1000 4".to_owned()));
    let refused = (0, "NO [MESSAGELIMIT 1000".to_owned());
    assert_eq!(code(bob.run("UID FETCH 1:* UID (PARTIAL 1:1001)").await), refused);
    assert_eq!(code(bob.run("THREAD REFERENCES UTF-8 ALL").await), refused);
    assert_eq!(code(bob.run("UID COPY 1:* Trash").await).1, "NO [MESSAGELIMIT 1000 4");
    assert_eq!(code(bob.run("UID MOVE 1:* Trash").await), (1001, "OK [MESSAGELIMIT 1000 4".to_owned()));
    assert_eq!(bob.data("STATUS Trash (MESSAGES)").await, ["* STATUS Trash (MESSAGES 1000)"]);
    assert_eq!(bob.data("UID MOVE 1:* Trash").await.len(), 4);
    // RFC 9738 §3.1: EXPUNGE and STATUS have no limit.
    bob.ok("SELECT Trash").await;
    assert_eq!(bob.data("STATUS Trash (UNSEEN)").await, ["* STATUS Trash (UNSEEN 1003)"]);
    bob.ok("UID STORE 1:500 +FLAGS.SILENT (\\Deleted)").await;
    bob.ok("UID STORE 501:1003 +FLAGS.SILENT (\\Deleted)").await;
    assert_eq!(bob.data("EXPUNGE").await.len(), 1003);
}

#[tokio::test]
async fn a_nul_goes_out_in_literal8_alone() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::selected(&server, "INBOX").await;
    let message = b"Subject: a\0b\r\nFrom: \"x\0y\" <a\0b@c>\r\nContent-Type: text/plain; name=\"a\0b\"\r\n\r\n\0ab\0\r\n";
    bob.append("INBOX", "", message).await;
    bob.append("INBOX", "", b"Subject: none\r\n\r\nab\r\n").await;
    let items = "ENVELOPE BODYSTRUCTURE PREVIEW BODY.PEEK[] BODY.PEEK[TEXT]<1.3> \
        BODY.PEEK[HEADER.FIELDS (Subject)] BODY.PEEK[HEADER.FIELDS.NOT (From)] RFC822.HEADER";
    bob.begin(&format!("FETCH 1 ({items})")).await;
    let said = bob.finish().await;
    assert!(!said.concat().contains(&0) && !said[0].windows(2).any(|two| two == b"~{"), "{said:?}");
    let whole: Vec<u8> = message.iter().map(|octet| if *octet == 0 { 0x80 } else { *octet }).collect();
    assert!(said[0].windows(whole.len()).any(|octets| octets == whole), "of the same size");
    bob.begin("FETCH 1:2 (BINARY.PEEK[] BINARY.PEEK[1] BINARY.PEEK[1]<1.2>)").await;
    let said = bob.finish().await;
    let wanted = [
        &b"* 1 FETCH (BINARY[] ~{81}\r\n"[..],
        message,
        b" BINARY[1] ~{6}\r\n\0ab\0\r\n BINARY[1]<1> {2}\r\nab)",
    ];
    assert_eq!(said[0], wanted.concat());
    let wanted = "* 2 FETCH (BINARY[] {21}\r\nSubject: none\r\n\r\nab\r\n BINARY[1] {4}\r\nab\r\n BINARY[1]<1> {2}\r\nb\r)";
    assert_eq!(said[1], wanted.as_bytes());
}

#[tokio::test]
async fn eight_bit_headers_come_in_and_are_shown_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::selected(&server, "INBOX").await;
    let message = "From: Jos\u{e9} <jose@example.test>\r\nSubject: caf\u{e9}\r\n\r\nau lait\r\n".as_bytes();
    assert!(bob.append("INBOX", "", b"Subject: caf\xe9\r\n\r\nof old\r\n").await.starts_with("OK "));
    assert!(bob.append("INBOX", "", message).await.starts_with("OK "));
    // Who has not enabled it is shown the message as it is: strings that are no ASCII are literals.
    let said = bob.data("FETCH 2 (RFC822.SIZE ENVELOPE BODY.PEEK[])").await;
    let size = format!(
        "* 2 FETCH (RFC822.SIZE {} ENVELOPE (NIL {{5}}\r\ncaf\u{e9} (({{5}}\r\nJos\u{e9} NIL ",
        message.len()
    );
    assert!(said[0].starts_with(&size), "{said:?}");
    assert!(said[0].ends_with(&format!("{})", std::str::from_utf8(message).unwrap())), "{said:?}");
    assert_eq!(bob.data("SEARCH SUBJECT caf").await, ["* SEARCH 1 2"]);
}

#[tokio::test]
async fn a_part_is_sent_without_its_transfer_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let server = wire::start(folder.path(), "").await;
    let mut bob = Client::selected(&server, "INBOX").await;
    let octets: Vec<u8> = (0..600_000_u32).flat_map(u32::to_le_bytes).take(600_000).collect();
    let mut encoded = Vec::new();
    mailwright_message::encoding::base64::encode(&octets, &mut encoded);
    let encoded = String::from_utf8(encoded).unwrap();
    let part = |encoding: &str, body: &str| {
        format!(
            "--b\r\nContent-Type: application/x\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n"
        )
    };
    let message = format!(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{}{}{}--b--\r\n",
        part("base64", &encoded),
        part("quoted-printable", "caf=C3=A9 =\r\nau lait"),
        part("rot13", "uryyb"),
    );
    assert!(bob.append("INBOX", "", message.as_bytes()).await.starts_with("OK "));
    bob.ok("NOOP").await;
    let literal = |said: &[u8], head: &str| {
        let at = said.windows(2).position(|two| two == b"\r\n").unwrap();
        assert_eq!(std::str::from_utf8(&said[..at]).unwrap(), head);
        said[at + 2..said.len() - 1].to_vec()
    };
    bob.begin("FETCH 1 BINARY.PEEK[1]").await;
    let said = bob.finish().await;
    assert!(literal(&said[0], "* 1 FETCH (BINARY[1] ~{600000}") == octets);
    for (offset, length) in [(0, 10), (199_999, 70_000), (599_990, 100)] {
        bob.begin(&format!("FETCH 1 BINARY.PEEK[1]<{offset}.{length}>")).await;
        let wanted = &octets[offset..octets.len().min(offset + length)];
        let said = bob.finish().await;
        let head = format!("* 1 FETCH (BINARY[1]<{offset}> ~{{{}}}", wanted.len());
        assert!(literal(&said[0], &head) == wanted, "{offset}");
    }
    assert_eq!(
        bob.data("FETCH 1 (BINARY.SIZE[1] BINARY.SIZE[2])").await,
        ["* 1 FETCH (BINARY.SIZE[1] 600000 BINARY.SIZE[2] 13)"]
    );
    let said = bob.data("FETCH 1 BINARY.PEEK[2]").await;
    assert!(said[0].ends_with("caf\u{e9} au lait)"), "{said:?}");
    assert!(bob.status("FETCH 1 BINARY.PEEK[3]").await.starts_with("NO [UNKNOWN-CTE]"));
}
