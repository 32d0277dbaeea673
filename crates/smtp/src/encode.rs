//! From values to octets: commands, replies, capabilities.

mod capabilities;
mod command;
mod reply;
pub(crate) mod xtext;

pub use capabilities::capabilities;
pub use command::command;
pub use reply::reply;
