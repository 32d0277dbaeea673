//! mbox files (RFC 4155): their messages one by one, and messages added to them.
//!
//! ```
//! use mailwright_message::header::date::DateTime;
//! use mailwright_message::mbox::{Dialect, messages, write};
//!
//! let mut file = Vec::new();
//! write(Dialect::Mboxrd, "ann@example.test", DateTime::from_unix(0), b"Subject: a\n\nFrom here on\n", &mut file);
//! assert_eq!(file, b"From ann@example.test Thu Jan  1 00:00:00 1970\nSubject: a\n\n>From here on\n\n");
//! let read: Vec<_> = messages(Dialect::Mboxrd, &file).map(|entry| entry.message().into_owned()).collect();
//! assert_eq!(read, [b"Subject: a\n\nFrom here on\n"]);
//! ```
//!
//! An mbox cannot say how it was written, and a line of a message that looks like a separator and was not quoted when
//! written splits the message: such is the format. Nothing here holds a whole file but the caller: map it, or read it.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use crate::header::date::DateTime;

/// How lines in messages that look like separators are kept apart from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `From ` becomes `>From `; what was `>From ` before becomes `From ` when read. What RFC 4155 describes.
    Mboxo,
    /// One `>` is added to any number of them before `From `, and taken away: nothing is lost.
    Mboxrd,
    /// Nothing is quoted; the field `Content-Length` says where the message ends.
    Mboxcl2,
}

/// One message in an mbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    dialect: Dialect,
    separator: &'a [u8],
    raw: &'a [u8],
}

impl<'a> Entry<'a> {
    /// What stands in the separator line between `From ` and the date: an address, or `-`.
    pub fn sender(&self) -> &'a [u8] {
        let end = memchr(b' ', self.separator).unwrap_or(self.separator.len());
        &self.separator[..end]
    }

    /// The date in the separator line, as written; RFC 4155 wants UTC and the form of `asctime`.
    pub fn date(&self) -> &'a [u8] {
        self.separator[self.sender().len()..].trim_ascii()
    }

    /// The message as it stands in the file.
    pub const fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The message without the quoting of its dialect. Borrows where there is none.
    pub fn message(&self) -> Cow<'a, [u8]> {
        if self.dialect == Dialect::Mboxcl2 || memmem::find(self.raw, b">From ").is_none() {
            return Cow::Borrowed(self.raw);
        }
        let mut out = Vec::with_capacity(self.raw.len());
        for line in self.raw.split_inclusive(|&byte| byte == b'\n') {
            let quoted = match self.dialect {
                Dialect::Mboxrd => line.starts_with(b">") && is_quotable(line),
                _ => line.starts_with(b">From "),
            };
            out.extend_from_slice(&line[usize::from(quoted)..]);
        }
        Cow::Owned(out)
    }
}

/// `*">" "From "`
fn is_quotable(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|&&byte| byte == b'>').count();
    line[marks..].starts_with(b"From ")
}

/// The messages of an mbox. What stands before the first separator is skipped.
pub fn messages(dialect: Dialect, file: &[u8]) -> Messages<'_> {
    let mut at = 0;
    // A byte order mark is none of the file's.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    while at < file.len() {
        let (line, next) = line_at(file, at);
        if is_separator(line) {
            break;
        }
        at = next;
    }
    Messages { dialect, file, at }
}

/// Iterates over the messages of an mbox; see [`messages`].
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    dialect: Dialect,
    file: &'a [u8],
    /// The start of a separator line, or the end.
    at: usize,
}

impl<'a> Iterator for Messages<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        if self.at >= self.file.len() {
            return None;
        }
        let (line, start) = line_at(self.file, self.at);
        let separator = &line[b"From ".len().min(line.len())..];
        let counted = if self.dialect == Dialect::Mboxcl2 { self.counted(start) } else { None };
        let (end, next) = counted.unwrap_or_else(|| self.searched(start));
        self.at = next;
        Some(Entry { dialect: self.dialect, separator, raw: &self.file[start..end] })
    }
}

