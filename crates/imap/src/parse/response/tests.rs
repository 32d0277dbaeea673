use super::response;
use crate::{
    encode::{Encode, core::Encoder},
    types::response::{
        BodyStructure, Code, Data, EsearchItem, FetchAttribute, PartKind, Response, Status, StatusValue,
        Untagged, Value,
    },
};
use bytes::Bytes;

fn parse(line: &str) -> Response {
    response(&Bytes::copy_from_slice(line.as_bytes()), false, 32).unwrap_or_else(|e| panic!("{line}: {e}"))
}

fn untagged(line: &str) -> Untagged {
    let Response::Untagged(data) = parse(line) else { panic!("{line} is tagged") };
    data
}

fn attributes(line: &str) -> Vec<FetchAttribute> {
    let Untagged::Fetch(fetch) = untagged(line) else { panic!("{line} is no FETCH") };
    assert_eq!(fetch.faults, []);
    fetch.attributes
}

fn status(line: &str) -> Status {
    match parse(line) {
        Response::Tagged(tagged) => tagged.status,
        Response::Untagged(Untagged::Status(status)) => status,
        other => panic!("{other:?}"),
    }
}

fn written(value: &impl Encode) -> String {
    let mut out = Encoder::server(false);
    out.value(value);
    String::from_utf8(out.take().to_vec()).unwrap()
}

#[test]
fn what_is_written_plainly_is_written_back_as_it_was() {
    for line in [
        "* OK [CAPABILITY IMAP4rev1 LITERAL- AUTH=PLAIN APPENDLIMIT=50 X] ready",
        "a1 NO [TRYCREATE] no such mailbox",
        "a1 OK [APPENDUID 38505 3955:3957,7] done",
        "a1 OK [COPYUID 38505 304,319:320 3956:3958] done",
        "* OK [PERMANENTFLAGS (\\Deleted \\Seen \\* $x)] limited",
        "* NO [BADCHARSET (UTF-8 US-ASCII)] which?",
        "* OK [INPROGRESS (\"a1\" 454 1000)] still at it",
        "* OK [INPROGRESS (\"a1\" NIL NIL)] still at it",
        "* OK [METADATA LONGENTRIES 2199] cut",
        "* NO [MESSAGELIMIT 1000 23221] only so many",
        "* OK [MAILBOXID (F2212ea87-6097-4256-9d51-71338625)] ok",
        "* OK [X-UNKNOWN some thing] ok",
        "* BYE ",
        "* CAPABILITY IMAP4rev1 STARTTLS QUOTA=RES-STORAGE RIGHTS=texk MESSAGELIMIT=1000",
        "* ENABLED CONDSTORE QRESYNC",
        "* LIST (\\HasNoChildren \\Sent \\X) \"/\" \"Sent Items\"",
        "* LIST () NIL INBOX (CHILDINFO (\"SUBSCRIBED\") OLDNAME (old) x (1 \"y\"))",
        "* LSUB () \".\" #news.comp.mail.misc",
        "* NAMESPACE ((\"\" \"/\")(\"#mh/\" \"/\" \"X-PARAM\" (\"FLAG1\" \"FLAG2\"))) NIL ((\"Public/\" NIL))",
        "* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292 HIGHESTMODSEQ 7011231777 APPENDLIMIT NIL MAILBOXID (x))",
        "* SEARCH 2 3 6 (MODSEQ 917162500)",
        "* SORT 5 3 4 1 2",
        "* ESEARCH (TAG \"a1\" MAILBOX folder UIDVALIDITY 1) UID MIN 7 MAX 3800 COUNT 15 ALL 4:18,21,28 MODSEQ 5",
        "* ESEARCH (TAG \"A01\") UID PARTIAL (-1:-100 200:250,252:300) RELEVANCY (4 99)",
        "* ESEARCH (TAG \"B01\") UID ADDTO (0 32768:32769) REMOVEFROM (1 2,3 NIL)",
        "* THREAD (2)(3 6 (4 23)(44 7 96))",
        "* THREAD ((3)(5))",
        "* FLAGS (\\Answered \\Seen $Forwarded)",
        "* 23 EXISTS",
        "* 5 RECENT",
        "* 44 EXPUNGE",
        "* VANISHED (EARLIER) 41,43:116,118",
        "* VANISHED 405",
        "* ID (\"name\" \"x\" \"vendor\" NIL)",
        "* ID NIL",
        "* QUOTA \"\" (STORAGE 10 512)",
        "* QUOTAROOT INBOX \"\" x",
        "* ACL INBOX Fred rwipslxetad -Chris w",
        "* LISTRIGHTS ~/Mail/saved smith la r swicdkxte",
        "* MYRIGHTS INBOX rwiptsldaex",
        "* METADATA \"\" (/shared/comment \"x\" /shared/x NIL)",
        "* METADATA INBOX /shared/comment /private/comment",
        "* LANGUAGE (\"EN\" \"DE\")",
        "* COMPARATOR \"i;basic\"",
        "* GENURLAUTH imap://joe@example.com/INBOX/;uid=20",
        "* URLFETCH imap://x NIL",
        "* JMAPACCESS \"https://example.com/.well-known/jmap\"",
        "* 12 FETCH (FLAGS (\\Seen) UID 5 RFC822.SIZE 44827 MODSEQ (65402))",
        "* 12 FETCH (INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" SAVEDATE NIL PREVIEW \"x\")",
        "* 12 FETCH (EMAILID (M6d99ac3275bb4e) THREADID NIL BINARY.SIZE[1.2] 5)",
        "* 12 UIDFETCH (BODY[1.2.MIME] NIL)",
        "* 12 FETCH (BODY[]<5> {3}\r\nabc UID 9)",
        "* 12 FETCH (BODY[HEADER.FIELDS (DATE FROM)] {2}\r\n\r\n BINARY[1] ~{3}\r\na\0b)",
        "* 12 FETCH (X-GM-MSGID 1278455344230334865 X-GM-LABELS (\\Inbox x \"y z\") X (1 (NIL) \"q\"))",
        "* 1 FETCH (ENVELOPE (\"d\" NIL ((\"n\" NIL \"m\" \"h\")(NIL NIL \"m\" \"h\")) NIL NIL NIL NIL NIL NIL \"<i>\"))",
        "* 1 FETCH (BODY (\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 3028 92))",
        "+ idling",
    ] {
        let line = line.replace("REMOVEFROM (1 2,3 NIL)", "REMOVEFROM (1 2 3 5)");
        assert_eq!(written(&parse(&line)), format!("{line}\r\n"));
    }
}

