//! From values to octets.

mod command;
pub mod core;
pub mod response;

/// What can be written to the wire.
pub trait Encode {
    /// Appends the value to what is being written.
    fn encode(&self, out: &mut core::Encoder);
}
