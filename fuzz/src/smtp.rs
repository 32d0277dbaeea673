//! SMTP: what reads is written as it reads, and no octets make either side panic, hang, or see a message that is none.

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use mailwright_smtp::{
    client::{self, Client, Envelope},
    encode, parse,
    server::{BareNewline, Config, Event, Protocol, Server, StartTls},
    types::{Mail, Mailbox, Rcpt, Reply, ReplyCode},
};
use mailwright_wire::{Session, Step, TlsInfo, Upgrading};

/// A command that reads is written as it reads; one that does not has a reply that keeps to its line.
pub fn command(line: &[u8]) {
    match parse::command(line) {
        Ok(command) => {
            let mut out = String::new();
            encode::command(&command, &mut out).expect("what was read can be written");
            let written = out.strip_suffix("\r\n").expect("a line end");
            assert!(!written.contains(['\r', '\n', '\0']));
            assert_eq!(parse::command(written.as_bytes()), Ok(command));
        }
        Err(e) => {
            let mut out = String::new();
            encode::reply(&e.reply(), &mut out);
            assert!(out.len() <= 512 && out.matches(['\r', '\n']).count() == 2, "{out:?}");
        }
    }
    let text = String::from_utf8_lossy(line);
    if let Ok(mailbox) = text.parse::<Mailbox>() {
        let again: Mailbox = mailbox.to_string().parse().expect("what was read can be written");
        assert_eq!((again.local_part(), again.domain()), (mailbox.local_part(), mailbox.domain()));
    }
}

/// Capabilities that read are written as they read; any text makes a reply that reads.
pub fn reply(data: &[u8]) {
    for line in data.split(|&b| b == b'\n') {
        _ = parse::reply_line(line);
    }
    let text = String::from_utf8_lossy(data);
    let capabilities = parse::capabilities(text.lines());
    let lines = encode::capabilities(&capabilities);
    let again = parse::capabilities(std::iter::once("mx").chain(lines.iter().map(String::as_str)));
    assert_eq!(again.size, capabilities.size);
    assert_eq!(again.auth, capabilities.auth);
    let mut out = String::new();
    encode::reply(&Reply::plain(ReplyCode::OK, &text), &mut out);
    for line in out.split_terminator("\r\n") {
        assert!(line.len() <= 510 && !line.contains(char::is_control));
        assert!(parse::reply_line(line.as_bytes()).is_ok());
    }
}

/// The first octet chooses the settings, the second how the rest is cut.
pub fn server(data: &[u8]) {
    let Some((&[settings, cut], input)) = data.split_first_chunk::<2>() else { return };
    let make = || {
        let mut config = Config::new("mx");
        config.limits.message = 4096;
        config.limits.discard = 8192;
        config.limits.command_line = 512;
        config.limits.errors_hard = 1000;
        config.extensions.binary_mime = settings & 1 != 0;
        config.starttls = if settings & 2 != 0 { StartTls::Offered } else { StartTls::Off };
        config.protocol = if settings & 4 != 0 { Protocol::Lmtp } else { Protocol::Smtp };
        config.bare_newline = if settings & 8 != 0 { BareNewline::Normalise } else { BareNewline::Reject };
        config.xclient = settings & 32 != 0;
        Desk::new(config)
    };
    let mut runs: Vec<Desk> = vec![];
    for cut in [input.len().max(1), usize::from(cut).max(1), 1] {
        let mut desk = make();
        desk.feed(input, cut);
        runs.push(desk);
    }
    // Who does not wait for a reply is sent away, which depends on what came together. Nothing else does.
    let [whole, cut, bytes] = &runs[..] else { return };
    for desk in [whole, cut] {
        if !desk.ended {
            assert_eq!(desk.said, bytes.said);
            assert_eq!(desk.messages, bytes.messages);
        }
    }
    for message in runs.iter().flat_map(|desk| &desk.messages) {
        assert!(message.len() <= 4096);
    }
}

/// A server that says yes to all.
struct Desk {
    server: Option<Server>,
    said: Vec<u8>,
    open: Vec<u8>,
    messages: Vec<Vec<u8>>,
    ended: bool,
}

impl Desk {
    fn new(config: Config) -> Self {
        let server = Some(Server::new(Arc::new(config)));
        let mut desk = Self { server, said: vec![], open: vec![], messages: vec![], ended: false };
        desk.pump();
        desk
    }

    fn feed(&mut self, mut input: &[u8], cut: usize) {
        while !input.is_empty() {
            let Some(mut slot) = self.server.as_mut().and_then(Session::slot) else { return };
            let n = input.len().min(cut).min(slot.remaining_mut());
            slot.put_slice(&input[..n]);
            input = &input[n..];
            self.pump();
        }
    }

    fn pump(&mut self) {
        while let Some(server) = &mut self.server {
            let answered = match server.poll() {
                Ok(Step::Write(bytes)) => {
                    self.said.extend_from_slice(&bytes);
                    Ok(())
                }
                Ok(Step::Event(event)) => match event {
                    Event::Connected { ticket } => server.answer(ticket, Ok(())),
                    Event::Hello { ticket, .. } => server.answer(ticket, Ok(())),
                    Event::Mail { ticket, .. } => server.answer(ticket, Ok(())),
                    Event::Rcpt { ticket, .. } => server.answer(ticket, Ok(())),
                    Event::Data { ticket } => server.answer(ticket, Ok(())),
                    Event::Body(piece) => {
                        self.open.extend_from_slice(&piece);
                        Ok(())
                    }
                    Event::BodyEnd { ticket } => {
                        self.messages.push(std::mem::take(&mut self.open));
                        server.answer(ticket, Reply::ok("taken").into())
                    }
                    Event::Reset => {
                        self.open.clear();
                        Ok(())
                    }
                    _ => Ok(()),
                },
                Ok(Step::Pause(_)) => Ok(()),
                Ok(Step::Read(_) | Step::Answer) => return,
                Ok(Step::Upgrade) => {
                    let upgraded = self.server.take().and_then(|s| s.upgrade().ok());
                    self.server = upgraded.map(|u| u.secured(TlsInfo::default()));
                    self.ended |= self.server.is_none();
                    continue;
                }
                Ok(Step::Close) | Err(_) => {
                    self.server = None;
                    self.ended = true;
                    return;
                }
            };
            answered.expect("the answer to the question");
        }
    }
}

