//! The transcripts of a server session: whole, byte by byte, and cut at every place.

#![allow(clippy::unwrap_used, clippy::panic)]

use std::{path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use mailwright_pop3::{
    Limits,
    server::{Chunk, Config, Event, Refusal, Server, Stls},
    types::{Entry, ResponseCode, UniqueId},
};
use mailwright_sasl::{
    Name, Secret, Seed,
    server::{Answer, Policy, Question},
};
use mailwright_testkit::{Play, Role, play_file};

const MESSAGES: [&str; 2] = [
    "From: a@example.test\r\nSubject: one\r\n\r\nfirst line\r\n.second line\r\nthird\r\n",
    "From: b@example.test\r\nSubject: two\r\n\r\n.\r\n",
];

/// One account, `mrose`, with two messages; `busy` has a maildrop that is locked.
struct Player {
    config: Arc<Config>,
    /// The message that is being read, and how far.
    reading: Option<usize>,
    /// What the next commit is answered.
    commit: Result<(), Refusal>,
    /// What the next login is answered, where it is not about the password.
    login: Option<Answer>,
    committed: Option<Vec<u32>>,
}

impl Player {
    fn new(config: Config) -> Self {
        Self { config: Arc::new(config), reading: None, commit: Ok(()), login: None, committed: None }
    }

    fn authenticate(&mut self, question: Question) -> Answer {
        if let Some(answer) = self.login.take() {
            return answer;
        }
        match question {
            Question::Password { user, password } if password == Secret::new("tanstaaf") => {
                Answer::accept(user)
            }
            Question::SharedSecret { user } if user == "mrose" => {
                Answer::Password { account: user, password: Secret::new("tanstaaf") }
            }
            _ => Answer::refuse(),
        }
    }
}

impl Play for Player {
    type Session = Server;

    fn begin(&mut self) -> Server {
        Server::new(self.config.clone())
    }

    fn event(&mut self, session: &mut Server, event: Event) {
        let answered = match event {
            Event::Authenticate { question, ticket } => {
                let answer = self.authenticate(question);
                session.answer(ticket, answer)
            }
            Event::Authenticated { identity, ticket } => {
                let entries = MESSAGES.iter().zip(["uid-1", "uid-2"]).map(|(message, id)| Entry {
                    size: message.len() as u64,
                    unique_id: UniqueId::new(id).unwrap(),
                });
                let answer =
                    if identity.account == "busy" { Err(Refusal::in_use()) } else { Ok(entries.collect()) };
                session.answer(ticket, answer)
            }
            Event::Retrieve { message, ticket, .. } => {
                self.reading = Some(message.index());
                session.answer(ticket, Ok(()))
            }
            Event::More { ticket } => match self.reading.take() {
                Some(index) => {
                    session.answer(ticket, Chunk::Data(Bytes::from_static(MESSAGES[index].as_bytes())))
                }
                None => session.answer(ticket, Chunk::End),
            },
            Event::Commit { deleted, ticket } => {
                self.committed = Some(deleted.iter().map(|number| number.value()).collect());
                session.answer(ticket, self.commit.clone())
            }
            _ => Ok(()),
        };
        answered.unwrap();
    }

    fn act(&mut self, _session: &mut Server, words: &str) {
        match words {
            "the next commit fails" => self.commit = Err(Refusal::temporary("the disk is full")),
            "the next login is answered: busy" => {
                self.login = Some(Answer::Refuse(mailwright_sasl::server::Failure::Throttled));
            }
            "nothing was committed" => assert_eq!(self.committed, None),
            _ => {
                let list = words.strip_prefix("committed").unwrap_or_else(|| panic!("unknown act: {words}"));
                let want: Vec<u32> = list.split_whitespace().map(|number| number.parse().unwrap()).collect();
                assert_eq!(self.committed.as_ref(), Some(&want));
            }
        }
    }
}

fn config() -> Config {
    let policy =
        Policy::new(Seed::new([7; 32])).mechanisms([Name::Plain, Name::Login]).plaintext_without_tls(true);
    let limits = Limits { login_delay: Duration::ZERO, ..Limits::default() };
    Config { limits, ..Config::new("dewey", policy) }
}

fn run(file: &str, config: impl Fn() -> Config) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts").join(file);
    play_file(Role::Server, &path, || Player::new(config()));
}

#[test]
fn rfc_1939_section_10() {
    run("rfc1939.txt", || Config { apop: true, ..config() });
}

#[test]
fn login_by_user_and_pass() {
    run("login.txt", config);
}

#[test]
fn login_by_auth() {
    run("auth.txt", config);
}

#[test]
fn capabilities() {
    run("capa.txt", || Config { stls: Stls::Offered, ..config() });
}

#[test]
fn arguments() {
    run("arguments.txt", config);
}

#[test]
fn deletions() {
    run("deletions.txt", config);
}

#[test]
fn deletions_that_fail() {
    run("commit-fails.txt", config);
}

#[test]
fn connection_lost_before_quit() {
    run("lost.txt", config);
}

#[test]
fn utf8_and_lang() {
    run("utf8.txt", config);
}

#[test]
fn stls() {
    run("stls.txt", || Config { stls: Stls::Required, ..config() });
}

#[test]
fn too_many_errors() {
    run("errors.txt", config);
}

#[test]
fn too_many_errors_after_login() {
    run("errors-after-login.txt", config);
}

#[test]
fn other_protocols() {
    run("foreign.txt", config);
    run("foreign-tls.txt", config);
}

#[test]
fn too_many_logins() {
    run("logins.txt", config);
}

#[test]
fn long_lines() {
    run("long-lines.txt", config);
}

#[test]
fn response_codes_are_what_their_names_say() {
    assert_eq!(Refusal::in_use().code, Some(ResponseCode::InUse));
    assert_eq!(Refusal::temporary("x").code, Some(ResponseCode::SysTemp));
    assert_eq!(Refusal::permanent("x").code, Some(ResponseCode::SysPerm));
}
