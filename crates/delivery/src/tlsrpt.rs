//! How TLS went with each destination, as data for a day and as the report that its domain may ask for (RFC 8460).
//!
//! The queue counts into [`TlsResults`] as it connects. A caller who signs with DKIM, which RFC 8460 §3 demands of a
//! report, takes a day's worth with [`TlsResults::take`], asks the DNS who wants to know
//! ([`mailwright_mx::tlsrpt`]), and sends [`TlsReport::message`] there.
//!
//! ```
//! use mailwright_delivery::tlsrpt::{Policy, Session, TlsResults, Verdict};
//!
//! let results = TlsResults::default();
//! let session = Session { mx: "mx.example.test".into(), address: None, verdict: Verdict::CertificateExpired, reason: "".into() };
//! results.failed("example.test", &Policy::none(), session);
//! results.succeeded("example.test", &Policy::none());
//! let reports = results.take();
//! let json: serde_json::Value = serde_json::to_value(&reports["example.test"])?;
//! assert_eq!(json[0]["summary"]["total-failure-session-count"], 1);
//! assert_eq!(json[0]["failure-details"][0]["result-type"], "certificate-expired");
//! # Ok::<(), serde_json::Error>(())
//! ```
mod message;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

pub use message::TlsReport;

/// Domains counted at once; mail to others goes uncounted.
const DOMAINS: usize = 10_000;
/// Kinds of failure told apart for a policy; others are in the sum alone.
const DETAILS: usize = 100;

/// How a session failed (RFC 8460 §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The server did not offer TLS.
    StarttlsNotSupported,
    /// The certificate is for other names.
    CertificateHostMismatch,
    /// It is too old.
    CertificateExpired,
    /// Nobody who is trusted vouches for it.
    CertificateNotTrusted,
    /// TLS failed in another way.
    ValidationFailure,
    /// No TLSA record matches.
    TlsaInvalid,
    /// The DNSSEC signatures do not hold.
    DnssecInvalid,
    /// The policy could not be fetched.
    StsPolicyFetchError,
    /// What was fetched is no policy, or does not list the host.
    StsPolicyInvalid,
    /// The policy host's own certificate is not good.
    StsWebpkiInvalid,
}

/// The policy that was applied (RFC 8460 §4.4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Policy {
    /// `tlsa`, `sts` or `no-policy-found`.
    pub policy_type: String,
    /// The policy itself: lines of the policy file, or TLSA records.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub policy_string: Vec<String>,
    /// The patterns of an MTA-STS policy, or the host of TLSA records.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub mx_host: Vec<String>,
}

impl Policy {
    /// There was none.
    pub fn none() -> Self {
        Self { policy_type: "no-policy-found".into(), policy_string: Vec::new(), mx_host: Vec::new() }
    }

    /// MTA-STS.
    pub fn sts(policy: &mailwright_mx::sts::Policy) -> Self {
        Self {
            policy_type: "sts".into(),
            policy_string: policy.to_string().lines().map(str::to_owned).collect(),
            mx_host: policy.mx.iter().map(ToString::to_string).collect(),
        }
    }

    /// DANE: the usable TLSA records of a host.
    pub fn tlsa(host: &str, records: &[mailwright_mx::dane::Tlsa]) -> Self {
        Self {
            policy_type: "tlsa".into(),
            policy_string: records.iter().map(ToString::to_string).collect(),
            mx_host: vec![host.to_owned()],
        }
    }
}

/// A session that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The host, by its MX record.
    pub mx: String,
    /// Its address, where it came to that.
    pub address: Option<IpAddr>,
    /// What was wrong.
    pub verdict: Verdict,
    /// The same in words.
    pub reason: String,
}

/// What is reported of one policy of a domain. Serialises as an element of `policies`, but for `policy-domain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PolicyResult {
    /// The policy.
    pub policy: Policy,
    /// How many sessions went which way.
    pub summary: Summary,
    /// Those that failed, by kind.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub failure_details: Vec<FailureDetail>,
}

/// How many sessions went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// With TLS as the policy has it.
    pub total_successful_session_count: u64,
    /// Without, or not at all.
    pub total_failure_session_count: u64,
}

/// Failures of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FailureDetail {
    /// What was wrong.
    pub result_type: Verdict,
    /// The host.
    pub receiving_mx_hostname: String,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receiving_ip: Option<IpAddr>,
    /// How often.
    pub failed_session_count: u64,
    /// The first of them in words.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub failure_reason_code: String,
}

/// The results of a while, by domain. Clones share what they count.
#[derive(Clone, Debug, Default)]
pub struct TlsResults(Arc<Mutex<BTreeMap<String, Vec<PolicyResult>>>>);

impl TlsResults {
    /// Takes what was counted since the last time, to begin anew: called at midnight UTC it is the report of a day.
    pub fn take(&self) -> BTreeMap<String, Vec<PolicyResult>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A session had TLS as the policy has it.
    pub fn succeeded(&self, domain: &str, policy: &Policy) {
        self.count(domain, policy, |result| result.summary.total_successful_session_count += 1);
    }

    /// A session had not.
    pub fn failed(&self, domain: &str, policy: &Policy, session: Session) {
        self.count(domain, policy, |result| {
            result.summary.total_failure_session_count += 1;
            let Session { mx, address, verdict, reason } = session;
            let same = |known: &&mut FailureDetail| {
                known.result_type == verdict
                    && known.receiving_mx_hostname == mx
                    && known.receiving_ip == address
            };
            if let Some(known) = result.failure_details.iter_mut().find(same) {
                known.failed_session_count += 1;
            } else if result.failure_details.len() < DETAILS {
                result.failure_details.push(FailureDetail {
                    result_type: verdict,
                    receiving_mx_hostname: mx,
                    receiving_ip: address,
                    failed_session_count: 1,
                    failure_reason_code: reason,
                });
            }
        });
    }

    fn count(&self, domain: &str, policy: &Policy, act: impl FnOnce(&mut PolicyResult)) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !table.contains_key(domain) {
            if table.len() >= DOMAINS {
                return;
            }
            table.insert(domain.to_owned(), Vec::new());
        }
        let Some(results) = table.get_mut(domain) else { return };
        let place = results.iter().position(|result| result.policy == *policy).unwrap_or(results.len());
        if place == results.len() {
            if results.len() >= DETAILS {
                return;
            }
            let (summary, failure_details) = (Summary::default(), Vec::new());
            results.push(PolicyResult { policy: policy.clone(), summary, failure_details });
        }
        act(&mut results[place]);
    }
}
