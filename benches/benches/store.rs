//! What the store's operations cost in a small mailbox and in a large one, and what searches cost with the index.
//!
//! `MAILWRIGHT_SCALE` is the size of the large mailbox (default 100,000; the goal is stated for 1,000,000).

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use bytes::Bytes;
use mailwright_store::{
    Account, Append, Criterion, Delivery, Expunge, FlagChange, FlagList, Flags, Incoming, Limits, Local,
    MailboxId, MailboxName, ModSeq, NewAccount, Store, Timestamp, UidSet, Wants, sqlite::SqliteStore,
};

/// Rounds of one measurement.
const ROUNDS: u32 = 200;
/// Messages that fill a mailbox in one request.
const BATCH: usize = 500;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    runtime.block_on(async {
        searches().await;
        scale().await;
    });
}

async fn open() -> (tempfile::TempDir, SqliteStore, Account, MailboxId) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(folder.path(), Limits::default()).await.expect("a store");
    let account = NewAccount { address: "ann@example.test".into(), ..NewAccount::default() };
    let account = store.create_account(account).await.expect("an account");
    let inbox = store.mailbox(account.id, &MailboxName::inbox()).await.expect("read").expect("an inbox").id;
    (folder, store, account, inbox)
}

async fn staged(store: &SqliteStore, text: String) -> <SqliteStore as Store>::Staged {
    let mut incoming = store.incoming(None).await.expect("room");
    incoming.write(Bytes::from(text)).await.expect("room");
    incoming.finish().await.expect("a body")
}

async fn fill(store: &SqliteStore, mailbox: MailboxId, count: usize, text: impl Fn(usize) -> String) {
    for first in (0..count).step_by(BATCH) {
        let mut batch = Vec::with_capacity(BATCH);
        for n in first..count.min(first + BATCH) {
            let body = staged(store, text(n)).await;
            batch.push(Append { body, flags: FlagList::new(), received: None });
        }
        store.append(mailbox, batch).await.expect("appended");
    }
}

/// The time that a tenth of the rounds stayed below: what else the machine does hardly touches it.
async fn timed<T>(rounds: u32, mut work: impl AsyncFnMut(u32) -> T) -> Duration {
    let mut times = Vec::new();
    for round in 0..rounds {
        let start = Instant::now();
        std::hint::black_box(work(round).await);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times[times.len() / 10]
}

/// Words whose frequencies fall as those of a language do.
fn prose(n: usize, octets: usize) -> String {
    let mut state = n as u64 ^ 0x9e37_79b9;
    let mut text = String::with_capacity(octets + 80);
    let mut column = 0;
    while text.len() < octets {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let uniform = (state >> 33) as f64 / f64::from(1_u32 << 31);
        let mut word = (20_000_f64.powf(uniform)) as u64;
        let length = 2 + word % 7;
        for _ in 0..=length {
            text.push(char::from(b'a' + (word % 26) as u8));
            word = word / 3 + 11 * length;
        }
        column += length + 2;
        text.push_str(if column > 70 { "\r\n" } else { " " });
        column = if column > 70 { 0 } else { column };
    }
    text
}

fn message(n: usize, octets: usize) -> String {
    format!(
        "From: Ann {n} <ann{n}@example.test>\r\nTo: bob@example.test\r\nSubject: report {n} on {}\r\n\
         Message-ID: <{n}@bench.test>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n\r\n{}{}\r\n",
        n % 100,
        prose(n, octets),
        if n.is_multiple_of(1000) { "needle in the haystack" } else { "" },
    )
}

async fn searches() {
    const COUNT: usize = 10_000;
    let (folder, store, _, inbox) = open().await;
    let start = Instant::now();
    fill(&store, inbox, COUNT, |n| message(n, 8192)).await;
    println!("{COUNT} messages of 8 KiB, filled in {:.1?}", start.elapsed());
    let view = store.open(inbox).await.expect("open").borrow().clone();
    let header = |name: &str, text: &str| Criterion::Header { name: name.into(), text: text.into() };
    let table = [
        ("SUBJECT, every hundredth", header("Subject", "on 42")),
        ("SUBJECT, all", header("Subject", "report")),
        ("BODY, none", Criterion::Body("no such text".into())),
        ("BODY, every thousandth", Criterion::Body("needle in the".into())),
        ("BODY, all", Criterion::Body("e".into())),
        ("TEXT, none", Criterion::Text("no such text".into())),
        ("TEXT, every thousandth", Criterion::Text("Needle in the".into())),
        ("HEADER Message-ID, one", header("Message-ID", "<77@bench.test>")),
    ];
    let start = Instant::now();
    store.index().await.expect("indexed");
    let octets = |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |file| file.len());
    let size = octets("search.sqlite") + octets("search.sqlite-wal");
    println!("the rest indexed in {:.1?}; the index takes {} MB", start.elapsed(), size >> 20);
    for (name, criterion) in table {
        let mut found = 0;
        let time = timed(10, async |_| {
            found = store.search(view.clone(), view.uids(), criterion.clone()).await.expect("found").len();
        });
        let time = time.await;
        println!("  SEARCH {name:<28} {found:>6} found {time:>10.1?}");
    }
    store.close().await.expect("closed");
}

