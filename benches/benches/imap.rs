//! Reading and writing IMAP commands and responses, against imap-codec and imap-proto; a megabyte that arrives in reads of
//! 4 KiB.
//!
//! The goals are three times imap-codec, and half as fast again as imap-proto in reading responses. The second is met by every
//! row. What keeps a row from the first, or near it, as the profiler has it:
//!
//! - `LIST` and `LSUB` commands, read and written: there is little to do, and most of it is memory: two names, the `Vec` of
//!   patterns, and to hand a command of 160 octets up to the caller; written, the buffer of the command and its count of
//!   references.
//! - `APPEND` read: flags, a date and a literal, each handed on by several functions; the literal itself costs neither anything.
//! - `STATUS` read, just below three: a value has one of eleven names in any case, and takes the room that one of an unknown
//!   name would.
//!
//! `LIST` with the options of LIST-EXTENDED and `ESEARCH` are read by neither of the others.

use bytes::{BufMut, Bytes};
use imap_codec::{CommandCodec, ResponseCodec, decode::Decoder, encode::Encoder as _};
use mailwright_benches::{Work, contender, race};
use mailwright_imap::{
    Limits,
    client::{Client, Config, Event},
    encode::core::{Encoder, Literals},
    parse::{
        command::{Context, command},
        response,
    },
    types::{command::Command, response::Response},
};
use mailwright_wire::{Session, Step};

/// What clients say most.
const COMMANDS: [&str; 8] = [
    "a1 NOOP\r\n",
    "a2 LOGIN joe@example.org \"correct horse\"\r\n",
    "a3 SELECT INBOX\r\n",
    "a4 UID FETCH 1:500 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)\r\n",
    "a5 UID FETCH 501,507,600:700 (UID BODY.PEEK[HEADER.FIELDS (From To Subject Date Message-ID)])\r\n",
    "a6 UID STORE 17:23 +FLAGS.SILENT (\\Seen \\Flagged)\r\n",
    "a7 UID SEARCH UNSEEN SINCE 1-Feb-2024 FROM \"ann\" NOT DELETED\r\n",
    "a8 STATUS \"Archive/2024\" (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)\r\n",
];

/// Groups of commands, by what they are: the mixture above, and each kind for itself.
fn all_commands() -> Vec<(&'static str, Vec<String>)> {
    let own = |lines: &[&str]| lines.iter().map(|line| format!("{line}\r\n")).collect();
    let mail = format!(
        "From: Fred Foobar <foobar@example.org>\r\nSubject: afternoon meeting\r\n\r\n{}",
        "x".repeat(200)
    );
    let append = format!(
        "a1 APPEND \"Sent Items\" (\\Seen) \" 7-Feb-1994 21:52:25 -0800\" {{{}}}\r\n{mail}",
        mail.len()
    );
    vec![
        ("a command", COMMANDS.map(str::to_owned).to_vec()),
        (
            "FETCH commands",
            own(&[
                "a1 FETCH 1:* (UID FLAGS)",
                "a2 UID FETCH 1:500 (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE)",
                "a3 UID FETCH 501,507,600:700 (UID BODY.PEEK[HEADER.FIELDS (From To Subject Date Message-ID)])",
                "a4 UID FETCH 17 BODY.PEEK[1.2]<0.8192>",
            ]),
        ),
        (
            "STORE commands",
            own(&[
                "a1 STORE 1 -FLAGS (\\Deleted)",
                "a2 UID STORE 17:23 +FLAGS.SILENT (\\Seen \\Flagged)",
                "a3 UID STORE 4,8,15:16 FLAGS (\\Answered $Forwarded)",
            ]),
        ),
        (
            "SEARCH commands of several keys",
            own(&[
                "a1 UID SEARCH UNSEEN SINCE 1-Feb-2024 FROM \"ann\" NOT DELETED",
                "a2 UID SEARCH OR FROM \"ann@example.org\" SUBJECT \"minutes\" KEYWORD $Work LARGER 10000 UID 1:4000",
                "a3 SEARCH TEXT \"budget\" BEFORE 31-Dec-2024 (NOT SEEN FLAGGED)",
            ]),
        ),
        ("APPEND of a short mail", vec![append + "\r\n"]),
        (
            "LIST and LSUB commands",
            own(&["a1 LIST \"\" \"*\"", "a2 LIST \"\" Archive/%", "a3 LSUB \"\" \"Archive/*\""]),
        ),
    ]
}

