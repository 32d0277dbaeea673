//! When to try again, when to warn the sender, and when to give up.
use std::time::Duration;

use mailwright_store::Timestamp;

/// The times of the queue (RFC 5321 §4.5.4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Between one attempt and the next; the last one repeats. Default 15 min, 30 min, 1 h, 2 h, 4 h.
    pub retry: Vec<Duration>,
    /// Age at which a mail is given up. Default 5 days.
    pub expire: Duration,
    /// The same for reports, which nobody waits for. Default 2 days.
    pub expire_report: Duration,
    /// Age at which the sender is told that the mail is late; `None`: never. Default 4 h.
    pub warn: Option<Duration>,
    /// The wait after a first attempt that was refused for now by a server that is up: greylisting mostly lets mail pass
    /// after a few minutes. Default 5 min; never longer than the first of `retry`.
    pub greylist: Duration,
    /// Draw each wait up to a tenth shorter, so that what failed together does not come back together. Default on.
    pub jitter: bool,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            retry: [15, 30, 60, 120, 240].map(Duration::from_mins).to_vec(),
            expire: Duration::from_hours(5 * 24),
            expire_report: Duration::from_hours(2 * 24),
            warn: Some(Duration::from_hours(4)),
            greylist: Duration::from_mins(5),
            jitter: true,
        }
    }
}

/// What is known of a recipient when its next attempt is to be set.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    /// When the mail was queued, or when it was to leave at the earliest.
    pub created: Timestamp,
    /// By when its sender wants it there; no attempt is put past it.
    pub by: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
    /// Attempts so far.
    pub tries: u32,
    /// The mail is a report, with a null reverse path.
    pub report: bool,
}

impl Past {
    /// How old the mail is; nothing if the clock was set back since.
    fn age(&self) -> Duration {
        let millis = self.now.value().saturating_sub(self.created.value());
        Duration::from_millis(u64::try_from(millis).unwrap_or(0))
    }
}

impl Schedule {
    fn expire(&self, report: bool) -> Duration {
        if report { self.expire.min(self.expire_report) } else { self.expire }
    }

    fn interval(&self, tries: u32) -> Duration {
        let step = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
        let step = step.min(self.retry.len().saturating_sub(1));
        // A queue without a schedule would spin.
        self.retry.get(step).copied().unwrap_or(Duration::from_mins(15)).max(Duration::from_millis(100))
    }

    /// The longest wait there is.
    pub fn longest(&self) -> Duration {
        self.retry.iter().copied().max().unwrap_or(Duration::from_mins(15))
    }

    /// Whether to give up now.
    ///
    /// Age alone does not decide: a clock that was set forward, or a server that was off for a week, makes a mail old
    /// that was hardly tried. It gets the attempts of the schedule's steps first, if they fit into its life at all.
    pub fn is_over(&self, past: Past) -> bool {
        let expire = self.expire(past.report);
        past.age() >= expire && past.tries >= self.attempts_owed(expire)
    }

    fn attempts_owed(&self, expire: Duration) -> u32 {
        let mut at = Duration::ZERO;
        let steps = u32::try_from(self.retry.len()).unwrap_or(u32::MAX);
        for tries in 1..=steps {
            at += self.interval(tries);
            if at >= expire {
                return tries;
            }
        }
        steps.max(1)
    }

    /// When to try next. `greylisted`: the server is up and asked to come back. `dice` decides the jitter.
    pub fn next(&self, past: Past, greylisted: bool, dice: u64) -> Timestamp {
        let mut wait = self.interval(past.tries);
        if greylisted && past.tries <= 1 {
            wait = wait.min(self.greylist);
        }
        if self.jitter {
            let share = u32::try_from(dice % 1000).unwrap_or(0);
            wait -= wait / 10 * share / 1000;
        }
        let due = past.now.after(wait);
        // Not past the moments at which something is to be said to the sender.
        let marks = [self.warn.filter(|_| !past.report), Some(self.expire(past.report))];
        let marks = marks.into_iter().flatten().map(|mark| past.created.after(mark)).chain(past.by);
        marks.filter(|mark| past.now < *mark).fold(due, Ord::min)
    }

    /// Whether a mail is late enough for a warning.
    pub fn is_late(&self, past: Past) -> bool {
        !past.report && self.warn.is_some_and(|warn| past.age() >= warn)
    }

    /// When a mail is given up.
    pub fn end(&self, created: Timestamp, report: bool) -> Timestamp {
        created.after(self.expire(report))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000;
    const DAY: i64 = 24 * 60 * MINUTE;

    fn past(minutes: i64, tries: u32) -> Past {
        Past {
            created: Timestamp::new(0),
            by: None,
            now: Timestamp::new(minutes * MINUTE),
            tries,
            report: false,
        }
    }

    fn plain() -> Schedule {
        Schedule { jitter: false, ..Schedule::default() }
    }

    #[test]
    fn the_default_life_of_a_mail() {
        let schedule = plain();
        let mut past = past(0, 1);
        let mut minutes = Vec::new();
        while !schedule.is_over(past) {
            past.now = schedule.next(past, false, 0);
            past.tries += 1;
            minutes.push(past.now.value() / MINUTE);
        }
        assert_eq!(minutes[..6], [15, 45, 105, 225, 240, 480]);
        assert_eq!(minutes.last(), Some(&(5 * 24 * 60)), "the last attempt is at the end, not after it");
        assert!(minutes.windows(2).all(|pair| pair[1] - pair[0] <= 240));
    }

    #[test]
    fn greylisting_brings_only_the_first_retry_forward() {
        assert_eq!(plain().next(past(0, 1), true, 0), Timestamp::new(5 * MINUTE));
        assert_eq!(plain().next(past(5, 2), true, 0), Timestamp::new(35 * MINUTE));
        let quick = Schedule { retry: vec![Duration::from_secs(1)], ..plain() };
        assert_eq!(quick.next(past(0, 1), true, 0), Timestamp::new(1000));
    }

    #[test]
    fn a_clock_that_leaps_does_not_give_a_mail_up() {
        let mut leapt = past(10 * 365 * 24 * 60, 2);
        assert!(!plain().is_over(leapt));
        leapt.tries = 5;
        assert!(plain().is_over(leapt));
        assert!(!plain().is_over(past(-10_000, 99)), "nor does one that was set back");
    }

    #[test]
    fn a_short_life_is_kept() {
        let schedule = Schedule { expire: Duration::from_mins(40), ..plain() };
        assert!(!schedule.is_over(past(39, 9)));
        assert!(!schedule.is_over(past(40, 1)));
        assert!(schedule.is_over(past(40, 2)));
    }

    #[test]
    fn reports_live_shorter_and_are_never_warned_about() {
        let report = |minutes, tries| Past { report: true, ..past(minutes, tries) };
        assert!(plain().is_over(report(2 * 24 * 60, 9)));
        assert!(!plain().is_late(report(300, 3)));
        assert!(plain().is_late(past(240, 3)));
    }

    proptest! {
        #[test]
        fn the_next_attempt_is_ahead_and_within_the_schedule(
            tries in 1u32..100, now in 0..6 * DAY, dice: u64, greylisted: bool, jitter: bool,
        ) {
            let schedule = Schedule { jitter, ..Schedule::default() };
            let past = Past { created: Timestamp::new(0), by: None, now: Timestamp::new(now), tries, report: false };
            let wait = schedule.next(past, greylisted, dice).value() - now;
            prop_assert!(wait > 0 && wait <= 240 * MINUTE);
            if tries == 1 {
                prop_assert!(wait <= 15 * MINUTE);
            }
        }
    }
}
