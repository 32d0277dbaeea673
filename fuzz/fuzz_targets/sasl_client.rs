//! A SASL client driven by any octets.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::sasl::client(data));
