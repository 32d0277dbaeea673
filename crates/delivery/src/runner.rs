//! The queue at work: what is due is attempted, within bounds, until it is told to stop.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mailwright_mx::Resolve;
use mailwright_store::{Claim, Hurry, Leased, Store, Timestamp};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::attempt::Job;
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::envelope::{Asked, Parameters};
use crate::ready::Ready;
use crate::routes::Routes;
use crate::transport::{Link, Transport};

/// How often connections that wait are looked through.
const SWEEP: Duration = Duration::from_millis(250);
/// The wait after the store failed.
const STORE_AGAIN: Duration = Duration::from_secs(2);
/// The longest that mail which has just come waits to be looked for.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Mails read at a time.
const BATCH: usize = 1_000;

/// A queue that runs. Dropping it stops it at once; [`Runner::stop`] lets attempts that are under way finish.
#[derive(Debug)]
pub struct Runner {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Runner {
    /// Starts a queue in the current tokio runtime.
    ///
    /// Start only one for a store. `transport` is mostly [`Smtp`](crate::transport::smtp::Smtp), `directory`
    /// [`Domains`](crate::Domains) and `clock` [`SystemClock`](crate::SystemClock).
    pub fn start<S, R, T, D, C>(
        store: S,
        resolver: R,
        transport: T,
        directory: D,
        clock: C,
        config: Config,
    ) -> Self
    where
        S: Store,
        R: Resolve + 'static,
        T: Transport,
        D: Directory,
        C: Clock,
    {
        let (stop, stopping) = watch::channel(false);
        let (routes, freed) = Routes::new(config.limits.per_route, config.limits.per_route_max);
        let engine = Engine::new(store, resolver, transport, directory, clock, config, routes);
        let queue = Queue {
            ready: Ready::new(engine.config.limits.ready),
            engine: Arc::new(engine),
            attempts: JoinSet::new(),
            freed,
            look: true,
            passed_over: false,
            look_from: Instant::now(),
            sweep: Instant::now(),
            due: None,
        };
        Self { stop, task: tokio::spawn(queue.run(stopping)) }
    }

