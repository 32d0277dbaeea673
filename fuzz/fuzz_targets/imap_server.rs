//! An IMAP server driven by any octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::imap::server(data));
