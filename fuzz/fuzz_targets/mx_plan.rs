//! MX plans, fed arbitrary answers.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::mx::plan(data));
