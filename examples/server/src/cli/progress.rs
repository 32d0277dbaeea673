//! A bar on standard error that shows how far a command is.

use std::{
    io::{IsTerminal, Write},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// Cells of the bar.
const CELLS: u64 = 40;
/// How often it is drawn at most.
const OFTEN: Duration = Duration::from_millis(100);

/// The bar; where standard error is no terminal, it is not drawn.
pub(super) struct Bar {
    drawn: Mutex<Option<Instant>>,
    last: AtomicU64,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self { drawn: Mutex::new(None), last: AtomicU64::new(0) }
    }

    /// So much is done, of so much.
    pub(super) fn show(&self, done: u64, total: u64) {
        let mut stderr = std::io::stderr();
        if !stderr.is_terminal() || total == 0 {
            return;
        }
        let mut drawn = self.drawn.lock().unwrap_or_else(PoisonError::into_inner);
        if done < total && drawn.is_some_and(|drawn| drawn.elapsed() < OFTEN) {
            return;
        }
        *drawn = Some(Instant::now());
        self.last.store(done, Ordering::Relaxed);
        // It is of no use where it cannot be drawn.
        let _ = write!(stderr, "\r{}", line(done, total));
        let _ = stderr.flush();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if self.last.load(Ordering::Relaxed) > 0 {
            eprintln!();
        }
    }
}

fn line(done: u64, total: u64) -> String {
    let done = done.min(total);
    let part = |of: u64| u128::from(done) * u128::from(of) / u128::from(total.max(1));
    let filled = usize::try_from(part(CELLS)).unwrap_or(0);
    let cells = usize::try_from(CELLS).unwrap_or(0);
    format!("[{:<cells$}] {:>3} %", "#".repeat(filled), part(100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_from_nothing_to_all() {
        assert_eq!(line(0, 7), format!("[{}]   0 %", " ".repeat(40)));
        assert_eq!(line(1, 2), format!("[{}{}]  50 %", "#".repeat(20), " ".repeat(20)));
        assert_eq!(line(u64::MAX, u64::MAX), format!("[{}] 100 %", "#".repeat(40)));
        assert_eq!(line(9, 7), line(7, 7));
    }
}
