//! POP3: no octets make a session of either side panic, hang, or differ by how they came.

use bytes::{BufMut, Bytes};
use mailwright_pop3::{
    client::{self, Client},
    encode, parse,
    server::{Chunk, Config, Event, Misuse, Server},
    types::{Entry, UniqueId},
};
use mailwright_sasl::{
    Secret, Seed,
    client::Plain,
    server::{Answer, Policy},
};
use mailwright_wire::{Session, Step};
use std::sync::Arc;

const MESSAGE: &[u8] = b"Subject: x\r\n\r\n.one\r\ntwo\r\n";

/// The first octet says how the rest is cut.
pub fn server(data: &[u8]) {
    let Some((&cut, input)) = data.split_first() else { return };
    let whole = serve(input, input.len().max(1));
    assert_eq!(whole, serve(input, usize::from(cut).max(1)));
    assert_eq!(whole, serve(input, 1));
}

/// What a server says that has two messages, and what it removes.
fn serve(mut input: &[u8], cut: usize) -> (Vec<u8>, Vec<usize>) {
    let policy = Policy::new(Seed::new([7; 32])).plaintext_without_tls(true);
    let mut server = Server::new(Arc::new(Config::new("mail.example.test", policy)));
    let (mut said, mut removed, mut given) = (Vec::new(), Vec::new(), false);
    for _ in 0..200_000 {
        let answered: Result<(), Misuse> = match server.poll() {
            Ok(Step::Write(bytes)) => {
                said.extend_from_slice(&bytes);
                Ok(())
            }
            Ok(Step::Read(_)) if input.is_empty() => return (said, removed),
            Ok(Step::Read(_)) => {
                let Some(mut slot) = server.slot() else { return (said, removed) };
                let n = input.len().min(cut).min(slot.remaining_mut());
                slot.put_slice(&input[..n]);
                input = &input[n..];
                Ok(())
            }
            Ok(Step::Event(event)) => match event {
                Event::Authenticate { ticket, .. } => server.answer(ticket, Answer::accept("ann")),
                Event::Authenticated { ticket, .. } => server.answer(ticket, Ok(entries())),
                Event::Retrieve { ticket, .. } => {
                    given = false;
                    server.answer(ticket, Ok(()))
                }
                Event::More { ticket } => {
                    let chunk = if given { Chunk::End } else { Chunk::Data(Bytes::from_static(MESSAGE)) };
                    given = true;
                    server.answer(ticket, chunk)
                }
                Event::Commit { deleted, ticket } => {
                    removed.extend(deleted.iter().map(|number| number.index()));
                    server.answer(ticket, Ok(()))
                }
                _ => Ok(()),
            },
            // Whether octets behind the command came with it depends on the cut; what was said until then does not.
            Ok(Step::Upgrade) => return (said, removed),
            Ok(Step::Pause(_)) => Ok(()),
            Ok(Step::Answer | Step::Close) | Err(_) => return (said, removed),
        };
        answered.expect("the answer to the question");
    }
    panic!("it goes on and on");
}

fn entries() -> Vec<Entry> {
    let entry =
        |id| Entry { size: MESSAGE.len() as u64, unique_id: UniqueId::new(id).expect("an identifier") };
    vec![entry("one"), entry("two")]
}

/// A command that reads is written as it reads.
pub fn command(line: &[u8]) {
    let Ok(command) = parse::command(line) else { return };
    let mut out = mailwright_wire::Output::new();
    encode::command(&command, &mut out).expect("what was read can be written");
    let written = out.pop().expect("a line");
    let written = written.strip_suffix(b"\r\n").expect("a line end");
    assert!(!written.iter().any(u8::is_ascii_control));
    assert_eq!(parse::command(written), Ok(command));
}

/// The first octet says which commands are sent and how the server's lines are cut, the rest is what a server says.
pub fn client(data: &[u8]) {
    let Some((&choice, input)) = data.split_first() else { return };
    let whole = listen(choice, input, usize::MAX);
    assert_eq!(whole, listen(choice, input, usize::from(choice % 7) + 1));
    assert_eq!(whole, listen(choice, input, 1));
}

/// What a client makes of a server that says a line when the client has nothing more to say.
fn listen(choice: u8, mut input: &[u8], cut: usize) -> Vec<String> {
    const COMMANDS: [&str; 11] =
        ["CAPA", "UIDL", "LIST", "RETR 1", "TOP 1 2", "STAT", "UIDL 1", "LIST 2", "LANG", "AUTH", "QUIT"];
    let mut client = Client::new(std::sync::Arc::new(client::Config::default()));
    let first = usize::from(choice) % COMMANDS.len();
    for command in COMMANDS.iter().cycle().skip(first).take(COMMANDS.len()) {
        client.send(parse::command(command.as_bytes()).expect("a command")).expect("room");
        if *command == "CAPA" {
            let plain = Plain::new("ann", &Secret::new("secret")).expect("credentials");
            client.authenticate(Box::new(plain)).expect("room");
            client.start_tls().expect("room");
        }
    }
    let mut heard: Vec<String> = Vec::new();
    for _ in 0..200_000 {
        match client.poll() {
            Ok(Step::Event(client::Event::Body(piece))) => match heard.last_mut() {
                Some(last) if last.starts_with("body") => last.push_str(&piece.escape_ascii().to_string()),
                _ => heard.push(format!("body {}", piece.escape_ascii())),
            },
            Ok(Step::Event(event)) => heard.push(format!("{event:?}")),
            Ok(Step::Write(bytes)) => assert!(bytes.ends_with(b"\r\n")),
            Ok(Step::Read(_)) if input.is_empty() => return heard,
            Ok(Step::Read(_)) => {
                let Some(mut slot) = client.slot() else { return heard };
                let line = input.iter().position(|&b| b == b'\n').map_or(input.len(), |at| at + 1);
                let n = line.min(cut).min(slot.remaining_mut());
                slot.put_slice(&input[..n]);
                input = &input[n..];
            }
            Ok(Step::Upgrade | Step::Close) => return heard,
            Ok(Step::Pause(_) | Step::Answer) => panic!("a client neither pauses nor asks"),
            Err(error) => {
                heard.push(error.to_string());
                return heard;
            }
        }
    }
    panic!("it goes on and on");
}
