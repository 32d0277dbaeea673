//! The queue at work: what is due is attempted, within bounds, until it is told to stop.
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mailwright_mx::Resolve;
use mailwright_store::{Claim, Leased, QueueEntry, RecipientState, Store, Timestamp};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::attempt::Job;
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::transport::Transport;

/// How often connections that wait are looked through.
const SWEEP: Duration = Duration::from_secs(1);
/// The wait after the store failed.
const STORE_AGAIN: Duration = Duration::from_secs(2);
/// Entries read at a time in a scan of the whole queue.
const SCAN: usize = 500;

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
        let engine = Arc::new(Engine::new(store, resolver, transport, directory, clock, config));
        Self { stop, task: tokio::spawn(run(engine, stopping)) }
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

async fn run<S, R, T, D, C>(engine: Arc<Engine<S, R, T, D, C>>, mut stopping: watch::Receiver<bool>)
where
    S: Store,
    R: Resolve + 'static,
    T: Transport,
    D: Directory,
    C: Clock,
{
    let mut events = engine.store.queue_watch();
    let mut attempts = JoinSet::new();
    let mut latest = engine.clock.now();
    unstrand(&engine, latest).await;
    while !*stopping.borrow() {
        let now = engine.clock.now();
        if now.after(Duration::from_mins(1)) < latest {
            tracing::warn!("the clock was set back");
            unstrand(&engine, now).await;
        }
        latest = now;
        events.borrow_and_update();
        let free = engine.config.limits.attempts.saturating_sub(attempts.len());
        let begun = if free == 0 { Ok(0) } else { begin(&engine, now, free, &mut attempts).await };
        let due = match begun {
            Ok(0) if free > 0 => engine.store.queue_due(engine.routes.busy()).await,
            Ok(_) if free > 0 => continue,
            Ok(_) => Ok(None),
            Err(error) => Err(error),
        };
        let due = due.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot read the queue");
            Some(now.after(STORE_AGAIN))
        });
        tokio::select! {
            () = stopped(&mut stopping) => break,
            _ = events.changed(), if free > 0 => {}
            Some(_) = attempts.join_next() => {}
            () = engine.clock.until(due.unwrap_or(now)), if due.is_some() => {
                // A store that names a time it then claims nothing for must not make this spin.
                if due.is_some_and(|due| due <= now) {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            () = tokio::time::sleep(SWEEP), if !engine.idle.is_empty() => sweep(&engine),
        }
    }
    let finish = async { while attempts.join_next().await.is_some() {} };
    if tokio::time::timeout(engine.config.limits.stop, finish).await.is_err() {
        tracing::warn!("attempts were cut short");
    }
    attempts.shutdown().await;
    let mut goodbyes = JoinSet::new();
    for link in engine.idle.drain() {
        goodbyes.spawn(crate::transport::Link::close(link));
    }
    let goodbye = async { while goodbyes.join_next().await.is_some() {} };
    // Manners, not duty: the mails are settled.
    let _ = tokio::time::timeout(Duration::from_secs(1), goodbye).await;
}

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A handle that is gone without a word has stopped the queue as well.
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Begins attempts for what is due; how many.
async fn begin<S, R, T, D, C>(
    engine: &Arc<Engine<S, R, T, D, C>>,
    now: Timestamp,
    free: usize,
    attempts: &mut JoinSet<()>,
) -> Result<usize, mailwright_store::Error>
where
    S: Store,
    R: Resolve + 'static,
    T: Transport,
    D: Directory,
    C: Clock,
{
    let claim = Claim { now, limit: free, skip: engine.routes.busy() };
    let mut begun = 0;
    for leased in engine.store.queue_claim(claim).await? {
        for job in jobs(engine, leased) {
            let engine = engine.clone();
            begun += 1;
            attempts.spawn(async move { engine.work(job).await });
        }
    }
    Ok(begun)
}

/// Sorts the recipients of an entry by destination. Those whose destination is busy are given back.
fn jobs<S, R, T, D, C>(engine: &Engine<S, R, T, D, C>, leased: Leased) -> Vec<Job>
where
    S: Store,
    R: Resolve + 'static,
    T: Transport,
    D: Directory,
    C: Clock,
{
    let entry = QueueEntry { recipients: Vec::new(), ..leased.entry.clone() };
    let mut routes: HashMap<String, Vec<Leased>> = HashMap::new();
    for single in leased.split() {
        let route = single.entry.recipients.first().map(|r| r.route.clone()).unwrap_or_default();
        routes.entry(route).or_default().push(single);
    }
    let mut jobs = Vec::new();
    for (route, mut leases) in routes {
        while !leases.is_empty() {
            let Some(place) = engine.routes.enter(&route) else { break };
            let rest = leases.split_off(leases.len().min(engine.config.limits.recipients.max(1)));
            let recipients = leases.iter().flat_map(|lease| lease.entry.recipients.clone()).collect();
            jobs.push(Job { entry: QueueEntry { recipients, ..entry.clone() }, leases, place });
            leases = rest;
        }
    }
    jobs
}

fn sweep<S, R, T: Transport, D, C>(engine: &Engine<S, R, T, D, C>)
where
    S: Store,
    R: Resolve + 'static,
    D: Directory,
    C: Clock,
{
    for link in engine.idle.stale() {
        tokio::spawn(crate::transport::Link::close(link));
    }
}

/// After the clock was set back, mail may be due in a time that will not come for years: it is due now.
async fn unstrand<S, R, T: Transport, D, C: Clock>(engine: &Engine<S, R, T, D, C>, now: Timestamp)
where
    S: Store,
{
    let far = now.after(engine.config.schedule.longest() * 2);
    let stranded = |entry: &QueueEntry| {
        entry.recipients.iter().any(|r| matches!(r.state, RecipientState::Waiting(due) if due > far))
    };
    let mut after = None;
    loop {
        let entries = match engine.store.queue_list(after, SCAN).await {
            Ok(entries) => entries,
            Err(error) => return tracing::error!(%error, "cannot read the queue"),
        };
        let Some(last) = entries.last() else { return };
        after = Some(last.id);
        for entry in entries.iter().filter(|entry| stranded(entry)) {
            if let Err(error) = engine.store.queue_retry(Some(entry.id), now).await {
                tracing::error!(entry = %entry.id, %error, "cannot hurry a mail that the clock left behind");
            }
        }
    }
}
