//! IMAP: what reads is written as it reads, and no octets make a server session panic, hang, or differ by how they came.

use bytes::{BufMut, Bytes};
use mailwright_imap::{
    Limits,
    encode::core::{Encoder, Literals},
    parse::{
        self,
        command::{Context, command as parse_command},
    },
    server::{Config, Event, Found, Grantable, No, Selected, Server, Sorted, Stored},
    types::{Flag, ModSeq, Rights, Uid, UidValidity, response::Threads},
};
use mailwright_sasl::{
    Seed,
    server::{Answer, Policy},
};
use mailwright_wire::{Session, Step};
use std::sync::Arc;

/// A command that reads is written as one that reads the same.
pub fn command(data: &[u8]) {
    let limits = Limits::default();
    for utf8 in [false, true] {
        let context = Context { limits: &limits, utf8 };
        let Ok(command) = parse_command(&Bytes::copy_from_slice(data), context) else { continue };
        let mut out = Encoder::client(Literals::Plus, utf8);
        out.value(&command);
        let written = out.take();
        let frame = written.strip_suffix(b"\r\n").unwrap_or(&written);
        let again = parse_command(&Bytes::copy_from_slice(frame), context);
        assert_eq!(again.as_ref(), Ok(&command), "{}", written.escape_ascii());
    }
}

/// A response that reads is written as one that reads the same.
pub fn response(data: &[u8]) {
    for utf8 in [false, true] {
        let Ok(response) = parse::response(&Bytes::copy_from_slice(data), utf8, 32) else { continue };
        let mut out = Encoder::server(utf8);
        out.value(&response);
        let written = out.take();
        let frame = written.strip_suffix(b"\r\n").unwrap_or(&written);
        assert!(
            parse::response(&Bytes::copy_from_slice(frame), utf8, 32).is_ok(),
            "{}",
            written.escape_ascii()
        );
    }
}

/// The first octet says how the rest is cut.
pub fn server(data: &[u8]) {
    let Some((&cut, input)) = data.split_first() else { return };
    let whole = serve(input, input.len().max(1));
    assert_eq!(whole, serve(input, usize::from(cut).max(1)));
    assert_eq!(whole, serve(input, 1));
}

/// What a server says that knows one empty mailbox and refuses the rest.
fn serve(mut input: &[u8], cut: usize) -> Vec<u8> {
    let policy = Policy::new(Seed::new([7; 32])).plaintext_without_tls(true);
    let mut config = Config::new(policy);
    let features = &mut config.features;
    (features.mod_seq, features.moves, features.sort, features.thread) = (true, true, true, true);
    (features.acl, features.notify, features.fuzzy) = (true, true, true);
    (features.binary, features.quota, features.object_id, features.preview) = (true, true, true, true);
    let mut server = Server::new(Arc::new(config));
    let mut said = Vec::new();
    for _ in 0..200_000 {
        let answered = match server.poll() {
            Ok(Step::Write(bytes)) => {
                said.extend_from_slice(&bytes);
                Ok(())
            }
            Ok(Step::Read(_)) if input.is_empty() => return said,
            Ok(Step::Read(_)) => {
                let Some(mut slot) = server.slot() else { return said };
                let n = input.len().min(cut).min(slot.remaining_mut());
                slot.put_slice(&input[..n]);
                input = &input[n..];
                Ok(())
            }
            Ok(Step::Event(event)) => answer(&mut server, event),
            // Whether octets behind the command came with it depends on the cut; what was said until then does not.
            Ok(Step::Upgrade) => return said,
            Ok(Step::Pause(_)) => Ok(()),
            Ok(Step::Answer | Step::Close) | Err(_) => return said,
        };
        answered.expect("the answer to the question");
    }
    panic!("it goes on and on");
}

fn answer(server: &mut Server, event: Event) -> Result<(), mailwright_imap::Misuse> {
    let no = || No::new("no");
    match event {
        Event::Credentials { ticket, .. } => server.answer(ticket, Answer::accept("ann")),
        Event::Login { ticket, .. } => server.answer(ticket, Ok(())),
        Event::Mailboxes { ticket } => server.answer(ticket, Ok(vec![])),
        Event::Status { ticket, .. } => server.answer(ticket, Err(no())),
        Event::Statuses { ticket, .. } => server.answer(ticket, Ok(vec![])),
        Event::Change { ticket, .. } => server.answer(ticket, Ok(None)),
        Event::Acl { ticket, .. } => server.answer(ticket, Ok(vec![("ann".to_owned(), Rights::ALL)])),
        Event::ChangeAcl { ticket, .. } => server.answer(ticket, Ok(())),
        Event::ListRights { ticket, .. } => {
            server.answer(ticket, Ok(Grantable { required: Rights::LOOKUP, optional: Rights::ALL }))
        }
        Event::MyRights { ticket, .. } => server.answer(ticket, Ok(Rights::READ)),
        Event::Quota { ticket, .. } => server.answer(ticket, Err(no())),
        Event::Annotations { ticket, .. } => server.answer(ticket, Ok(vec![])),
        Event::Annotate { ticket, .. } => server.answer(ticket, Err(no())),
        Event::Select { ticket, .. } => server.answer(ticket, Ok(selected())),
        Event::NewMessage { ticket, .. } => server.answer(ticket, Ok(())),
        Event::Url { ticket, .. } => server.answer(ticket, Ok(7)),
        Event::Append { ticket, .. } => server.answer(ticket, Err(no())),
        Event::Watch { ticket, .. } => server.answer(ticket, Ok(vec![])),
        Event::Notices { ticket } => server.answer(ticket, Ok(vec![])),
        Event::Sync { ticket, .. } => server.answer(ticket, Ok(vec![])),
        Event::Fetch { ticket, .. } => server.answer(ticket, Ok(())),
        Event::Store { ticket, .. } => server.answer(ticket, Ok(Stored::default())),
        Event::Search { ticket, .. } => {
            let uids = [1, 3, 9].into_iter().collect();
            server.answer(ticket, Ok(Found { uids, mod_seq: ModSeq::new(4), scores: vec![100, 10, 1] }))
        }
        Event::SearchMany { ticket, .. } => server.answer(ticket, Ok(vec![])),
        Event::Sort { ticket, .. } => {
            let uids = [3, 1].into_iter().filter_map(Uid::new).collect();
            server.answer(ticket, Ok(Sorted { uids, scores: vec![20, 10] }))
        }
        Event::Thread { ticket, .. } => server.answer(ticket, Ok(Threads::default())),
        Event::Copy { ticket, .. } => server.answer(ticket, Ok(None)),
        Event::Expunge { ticket, .. } => server.answer(ticket, Ok(None)),
        _ => Ok(()),
    }
}

fn selected() -> Selected {
    Selected {
        uids: [1, 2, 3, 9].into_iter().filter_map(Uid::new).collect(),
        uid_validity: UidValidity::new(7).expect("not zero"),
        uid_next: Uid::new(10).expect("not zero"),
        flags: vec![Flag::Seen],
        permanent_flags: vec![Flag::Seen],
        highest_mod_seq: ModSeq::new(5),
        first_unseen: None,
        recent: 0,
        read_only: false,
        mailbox_id: None,
    }
}
