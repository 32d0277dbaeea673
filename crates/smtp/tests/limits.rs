//! Each limit, at it and one over, and that what is dropped is dropped.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

#[path = "support/desk.rs"]
mod desk;

use std::sync::Arc;

use bytes::BufMut;
use desk::Desk;
use mailwright_smtp::{
    client::{self, Client},
    server::{Config, Error},
};
use mailwright_wire::{Session, Step};

const MAIL: &[u8] = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n";

#[test]
fn a_command_line() {
    for (len, code) in [(512, "250"), (4096, "250"), (4097, "500 5.5.2"), (12_000, "500 5.5.2")] {
        let mut desk = Desk::greeted(Config::new("mx"));
        let line = format!("NOOP {}\r\n", "x".repeat(len - 7));
        assert!(desk.replies(line.as_bytes()).starts_with(code), "{len}");
        assert!(desk.replies(b"NOOP\r\n").starts_with("250 "), "the next line is read as ever");
    }
}

#[test]
fn a_line_without_end_is_given_up() {
    let mut desk = Desk::greeted(Config::new("mx"));
    desk.said.clear();
    let left = desk.feed(&vec![b'x'; 1 << 20], 1000);
    assert_eq!(desk.said(), "500 5.5.2 Line too long\r\n");
    assert!(desk.closed && (1 << 20) - left <= 17_000, "{left}");
}

#[test]
fn the_rest_of_a_long_line_is_no_command() {
    for cut in [1, 7, 1000, 99_999] {
        let mut desk = Desk::greeted(Config::new("mx"));
        desk.said.clear();
        desk.feed(format!("NOOP {}QUIT\r\nNOOP\r\n", "x".repeat(13_000)).as_bytes(), cut);
        assert_eq!(desk.said(), "500 5.5.2 Line too long\r\n250 2.0.0 OK\r\n");
    }
}

#[test]
fn an_authentication_line() {
    use mailwright_sasl::{Name, Seed, server::Policy};
    for (len, code) in [(12_286, "501 5.5.2"), (12_288, "501 5.5.2"), (12_289, "500 5.5.6")] {
        let mut config = Config::new("mx");
        let policy = Policy::new(Seed::new([7; 32])).mechanisms([Name::Plain]);
        config.auth = Some(policy.plaintext_without_tls(true));
        let mut desk = Desk::greeted(config);
        assert_eq!(desk.replies(b"AUTH PLAIN\r\n"), "334 \r\n");
        let line = format!("{}\r\n", "!".repeat(len - 2));
        assert!(desk.replies(line.as_bytes()).starts_with(code), "{len}: {}", desk.said());
        assert!(desk.replies(b"NOOP\r\n").starts_with("250 "));
        // The command itself may be as long, RFC 4954 §4.
        let line = format!("AUTH PLAIN {}\r\n", "!".repeat(len - 13));
        let code = if len > 12_288 { "500 5.5.2" } else { "501 5.5.2" };
        assert!(desk.replies(line.as_bytes()).starts_with(code), "{len}: {}", desk.said());
    }
}

#[test]
fn the_size_of_a_message() {
    for chunked in [false, true] {
        for (size, good) in [(1000, true), (1001, false)] {
            let mut config = Config::new("mx");
            config.limits.message = 1000;
            let mut desk = Desk::greeted(config);
            // It lies about it.
            desk.replies(b"MAIL FROM:<a@b.example> SIZE=10\r\nRCPT TO:<c@d.example>\r\n");
            let content = format!("{}\r\n", "x".repeat(size - 2));
            let input = if chunked {
                format!("BDAT {size} LAST\r\n{content}").into_bytes()
            } else {
                desk.replies(b"DATA\r\n");
                format!("{content}.\r\n").into_bytes()
            };
            let reply = desk.replies(&input);
            assert!(reply.starts_with(if good { "250 " } else { "552 5.3.4 " }), "{reply}");
            assert_eq!(desk.messages.len(), usize::from(good));
            assert!(desk.replies(MAIL).starts_with("250 2.1.0 "), "the session goes on");
        }
    }
}

