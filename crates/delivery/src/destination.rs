//! Destinations as last found out: in a rush of mail one look-up serves many.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use mailwright_mx::dane::Requirement;
use mailwright_mx::sts::Policy;
use mailwright_mx::{Host, Name, Outcome, Resolve};
use mailwright_store::Store;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::transport::Transport;

/// How long what was found out serves other mails. The resolver has a cache that keeps to the TTLs; this only saves the
/// work of asking it anew for each of thousands of mails a second.
const KEEP: Duration = Duration::from_secs(1);
/// Destinations kept at once; beyond that they are found out for each mail.
const MOST: usize = 10_000;

/// A destination: its plan, its policy, and what its hosts' TLSA records demand.
#[derive(Debug)]
pub(crate) struct Destination {
    pub(crate) planned: Outcome,
    /// The MTA-STS policy in force.
    pub(crate) policy: Option<Policy>,
    /// One for each host of the plan, found out when the host is first tried.
    pub(crate) demands: Vec<OnceCell<(Requirement, Vec<Name>)>>,
}

type Cell = Arc<OnceCell<Arc<Destination>>>;

/// The destinations of the last moment.
#[derive(Debug, Default)]
pub(crate) struct Destinations(Mutex<HashMap<String, (Instant, Cell)>>);

impl Destinations {
    /// The place of a destination, empty or filled.
    fn cell(&self, domain: &str) -> Cell {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |since: &Instant| since.elapsed() < KEEP;
        if let Some((since, cell)) = table.get(domain)
            && fresh(since)
        {
            return cell.clone();
        }
        if table.len() >= MOST {
            table.retain(|_, (since, _)| fresh(since));
        }
        let cell = Cell::default();
        if table.len() < MOST {
            table.insert(domain.to_owned(), (Instant::now(), cell.clone()));
        }
        cell
    }
}

impl<S: Store, R: Resolve + 'static, T: Transport, D: Directory, C: Clock> Engine<S, R, T, D, C> {
    /// Finds a destination out, or takes what was found out a moment ago.
    pub(crate) async fn destination(&self, domain: &str, seed: u64) -> Arc<Destination> {
        let cell = self.destinations.cell(domain);
        let find = async {
            let planned = self.plan(domain, seed).await;
            let hosts = planned.result.as_ref().map_or(0, |route| route.hosts.len());
            let policy = if hosts > 0 { self.policy(domain).await } else { None };
            let demands = (0..hosts).map(|_| OnceCell::new()).collect();
            Arc::new(Destination { planned, policy, demands })
        };
        cell.get_or_init(|| find).await.clone()
    }
}

/// The hosts in the order for one mail: equals take turns, so that mails that share a plan are spread all the same
/// (RFC 5321 §5.1). Each with its place in the plan.
pub(crate) fn in_turn(hosts: &[Host], dice: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..hosts.len()).collect();
    for equals in order.chunk_by_mut(|a, b| hosts[*a].preference == hosts[*b].preference) {
        let by = usize::try_from(dice % equals.len() as u64).unwrap_or(0);
        equals.rotate_left(by);
    }
    order
}
