//! The examples of the RFCs: each command and each response in them reads, is written as it reads, and means the same
//! however it is cut.
//!
//! `tests/transcripts/rfc` has them: `C:` and `S:` lines as the RFC has them, with lines that were folded for print joined
//! again. `C|` and `S|` are lines that are no command and no response, such as base64.

#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::{BufMut, Bytes};
use mailwright_imap::{
    Limits,
    client::{self, Client, Event},
    encode::core::{Encoder, Literals},
    parse::{
        self,
        command::{Context, command},
        core::announced_literal,
    },
    types::response::{FetchAttribute, Response, Untagged},
};
use mailwright_wire::{Session, Step};
use std::path::PathBuf;

/// All frames of one side, in order, with their literals.
fn frames(text: &str, side: &str) -> Vec<Bytes> {
    let (mut frames, mut open) = (Vec::new(), Vec::new());
    let mut left = 0_usize;
    for line in text.lines() {
        let Some(line) = line.strip_prefix(side).map(|line| line.strip_prefix(' ').unwrap_or(line)) else {
            continue;
        };
        open.extend_from_slice(line.as_bytes());
        if left >= line.len() + 2 {
            left -= line.len() + 2;
            open.extend_from_slice(b"\r\n");
            continue;
        }
        // What is left of a literal that ends within this line announces nothing.
        let after = &line.as_bytes()[left.min(line.len())..];
        left = 0;
        if let Ok(Some(literal)) = announced_literal(after) {
            left = usize::try_from(literal.len).unwrap();
            open.extend_from_slice(b"\r\n");
            continue;
        }
        frames.push(Bytes::from(std::mem::take(&mut open)));
    }
    // A literal that is too short, if anything.
    frames.extend(Some(open).filter(|open| !open.is_empty()).map(Bytes::from));
    frames
}

fn examples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/rfc");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() > 30, "one for each RFC");
    let name = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_command_reads_and_is_written_as_it_reads() {
    let limits = Limits::default();
    let mut wrong = Vec::new();
    for (name, text) in examples() {
        for frame in frames(&text, "C:") {
            let context = Context { limits: &limits, utf8: !frame.is_ascii() };
            let read = match command(&frame, context) {
                Ok(read) => read,
                Err(error) => {
                    wrong.push(format!("{name}: {}: {}", frame.escape_ascii(), error.error));
                    continue;
                }
            };
            let mut out = Encoder::client(Literals::Plus, context.utf8);
            out.value(&read);
            let written = out.take();
            let again = command(&written.slice(..written.len() - 2), context);
            if again.as_ref() != Ok(&read) {
                wrong.push(format!("{name}: {}: {again:?}", written.escape_ascii()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_response_reads_and_is_written_as_it_reads() {
    let mut wrong = Vec::new();
    for (name, text) in examples() {
        for frame in frames(&text, "S:") {
            let utf8 = !frame.is_ascii();
            let read = match parse::response(&frame, utf8, 32) {
                Ok(read) if !is_unknown(&read) => read,
                other => {
                    wrong.push(format!("{name}: {}: {other:?}", frame.escape_ascii()));
                    continue;
                }
            };
            let mut out = Encoder::server(utf8);
            out.value(&read);
            let written = out.take();
            let again = parse::response(&written.slice(..written.len() - 2), utf8, 32);
            if again.as_ref() != Ok(&read) {
                wrong.push(format!("{name}: {}: {again:?}", written.escape_ascii()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether there is something in a response that only a catch-all took.
fn is_unknown(response: &Response) -> bool {
    match response {
        Response::Untagged(Untagged::Other { .. }) => true,
        Response::Untagged(Untagged::Fetch(fetch)) => {
            let unknown = |attribute: &FetchAttribute| matches!(attribute, FetchAttribute::Other { .. });
            !fetch.faults.is_empty() || fetch.attributes.iter().any(unknown)
        }
        _ => false,
    }
}

#[test]
fn responses_mean_the_same_however_they_are_cut() {
    for (name, text) in examples() {
        for frame in frames(&text, "S:") {
            let octets = [&b"* OK ready\r\n"[..], &frame, b"\r\n"].concat();
            let whole = told(&octets, octets.len());
            assert_eq!(told(&octets, 1), whole, "{name}: {}", frame.escape_ascii());
            for cut in 12..octets.len() {
                assert_eq!(told(&octets, cut), whole, "{name}, cut at {cut}: {}", frame.escape_ascii());
            }
        }
    }
}

/// What a client makes of these octets: the first `cut` at once, then as many again, and so on.
fn told(octets: &[u8], cut: usize) -> Vec<Event> {
    let mut client = Client::new(client::Config::plaintext());
    let (mut told, mut rest) = (Vec::new(), octets);
    loop {
        match client.poll() {
            Ok(Step::Event(event)) => told.push(event),
            Ok(Step::Read(_)) if rest.is_empty() => return told,
            Ok(Step::Read(_)) => {
                let mut slot = client.slot().unwrap();
                let n = cut.min(rest.len()).min(slot.remaining_mut());
                slot.put_slice(&rest[..n]);
                rest = &rest[n..];
            }
            Ok(Step::Write(_)) => {}
            _ => return told,
        }
    }
}
