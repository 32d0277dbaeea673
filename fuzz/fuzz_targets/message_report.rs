//! Messages: reports take anything and are written as read.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::message_write::report(data));