async fn scale() {
    let large = std::env::var("MAILWRIGHT_SCALE").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut rows: Vec<(String, Vec<Duration>)> = Vec::new();
    let mut notes = String::new();
    for count in [1000_usize, large] {
        let (folder, store, account, inbox) = open().await;
        fill(&store, inbox, count, |n| message(n, 300)).await;
        store.index().await.expect("indexed");
        let mut row = |name: &str, time: Duration| match rows.iter_mut().find(|(known, _)| known == name) {
            Some((_, times)) => times.push(time),
            None => rows.push((name.to_owned(), vec![time])),
        };
        let watch = store.open(inbox).await.expect("open");
        let spread = |round: u32| (round as usize * 7919) % count;
        let time = timed(ROUNDS, async |n| {
            let body = staged(&store, message(n as usize, 300)).await;
            store.append(inbox, vec![Append { body, flags: FlagList::new(), received: None }]).await
        });
        row("append", time.await);
        let time = timed(ROUNDS, async |n| {
            let body = staged(&store, message(n as usize, 300)).await;
            store.deliver(Delivery::new(body, Timestamp::now()).to(Local::inbox(account.id))).await
        });
        row("deliver", time.await);
        let view = watch.borrow().clone();
        let time = timed(ROUNDS, async |n| {
            let uid = view.uid_at(u32::try_from(spread(n)).expect("fits") + 1).expect("is there");
            let entry = view.entry(uid).expect("is there");
            store.fetch(vec![entry.message], Wants { envelope: true, ..Wants::default() }).await
        });
        row("fetch one envelope", time.await);
        let time = timed(ROUNDS, async |n| {
            let uid = view.uid_at(u32::try_from(spread(n)).expect("fits") + 1).expect("is there");
            store
                .change_flags(
                    inbox,
                    UidSet::from(uid..=uid),
                    FlagChange::add(["\\Seen"].iter().collect::<FlagList>()),
                )
                .await
        });
        row("flag one", time.await);
        let time = timed(ROUNDS, async |n| {
            let uid = view.uid_at(u32::try_from(spread(n)).expect("fits") + 1).expect("is there");
            store.expunge(inbox, Expunge::Uids(UidSet::from(uid..=uid))).await
        });
        row("expunge one", time.await);
        let since = ModSeq::new(watch.borrow().highest_modseq().value() - 20);
        row("sync since 20 changes", timed(ROUNDS, async |_| store.changes(inbox, since, None).await).await);
        row("status", timed(ROUNDS, async |_| store.status(inbox).await).await);
        row(
            "open, warm",
            timed(ROUNDS, async |_| store.open(inbox).await.map(|view| view.borrow().len())).await,
        );
        let view = watch.borrow().clone();
        writeln!(
            notes,
            "{count} messages: the view takes {:.2} octets a message",
            view.memory() as f64 / f64::from(view.len())
        )
        .expect("text");
        let all = view.uids();
        let bulk = Instant::now();
        store
            .change_flags(inbox, all.clone(), FlagChange::add(["\\Flagged"].iter().collect::<FlagList>()))
            .await
            .expect("flags");
        write!(notes, "  all at once: flags {:.1?}", bulk.elapsed()).expect("text");
        let target = store
            .create_mailbox(account.id, &MailboxName::new("copy").expect("a name"), None)
            .await
            .expect("made");
        let bulk = Instant::now();
        store.copy(inbox, all.clone(), target.id, Flags::ALL).await.expect("copied");
        write!(notes, ", copy {:.1?}", bulk.elapsed()).expect("text");
        let bulk = Instant::now();
        store.expunge(inbox, Expunge::Uids(all)).await.expect("expunged");
        writeln!(notes, ", expunge {:.1?}", bulk.elapsed()).expect("text");
        store.close().await.expect("closed");
        let start = Instant::now();
        let store = SqliteStore::open(folder.path(), Limits::default()).await.expect("opens");
        let opened = start.elapsed();
        let start = Instant::now();
        let first = store.open(target.id).await.expect("open").borrow().len();
        writeln!(
            notes,
            "  opened again in {opened:.1?}; its mailbox of {first}, cold, in {:.1?}",
            start.elapsed()
        )
        .expect("text");
        store.close().await.expect("closed");
    }
    println!("\ncost of one operation in a mailbox of 1000 and of {large}");
    for (name, times) in &rows {
        let ratio = times[1].as_secs_f64() / times[0].as_secs_f64();
        println!("  {name:<24} {:>10.1?} {:>10.1?}   {ratio:5.2}", times[0], times[1]);
    }
    print!("{notes}");
}
