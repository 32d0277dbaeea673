//! How many attempts run to each destination: few to begin with, more as they succeed.
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The destinations that attempts are under way to.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    first: usize,
    most: usize,
    table: Arc<Mutex<HashMap<String, Route>>>,
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
    route: String,
}

impl Routes {
    pub(crate) fn new(first: usize, most: usize) -> Self {
        Self { first: first.max(1), most: most.max(first).max(1), table: Arc::default() }
    }

    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, Route>) -> T) -> T {
        act(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A place, unless there are as many attempts as may be.
    pub(crate) fn enter(&self, route: &str) -> Option<Place> {
        let entered = self.with(|table| {
            let first = self.first;
            let entry = table.entry(route.to_owned()).or_insert(Route { active: 0, limit: first, run: 0 });
            let free = entry.active < entry.limit;
            entry.active += usize::from(free);
            free
        });
        entered.then(|| Place { routes: self.clone(), route: route.to_owned() })
    }

    /// Destinations with as many attempts as may be.
    pub(crate) fn busy(&self) -> HashSet<String> {
        self.with(|table| {
            table
                .iter()
                .filter(|(_, route)| route.active >= route.limit)
                .map(|(name, _)| name.clone())
                .collect()
        })
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrency_climbs_with_success_and_falls_with_failure() {
        let routes = Routes::new(2, 4);
        let mut places = vec![routes.enter("a").unwrap(), routes.enter("a").unwrap()];
        assert!(routes.enter("a").is_none());
        assert!(routes.enter("b").is_some(), "another destination is not concerned");
        assert_eq!(routes.busy(), HashSet::from(["a".to_owned()]));
        for _ in 0..100 {
            places[0].went_well();
        }
        places.extend([routes.enter("a").unwrap(), routes.enter("a").unwrap()]);
        assert!(routes.enter("a").is_none(), "no more than four, whatever happens");
        (0..9).for_each(|_| places[0].went_badly());
        places.truncate(1);
        assert!(routes.enter("a").is_none(), "down to one");
        places.clear();
        assert!(routes.busy().is_empty());
        assert!(routes.with(|table| table.is_empty()));
    }
}