impl Messages<'_> {
    /// Where the message ends by its `Content-Length`, if there is a separator or the end of the file.
    fn counted(&self, start: usize) -> Option<(usize, usize)> {
        let mut at = start;
        let mut length = None;
        loop {
            let (line, next) = line_at(self.file, at);
            // A header that has no end before the next message counts nothing, and is not to be read on for each of them.
            if is_separator(line) {
                return None;
            }
            at = next;
            if line.is_empty() {
                break;
            }
            let name = b"content-length:";
            if line.get(..name.len()).is_some_and(|own| own.eq_ignore_ascii_case(name)) {
                let digits = line[name.len()..].trim_ascii();
                length = std::str::from_utf8(digits).ok()?.parse::<usize>().ok();
            }
        }
        let end = at.checked_add(length?)?;
        let rest = self.file.get(end..)?;
        let blank = rest.iter().take(LONGEST_GAP).take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let next = end + blank.count();
        let fits = next == self.file.len() || is_separator(line_at(self.file, next).0);
        fits.then_some((end, next))
    }

    /// Where the message ends by the next separator. The empty line before that is not of the message.
    fn searched(&self, start: usize) -> (usize, usize) {
        let mut at = start;
        let mut blank = None;
        while at < self.file.len() {
            let (line, next) = line_at(self.file, at);
            if at > start && is_separator(line) {
                return (blank.unwrap_or(at), at);
            }
            blank = line.is_empty().then_some(at);
            at = next;
        }
        (blank.filter(|&at| at > start).unwrap_or(self.file.len()), self.file.len())
    }
}

/// The line at `at` without its end, and where the next one starts.
fn line_at(file: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &file[at..];
    let end = memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    let line = rest[..end].strip_suffix(b"\n").unwrap_or(&rest[..end]);
    (line.strip_suffix(b"\r").unwrap_or(line), at + end)
}

/// Octets of line ends between a counted message and the next separator: there should be one empty line.
const LONGEST_GAP: usize = 64;

/// What is looked at of a separator line, and what is written of a sender, so that the date is seen: the longest address
/// there is (RFC 5321 §4.5.3.1), and some more.
const LONGEST_SEPARATOR: usize = 512;
const LONGEST_SENDER: usize = 320;

/// `From ` with a date after the sender; or with `-` alone, as some clients write it. The empty line that should stand
/// before is sometimes missing.
fn is_separator(line: &[u8]) -> bool {
    const DAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let words = || {
        rest[..rest.len().min(LONGEST_SEPARATOR)].split(|&byte| byte == b' ').filter(|word| !word.is_empty())
    };
    let is_time = |word: &[u8]| matches!(word, [h1, h2, b':', m1, m2, ..] if [h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()));
    let dated = words().any(is_time) && words().any(|word| DAYS.contains(&word));
    let undated = words().next() == Some(b"-") && words().nth(1).is_none();
    dated || undated
}

/// Appends a message to `out`, which holds an mbox or nothing.
///
/// The message keeps its line ends, which the separator takes too. A last line without an end gets one. In
/// [`Dialect::Mboxcl2`] its `Content-Length` fields are exchanged for a right one. White space and control characters in
/// `sender` are left out, as is what is beyond 320 octets; an empty one becomes `MAILER-DAEMON`.
pub fn write(dialect: Dialect, sender: &str, date: DateTime, message: &[u8], out: &mut Vec<u8>) {
    let line_end: &[u8] = match memchr(b'\n', message) {
        Some(at) if at > 0 && message[at - 1] == b'\r' => b"\r\n",
        _ => b"\n",
    };
    out.reserve(message.len() + message.len() / 64 + 128);
    out.extend_from_slice(b"From ");
    let before = out.len();
    out.extend(sender.bytes().filter(|byte| *byte > b' ' && *byte != 0x7f).take(LONGEST_SENDER));
    if out.len() == before {
        out.extend_from_slice(b"MAILER-DAEMON");
    }
    out.push(b' ');
    out.extend_from_slice(date.asctime().as_bytes());
    out.extend_from_slice(line_end);
    if dialect == Dialect::Mboxcl2 {
        write_counted(message, line_end, out);
    } else {
        for line in message.split_inclusive(|&byte| byte == b'\n') {
            let quote = match dialect {
                Dialect::Mboxrd => is_quotable(line),
                _ => line.starts_with(b"From "),
            };
            if quote {
                out.push(b'>');
            }
            out.extend_from_slice(line);
        }
    }
    if !out.ends_with(b"\n") {
        out.extend_from_slice(line_end);
    }
    out.extend_from_slice(line_end);
}

