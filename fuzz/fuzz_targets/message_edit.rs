//! Messages: what is not edited stays as it was.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::message_write::edit(data));
