//! The client against the server, in memory, however the octets are cut.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "support/desk.rs"]
mod desk;

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use desk::Desk;
use mailwright_smtp::{
    client::{self, Client, Delivery, Envelope, Event, Stage},
    server::{BareNewline, Config},
    types::{ForwardPath, Mail, Mailbox, Rcpt, ReversePath},
};
use mailwright_wire::{Session, Step};
use proptest::prelude::*;

/// Sends one message from one to the other.
fn converse(
    desk: &mut Desk,
    config: client::Config,
    envelope: Envelope,
    content: &[u8],
    cut: usize,
) -> Delivery {
    let mut client = Client::new(Arc::new(config));
    let (mut envelope, mut delivery) = (Some(envelope), None);
    let mut pieces = content.chunks(cut);
    let mut heard = 0;
    loop {
        match client.poll().unwrap() {
            Step::Write(bytes) => assert_eq!(desk.feed(&bytes, cut), 0),
            Step::Read(_) => {
                let said = &desk.said[heard..];
                assert!(!said.is_empty(), "both wait");
                let mut slot = client.slot().unwrap();
                let n = said.len().min(cut).min(slot.remaining_mut());
                slot.put_slice(&said[..n]);
                heard += n;
            }
            Step::Event(Event::Ready(_)) => client.send(envelope.take().unwrap()).unwrap(),
            Step::Event(Event::SendBody(ticket)) => match pieces.next() {
                // Who knows which piece is the last may say so.
                Some(piece) if pieces.len() == 0 && cut.is_multiple_of(2) => {
                    client.body_last(ticket, Bytes::copy_from_slice(piece)).unwrap();
                }
                Some(piece) => client.body(ticket, Bytes::copy_from_slice(piece)).unwrap(),
                None => client.body_end(ticket).unwrap(),
            },
            Step::Event(Event::Sent(sent)) => {
                delivery = Some(sent);
                client.quit().unwrap();
            }
            Step::Close => return delivery.unwrap(),
            other => panic!("{other:?}"),
        }
    }
}

fn client_config(chunking: bool) -> client::Config {
    let mut config = client::Config::new("client".parse().unwrap());
    config.chunking = chunking;
    config
}