#[test]
fn a_structure_of_messages_in_multiparts_is_a_tree() {
    let line = "* 1 FETCH (BODYSTRUCTURE ((\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 1 NIL NIL NIL NIL)(\"message\" \
                \"rfc822\" NIL NIL NIL \"7bit\" 342 (NIL \"s\" NIL NIL NIL NIL NIL NIL NIL NIL) ((\"image\" \"png\" NIL \
                NIL NIL \"base64\" 7 NIL (\"inline\" (\"filename\" \"x\")) \"en\" NIL) \"related\" NIL NIL NIL NIL) 12 \
                NIL NIL NIL NIL) \"mixed\" (\"boundary\" \"b\") NIL (\"en\" \"de\") \"loc\" 1 (2 \"x\")))";
    let attributes = attributes(line);
    let [FetchAttribute::BodyStructure(body)] = &attributes[..] else { panic!("{attributes:?}") };
    let BodyStructure::Multi(multi) = &**body else { panic!("{body:?}") };
    assert_eq!(multi.parts.len(), 2);
    let extension = multi.extension.as_ref().unwrap();
    assert_eq!(
        extension.more,
        [Value::Number(1), Value::List(vec![Value::Number(2), Value::String("x".into())])]
    );
    let BodyStructure::Single(message) = &multi.parts[1] else { panic!("{multi:?}") };
    let PartKind::Message { body, lines: 12, .. } = &message.kind else { panic!("{message:?}") };
    assert!(matches!(&**body, BodyStructure::Multi(related) if related.parts.len() == 1));
    assert_eq!(written(&parse(line)), format!("{line}\r\n"));
}

