//! Encoded words (RFC 2047), as written and as people get them wrong, and the text around them.

use std::borrow::Cow;

use memchr::memmem;
use memchr::{memchr, memchr2, memchr3};

use super::lex::{Source, has_encoded_word, is_fws, text};
use crate::encoding::charset;

/// The text of a value: encoded words decoded, white space between two of them dropped, each fold one space, outer
/// white space trimmed.
///
/// Taken as meant: words that stand inside other text or have spaces or folds in them, characters split over
/// adjacent words, and octets above 127. What looks like a word but is none stays as it is. Line ends and NUL in a
/// decoded word become spaces, so that a value never makes lines of its own.
///
/// ```
/// use mailwright_message::header::encoded_word::decode;
/// assert_eq!(decode(b" =?utf-8?q?caf=C3?= =?utf-8?b?qQ==?= au\r\n lait "), "café au lait");
/// assert_eq!(decode(b"=?utf-8?q?open"), "=?utf-8?q?open");
/// ```
pub fn decode(value: &[u8]) -> Cow<'_, str> {
    decode_source(Source::new(value))
}

pub(super) fn decode_source(source: Source<'_>) -> Cow<'_, str> {
    let value = source.octets().trim_ascii();
    if memchr3(b'=', b'\r', b'\n', value).is_none() {
        return source.text(value);
    }
    if !has_encoded_word(value) {
        return match unfolded(value) {
            Cow::Borrowed(value) => text(Cow::Borrowed(value)),
            Cow::Owned(value) => text(Cow::Owned(value)),
        };
    }
    Cow::Owned(decode_words(value))
}

fn decode_words(value: &[u8]) -> String {
    let mut out = String::with_capacity(value.len());
    let mut pending = Pending::default();
    let mut rest = value;
    let mut from = 0;
    while let Some(found) = memmem::find(&rest[from..], b"=?") {
        let at = from + found;
        let word = match Word::read(&rest[at..]) {
            Read::Word(word) => word,
            Read::NoWord => {
                from = at + 2;
                continue;
            }
            // There is no end for any later one either.
            Read::Open => break,
        };
        let before = &rest[..at];
        if !pending.open || !before.iter().all(|&octet| is_fws(octet)) {
            pending.flush(&mut out);
            out.push_str(&text(unfolded(before)));
        }
        pending.add(&word, &mut out);
        rest = &rest[at + word.octets..];
        from = 0;
    }
    pending.flush(&mut out);
    out.push_str(&text(unfolded(rest)));
    out
}

/// Octets of adjacent words in one charset, as a character may be split between them.
#[derive(Default)]
struct Pending<'a> {
    open: bool,
    charset: &'a [u8],
    octets: Vec<u8>,
}

impl<'a> Pending<'a> {
    fn add(&mut self, word: &Word<'a>, out: &mut String) {
        if !self.charset.eq_ignore_ascii_case(word.charset) {
            self.flush(out);
        }
        self.open = true;
        self.charset = word.charset;
        word.decode(&mut self.octets);
    }

    fn flush(&mut self, out: &mut String) {
        if self.open {
            let decoded = match std::str::from_utf8(self.charset) {
                Ok(label) => charset::decode_word(label, &self.octets),
                Err(_) => text(Cow::Borrowed(&self.octets)).into_owned(),
            };
            out.extend(decoded.chars().map(|one| if matches!(one, '\r' | '\n' | '\0') { ' ' } else { one }));
            self.octets.clear();
            self.open = false;
        }
    }
}

/// `encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="`
struct Word<'a> {
    charset: &'a [u8],
    base64: bool,
    text: &'a [u8],
    octets: usize,
}

enum Read<'a> {
    Word(Word<'a>),
    NoWord,
    /// All but the end is there.
    Open,
}

impl<'a> Word<'a> {
    fn read(value: &'a [u8]) -> Read<'a> {
        let inner = &value[2..];
        let stop = |&octet: &u8| octet == b'?' || octet == b'=' || is_fws(octet);
        let Some(label) = inner.iter().position(stop) else { return Read::NoWord };
        let charset = inner[..label].split(|&octet| octet == b'*').next().unwrap_or_default();
        let base64 = match inner[label..] {
            [b'?', b'b' | b'B', b'?', ..] => true,
            [b'?', b'q' | b'Q', b'?', ..] => false,
            _ => return Read::NoWord,
        };
        if charset.is_empty() {
            return Read::NoWord;
        }
        let start = label + 3;
        let encoded = &inner[start..];
        let Some(end) = memmem::find(encoded, b"?=") else { return Read::Open };
        Read::Word(Self { charset, base64, text: &encoded[..end], octets: 2 + start + end + 2 })
    }

    fn decode(&self, out: &mut Vec<u8>) {
        if self.base64 {
            crate::encoding::base64::decode(self.text, out);
            return;
        }
        let digit = |at: usize| self.text.get(at).and_then(|&octet| char::from(octet).to_digit(16));
        let mut at = 0;
        while let Some(&octet) = self.text.get(at) {
            at += 1;
            match octet {
                b'_' => out.push(b' '),
                b'=' => match (digit(at), digit(at + 1)) {
                    (Some(high), Some(low)) => {
                        out.extend(u8::try_from(high * 16 + low));
                        at += 2;
                    }
                    _ => out.push(b'='),
                },
                // A fold inside a word was put there by somebody who did not know of it.
                b'\r' | b'\n' => at += self.text[at..].iter().take_while(|&&octet| is_fws(octet)).count(),
                _ => out.push(octet),
            }
        }
    }
}

/// White space around a line end becomes one space.
fn unfolded(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(mut fold) = memchr2(b'\r', b'\n', value) else { return Cow::Borrowed(value) };
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    loop {
        let kept = rest[..fold].trim_ascii_end();
        out.extend_from_slice(kept);
        rest = rest[fold..].trim_ascii_start();
        out.push(b' ');
        match memchr2(b'\r', b'\n', rest) {
            Some(next) => fold = next,
            None => break,
        }
    }
    out.extend_from_slice(rest);
    debug_assert!(memchr(b'\n', &out).is_none());
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_words_join_and_others_keep_their_space() {
        assert_eq!(decode(b"=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?= c"), "ab c");
        assert_eq!(decode(b"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), "a b");
        assert_eq!(decode(b"x =?utf-8?q?y?= z =?utf-8?q?y?="), "x y z y");
    }

    #[test]
    fn what_is_no_word_stays() {
        for value in ["=?", "=", "=?a", "=?a?", "=?a?q", "=?a?q?", "=?a?x?b?=", "=??q?b?=", "=?a?q?b", "?="] {
            assert_eq!(decode(value.as_bytes()), value);
        }
    }

    #[test]
    fn utf_7_is_read_in_words() {
        assert_eq!(
            decode(b"=?utf-7?Q?Gr+APwA3w-e?= =?UNICODE-1-1-UTF-7?B?K0FPay0=?="),
            "Gr\u{fc}\u{df}e\u{e9}"
        );
        assert_eq!(decode(b"=?utf-7?q?+AA0ACg-Bcc:_x?="), "  Bcc: x");
    }

    #[test]
    fn line_ends_in_words_do_not_make_lines() {
        assert_eq!(decode(b"=?utf-8?q?a=0D=0ABcc:_x?="), "a  Bcc: x");
    }

    #[test]
    fn language_and_inner_space_are_read() {
        assert_eq!(decode(b"=?US-ASCII*EN?Q?Keith Moore?="), "Keith Moore");
        assert_eq!(decode(b"=?utf-8?Q?Hello\r\n   \t  _there!?="), "Hello there!");
    }
}
