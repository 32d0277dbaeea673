//! The outbound mail queue: attempts, retries and bounces.
//!
//! A server puts mail into the queue of its [store](mailwright_store) ([`Envelope::entry`]) in the same commit that
//! precedes its `250`; a [`Runner`] takes it from there, finds the hosts ([`mailwright_mx`]), speaks SMTP to them
//! ([`mailwright_smtp`]), tries again, and tells the sender when it gives up.
//!
//! - Hosts and addresses in the order of the plan; recipients of one mail with one destination share a transaction; each
//!   recipient has its own fate.
//! - A destination that is slow or dead never delays another: attempts per destination are few, and an address that could
//!   not be reached is left alone for a while.
//! - How an attempt went and the report that follows from it are one commit: a recipient is never done without its bounce.
//! - Every attempt is kept with its host, TLS, reply and times, and with the plan it followed: [`Story`] tells it.
//! - A host must be secured as DANE (RFC 7672) or the domain's MTA-STS policy (RFC 8461) says, or the mail waits; with
//!   `REQUIRETLS` (RFC 8689) it comes back where that cannot be had. [`Https`] fetches policies.
//! - Due mail waits in memory by destination ([`Limits::ready`]); the rest stays in the store, however much it is.
//! - A mail with `HOLDFOR` or `HOLDUNTIL` leaves when it may (RFC 4865), one with `BY` is given up or reported when it is
//!   late (RFC 2852), and `MT-PRIORITY` is the order among the mails of a destination that wait in memory (RFC 6710).
//! - `NOTIFY`, `RET`, `ENVID` and `ORCPT` are honoured (RFC 3461); reports have a null reverse path and get none. Senders
//!   and mail beyond US-ASCII get the forms of RFC 6533.
//!
//! ```no_run
//! use mailwright_delivery::{Config, Domains, Runner, SystemClock, transport::smtp::Smtp};
//! use mailwright_mx::resolver;
//! # async fn run(store: impl mailwright_store::Store) -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config::new("mail.example.test".parse()?);
//! let domains = Domains { store: store.clone(), domains: vec!["example.test".into()] };
//! let resolver = resolver::Resolver::new(&resolver::Config::default())?;
//! let runner = Runner::start(store, resolver, Smtp::new(&config), domains, SystemClock, config);
//! // ... until it is time:
//! runner.stop().await;
//! # Ok(()) }
//! ```
//!
//! # Modules
//!
//! [`transport`]: how a mail gets to a host, and the place for a test's own way. [`tls`]: TLS between servers.
//! [`tlsrpt`]: how that went, as data and as a report (RFC 8460). The rest is at the root: [`Config`], [`Limits`] and [`Schedule`]; [`Facts`] and [`Story`]; [`Report`].
//!
//! # Duplicates
//!
//! A crash, or a connection lost, after the final dot and before its reply was recorded leads to a second copy; RFC 5321
//! §4.5.1 and RFC 1047 leave no other choice that loses nothing.
mod attempt;
mod clock;
mod config;
mod destination;
mod directory;
mod engine;
mod envelope;
mod facts;
mod hosts;
mod planned;
mod policy;
mod ready;
mod report;
mod routes;
mod runner;
mod schedule;
mod story;
pub mod tls;
pub mod tlsrpt;
pub mod transport;
mod watch;
mod wishes;

pub use clock::{Clock, SystemClock, TestClock};
pub use config::{Config, Limits};
pub use directory::{Directory, Domains};
pub use envelope::{Envelope, held};
pub use facts::{Attempt, End, Facts, Step};
pub use hosts::DownHosts;
pub use planned::{Planned, PlannedHost};
pub use policy::{Https, PolicyHost};
pub use report::{Report, Written};
pub use runner::Runner;
pub use schedule::{Past, Schedule};
pub use story::{RecipientStory, Story};
