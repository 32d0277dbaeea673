//! What keeps a store sound: checks and repairs, backups, space given back, history kept short.
#![allow(clippy::unwrap_used, clippy::panic)]

mod suite;

use std::{collections::BTreeMap, path::Path, time::Duration};

use mailwright_store::{
    Account, Expunge, FlagChange, FlagList, Flags, Limits, ModSeq, Store, UidSet, Wants, sqlite::SqliteStore,
};
use rusqlite::{Connection, types::Value};
use suite::{account, append, body, deliver, inbox, name, uids};

async fn open(folder: &Path) -> SqliteStore {
    let mut limits = Limits::default();
    limits.afterlife = Duration::ZERO;
    SqliteStore::open(folder, limits).await.unwrap()
}

/// Counts up, in an order that looks like none.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// A store with something in every table.
async fn filled(folder: &Path) -> Account {
    let store = SqliteStore::open(folder, Limits::default()).await.unwrap();
    let ann = account(&store, "ann@example.test").await;
    let bob = account(&store, "bob@example.test").await;
    for n in 0..30_usize {
        let text = format!(
            "Message-ID: <{n}@a.test>\r\nReferences: <{}@a.test>\r\nSubject: {n}\r\n\
             Date: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\nword{n} {}\r\n",
            n / 2,
            "x".repeat(n % 4 * 30_000)
        );
        deliver(&store, &ann, &text).await;
        deliver(&store, &bob, &text).await;
    }
    let (from, to) = (inbox(&store, &ann).await, name("copies"));
    let to = store.create_mailbox(ann.id, &to, None).await.unwrap().id;
    store.copy(from, uids(&[1, 2, 3, 9, 20]), to, Flags::ALL).await.unwrap();
    let seen = FlagChange::add(["\\Seen", "\\Deleted"].iter().collect::<FlagList>());
    store.change_flags(from, uids(&[4, 5, 6, 30]), seen).await.unwrap();
    store.expunge(from, Expunge::DeletedAmong(uids(&[5, 30]))).await.unwrap();
    store.index().await.unwrap();
    store.close().await.unwrap();
    ann
}

/// What is derived, as rows.
fn dump(folder: &Path) -> BTreeMap<&'static str, Vec<Vec<Value>>> {
    let db = Connection::open(folder.join("mail.sqlite")).unwrap();
    let tables = [
        ("derived", "SELECT * FROM derived ORDER BY body"),
        ("body", "SELECT id, refs, size, crc FROM body ORDER BY id"),
        ("mailbox", "SELECT * FROM mailbox ORDER BY id"),
        ("pack", "SELECT id, live FROM pack ORDER BY id"),
        ("conversation", "SELECT account, key FROM conversation ORDER BY 1, 2"),
    ];
    let rows = |sql: &str| {
        let mut all = db.prepare(sql).unwrap();
        let columns = all.column_count();
        let rows = all.query_map([], |row| (0..columns).map(|at| row.get(at)).collect()).unwrap();
        rows.collect::<rusqlite::Result<_>>().unwrap()
    };
    tables.into_iter().map(|(table, sql)| (table, rows(sql))).collect()
}

