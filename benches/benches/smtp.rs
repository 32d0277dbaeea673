//! SMTP: command and reply lines, a body of 16 MB by DATA and by BDAT in reads of 16 KiB, dot-stuffing, whole sessions.
//!
//! `smtp-proto` parses and receives; it has no sessions, and stuffs nothing.

use bytes::{BufMut, Bytes, BytesMut};
use mailwright_benches::{Work, contender, race};
use mailwright_smtp::{
    client::{self, Client, Envelope},
    parse,
    server::{self, Server},
    types::{Mail, Mailbox, Rcpt, Reply},
};
use mailwright_wire::{Body, CountDecoder, DotDecoder, DotEncoder, Output, Session, Step};
use smtp_proto::{
    request::receiver::{BdatReceiver, DataReceiver},
    response::parser::ResponseReceiver,
};
use std::sync::Arc;

/// What one read gives.
const READ: usize = 16 * 1024;
const MESSAGES: u64 = 1000;

fn main() {
    commands();
    replies();
    let content = content(16 << 20);
    receiving(&content);
    stuffing(&content);
    sessions();
}

/// A session of a few mails, as servers hear it all day.
const COMMANDS: [&str; 12] = [
    "EHLO mail-ej1-f49.google.example",
    "MAIL FROM:<bounces+12345-alice=example.org@mail.example.net> SIZE=48213 BODY=8BITMIME",
    "RCPT TO:<alice@example.org>",
    "RCPT TO:<bob.smith+lists@example.org> NOTIFY=FAILURE,DELAY ORCPT=rfc822;bob@example.org",
    "DATA",
    "MAIL FROM:<> SIZE=1024",
    "RCPT TO:<\"john doe\"@example.org>",
    "BDAT 65536",
    "BDAT 2048 LAST",
    "RSET",
    "NOOP",
    "QUIT",
];

fn commands() {
    let lines: Vec<Vec<u8>> = COMMANDS.iter().map(|line| format!("{line}\r\n").into_bytes()).collect();
    race(
        "a command line",
        Work::Operations(COMMANDS.len() * 1000),
        vec![
            contender("mailwright", || {
                (0..1000)
                    .flat_map(|_| &lines)
                    .map(|line| u64::from(parse::command(&line[..line.len() - 2]).is_ok()))
                    .sum()
            }),
            contender("smtp-proto", || {
                (0..1000)
                    .flat_map(|_| &lines)
                    .map(|line| u64::from(smtp_proto::Request::parse(&mut line.iter()).is_ok()))
                    .sum()
            }),
        ],
    );
}

fn replies() {
    let replies = [
        "250 2.1.5 Recipient OK\r\n",
        "354 go on\r\n",
        "550 5.1.1 No such user here\r\n",
        "250 2.0.0 Taken as 8Q4R7\r\n",
    ];
    race(
        "a reply line",
        Work::Operations(replies.len() * 1000),
        vec![
            contender("mailwright", || {
                (0..1000)
                    .flat_map(|_| replies)
                    .map(|line| {
                        parse::reply_line(&line.as_bytes()[..line.len() - 2])
                            .map_or(0, |l| l.text.len() as u64)
                    })
                    .sum()
            }),
            contender("smtp-proto (with an owned text)", || {
                let mut receiver = ResponseReceiver::default();
                (0..1000)
                    .flat_map(|_| replies)
                    .map(|line| {
                        let reply = receiver.parse(&mut line.as_bytes().iter());
                        receiver.reset();
                        reply.map_or(0, |reply| reply.message().len() as u64)
                    })
                    .sum()
            }),
        ],
    );
}

/// Lines of 76 octets, as base64 has them, and a dot at the start of some.
fn content(len: usize) -> Vec<u8> {
    let mut content = Vec::with_capacity(len + 80);
    while content.len() < len {
        let first = if content.len() % 50 == 0 { b'.' } else { b'a' };
        content.push(first);
        content.extend_from_slice(&[b'b'; 75]);
        content.extend_from_slice(b"\r\n");
    }
    content
}

