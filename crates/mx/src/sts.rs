//! MTA-STS (RFC 8461): a domain says over HTTPS which hosts take its mail, and that they do so over checked TLS.
//!
//! Three steps, none of which does I/O:
//!
//! 1. [`Discovery`]: what is cached and what the `_mta-sts` record says decide whether a policy is to be fetched.
//! 2. The caller fetches it as [`Fetch`] says, and hands the [`Response`] in.
//! 3. The [`Policy`] in force says of each host of a route whether it may be used.
//!
//! ```
//! use mailwright_mx::{Name, sts::{Mode, Policy}};
//!
//! let policy = Policy::parse(b"version: STSv1\nmode: enforce\nmx: *.example.test\nmax_age: 604800\n")?;
//! assert_eq!(policy.mode, Mode::Enforce);
//! assert!(policy.permits(&Name::parse("mx1.example.test")?));
//! assert!(!policy.permits(&Name::parse("example.test")?));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
mod discovery;
pub(crate) mod fields;
mod policy;
mod record;

pub use discovery::{Cached, Discovery, Fetch, Found, NoResponse, Rejected, Response};
pub use policy::{MAX_AGE, MAX_BODY, Mode, Pattern, Policy, PolicyError};
pub use record::{policy_id, record_query};
