//! Which policy is in force: the cache, the record, and the fetch that the caller performs (RFC 8461 §3.3, §5.1).
use std::time::Duration;

use super::policy::{MAX_BODY, Policy, PolicyError};
use crate::name::Name;

/// After a failed fetch, how long the same version is not fetched again (RFC 8461 §3.3).
const FETCH_AGAIN: Duration = Duration::from_mins(5);
/// After this time a policy is fetched anew although it still holds (RFC 8461 §3.3: "once per day").
const REFRESH: Duration = Duration::from_hours(24);

/// What the caller keeps for a domain, for as long as it holds: a cache must survive restarts to be of use.
///
/// Times are seconds since any fixed moment; the same for all calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// The policy; `None` when only a failure is remembered.
    pub policy: Option<Policy>,
    /// The `id` of the record when it was fetched.
    pub id: String,
    /// When the policy was fetched.
    pub fetched: u64,
    /// The last fetch that failed, and the `id` then.
    pub failed: Option<(u64, String)>,
}

/// The first decision: is the policy at hand good enough, or is there one to fetch?
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// No policy: deliver as without MTA-STS.
    Nothing,
    /// This policy is in force.
    InForce(Policy),
    /// Fetch, then decide by [`Fetch::found`].
    Fetch(Fetch),
}

/// A policy to be fetched by HTTPS GET. The caller checks the certificate for [`Fetch::host`] by the public roots, follows
/// no redirect, uses no HTTP cache, reads at most [`MAX_BODY`] octets and waits at most a minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// The policy domain.
    pub domain: Name,
    /// The new `id`.
    pub id: String,
    /// What is cached: in force if the fetch fails.
    cached: Option<Cached>,
    now: u64,
}

/// What an HTTPS server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// `Content-Type`, as sent.
    pub content_type: String,
    /// The body, or its first [`MAX_BODY`] + 1 octets.
    pub body: Vec<u8>,
}

/// Why there is no answer of a policy host, in the words of the one who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoResponse {
    /// No address, no connection, no HTTP, or a time limit.
    #[error("{0}")]
    Unreachable(String),
    /// Its certificate is not good for it.
    #[error("{0}")]
    Certificate(String),
}

/// Why what was fetched is no policy. Reported by TLSRPT as `sts-policy-fetch-error`, `sts-webpki-invalid` or
/// `sts-policy-invalid` (RFC 8460 §4.3.2.2).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No answer by HTTPS.
    #[error(transparent)]
    NoResponse(#[from] NoResponse),
    /// A status other than 200; a redirect is not followed.
    #[error("the policy host answered with status {0}")]
    Status(u16),
    /// Not `text/plain`.
    #[error("the policy is {0:?} and not text/plain")]
    MediaType(String),
    /// Not a policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// What came of a fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The policy in force; `None`: deliver as without MTA-STS.
    pub policy: Option<Policy>,
    /// To be kept instead of what was.
    pub cached: Cached,
    /// What was wrong with the fetch, to be logged and reported.
    pub rejected: Option<Rejected>,
}

impl Cached {
    /// The policy, if it still holds.
    fn in_force(&self, now: u64) -> Option<&Policy> {
        let policy = self.policy.as_ref()?;
        (now.saturating_sub(self.fetched) < policy.max_age.as_secs()).then_some(policy)
    }
}

impl Discovery {
    /// Decides from what is cached and the `id` of the record, which is `None` where there is no valid record or the
    /// question failed: a policy that holds stays in force without one.
    pub fn new(domain: &Name, cached: Option<Cached>, id: Option<&str>, now: u64) -> Self {
        let in_force = cached.as_ref().and_then(|cached| cached.in_force(now)).cloned();
        let at_hand = in_force.map_or(Self::Nothing, Self::InForce);
        let Some(id) = id else { return at_hand };
        if let Some(cached) = &cached {
            let fresh = now.saturating_sub(cached.fetched) < REFRESH.as_secs();
            let current = matches!(at_hand, Self::InForce(_)) && cached.id == id && fresh;
            let failed = cached.failed.as_ref().is_some_and(|(when, failed)| {
                failed == id && now.saturating_sub(*when) < FETCH_AGAIN.as_secs()
            });
            if current || failed {
                return at_hand;
            }
        }
        Self::Fetch(Fetch { domain: domain.clone(), id: id.to_owned(), cached, now })
    }
}

impl Fetch {
    /// The host to fetch from, which the certificate must name.
    pub fn host(&self) -> Name {
        self.domain.prefixed("mta-sts")
    }

    /// The address of the policy.
    pub fn url(&self) -> String {
        format!("https://{}/.well-known/mta-sts.txt", self.host())
    }