/// Damages something that is derived, and says what.
fn corrupt(folder: &Path, dice: &mut Dice) -> String {
    let kinds = [
        "UPDATE derived SET envelope = randomblob(40) WHERE body = :body",
        "UPDATE derived SET envelope = substr(envelope, 2) WHERE body = :body",
        "UPDATE derived SET structure = randomblob(9) WHERE body = :body",
        "UPDATE derived SET structure = x'' WHERE body = :body",
        "UPDATE derived SET fields = 'Subject: other' WHERE body = :body",
        "UPDATE derived SET preview = 'other' WHERE body = :body",
        "UPDATE derived SET header = header + 1 WHERE body = :body",
        "UPDATE derived SET header = 'text' WHERE body = :body",
        "UPDATE derived SET sent = 77 WHERE body = :body",
        "UPDATE derived SET version = 0 WHERE body = :body",
        "DELETE FROM derived WHERE body = :body",
        "UPDATE body SET refs = refs + 1 WHERE id = :body",
        "UPDATE body SET refs = refs - 1 WHERE id = :body",
        "UPDATE body SET refs = -9 WHERE id = :body",
        "UPDATE mailbox SET messages = messages + 1 WHERE name = 'INBOX'",
        "UPDATE body SET refs = 'text' WHERE id = :body",
        "UPDATE counter SET value = 'text' WHERE name = 'body'",
        "UPDATE pack SET size = -1",
        "UPDATE mailbox SET unseen = 0 WHERE name = 'INBOX'",
        "UPDATE mailbox SET deleted = 99 WHERE name = 'INBOX'",
        "UPDATE mailbox SET deleted = -1 WHERE name = 'copies'",
        "UPDATE mailbox SET size = size / 2 WHERE name = 'INBOX'",
        "UPDATE mailbox SET size = 'text' WHERE name = 'copies'",
        "UPDATE mailbox SET uid_next = 1 WHERE name = 'INBOX'",
        "UPDATE mailbox SET modseq = 1 WHERE id = 1",
        "UPDATE copied SET messages = randomblob(9)",
        "DELETE FROM copied",
        "UPDATE counter SET value = 1 WHERE name = 'message'",
        "DELETE FROM counter WHERE name IN ('body', 'mailbox')",
        "UPDATE pack SET live = live + 5",
        "UPDATE pack SET live = 0",
        "UPDATE pack SET size = 0",
        "DELETE FROM pack",
        "DELETE FROM conversation WHERE rowid IN (SELECT 1)",
        "DELETE FROM conversation WHERE key = (SELECT key FROM conversation ORDER BY random() LIMIT 1)",
        "DELETE FROM conversation",
        // Three octets that can be read say something that nothing else contradicts, or something that must be believed: a
        // UID beyond the next one is never given out again.
        "UPDATE vanished SET uids = x'ffffff'",
        "search",
        "search",
        "search",
    ];
    let kind = kinds[dice.roll(kinds.len())];
    if kind == "search" {
        let file = folder.join("search.sqlite");
        let mut octets = std::fs::read(&file).unwrap();
        let at = match dice.roll(3) {
            0 => dice.roll(100),
            _ => dice.roll(octets.len()),
        };
        octets[at] ^= 1 << dice.roll(8);
        std::fs::write(&file, octets).unwrap();
        return format!("octet {at} of the search index");
    }
    let body = 1 + dice.roll(30);
    let db = Connection::open(folder.join("mail.sqlite")).unwrap();
    let sql = kind.replace(":body", &body.to_string()).replace("rowid IN (SELECT 1)", "thread > 0");
    db.execute_batch(&sql).unwrap();
    sql
}