fn stuffed(content: &[u8]) -> Vec<u8> {
    let mut out = Output::new();
    let mut dots = DotEncoder::new();
    dots.encode(Bytes::copy_from_slice(content), &mut out).expect("only CRLF");
    dots.end(&mut out).expect("only CRLF");
    std::iter::from_fn(|| out.pop()).flatten().collect()
}

fn receiving(content: &[u8]) {
    let wire = stuffed(content);
    race(
        "DATA of 16 MB in reads of 16 KiB",
        Work::Octets(wire.len()),
        vec![
            contender("mailwright, handing out slices", || {
                let (mut dots, mut buf) = (DotDecoder::default(), BytesMut::new());
                let mut sum = 0;
                for read in wire.chunks(READ) {
                    buf.extend_from_slice(read);
                    while let Some(Body::Data(piece)) = dots.decode(&mut buf) {
                        sum += piece.len() as u64;
                    }
                }
                sum
            }),
            contender("mailwright, a server's session", || session_receives(&wire, None)),
            contender("smtp-proto, into one buffer", || {
                let (mut data, mut message) = (DataReceiver::new(), Vec::new());
                let mut buf = vec![0; READ];
                for read in wire.chunks(READ) {
                    buf[..read.len()].copy_from_slice(read);
                    data.ingest(&mut buf[..read.len()].iter(), &mut message);
                }
                message.len() as u64
            }),
            contender("memcpy", || copied(&wire)),
        ],
    );
    race(
        "BDAT of 16 MB in reads of 16 KiB",
        Work::Octets(content.len()),
        vec![
            contender("mailwright, handing out slices", || {
                let (mut chunk, mut buf) = (CountDecoder::new(content.len() as u64), BytesMut::new());
                let mut sum = 0;
                for read in content.chunks(READ) {
                    buf.extend_from_slice(read);
                    while let Some(Body::Data(piece)) = chunk.decode(&mut buf) {
                        sum += piece.len() as u64;
                    }
                }
                sum
            }),
            contender("mailwright, a server's session", || session_receives(content, Some(content.len()))),
            contender("smtp-proto, into one buffer", || {
                let (mut chunk, mut message) = (BdatReceiver::new(content.len(), true), Vec::new());
                let mut buf = vec![0; READ];
                for read in content.chunks(READ) {
                    buf[..read.len()].copy_from_slice(read);
                    chunk.ingest(&mut buf[..read.len()].iter(), &mut message);
                }
                message.len() as u64
            }),
            contender("memcpy", || copied(content)),
        ],
    );
}

/// The reads, and a copy of them in one buffer.
fn copied(wire: &[u8]) -> u64 {
    let (mut message, mut buf) = (Vec::new(), vec![0; READ]);
    for read in wire.chunks(READ) {
        buf[..read.len()].copy_from_slice(read);
        message.extend_from_slice(&buf[..read.len()]);
    }
    message.len() as u64
}

fn stuffing(content: &[u8]) {
    let whole = Bytes::copy_from_slice(content);
    race(
        "dot-stuffing 16 MB in pieces of 64 KiB",
        Work::Octets(content.len()),
        vec![
            contender("mailwright, passing slices on", || {
                let (mut dots, mut out) = (DotEncoder::new(), Output::new());
                let mut sum = 0;
                for at in (0..whole.len()).step_by(64 * 1024) {
                    dots.encode(whole.slice(at..whole.len().min(at + 64 * 1024)), &mut out)
                        .expect("only CRLF");
                    sum += std::iter::from_fn(|| out.pop()).map(|piece| piece.len() as u64).sum::<u64>();
                }
                sum
            }),
            contender("octet by octet", || {
                let (mut out, mut start) = (Vec::with_capacity(whole.len() + 1024), true);
                for &b in &whole {
                    if start && b == b'.' {
                        out.push(b'.');
                    }
                    out.push(b);
                    start = b == b'\n';
                }
                out.len() as u64
            }),
            contender("memcpy", || copied(content)),
        ],
    );
}

/// Reads as the driver does: into the session's slot, as much as it offers and a read has.
fn feed(server: &mut Server, input: &mut &[u8]) {
    let mut slot = server.slot().expect("it wants to read");
    let n = input.len().min(slot.remaining_mut()).min(READ);
    slot.put_slice(&input[..n]);
    *input = &input[n..];
}