    /// Takes what was fetched. A failure leaves the cached policy in force for as long as it holds.
    pub fn found(self, response: Result<Response, NoResponse>) -> Found {
        let (id, now) = (self.id, self.now);
        let accepted = response.map_err(Rejected::from).and_then(|response| accept(&response));
        match accepted {
            Ok(policy) => {
                let cached = Cached { policy: Some(policy.clone()), id, fetched: now, failed: None };
                Found { policy: Some(policy), cached, rejected: None }
            }
            Err(rejected) => {
                let nothing = Cached { policy: None, id: String::new(), fetched: now, failed: None };
                let mut cached = self.cached.unwrap_or(nothing);
                cached.failed = Some((now, id));
                let policy = cached.in_force(now).cloned();
                Found { policy, cached, rejected: Some(rejected) }
            }
        }
    }
}

fn accept(response: &Response) -> Result<Policy, Rejected> {
    if response.status != 200 {
        return Err(Rejected::Status(response.status));
    }
    let media_type = response.content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("text/plain") {
        return Err(Rejected::MediaType(media_type.chars().take(100).collect()));
    }
    let end = response.body.len().min(MAX_BODY + 1);
    Ok(Policy::parse(&response.body[..end])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sts::Mode;

    const BODY: &str = "version: STSv1\nmode: enforce\nmx: mx.d.test\nmax_age: 86400000\n";
    const DAY: u64 = 86_400;

    fn domain() -> Name {
        Name::from_dns("d.test")
    }

    #[expect(clippy::unnecessary_wraps, reason = "it stands beside failures in tables")]
    fn ok(status: u16, content_type: &str, body: &str) -> Result<Response, NoResponse> {
        Ok(Response { status, content_type: content_type.into(), body: body.into() })
    }

    fn fetch(cached: Option<Cached>, id: &str, now: u64) -> Fetch {
        match Discovery::new(&domain(), cached, Some(id), now) {
            Discovery::Fetch(fetch) => fetch,
            other => panic!("{other:?}"),
        }
    }

    fn cached() -> Cached {
        fetch(None, "1", 0).found(ok(200, "text/plain", BODY)).cached
    }

    #[test]
    fn a_policy_is_fetched_once_and_again_when_its_id_changes_or_after_a_day() {
        let first = fetch(None, "1", 0);
        assert_eq!(first.url(), "https://mta-sts.d.test/.well-known/mta-sts.txt");
        let found = first.found(ok(200, "Text/Plain; charset=utf-8", BODY));
        assert_eq!(found.policy.map(|policy| policy.mode), Some(Mode::Enforce));
        let again = |id, now| Discovery::new(&domain(), Some(found.cached.clone()), id, now);
        assert!(matches!(again(Some("1"), DAY - 1), Discovery::InForce(_)));
        assert!(matches!(again(Some("1"), DAY), Discovery::Fetch(_)));
        assert!(matches!(again(Some("2"), 1), Discovery::Fetch(_)));
    }

    #[test]
    fn a_policy_that_holds_stays_in_force_without_record_or_host() {
        let policy = cached().policy;
        assert!(matches!(Discovery::new(&domain(), Some(cached()), None, DAY * 100), Discovery::InForce(_)));
        for failure in [
            Err(NoResponse::Unreachable("no route".into())),
            Err(NoResponse::Certificate("of another".into())),
            ok(301, "text/plain", BODY),
            ok(404, "text/plain", BODY),
            ok(200, "text/html", BODY),
            ok(200, "text/plain", "nonsense"),
        ] {
            let found = fetch(Some(cached()), "2", 10).found(failure.clone());
            assert_eq!(found.policy, policy, "{failure:?}");
            assert!(found.rejected.is_some());
            let soon = Discovery::new(&domain(), Some(found.cached.clone()), Some("2"), 11);
            assert!(matches!(soon, Discovery::InForce(_)), "not fetched again at once");
            assert!(matches!(
                Discovery::new(&domain(), Some(found.cached.clone()), Some("3"), 11),
                Discovery::Fetch(_)
            ));
            assert!(matches!(
                Discovery::new(&domain(), Some(found.cached), Some("2"), 310),
                Discovery::Fetch(_)
            ));
        }
    }

    #[test]
    fn an_old_policy_and_a_failed_fetch_leave_nothing() {
        let old = Cached {
            policy: cached().policy.map(|p| Policy { max_age: Duration::from_secs(5), ..p }),
            ..cached()
        };
        assert_eq!(Discovery::new(&domain(), Some(old.clone()), None, 5), Discovery::Nothing);
        let found = fetch(Some(old), "1", 5).found(Err(NoResponse::Unreachable("no route".into())));
        assert_eq!(found.policy, None);
        let found = fetch(None, "1", 5).found(Err(NoResponse::Unreachable("no route".into())));
        assert_eq!(found.policy, None);
        assert_eq!(Discovery::new(&domain(), Some(found.cached), Some("1"), 6), Discovery::Nothing);
        assert_eq!(Discovery::new(&domain(), None, None, 0), Discovery::Nothing);
    }
}
