//! The time, which tests may run ahead.
use std::future::Future;
use std::time::Duration;

use mailwright_store::Timestamp;
use tokio::sync::watch;

/// Tells the time and waits for it.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
    /// Waits until a time has come. May return early: the caller looks again.
    fn until(&self, time: Timestamp) -> impl Future<Output = ()> + Send;
}

/// The system's clock. Waits are short, so that a clock that is set is noticed within half a minute.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// How long a wait lasts at most before the system's clock is looked at again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn until(&self, time: Timestamp) {
        let left = time.value().saturating_sub(self.now().value());
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        tokio::time::sleep(left.min(LOOK_AGAIN)).await;
    }
}

/// A clock that stands until it is set: days pass in a test as fast as their work is done.
#[derive(Clone, Debug)]
pub struct TestClock(watch::Sender<Timestamp>);

impl TestClock {
    /// A clock that shows this time.
    pub fn new(now: Timestamp) -> Self {
        Self(watch::Sender::new(now))
    }

    /// Sets the time, forward or back.
    pub fn set(&self, now: Timestamp) {
        self.0.send_replace(now);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn until(&self, time: Timestamp) {
        // The sender is in `self`, so the channel is open.
        let _ = self.0.subscribe().wait_for(|now| *now >= time).await;
    }
}
