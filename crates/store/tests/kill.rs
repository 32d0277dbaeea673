//! Kill -9 of a process that appends: what it said was done is there when the store is opened next.
//!
//! `MAILWRIGHT_KILLS` sets how often (default 20).
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic)]

mod suite;

use std::{
    collections::BTreeMap,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use mailwright_store::{Expunge, Limits, MailboxName, Store, Uid, UidSet, sqlite::SqliteStore};
use suite::{account, append, body, inbox};

/// Tells the process that is to be killed where the store is, and the first number that nobody has used.
const FOLDER: &str = "MAILWRIGHT_KILL_FOLDER";
const FIRST: &str = "MAILWRIGHT_KILL_FIRST";
/// Numbers of one process at most.
const EACH: u64 = 1 << 20;

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.afterlife = Duration::ZERO;
    limits
}

/// A message that is kept as a row, in a pack, or in a pack of its own.
fn message(number: u64) -> String {
    let lines = match number % 16 {
        3 => 2000,
        7 => 10_000,
        11 => 40_000,
        _ => 10,
    };
    format!("Subject: {number}\r\n\r\n{}", "a line\r\n".repeat(lines))
}

#[test]
fn nothing_acknowledged_is_lost_by_a_kill() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match std::env::var_os(FOLDER) {
        Some(folder) => runtime.block_on(append_for_ever(Path::new(&folder))),
        None => runtime.block_on(kill_again_and_again()),
    }
}

/// Appends messages, and says so when one is on disk.
async fn append_for_ever(folder: &Path) {
    let first: u64 = std::env::var(FIRST).unwrap().parse().unwrap();
    let store = SqliteStore::open(folder, limits()).await.unwrap();
    let ann = store.account("ann@example.test").await.unwrap().unwrap();
    let inbox = inbox(&store, &ann).await;
    let writers = (0..4).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in (first + writer..first + EACH).step_by(4) {
                let uid = append(&store, inbox, &[], &message(number)).await;
                println!("appended {number} {uid}");
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
}

async fn kill_again_and_again() {
    let kills: u64 = std::env::var("MAILWRIGHT_KILLS").map_or(20, |kills| kills.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path(), limits()).await.unwrap();
    account(&store, "ann@example.test").await;
    store.close().await.unwrap();
    let mut random = u64::from(SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos()) | 1;
    let (mut acknowledged, mut in_all) = (BTreeMap::new(), 0);
    for kill in 1..=kills {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let said = run_and_kill(folder.path(), kill * EACH, Duration::from_millis(random % 200));
        in_all += said.len();
        acknowledged.extend(said);
        // Sometimes the next process is killed too before anybody has looked.
        if random >> 32 & 1 == 0 || kill == kills {
            verify(folder.path(), &acknowledged).await;
            acknowledged.clear();
        }
    }
    println!("{kills} kills, {in_all} messages acknowledged, none lost");
    assert!(in_all > 0, "something was acknowledged");
}

/// Lets a process append for a while and kills it; what it acknowledged.
fn run_and_kill(folder: &Path, first: u64, after: Duration) -> Vec<(Uid, u64)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_acknowledged_is_lost_by_a_kill", "--nocapture"])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(after);
    child.kill().unwrap();
    let mut said = String::new();
    child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!child.wait().unwrap().success());
    // A last line may be cut off.
    let whole = said.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let told = whole.lines().filter_map(|line| line.split_once("appended ")?.1.split_once(' '));
    told.map(|(number, uid)| (Uid::new(uid.parse().unwrap()), number.parse().unwrap())).collect()
}

/// All that was acknowledged is there, octet by octet, and the store is sound. Then the mailbox is emptied.
async fn verify(folder: &Path, acknowledged: &BTreeMap<Uid, u64>) {
    let store = SqliteStore::open(folder, limits()).await.unwrap();
    let ann = store.account("ann@example.test").await.unwrap().unwrap();
    let inbox = store.mailbox(ann.id, &MailboxName::inbox()).await.unwrap().unwrap().id;
    let view = store.open(inbox).await.unwrap().borrow().clone();
    let there: UidSet = view.uids();
    for (uid, number) in acknowledged {
        let entry = view.entry(*uid).unwrap_or_else(|| panic!("message {number} is lost"));
        assert!(body(&store, entry.message).await == message(*number), "message {number} has changed");
    }
    let report = store.check(|_, _| ()).await.unwrap();
    assert!(report.is_sound(), "{report:?}");
    store.expunge(inbox, Expunge::Uids(there)).await.unwrap();
    store.tidy().await.unwrap();
    store.close().await.unwrap();
}
