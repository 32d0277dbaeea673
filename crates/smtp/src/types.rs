//! The values SMTP commands and replies carry, under the names of their RFCs.

mod address_literal;
mod body_type;
mod capabilities;
mod command;
mod deliver_by;
mod domain;
mod dsn;
mod enhanced_status;
mod future_release;
mod hello;
mod mail;
mod mailbox;
mod path;
mod priority;
mod rcpt;
mod reply;
mod reply_code;
mod xclient;

pub use address_literal::AddressLiteral;
pub use body_type::BodyType;
pub use capabilities::{Capabilities, FutureReleaseLimit, SessionLimits};
pub use command::{Burl, Command, InitialResponse};
pub use deliver_by::{ByMode, DeliverBy};
pub use domain::Domain;
pub use dsn::{EnvelopeId, Notify, OriginalRecipient, Ret};
pub use enhanced_status::{Class, EnhancedStatus};
pub use future_release::FutureRelease;
pub use hello::HelloName;
pub use mail::{Mail, MailAuth, MailParameters};
pub use mailbox::Mailbox;
pub use path::{ForwardPath, ReversePath};
pub use priority::Priority;
pub use rcpt::{Rcpt, RcptParameters};
pub use reply::Reply;
pub use reply_code::{ReplyCode, Severity};
pub use xclient::XClient;
