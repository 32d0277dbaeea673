//! Rules of reading commands.

use super::*;
use crate::types::{FetchItem, SearchKey, SequenceSet, command};

fn read(text: impl Into<Bytes>) -> std::result::Result<Command, CommandError> {
    let limits = Limits::default();
    super::command(&text.into(), Context { limits: &limits, utf8: false })
}

fn body_of(text: impl Into<Bytes>) -> CommandBody {
    read(text).unwrap().body
}

#[test]
fn every_verb_is_found_in_any_case() {
    assert!(Verb::ALL.is_sorted_by(|a, b| a.0 < b.0), "the table is searched by first letter");
    for (name, verb) in Verb::ALL {
        assert_eq!(Verb::named(name.to_ascii_lowercase().as_bytes()), Some(*verb));
    }
    for none in ["", "X", "NOOPS", "NOO", "@NOOP", "[", "zzz", "\u{e9}"] {
        assert_eq!(Verb::named(none.as_bytes()), None, "{none}");
    }
}

#[test]
fn a_command_in_error_keeps_its_tag() {
    let error = read("a1 LOGIN (").unwrap_err();
    assert_eq!(error.tag.unwrap().as_str(), "a1");
    assert_eq!(error.error.to_string(), "expected a string at byte 9, found '('");
    assert!(read("+ NOOP").unwrap_err().tag.is_none());
    assert!(read("").unwrap_err().tag.is_none());
    assert_eq!(read("a1").unwrap_err().error.expected, "a space");
    assert_eq!(read("a1 UID NOOP").unwrap_err().error.expected, "a command");
}

#[test]
fn literals_stand_in_every_argument() {
    let login = body_of("a LOGIN {4}\r\nuser {4+}\r\npass");
    assert_eq!(login, body_of("a LOGIN user \"pass\""));
    assert_eq!(body_of("a SELECT {5}\r\ninbox"), body_of("a SELECT INBOX"));
    assert_eq!(body_of("a SEARCH SUBJECT {3}\r\na b"), body_of("a SEARCH SUBJECT \"a b\""));
    assert_eq!(
        body_of("a FETCH 1 BODY[HEADER.FIELDS ({4}\r\nFrom)]"),
        body_of("a FETCH 1 BODY[HEADER.FIELDS (From)]")
    );
}

#[test]
fn fetch_macros_are_what_they_stand_for() {
    assert_eq!(
        body_of("a FETCH 1 FULL"),
        body_of("a FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODY)")
    );
    assert_eq!(body_of("a FETCH 1 fast"), body_of("a FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)"));
    assert!(read("a FETCH 1 (ALL)").is_err());
    assert!(read("a FETCH 1 ()").is_err());
}

#[test]
fn fetch_items_with_sections_and_partials() {
    let CommandBody::Fetch(fetch) = body_of(
        "a UID FETCH 1:* (UID BODY.PEEK[1.HEADER]<0.100> BINARY[2] BINARY.SIZE[1] BODYSTRUCTURE) (CHANGEDSINCE 7 VANISHED)",
    ) else {
        panic!("a FETCH")
    };
    assert_eq!(fetch.messages, SequenceSet::all());
    assert!(fetch.uid && fetch.vanished && fetch.items.len() == 5);
    assert!(matches!(fetch.items[1], FetchItem::BodySection { peek: true, partial: Some(_), .. }));
    assert!(read("a FETCH 1 FLAGS (VANISHED)").is_err());
    assert!(read("a FETCH 1 BODY[]<9223372036854775808.1>").is_err());
}

#[test]
fn store_takes_flags_with_or_without_parentheses() {
    assert_eq!(body_of("a STORE 1 +FLAGS \\Seen $x"), body_of("a STORE 1 +FLAGS (\\seen $x)"));
    assert!(
        matches!(body_of("a STORE 1 (UNCHANGEDSINCE 0) FLAGS.SILENT ()"), CommandBody::Store(command::Store { item, .. }) if item.silent)
    );
    for wrong in
        ["FLAGS (\\Recent)", "FLAGS (\\Sene)", "FLAGS \\*", "(UNCHANGEDSINCE 9223372036854775808) FLAGS ()"]
    {
        assert!(read(format!("a STORE 1 {wrong}")).is_err(), "{wrong}");
    }
    assert!(read(format!("a STORE 1 FLAGS ({})", "k".repeat(64))).is_ok());
    assert!(read(format!("a STORE 1 FLAGS ({})", "k".repeat(65))).is_err());
}

