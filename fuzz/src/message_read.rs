//! Messages, read: everything is answered, and however a message is cut its parts are the same.

#[path = "../../crates/message/tests/properties/property.rs"]
mod property;

use mailwright_message::Limits;

/// The first two octets choose where to cut; the rest is the message.
pub fn parse(data: &[u8]) {
    let Some((&[a, b], raw)) = data.split_first_chunk::<2>() else { return };
    property::answers_everything(raw);
    let cut = usize::from(u16::from_be_bytes([a, b]));
    property::split_equals_whole(raw, [cut % (raw.len() + 1)].into_iter(), &Limits::default());
    property::split_equals_whole(raw, 0..raw.len().min(2000), &Limits::default());
}
