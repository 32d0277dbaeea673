//! The SQLite backend under the suite that every backend has to pass, and what is its own: files, locks, restarts.
#![allow(clippy::unwrap_used, clippy::panic)]

mod suite;

use mailwright_store::{Delivery, Error, Limits, Local, Store, Timestamp, Wants, sqlite::SqliteStore};
use suite::{account, deliver, inbox};

async fn open(folder: &std::path::Path) -> SqliteStore {
    SqliteStore::open(folder, Limits::default()).await.unwrap()
}

/// Limits under which nothing that came in lately is held in memory.
fn nothing_held() -> Limits {
    let mut limits = Limits::default();
    (limits.queued, limits.arrived) = (0, 0);
    limits
}

/// Runs a test of the suite with a store in a folder of its own, and again with one that reads all from disk.
macro_rules! suite {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            for limits in [Limits::default(), nothing_held()] {
                let folder = tempfile::tempdir().unwrap();
                let store = SqliteStore::open(folder.path(), limits).await.unwrap();
                suite::$name(store.clone()).await;
                store.close().await.unwrap();
            }
        }
    )*};
}

suite! {
    accounts_have_addresses_that_nobody_else_has
    mailboxes_are_made_renamed_and_deleted_with_what_is_below
    a_delivery_reaches_all_or_nobody
    each_recipient_for_itself_where_asked_for
    large_bodies_come_out_as_they_went_in
    flags_change_by_name_and_only_where_unchanged
    copies_keep_the_message_and_moves_lose_nothing
    a_copy_beside_the_same_message_is_told_apart_for_good
    a_mailbox_is_found_among_many
    expunges_and_what_changed_since
    uids_grow_under_many_appends_at_once
    views_tell_the_difference
    quota_holds_and_is_given_back
    annotations_follow_their_mailbox
    mailboxes_are_shared_with_other_accounts
    messages_go_from_one_account_to_another
    one_message_takes_the_place_of_another
    searches_read_what_people_read
    large_messages_are_searched_and_listed_as_small_ones
    the_queue_hands_out_settles_and_forgets
    a_dead_route_hides_nothing
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_known_by_the_same_as_it_arrives_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ann = account(&store, "ann@example.test").await;
    let mut messages = Vec::new();
    for (prefix, words) in [("", 1), ("Delivered-To: ann@example.test\r\n", 10), ("X: y\r\n", 20_000)] {
        let text = format!(
            "From: Bob <bob@example.test>\r\nDate: Tue, 1 Sep 2026 10:00:00 +0000\r\nMessage-ID: <{words}@b.test>\r\n\r\n{}",
            "word ".repeat(words)
        );
        let local = Local::inbox(ann.id).prefixed(prefix);
        let delivery = Delivery::new(suite::staged(&store, &text).await, Timestamp::now()).to(local);
        messages.push(store.deliver(delivery).await.unwrap().local[0].as_ref().unwrap().message);
    }
    let nothing = Wants::default();
    let all =
        Wants { envelope: true, structure: true, fields: true, preview: true, body_up_to: Some(1 << 20) };
    let short = Wants { body_up_to: Some(200), preview: true, ..nothing };
    let mut before = Vec::new();
    for wants in [nothing, all, short] {
        before.push(store.fetch(messages.clone(), wants).await.unwrap());
    }
    assert_eq!(before[1].iter().map(|f| f.body.is_some()).collect::<Vec<_>>(), [true; 3]);
    assert_eq!(before[2].iter().map(|f| f.body.is_some()).collect::<Vec<_>>(), [true, true, false]);
    store.close().await.unwrap();
    let store = open(folder.path()).await;
    for (wants, before) in [nothing, all, short].into_iter().zip(before) {
        assert_eq!(store.fetch(messages.clone(), wants).await.unwrap(), before);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ann = account(&store, "ann@example.test").await;
    for n in 0..20 {
        deliver(&store, &ann, &format!("Subject: {n}\r\n\r\n{}\r\n", "x".repeat(n * 10_000))).await;
    }
    let before = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
    store.close().await.unwrap();
    assert!(matches!(store.accounts().await, Ok(_) | Err(Error::Closed)));

    let store = open(folder.path()).await;
    let after = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
    assert_eq!(before.entries().collect::<Vec<_>>(), after.entries().collect::<Vec<_>>());
    assert_eq!(before.uid_validity(), after.uid_validity());
    for (n, entry) in after.entries().enumerate() {
        let body = suite::body(&store, entry.message).await;
        assert_eq!(body, format!("Subject: {n}\r\n\r\n{}\r\n", "x".repeat(n * 10_000)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_kept_out_and_a_closed_store_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let second = SqliteStore::open(folder.path(), Limits::default()).await;
    assert!(matches!(second, Err(Error::InUse(_))), "{second:?}");
    store.close().await.unwrap();
    let refused = store.create_account(suite::new_account("ann@example.test")).await;
    assert!(matches!(refused, Err(Error::Closed)), "{refused:?}");
    open(folder.path()).await.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_staged_and_not_committed_leaves_nothing_behind() {
    use mailwright_store::Incoming;
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut body = store.incoming(None).await.unwrap();
    for _ in 0..20 {
        body.write(vec![b'x'; 100_000].into()).await.unwrap();
    }
    let staged = body.finish().await.unwrap();
    let files = || std::fs::read_dir(folder.path().join("staging")).unwrap().count();
    assert_eq!(files(), 1, "a large body waits in a file");
    drop(staged);
    assert_eq!(files(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_body_is_found_and_nothing_else_suffers() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ann = account(&store, "ann@example.test").await;
    deliver(&store, &ann, &format!("Subject: large\r\n\r\n{}\r\n", "x".repeat(100_000))).await;
    deliver(&store, &ann, "Subject: small\r\n\r\nfine\r\n").await;
    store.close().await.unwrap();
    let pack = std::fs::read_dir(folder.path().join("packs")).unwrap().next().unwrap().unwrap().path();
    let mut octets = std::fs::read(&pack).unwrap();
    octets[50_000] ^= 1;
    std::fs::write(&pack, octets).unwrap();

    let store = open(folder.path()).await;
    let view = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
    let [large, small] = view.entries().collect::<Vec<_>>()[..] else { panic!("both are listed") };
    let mut content = store.content(large.message).await.unwrap().unwrap();
    let read = mailwright_store::read_all(&mut content).await;
    assert!(matches!(read, Err(Error::Damaged(_))), "{read:?}");
    assert_eq!(suite::body(&store, small.message).await, "Subject: small\r\n\r\nfine\r\n");
}

/// The index only makes searches faster: for many texts, what is found without it, with it, with half of it, and after
/// it was damaged.
#[tokio::test(flavor = "multi_thread")]
async fn the_index_changes_no_answer() {
    use mailwright_store::{Criterion, UidSet};
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ann = account(&store, "ann@example.test").await;
    let words =
        ["Lunch", "grüße", "ΟΔΟΣ", "meeting", "x", "日本語", "report", "Q3", "re", "İSTRASSE", "0815", "한ｶﾞ"];
    let mut seed = 7_u32;
    let mut word = move || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        words[(seed >> 16) as usize % words.len()]
    };
    let mut fill = async |count: usize| {
        for n in 0..count {
            let body: Vec<&str> = (0..n % 23).map(|_| word()).collect();
            let text = format!(
                "Subject: {} {}\r\nFrom: {}@a.test\r\nX-Odd: {} {n}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n",
                word(),
                word(),
                word(),
                word(),
                body.join(" ")
            );
            deliver(&store, &ann, &text).await;
        }
    };
    let header = |name: &str, text: &str| Criterion::Header { name: name.into(), text: text.into() };
    let mut criteria =
        vec![header("Cc", ""), header("x-odd", ""), header("subject", ""), header("X-None", "")];
    for text in words.into_iter().chain([
        "lunch meeting",
        "q3 re",
        "οδος x",
        "本",
        "port Q",
        "gru",
        "한ガ",
        "nothing of it",
        "h m",
    ]) {
        criteria.extend([Criterion::Body(text.into()), Criterion::Text(text.into())]);
        criteria.extend(["Subject", "FROM", "X-Odd", "Message-ID"].map(|name| header(name, text)));
    }
    let answers = async || {
        let view = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
        let mut all: Vec<UidSet> = Vec::new();
        for criterion in &criteria {
            all.push(store.search(view.clone(), view.uids(), criterion.clone()).await.unwrap());
        }
        all
    };
    fill(60).await;
    let without = answers().await;
    assert!(without.iter().filter(|found| !found.is_empty()).count() > criteria.len() / 2);
    store.index().await.unwrap();
    assert_eq!(answers().await, without);
    fill(30).await;
    let half = answers().await;
    store.index().await.unwrap();
    fill(20).await;
    store.index().await.unwrap();
    let whole = answers().await;
    store.close().await.unwrap();
    assert_ne!(half, whole);
    let index = folder.path().join("search.sqlite");
    let sound = std::fs::read(&index).unwrap();
    for damage in 0..3 {
        let mut octets = sound.clone();
        for at in (damage * 3000..octets.len()).step_by(9000) {
            octets[at] ^= 0x55;
        }
        std::fs::write(&index, octets).unwrap();
        let store = open(folder.path()).await;
        let view = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
        for (criterion, found) in criteria.iter().zip(&whole) {
            let now = store.search(view.clone(), view.uids(), criterion.clone()).await.unwrap();
            assert_eq!(now, *found, "{criterion:?} after damage {damage}");
        }
        store.close().await.unwrap();
    }
}

/// A name that would need one mailbox too many is refused before anything is made, and nobody else is harmed by it.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_so_many_mailboxes_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut limits = Limits::default();
    limits.mailboxes = 4;
    let store = SqliteStore::open(folder.path(), limits).await.unwrap();
    let (ann, bob) = (account(&store, "ann@example.test").await, account(&store, "bob@example.test").await);
    let create = |account: mailwright_store::AccountId, to: &str| {
        let (store, to) = (store.clone(), suite::name(to));
        async move { store.create_mailbox(account, &to, None).await.map(drop) }
    };
    create(ann.id, "a/b").await.unwrap();
    let refused = async {
        for _ in 0..20 {
            assert!(matches!(create(ann.id, "c/d").await, Err(Error::Limit { max: 4, .. })));
            let renamed = store.rename_mailbox(ann.id, &suite::name("a/b"), &suite::name("x/y/z")).await;
            assert!(matches!(renamed, Err(Error::Limit { .. })), "{renamed:?}");
        }
    };
    let delivered = async {
        for n in 0..20 {
            deliver(&store, &bob, &format!("Subject: {n}\r\n\r\n")).await;
        }
    };
    tokio::join!(refused, delivered);
    assert_eq!(store.mailboxes(ann.id).await.unwrap().len(), 3);
    create(ann.id, "c").await.unwrap();
    assert!(matches!(create(ann.id, "d").await, Err(Error::Limit { .. })));
    store.delete_mailbox(ann.id, &suite::name("c")).await.unwrap();
    create(ann.id, "d").await.unwrap();
    store.close().await.unwrap();
}
