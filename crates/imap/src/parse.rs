//! From frames to values: pure functions over one whole frame.
//!
//! A frame is one command or response without its last CRLF. Literals stand in it where they were sent, announced as
//! on the wire (`{5}CRLFhello`). Framing has found the frame's end before, so nothing here knows of partial input.

pub mod command;
pub mod core;
pub mod response;

pub use response::response;
