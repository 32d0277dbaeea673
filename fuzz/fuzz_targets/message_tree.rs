//! Messages: a tree of parts that is built reads back.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::message_parts::tree(data));