#[test]
fn a_text_line() {
    const MOST: usize = 64 * 1024;
    for (len, good) in [(998, true), (MOST, true), (MOST + 1, false), (300_000, false)] {
        let content = format!("Subject: x\r\n\r\n{}\r\nend\r\n", "x".repeat(len - 2));
        let chunk = format!("BDAT {} LAST\r\n{content}", content.len());
        for (body, input, good) in [
            ("", format!("{content}.\r\n"), good),
            ("", chunk.clone(), good),
            (" BODY=BINARYMIME", chunk, true),
        ] {
            let mut config = Config::new("mx");
            config.extensions.binary_mime = true;
            let mut desk = Desk::greeted(config);
            desk.replies(format!("MAIL FROM:<a@b.example>{body}\r\nRCPT TO:<c@d.example>\r\n").as_bytes());
            if input.ends_with("\r\n.\r\n") {
                desk.replies(b"DATA\r\n");
            }
            desk.said.clear();
            desk.feed(input.as_bytes(), 16 * 1024);
            if good {
                assert_eq!(desk.said(), "250 2.0.0 taken\r\n");
                assert_eq!(desk.messages, [content.as_bytes()], "as it is, never broken");
            } else {
                assert_eq!(desk.said(), "500 5.5.2 Line too long: 65536 octets at most with CRLF\r\n");
                assert!(desk.messages.is_empty());
            }
            assert!(desk.replies(MAIL).starts_with("250 2.1.0 "), "the session goes on");
        }
    }
}

#[test]
fn what_is_dropped_of_a_message_too_large() {
    let mut config = Config::new("mx");
    config.limits.message = 1000;
    config.limits.discard = 5000;
    let mut desk = Desk::in_data(config);
    desk.said.clear();
    let left = desk.feed(&b"xxxxxxxx\r\n".repeat(10_000), 100);
    assert!(desk.said().starts_with("552 5.3.4 ") && desk.closed);
    assert!(100_000 - left <= 6200, "{left}");
    assert!(desk.messages.is_empty() && desk.open.is_empty());
}

#[test]
fn recipients() {
    let mut desk = Desk::greeted(Config::new("mx"));
    desk.replies(b"MAIL FROM:<a@b.example>\r\n");
    for n in 0..1000 {
        assert!(desk.replies(format!("RCPT TO:<{n}@d.example>\r\n").as_bytes()).starts_with("250 2.1.5 "));
    }
    for _ in 0..500 {
        // A client that sends a long list at once is not sent away for it: the rest goes another time.
        assert_eq!(desk.replies(b"RCPT TO:<more@d.example>\r\n"), "452 4.5.3 Too many recipients\r\n");
    }
    assert!(desk.replies(b"DATA\r\n").starts_with("354 "));
}

#[test]
fn transactions() {
    let mut config = Config::new("mx");
    config.limits.transactions = 2;
    let mut desk = Desk::greeted(config);
    for _ in 0..2 {
        desk.replies(MAIL);
        desk.replies(b"DATA\r\n");
        assert!(desk.replies(b".\r\n").starts_with("250 "));
    }
    assert!(desk.replies(MAIL).starts_with("452 4.5.3 "));
}

#[test]
fn errors() {
    let mut desk = Desk::greeted(Config::new("mx"));
    for n in 1..=19 {
        assert_eq!(desk.replies(b"WIZ\r\n"), "500 5.5.2 command not recognized\r\n");
        assert_eq!(desk.pauses, u32::saturating_sub(n, 10), "the eleventh is slow, and each one after it");
    }
    assert!(desk.replies(b"WIZ\r\n").ends_with("\r\n421 4.7.0 Too many errors\r\n"));
    assert!(desk.closed);
}

#[test]
fn a_message_makes_up_for_errors() {
    let mut desk = Desk::greeted(Config::new("mx"));
    for _ in 0..3 {
        desk.replies(&b"WIZ\r\n".repeat(19));
        desk.replies(MAIL);
        desk.replies(b"DATA\r\n");
        assert!(desk.replies(b".\r\n").starts_with("250 "));
    }
}

