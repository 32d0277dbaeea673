//! Any command and any response that can be written is read back as it was.

#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "strategies/command.rs"]
mod command;
#[path = "strategies/response.rs"]
mod said;

use bytes::Bytes;
use command::any_command;
use mailwright_imap::{
    Limits,
    encode::{
        Encode,
        core::{Encoder, Literals},
    },
    parse::{
        self,
        command::{CommandError, Context},
        response,
    },
    types::command::Command,
};
use proptest::{collection::vec, prelude::*};
use said::any_response;

fn read(frame: &Bytes, utf8: bool) -> Result<Command, CommandError> {
    let limits = Limits::default();
    parse::command::command(frame, Context { limits: &limits, utf8 })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_written_is_read_back(said in any_response(), utf8 in any::<bool>()) {
        let mut out = Encoder::server(utf8);
        said.encode(&mut out);
        let written = out.take();
        let frame = written.slice(..written.len() - 2);
        let read = response(&frame, utf8, 32);
        prop_assert_eq!(read.as_ref(), Ok(&said), "{}", frame.escape_ascii());
    }

    #[test]
    fn what_is_asked_is_read_back(asked in any_command(), utf8 in any::<bool>()) {
        for literals in [Literals::Synchronizing, Literals::Minus, Literals::Plus] {
            let mut out = Encoder::client(literals, utf8);
            asked.encode(&mut out);
            let written = out.take();
            let frame = written.slice(..written.len() - 2);
            let again = read(&frame, utf8);
            prop_assert_eq!(again.as_ref(), Ok(&asked), "{}", frame.escape_ascii());
        }
    }

    #[test]
    fn nothing_like_a_command_makes_it_panic(asked in any_command(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut out = Encoder::client(Literals::Plus, false);
        asked.encode(&mut out);
        let mut frame = out.take().to_vec();
        let at = at.index(frame.len());
        frame[at] = byte;
        let _ = read(&frame.clone().into(), false);
        frame.truncate(at);
        let _ = read(&frame.into(), false);
    }

    #[test]
    fn no_octets_make_the_parser_panic(octets in vec(any::<u8>(), 0..200)) {
        let _ = response(&Bytes::from(octets), false, 32);
    }

    #[test]
    fn nothing_like_a_response_makes_it_panic(said in any_response(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut out = Encoder::server(false);
        said.encode(&mut out);
        let mut frame = out.take().to_vec();
        let at = at.index(frame.len());
        frame[at] = byte;
        let _ = response(&frame.clone().into(), false, 32);
        frame.truncate(at);
        let _ = response(&frame.into(), false, 32);
    }
}
