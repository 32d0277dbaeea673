//! One whole line to a value. Nothing here sees partial input.

mod capability;
mod command;
mod item;
mod number;
mod reply;

pub use capability::capability;
pub use command::{SyntaxError, command};
pub use item::{drop_listing, language, scan_listing, timestamp, unique_id_listing};
pub use reply::{Status, reply, status};
