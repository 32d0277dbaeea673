//! Domain names and address literals.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::mx::name(data));
