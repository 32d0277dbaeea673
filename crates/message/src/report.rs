//! Reports about messages: delivery status notifications (RFC 3464), read and built.
//!
//! [`DeliveryStatus::parse`] reads the machine-readable part of a bounce, [`Dsn`] builds a whole one.

mod delivery;
mod dsn;
mod fields;
mod status;

pub use delivery::{DeliveryStatus, RecipientStatus};
pub use dsn::{Dsn, Returned};
pub use status::{Action, Status, Typed};
