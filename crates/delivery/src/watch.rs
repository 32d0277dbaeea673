//! Connecting, and counting how TLS went where somebody wants to know (RFC 8460 §4).
use mailwright_mx::dane::Requirement;
use mailwright_mx::sts::Mode;
use mailwright_mx::{Failure, Host, Name, Resolve};
use mailwright_store::Store;

use crate::clock::Clock;
use crate::destination::Destination;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::facts::Step;
use crate::tlsrpt::{Policy, Session, TlsResults, Verdict};
use crate::transport::{Fault, Link, Peer, Protection, Transport};

/// What is counted of the connections to one host.
pub(crate) struct Watch<'a> {
    results: &'a TlsResults,
    domain: &'a str,
    policy: Policy,
    /// The policy would have a certificate that it does not insist on yet.
    testing: bool,
}

impl Watch<'_> {
    fn failed(&self, mx: &str, address: Option<std::net::IpAddr>, verdict: Verdict, reason: &str) {
        let (mx, reason) = (mx.to_owned(), reason.to_owned());
        self.results.failed(self.domain, &self.policy, Session { mx, address, verdict, reason });
    }

    fn note<L: Link>(&self, peer: &Peer, connected: Result<&L, &Fault>) {
        let (verdict, reason) = match connected {
            Ok(link) if link.tls().is_some() => return self.results.succeeded(self.domain, &self.policy),
            Ok(_) => (Verdict::StarttlsNotSupported, "no STARTTLS"),
            Err(fault) if fault.step == Step::Tls => {
                (fault.verdict.unwrap_or(Verdict::ValidationFailure), fault.text.as_str())
            }
            // It did not come to TLS.
            Err(_) => return,
        };
        self.failed(&peer.host, Some(peer.address.ip()), verdict, reason);
    }
}

impl<S: Store, R: Resolve + 'static, T: Transport, D: Directory, C: Clock> Engine<S, R, T, D, C> {
    /// What is to be counted of a host: `protection` is how it is to be secured, or why it is not used.
    pub(crate) fn watch<'a>(
        &'a self,
        domain: &'a str,
        destination: &Destination,
        (at, host): (usize, &Host),
        protection: Result<&Protection, &str>,
    ) -> Option<Watch<'a>> {
        let results = self.config.tls_results.as_ref().filter(|_| self.config.smarthost.is_none())?;
        let sts = destination.policy.as_ref().filter(|policy| policy.mode != Mode::None);
        let listed = sts.is_none_or(|policy| policy.permits(&Name::from_dns(&host.name)));
        let demand = destination.demands[at].get().map(|(requirement, _)| requirement);
        let policy = match (demand, sts) {
            (Some(Requirement::Authenticate(records)), _) => Policy::tlsa(&host.name, records),
            (Some(Requirement::Encrypt | Requirement::Unknown(_)), _) => Policy::tlsa(&host.name, &[]),
            (_, Some(policy)) => Policy::sts(policy),
            (_, None) => Policy::none(),
        };
        let testing = protection.is_ok_and(|protection| *protection == Protection::Opportunistic)
            && sts.is_some_and(|policy| policy.mode == Mode::Testing);
        let watch =
            Watch { results, domain, policy, testing: testing && listed && self.config.roots.is_some() };
        match (protection, demand) {
            (Err(why), Some(Requirement::Unknown(Failure::Bogus))) => {
                watch.failed(&host.name, None, Verdict::DnssecInvalid, why);
            }
            (Err(why), _) => watch.failed(&host.name, None, Verdict::ValidationFailure, why),
            (Ok(_), _) if testing && !listed => {
                watch.failed(&host.name, None, Verdict::ValidationFailure, "the policy does not list it");
            }
            _ => {}
        }
        Some(watch)
    }

    /// Connects; where a policy is being tested, by its rule first and then without.
    pub(crate) async fn connect(&self, peer: &Peer, watch: Option<&Watch<'_>>) -> Result<T::Link, Fault> {
        let Some(watch) = watch else { return self.transport.connect(peer).await };
        if watch.testing {
            let strict = Peer { protection: Protection::Verified, ..peer.clone() };
            let connected = self.transport.connect(&strict).await;
            watch.note(peer, connected.as_ref());
            return match connected {
                Err(fault) if fault.step == Step::Tls => self.transport.connect(peer).await,
                connected => connected,
            };
        }
        let connected = self.transport.connect(peer).await;
        watch.note(peer, connected.as_ref());
        connected
    }
}