#[test]
fn lists_in_lists_end_at_the_limit_and_cost_no_stack() {
    let parts = |n: usize| format!("* 1 FETCH (BODYSTRUCTURE {}(\"a\")", "(".repeat(n));
    let nested = |line: String| response(&Bytes::from(line), false, 32);
    assert!(nested(parts(100_000)).unwrap_err().expected.contains("fewer"));
    assert!(nested(format!("* STATUS x (y {})", "(".repeat(100_000))).is_err());
    assert!(nested(format!("* STATUS x (y {}{})", "(".repeat(32), ")".repeat(32))).is_ok());
    assert!(nested(format!("* STATUS x (y {}{})", "(".repeat(33), ")".repeat(33))).is_err());
    // And so many of them are enough.
    assert!(nested(format!("* 1 FETCH (BODY ({}\"MIXED\"))", "(\"A\")".repeat(9_999))).is_ok());
    let Ok(Response::Untagged(Untagged::Fetch(fetch))) =
        nested(format!("* 1 FETCH (BODY ({}\"MIXED\"))", "(\"A\")".repeat(10_000)))
    else {
        panic!("no FETCH")
    };
    assert_eq!(fetch.faults[0].error.expected, "fewer parts");
    assert!(nested(format!("* STATUS x (y ({}))", "1 ".repeat(9_999))).is_ok());
    assert!(nested(format!("* STATUS x (y ({}))", "1 ".repeat(10_000))).is_err());
    assert!(nested(format!("* FLAGS ({})", "x ".repeat(10_000))).is_ok());
    assert!(nested(format!("* FLAGS ({})", "x ".repeat(10_001))).is_err());
    // Threads may be as deep as they like.
    let deep = format!("* THREAD {}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let Ok(Response::Untagged(Untagged::Thread(threads))) = nested(deep) else { panic!("no thread") };
    assert_eq!(threads.nodes().len(), 100_000);
    written(&threads);
}

#[test]
fn one_bad_attribute_is_a_fault_and_the_others_are_read() {
    let line = "* 7 FETCH (UID 5 ENVELOPE (1 (2) {3}\r\n))) \"x)\") FLAGS (\\Seen))";
    let Untagged::Fetch(fetch) = untagged(line) else { panic!("no FETCH") };
    assert_eq!(fetch.uid().unwrap().value(), 5);
    assert_eq!(fetch.flags().unwrap().len(), 1);
    assert_eq!(fetch.faults.len(), 1);
    assert_eq!(fetch.faults[0].raw, "ENVELOPE (1 (2) {3}\r\n))) \"x)\")");
}

#[test]
fn habits_of_real_servers_are_read() {
    let status_of = |line| status(line);
    assert!(matches!(status_of("* OK [COPYUID 701  ]").code, Some(Code::Other { .. })));
    assert!(matches!(status_of("a OK [Error=\"x y\" z=1] AUTHENTICATE").code, Some(Code::Other { .. })));
    assert_eq!(status_of("a OK [READ-WRITE] [Gmail]/Sent Mail").text.to_str(), "[Gmail]/Sent Mail");
    assert_eq!(status_of("a OK [Gmail] Sent").text.to_str(), "Sent");
    assert_eq!(status_of("a OK [no end").text.to_str(), "[no end");
    assert!(status_of("* BAD").text.is_empty());
    assert!(matches!(parse("+"), Response::Continue(more) if more.text.is_empty()));
    let Untagged::Capability(all) = untagged("* CAPABILITY IMAP4rev1  AUTH=PLAIN ") else { panic!("no") };
    assert!(all.offers("plain") && all.iter().count() == 2);
    assert_eq!(untagged("* SEARCH 1 2 "), untagged("* SEARCH 1 2"));
    assert!(matches!(untagged("* LIST () \"\" NIL"), Untagged::List(list) if list.mailbox.as_str() == "NIL"));
    assert!(matches!(untagged("* 99 NOOP x"), Untagged::Other { number: Some(99), .. }));
    assert!(matches!(attributes("* 1 FETCH (UID 92285 )")[..], [FetchAttribute::Uid(_)]));
    let Untagged::MailboxStatus(it) = untagged("* STATUS x (a 1234:5,*:7 b nil MESSAGES 1) ") else {
        panic!("no")
    };
    assert!(matches!(it.values[..], [_, StatusValue::Other(_, Value::Nil), StatusValue::Messages(1)]));
    let whole = attributes("* 1 FETCH (RFC822[] {5}\r\nfoo\r\n)");
    assert_eq!(whole, [FetchAttribute::Rfc822(Data::Whole("foo\r\n".into()))]);
    let quoted = attributes("* 1 FETCH (PREVIEW \"C:\\dir \\\"x\\\"\")");
    assert_eq!(quoted, [FetchAttribute::Preview(Some("C:\\dir \"x\"".into()))]);
    let Untagged::Esearch(found) = untagged("* ESEARCH COUNT 18 ALL 5,3,2,1") else { panic!("no") };
    assert!(matches!(&found.items[1], EsearchItem::All(set) if set.to_string() == "5,3,2,1"));
}

#[test]
fn what_is_no_response_is_an_error_with_its_place() {
    for (line, text) in [
        ("* 0 EXPUNGE", "expected a number above zero at byte 2, found '0'"),
        ("* 1 FETCH (UID 5", "expected the name of an attribute at byte 16, found the end"),
        ("a1 MAYBE x", "expected OK, NO or BAD at byte 3, found 'M'"),
        ("* SEARCH 1 x", "expected a number at byte 11, found 'x'"),
        ("* 4294967296 EXISTS", "expected a number of at most 32 bits at byte 2, found '4'"),
        ("", "expected a tag at byte 0, found the end"),
    ] {
        let error = response(&Bytes::copy_from_slice(line.as_bytes()), false, 32).unwrap_err();
        assert_eq!(error.to_string(), text, "{line}");
    }
}

#[test]
fn numbers_of_a_search_may_have_any_lengths() {
    // Runs of one length, and each length after every other.
    let numbers: Vec<u32> = (0..2000_u32).map(|n| u32::MAX >> (n / 7 * n % 32)).collect();
    let texts: Vec<String> = numbers.iter().map(u32::to_string).collect();
    let Untagged::Search(found) = untagged(&format!("* SEARCH {}", texts.join(" "))) else { panic!("no") };
    assert_eq!(found.numbers, numbers);
}