fn new_client(chunking: bool) -> Client {
    let mut config = client::Config::new("client".parse().expect("a name"));
    config.chunking = chunking;
    config.repair_line_ends = true;
    Client::new(Arc::new(config))
}

fn envelope() -> Envelope {
    let to = |local| Rcpt::new(Mailbox::new(local, "b.example").expect("a mailbox"));
    Envelope { mail: Mail::new(None), rcpts: vec![to("one"), to("two")] }
}

/// What a client does with a server that says anything. It is not told that a message is delivered before it has sent
/// one to its end.
pub fn client(data: &[u8]) {
    let Some((&[settings, cut], mut input)) = data.split_first_chunk::<2>() else { return };
    let mut client = new_client(settings & 1 != 0);
    let mut sent = false;
    for _ in 0..100_000 {
        match client.poll() {
            Ok(Step::Read(_)) if input.is_empty() => client.eof(),
            Ok(Step::Read(_)) => {
                let Some(mut slot) = client.slot() else { return };
                let n = input.len().min(usize::from(cut).max(1)).min(slot.remaining_mut());
                slot.put_slice(&input[..n]);
                input = &input[n..];
            }
            Ok(Step::Event(client::Event::Ready(_))) if settings & 2 != 0 && client.tls().is_none() => {
                client.start_tls().expect("it is ready");
            }
            Ok(Step::Event(client::Event::Ready(_) | client::Event::TlsRefused(_))) => {
                _ = client.send(envelope())
            }
            Ok(Step::Event(client::Event::SendBody(ticket))) if settings & 4 != 0 && !sent => {
                client.body(ticket, Bytes::from_static(b"hi\r\n")).expect("wanted");
                sent = true;
            }
            Ok(Step::Event(client::Event::SendBody(ticket))) => {
                sent = true;
                client.body_end(ticket).expect("wanted");
            }
            Ok(Step::Event(client::Event::Sent(delivery))) => {
                assert!(sent || !delivery.fates.iter().any(client::Fate::is_delivered));
                sent = false;
                _ = client.send(envelope());
            }
            Ok(Step::Upgrade) => match client.upgrade() {
                Ok(upgrading) => client = upgrading.secured(TlsInfo::default()),
                Err(_) => return,
            },
            Ok(Step::Close | Step::Answer) | Err(_) => return,
            Ok(_) => {}
        }
    }
    panic!("it goes on and on");
}

/// A client against a server. The first octets choose the cut, and which octets on the way are changed: while none is,
/// the message arrives as it was.
pub fn conversation(data: &[u8]) {
    let Some((&[settings, cut, at, flip], content)) = data.split_first_chunk::<4>() else { return };
    let mut config = Config::new("mx");
    config.extensions.chunking = settings & 1 != 0;
    let mut desk = Desk::new(config);
    let mut client = new_client(settings & 2 != 0);
    let (mut heard, mut seen) = (0, 0_usize);
    let mut pieces = content.chunks(usize::from(cut).max(1));
    let mut mangle = |octet: u8| {
        seen += 1;
        if flip != 0 && seen == usize::from(at) * 4 { octet ^ flip } else { octet }
    };
    for _ in 0..100_000 {
        match client.poll() {
            Ok(Step::Write(bytes)) => {
                let bytes: Vec<u8> = bytes.iter().map(|&b| mangle(b)).collect();
                desk.feed(&bytes, usize::from(cut).max(1));
            }
            Ok(Step::Read(_)) if heard == desk.said.len() => client.eof(),
            Ok(Step::Read(_)) => {
                let Some(mut slot) = client.slot() else { return };
                let n = (desk.said.len() - heard).min(slot.remaining_mut());
                for &b in &desk.said[heard..heard + n] {
                    slot.put_u8(mangle(b));
                }
                heard += n;
            }
            Ok(Step::Event(client::Event::Ready(_))) => _ = client.send(envelope()),
            Ok(Step::Event(client::Event::SendBody(ticket))) => match pieces.next() {
                Some(piece) => client.body(ticket, Bytes::copy_from_slice(piece)).expect("wanted"),
                None => client.body_end(ticket).expect("wanted"),
            },
            Ok(Step::Event(client::Event::Sent(delivery))) => {
                if flip == 0 {
                    assert!(delivery.is_complete());
                    assert_eq!(desk.messages.len(), 1);
                    if !content.contains(&b'\r') && !content.contains(&b'\n') {
                        let want = if content.is_empty() { vec![] } else { [content, b"\r\n"].concat() };
                        assert_eq!(desk.messages[0], want);
                    }
                }
                return;
            }
            Ok(Step::Close | Step::Answer | Step::Upgrade) | Err(_) => {
                assert!(flip != 0, "nothing was changed");
                return;
            }
            Ok(_) => {}
        }
    }
    panic!("it goes on and on");
}
