//! The search index: for each account, which messages have which grams, and what their common header fields say.
//!
//! It is derived from the messages, lies in a database of its own, and is made anew whenever it is not sound: nothing
//! depends on it but the time a search takes. A thread of its own brings it up to date while the store has little to
//! do. What it does not cover yet, or cannot decide, a search looks into.

mod ask;
mod build;
mod files;
mod grams;
mod segment;

use std::{
    fs::File,
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

pub(super) use ask::{Narrowed, Question, Verdict};
use files::Files;
pub(super) use grams::Space;

use super::{Shared, writer::Waker};
use crate::Result;

/// How long the store has to have little to do before arrivals are indexed.
const QUIET: Duration = Duration::from_millis(250);
/// Commits in that time that count as little.
const FEW: u64 = 8;
/// How long arrivals wait for that at most.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often segments are looked at for messages that are gone.
const REVIEW: Duration = Duration::from_secs(20);

/// The index of a store.
#[derive(Debug)]
pub(super) struct Index {
    files: Files,
    state: Mutex<Option<build::State>>,
    wake: Mutex<Wake>,
    woken: Condvar,
    commits: AtomicU64,
    damaged: AtomicBool,
}

#[derive(Debug, Default)]
struct Wake {
    news: bool,
    stopped: bool,
}

impl Index {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            files: Files::new(file),
            state: Mutex::default(),
            wake: Mutex::new(Wake { news: true, stopped: false }),
            woken: Condvar::new(),
            commits: AtomicU64::new(0),
            damaged: AtomicBool::new(false),
        }
    }

    /// Opens the index before anything else is done, when `last` is the last message there ever was: where an older store
    /// was put back under it, its messages are others than those it knows.
    pub(super) fn open(&self, last: u64) {
        // One that cannot be opened is tried again later, and nothing is read from it before.
        match build::State::open(&self.files, last) {
            Ok(state) => *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(state),
            Err(_) => self.damaged.store(true, Ordering::Relaxed),
        }
    }

    /// Says that something was committed, and whether messages have arrived with it.
    pub(super) fn committed(&self, arrived: bool) {
        self.commits.fetch_add(1, Ordering::Relaxed);
        if arrived {
            let mut wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner);
            if !std::mem::replace(&mut wake.news, true) {
                self.woken.notify_all();
            }
        }
    }

    /// Ends [`Index::serve`].
    pub(super) fn stop(&self) {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner).stopped = true;
        self.woken.notify_all();
    }

    fn stopped(&self) -> bool {
        self.wake.lock().unwrap_or_else(PoisonError::into_inner).stopped
    }

    /// Says that a search met something damaged: the index is made anew.
    fn distrust(&self) {
        self.damaged.store(true, Ordering::Relaxed);
        self.committed(true);
    }

    /// Keeps the index up to date until it is told to stop. The lock keeps other processes out that long.
    pub(super) fn serve(shared: &Shared, waker: &Waker, _lock: Arc<File>) {
        let index = &shared.index;
        loop {
            if index.wait(REVIEW, true) {
                return;
            }
            waker.wake();
            let news = std::mem::take(&mut index.wake.lock().unwrap_or_else(PoisonError::into_inner).news);
            if news {
                let begun = Instant::now();
                loop {
                    let before = index.commits.load(Ordering::Relaxed);
                    if index.wait(QUIET, false) {
                        return;
                    }
                    let commits = index.commits.load(Ordering::Relaxed) - before;
                    if commits <= FEW || begun.elapsed() > PATIENCE {
                        break;
                    }
                }
            }
            // What fails is tried again with the next arrival; searches manage without.
            let _ = if news { index.catch_up(shared, build::DUE) } else { index.review(shared) };
        }
    }

    /// Waits; whether it is time to stop.
    fn wait(&self, most: Duration, for_news: bool) -> bool {
        let wake = self.wake.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = |wake: &mut Wake| !(wake.stopped || for_news && wake.news);
        let waited = self.woken.wait_timeout_while(wake, most, idle).unwrap_or_else(PoisonError::into_inner);
        waited.0.stopped
    }

    /// Indexes what is not indexed, where at least `due` messages of an account wait.
    pub(super) fn catch_up(&self, shared: &Shared, due: usize) -> Result<()> {
        self.with_state(|state: &mut build::State| state.catch_up(shared, due))
    }

    /// Checks all of it; what was wrong, if anything was: it is then made anew by the next [`Index::catch_up`].
    pub(super) fn check(&self, shared: &Shared) -> Result<Option<String>> {
        match self.with_state(|state: &mut build::State| state.check(shared)) {
            Err(crate::Error::Damaged(what)) => {
                self.damaged.store(true, Ordering::Relaxed);
                Ok(Some(format!("search index: {what}")))
            }
            other => other.map(|()| None),
        }
    }

    /// Looks whether a segment has messages that are gone, and drops them if they are many.
    fn review(&self, shared: &Shared) -> Result<()> {
        self.with_state(|state: &mut build::State| state.review(shared))
    }

    /// Works on the index; if that fails, or a search has met damage, the index is made anew the next time.
    fn with_state<T>(&self, work: impl FnOnce(&mut build::State) -> Result<T>) -> Result<T> {
        let mut slot = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if self.damaged.swap(false, Ordering::Relaxed) {
            *slot = None;
            self.files.remove();
        }
        let state = match &mut *slot {
            Some(state) => state,
            None => slot.insert(build::State::open(&self.files, u64::MAX)?),
        };
        let done = work(state);
        if let Err(error) = &done {
            *slot = None;
            self.damaged.fetch_or(matches!(error, crate::Error::Damaged(_)), Ordering::Relaxed);
        }
        done
    }
}
