//! Every order of commands, against a model of thirty lines.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "support/desk.rs"]
mod desk;

use desk::Desk;
use mailwright_smtp::server::{Config, StartTls};
use proptest::prelude::*;

const COMMANDS: [&str; 13] = [
    "EHLO c\r\n",
    "HELO c\r\n",
    "STARTTLS x\r\n",
    "AUTH NONE\r\n",
    "MAIL FROM:<a@b.example>\r\n",
    "RCPT TO:<c@d.example>\r\n",
    "DATA\r\n",
    "BDAT 3\r\nabc",
    "BDAT 3 LAST\r\nabc",
    "RSET\r\n",
    "VRFY x\r\n",
    "NOOP\r\n",
    "QUIT\r\n",
];

/// What the standards say the server's mind is.
#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    hello: bool,
    sender: bool,
    recipients: usize,
    chunks: usize,
    messages: usize,
    gone: bool,
}

impl Model {
    /// The code of the reply.
    fn step(&mut self, command: &str) -> u16 {
        let transaction = (self.sender, self.recipients > 0, self.chunks > 0);
        match &command[..6] {
            "EHLO c" | "HELO c" => {
                self.reset();
                self.hello = true;
                250
            }
            "STARTT" => 501,
            "AUTH N" => 502,
            "MAIL F" if !self.hello || self.sender => 503,
            "MAIL F" => {
                self.sender = true;
                250
            }
            "RCPT T" if !self.sender || self.chunks > 0 => 503,
            "RCPT T" => {
                self.recipients += 1;
                250
            }
            "DATA\r\n" if transaction == (true, true, false) => {
                self.messages += 1;
                self.reset();
                354
            }
            "DATA\r\n" => 503,
            "BDAT 3" if self.recipients == 0 => {
                self.reset();
                503
            }
            "BDAT 3" => {
                self.chunks += 1;
                if command.contains("LAST") {
                    self.messages += 1;
                    self.reset();
                }
                250
            }
            "RSET\r\n" => {
                self.reset();
                250
            }
            "VRFY x" => 252,
            "NOOP\r\n" => 250,
            "QUIT\r\n" => {
                self.gone = true;
                221
            }
            other => panic!("{other}"),
        }
    }

    fn reset(&mut self) {
        (self.sender, self.recipients, self.chunks) = (false, 0, 0);
    }
}

fn desk() -> Desk {
    let mut config = Config { starttls: StartTls::Offered, ..Config::new("mx") };
    config.limits.errors_hard = 1000;
    Desk::new(config)
}

fn check(commands: impl IntoIterator<Item = usize>) {
    let (mut desk, mut model, mut so_far) = (desk(), Model::default(), String::new());
    for n in commands {
        let command = COMMANDS[n];
        so_far.push_str(command);
        let want = model.step(command);
        let mut said = desk.replies(command.as_bytes());
        assert!(said.starts_with(&want.to_string()), "{so_far:?}: {said} where {want} is due");
        if want == 354 {
            said = desk.replies(b"hi\r\n.\r\n");
            assert!(said.starts_with("250 "), "{so_far:?}: {said}");
        }
        assert!(said.trim_end().lines().all(|l| l.starts_with(&said[..3])), "one reply a command: {said}");
        assert_eq!(desk.messages.len(), model.messages, "{so_far:?}");
        assert_eq!(desk.closed, model.gone, "{so_far:?}");
        if let Some(server) = &desk.server {
            assert_eq!(server.in_transaction(), model.sender, "{so_far:?}");
            assert_eq!(server.peer().hello().is_some(), model.hello, "{so_far:?}");
        }
        if model.gone {
            return;
        }
    }
}

