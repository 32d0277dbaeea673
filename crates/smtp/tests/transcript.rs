//! Every transcript, whole, byte by byte, and cut at every place.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use std::{path::PathBuf, sync::Arc};

use mailwright_sasl::{
    Name, Seed,
    client::Plain,
    server::{Answer, Policy, Question},
};
use mailwright_smtp::{
    client::{self, Client, Envelope},
    server::{self, BareNewline, Config, Event, Protocol, Queries, Server, StartTls, Verdict},
    types::{BodyType, Command, EnhancedStatus, FutureReleaseLimit, Mail, Rcpt, Reply, ReplyCode},
};
use mailwright_testkit::{Play, Role, play_file};

fn files(side: &str) -> Vec<PathBuf> {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(side);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

#[test]
fn server_transcripts() {
    for file in files("server") {
        let text = std::fs::read_to_string(&file).unwrap();
        // The first line, `# config: word word`, says how the server is set up.
        let words: Vec<String> = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# config:"))
            .unwrap_or_default()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        play_file(Role::Server, &file, || Clerk { config: configured(&words), lmtp: vec![], size: 0 });
    }
}

fn configured(words: &[String]) -> Arc<Config> {
    let mut config = Config::new("mx.example.org");
    for word in words {
        let e = &mut config.extensions;
        match word.as_str() {
            "starttls" => config.starttls = StartTls::Offered,
            "tls-required" => config.starttls = StartTls::Required,
            "auth" => {
                let policy = Policy::new(Seed::new([7; 32])).mechanisms([Name::Plain, Name::Login]);
                config.auth = Some(policy.plaintext_without_tls(true));
            }
            "auth-tls" => {
                config.auth = Some(Policy::new(Seed::new([7; 32])).mechanisms([Name::Plain, Name::Login]));
            }
            "auth-required" => config.auth_required = true,
            "lmtp" => config.protocol = Protocol::Lmtp,
            "normalise" => config.bare_newline = BareNewline::Normalise,
            "binary" => e.binary_mime = true,
            "no-dsn" => e.dsn = false,
            "no-chunking" => e.chunking = false,
            "no-smtputf8" => e.smtputf8 = false,
            "no-limits" => e.limits = false,
            "requiretls" => e.require_tls = true,
            "deliverby" => e.deliver_by = Some(60),
            "futurerelease" => {
                let until = "2027-01-01T00:00:00Z".into();
                e.future_release = Some(FutureReleaseLimit { seconds: 86_400, until });
            }
            "mt-priority" => e.mt_priority = Some("MIXER".into()),
            "no-soliciting" => e.no_soliciting = Some("net.example:ADV".into()),
            "etrn" => e.etrn = true,
            "queries" => config.queries = Queries::Ask,
            "delay" => config.greeting_delay = Some(std::time::Duration::from_secs(2)),
            "xclient" => config.xclient = true,
            "small" => {
                config.limits.message = 1000;
                config.limits.discard = 2000;
                config.limits.recipients = 2;
                config.limits.transactions = 2;
            }
            "impatient" => {
                config.limits.errors_soft = 1;
                config.limits.errors_hard = 3;
                config.limits.junk = 4;
            }
            other => panic!("no such setting: {other}"),
        }
    }
    Arc::new(config)
}

/// Says yes, except to those with `no` in their names.
struct Clerk {
    config: Arc<Config>,
    lmtp: Vec<String>,
    size: usize,
}

fn refusal() -> Reply {
    Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(1, 1), "No such user here")
}

impl Play for Clerk {
    type Session = Server;

    fn begin(&mut self) -> Server {
        Server::new(self.config.clone())
    }

