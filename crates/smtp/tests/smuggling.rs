//! Nothing but CRLF `.` CRLF ends a message, on the way in and on the way out.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;
use mailwright_smtp::{
    client::{self, Client, Envelope},
    server::{BareNewline, Config},
    types::{Mail, Mailbox, Rcpt},
};
use mailwright_testkit::crlf;
use mailwright_wire::{Session, Step};
use std::sync::Arc;

/// What has been taken for the end of a message by one server or another. The second column: legal content, which is
/// neither an end nor a fault.
const ENDS: [(&[u8], bool); 22] = [
    (b"\n.\n", false),
    (b"\n.\r\n", false),
    (b"\r\n.\n", false),
    (b"\r.\r", false),
    (b"\r.\r\n", false),
    (b"\r\n.\r", false),
    (b"\r.\n", false),
    (b"\n.\r", false),
    (b"\r\n\0.\r\n", true),
    (b"\r\n.\0\r\n", true),
    (b"\r\n\0.\0\r\n", true),
    (b"\r\r\n.\r\r\n", false),
    (b"\r\n.\r\r\n", false),
    (b"\n\n.\r\n", false),
    (b"\r\n..\r\n", true),
    (b"\r\n. \r\n", true),
    (b"\r\n.\t\r\n", true),
    (b"\r\n .\r\n", true),
    (b"\xc2\x85.\xc2\x85", true),
    (b"\r\x0b\n.\r\n", false),
    (b"\x0c.\x0c", true),
    (b"\xe2\x80\xa8.\xe2\x80\xa8", true),
];

const SECOND: &[u8] =
    b"MAIL FROM:<evil@x.example>\r\nRCPT TO:<victim@d.example>\r\nDATA\r\nsmuggled\r\n.\r\n";

#[test]
fn no_other_ending_starts_a_second_transaction() {
    for (end, legal) in ENDS {
        for policy in [BareNewline::Reject, BareNewline::Normalise] {
            let mut input = b"first".to_vec();
            input.extend_from_slice(end);
            input.extend_from_slice(SECOND);
            input.extend_from_slice(b"QUIT\r\n");
            for cut in 1..=input.len() {
                let mut desk = Desk::in_data(Config { bare_newline: policy, ..Config::new("mx") });
                desk.feed(&input, cut);
                let context = format!("{:?} cut {cut}: {}", end.escape_ascii().to_string(), desk.said());
                assert_eq!(desk.mails, 1, "{context}");
                if legal || policy == BareNewline::Normalise {
                    assert_eq!(desk.messages.len(), 1, "{context}");
                    assert!(desk.said().contains("250 2.0.0 taken\r\n221 "), "{context}");
                } else {
                    assert!(desk.messages.is_empty(), "{context}");
                    assert!(
                        desk.said()
                            .ends_with("\r\n550 5.5.2 Bare CR or LF in the message: lines end in CRLF\r\n")
                    );
                    assert!(desk.closed, "{context}");
                }
            }
        }
    }
}

/// The twelve lines that say what the end is: the offset behind it, if there is one.
fn reference(input: &[u8]) -> Option<usize> {
    let mut line = 0;
    for at in 0..input.len() {
        if input[at] == b'\n' && at > 0 && input[at - 1] == b'\r' {
            if &input[line..=at] == b".\r\n" {
                return Some(at + 1);
            }
            line = at + 1;
        }
    }
    None
}

/// Every string of one to six of these.
fn strings() -> impl Iterator<Item = Vec<u8>> {
    (1..=6).flat_map(|len| {
        (0..6_usize.pow(len)).map(move |mut n| {
            (0..len)
                .map(|_| {
                    let octet = b"\r\n.\0 a"[n % 6];
                    n /= 6;
                    octet
                })
                .collect()
        })
    })
}

#[test]
fn every_short_string_ends_a_message_exactly_where_it_should() {
    let mut count = 0;
    for string in strings() {
        count += 1;
        let input = [b"body", &string[..]].concat();
        for first in [&input[..], &string[..]] {
            for cut in [first.len(), 1] {
                let mut desk =
                    Desk::in_data(Config { bare_newline: BareNewline::Normalise, ..Config::new("mx") });
                let left = desk.feed(first, cut);
                let context = first.escape_ascii().to_string();
                let end = reference(first);
                assert_eq!(!desk.messages.is_empty(), end.is_some(), "{context}");
                if let Some(end) = end {
                    let content = crlf(&received(first).unwrap().0);
                    assert_eq!(desk.messages, [content], "{context}");
                    assert!(left <= first.len() - end, "{context}");
                }
            }
        }
    }
    assert_eq!(count, 55_986);
}

/// The lines of a message as a receiver reads them, dots undone.
fn received(wire: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut out, mut at) = (Vec::new(), 0);
    loop {
        let end = at + wire[at..].windows(2).position(|w| w == b"\r\n")? + 2;
        match &wire[at..end] {
            b".\r\n" => return Some((out, end)),
            [b'.', rest @ ..] => out.extend_from_slice(rest),
            line => out.extend_from_slice(line),
        }
        at = end;
    }
}

