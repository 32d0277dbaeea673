//! SASL exchanges, the server's side.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::sasl::server(data));
