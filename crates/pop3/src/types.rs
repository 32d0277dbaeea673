//! The words of POP3: commands, response codes, capabilities, listings.

mod capability;
mod command;
mod entry;
mod message_number;
mod reply;
mod response_code;
mod unique_id;

pub use capability::{Capabilities, Expire, LoginDelay};
pub use command::{Apop, Command};
pub use entry::Entry;
pub use message_number::MessageNumber;
pub use reply::Reply;
pub use response_code::ResponseCode;
pub use unique_id::{UniqueId, UniqueIdError};
