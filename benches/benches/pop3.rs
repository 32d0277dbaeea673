//! POP3 in memory: sessions a second, and reading and deleting a maildrop of 1,000 messages, one command at a time and
//! pipelined. What the octets alone cost, stuffed with dots by hand and copied, stands beside it.

use bytes::{BufMut, Bytes};
use mailwright_benches::{Work, contender, race};
use mailwright_pop3::{
    server::{Chunk, Config, Event, Server},
    types::{Entry, UniqueId},
};
use mailwright_sasl::{
    Seed,
    server::{Answer, Policy},
};
use mailwright_wire::{Session, Step};
use std::{fmt::Write, sync::Arc};

const MESSAGES: usize = 1000;

fn main() {
    let config = Arc::new(Config::new(
        "mail.example.test",
        Policy::new(Seed::new([7; 32])).plaintext_without_tls(true),
    ));
    let none = Maildrop { entries: Vec::new(), message: Bytes::new() };
    race(
        "sessions: greeting, USER, PASS, STAT, QUIT",
        Work::Operations(1000),
        vec![contender("mailwright", || {
            let lines = ["USER ann\r\n", "PASS secret\r\n", "STAT\r\n", "QUIT\r\n"].map(str::as_bytes);
            (0..1000).map(|_| none.serve(&config, lines)).sum()
        })],
    );
    let maildrop = Maildrop::of(
        MESSAGES,
        "A line of a message of the usual length, as people write them.\r\n".repeat(64),
    );
    let octets = MESSAGES * maildrop.message.len();
    let mut commands: Vec<String> = vec!["USER ann\r\n".into(), "PASS secret\r\n".into()];
    commands.extend((1..=MESSAGES).flat_map(|n| [format!("RETR {n}\r\n"), format!("DELE {n}\r\n")]));
    commands.push("QUIT\r\n".into());
    let pipelined = commands.concat();
    let copy = || {
        let mut total = 0;
        for _ in 0..MESSAGES {
            let mut out = Vec::with_capacity(maildrop.message.len() + 64);
            for line in maildrop.message.split_inclusive(|&octet| octet == b'\n') {
                if line.starts_with(b".") {
                    out.push(b'.');
                }
                out.extend_from_slice(line);
            }
            total += out.len() as u64;
        }
        total
    };
    race(
        "1,000 messages of 4 KiB: RETR and DELE, one command at a time",
        Work::Octets(octets),
        vec![
            contender("mailwright", || maildrop.serve(&config, commands.iter().map(String::as_bytes))),
            contender("lines copied", copy),
        ],
    );
    race(
        "1,000 messages of 4 KiB: RETR and DELE, pipelined",
        Work::Octets(octets),
        vec![
            contender("mailwright", || maildrop.serve(&config, pipelined.as_bytes().chunks(4096))),
            contender("lines copied", copy),
        ],
    );
}

struct Maildrop {
    entries: Vec<Entry>,
    message: Bytes,
}

impl Maildrop {
    fn of(messages: usize, body: String) -> Self {
        let message = Bytes::from(format!("Subject: x\r\n\r\n{body}"));
        let entry = |n| {
            let mut id = String::new();
            write!(id, "M{n}").expect("a string");
            Entry { size: message.len() as u64, unique_id: UniqueId::new(id).expect("an identifier") }
        };
        Self { entries: (1..=messages).map(entry).collect(), message: message.clone() }
    }

    /// A session to its end; gives the next piece of input when all that was said is read. Octets said.
    fn serve<'a>(&self, config: &Arc<Config>, input: impl IntoIterator<Item = &'a [u8]>) -> u64 {
        let mut server = Server::new(config.clone());
        let (mut input, mut said, mut given) = (input.into_iter(), 0, false);
        let mut rest: &[u8] = &[];
        loop {
            let answered = match server.poll().expect("a session") {
                Step::Write(bytes) => {
                    said += bytes.len() as u64;
                    Ok(())
                }
                Step::Read(_) => {
                    if rest.is_empty() {
                        let Some(piece) = input.next() else { return said };
                        rest = piece;
                    }
                    let mut slot = server.slot().expect("room");
                    let (taken, left) = rest.split_at(slot.remaining_mut().min(rest.len()));
                    slot.put_slice(taken);
                    rest = left;
                    Ok(())
                }
                Step::Event(Event::Authenticate { ticket, .. }) => {
                    server.answer(ticket, Answer::accept("ann"))
                }
                Step::Event(Event::Authenticated { ticket, .. }) => {
                    server.answer(ticket, Ok(self.entries.clone()))
                }
                Step::Event(Event::Retrieve { ticket, .. }) => {
                    given = false;
                    server.answer(ticket, Ok(()))
                }
                Step::Event(Event::More { ticket }) => {
                    let chunk = if given { Chunk::End } else { Chunk::Data(self.message.clone()) };
                    given = true;
                    server.answer(ticket, chunk)
                }
                Step::Event(Event::Commit { ticket, .. }) => server.answer(ticket, Ok(())),
                Step::Close => return said,
                _ => Ok(()),
            };
            answered.expect("the answer to the question");
        }
    }
}
