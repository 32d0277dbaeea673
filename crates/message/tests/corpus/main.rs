//! Real mail with results that others came to: what is under the corpus folder is read where it is present.

#![allow(clippy::unwrap_used, clippy::panic)] // that is how a test says what is missing

mod dovecot;
mod isemail;
mod jwz;
mod mime4j;
mod robust;
mod sexp;
mod sort;
mod tables;

/// The corpus, or a word that it was left out.
fn corpus(what: &str) -> Option<std::path::PathBuf> {
    let found = mailwright_testkit::corpus();
    if found.is_none() {
        println!("left out: {what}, as there is no corpus");
    }
    found
}

/// As mail is stored: without the mbox line, every line end CRLF.
fn stored(raw: &[u8]) -> Vec<u8> {
    let raw = match raw.strip_prefix(b"From ") {
        Some(rest) => rest.iter().position(|&octet| octet == b'\n').map_or(&b""[..], |end| &rest[end + 1..]),
        None => raw,
    };
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
