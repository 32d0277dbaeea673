//! The tokio client against a server that follows a script.
#![cfg(feature = "tokio")]
#![allow(clippy::unwrap_used, clippy::panic)]

use mailwright_imap::{
    Limits,
    client::Config,
    tokio::client::{Client, Error, Known, Messages, News, Part},
    types::{
        FetchItem, Flag, ModSeq, SearchKey, Section, StoreItem, StoreMode, UidSet, UidValidity,
        command::{EventGroup, MailboxFilter, MessageEvent},
        response::{Code, StatusValue, Untagged},
    },
};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    task::JoinHandle,
};

/// Plays `S` lines and insists on `C` lines; everything in order.
fn server(script: &'static str) -> (DuplexStream, JoinHandle<()>) {
    let (ours, mut theirs) = tokio::io::duplex(1 << 16);
    let play = async move {
        for line in script.lines().map(str::trim_start).filter(|line| !line.is_empty()) {
            let (who, text) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
            let bytes = format!("{text}\r\n");
            if who == "S" {
                theirs.write_all(bytes.as_bytes()).await.unwrap();
            } else {
                let mut got = vec![0; bytes.len()];
                theirs.read_exact(&mut got).await.unwrap_or_else(|e| panic!("{text}: {e}"));
                assert_eq!(got.escape_ascii().to_string(), bytes.as_bytes().escape_ascii().to_string());
            }
        }
    };
    (ours, tokio::spawn(play))
}

async fn client(stream: DuplexStream) -> Client<DuplexStream> {
    let limits = Limits { response_literal: 8, ..Limits::default() };
    Client::connect(stream, Config { limits, ..Config::plaintext() }).await.unwrap()
}

#[tokio::test]
async fn a_session_from_login_to_logout() {
    let (stream, script) = server(
        r#"S: * OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS] ready
        C: a1 LOGIN tim "a b"
        S: a1 OK [CAPABILITY IMAP4rev1 MOVE] welcome
        C: a2 SELECT INBOX
        S: * 3 EXISTS
        S: * FLAGS (\Seen \Deleted)
        S: * OK [PERMANENTFLAGS (\Seen \*)] limited
        S: * OK [UIDVALIDITY 7] valid
        S: * OK [UIDNEXT 10] next
        S: a2 OK [READ-ONLY] done
        C: a3 LIST "" *
        S: * LIST (\HasNoChildren) "/" INBOX
        S: * 4 EXISTS
        S: a3 OK done
        C: a4 UID SEARCH UNSEEN
        S: * SEARCH 9 4
        S: a4 OK done
        C: a5 UID STORE 4,9 +FLAGS (\Seen)
        S: * 1 FETCH (UID 4 FLAGS (\Seen))
        S: a5 OK [MODIFIED 9] some
        C: a6 UID MOVE 4 Archive
        S: * OK [COPYUID 1 4 17] moved
        S: * 1 EXPUNGE
        S: a6 OK done
        C: a7 SELECT nowhere
        S: a7 NO [NONEXISTENT] no such mailbox
        C: a8 LOGOUT
        S: * BYE bye
        S: a8 OK done"#,
    );
    let mut client = client(stream).await;
    client.login("tim", &"a b".into()).await.unwrap();
    let inbox = client.select("INBOX").await.unwrap();
    assert_eq!((inbox.exists, inbox.uid_next, inbox.read_only), (3, Some(10), true));
    assert_eq!(inbox.uid_validity, UidValidity::new(7));
    assert_eq!(inbox.permanent_flags, [Flag::Seen, Flag::Any]);
    let list = client.list("", "*").await.unwrap();
    assert_eq!(list.len(), 1);
    assert_eq!(client.news().collect::<Vec<_>>(), [News::Data(Untagged::Exists(4))]);
    let unseen = client.search(SearchKey::Unseen).await.unwrap();
    assert_eq!(unseen.to_string(), "4,9");
    let seen = StoreItem { mode: StoreMode::Add, silent: false, flags: vec![Flag::Seen] };
    assert_eq!(client.store(&unseen, seen).await.unwrap().to_string(), "9");
    let moved = client.move_to(Messages::uids("4".parse().unwrap()), "Archive").await.unwrap();
    assert!(matches!(moved, Some(Code::CopyUid { to, .. }) if to.to_string() == "17"));
    let refused = client.select("nowhere").await.unwrap_err();
    assert_eq!(refused.to_string(), "SELECT: NO no such mailbox");
    client.logout().await.unwrap();
    script.await.unwrap();
}

