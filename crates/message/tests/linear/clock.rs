//! How long this thread has run: on a busy machine the time on a wall clock says little.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

static WALL: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Time that this thread had a processor, to a few milliseconds; where the system does not tell, time that went by.
pub(crate) fn ran() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|nanos| nanos.parse().ok());
    nanos.map_or_else(|| WALL.elapsed(), Duration::from_nanos)
}
