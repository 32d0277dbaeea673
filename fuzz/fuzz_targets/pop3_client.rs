//! A POP3 client driven by any octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::pop3::client(data));