fn write_counted(message: &[u8], line_end: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    let mut dropping = false;
    while at < message.len() {
        let (line, next) = line_at(message, at);
        if line.is_empty() {
            break;
        }
        let name = b"content-length:";
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        dropping =
            (folded && dropping) || line.get(..name.len()).is_some_and(|own| own.eq_ignore_ascii_case(name));
        if !dropping {
            out.extend_from_slice(&message[at..next]);
        }
        at = next;
    }
    if !out.ends_with(b"\n") {
        out.extend_from_slice(line_end);
    }
    let body = message.get(line_at(message, at.min(message.len())).1..).unwrap_or_default();
    let ended = body.is_empty() || body.ends_with(b"\n");
    let length = body.len() + if ended { 0 } else { line_end.len() };
    out.extend_from_slice(format!("Content-Length: {length}").as_bytes());
    out.extend_from_slice(line_end);
    out.extend_from_slice(line_end);
    out.extend_from_slice(body);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(dialect: Dialect, file: &[u8]) -> Vec<Vec<u8>> {
        messages(dialect, file).map(|entry| entry.message().into_owned()).collect()
    }

    #[test]
    fn no_message_is_read_on_for_another() {
        let separator = "From a@b Thu Jan  1 00:00:00 1970\n";
        let headers = format!("{separator}A: b\n").repeat(50_000);
        assert_eq!(messages(Dialect::Mboxcl2, headers.as_bytes()).count(), 50_000);
        // Lengths that all end among empty lines, after which there is no separator.
        let one = format!("{separator}Content-Length: 2000000\n\n");
        let blank = format!("{}{}x", one.repeat(20_000), "\n".repeat(4_000_000));
        assert_eq!(messages(Dialect::Mboxcl2, blank.as_bytes()).count(), 20_000);
    }

    #[test]
    fn separators_have_a_date_or_a_dash() {
        for (line, separates) in [
            ("From a@b Thu Jan  1 00:00:00 1970", true),
            ("From a@b Thu Jan  1 00:00 1970", true),
            ("From - Tue Nov 14 22:13:20 2023", true),
            ("From - ", true),
            ("From - to", false),
            ("From Russia with love", false),
            ("From here to there at 10:30", false),
            (">From a@b Thu Jan  1 00:00:00 1970", false),
        ] {
            assert_eq!(is_separator(line.as_bytes()), separates, "{line}");
        }
    }

    #[test]
    fn sender_and_date_are_given_as_written() {
        let file = b"junk\n\nFrom a@b Thu Jan  1 00:00:00 1970\nS: x\n\nbody\n";
        let entry = messages(Dialect::Mboxrd, file).next().unwrap();
        assert_eq!(entry.sender(), b"a@b");
        assert_eq!(entry.date(), b"Thu Jan  1 00:00:00 1970");
        assert_eq!(entry.raw(), b"S: x\n\nbody\n");
        assert_eq!(read(Dialect::Mboxrd, b""), Vec::<Vec<u8>>::new());
    }

    #[test]
    fn a_wrong_content_length_does_not_swallow_the_next_message() {
        let mut file = Vec::new();
        let body = b"A: b\n\nFrom a@b Thu Jan  1 00:00:00 1970\nnot quoted\n";
        write(Dialect::Mboxcl2, "a@b", DateTime::from_unix(0), body, &mut file);
        write(Dialect::Mboxcl2, "a@b", DateTime::from_unix(0), b"C: d\n\nx\n", &mut file);
        let right = read(Dialect::Mboxcl2, &file);
        assert_eq!(right.len(), 2);
        assert!(right[0].ends_with(&body[6..]));
        for wrong in ["0", "1", "9999999", "99999999999999999999999", "x"] {
            let text = "From a@b Thu Jan  1 00:00:00 1970\nContent-Length: N\n\nbody\n\n".replace('N', wrong);
            let file = text.repeat(3);
            assert_eq!(read(Dialect::Mboxcl2, file.as_bytes()).len(), 3, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn messages_written_are_read_back(
            lines in proptest::collection::vec(
                prop_oneof![
                    Just("From x Thu Jan  1 00:00:00 1970".to_owned()), Just(">From y".to_owned()), Just(String::new()),
                    Just(">>From -".to_owned()), Just("From -".to_owned()), "[ -~]{0,20}",
                ], 0..12),
            line_end in prop_oneof![Just("\n"), Just("\r\n")],
            count in 1_usize..4,
        ) {
            let body: String = lines.iter().flat_map(|line| [line.as_str(), line_end]).collect();
            let message = format!("Subject: s{line_end}{line_end}{body}");
            for dialect in [Dialect::Mboxrd, Dialect::Mboxcl2] {
                let mut file = Vec::new();
                for _ in 0..count {
                    write(dialect, "a b\r\n@c", DateTime::from_unix(0), message.as_bytes(), &mut file);
                }
                let read = read(dialect, &file);
                prop_assert_eq!(read.len(), count);
                for own in read {
                    let own = String::from_utf8(own).unwrap();
                    let own = own.replace(&format!("Content-Length: {}{line_end}", body.len()), "");
                    prop_assert_eq!(&own, &message);
                }
            }
        }
    }
}
