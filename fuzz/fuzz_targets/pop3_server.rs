//! A POP3 server driven by any octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::pop3::server(data));