    /// Stops: nothing more is begun, and what is under way gets the time that
    /// [`Limits::stop`](crate::Limits::stop) allows. Mail that is cut short is tried again at the next start.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // A queue that panicked has stopped as well.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The running queue: mails are read from the store into [`Ready`], and attempted as their destinations have places.
struct Queue<S, R, T: Transport, D, C> {
    engine: Arc<Engine<S, R, T, D, C>>,
    ready: Ready,
    /// Each ends with the time when some of its mail is due again.
    attempts: JoinSet<Option<Timestamp>>,
    freed: mpsc::UnboundedReceiver<Arc<str>>,
    /// The store may have more that is due.
    look: bool,
    /// Mail for destinations that have enough in `ready` was left in the store.
    passed_over: bool,
    /// The store is not looked into before.
    look_from: Instant,
    /// When connections that wait are looked through next.
    sweep: Instant,
    /// When the next mail is due.
    due: Option<Timestamp>,
}

impl<S, R, T, D, C> Queue<S, R, T, D, C>
where
    S: Store,
    R: Resolve + 'static,
    T: Transport,
    D: Directory,
    C: Clock,
{
    async fn run(mut self, mut stopping: watch::Receiver<bool>) {
        let mut events = self.engine.store.queue_watch();
        let mut latest = self.engine.clock.now();
        self.unstrand(latest).await;
        while !*stopping.borrow() {
            let now = self.engine.clock.now();
            if now.after(Duration::from_mins(1)) < latest {
                tracing::warn!("the clock was set back");
                self.unstrand(now).await;
            }
            latest = now;
            self.begin();
            let wanted = self.look && self.ready.room() > 0;
            if wanted && Instant::now() >= self.look_from {
                events.borrow_and_update();
                self.claim(now).await;
                continue;
            }
            let due = self.due.filter(|_| !self.look);
            tokio::select! {
                () = stopped(&mut stopping) => break,
                _ = events.changed(), if !self.look => self.look = true,
                Some(destination) = self.freed.recv() => {
                    self.ready.freed(&destination);
                    while let Ok(destination) = self.freed.try_recv() {
                        self.ready.freed(&destination);
                    }
                }
                Some(ended) = self.attempts.join_next() => match ended {
                    Ok(None) => {}
                    Ok(Some(again)) if again > self.engine.clock.now() => {
                        self.due = Some(self.due.map_or(again, |due| due.min(again)));
                    }
                    // It was not to be had while the attempt ran, and nobody else says that it is now.
                    Ok(Some(_)) | Err(_) => self.look = true,
                },
                () = tokio::time::sleep_until(self.look_from), if wanted => {}
                () = self.engine.clock.until(due.unwrap_or(now)), if due.is_some() => {
                    self.look = due.is_some_and(|due| due <= self.engine.clock.now());
                }
                () = tokio::time::sleep_until(self.sweep), if !self.engine.idle.is_empty() => {
                    self.sweep = Instant::now() + SWEEP;
                    for link in self.engine.idle.stale() {
                        tokio::spawn(link.close());
                    }
                }
            }
        }
        self.stop().await;
    }

    /// Begins as many attempts as may be.
    fn begin(&mut self) {
        while self.attempts.len() < self.engine.config.limits.attempts {
            let Some((mail, place, low)) = self.ready.next(|route| self.engine.routes.enter(route)) else {
                return;
            };
            self.look |= self.passed_over && low;
            let engine = self.engine.clone();
            self.attempts.spawn(async move { engine.work(Job { mail, place }).await });
        }
    }

    /// Reads what is due from the store.
    async fn claim(&mut self, now: Timestamp) {
        let begun = Instant::now();
        let store = &self.engine.store;
        let skip = self.ready.full();
        let passed_over = !skip.is_empty();
        let found = store.queue_claim(Claim { now, limit: self.ready.room().min(BATCH), skip }).await;
        let nothing = found.as_ref().is_ok_and(Vec::is_empty);
        let due = if nothing { store.queue_due(now).await } else { Ok(None) };
        // Looking for little in a long queue takes a tenth of the time at most.
        if found.as_ref().is_ok_and(|found| found.len() < BATCH / 2) {
            self.look_from = Instant::now() + (begun.elapsed() * 9).min(LONGEST_PAUSE);
        }
        match (found, due) {
            (Ok(found), Ok(due)) => {
                self.look = !nothing;
                self.passed_over = passed_over;
                self.due = due;
                for leased in found {
                    self.sort(leased);
                }
            }
            (Err(error), _) | (_, Err(error)) => {
                tracing::error!(%error, "cannot read the queue");
                self.look_from = Instant::now() + STORE_AGAIN;
            }
        }
    }

    /// Sorts the recipients of a mail by destination, so many of them to a transaction.
    fn sort(&mut self, leased: Leased) {
        let config = &self.engine.config;
        let smarthost = config.smarthost.as_ref().map(|(host, port)| format!("{host}:{port}"));
        let destination = |route: &str| match &smarthost {
            Some(smarthost) if !route.is_empty() && !self.engine.directory.is_local(route) => {
                smarthost.clone()
            }
            _ => route.to_owned(),
        };
        let mut counts: HashMap<String, usize> = HashMap::new();
        let most = config.limits.recipients.max(1);
        let parameters = Arc::new(Parameters::of(&leased.entry));
        let parts = leased.split_by(|recipient| {
            let destination = destination(&recipient.route);
            let count = counts.entry(destination.clone()).or_default();
            *count += 1;
            (destination, (*count - 1) / most)
        });
        for mail in parts {
            let route = mail.entry.recipients.first().map(|r| destination(&r.route)).unwrap_or_default();
            self.ready.push(&route, Asked { mail, parameters: parameters.clone() });
        }
    }

    /// After the clock was set back, mail may be due in a time that will not come for years: it is due now.
    async fn unstrand(&mut self, now: Timestamp) {
        let far = now.after(self.engine.config.schedule.longest() * 2);
        if let Err(error) = self.engine.store.queue_retry(Hurry::DueAfter(far), now).await {
            tracing::error!(%error, "cannot hurry the mails that the clock left behind");
        }
        self.look = true;
    }

    async fn stop(mut self) {
        let limits = &self.engine.config.limits;
        let finish = async { while self.attempts.join_next().await.is_some() {} };
        if tokio::time::timeout(limits.stop, finish).await.is_err() {
            tracing::warn!("attempts were cut short");
        }
        self.attempts.shutdown().await;
        let mut goodbyes = JoinSet::new();
        for link in self.engine.idle.drain() {
            goodbyes.spawn(link.close());
        }
        let goodbye = async { while goodbyes.join_next().await.is_some() {} };
        // Manners, not duty: the mails are settled.
        let _ = tokio::time::timeout(Duration::from_secs(1), goodbye).await;
    }
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A handle that is gone without a word has stopped the queue as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}
