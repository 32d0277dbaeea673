//! Input made to be slow: ten times as much of it may take no more than about ten times as long.
#![allow(clippy::unwrap_used, clippy::panic)] // that is how a test says what is wrong

use std::fmt::Write;
use std::time::{Duration, Instant};

use mailwright_message::header::address;
use mailwright_message::imap::{BodyStructure, Envelope};
use mailwright_message::incremental::Parser;
use mailwright_message::thread::{base_subject, references};
use mailwright_message::view::View;
use mailwright_message::{Limits, Message};

/// All that is worked out of a message, once.
fn work(raw: &[u8]) {
    let message = Message::parse(raw);
    for part in message.parts().take(50) {
        for field in part.header().iter().take(50) {
            field.text();
            field.addresses();
            field.date();
            field.message_ids();
            field.phrases();
            field.received();
            field.list_urls();
            field.authentication_results();
            base_subject(&field.text());
        }
        part.text();
    }
    references(message.header());
    address::grammar(raw);
    View::of(&message).text();
    Envelope::of(&message);
    BodyStructure::of(&message);
    let mut parser = Parser::new(Limits::default());
    for piece in raw.chunks(4_096) {
        parser.push(piece, |_| {});
    }
    parser.finish(|_| {});
}

fn time(raw: &[u8]) -> Duration {
    let start = Instant::now();
    work(raw);
    start.elapsed()
}

#[track_caller]
fn is_linear(name: &str, make: impl Fn(usize) -> Vec<u8>) {
    const SMALL: usize = 20_000;
    let (small, large) = (make(SMALL), make(10 * SMALL));
    // A busy machine may spoil one measure; what is quadratic takes a hundred times as long in every one.
    let mut seen = Vec::new();
    for _ in 0..5 {
        let (quick, slow) = (time(&small).max(Duration::from_millis(1)), time(&large));
        if slow < quick * 30 {
            println!("{name}: {quick:?} for {}, {slow:?} for {}", small.len(), large.len());
            return;
        }
        seen.push((quick, slow));
    }
    panic!("{name}: ten times as much takes {seen:?}");
}

fn repeated(start: &str, piece: &str, octets: usize) -> Vec<u8> {
    [start.as_bytes(), &piece.as_bytes().repeat(octets / piece.len())].concat()
}

#[test]
fn headers_are_linear() {
    for (name, start, piece) in [
        ("one long field", "Subject: ", "a"),
        ("continuations", "Subject: a", "\r\n a"),
        ("blank continuations", "Subject: a", "\r\n "),
        ("many fields", "", "a:b\r\n"),
        ("many From fields", "", "From: a@b\r\n"),
        ("no colons", "", "a\r\n"),
        ("open encoded words", "Subject: ", "=?a?q?"),
        ("starts of encoded words", "Subject: ", "=?"),
        ("ends of encoded words", "Subject: ", "=?x ?= "),
        ("encoded words", "Subject: ", "=?utf-8?q?a?= "),
        ("opening comments", "From: ", "("),
        ("comments", "From: ", "(a)"),
        ("nested comments that end", "From: ", "(()"),
        ("quotes", "From: ", "\""),
        ("backslashes", "From: ", "\\"),
        ("angles", "From: ", "<"),
        ("angles with commas", "From: ", "<a,"),
        ("commas", "From: ", ","),
        ("groups", "From: ", ":;"),
        ("open groups", "From: ", "a:"),
        ("literals", "From: a@", "["),
        ("routes", "From: <", "@a,"),
        ("words", "From: ", "a "),
        ("at signs", "From: ", "a @ "),
        ("dots", "From: ", "a . "),
        ("parameters", "Content-Type: text/plain", "; a=b"),
        ("continued parameters", "Content-Type: text/plain", "; a*1=b"),
        ("values with blanks", "Content-Type: text/plain; a=", "b "),
        ("values with comments", "Content-Type: text/plain; a=", "b("),
        ("identifiers", "References: ", "<a@b> "),
        ("open identifiers", "References: ", "<a "),
        ("replies", "Subject: ", "re: "),
        ("blobs", "Subject: ", "[a]"),
        ("forwards", "Subject: ", "[fwd: "),
        ("trailers", "Subject: a", "(fwd)"),
        ("results", "Authentication-Results: a", "; b=c"),
        ("hops", "Received: ", "from a (b [1.2.3.4]) "),
    ] {
        is_linear(name, |octets| repeated(start, piece, octets));
    }
}

#[test]
fn bodies_are_linear() {
    let multipart = "Content-Type: multipart/mixed; boundary=a\r\n\r\n";
    for (name, start, piece) in [
        ("parts", multipart, "\r\n--a\r\n\r\nb"),
        ("empty parts", multipart, "--a\r\n"),
        ("lines like delimiters", multipart, "--b\r\n"),
        ("dashes", multipart, "-"),
        ("nested multiparts", "", "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"),
        ("nested messages", "", "Content-Type: message/rfc822\r\n\r\n"),
        ("alternatives", "Content-Type: multipart/alternative; boundary=a\r\n\r\n", "--a\r\n\r\nb\r\n"),
        ("related", "Content-Type: multipart/related; boundary=a; start=\"<x>\"\r\n\r\n", "--a\r\n\r\nb\r\n"),
        ("empty lines", multipart, "\r\n"),
    ] {
        is_linear(name, |octets| repeated(start, piece, octets));
    }
    // A hundred open boundaries, each of which every line could be.
    is_linear("open boundaries", |octets| {
        let mut raw = String::new();
        for place in 0..99 {
            let boundary = format!("{}{place:02}", "x".repeat(60));
            write!(raw, "Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n--{boundary}\r\n")
                .unwrap();
        }
        raw += "\r\n";
        let line = format!("--{}zz\r\n", "x".repeat(60));
        raw += &line.repeat(octets / line.len());
        raw.into_bytes()
    });
}