/// How many octets of a message come out of a session that is given these, by DATA or in one chunk.
fn session_receives(body: &[u8], chunk: Option<usize>) -> u64 {
    let hello: &[u8] = b"EHLO c\r\n";
    let command = chunk.map_or("DATA\r\n".into(), |size| format!("BDAT {size} LAST\r\n"));
    let envelope = format!("MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n{command}");
    let mut inputs = [hello, envelope.as_bytes(), body].into_iter();
    let mut input = inputs.next().unwrap_or_default();
    let mut server = Server::new(Arc::new(server::Config::new("mx")));
    let mut octets = 0;
    loop {
        match server.poll().expect("a session") {
            Step::Event(server::Event::Body(piece)) => octets += piece.len() as u64,
            Step::Event(server::Event::BodyEnd { .. }) => return octets,
            Step::Event(event) => agree(&mut server, event),
            Step::Read(_) => {
                if input.is_empty() {
                    input = inputs.next().expect("more to say");
                }
                feed(&mut server, &mut input);
            }
            _ => {}
        }
    }
}

fn agree(server: &mut Server, event: server::Event) {
    use server::Event;
    let answered = match event {
        Event::Connected { ticket } => server.answer(ticket, Ok(())),
        Event::Hello { ticket, .. } => server.answer(ticket, Ok(())),
        Event::Mail { ticket, .. } => server.answer(ticket, Ok(())),
        Event::Rcpt { ticket, .. } => server.answer(ticket, Ok(())),
        Event::Data { ticket } => server.answer(ticket, Ok(())),
        Event::BodyEnd { ticket } => server.answer(ticket, Reply::ok("taken").into()),
        _ => Ok(()),
    };
    answered.expect("the answer to the question");
}

/// Messages of 4 KiB to two recipients from client to server, both ends in memory.
fn sessions() {
    let body = Bytes::from(content(4096));
    let converse = |chunking: bool| {
        let mut settings = client::Config::new("client".parse().expect("a name"));
        settings.chunking = chunking;
        let mut limits = server::Config::new("mx");
        limits.limits.transactions = u32::MAX;
        let mut server = Server::new(Arc::new(limits));
        let mut client = Client::new(Arc::new(settings));
        let rcpt = |local| Rcpt::new(Mailbox::new(local, "b.example").expect("a mailbox"));
        let envelope = Envelope { mail: Mail::new(None), rcpts: vec![rcpt("one"), rcpt("two")] };
        let (mut to_client, mut to_server) = (BytesMut::new(), BytesMut::new());
        let (mut sent, mut given) = (0, false);
        while sent < MESSAGES {
            loop {
                match server.poll().expect("a session") {
                    Step::Write(bytes) => to_client.extend_from_slice(&bytes),
                    Step::Event(event) => agree(&mut server, event),
                    Step::Read(_) if to_server.is_empty() => break,
                    Step::Read(_) => {
                        let mut slot = server.slot().expect("it wants to read");
                        let n = to_server.len().min(slot.remaining_mut());
                        slot.put_slice(&to_server.split_to(n));
                    }
                    _ => {}
                }
            }
            loop {
                match client.poll().expect("a session") {
                    Step::Write(bytes) => to_server.extend_from_slice(&bytes),
                    Step::Event(client::Event::SendBody(ticket)) if given => {
                        client.body_end(ticket).expect("wanted")
                    }
                    Step::Event(client::Event::SendBody(ticket)) => {
                        client.body(ticket, body.clone()).expect("wanted");
                        given = true;
                    }
                    Step::Event(event) => {
                        sent += u64::from(matches!(event, client::Event::Sent(_)));
                        given = false;
                        client.send(envelope.clone()).expect("it is ready");
                    }
                    Step::Read(_) if to_client.is_empty() => break,
                    Step::Read(_) => {
                        let mut slot = client.slot().expect("it wants to read");
                        let n = to_client.len().min(slot.remaining_mut());
                        slot.put_slice(&to_client.split_to(n));
                    }
                    _ => {}
                }
            }
        }
        sent
    };
    race(
        "a message of 4 KiB from client to server",
        Work::Operations(MESSAGES as usize),
        vec![contender("by BDAT", || converse(true)), contender("by DATA", || converse(false))],
    );
}