const ENVELOPE: &str = "* 12 FETCH (ENVELOPE (\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and \
    minutes\" ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \
    \"cac.washington.edu\")) ((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) ((NIL NIL \"imap\" \
    \"cac.washington.edu\")) ((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \
    \"MIT.EDU\")) NIL NIL \"<B27397-0100000@cac.washington.edu>\"))\r\n";

const STRUCTURE: &str = "* 12 FETCH (BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"UTF-8\") NIL NIL \
    \"QUOTED-PRINTABLE\" 1315 42 NIL NIL NIL NIL)(\"TEXT\" \"HTML\" (\"CHARSET\" \"UTF-8\") NIL NIL \
    \"QUOTED-PRINTABLE\" 4711 99 NIL NIL NIL NIL) \"ALTERNATIVE\" (\"BOUNDARY\" \"----=_Part_1\") NIL NIL NIL))\r\n";

/// Groups of responses, by what they are.
fn responses() -> Vec<(&'static str, Vec<String>)> {
    let flags = (1..=50)
        .map(|n| format!("* {n} FETCH (UID {} FLAGS (\\Seen \\Answered $Forwarded))\r\n", 1000 + n))
        .collect();
    let lists = (0..20)
        .map(|n| format!("* LIST (\\HasNoChildren \\Subscribed) \"/\" \"Archive/Lists/list-{n}\"\r\n"))
        .collect();
    let statuses = (0..20)
        .map(|n| {
            format!(
                "* STATUS \"Archive/{n}\" (MESSAGES 231 UIDNEXT 44292 UIDVALIDITY 3857529045 UNSEEN {n})\r\n"
            )
        })
        .collect();
    let numbers: Vec<String> = (1..=1000).map(|n: u32| (n * 3).to_string()).collect();
    vec![
        ("FETCH FLAGS", flags),
        ("FETCH ENVELOPE", vec![ENVELOPE.to_owned()]),
        ("FETCH BODYSTRUCTURE", vec![STRUCTURE.to_owned()]),
        ("LIST", lists),
        ("SEARCH of 1000", vec![format!("* SEARCH {}\r\n", numbers.join(" "))]),
        ("tagged OK", vec!["a12 OK [READ-WRITE] SELECT completed\r\n".to_owned()]),
        ("STATUS", statuses),
        (
            "FETCH BODY[] of 8 KiB",
            vec![format!("* 12 FETCH (UID 1012 BODY[] {{8192}}\r\n{})\r\n", "x".repeat(8192))],
        ),
    ]
}

fn main() {
    for (what, texts) in all_commands() {
        commands_of(what, &texts);
    }
    for (what, texts) in responses() {
        responses_of(what, &texts);
    }
    stream();
    arriving();
}

fn commands_of(what: &str, texts: &[String]) {
    let limits = Limits::default();
    let context = Context { limits: &limits, utf8: false };
    let frames: Vec<Bytes> = texts.iter().map(|text| Bytes::from(text.trim_end().to_owned())).collect();
    let read: Vec<Command> = frames.iter().map(|frame| command(frame, context).expect("a command")).collect();
    let codec = CommandCodec::default();
    let times = times(texts.len());
    let theirs: Vec<_> =
        texts.iter().map(|line| codec.decode(line.as_bytes()).expect("a command").1).collect();
    race(
        &format!("read {what}"),
        Work::Operations(texts.len() * times),
        vec![
            contender("mailwright", || {
                repeat(times, || frames.iter().filter(|frame| command(frame, context).is_ok()).count())
            }),
            contender("imap-codec", || {
                repeat(times, || texts.iter().filter(|line| codec.decode(line.as_bytes()).is_ok()).count())
            }),
        ],
    );
    race(
        &format!("write {what}"),
        Work::Operations(texts.len() * times),
        vec![
            contender("mailwright", || {
                repeat(times, || {
                    read.iter()
                        .map(|command| {
                            let mut out = Encoder::client(Literals::Minus, false);
                            out.value(command);
                            out.take().len()
                        })
                        .sum()
                })
            }),
            contender("imap-codec", || {
                repeat(times, || theirs.iter().map(|command| codec.encode(command).dump().len()).sum())
            }),
        ],
    );
}

