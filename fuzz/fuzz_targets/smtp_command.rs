//! SMTP, see `mailwright_fuzz::smtp::command`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::smtp::command(data));
