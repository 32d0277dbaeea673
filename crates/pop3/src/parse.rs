//! One whole line to a value. Nothing here sees partial input.

mod command;
mod number;

pub use command::{SyntaxError, command};
