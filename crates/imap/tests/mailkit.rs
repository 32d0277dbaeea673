//! What real servers sent (Dovecot, UW, Cyrus, Courier, Gmail and more, as MailKit's tests recorded it) is read without loss.

#![allow(clippy::unwrap_used, clippy::panic)]

use bytes::BufMut;
use mailwright_imap::{
    client::{Client, Config, Event},
    types::{command::CommandBody, response::Untagged},
};
use mailwright_wire::{Session, Step};
use std::path::{Path, PathBuf};

/// What came of a transcript.
#[derive(Default)]
struct Heard {
    data: usize,
    faults: Vec<String>,
    unknown: Vec<String>,
}

fn hear(text: &[u8]) -> Heard {
    // Recorded with bare line ends, but counted with CRLF.
    let mut server = Vec::new();
    if !text.starts_with(b"* OK") && !text.starts_with(b"* PREAUTH") {
        server.extend_from_slice(b"* OK ready\r\n");
    }
    let text = String::from_utf8_lossy(text).replace("A########", "a1").into_bytes();
    let bare = !text.windows(2).any(|two| two == b"\r\n");
    for &byte in &text {
        if byte == b'\n' && bare {
            server.push(b'\r');
        }
        server.push(byte);
    }
    let mut client = Client::new(Config::plaintext());
    client.send(CommandBody::Noop).unwrap();
    let (mut server, mut heard) = (&server[..], Heard::default());
    loop {
        match client.poll() {
            Ok(Step::Read(_)) if server.is_empty() => client.eof(),
            Ok(Step::Read(_)) => {
                let mut slot = client.slot().expect("room");
                let n = slot.remaining_mut().min(server.len());
                slot.put_slice(&server[..n]);
                server = &server[n..];
            }
            Ok(Step::Event(Event::Fault(fault))) => {
                heard.faults.push(format!("{}: {}", fault.raw.escape_ascii(), fault.error));
            }
            Ok(Step::Event(Event::Unsolicited(data) | Event::Result { data, .. })) => {
                heard.data += 1;
                if let Untagged::Other { name, .. } = data {
                    heard.unknown.push(name.escape_ascii().to_string());
                }
            }
            Ok(Step::Event(_) | Step::Write(_)) => {}
            Ok(Step::Close) | Err(_) => return heard,
            Ok(step) => panic!("{step:?}"),
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|it| it == "txt") {
            found.push(path);
        }
    }
}

#[test]
fn transcripts_of_real_servers_are_read_without_loss() {
    let Some(corpus) = mailwright_testkit::corpus() else {
        println!("left out: MailKit's transcripts");
        return;
    };
    let mut found = Vec::new();
    files(&corpus.join("mailkit-transcripts/Imap"), &mut found);
    found.sort();
    let (mut faults, mut unknown, mut untagged) = (Vec::new(), Vec::new(), 0);
    for path in &found {
        let text = std::fs::read(path).unwrap();
        let heard = hear(&text);
        // Every line of data is told: no literal in these has such a line in it.
        let mut lines = text.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"* ")).count();
        lines -= usize::from(text.starts_with(b"* OK") || text.starts_with(b"* PREAUTH"));
        assert_eq!(heard.data, lines, "{}", path.display());
        untagged += lines;
        faults.extend(heard.faults.into_iter().map(|fault| format!("{}: {fault}", path.display())));
        unknown.extend(heard.unknown.into_iter().map(|name| format!("{}: {name}", path.display())));
    }
    println!("{} transcripts, {untagged} untagged responses", found.len());
    assert!(found.len() > 100, "only {} transcripts", found.len());
    assert_eq!(faults, [""; 0]);
    assert_eq!(unknown, [""; 0]);
}
