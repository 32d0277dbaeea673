//! How many attempts run to each destination: few to begin with, more as they succeed.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

/// The destinations that attempts are under way to.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    first: usize,
    most: usize,
    table: Arc<Mutex<HashMap<Arc<str>, Route>>>,
    freed: mpsc::UnboundedSender<Arc<str>>,
}

#[derive(Debug)]
struct Route {
    active: usize,
    limit: usize,
    /// Successes since the limit last rose.
    run: usize,
}

/// The right to one attempt to a destination; ends when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    routes: Routes,
    route: Arc<str>,
}

impl Routes {
    /// With `first` attempts to a destination at the start and `most` in the end. The receiver is told the name of a
    /// destination whenever a place there is given back; there are never more of these than attempts.
    pub(crate) fn new(first: usize, most: usize) -> (Self, mpsc::UnboundedReceiver<Arc<str>>) {
        let (freed, told) = mpsc::unbounded_channel();
        (Self { first: first.max(1), most: most.max(first).max(1), table: Arc::default(), freed }, told)
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<Arc<str>, Route>) -> T) -> T {
        act(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A place, unless there are as many attempts as may be.
    pub(crate) fn enter(&self, route: &Arc<str>) -> Option<Place> {
        let entered = self.with(|table| {
            let first = self.first;
            let entry = table.entry(route.clone()).or_insert(Route { active: 0, limit: first, run: 0 });
            let free = entry.active < entry.limit;
            entry.active += usize::from(free);
            free
        });
        entered.then(|| Place { routes: self.clone(), route: route.clone() })
    }
}

impl Place {
    /// A mail was taken: after as many as run at once, one more may run.
    pub(crate) fn went_well(&self) {
        self.routes.with(|table| {
            if let Some(route) = table.get_mut(&self.route) {
                route.run += 1;
                if route.run >= route.limit && route.limit < self.routes.most {
                    route.limit += 1;
                    route.run = 0;
                }
            }
        });
    }

    /// No connection, or a broken one: one fewer, down to one.
    pub(crate) fn went_badly(&self) {
        self.routes.with(|table| {
            if let Some(route) = table.get_mut(&self.route) {
                route.limit = (route.limit - 1).max(1);
                route.run = 0;
            }
        });
    }
}

impl Drop for Place {
    /// A destination is forgotten with its last attempt, so the table is no larger than what runs.
    fn drop(&mut self) {
        self.routes.with(|table| {
            if let Some(route) = table.get_mut(&self.route) {
                route.active -= 1;
                if route.active == 0 {
                    table.remove(&self.route);
                }
            }
        });
        // Without a queue that listens there is nothing to tell.
        let _ = self.routes.freed.send(self.route.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrency_climbs_with_success_and_falls_with_failure() {
        let (routes, mut freed) = Routes::new(2, 4);
        let (a, b): (Arc<str>, Arc<str>) = ("a".into(), "b".into());
        let mut places = vec![routes.enter(&a).unwrap(), routes.enter(&a).unwrap()];
        assert!(routes.enter(&a).is_none());
        assert!(routes.enter(&b).is_some(), "another destination is not concerned");
        assert_eq!(freed.try_recv().unwrap(), b, "and its place is free again");
        for _ in 0..100 {
            places[0].went_well();
        }
        places.extend([routes.enter(&a).unwrap(), routes.enter(&a).unwrap()]);
        assert!(routes.enter(&a).is_none(), "no more than four, whatever happens");
        (0..9).for_each(|_| places[0].went_badly());
        places.truncate(1);
        assert!(routes.enter(&a).is_none(), "down to one");
        places.clear();
        assert!(routes.with(|table| table.is_empty()));
    }
}
