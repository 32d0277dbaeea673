//! Whether there is room for another message.

use mailwright_smtp::types::{EnhancedStatus, Reply, ReplyCode};
use std::{
    path::Path,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// A message needs a file or two; the database and its log need some.
const INODES: u64 = 1000;
/// How long what the system said is believed. Should the disk fill meanwhile, the store refuses what comes.
const BELIEVED: Duration = Duration::from_secs(1);

/// What the disk has room for.
#[derive(Debug, Default)]
pub(crate) struct Space(Mutex<Option<(Instant, Free)>>);

/// What the system said: octets, and files where their number is fixed.
#[derive(Debug, Clone, Copy)]
struct Free {
    octets: u64,
    inodes: Option<u64>,
}

impl Space {
    /// Refuses mail while the disk has not room for one and a half messages of the largest size: what is being received
    /// already must not fail for what comes now.
    ///
    /// # Errors
    ///
    /// `452 4.3.1`, RFC 3463 §3.4.
    pub(super) fn check(&self, data: &Path, message_size: u64) -> Result<(), Reply> {
        // Where the system cannot say, the store will.
        let Some(free) = self.free(data) else { return Ok(()) };
        let full = free.octets < message_size.saturating_add(message_size / 2);
        if full || free.inodes.is_some_and(|inodes| inodes < INODES) {
            tracing::warn!(free.octets, free.inodes, "the disk is nearly full: no mail is taken");
            let text = "Insufficient system storage";
            return Err(Reply::new(ReplyCode::NO_STORAGE, EnhancedStatus::transient(3, 1), text));
        }
        Ok(())
    }

    fn free(&self, data: &Path) -> Option<Free> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, free)) = *last
            && at.elapsed() < BELIEVED
        {
            return Some(free);
        }
        let disk = rustix::fs::statvfs(data).ok()?;
        // Some file systems have no fixed number of inodes, and say that they have none.
        let inodes = (disk.f_files > 0).then_some(disk.f_favail);
        let free = Free { octets: disk.f_bavail.saturating_mul(disk.f_frsize), inodes };
        *last = Some((Instant::now(), free));
        Some(free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mail_where_there_is_no_room_for_it() {
        let (space, here) = (Space::default(), Path::new("/"));
        assert!(space.check(here, 1).is_ok());
        assert!(space.check(here, u64::MAX).unwrap_err().to_string().starts_with("452 4.3.1 "));
        assert!(Space::default().check(Path::new("/no such place"), u64::MAX).is_ok());
    }
}
