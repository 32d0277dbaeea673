//! An IMAP client that hears any octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::imap_client::client(data));