#[tokio::test]
async fn octets_are_put_together_or_handed_out_in_pieces() {
    let (stream, script) = server(
        r"S: * OK ready
        C: a1 FETCH 1 (UID BODY.PEEK[])
        S: * 1 FETCH (UID 5 BODY[] {20}
        S: 0123456789abcdefgh
        S: )
        S: a1 OK done
        C: a2 FETCH 1 BODY.PEEK[]
        S: * 1 FETCH (BODY[] {20}
        S: 0123456789abcdefgh
        S:  FLAGS (\Seen))
        S: a2 OK done
        C: a3 FETCH 1 BODY.PEEK[]
        S: * 1 FETCH (BODY[] {20}
        S: 0123456789abcdefgh
        S: )
        S: a3 NO oops",
    );
    let mut client = client(stream).await;
    let whole = FetchItem::BodySection { section: Section::default(), partial: None, peek: true };
    let one = || Messages::numbers("1".parse().unwrap());
    let all = client.fetch_all(one(), vec![FetchItem::Uid, whole.clone()]).await.unwrap();
    assert_eq!(all[0].section(&Section::default()).unwrap(), "0123456789abcdefgh\r\n");
    let (mut octets, mut flags) = (Vec::new(), 0);
    let mut fetching = client.fetch(one(), vec![whole.clone()]).unwrap();
    while let Some(part) = fetching.next().await.unwrap() {
        match part {
            Part::Octets(piece) => octets.extend_from_slice(&piece),
            Part::Message(fetch) => flags = fetch.flags().unwrap().len(),
            Part::Begin(_) | Part::End => {}
        }
    }
    assert_eq!((octets.as_slice(), flags), (&b"0123456789abcdefgh\r\n"[..], 1));
    client.set_largest_literal(10);
    let error = client.fetch_all(one(), vec![whole]).await.unwrap_err();
    assert!(matches!(error, Error::Refused { command: "FETCH", .. }));
    script.await.unwrap();
}

#[tokio::test]
async fn a_message_is_appended_as_it_is_read() {
    let (stream, script) = server(
        r"S: * OK ready
        C: a1 APPEND Sent (\Seen) {11}
        S: + go on
        C: Hello
        C: you!
        S: a1 OK [APPENDUID 3 99] done
        C: a2 APPEND Sent {5}
        S: a2 NO [TRYCREATE] no",
    );
    let mut client = client(stream).await;
    let mut told = Vec::new();
    let message = &b"Hello\r\nyou!"[..];
    let done = client.append("Sent", vec![Flag::Seen], None, 11, message, |n| told.push(n)).await.unwrap();
    assert_eq!(done.unwrap().uids.to_string(), "99");
    assert_eq!(told, [11]);
    let refused = client.append("Sent", vec![], None, 5, &b"hello"[..], |_| {}).await.unwrap_err();
    assert!(matches!(refused, Error::Refused { status, .. } if status.code == Some(Code::TryCreate)));
    script.await.unwrap();
}

#[tokio::test]
async fn waiting_ends_with_news_and_a_wait_that_is_dropped_does_no_harm() {
    let (stream, script) = server(
        r"S: * OK [CAPABILITY IMAP4rev1 IDLE] ready
        C: a1 IDLE
        S: + idling
        S: * 4 EXISTS
        C: DONE
        S: a1 OK done
        C: a2 IDLE
        S: + idling
        C: DONE
        S: a2 OK done
        C: a3 NOOP
        S: * 5 EXISTS
        S: a3 OK done",
    );
    let mut client = client(stream).await;
    let news = client.wait(Duration::from_secs(5)).await.unwrap();
    assert_eq!(news, [News::Data(Untagged::Exists(4))]);
    let dropped = tokio::time::timeout(Duration::from_millis(50), client.wait(Duration::from_secs(5))).await;
    assert!(dropped.is_err());
    client.noop().await.unwrap();
    assert_eq!(client.news().count(), 1);
    script.await.unwrap();
}

