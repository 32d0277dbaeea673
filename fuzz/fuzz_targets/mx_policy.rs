//! MTA-STS policies and records.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::mx::policy(data));
