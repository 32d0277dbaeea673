//! SMTP, see `mailwright_fuzz::smtp::conversation`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::smtp::conversation(data));
