//! How much mail an account or a network sends in an hour.

use crate::listen::network;
use mailwright_smtp::types::{EnhancedStatus, Reply, ReplyCode};
use mailwright_store::AccountId;
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

const HOUR: Duration = Duration::from_hours(1);
/// How many senders are remembered at once.
const SIZE: usize = 50_000;

/// Who is counted, and what of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    /// The messages of an account.
    AccountMessages(AccountId),
    /// The recipients of an account's messages.
    AccountRecipients(AccountId),
    /// The messages of an IPv4 address or an IPv6 /64.
    PeerMessages(IpAddr),
}

impl Counted {
    pub(crate) fn peer(peer: IpAddr) -> Self {
        Self::PeerMessages(network(peer))
    }
}

/// The counts, each with when its hour began.
#[derive(Debug, Default)]
pub(crate) struct Rates(Mutex<HashMap<Counted, (Instant, u32)>>);

impl Rates {
    /// Counts one more.
    ///
    /// # Errors
    ///
    /// `450 4.7.1`, if there were as many as the limit within the hour.
    pub(crate) fn count(&self, what: Counted, limit: Option<u32>, now: Instant) -> Result<(), Reply> {
        let Some(limit) = limit else { return Ok(()) };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |began: &Instant| now.saturating_duration_since(*began) >= HOUR;
        if counts.len() >= SIZE {
            counts.retain(|_, (began, _)| !over(began));
            if counts.len() >= SIZE {
                counts.clear(); // a crowd like this is stopped elsewhere, or by nothing
            }
        }
        let (began, count) = counts.entry(what).or_insert((now, 0));
        if over(began) {
            (*began, *count) = (now, 0);
        }
        if *count >= limit {
            let text = match what {
                Counted::AccountRecipients(_) => "Too many recipients within an hour, try again later",
                _ => "Too many messages within an hour, try again later",
            };
            return Err(Reply::new(ReplyCode::MAILBOX_BUSY, EnhancedStatus::transient(7, 1), text));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_within_an_hour_for_each() {
        let (rates, start) = (Rates::default(), Instant::now());
        let account = |n| Counted::AccountMessages(AccountId::new(n));
        let at = |seconds| start + Duration::from_secs(seconds);
        for n in 0..3 {
            assert!(rates.count(account(1), Some(3), at(n)).is_ok());
        }
        assert!(
            rates.count(account(1), Some(3), at(3599)).unwrap_err().to_string().starts_with("450 4.7.1 ")
        );
        assert!(rates.count(account(2), Some(3), at(3599)).is_ok());
        assert!(rates.count(Counted::AccountRecipients(AccountId::new(1)), Some(3), at(3599)).is_ok());
        assert!(rates.count(account(1), Some(3), at(3600)).is_ok());
        assert!(rates.count(account(1), None, at(3600)).is_ok());
        let peer = |ip: &str| rates.count(Counted::peer(ip.parse().unwrap()), Some(1), at(0));
        assert!(
            peer("2001:db8::1").is_ok() && peer("2001:db8::2").is_err() && peer("2001:db8:0:1::1").is_ok()
        );
    }

    #[test]
    fn a_crowd_does_not_fill_the_memory() {
        let (rates, now) = (Rates::default(), Instant::now());
        for n in 0..120_000u32 {
            rates.count(Counted::PeerMessages(IpAddr::V4(n.into())), Some(1), now).unwrap();
        }
        assert!(rates.0.lock().unwrap().len() <= SIZE);
    }
}
