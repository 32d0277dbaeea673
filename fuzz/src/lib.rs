//! What holds for any input. Each property is a function of bytes that panics where it does not hold: cargo-fuzz feeds
//! it what it likes, and `cargo test --no-default-features` the seeds and mutations of them on the stable toolchain.

pub mod imap;
pub mod imap_client;
pub mod message_header;
pub mod message_parts;
pub mod message_read;
pub mod message_write;
pub mod mx;
pub mod pop3;
pub mod sasl;
pub mod smtp;
pub mod wire;

/// Every target by its name, which is also that of its folder of seeds.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("imap_client", imap_client::client),
    ("imap_command", imap::command),
    ("imap_response", imap::response),
    ("imap_server", imap::server),
    ("imap_values", imap_client::values),
    ("message_address", message_header::address),
    ("message_build", message_write::build),
    ("message_codec", message_write::codec),
    ("message_date", message_header::date),
    ("message_edit", message_write::edit),
    ("message_parameters", message_header::parameters),
    ("message_parse", message_read::parse),
    ("message_report", message_write::report),
    ("message_text", message_header::text),
    ("message_trace", message_header::trace),
    ("message_tree", message_parts::tree),
    ("mx_name", mx::name),
    ("mx_plan", mx::plan),
    ("mx_policy", mx::policy),
    ("pop3_client", pop3::client),
    ("pop3_command", pop3::command),
    ("pop3_server", pop3::server),
    ("sasl_client", sasl::client),
    ("sasl_server", sasl::server),
    ("smtp_client", smtp::client),
    ("smtp_command", smtp::command),
    ("smtp_conversation", smtp::conversation),
    ("smtp_reply", smtp::reply),
    ("smtp_server", smtp::server),
    ("wire", wire::framing),
];
