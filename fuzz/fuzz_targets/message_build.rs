//! Messages: what is built reads back.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::message_write::build(data));