/// With `MAILWRIGHT_ORDERS=6` of up to six: 4.8 million, for a release build.
#[test]
fn every_order_of_up_to_four() {
    let most = std::env::var("MAILWRIGHT_ORDERS").ok().and_then(|most| most.parse().ok()).unwrap_or(4);
    for len in 1..=most {
        for mut n in 0..13_usize.pow(len) {
            check((0..len).map(|_| {
                let command = n % 13;
                n /= 13;
                command
            }));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn long_orders(commands in proptest::collection::vec(0..13_usize, 5..40)) {
        check(commands);
    }

    /// Mostly what goes well, so that the depths are reached.
    #[test]
    fn likely_orders(commands in proptest::collection::vec(prop_oneof![
        8 => Just(4_usize), 8 => Just(5), 4 => Just(6), 4 => Just(7), 3 => Just(8), 1 => Just(9), 1 => Just(0), 1 => 0..12_usize,
    ], 1..60)) {
        check(std::iter::once(0).chain(commands));
    }
}

#[test]
fn a_peer_that_does_not_wait_for_the_reply_to_its_hello_is_sent_away() {
    for hello in ["EHLO c\r\n", "HELO c\r\n"] {
        let mut desk = desk();
        let said = desk.replies(format!("{hello}MAIL FROM:<a@b.example>\r\n").as_bytes());
        assert_eq!(said, "554 5.5.0 You did not wait for the reply\r\n");
        assert!(desk.closed && desk.mails == 0);
    }
}

#[test]
fn a_second_hello_may_have_more_behind_it() {
    let mut desk = desk();
    desk.replies(b"EHLO c\r\n");
    let said = desk.replies(b"EHLO c\r\nMAIL FROM:<a@b.example>\r\n");
    assert!(said.starts_with("250-") && said.ends_with("250 2.1.0 Sender OK\r\n"), "{said}");
}

#[test]
fn content_behind_a_refused_data_is_never_commands() {
    let mut desk = desk();
    desk.replies(b"EHLO c\r\n");
    let said = desk.replies(b"DATA\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<c@d.example>\r\n");
    assert_eq!(
        said,
        "503 5.5.1 No transaction is open: send MAIL first\r\n421 4.7.0 You did not wait for the reply to DATA\r\n"
    );
    assert!(desk.closed && desk.mails == 0);
}

#[test]
fn a_group_whose_data_is_refused_may_be_followed_by_another() {
    let mut desk = desk();
    desk.replies(b"EHLO c\r\n");
    for _ in 0..3 {
        let said = desk.replies(b"RSET\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<c>\r\nDATA\r\n");
        let codes: Vec<&str> = said.lines().map(|line| &line[..3]).collect();
        assert_eq!(codes, ["250", "250", "501", "503"], "{said}");
    }
    // The transaction is as it was before DATA, and goes on.
    let said = desk.replies(b"RCPT TO:<c@d.example>\r\nDATA\r\n");
    assert!(said.starts_with("250 2.1.5 Recipient OK\r\n354 "), "{said}");
    assert!(desk.replies(b"hi\r\n.\r\n").starts_with("250 ") && !desk.closed);
}

#[test]
fn commands_behind_the_end_of_a_message_are_done() {
    let mut desk = Desk::in_data(Config::new("mx"));
    let said = desk.replies(b"hi\r\n.\r\nMAIL FROM:<a@b.example>\r\nNOOP\r\n");
    assert_eq!(said, "250 2.0.0 taken\r\n250 2.1.0 Sender OK\r\n250 2.0.0 OK\r\n");
}

const MAIL: &str = "MAIL FROM:<a@b.example>\r\n";
const RCPT: &str = "RCPT TO:<c@d.example>\r\n";

/// RFC 2920 §3.1 has DATA last in its group. Whatever it is refused for: who keeps to that goes on, and what others send
/// behind it is no command.
#[test]
fn a_refused_data_ends_the_session_of_who_did_not_wait_only() {
    let tls = Config { starttls: StartTls::Required, ..Config::new("mx") };
    let cases = [
        (Config::new("mx"), String::new(), "503"),
        (Config::new("mx"), MAIL.to_owned(), "503"),
        (Config::new("mx"), format!("{MAIL}RCPT TO:<c>\r\nRCPT TO:<>\r\n"), "503"),
        (Config::new("mx"), format!("MAIL FROM:<> BODY=BINARYMIME\r\n{RCPT}"), "503"),
        (Config::new("mx"), format!("{MAIL}{RCPT}BDAT 3\r\nabc"), "503"),
        (tls, String::new(), "530"),
    ];
    for (config, before, code) in cases {
        let last = |said: &str| said.lines().next_back().map(|line| line[..3].to_owned());
        let group = format!("{before}DATA\r\n");
        let mut desk = Desk::greeted(config.clone());
        assert_eq!(last(&desk.replies(group.as_bytes())).as_deref(), Some(code), "{group}");
        let said = desk.replies(b"NOOP\r\nQUIT\r\n");
        assert_eq!(said, "250 2.0.0 OK\r\n221 2.0.0 Bye\r\n", "{group}");

        let mut desk = Desk::greeted(config);
        let said = desk.replies(format!("{group}hi\r\n.\r\n{MAIL}{RCPT}").as_bytes());
        assert_eq!(last(&said).as_deref(), Some("421"), "{group}: {said}");
        assert!(desk.closed && desk.messages.is_empty() && desk.mails <= 1, "{group}: {said}");
    }
}

/// RFC 3030 §2: the chunk is there whatever the reply.
#[test]
fn a_refused_chunk_is_read_and_dropped() {
    let tls = Config { starttls: StartTls::Required, ..Config::new("mx") };
    let mut small = Config::new("mx");
    small.limits.message = 5;
    let mut without = Config::new("mx");
    without.extensions.chunking = false;
    let cases = [
        (Config::new("mx"), String::new(), "503"),
        (Config::new("mx"), MAIL.to_owned(), "503"),
        (Config::new("mx"), format!("{MAIL}RCPT TO:<c>\r\n"), "503"),
        (small, format!("{MAIL}{RCPT}"), "552"),
        (without, format!("{MAIL}{RCPT}"), "502"),
        (tls, String::new(), "530"),
    ];
    for (config, before, code) in cases {
        for cut in [1, 7, 1000] {
            let mut desk = Desk::greeted(config.clone());
            desk.said.clear();
            let input = format!("{before}BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\nNOOP\r\n");
            desk.feed(input.as_bytes(), cut);
            let said = desk.said();
            let codes: Vec<&str> = said.lines().map(|line| &line[..3]).collect();
            let rest = &codes[before.lines().count()..];
            // The second chunk has no transaction any more.
            let second = if code == "552" { "503" } else { code };
            assert_eq!(rest, [code, second, "250"], "{input}: {said}");
            assert!(!desk.closed && desk.messages.is_empty());
        }
    }
}

/// Where the size of a chunk cannot be read, nobody knows where commands go on.
#[test]
fn a_chunk_of_unknown_size_ends_the_session() {
    let chunks: [&[u8]; 7] = [b"", b" x", b" -1", b" 5 LUST", b" 5\0", b" 5 LAST\x07", b" 5 \xff"];
    for chunk in chunks {
        let mut desk = Desk::greeted(Config::new("mx"));
        let input = [MAIL.as_bytes(), RCPT.as_bytes(), b"bdat", chunk, b"\r\n", MAIL.as_bytes()].concat();
        let said = desk.replies(&input);
        assert_eq!((said.lines().count(), desk.closed), (3, true), "{chunk:?}: {said}");
        assert!(said.lines().next_back().is_some_and(|last| last.starts_with("50")), "{chunk:?}: {said}");
    }
    let mut desk = Desk::greeted(Config::new("mx"));
    assert!(desk.replies(b"BDATA 5\r\n").starts_with("500 ") && !desk.closed);
}
