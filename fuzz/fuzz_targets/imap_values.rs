//! IMAP commands and responses of any kind, written and read back.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::imap_client::values(data));
