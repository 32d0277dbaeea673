//! POP3: no octets make a server session panic, hang, or differ by how they came.

use bytes::{BufMut, Bytes};
use mailwright_pop3::{
    Misuse,
    server::{Chunk, Config, Event, Server},
    types::{Entry, UniqueId},
};
use mailwright_sasl::{
    Seed,
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