/// `MAILWRIGHT_CORRUPTIONS` is how many; each is repaired before the next.
#[tokio::test(flavor = "multi_thread")]
async fn a_check_repairs_whatever_is_derived() {
    let rounds = std::env::var("MAILWRIGHT_CORRUPTIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    // What was expunged stays, however long it takes.
    let mut limits = Limits::default();
    limits.afterlife = Duration::from_hours(24);
    let open = async || SqliteStore::open(folder.path(), limits.clone()).await.unwrap();
    let store = open().await;
    let report = store.check(|_, _| ()).await.unwrap();
    assert!(report.findings.is_empty() && report.messages == 60, "{report:?}");
    store.close().await.unwrap();
    let sound = dump(folder.path());
    let mut dice = Dice(u64::from(std::process::id()));
    let mut unfelt = 0;
    for round in 0..rounds {
        let what = corrupt(folder.path(), &mut dice);
        let store = open().await;
        let report = store.check(|_, _| ()).await.unwrap();
        assert!(report.is_sound(), "round {round}, {what}: {report:?}");
        // A flip in a free part of a page of the search index says nothing; an index of no use is made anew when opened.
        unfelt += usize::from(report.findings.is_empty());
        assert!(
            !report.findings.is_empty() || what.contains("search index"),
            "round {round}, not found: {what}"
        );
        let again = store.check(|_, _| ()).await.unwrap();
        assert!(again.findings.is_empty(), "round {round}, {what}, after the repair: {again:?}");
        store.close().await.unwrap();
        let now = dump(folder.path());
        for (table, rows) in &sound {
            assert_eq!(&now[table], rows, "round {round}, {what}: {table}");
        }
    }
    println!("{rounds} corruptions, {unfelt} of them without any effect");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_repaired_is_named_and_nothing_is_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let ann = filled(folder.path()).await;
    let db = Connection::open(folder.path().join("mail.sqlite")).unwrap();
    db.execute_batch(
        "UPDATE small SET octets = zeroblob(length(octets)) WHERE body = 5;
         UPDATE chunk SET columns = x'ff00' WHERE key >> 32 = (SELECT id FROM mailbox WHERE name = 'copies');
         UPDATE chunk SET columns = x'00' WHERE key >> 32 = (SELECT id FROM mailbox WHERE name = 'INBOX' LIMIT 1)",
    )
    .unwrap();
    drop(db);
    let store = open(folder.path()).await;
    let report = store.check(|_, _| ()).await.unwrap();
    assert!(!report.is_sound());
    let named = |text: &str| report.findings.iter().any(|f| !f.repaired && f.what.contains(text));
    assert!(named("of ann@example.test: damaged: body 5"), "{report:?}");
    assert!(named("copies of ann@example.test: flags and UIDs"), "{report:?}");
    let recovered = store.mailbox(ann.id, &name("Recovered")).await.unwrap().unwrap();
    let view = store.open(recovered.id).await.unwrap().borrow().clone();
    assert_eq!(view.len(), 28, "all that was listed nowhere any more");
    assert!(body(&store, view.entries().next().unwrap().message).await.contains("Subject: 0"));
    let left = store.check(|_, _| ()).await.unwrap();
    assert!(left.findings.iter().all(|finding| finding.what.contains("body 5")), "{left:?}");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_a_store_in_use_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path()).await;
    let store = open(folder.path()).await;
    let ann = store.account("ann@example.test").await.unwrap().unwrap();
    let writing = tokio::spawn({
        let (store, ann) = (store.clone(), ann.clone());
        async move {
            for n in 0..40 {
                deliver(&store, &ann, &format!("Subject: {n}\r\n\r\n{}\r\n", "y".repeat(n % 3 * 40_000)))
                    .await;
                let inbox = inbox(&store, &ann).await;
                let uid = store.open(inbox).await.unwrap().borrow().uids().first().unwrap();
                store.expunge(inbox, Expunge::Uids(UidSet::from(uid..=uid))).await.unwrap();
            }
        }
    });
    let to = tempfile::tempdir().unwrap();
    let copy = to.path().join("copy");
    store.backup(&copy, |_, _| ()).await.unwrap();
    assert!(store.backup(&copy, |_, _| ()).await.is_err(), "not over another one");
    writing.await.unwrap();
    store.tidy().await.unwrap();
    let copied = open(&copy).await;
    let report = copied.check(|_, _| ()).await.unwrap();
    assert!(report.is_sound() && report.messages >= 57, "{report:?}");
    deliver(&copied, &ann, "Subject: goes on\r\n\r\n").await;
    copied.close().await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn space_is_given_back_while_the_store_is_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let packs = || -> u64 {
        let files = std::fs::read_dir(folder.path().join("packs")).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    let store = open(folder.path()).await;
    let ann = account(&store, "ann@example.test").await;
    for n in 0..60 {
        deliver(&store, &ann, &format!("Subject: large {n}\r\n\r\n{}\r\n", "x".repeat(100_000))).await;
    }
    for n in 0..400 {
        deliver(&store, &ann, &format!("Subject: small {n}\r\n\r\n{}\r\n", "x".repeat(60_000))).await;
    }
    store.close().await.unwrap();
    let database = || std::fs::metadata(folder.path().join("mail.sqlite")).unwrap().len();
    let (packs_before, before) = (packs(), database());
    let store = open(folder.path()).await;
    let inbox = inbox(&store, &ann).await;
    let keep = uids(&[3, 33, 60, 100]);
    let all = store.open(inbox).await.unwrap().borrow().uids();
    store.expunge(inbox, Expunge::Uids(all.difference(&keep))).await.unwrap();
    store.tidy().await.unwrap();
    assert!(packs() < packs_before / 10, "{} of {packs_before}", packs());
    let view = store.open(inbox).await.unwrap().borrow().clone();
    for entry in view.entries() {
        assert!(body(&store, entry.message).await.starts_with("Subject: "));
    }
    assert!(store.check(|_, _| ()).await.unwrap().findings.is_empty());
    store.close().await.unwrap();
    assert!(database() < before / 2, "{} of {before}", database());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_expunges_stays_short_and_misses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ann = account(&store, "ann@example.test").await;
    let inbox = inbox(&store, &ann).await;
    let target = store.create_mailbox(ann.id, &name("many"), None).await.unwrap().id;
    append(&store, inbox, &[], "Subject: one\r\n\r\n").await;
    let mut known: Vec<(ModSeq, UidSet)> = Vec::new();
    for round in 0..720 {
        store.copy(inbox, uids(&[1]), target, Flags::ALL).await.unwrap();
        let view = store.open(target).await.unwrap().borrow().clone();
        if round % 60 == 7 {
            known.push((view.highest_modseq(), view.uids()));
        }
        // Some stay, so that the holes are not one.
        let last = view.uids().last().unwrap();
        if round % 9 != 0 {
            store.expunge(target, Expunge::Uids(UidSet::from(last..=last))).await.unwrap();
        }
    }
    let db = Connection::open(folder.path().join("mail.sqlite")).unwrap();
    let rows: u32 = db.query_row("SELECT count(*) FROM vanished", [], |row| row.get(0)).unwrap();
    assert!(rows < 450, "{rows} rows");
    let now = store.open(target).await.unwrap().borrow().uids();
    for (since, had) in known {
        let changes = store.changes(target, since, Some(had.clone())).await.unwrap();
        assert_eq!(changes.vanished, had.difference(&now), "since {since}");
    }
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_refer_to_each_other_are_one_conversation() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let ann = account(&store, "ann@example.test").await;
    let bob = account(&store, "bob@example.test").await;
    let text = |id: &str, rest: &str| format!("Message-ID: <{id}@a.test>\r\n{rest}\r\nhello\r\n");
    let mut messages = Vec::new();
    for (id, rest) in [
        ("1", ""),
        ("2", "References: <1@a.test>\r\n"),
        ("3", "In-Reply-To: <2@a.test>\r\n"),
        ("5", "References: <missing@a.test>\r\n"),
        ("6", "References: <missing@a.test>\r\n"),
        ("7", ""),
        ("1", ""),
    ] {
        messages.push(deliver(&store, &ann, &text(id, rest)).await);
    }
    messages.push(deliver(&store, &bob, &text("2", "References: <1@a.test>\r\n")).await);
    messages.push(deliver(&store, &ann, "Subject: no identifier\r\n\r\n").await);
    let threads: Vec<u64> = {
        let fetched = store.fetch(messages, Wants::default()).await.unwrap();
        fetched.iter().map(|fetched| fetched.thread.value()).collect()
    };
    let [one, two, three, five, six, seven, again, other, none] = threads[..] else { panic!("{threads:?}") };
    assert!(one == two && two == three && one == again, "{threads:?}");
    assert!(five == six && five != one, "the one they both answer never came: {threads:?}");
    let mut apart = vec![one, five, seven, other, none];
    apart.sort_unstable();
    apart.dedup();
    assert_eq!(apart.len(), 5, "{threads:?}");
    store.close().await.unwrap();
}

/// An older store under a newer index: numbers are given out again, for other messages.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_other_messages_is_made_anew() {
    use mailwright_store::Criterion;
    let folder = tempfile::tempdir().unwrap();
    let ann = filled(folder.path()).await;
    let database = folder.path().join("mail.sqlite");
    let older = std::fs::read(&database).unwrap();
    let store = open(folder.path()).await;
    for n in 0..20 {
        deliver(&store, &ann, &format!("Subject: first {n}\r\n\r\nonce\r\n")).await;
    }
    store.index().await.unwrap();
    store.close().await.unwrap();
    std::fs::write(&database, older).unwrap();
    let store = open(folder.path()).await;
    for n in 0..20 {
        deliver(&store, &ann, &format!("Subject: second {n}\r\n\r\nagain\r\n")).await;
    }
    store.index().await.unwrap();
    let view = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
    for (text, count) in [("second", 20), ("first", 0), ("again", 20), ("once", 0)] {
        let found = store.search(view.clone(), view.uids(), Criterion::Text(text.into())).await.unwrap();
        assert_eq!(found.len(), count, "{text}");
    }
    assert!(store.check(|_, _| ()).await.unwrap().findings.is_empty());
    store.close().await.unwrap();
}

