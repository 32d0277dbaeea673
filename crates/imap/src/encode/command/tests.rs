use crate::{
    Limits,
    encode::core::{Encoder, Literals},
    parse::command::{Context, command},
};

fn written(line: &str, utf8: bool) -> String {
    let limits = Limits::default();
    let read = command(&line.to_owned().into(), Context { limits: &limits, utf8 });
    let mut out = Encoder::client(Literals::Plus, utf8);
    out.value(&read.unwrap_or_else(|e| panic!("{line}: {e:?}")));
    String::from_utf8(out.take().to_vec()).unwrap()
}

#[test]
fn what_is_written_plainly_is_written_back_as_it_was() {
    for line in [
        "a CAPABILITY",
        "a NOOP",
        "a LOGOUT",
        "a ID NIL",
        "a ID (\"name\" \"x\" \"version\" NIL)",
        "a STARTTLS",
        "a LOGIN tim \"a b\"",
        "a AUTHENTICATE PLAIN",
        "a AUTHENTICATE PLAIN =",
        "a ENABLE CONDSTORE UTF8=ACCEPT",
        "a SELECT INBOX",
        "a SELECT INBOX (CONDSTORE)",
        "a EXAMINE x (QRESYNC (67890007 90060115194045000 41:211,214:541 (1,3 5,7)))",
        "a CREATE x",
        "a CREATE x (USE (\\Drafts \\Sent))",
        "a DELETE x",
        "a RENAME x \"y z\"",
        "a SUBSCRIBE x",
        "a UNSUBSCRIBE x",
        "a LIST \"\" *",
        "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (% \"a b\") RETURN (CHILDREN STATUS (MESSAGES UIDNEXT))",
        "a LIST \"\" \"\"",
        "a LSUB \"\" %",
        "a NAMESPACE",
        "a STATUS x (MESSAGES HIGHESTMODSEQ)",
        "a APPEND x (\\Seen) \"17-Jul-1996 02:44:25 -0700\" {5+}\r\nhello",
        "a APPEND x {1+}\r\na {1+}\r\nb",
        "a APPEND x CATENATE (URL /INBOX;UIDVALIDITY=1/;UID=2 TEXT {2+}\r\n\r\n)",
        "a IDLE",
        "a CHECK",
        "a CLOSE",
        "a UNSELECT",
        "a EXPUNGE",
        "a UID EXPUNGE 3000:3002",
        "a SEARCH ALL",
        "a UID SEARCH RETURN (MIN COUNT PARTIAL -1:-100) OR SEEN NOT (FLAGGED DELETED) LARGER 5 SINCE 1-Feb-1994",
        "a SEARCH RETURN (SAVE) 2,4:* UID 5:7 KEYWORD $x HEADER Message-ID <a@b> YOUNGER 60 MODSEQ 620162338",
        "a ESEARCH IN (selected mailboxes (a \"b c\") subtree-one (d)) RETURN (ALL) FUZZY TEXT x",
        "a SEARCH CHARSET UTF-8 TEXT {2+}\r\n\u{e9}",
        "a SORT (REVERSE DATE SUBJECT) UTF-8 UNSEEN",
        "a UID THREAD REFERENCES US-ASCII 1:*",
        "a FETCH 1:* FLAGS",
        "a UID FETCH 2,4:7 (UID BODY.PEEK[HEADER.FIELDS (DATE FROM)]<0.20> BINARY[1.2] BINARY.SIZE[3] PREVIEW (LAZY))",
        "a UID FETCH 1:* FLAGS (CHANGEDSINCE 12345 VANISHED)",
        "a UID FETCH 1:* (UID MODSEQ) (PARTIAL -1:-30)",
        "a FETCH $ (BODY BODY[] BODY[1.MIME] RFC822.SIZE EMAILID THREADID SAVEDATE ENVELOPE INTERNALDATE)",
        "a STORE 1 +FLAGS.SILENT (\\Deleted $x)",
        "a UID STORE 7 (UNCHANGEDSINCE 320162338) FLAGS ()",
        "a COPY 2:4 x",
        "a UID MOVE 42:69 foo",
        "a UID REPLACE 5 Drafts (\\Seen) {3+}\r\nabc",
        "a GETQUOTA \"\"",
        "a GETQUOTAROOT INBOX",
        "a SETQUOTA \"\" (STORAGE 512)",
        "a GETMETADATA (MAXSIZE 1024 DEPTH 1) INBOX (/shared/comment)",
        "a SETMETADATA \"\" (/shared/comment \"x\" /shared/y NIL)",
        "a GETACL INBOX",
        "a SETACL INBOX smith +cda",
        "a DELETEACL INBOX smith",
        "a LISTRIGHTS INBOX smith",
        "a MYRIGHTS INBOX",
        "a NOTIFY NONE",
        "a NOTIFY SET STATUS (selected (MessageNew (UID FLAGS) MessageExpunge)) (subtree (Lists) NONE)",
        "a COMPRESS DEFLATE",
        "a UNAUTHENTICATE",
        "a LANGUAGE DE EN",
        "a COMPARATOR i;basic",
        "a CANCELUPDATE \"b1\"",
        "a GETJMAPACCESS",
        "a GENURLAUTH imap://joe@example.com/INBOX/;uid=20/;section=1.2 INTERNAL",
        "a RESETKEY INBOX INTERNAL",
        "a URLFETCH imap://x",
    ] {
        assert_eq!(written(line, false), format!("{line}\r\n"));
    }
}

#[test]
fn names_and_strings_are_utf8_once_that_is_enabled() {
    assert_eq!(written("a SELECT \"\u{e9}\"", true), "a SELECT \"\u{e9}\"\r\n");
    assert_eq!(written("a SELECT &AOk-", false), "a SELECT &AOk-\r\n");
    assert_eq!(written("a SEARCH TEXT \"\u{e9}\"", true), "a SEARCH TEXT \"\u{e9}\"\r\n");
}
