//! What the tests of this workspace share: the corpus of real mail, and protocol transcripts.
#![allow(clippy::panic)] // that is how a test says what is wrong

mod script;
mod transcript;

pub use script::{Line, Script};
pub use transcript::{Play, Role, play, play_file};

use std::path::{Path, PathBuf};

/// The folder of real mail with expected results, where there is one: named by `MAILWRIGHT_CORPUS`, or `shared/corpus`
/// beside the workspace. It is no part of the project; a test that wants it says what it leaves out without it.
#[must_use]
pub fn corpus() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let dir = std::env::var_os("MAILWRIGHT_CORPUS").map_or_else(beside, PathBuf::from);
    dir.is_dir().then_some(dir)
}

/// As mail is stored: without the mbox line, every line end CRLF.
#[must_use]
pub fn stored(raw: &[u8]) -> Vec<u8> {
    let raw = match raw.strip_prefix(b"From ") {
        Some(rest) => rest.iter().position(|&octet| octet == b'\n').map_or(&b""[..], |end| &rest[end + 1..]),
        None => raw,
    };
    crlf(raw)
}

/// With every line end CRLF: a bare CR and a bare LF are one each.
#[must_use]
pub fn crlf(raw: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len() + raw.len() / 32);
    for (at, &octet) in raw.iter().enumerate() {
        match octet {
            b'\n' if at > 0 && raw[at - 1] == b'\r' => {}
            b'\r' | b'\n' => out.extend_from_slice(b"\r\n"),
            _ => out.push(octet),
        }
    }
    out
}