/// What an earlier version indexed, by another way to compare text, says nothing of what is found now.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_of_an_earlier_version_is_made_anew() {
    use mailwright_store::Criterion;
    let made = async |subject: &str| {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        let ann = account(&store, "ann@example.test").await;
        for n in 0..20 {
            deliver(&store, &ann, &format!("Subject: {subject} {n}\r\n\r\n{subject}\r\n")).await;
        }
        store.index().await.unwrap();
        store.close().await.unwrap();
        (folder, ann)
    };
    let (folder, ann) = made("Café").await;
    let (other, _) = made("another").await;
    let index = folder.path().join("search.sqlite");
    for (version, found) in [(None, 0), (Some(1), 20)] {
        std::fs::copy(other.path().join("search.sqlite"), &index).unwrap();
        if let Some(version) = version {
            rusqlite::Connection::open(&index).unwrap().pragma_update(None, "user_version", version).unwrap();
        }
        let store = open(folder.path()).await;
        let view = store.open(inbox(&store, &ann).await).await.unwrap().borrow().clone();
        let subject = Criterion::Header { name: "Subject".into(), text: "CAFE".into() };
        let search =
            async |criterion| store.search(view.clone(), view.uids(), criterion).await.unwrap().len();
        assert_eq!(search(subject.clone()).await, found, "version {version:?}");
        if version.is_some() {
            assert_eq!(search(Criterion::Text("cafe\u{301}".into())).await, 20);
            store.index().await.unwrap();
            assert_eq!(search(subject).await, 20);
            assert!(store.check(|_, _| ()).await.unwrap().findings.is_empty());
        }
        store.close().await.unwrap();
    }
}