    fn event(&mut self, server: &mut Server, event: Event) {
        let judge = |bad: bool, reply: Reply| if bad { Err(reply) } else { Ok(()) };
        match event {
            Event::Connected { ticket } => server.answer(ticket, Ok(())).unwrap(),
            Event::Hello { ticket, .. } => server.answer(ticket, Ok(())).unwrap(),
            Event::Authenticate { question, ticket } => {
                let Question::Password { user, password } = question else { panic!("{question:?}") };
                let good = user == "tim" && password.expose() == "tanstaaftanstaaf";
                let answer = if good { Answer::accept("tim") } else { Answer::refuse() };
                server.answer(ticket, answer).unwrap();
            }
            Event::Mail { mail, ticket } => {
                self.lmtp.clear();
                self.size = 0;
                let bad = mail.from.mailbox().is_some_and(|m| m.local_part().starts_with("no"));
                server.answer(ticket, judge(bad, refusal())).unwrap();
            }
            Event::Rcpt { rcpt, ticket } => {
                let to = rcpt.to.mailbox().map_or("postmaster", |m| m.local_part()).to_owned();
                let bad = to.starts_with("no") || to == "Green";
                self.lmtp.extend((!bad).then_some(to));
                server.answer(ticket, judge(bad, refusal())).unwrap();
            }
            Event::Data { ticket } => {
                let later = Reply::new(ReplyCode::LOCAL_ERROR, EnhancedStatus::transient(3, 1), "Disk full");
                server.answer(ticket, judge(self.lmtp.iter().any(|to| to == "full"), later)).unwrap();
            }
            Event::Body(piece) => self.size += piece.len(),
            Event::BodyEnd { ticket } => {
                let reply = |to: &String| {
                    if to == "late" {
                        Reply::new(
                            ReplyCode::TOO_BIG,
                            EnhancedStatus::permanent(2, 2),
                            format!("{to} is full"),
                        )
                    } else {
                        Reply::ok(format!("{} octets", self.size))
                    }
                };
                let verdict = match self.config.protocol {
                    Protocol::Lmtp => Verdict::Each(self.lmtp.iter().map(reply).collect()),
                    Protocol::Smtp => self.lmtp.first().map_or_else(refusal, reply).into(),
                };
                server.answer(ticket, verdict).unwrap();
            }
            Event::Query { query, ticket } => server.answer(ticket, Reply::ok(format!("{query:?}"))).unwrap(),
            _ => {}
        }
    }

    /// `timeout`: the peer says nothing for too long.
    fn act(&mut self, server: &mut Server, words: &str) {
        use mailwright_wire::{Farewell, Session};
        match words {
            "timeout" => server.farewell(Farewell::TimedOut),
            "stop" => server.farewell(Farewell::Stopping),
            other => panic!("no such act: {other}"),
        }
    }
}

#[test]
fn client_transcripts() {
    for file in files("client") {
        let text = std::fs::read_to_string(&file).unwrap();
        let lmtp = text.starts_with("# config: lmtp");
        play_file(Role::Client, &file, || Writer { lmtp, content: vec![] });
    }
}

/// Does what the `A:` lines say.
struct Writer {
    lmtp: bool,
    content: Vec<&'static str>,
}

impl Play for Writer {
    type Session = Client;

    fn begin(&mut self) -> Client {
        let mut config = client::Config::new("client.example.org".parse().unwrap());
        config.plaintext_auth = true;
        if self.lmtp {
            config.protocol = Protocol::Lmtp;
        }
        Client::new(Arc::new(config))
    }

    fn event(&mut self, client: &mut Client, event: client::Event) {
        if let client::Event::SendBody(ticket) = event {
            match self.content.pop() {
                Some(piece) => client.body(ticket, piece.into()).unwrap(),
                None => client.body_end(ticket).unwrap(),
            }
        }
    }

    /// `send FROM TO..`, `starttls`, `auth USER PASSWORD`, `noop`, `quit`.
    fn act(&mut self, client: &mut Client, words: &str) {
        let words: Vec<&str> = words.split(' ').collect();
        match words[..] {
            ["send", from, ref to @ ..] => {
                let mut mail = Mail::new(from.parse::<mailwright_smtp::types::ReversePath>().unwrap());
                mail.parameters.size = Some(22);
                mail.parameters.body = Some(BodyType::EightBitMime);
                let rcpts = to
                    .iter()
                    .map(|to| Rcpt::new(to.parse::<mailwright_smtp::types::ForwardPath>().unwrap()))
                    .collect();
                self.content = vec![".dot\r\n", "Subject: hi\r\n\r\n"];
                client.send(Envelope { mail, rcpts }).unwrap();
            }
            ["starttls"] => client.start_tls().unwrap(),
            ["auth", user, password] => {
                client.authenticate(Box::new(Plain::new(user, &password.into()).unwrap())).unwrap();
            }
            ["noop"] => client.command(&Command::Noop).unwrap(),
            ["quit"] => client.quit().unwrap(),
            ref other => panic!("no such act: {other:?}"),
        }
    }
}

#[test]
fn the_server_says_which_question_an_answer_does_not_fit() {
    use mailwright_smtp::error::Misuse;
    let mut one = Server::new(Arc::new(Config::new("one")));
    let mut other = Server::new(Arc::new(Config::new("other")));
    let ticket = |server: &mut Server| loop {
        use mailwright_wire::{Session, Step};
        if let Step::Event(Event::Connected { ticket }) = server.poll().unwrap() {
            return ticket;
        }
    };
    let (first, second) = (ticket(&mut one), ticket(&mut other));
    assert!(matches!(one.answer(second, Ok(())), Err(Misuse::ForeignTicket(_))));
    assert_eq!(one.answer(first, Err(Reply::ok("yes"))), Err(Misuse::NotARefusal));
    let _: server::Error = server::Error::Truncated;
}
