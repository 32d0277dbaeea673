//! A value to its line, CRLF included. What is given here can never write a second line.

mod capability;
mod command;

pub use capability::capabilities;
pub use command::{EncodeError, command};
