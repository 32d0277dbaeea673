//! Line ends of files and of mail: a file has those of its system, mail has CRLF (RFC 5322 §2.1).
//!
//! ```
//! use mailwright_message::line_ends::{to_crlf, to_lf};
//!
//! assert_eq!(*to_crlf(b"Subject: a\n\nb\r\n"), *b"Subject: a\r\n\r\nb\r\n");
//! assert_eq!(*to_lf(b"Subject: a\r\n\r\nb\r\n"), *b"Subject: a\n\nb\n");
//! ```

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};

/// Every bare LF as CRLF. A bare CR stays: it ends no line of a file. Borrows where nothing is to be changed.
pub fn to_crlf(message: &[u8]) -> Cow<'_, [u8]> {
    let bare = || memchr_iter(b'\n', message).filter(|&at| at == 0 || message[at - 1] != b'\r');
    let missing = bare().count();
    if missing == 0 {
        return message.into();
    }
    let mut out = Vec::with_capacity(message.len() + missing);
    let mut from = 0;
    for at in bare() {
        out.extend_from_slice(&message[from..at]);
        out.push(b'\r');
        from = at;
    }
    out.extend_from_slice(&message[from..]);
    out.into()
}

/// Every CRLF as LF. Borrows where there is none.
pub fn to_lf(message: &[u8]) -> Cow<'_, [u8]> {
    let mut ends = memmem::find_iter(message, b"\r\n").peekable();
    if ends.peek().is_none() {
        return message.into();
    }
    let mut out = Vec::with_capacity(message.len());
    let mut from = 0;
    for at in ends {
        out.extend_from_slice(&message[from..at]);
        from = at + 1;
    }
    out.extend_from_slice(&message[from..]);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_whole() {
        for (from, to) in [
            ("a\nb\r\nc\n", "a\r\nb\r\nc\r\n"),
            ("\n\n", "\r\n\r\n"),
            ("a\r\n", "a\r\n"),
            ("a\rb", "a\rb"),
            ("", ""),
        ] {
            assert_eq!(*to_crlf(from.as_bytes()), *to.as_bytes());
        }
    }

    #[test]
    fn only_whole_ones_become_lf() {
        for (from, to) in
            [("a\r\nb\n\r\r\n", "a\nb\n\r\n"), ("\r\n\r\n", "\n\n"), ("a\n", "a\n"), ("\r", "\r"), ("", "")]
        {
            assert_eq!(*to_lf(from.as_bytes()), *to.as_bytes());
        }
    }
}
