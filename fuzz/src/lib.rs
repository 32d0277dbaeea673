//! What holds for any input. Each property is a function of bytes that panics where it does not hold: cargo-fuzz feeds
//! it what it likes, and `cargo test --no-default-features` the seeds and mutations of them on the stable toolchain.

pub mod message_write;
pub mod smtp;
pub mod wire;

/// Every target by its name, which is also that of its folder of seeds.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("message_build", message_write::build),
    ("message_codec", message_write::codec),
    ("message_edit", message_write::edit),
    ("message_report", message_write::report),
    ("smtp_client", smtp::client),
    ("smtp_command", smtp::command),
    ("smtp_conversation", smtp::conversation),
    ("smtp_reply", smtp::reply),
    ("smtp_server", smtp::server),
    ("wire", wire::framing),
];
