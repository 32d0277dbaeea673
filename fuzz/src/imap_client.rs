//! The IMAP client: no octets of a server make it panic, hang, or differ by how they came; what it writes reads back.

use bytes::BufMut;
use mailwright_imap::{
    Limits,
    client::{Client, Config, Event},
    encode::{
        Encode,
        core::{Encoder, Literals},
    },
    parse::{
        self,
        command::{Context, command as parse_command},
    },
    types::{
        command::{Command, CommandBody},
        response::Response,
    },
};
use mailwright_wire::{Session, Step};
use proptest::{
    strategy::{BoxedStrategy, Strategy, ValueTree},
    test_runner::{Config as Settings, RngAlgorithm, TestRng, TestRunner},
};

#[path = "../../crates/imap/tests/strategies/command.rs"]
mod asked;
#[path = "../../crates/imap/tests/strategies/response.rs"]
mod said;

/// The first octet says how the rest is cut.
pub fn client(data: &[u8]) {
    let Some((&cut, input)) = data.split_first() else { return };
    let whole = hear(input, input.len().max(1));
    assert_eq!(whole, hear(input, usize::from(cut).max(1)));
    assert_eq!(whole, hear(input, 1));
}

/// Commands of every kind that waits for something of its own.
const COMMANDS: [&str; 7] = [
    "x LOGIN ann secret",
    "x SELECT INBOX",
    "x UID FETCH 1:9 (FLAGS ENVELOPE BODY.PEEK[])",
    "x SEARCH RETURN (ALL) UNSEEN",
    "x LIST \"\" * RETURN (STATUS (MESSAGES))",
    "x STATUS other (MESSAGES)",
    "x IDLE",
];

/// What a client makes of a server that says this.
fn hear(mut input: &[u8], cut: usize) -> Vec<Event> {
    let limits = Limits { response_literal: 16, response_line: 4096, response: 8192, ..Limits::default() };
    let mut client = Client::new(Config { limits, ..Config::plaintext() });
    let mut heard: Vec<Event> = Vec::new();
    for _ in 0..200_000 {
        match client.poll() {
            Ok(Step::Event(Event::Greeting(greeting))) => {
                heard.push(Event::Greeting(greeting));
                COMMANDS.iter().for_each(|line| send(&mut client, line));
            }
            Ok(Step::Event(Event::Literal(octets))) => match heard.last_mut() {
                // Pieces are as the octets came; together they are the same.
                Some(Event::Literal(before)) => *before = [&before[..], &octets].concat().into(),
                _ => heard.push(Event::Literal(octets)),
            },
            Ok(Step::Event(event)) => heard.push(event),
            Ok(Step::Read(_)) if input.is_empty() => return heard,
            Ok(Step::Read(_)) => {
                let Some(mut slot) = client.slot() else { return heard };
                let n = input.len().min(cut).min(slot.remaining_mut());
                slot.put_slice(&input[..n]);
                input = &input[n..];
            }
            Ok(Step::Write(_) | Step::Pause(_)) => {}
            Ok(Step::Answer | Step::Upgrade | Step::Close) | Err(_) => return heard,
        }
    }
    panic!("it goes on and on");
}

fn send(client: &mut Client, line: &'static str) {
    let limits = Limits::default();
    let read = parse_command(&line.into(), Context { limits: &limits, utf8: false });
    let body: CommandBody = read.expect("a command").body;
    client.send(body).expect("it may be sent");
}

thread_local! {
    /// Made once: making them takes far longer than a value does.
    static COMMANDS_AND_RESPONSES: (BoxedStrategy<Command>, BoxedStrategy<Response>) =
        (asked::any_command(), said::any_response());
}

/// The octets are the seed of a command and a response; each is written so that it reads back.
pub fn values(data: &[u8]) {
    // Not the octets themselves: once they are used up, what draws until it is content would draw for ever.
    let mut seed = [0_u8; 32];
    for (at, octet) in data.iter().enumerate() {
        let place = &mut seed[at % 32];
        *place = place.rotate_left(3) ^ octet;
    }
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(Settings::default(), random);
    let utf8 = data.len() % 2 == 0;
    let limits = Limits::default();
    let (command, response) = COMMANDS_AND_RESPONSES.with(|(commands, responses)| {
        let command = commands.new_tree(&mut runner).map(|tree| tree.current());
        (command, responses.new_tree(&mut runner).map(|tree| tree.current()))
    });
    if let Ok(command) = command {
        let mut out = Encoder::client(Literals::Minus, utf8);
        command.encode(&mut out);
        let written = out.take();
        let read = parse_command(&written.slice(..written.len() - 2), Context { limits: &limits, utf8 });
        assert_eq!(read.as_ref(), Ok(&command), "{}", written.escape_ascii());
    }
    if let Ok(response) = response {
        let mut out = Encoder::server(utf8);
        response.encode(&mut out);
        let written = out.take();
        let read = parse::response(&written.slice(..written.len() - 2), utf8, 32);
        assert_eq!(read.as_ref(), Ok(&response), "{}", written.escape_ascii());
    }
}
