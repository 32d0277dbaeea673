//! Fields of servers and lists, read.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::message_header::trace(data));