fn known(mod_seq: Option<u64>) -> Known {
    let uids: UidSet = [1_u32, 2, 3].into_iter().collect();
    Known { uid_validity: UidValidity::new(7), mod_seq: mod_seq.and_then(ModSeq::new), uids }
}

#[tokio::test]
async fn a_copy_is_brought_up_to_date_by_qresync() {
    let (stream, script) = server(
        r"S: * OK [CAPABILITY IMAP4rev1 ENABLE CONDSTORE QRESYNC] ready
        C: a1 ENABLE QRESYNC
        S: * ENABLED QRESYNC
        S: a1 OK done
        C: a2 SELECT INBOX (QRESYNC (7 40))
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 7] valid
        S: * OK [HIGHESTMODSEQ 60] highest
        S: * VANISHED (EARLIER) 2,9
        S: * 3 FETCH (UID 4 FLAGS () MODSEQ (60))
        S: a2 OK done",
    );
    let changes = client(stream).await.sync("INBOX", &known(Some(40))).await.unwrap();
    assert_eq!(
        (changes.reset, changes.vanished.to_string().as_str(), changes.changed.len()),
        (false, "2", 1)
    );
    assert_eq!(changes.known.uids.to_string(), "1,3:4");
    assert_eq!(changes.known.mod_seq, ModSeq::new(60));
    script.await.unwrap();
}

#[tokio::test]
async fn a_copy_is_brought_up_to_date_by_condstore_or_by_asking_for_all() {
    let (stream, script) = server(
        r"S: * OK [CAPABILITY IMAP4rev1 CONDSTORE] ready
        C: a1 SELECT INBOX (CONDSTORE)
        S: * 3 EXISTS
        S: * OK [UIDVALIDITY 7] valid
        S: * OK [HIGHESTMODSEQ 60] highest
        S: a1 OK done
        C: a2 UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 40)
        S: * 3 FETCH (UID 4 FLAGS () MODSEQ (60))
        S: a2 OK done
        C: a3 UID SEARCH ALL
        S: * SEARCH 1 3 4
        S: a3 OK done
        C: a4 SELECT INBOX (CONDSTORE)
        S: * 1 EXISTS
        S: * OK [UIDVALIDITY 8] valid
        S: a4 OK done
        C: a5 UID FETCH 1:* (UID FLAGS)
        S: * 1 FETCH (UID 1 FLAGS ())
        S: a5 OK done",
    );
    let mut client = client(stream).await;
    let changes = client.sync("INBOX", &known(Some(40))).await.unwrap();
    assert_eq!(
        (changes.reset, changes.vanished.to_string().as_str(), changes.changed.len()),
        (false, "2", 1)
    );
    // Another UIDVALIDITY: nothing known holds.
    let changes = client.sync("INBOX", &changes.known).await.unwrap();
    assert!(changes.reset && changes.vanished.is_empty());
    assert_eq!(changes.known.uids.to_string(), "1");
    script.await.unwrap();
}

#[tokio::test]
async fn many_mailboxes_are_watched_at_once() {
    let (stream, script) = server(
        r"S: * OK [CAPABILITY IMAP4rev1 IDLE NOTIFY] ready
        C: a1 NOTIFY SET STATUS (personal (MessageNew MessageExpunge FlagChange)) (subscribed (MailboxName))
        S: * STATUS INBOX (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 7)
        S: * STATUS misc (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 8)
        S: a1 OK done
        C: a2 IDLE
        S: + idling
        S: * STATUS misc (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 8)
        C: DONE
        S: a2 OK done
        C: a3 NOTIFY NONE
        S: a3 OK done",
    );
    let mut client = client(stream).await;
    let names = EventGroup { mailboxes: MailboxFilter::Subscribed, events: vec![MessageEvent::MailboxName] };
    let mailboxes = client.notify(vec![EventGroup::messages(MailboxFilter::Personal), names]).await.unwrap();
    assert_eq!(mailboxes.iter().map(|status| status.mailbox.as_str()).collect::<Vec<_>>(), ["INBOX", "misc"]);
    let news = client.wait(Duration::from_secs(60)).await.unwrap();
    let [News::Data(Untagged::MailboxStatus(status))] = &news[..] else { panic!("{news:?}") };
    assert!(status.mailbox.as_str() == "misc" && status.values[0] == StatusValue::Messages(1));
    client.notify_none().await.unwrap();
    script.await.unwrap();
}
