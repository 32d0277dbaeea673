//! Plays a transcript against a session: whole, byte by byte, and cut at every place.

use crate::{Line, Script};
use bytes::BufMut;
use mailwright_wire::{Session, Step, TlsInfo, Upgrading};
use std::{fmt, path::Path};

/// Which lines of the transcript the session under test is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The session says the `C` lines.
    Client,
    /// The session says the `S` lines.
    Server,
}

/// The application around the session under test.
pub trait Play {
    /// The session under test.
    type Session: Session;

    /// A fresh session.
    fn begin(&mut self) -> Self::Session;

    /// Something happened: answer it.
    fn event(&mut self, session: &mut Self::Session, event: <Self::Session as Session>::Event);

    /// An `A:` line.
    fn act(&mut self, _session: &mut Self::Session, words: &str) {
        panic!("this player does not know how to: {words}");
    }

    /// The facts of the handshake at a `T:` line.
    fn tls(&mut self) -> TlsInfo {
        TlsInfo::default()
    }
}

/// Plays the transcript in the file, see [`play`].
///
/// # Panics
///
/// When the session says anything else than the transcript.
pub fn play_file<P: Play>(role: Role, path: &Path, make: impl Fn() -> P) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    play(role, &path.display().to_string(), &text, make);
}

/// Plays the transcript with a fresh player for every way to cut the peer's bytes: neighbouring lines of the peer
/// arrive at once, byte by byte, and in two parts cut at each place.
///
/// # Panics
///
/// When the session says anything else than the transcript.
pub fn play<P: Play>(role: Role, name: &str, text: &str, make: impl Fn() -> P) {
    let script = Script::parse(text);
    let total: usize = script.0.iter().filter_map(|(_, line)| peers(role, line)).map(<[u8]>::len).sum();
    for cut in [Cut::Whole, Cut::Bytes].into_iter().chain((1..total).map(Cut::At)) {
        let mut player = make();
        let session = player.begin();
        let run = Run {
            player,
            session: Some(session),
            role,
            cut,
            said: vec![],
            fed: 0,
            closed: false,
            failed: None,
        };
        run.all(&script, &format_args!("{name}, {cut:?}"));
    }
}

fn peers(role: Role, line: &Line) -> Option<&[u8]> {
    match (role, line) {
        (Role::Server, Line::Client(bytes)) | (Role::Client, Line::Server(bytes)) => Some(bytes),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug)]
enum Cut {
    Whole,
    Bytes,
    At(usize),
}

struct Run<P: Play> {
    player: P,
    session: Option<P::Session>,
    role: Role,
    cut: Cut,
    said: Vec<u8>,
    /// Bytes of the peer so far.
    fed: usize,
    closed: bool,
    failed: Option<String>,
}

impl<P: Play> Run<P> {
    fn all(mut self, script: &Script, context: &dyn fmt::Display) {
        let mut lines = script.0.iter().peekable();
        self.pump();
        while let Some((n, line)) = lines.next() {
            if let Some(bytes) = peers(self.role, line) {
                let mut group = bytes.to_vec();
                while let Some(more) = lines.peek().and_then(|(_, next)| peers(self.role, next)) {
                    group.extend_from_slice(more);
                    lines.next();
                }
                self.feed(&group);
                continue;
            }
            match line {
                Line::Act(words) => {
                    let session =
                        self.session.as_mut().unwrap_or_else(|| panic!("{context}: line {n}: no session"));
                    self.player.act(session, words);
                    self.pump();
                }
                Line::Eof => {
                    if let Some(session) = &mut self.session {
                        session.eof();
                    }
                    self.pump();
                }
                Line::Tls => self.upgrade(&format_args!("{context}: line {n}")),
                Line::Closed => assert!(self.closed, "{context}: line {n}: the session did not close"),
                Line::Fails(why) => assert_eq!(self.failed.as_ref(), Some(why), "{context}: line {n}"),
                Line::Client(want) | Line::Server(want) => {
                    let got = self.said.get(..want.len().min(self.said.len())).unwrap_or_default();
                    assert_eq!(
                        got.escape_ascii().to_string(),
                        want.escape_ascii().to_string(),
                        "{context}: line {n} (all that was said: {:?})",
                        self.said.escape_ascii().to_string()
                    );
                    self.said.drain(..want.len());
                    // What the session says next must not be waiting already, unless the transcript has it next.
                    if lines.peek().is_none_or(|(_, next)| {
                        !matches!(next, Line::Client(_) | Line::Server(_)) || peers(self.role, next).is_some()
                    }) {
                        let more = self.said.escape_ascii().to_string();
                        assert!(more.is_empty(), "{context}: after line {n} the session also said {more:?}");
                    }
                }
            }
        }
        let more = self.said.escape_ascii().to_string();
        assert!(more.is_empty(), "{context}: at the end the session also said {more:?}");
    }

    fn upgrade(&mut self, context: &dyn fmt::Display) {
        let session = self.session.take().unwrap_or_else(|| panic!("{context}: no session to upgrade"));
        let upgrading = session.upgrade().unwrap_or_else(|e| panic!("{context}: {e}"));
        let tls = self.player.tls();
        self.session = Some(upgrading.secured(tls));
        self.pump();
    }

    fn feed(&mut self, bytes: &[u8]) {
        let end = self.fed + bytes.len();
        let mut rest = bytes;
        while !rest.is_empty() {
            let n = match self.cut {
                Cut::Whole => rest.len(),
                Cut::Bytes => 1,
                Cut::At(at) if self.fed < at && at < end => at - self.fed,
                Cut::At(_) => rest.len(),
            };
            let Some(mut slot) = self.session.as_mut().and_then(Session::slot) else { return };
            let n = n.min(slot.remaining_mut());
            slot.put_slice(&rest[..n]);
            self.fed += n;
            rest = &rest[n..];
            self.pump();
        }
    }

    /// Polls until the session wants input.
    fn pump(&mut self) {
        loop {
            let Some(session) = &mut self.session else { return };
            match session.poll() {
                Ok(Step::Write(bytes)) => self.said.extend_from_slice(&bytes),
                Ok(Step::Event(event)) => self.player.event(session, event),
                Ok(Step::Pause(_)) => {}
                Ok(Step::Read(_) | Step::Answer | Step::Upgrade) => return,
                Ok(Step::Close) => {
                    self.closed = true;
                    return;
                }
                Err(e) => {
                    self.failed = Some(e.to_string());
                    self.session = None;
                }
            }
        }
    }
}
