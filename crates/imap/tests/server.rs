//! The server session, against a mail store of a few lines.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "server/clerk.rs"]
mod clerk;
#[cfg(feature = "compress")]
#[path = "server/compress.rs"]
mod compress;
#[path = "server/limits.rs"]
mod limits;
#[path = "server/states.rs"]
mod states;

use clerk::Clerk;
use mailwright_testkit::{Role, play_file};
use std::{num::NonZeroU32, path::PathBuf};

#[test]
fn every_transcript_is_played_however_it_is_cut() {
    play_all("server", Clerk::default);
}

#[test]
fn extensions_are_played_however_they_are_cut() {
    play_all("extensions", Clerk::extended);
}

#[test]
fn access_control_lists_are_played_however_they_are_cut() {
    play_all("acl", Clerk::with_acls);
}

#[test]
fn a_limit_of_messages_is_kept_however_they_are_cut() {
    play_all("limited", || {
        let mut clerk = Clerk::default();
        clerk.limits.messages = NonZeroU32::new(2);
        clerk.thread = true;
        clerk
    });
}

fn play_all(dir: &str, clerk: impl Fn() -> Clerk) {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(dir);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        play_file(Role::Server, &file, &clerk);
    }
}
