//! Replies of real servers, from MailKit's tests.
#![allow(clippy::unwrap_used, clippy::panic)] // a test says so when something is wrong

use std::sync::Arc;

use bytes::BufMut;
use mailwright_smtp::{
    client::{Client, Config, Event},
    parse,
    types::Capabilities,
};
use mailwright_wire::{Session, Step};

/// The files hold replies alone, so each is led to where it belongs.
#[test]
fn no_reply_of_a_real_server_is_an_error() {
    let Some(corpus) = mailwright_testkit::corpus() else {
        println!("left out: replies of real servers, there is no corpus");
        return;
    };
    let mut files = 0;
    for entry in std::fs::read_dir(corpus.join("mailkit-transcripts/Smtp")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n").replace('\n', "\r\n");
        files += 1;
        // Each line, by itself.
        for line in text.lines() {
            let line = parse::reply_line(line.as_bytes()).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert!((200..600).contains(&line.code.value()), "{name}");
        }
        // Greetings and hellos, through a client.
        let input = match name.as_str() {
            _ if name.contains("greeting") => text,
            _ if name.contains("ehlo") || name == "helo" => format!("220 mx\r\n{text}"),
            _ => continue,
        };
        for cut in 1..=input.len() {
            let capabilities = greet(&input, cut).unwrap_or_else(|e| panic!("{name}: {e}"));
            if name.starts_with("comcast-ehlo") {
                let c = capabilities.unwrap_or_else(|| panic!("{name}"));
                assert_eq!(c.size, Some(36_700_160), "{name}");
                assert!(c.help && c.eight_bit_mime && c.starttls && c.enhanced_status_codes, "{name}");
                assert_eq!(c.pipelining, name.ends_with("pipelining") || name.ends_with("dsn"), "{name}");
                assert_eq!(c.dsn, name.ends_with("dsn"), "{name}");
                assert_eq!(c.binary_mime && c.chunking, name.ends_with("binarymime"), "{name}");
                assert_eq!(c.smtputf8, name.ends_with("smtputf8"), "{name}");
                assert_eq!(c.require_tls, name.ends_with("requiretls"), "{name}");
                assert_eq!(
                    c.offers_auth("plain") && c.offers_auth("LOGIN"),
                    !name.ends_with("x-exps"),
                    "{name}"
                );
                assert_eq!(c.offers_auth("DIGEST-MD5"), name.ends_with("digest-md5"), "{name}");
            }
        }
    }
    assert_eq!(files, 36);
}

fn greet(input: &str, cut: usize) -> Result<Option<Capabilities>, mailwright_smtp::client::Error> {
    let mut client = Client::new(Arc::new(Config::new("client".parse().unwrap())));
    let mut pieces = input.as_bytes().chunks(cut);
    loop {
        match client.poll()? {
            Step::Read(_) => match pieces.next() {
                Some(piece) => client.slot().unwrap().put_slice(piece),
                None => return Ok(None),
            },
            Step::Event(Event::Ready(capabilities)) => return Ok(Some(capabilities)),
            Step::Close => return Ok(None),
            _ => {}
        }
    }
}
