//! Messages: codecs take anything and invert.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::message_write::codec(data));
