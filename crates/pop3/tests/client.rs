//! The client session against transcripts: whole, byte by byte, and cut at every place.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use mailwright_pop3::{
    client::{Client, Config, Event, Item},
    parse,
    types::Command,
};
use mailwright_sasl::{Hash, Nonce, Secret, client as sasl};
use mailwright_testkit::{Play, Role, corpus, play};

/// Does what the `A:` lines say, and writes down what happens.
#[derive(Default)]
struct Player {
    log: Vec<String>,
}

impl Play for Player {
    type Session = Client;

    fn begin(&mut self) -> Client {
        Client::new(Arc::new(Config::default()))
    }

    fn event(&mut self, _session: &mut Client, event: Event) {
        let line = match event {
            Event::Greeting { timestamp, .. } => format!("greeting {timestamp:?}"),
            Event::Reply { verb, reply } => format!("{verb} {reply}"),
            Event::Item(Item::Totals { messages, octets }) => format!("totals {messages} {octets}"),
            Event::Item(Item::Size { message, octets }) => format!("size {message} {octets}"),
            Event::Item(Item::UniqueId { message, id }) => format!("id {message} {id}"),
            Event::Item(Item::Language { tag, .. }) => format!("language {tag}"),
            Event::Unreadable(line) => format!("unreadable {line}"),
            Event::Capabilities(all) => format!("capabilities {:?}", all.sasl),
            // Pieces depend on how the input is cut; their sum does not.
            Event::Body(piece) => {
                let piece = String::from_utf8_lossy(&piece);
                if let Some(last) = self.log.last_mut().filter(|last| last.starts_with("body ")) {
                    last.push_str(&piece);
                    return;
                }
                format!("body {piece}")
            }
            Event::End => "end".to_owned(),
            Event::Authenticated(reply) => format!("authenticated {reply}"),
            Event::AuthenticationFailed(error) => format!("not authenticated: {error}"),
            Event::Secured => "secured".to_owned(),
            Event::Unwelcome(reply) => format!("unwelcome {reply}"),
            other => panic!("{other:?}"),
        };
        self.log.push(line);
    }

    fn act(&mut self, session: &mut Client, words: &str) {
        if let Some(want) = words.strip_prefix("saw ") {
            let got = self.log.remove(0);
            assert_eq!(got.replace("\r\n", "|"), want);
        } else if words == "stls" {
            session.start_tls().unwrap();
        } else if let Some(mechanism) = words.strip_prefix("auth ") {
            let secret = Secret::new("tanstaaf");
            session
                .authenticate(match mechanism {
                    "PLAIN" => Box::new(sasl::Plain::new("mrose", &secret).unwrap()),
                    "long PLAIN" => Box::new(sasl::Plain::new(&"x".repeat(200), &secret).unwrap()),
                    _ => Box::new(
                        sasl::Scram::new(Hash::Sha256, "mrose", &secret, &Nonce::new([0; 18]), false)
                            .unwrap(),
                    ),
                })
                .unwrap();
        } else {
            session.send(parse::command(words.as_bytes()).unwrap()).unwrap();
        }
    }
}

fn check(name: &str, text: &str) {
    play(Role::Client, name, text, Player::default);
}