fn sent(content: &[u8], repair: bool, cut: usize) -> Option<Vec<u8>> {
    let mut config = client::Config::new("c".parse().unwrap());
    config.repair_line_ends = repair;
    let mut client = Client::new(Arc::new(config));
    let mut replies = ["220 mx\r\n", "250 mx\r\n", "250 ok\r\n", "250 ok\r\n", "354 go\r\n"].into_iter();
    let mut said = Vec::new();
    let mut body = None;
    let mut pieces = content.chunks(cut.max(1));
    loop {
        match client.poll().unwrap() {
            Step::Write(bytes) => said.extend_from_slice(&bytes),
            Step::Read(_) => match replies.next() {
                Some(reply) => bytes::BufMut::put_slice(&mut client.slot().unwrap(), reply.as_bytes()),
                None => return Some(said[body.unwrap()..].to_vec()),
            },
            Step::Event(client::Event::Ready(_)) => {
                let rcpts = vec![Rcpt::new(Mailbox::new("b", "x.example").unwrap())];
                client.send(Envelope { mail: Mail::new(None), rcpts }).unwrap();
            }
            Step::Event(client::Event::SendBody(ticket)) => {
                body.get_or_insert(said.len());
                let given = match pieces.next() {
                    Some(piece) => client.body(ticket, piece.to_vec().into()),
                    None => client.body_end(ticket),
                };
                if given.is_err() {
                    assert_eq!(client.poll(), Ok(Step::Close), "a message that cannot go on is not ended");
                    return None;
                }
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn every_short_string_goes_out_with_one_end_or_not_at_all() {
    for content in strings() {
        for cut in [content.len(), 1] {
            let irregular = (0..content.len()).any(|n| match content[n] {
                b'\r' => content.get(n + 1) != Some(&b'\n'),
                b'\n' => n == 0 || content[n - 1] != b'\r',
                _ => false,
            });
            let context = content.escape_ascii().to_string();
            match sent(&content, false, cut) {
                None => assert!(irregular, "{context}"),
                Some(wire) => {
                    let (mut back, end) = received(&wire).unwrap();
                    assert_eq!(end, wire.len(), "{context}");
                    assert!(!irregular, "{context}");
                    if !content.ends_with(b"\r\n") {
                        back.truncate(back.len() - 2);
                    }
                    assert!(back == content, "{context}");
                }
            }
            let wire = sent(&content, true, cut).unwrap();
            let (back, end) = received(&wire).unwrap();
            let mut want = crlf(&content);
            if !want.ends_with(b"\r\n") {
                want.extend_from_slice(b"\r\n");
            }
            assert_eq!((end, back), (wire.len(), want), "{context}");
        }
    }
}

#[test]
fn a_body_that_ends_at_a_buffers_end_is_taken_once() {
    for power in 9..=16 {
        for size in (1_usize << power) - 3..=(1 << power) + 3 {
            let mut input = vec![b'x'; size];
            input.extend_from_slice(b"\r\n.\r\n");
            for cut in [1 << power, size, size + 1, size + 2, size + 3, size + 4, input.len()] {
                let mut config = Config::new("mx");
                config.limits.text_line = 1 << 17; // it is one line
                let mut desk = Desk::in_data(config);
                desk.feed(&input, cut);
                assert_eq!(desk.messages.len(), 1);
                assert_eq!(desk.messages[0].len(), size + 2);
            }
        }
    }
}

#[test]
fn the_end_may_come_first_and_the_first_line_may_be_stuffed() {
    for (input, want) in [
        (&b".\r\n"[..], &b""[..]),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"\r\n.\r\n", b"\r\n"),
        (b".a\r\n.\r\n", b"a\r\n"),
    ] {
        for cut in 1..=input.len() {
            let mut desk = Desk::in_data(Config::new("mx"));
            desk.feed(input, cut);
            assert_eq!(desk.messages, [want.to_vec()]);
        }
    }
}

#[test]
fn a_chunk_with_a_bare_newline_is_refused_unless_binary() {
    for (declared, taken) in [("", false), (" BODY=8BITMIME", false), (" BODY=BINARYMIME", true)] {
        for chunks in [
            &b"BDAT 4 LAST\r\na\nb\r"[..],
            b"BDAT 2\r\na\nBDAT 2 LAST\r\n\r\n",
            b"BDAT 2\r\na\rBDAT 1 LAST\r\nb",
        ] {
            let mut config = Config::new("mx");
            config.extensions.binary_mime = true;
            let mut desk = Desk::greeted(config);
            desk.feed(
                format!("MAIL FROM:<a@b.example>{declared}\r\nRCPT TO:<c@d.example>\r\n").as_bytes(),
                99,
            );
            desk.feed(chunks, 3);
            assert_eq!(desk.messages.len(), usize::from(taken), "{declared} {}", desk.said());
            assert_eq!(desk.said().contains("550 5.5.2"), !taken);
        }
    }
}
