//! Where mail for a domain goes, and why: MX resolution as a plan without I/O.
//!
//! A [`Plan`] asks DNS questions ([`Plan::poll`]) and takes the answers ([`Plan::feed`]); it ends in an [`Outcome`]: the
//! hosts to try, best first, each with its addresses, or the reason there is none, with its enhanced status code. The
//! rules are RFC 5321 §5.1, with null MX (RFC 7505), DNSSEC states for DANE (RFC 7672), and addresses that mail must not
//! be relayed to. The outcome tells its own story: `println!("{outcome}")` explains every host that was considered.
//!
//! ```
//! use mailwright_mx::{Options, Plan, resolve, scripted::Scripted};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! // Any `Resolve` will do; the feature `resolver` brings one for the real DNS.
//! let dns = Scripted::parse(
//!     "example.test      MX  10 mx1.example.test
//!      example.test      MX  20 mx2.example.test
//!      mx1.example.test  A   192.0.2.1
//!      mx2.example.test  A   127.0.0.1",
//! )?;
//! let outcome = resolve(Plan::new("example.test", Options::default()), &dns).await;
//! assert!(outcome.to_string().starts_with("example.test: mail goes to 1 host, 1 address\n"));
//! assert!(outcome.to_string().contains("127.0.0.1 (not used: a loopback address)"));
//! let route = outcome.result?;
//! assert_eq!(route.hosts[0].name, "mx1.example.test");
//! # Ok::<(), Box<dyn std::error::Error>>(()) })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The rules, where RFC 5321 leaves a choice
//!
//! | Situation | End |
//! |---|---|
//! | the domain does not exist | 5.1.2 |
//! | null MX (RFC 7505) | 5.1.10 |
//! | no MX, but an address | the domain is its own host, preference 0 |
//! | neither MX nor address | 5.4.4 |
//! | MX hosts, none of which exists or has an address | 5.4.4; 4.4.3 if one of them could not be found out |
//! | SERVFAIL, REFUSED, no answer, nonsense, a failed DNSSEC validation, an alias loop | 4.4.3 |
//! | the best host is this server | 5.4.6 |
//! | only private, loopback or similar addresses | 5.4.4, unless allowed |
//!
//! # Features
//!
//! Without features: no I/O, no clock, no randomness (the caller gives a seed), no dependency but `thiserror`.
//! `idna`: U-labels. `serde`: outcomes serialise. `resolver`: the DNS by hickory-resolver and tokio. `dnssec`: validation
//! in that resolver, from the root's keys or from trust anchors of your own; what fails it is never taken for unsigned. `hickory-proto`: questions and answers to and from DNS messages, for those with a transport of their
//! own.
//!
//! # Modules
//!
//! The plan and its parts are at the root; [`scripted`] is a resolver for tests; [`dane`] (RFC 7672) and [`sts`]
//! (RFC 8461) say how a host is to be secured, and [`tlsrpt`] (RFC 8460) who wants to know how that went; `resolver`
//! (feature) is the real DNS.
//!
//! # What it does not do
//!
//! The plan does not connect to anything, remember anything, or validate DNSSEC: it carries what the resolver says of it.
mod address;
pub mod dane;
mod explain;
mod limits;
mod name;
mod outcome;
mod plan;
mod query;
mod resolve;
#[cfg(feature = "resolver")]
pub mod resolver;
pub mod scripted;
pub mod sts;
pub mod tlsrpt;
#[cfg(feature = "hickory-proto")]
mod wire;

pub use address::{Reach, address_literal};
pub use limits::Limits;
pub use name::{MAX_LABEL, MAX_NAME, Name, NameError};
pub use outcome::{
    AddressVerdict, Candidate, Host, HostTrust, Lookup, Outcome, Reason, Route, Status, Unroutable, Verdict,
};
pub use plan::{Families, NotAsked, Options, Plan, Step};
pub use query::{Answer, Data, Failure, Kind, Query, Record, Security};
pub use resolve::{Resolve, resolve};
