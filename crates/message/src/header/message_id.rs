//! Message identifiers (RFC 5322 §3.6.4): Message-ID, In-Reply-To, References, Content-ID.

use std::borrow::Cow;

use super::lex::{Cursor, Source, is_fws, text};

/// The identifiers of a value, without their angle brackets.
///
/// Text outside the brackets (an obsolete `In-Reply-To` may have a phrase there) is left out, unless there are no
/// brackets at all: then each word with an `@` counts, and without any such word the whole value.
///
/// ```
/// use mailwright_message::header::message_id::parse;
/// assert_eq!(parse(b" <1@a.test>\r\n <2@a.test>"), ["1@a.test", "2@a.test"]);
/// assert_eq!(parse(b" your mail of today <3@a.test>"), ["3@a.test"]);
/// assert_eq!(parse(b"4@a.test"), ["4@a.test"]);
/// ```
pub fn parse(value: &[u8]) -> Vec<Cow<'_, str>> {
    parse_source(Source::new(value))
}

pub(super) fn parse_source(source: Source<'_>) -> Vec<Cow<'_, str>> {
    let value = source.octets();
    // One identifier and nothing else, as mostly.
    if let [b'<', id @ .., b'>'] = value.trim_ascii()
        && !id.iter().fold(false, |found, &octet| found | matches!(octet, b'<' | b'>' | ..=b' '))
        && !id.is_empty()
    {
        return vec![source.text(id)];
    }
    let mut found = Vec::new();
    let mut cursor = Cursor::new(value);
    let mut brackets = false;
    while let Some(octet) = cursor.peek() {
        match octet {
            b'<' => {
                brackets = true;
                cursor.bump();
                let inner = cursor.take_while(|octet| octet != b'>');
                push(&source, &mut found, inner);
                cursor.bump();
            }
            b'(' => {
                cursor.comment();
            }
            b'"' => {
                cursor.quoted_string();
            }
            _ => cursor.bump(),
        }
    }
    if !brackets {
        let words =
            || value.split(|&octet| is_fws(octet) || octet == b',').filter(|word| word.contains(&b'@'));
        if words().next().is_some() {
            words().for_each(|word| push(&source, &mut found, word));
        } else {
            push(&source, &mut found, value);
        }
    }
    found
}

fn push<'a>(source: &Source<'a>, found: &mut Vec<Cow<'a, str>>, id: &'a [u8]) {
    let id = id.trim_ascii();
    if !id.is_empty() {
        // A long identifier may be folded in the middle: no white space belongs to it then.
        let folded = id.iter().any(|octet| matches!(octet, b'\r' | b'\n'));
        found.push(if folded {
            text(Cow::Owned(id.iter().copied().filter(|&octet| !is_fws(octet)).collect()))
        } else {
            source.text(id)
        });
    }
}
