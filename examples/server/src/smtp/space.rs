//! Whether there is room for another message.

use mailwright_smtp::types::{EnhancedStatus, Reply, ReplyCode};
use std::path::Path;

/// A message needs a file or two; the database and its log need some.
const INODES: u64 = 1000;

/// Refuses mail while the disk has not room for one and a half messages of the largest size: what is being received
/// already must not fail for what comes now.
///
/// # Errors
///
/// `452 4.3.1`, RFC 3463 §3.4.
pub(super) fn check(data: &Path, message_size: u64) -> Result<(), Reply> {
    // Where the system can not say, the store will.
    let Ok(disk) = rustix::fs::statvfs(data) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let full = free < message_size.saturating_add(message_size / 2);
    // Some file systems have no fixed number of inodes, and say that they have none.
    if full || (disk.f_files > 0 && disk.f_favail < INODES) {
        tracing::warn!(free, inodes = disk.f_favail, "the disk is nearly full: no mail is taken");
        let text = "Insufficient system storage";
        return Err(Reply::new(ReplyCode::NO_STORAGE, EnhancedStatus::transient(3, 1), text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_mail_where_there_is_no_room_for_it() {
        let here = Path::new("/");
        assert!(check(here, 1).is_ok());
        assert!(check(here, u64::MAX).unwrap_err().to_string().starts_with("452 4.3.1 "));
        assert!(check(Path::new("/no such place"), u64::MAX).is_ok());
    }
}
