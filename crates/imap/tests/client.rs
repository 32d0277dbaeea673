//! The client session against transcripts: whole, byte by byte, and cut at every place.

#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use mailwright_imap::{
    Limits,
    client::{Client, Config, Event, Security},
    encode::{Encode, core::Encoder},
    parse::command::{Context, command},
    types::response::{Fetch, Status},
};
use mailwright_sasl::{Secret, client::Plain};
use mailwright_testkit::{Play, Role, play_file};
use mailwright_wire::TlsInfo;
use std::{collections::VecDeque, path::Path};

/// `A:` lines are commands as they are written, or one of: `append MAILBOX SIZE`, `octets TEXT`, `plain USER PASSWORD`,
/// `done`, and `event TEXT` for the next thing that must have been told.
struct Player {
    config: Config,
    events: VecDeque<String>,
}

impl Play for Player {
    type Session = Client;

    fn begin(&mut self) -> Client {
        Client::new(self.config.clone())
    }

    fn event(&mut self, _: &mut Client, event: Event) {
        // However the octets of a literal are cut, they are the same.
        if let (Event::Literal(octets), Some(last)) = (&event, self.events.back_mut())
            && last.starts_with("octets ")
        {
            last.push_str(&octets.escape_ascii().to_string());
            return;
        }
        self.events.push_back(told(&event));
    }

    fn act(&mut self, client: &mut Client, words: &str) {
        let (verb, rest) = words.split_once(' ').unwrap_or((words, ""));
        match verb {
            "event" => assert_eq!(self.events.pop_front().as_deref(), Some(rest), "then: {:?}", self.events),
            "silence" => assert_eq!(self.events, VecDeque::<String>::new()),
            "append" => {
                let (mailbox, size) = rest.split_once(' ').unwrap();
                client.append(mailbox.into(), vec![], None, size.parse().unwrap()).unwrap();
            }
            "octets" => client.append_data(Bytes::from(rest.to_owned())).unwrap(),
            "plain" => {
                let (user, password) = rest.split_once(' ').unwrap();
                client.authenticate(Box::new(Plain::new(user, &Secret::new(password)).unwrap())).unwrap();
            }
            "done" => client.done(),
            "refused" => {
                let read =
                    command(&format!("x {rest}").into(), Context { limits: &Limits::default(), utf8: false });
                assert!(client.send(read.unwrap().body).is_err(), "{rest} was sent");
            }
            _ => {
                let limits = Limits { search_depth: 64, ..Limits::default() };
                let read = command(&format!("x {words}").into(), Context { limits: &limits, utf8: true });
                client.send(read.unwrap_or_else(|e| panic!("{words}: {e:?}")).body).unwrap();
            }
        }
    }

    fn tls(&mut self) -> TlsInfo {
        TlsInfo::default()
    }
}

fn told(event: &Event) -> String {
    match event {
        Event::Greeting(status) => format!("greeting {}", text(status)),
        Event::Secured => "secured".into(),
        Event::Result { command, data } => format!("{command} {}", line(data)),
        Event::Unsolicited(data) => format!("news {}", line(data)),
        Event::LiteralBegin { command, fetch } => {
            format!("literal {} {}", command.map(|id| id.to_string()).unwrap_or_default(), fetched(fetch))
        }
        Event::Literal(octets) => format!("octets {}", octets.escape_ascii()),
        Event::LiteralEnd => "literal end".into(),
        Event::Ready(command) => format!("ready {command}"),
        Event::Idling(command) => format!("idling {command}"),
        Event::Cancelled { command, error } => format!("cancelled {command} {error}"),
        Event::Done { command, status } => format!("done {command} {}", text(status)),
        Event::Fault(fault) => format!("fault {}: {}", fault.raw.escape_ascii(), fault.error),
        other => format!("{other:?}"),
    }
}

fn line(value: &impl Encode) -> String {
    let mut out = Encoder::server(true);
    out.value(value);
    out.take().escape_ascii().to_string().trim_end_matches("\\r\\n").replace("\\\"", "\"")
}

fn text(status: &Status) -> String {
    line(status)
}

fn fetched(fetch: &Fetch) -> String {
    line(fetch)
}

fn all(config: impl Fn(&str) -> Config) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/client_transcripts");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        println!("{name}");
        play_file(Role::Client, &path, || Player { config: config(&name), events: VecDeque::new() });
        count += 1;
    }
    assert!(count >= 10, "transcripts are missing");
}

#[test]
fn every_transcript_is_played_however_it_is_cut() {
    all(|name| Config {
        security: if name.starts_with("tls_") { Security::Required } else { Security::Optional },
        limits: Limits {
            response_literal: 16,
            response: 256,
            response_line: 128,
            list_depth: 8,
            ..Limits::default()
        },
        ..Config::default()
    });
}