#[test]
fn commands_and_answers() {
    check(
        "session",
        "S: +OK ready <1.2@dewey>
A: saw greeting Some(\"<1.2@dewey>\")
A: STAT
C: STAT
S: +OK 2 320
A: saw STAT +OK 2 320
A: saw totals 2 320
A: LIST
C: LIST
S: +OK 2 messages
S: 1 120
S: what?
S: 2 200 octets
S: .
A: saw LIST +OK 2 messages
A: saw size 1 120
A: saw unreadable what?
A: saw size 2 200
A: saw end
A: UIDL 2
C: UIDL 2
S: +OK 2 QhdPYR:00WBw1Ph7x7
A: saw UIDL +OK 2 QhdPYR:00WBw1Ph7x7
A: saw id 2 QhdPYR:00WBw1Ph7x7
A: RETR 1
C: RETR 1
S: +OK 120 octets
S: Subject: x
S:
S: ..dot
S: .
A: saw RETR +OK 120 octets
A: saw body Subject: x||.dot|
A: saw end
A: RETR 9
C: RETR 9
S: -ERR [SYS/TEMP] no such message
A: saw RETR -ERR [SYS/TEMP] no such message
A: QUIT
C: QUIT
S: +OK bye
A: saw QUIT +OK bye
Z:
",
    );
}

#[test]
fn commands_wait_for_their_turn_and_are_pipelined_only_where_that_was_announced() {
    check(
        "pipelining",
        "S: +OK
A: saw greeting None
A: DELE 1
A: DELE 2
C: DELE 1
S: +OK
C: DELE 2
S: +OK
A: saw DELE +OK
A: saw DELE +OK
A: CAPA
C: CAPA
S: +OK
S: PIPELINING
S: .
A: saw CAPA +OK
A: saw capabilities None
A: NOOP
A: DELE 3
A: DELE 4
A: QUIT
C: NOOP
C: DELE 3
C: DELE 4
C: QUIT
S: +OK
S: +OK
S: +OK
S: +OK
Z:
",
    );
}

#[test]
fn auth_with_and_without_room_for_the_initial_response() {
    let long = mailwright_sasl::frame::encode(format!("\0{}\0tanstaaf", "x".repeat(200)).as_bytes());
    check(
        "auth",
        &format!(
            "S: +OK
A: saw greeting None
A: auth PLAIN
C: AUTH PLAIN AG1yb3NlAHRhbnN0YWFm
S: -ERR [AUTH] no
A: saw not authenticated: -ERR [AUTH] no
A: auth long PLAIN
C: AUTH PLAIN
S| + \\r\\n
C: {long}
S: +OK in
A: saw authenticated +OK in
"
        ),
    );
}

#[test]
fn an_impostor_is_cancelled() {
    check(
        "scram",
        "S: +OK
A: saw greeting None
A: auth SCRAM
C: AUTH SCRAM-SHA-256 biwsbj1tcm9zZSxyPUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==
S: + cj1lbHNlLHM9YWJjLGk9NDA5Ng==
C: *
S: -ERR cancelled
A: saw not authenticated: server's challenge is malformed or out of order
A: auth SCRAM
C: AUTH SCRAM-SHA-256 biwsbj1tcm9zZSxyPUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ==
S: +OK come in
A: saw not authenticated: server could not prove that it knows the password
",
    );
}

#[test]
fn stls_begins_the_session_anew() {
    check(
        "stls",
        "S: +OK
A: saw greeting None
A: CAPA
C: CAPA
S: +OK
S: STLS
S: PIPELINING
S: .
A: saw CAPA +OK
A: saw capabilities None
A: stls
C: STLS
S: +OK begin
A: saw STLS +OK begin
T:
A: saw secured
A: NOOP
A: NOOP
C: NOOP
S: +OK
C: NOOP
S: +OK
",
    );
}

#[test]
fn answers_that_nobody_asked_for_end_the_session() {
    check("unasked", "S: +OK\nA: saw greeting None\nS: +OK again\nX: server sent a line that is no answer\n");
    check("no answer", "S: * OK IMAP4rev1\nX: server sent a line that is no answer\n");
    check("unwelcome", "S: -ERR [SYS/PERM] go away\nA: saw unwelcome -ERR [SYS/PERM] go away\nZ:\n");
    check("eof", "S: +OK\nA: NOOP\nC: NOOP\nE:\nX: connection closed while an answer was awaited\n");
    check(
        "eof in a message",
        "S: +OK\nA: RETR 1\nC: RETR 1\nS: +OK\nS: half\nE:\nX: connection closed while an answer was awaited\n",
    );
    check("eof between", "S: +OK\nE:\nZ:\n");
}

/// What other servers answered, with the command that each answers.
#[test]
fn answers_of_many_servers_are_read_without_loss() {
    let Some(corpus) = corpus() else { return println!("left out: answers of many servers") };
    let folder = corpus.join("mailkit-transcripts/Pop3");
    let mut files = 0;
    for dir in ["common", "comcast", "lang"] {
        for file in std::fs::read_dir(folder.join(dir)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let answer = std::fs::read(&path).unwrap();
            let answer = String::from_utf8(answer).unwrap().replace("\r\n", "\n").replace('\n', "\r\n");
            files += 1;
            if name.ends_with("greeting") {
                assert_eq!(read(None, &answer).len(), 1, "{name}");
                continue;
            }
            let one_line = ["ok", "err", "quit", "auth", "setlang", "utf8"];
            let (command, want) = match name {
                _ if one_line.contains(&name) => ("NOOP", 1),
                "capa1" | "capa2" => ("CAPA", 2),
                "getlang" => ("LANG", 8),
                "list" => ("LIST", 9),
                "list-error1" | "list-error3" => ("LIST", 9),
                "list-error2" => ("LIST", 9),
                _ if name.starts_with("list1") => ("LIST 1", 2),
                _ if name.starts_with("stat") => ("STAT", 2),
                "retr1" => ("RETR 1", 3),
                _ => panic!("{name} answers no command that is known here"),
            };
            let events = read(Some(command), &answer);
            assert_eq!(events.len(), want, "{name}: {events:#?}");
            let unreadable = events.iter().filter(|event| event.starts_with("Unreadable")).count();
            let bad = [
                "list-error1",
                "list-error3",
                "list1-error1",
                "list1-error3",
                "stat-error1",
                "stat-error2",
                "stat-error3",
            ];
            assert_eq!(unreadable, usize::from(bad.contains(&name)), "{name}: {events:#?}");
        }
    }
    assert_eq!(files, 30);
}

/// What the client makes of an answer; the pieces of a message count as one.
fn read(command: Option<&str>, answer: &str) -> Vec<String> {
    use bytes::BufMut;
    use mailwright_wire::{Session, Step};
    let mut client = Client::new(Arc::new(Config::default()));
    let mut input = match command {
        Some(command) => {
            client.send(parse::command(command.as_bytes()).unwrap()).unwrap();
            format!("+OK\r\n{answer}")
        }
        None => answer.to_owned(),
    };
    let mut events: Vec<String> = Vec::new();
    loop {
        match client.poll().unwrap() {
            Step::Event(Event::Greeting { .. }) if command.is_some() => {}
            Step::Event(event) => {
                let text = format!("{event:?}");
                if !(text.starts_with("Body") && events.last().is_some_and(|last| last.starts_with("Body"))) {
                    events.push(text);
                }
            }
            // Each byte is given when it is asked for, so that nothing is read before its command is sent.
            Step::Read(_) if !input.is_empty() => client.slot().unwrap().put_u8(input.remove(0) as u8),
            Step::Read(_) | Step::Close => return events,
            _ => {}
        }
    }
}

#[test]
fn what_cannot_stand_on_a_line_is_not_sent() {
    let mut client = Client::new(Arc::new(Config::default()));
    for command in [
        Command::User("a\r\nDELE 1".into()),
        Command::Pass(Secret::new("a\nb")),
        Command::Pass(Secret::new("")),
        Command::Lang(Some("en\r\n".into())),
        Command::User("a\0".into()),
        Command::User("a\u{85}".into()),
    ] {
        assert!(client.send(command.clone()).is_err(), "{command:?}");
    }
    assert_eq!(client.pending(), 1, "the greeting alone");
}