fn mailbox() -> impl Strategy<Value = Mailbox> {
    ("[ -~é]{0,20}", "[a-z]{1,9}(\\.[a-z]{1,5})?")
        .prop_map(|(local, domain)| Mailbox::new(&local, &domain).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn addresses_and_content_arrive_as_they_were(
        from in proptest::option::of(mailbox()),
        to in proptest::collection::vec(mailbox(), 1..5),
        lines in proptest::collection::vec("[.a\0é]{0,6}", 0..20),
        chunking in any::<bool>(),
        server_chunking in any::<bool>(),
        cut in 1..200_usize,
    ) {
        let content = lines.iter().fold(String::new(), |all, line| all + line + "\r\n");
        let mut config = Config::new("mx");
        config.extensions.chunking = server_chunking;
        let mut desk = Desk::new(config);
        let from = ReversePath::from(from);
        let envelope = Envelope {
            mail: Mail::new(from.clone()),
            rcpts: to.iter().map(|to| Rcpt::new(to.clone())).collect(),
        };
        let delivery = converse(&mut desk, client_config(chunking), envelope, content.as_bytes(), cut);
        prop_assert!(delivery.is_complete());
        prop_assert_eq!(&desk.sender.unwrap().from, &from);
        let arrived: Vec<ForwardPath> = desk.rcpts.into_iter().map(|r| r.to).collect();
        prop_assert_eq!(arrived, to.into_iter().map(ForwardPath::from).collect::<Vec<_>>());
        prop_assert_eq!(&desk.messages, &[content.into_bytes()]);
    }

    #[test]
    fn whatever_the_content_it_is_one_message(
        content in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(0_u8), Just(b'a')], 0..60),
        chunking in any::<bool>(),
        cut in 1..20_usize,
    ) {
        let mut desk = Desk::new(Config { bare_newline: BareNewline::Reject, ..Config::new("mx") });
        let mut config = client_config(chunking);
        config.repair_line_ends = true;
        let envelope = Envelope {
            mail: Mail::new(None),
            rcpts: vec![Rcpt::new(Mailbox::new("a", "b").unwrap())],
        };
        let delivery = converse(&mut desk, config, envelope, &content, cut);
        prop_assert!(delivery.is_complete());
        prop_assert_eq!(desk.messages.len(), 1);
    }

    #[test]
    fn octets_at_random_break_neither_side(
        input in proptest::collection::vec(prop_oneof![
            4 => proptest::sample::select(vec![
                &b"EHLO c\r\n"[..], b"MAIL FROM:<a@b>\r\n", b"RCPT TO:<a@b>\r\n", b"DATA\r\n", b"BDAT 9 LAST\r\n", b".\r\n", b"RSET\r\n",
                b"220 mx\r\n", b"250 PIPELINING\r\n", b"250-mx\r\n", b"354 go\r\n", b"550 no\r\n", b"421 bye\r\n", b"\r\n",
            ]).prop_map(<[u8]>::to_vec),
            1 => proptest::collection::vec(any::<u8>(), 0..20),
        ], 0..30).prop_map(|pieces| pieces.concat()),
        cut in 1..50_usize,
    ) {
        let mut desk = Desk::new(Config::new("mx"));
        desk.feed(&input, cut);
        prop_assert!(desk.open.len() <= input.len());

        let mut client = Client::new(Arc::new(client_config(true)));
        let mut rest = &input[..];
        for _ in 0..10_000 {
            match client.poll() {
                Ok(Step::Read(_)) if rest.is_empty() => break,
                Ok(Step::Read(_)) => {
                    let mut slot = client.slot().unwrap();
                    let n = rest.len().min(cut).min(slot.remaining_mut());
                    slot.put_slice(&rest[..n]);
                    rest = &rest[n..];
                }
                Ok(Step::Event(Event::Ready(_))) => {
                    let rcpts = vec![Rcpt::new(Mailbox::new("a", "b").unwrap())];
                    _ = client.send(Envelope { mail: Mail::new(None), rcpts });
                }
                Ok(Step::Event(Event::SendBody(ticket))) => client.body_end(ticket).unwrap(),
                Ok(Step::Close | Step::Upgrade) | Err(_) => break,
                Ok(_) => {}
            }
        }
    }
}

#[test]
fn many_recipients_go_in_windows() {
    let mut desk = Desk::new(Config::new("mx"));
    let rcpts = (0..1005).map(|n| Rcpt::new(Mailbox::new(&n.to_string(), "b").unwrap())).collect();
    let envelope = Envelope { mail: Mail::new(None), rcpts };
    let delivery = converse(&mut desk, client_config(true), envelope, b"x\r\n", 4096);
    let (delivered, refused) = delivery.fates.split_at(1000);
    assert!(delivered.iter().all(client::Fate::is_delivered));
    assert!(refused.iter().all(|fate| fate.stage == Stage::Rcpt && fate.is_transient()));
    assert_eq!(desk.messages.len(), 1);
}

#[test]
fn a_message_whose_reply_is_lost_is_not_known_to_be_delivered() {
    let mut client = Client::new(Arc::new(client_config(true)));
    let mut replies =
        ["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n", "25"].into_iter();
    loop {
        match client.poll() {
            Ok(Step::Read(_)) => match replies.next() {
                Some(reply) => client.slot().unwrap().put_slice(reply.as_bytes()),
                None => client.eof(),
            },
            Ok(Step::Event(Event::Ready(_))) => {
                let rcpts = vec![Rcpt::new(Mailbox::new("a", "b").unwrap())];
                client.send(Envelope { mail: Mail::new(None), rcpts }).unwrap();
            }
            Ok(Step::Event(Event::SendBody(ticket))) => client.body_end(ticket).unwrap(),
            Ok(Step::Write(_)) => {}
            Err(e) => return assert_eq!(e, client::Error::Truncated),
            other => panic!("{other:?}"),
        }
    }
}
