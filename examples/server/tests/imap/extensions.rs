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
    let expunge = said.iter().position(|line| line == "* 2 EXPUNGE").unwrap();
    assert!(expunge > 0 && said.last().unwrap().starts_with("REPLACE completed"), "{said:?}");
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
