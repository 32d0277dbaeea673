//! A POP3 command that reads is written as it reads.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| mailwright_fuzz::pop3::command(data));
