//! What threads are made of: the identifiers a message refers to, and the subject without what replies add to it.
//!
//! ```
//! use mailwright_message::Message;
//! use mailwright_message::thread::{base_subject, references};
//!
//! let message = Message::parse(
//!     b"Subject: Re: [list] Fwd: lunch (fwd)\r\nReferences: <1@a.test> <2@a.test>\r\n\r\n",
//! );
//! assert_eq!(references(message.header()), ["1@a.test", "2@a.test"]);
//! let base = base_subject(&message.subject().unwrap());
//! assert_eq!(base.text, "lunch");
//! assert!(base.is_reply);
//! ```

use std::borrow::Cow;

use crate::header::Header;

/// The identifiers that a message refers to, oldest first: those of References, or else the first one of
/// In-Reply-To (RFC 5256 §3). Repeated ones are given once.
pub fn references<'a>(header: Header<'_, 'a>) -> Vec<Cow<'a, str>> {
    let ids = |name: &str| header.field(name).map(|field| bracketed(field.raw_value())).unwrap_or_default();
    let mut found = ids("References");
    if found.is_empty() {
        found = ids("In-Reply-To");
        found.truncate(1);
    }
    // One identifier stands for one message, however often it is named; a set keeps this linear.
    let mut seen = std::collections::HashSet::with_capacity(found.len());
    found.retain(|id| seen.insert(id.clone()));
    found
}

/// Identifiers in angle brackets only: words of a phrase are none.
fn bracketed(value: &[u8]) -> Vec<Cow<'_, str>> {
    if value.contains(&b'<') { crate::header::message_id::parse(value) } else { Vec::new() }
}

/// The base subject of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseSubject {
    /// What is left: compare it without case, by `i;unicode-casemap` (the feature `collation`).
    pub text: String,
    /// Whether something was taken off that says that the message answers or forwards another.
    pub is_reply: bool,
}

/// Extracts the base subject (RFC 5256 §2.1) from a decoded subject.
///
/// ```
/// use mailwright_message::thread::base_subject;
/// assert_eq!(base_subject("[a] re[2]: FW: x  y").text, "x y");
/// assert_eq!(base_subject("[fwd: Re: x]").text, "x");
/// assert!(!base_subject("[list] x").is_reply);
/// ```
pub fn base_subject(subject: &str) -> BaseSubject {
    // (1) all white space becomes one space.
    let words = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut text = &words[..];
    let mut is_reply = false;
    loop {
        // (2) trailers: subj-trailer = "(fwd)" / WSP
        loop {
            text = text.trim_end();
            match strip_end(text, "(fwd)") {
                Some(rest) => {
                    is_reply = true;
                    text = rest;
                }
                None => break,
            }
        }
        // (3) to (5): leaders, which are blobs and a "re:", then blobs that are not all there is.
        loop {
            text = text.trim_start();
            let (last_blob, rest) = blobs(text);
            if let Some(rest) = refwd(rest) {
                is_reply = true;
                text = rest;
            } else {
                text = if rest.is_empty() { last_blob } else { rest };
                break;
            }
        }
        // (6) "[fwd:" ... "]"
        match strip_start(text, "[fwd:").and_then(|rest| rest.strip_suffix(']')) {
            Some(rest) => {
                is_reply = true;
                text = rest;
            }
            None => return BaseSubject { text: text.to_owned(), is_reply },
        }
    }
}

/// What follows the blobs that `text` begins with, and before it the last of them with all after it.
fn blobs(text: &str) -> (&str, &str) {
    let (mut last, mut rest) = (text, text);
    while let Some(after) = blob(rest) {
        (last, rest) = (rest, after.trim_start());
    }
    (last, rest)
}

/// `subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"`
fn refwd(text: &str) -> Option<&str> {
    let rest = ["re", "fwd", "fw"].into_iter().find_map(|word| strip_start(text, word))?.trim_start();
    let rest = blob(rest).unwrap_or(rest);
    rest.trim_start().strip_prefix(':')
}

/// `subj-blob = "[" *BLOBCHAR "]" *WSP`, BLOBCHAR being all but brackets
fn blob(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.find(['[', ']'])?;
    inner[end..].strip_prefix(']')
}

fn strip_start<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn strip_end<'a>(text: &'a str, suffix: &str) -> Option<&'a str> {
    let (rest, end) = text.split_at_checked(text.len().checked_sub(suffix.len())?)?;
    end.eq_ignore_ascii_case(suffix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    #[test]
    fn base_subjects_follow_the_rules() {
        for (subject, base, is_reply) in [
            ("", "", false),
            ("Re:", "", true),
            ("[x]", "[x]", false),
            ("[x] [y]", "[y]", false),
            ("Re[4]: [a] Re: b (Fwd) (fwd) ", "b", true),
            ("[a] Re: [b]", "[b]", true),
            ("[fwd: a] b", "b", false),
            ("[Fwd: [Fwd: a]]", "a", true),
            ("Reply: a", "Reply: a", false),
            ("[a[b] c", "[a[b] c", false),
            ("é(fwd)", "é", true),
            ("\u{130}", "\u{130}", false),
        ] {
            assert_eq!(base_subject(subject), BaseSubject { text: base.to_owned(), is_reply }, "{subject}");
        }
    }

    #[test]
    fn in_reply_to_counts_where_references_has_nothing() {
        let of = |raw: &[u8]| references(Message::parse(raw).header()).join(" ");
        assert_eq!(of(b"References: nothing\r\nIn-Reply-To: your mail <1@a> of <2@a>\r\n\r\n"), "1@a");
        assert_eq!(of(b"References: <1@a>\r\n <2@a> <1@a>\r\nIn-Reply-To: <3@a>\r\n\r\n"), "1@a 2@a");
        assert_eq!(of(b"In-Reply-To: Joe's mail of joe@a\r\n\r\n"), "");
    }
}