fn responses_of(what: &str, texts: &[String]) {
    let frames: Vec<Bytes> = texts.iter().map(|text| Bytes::from(text.trim_end().to_owned())).collect();
    let read: Vec<Response> =
        frames.iter().map(|frame| response(frame, false, 32).expect("a response")).collect();
    let codec = ResponseCodec::default();
    let times = times(texts.len());
    let theirs: Vec<_> =
        texts.iter().map(|text| codec.decode(text.as_bytes()).expect("a response").1).collect();
    race(
        &format!("read {what}"),
        Work::Operations(texts.len() * times),
        vec![
            contender("mailwright", || {
                repeat(times, || frames.iter().filter(|frame| response(frame, false, 32).is_ok()).count())
            }),
            contender("imap-proto", || {
                let parse = |text: &&String| imap_proto::Response::from_bytes(text.as_bytes()).is_ok();
                repeat(times, || texts.iter().filter(parse).count())
            }),
            contender("imap-codec", || {
                repeat(times, || texts.iter().filter(|text| codec.decode(text.as_bytes()).is_ok()).count())
            }),
        ],
    );
    race(
        &format!("write {what}"),
        Work::Operations(texts.len() * times),
        vec![
            contender("mailwright", || {
                // As a session does: many responses into one buffer.
                let mut out = Encoder::server(false);
                repeat(times, || {
                    read.iter().for_each(|response| {
                        out.value(response);
                    });
                    out.take().len()
                })
            }),
            contender("imap-codec", || {
                repeat(times, || theirs.iter().map(|response| codec.encode(response).dump().len()).sum())
            }),
        ],
    );
}

/// Ten thousand responses, one after the other: by a whole client session, in reads of 4 KiB, against a parser that has all of
/// it before it. imap-codec reads `MODSEQ` only with a feature that makes all else that it reads slower.
fn stream() {
    let responses: String = (1..=10_000)
        .map(|n| format!("* {n} FETCH (UID {} FLAGS (\\Seen) MODSEQ ({}))\r\n", 1000 + n, 90_000 + n))
        .collect();
    let all = format!("* OK hi\r\n{responses}");
    race(
        "10,000 of FETCH (UID FLAGS MODSEQ)",
        Work::Operations(10_000),
        vec![
            contender("mailwright client", || hear(all.as_bytes())),
            contender("imap-proto", || {
                let (mut rest, mut count) = (responses.as_bytes(), 0);
                while let Ok((after, _)) = imap_proto::Response::from_bytes(rest) {
                    (rest, count) = (after, count + 1);
                }
                count
            }),
        ],
    );
}

/// How often the work is done in one round: once is over too soon to be timed, and too often is not over before another
/// program has its turn.
fn times(operations: usize) -> usize {
    (200 / operations).max(1)
}

/// The work of one round, so many times over.
fn repeat(times: usize, mut work: impl FnMut() -> usize) -> u64 {
    (0..times).map(|_| work() as u64).sum()
}

/// A megabyte in reads of 4 KiB: as one literal, and as one line.
fn arriving() {
    let mail = "x".repeat(1 << 20);
    let literal = format!("* OK hi\r\n* 1 FETCH (BODY[] {{{}}}\r\n{mail})\r\n", mail.len());
    let line = format!("* OK hi\r\n* SEARCH{}\r\n", " 1234567".repeat((1 << 20) / 8));
    for (what, text) in [("literal", &literal), ("line", &line)] {
        race(
            &format!("a {what} of 1 MiB in reads of 4 KiB"),
            Work::Octets(text.len()),
            vec![
                contender("mailwright client", || hear(text.as_bytes())),
                contender("memchr for LF", || {
                    text.as_bytes()
                        .chunks(4096)
                        .map(|chunk| memchr::memchr_iter(b'\n', chunk).count() as u64)
                        .sum()
                }),
            ],
        );
    }
}

fn hear(mut octets: &[u8]) -> u64 {
    let mut client = Client::new(Config::plaintext());
    let mut heard = 0;
    loop {
        match client.poll() {
            Ok(Step::Event(Event::Literal(octets))) => heard += octets.len() as u64,
            Ok(Step::Event(_)) => heard += 1,
            Ok(Step::Read(_)) if octets.is_empty() => return heard,
            Ok(Step::Read(_)) => {
                let Some(mut slot) = client.slot() else { return heard };
                let n = octets.len().min(4096).min(slot.remaining_mut());
                slot.put_slice(&octets[..n]);
                octets = &octets[n..];
            }
            _ => return heard,
        }
    }
}