#[test]
fn extended_list_options() {
    let CommandBody::List(list) = body_of(
        "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (INBOX \"a/%\") RETURN (CHILDREN STATUS (MESSAGES UNSEEN))",
    ) else {
        panic!("a LIST")
    };
    assert_eq!(list.patterns.len(), 2);
    assert!(list.options.select.unwrap().recursive_match);
    assert_eq!(list.options.returns.unwrap().status.unwrap().len(), 2);
    assert!(read("a LIST (RECURSIVEMATCH REMOTE) \"\" *").is_err());
    assert!(read("a LIST \"\" %").is_ok());
}

#[test]
fn an_empty_return_list_means_all() {
    let CommandBody::Search(search) = body_of("a SEARCH RETURN () CHARSET utf-8 UNSEEN") else {
        panic!("a SEARCH")
    };
    assert!(search.returns.unwrap().all);
    assert_eq!(search.key, SearchKey::Unseen);
}

#[test]
fn qresync_parameters() {
    let CommandBody::Select(select) =
        body_of("a SELECT INBOX (QRESYNC (67890007 90060115194045000 41:211,214 (1,5 2:9)))")
    else {
        panic!("a SELECT")
    };
    let qresync = select.qresync.unwrap();
    assert!(qresync.known_uids.is_some() && qresync.match_data.is_some());
    assert!(read("a SELECT INBOX (QRESYNC (1 2 (1 1)))").is_ok());
    assert!(read("a SELECT INBOX (QRESYNC (0 2))").is_err());
    assert!(read("a SELECT INBOX (QRESYNC (2 0))").is_err());
}

#[test]
fn append_says_which_literal_is_the_message() {
    let limits = Limits::default();
    let read = |text: &str, place| {
        let context = Context { limits: &limits, utf8: false };
        append_arguments(&Bytes::copy_from_slice(text.as_bytes()), place, text.ends_with('}'), context)
    };
    let parts = |text: &str, place| match read(text, place) {
        Ok(AppendArguments::Parts { parts, then }) => (parts, then),
        other => panic!("{text}: {other:?}"),
    };
    let (command, message, part) = (AppendPlace::Command, AppendPlace::Message, AppendPlace::Part);
    for text in ["a APPEND {5}", "a APPEND x CATENATE (URL {5}", "a APPEND {1}\r\nx CATENATE (URL a URL {5}"]
    {
        assert_eq!(read(text, command), Ok(AppendArguments::Argument), "{text}");
    }
    let text = "a APPEND {5}\r\nINBOX (\\Seen) \" 7-Feb-1994 21:52:25 -0800\" {310}";
    let (first, then) = parts(text, command);
    assert_eq!(then, Some(message));
    assert!(matches!(
        &first[..],
        [AppendPart::Message { replaced: None, mailbox: Some(_), date: Some(_), catenate: false, .. }]
    ));
    let (next, then) = parts(" (\\Draft) ~{9}", message);
    assert!(matches!(&next[..], [AppendPart::Message { mailbox: None, .. }]) && then == Some(message));
    assert_eq!(parts("a APPEND x UTF8 (~{9}", command).1, Some(AppendPlace::Utf8));
    assert_eq!(parts(")", AppendPlace::Utf8), (vec![], None));
    let (replace, _) = parts("a UID REPLACE 4 x {9}", command);
    assert!(matches!(&replace[..], [AppendPart::Message { replaced: Some((_, true)), .. }]));

    let url = |text: &str| AppendPart::Url(text.try_into().unwrap());
    let (first, then) = parts("a APPEND x CATENATE (URL a TEXT {9}", command);
    assert!(matches!(&first[..], [AppendPart::Message { catenate: true, .. }, AppendPart::Url(_)]));
    assert_eq!(then, Some(part));
    assert_eq!(parts(" TEXT {1}", part), (vec![], Some(part)));
    assert_eq!(parts(" URL \"b\" URL c)", part), (vec![url("b"), url("c")], None));
    assert_eq!(parts(")", part), (vec![], None));
    let (both, then) = parts(" URL b) (\\Seen) {5}", part);
    assert!(matches!(&both[..], [AppendPart::Url(_), AppendPart::Message { mailbox: None, .. }]));
    assert_eq!(then, Some(message));
    for (text, place) in [
        ("a APPEND x (\\Recent) {9}", command),
        ("a APPEND x junk {9}", command),
        ("a APPEND x", command),
        ("a APPEND x CATENATE ()", command),
        ("a APPEND x CATENATE (URL a", command),
        ("a APPEND x CATENATE (TEXT \"a\")", command),
        (" URL b", part),
        ("URL b)", part),
        ("", part),
        ("", AppendPlace::Utf8),
    ] {
        assert!(read(text, place).is_err(), "{text}");
    }
}
