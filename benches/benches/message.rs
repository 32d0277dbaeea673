//! Parsing real mail: everything decoded, headers only, index only. The set is SpamAssassin's where the corpus is at
//! hand, made CRLF; otherwise made-up mail of the same kind.

use mailwright_benches::{Work, contender, race};
use mailwright_message::Message;
use memchr::memchr_iter;

fn main() {
    let mails = mails();
    let octets = mails.iter().map(Vec::len).sum();
    println!("{} messages, {octets} octets", mails.len());
    race(
        "full parse: headers and bodies decoded",
        Work::Octets(octets),
        vec![
            contender("mailwright", || mails.iter().map(|mail| full(mail)).sum()),
            contender("mail-parser 0.11", || {
                let parse = |mail: &Vec<u8>| {
                    mail_parser_0::MessageParser::default().parse(mail).map(|m| m.parts.len() as u64)
                };
                mails.iter().filter_map(parse).sum()
            }),
            contender("mail-parser 1", || mails.iter().map(|mail| mail_parser_full(mail)).sum()),
            contender("mailparse", || mails.iter().map(|mail| mailparse_full(mail)).sum()),
            contender("memchr for LF", || {
                mails.iter().map(|mail| memchr_iter(b'\n', mail).count() as u64).sum()
            }),
        ],
    );
    race(
        "index only: where fields and parts are",
        Work::Octets(octets),
        vec![
            contender("mailwright", || {
                mails.iter().map(|mail| Message::parse(mail).parts().count() as u64).sum()
            }),
            contender("memchr for LF", || {
                mails.iter().map(|mail| memchr_iter(b'\n', mail).count() as u64).sum()
            }),
        ],
    );
}

fn full(mail: &[u8]) -> u64 {
    let message = Message::parse(mail);
    let mut n = 0;
    for part in message.parts() {
        for field in part.header().iter() {
            n += field.text().len() as u64;
        }
        n += part.text().len() as u64;
    }
    n
}

fn mail_parser_full(mail: &[u8]) -> u64 {
    mail_parser::MessageParser::default().parse(mail).map_or(0, |message| message.parts().len() as u64)
}

fn mailparse_full(mail: &[u8]) -> u64 {
    fn walk(part: &mailparse::ParsedMail<'_>) -> u64 {
        let headers: usize = part.headers.iter().map(|header| header.get_value().len()).sum();
        let body = part.get_body_raw().map_or(0, |body| body.len());
        (headers + body) as u64 + part.subparts.iter().map(walk).sum::<u64>()
    }
    mailparse::parse_mail(mail).map_or(0, |mail| walk(&mail))
}

fn mails() -> Vec<Vec<u8>> {
    let Some(corpus) = mailwright_testkit::corpus() else {
        println!("no corpus at hand: made-up mail instead");
        return (0..500).map(made_up).collect();
    };
    let mut paths = Vec::new();
    for set in ["spam-1", "hard-ham-1"] {
        let folder = corpus.join("spamassassin").join(set);
        paths.extend(
            std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())),
        );
    }
    paths.sort();
    paths.iter().filter_map(|path| Some(crlf(&std::fs::read(path).ok()?))).collect()
}

/// Line ends made CRLF; the mbox line at the start taken out.
fn crlf(raw: &[u8]) -> Vec<u8> {
    let raw = match raw
        .strip_prefix(b"From ")
        .and_then(|rest| rest.iter().position(|&b| b == b'\n').map(|at| &rest[at + 1..]))
    {
        Some(rest) => rest,
        None => raw,
    };
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 32);
    for line in raw.split_inclusive(|&b| b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn made_up(n: usize) -> Vec<u8> {
    let received = "Received: from a.example ([192.0.2.1])\r\n\tby b.example with ESMTP id 1; \
                    Tue, 24 Nov 2026 10:00:00 +0000\r\n";
    let text = "A line of text of the usual length, with an =E4 or two =\r\nand a soft break.\r\n"
        .repeat(20 + n % 50);
    format!(
        "{}From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\nTo: a@example.org, \"B\" <b@example.org>\r\n\
         Subject: number {n}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"x{n}\"\r\n\r\n\
         --x{n}\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
         {text}\r\n--x{n}\r\nContent-Type: text/html\r\n\r\n<p>{text}</p>\r\n--x{n}--\r\n",
        received.repeat(4)
    )
    .into_bytes()
}