#[test]
fn mended_content_counts_as_it_is_handed_on() {
    let mut config =
        Config { bare_newline: mailwright_smtp::server::BareNewline::Normalise, ..Config::new("mx") };
    config.limits.message = 1000;
    let mut desk = Desk::in_data(config);
    let input = [&b"\n".repeat(501)[..], b"\r\n.\r\n"].concat();
    assert!(desk.replies(&input).starts_with("552 5.3.4 ") && desk.messages.is_empty());
}

#[test]
fn junk() {
    for command in ["NOOP", "RSET", "VRFY x", "HELP"] {
        let mut desk = Desk::greeted(Config::new("mx"));
        // The hello was the first.
        for n in 2..=100 {
            assert!(!desk.replies(format!("{command}\r\n").as_bytes()).contains("421"), "{command} {n}");
        }
        assert!(desk.replies(format!("{command}\r\n").as_bytes()).starts_with("421 4.7.0 "), "{command}");
        assert!(desk.closed);
    }
}

#[test]
fn chunks() {
    let mut config = Config::new("mx");
    config.limits.chunks = 1000;
    let mut desk = Desk::greeted(config);
    desk.replies(MAIL);
    for _ in 0..1000 {
        assert!(desk.replies(b"BDAT 1\r\nx").starts_with("250 "));
    }
    assert!(desk.replies(b"BDAT 1\r\nx").starts_with("452 4.5.3 "));
    assert!(desk.messages.is_empty());
}

#[test]
fn half_a_message_is_none() {
    for input in [&b"half"[..], b"half\r\n", b"half\r\n.", b"half\r\n.\r"] {
        let mut desk = Desk::in_data(Config::new("mx"));
        desk.feed(input, 99);
        desk.server.as_mut().unwrap().eof();
        desk.pump();
        assert_eq!(desk.failed, Some(Error::Truncated));
        assert!(desk.messages.is_empty());
    }
    let mut desk = Desk::greeted(Config::new("mx"));
    desk.replies(MAIL);
    desk.feed(b"BDAT 10 LAST\r\n123456789", 99);
    desk.server.as_mut().unwrap().eof();
    desk.pump();
    assert!(desk.failed == Some(Error::Truncated) && desk.messages.is_empty());
}

/// What a client makes of these octets from a server.
fn client(input: &[u8], cut: usize) -> Option<client::Error> {
    let mut client = Client::new(Arc::new(client::Config::new("c".parse().unwrap())));
    let mut rest = input;
    loop {
        match client.poll() {
            Ok(Step::Read(_)) if rest.is_empty() => return None,
            Ok(Step::Read(_)) => {
                let mut slot = client.slot().unwrap();
                let n = rest.len().min(cut).min(slot.remaining_mut());
                slot.put_slice(&rest[..n]);
                rest = &rest[n..];
            }
            Ok(Step::Close) => return None,
            Ok(_) => {}
            Err(e) => return Some(e),
        }
    }
}

#[test]
fn a_reply() {
    use client::Error::{BareNewline, ReplyTooLong};
    let line = |len: usize| format!("220 {}\r\n", "x".repeat(len - 6));
    let lines = |n: usize| format!("{}220 ready\r\n", "220-hi\r\n".repeat(n - 1));
    for (input, want) in [
        (line(4096), None),
        (line(4097), Some(ReplyTooLong)),
        ("x".repeat(1 << 20), Some(ReplyTooLong)),
        (lines(128), None),
        (lines(129), Some(ReplyTooLong)),
        (lines(10_000), Some(ReplyTooLong)),
        (format!("220-{}\r\n", "x".repeat(4000)).repeat(17), Some(ReplyTooLong)),
        ("220 hi\n".into(), Some(BareNewline)),
    ] {
        for cut in [1, 100, 4096] {
            assert_eq!(client(input.as_bytes(), cut), want, "{} octets", input.len());
        }
    }
    for bad in ["000 x", "999 x", "199 x", "2 x", "22", "2200 x", "x", "", "+OK", "* OK"] {
        assert!(
            matches!(client(format!("{bad}\r\n").as_bytes(), 99), Some(client::Error::Reply(_))),
            "{bad}"
        );
    }
}
