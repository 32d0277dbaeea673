//! Unstructured text and phrases as header values: plain where possible, encoded words where not (RFC 2047).

use std::ops::Range;

use super::fold::{Folder, Place};
use crate::header::address::is_atext;
use crate::header::lex::has_encoded_word;

/// Plain words longer than this are encoded, since nothing else can split them.
const LONGEST_WORD: usize = 900;
/// Quoted strings longer than this are encoded instead, since they should not be split.
const LONGEST_QUOTED: usize = 70;

/// Writes `text`, which holds no control characters, after the colon. It reads back as it is, white space included.
pub(crate) fn write_text(folder: &mut Folder<'_>, text: &str, utf8: bool) {
    let bytes = text.as_bytes();
    let is_blank = |byte: Option<&u8>| matches!(byte, None | Some(b' ' | b'\t'));
    // Between encoded words white space is not shown (RFC 2047 §6.2), so neighbours are encoded as one.
    let mut encoded: Option<Range<usize>> = None;
    let mut write = |span: Range<usize>| {
        let word = &bytes[span.clone()];
        // White space at either end would be lost.
        if is_blank(word.first()) || is_blank(word.last()) || !is_plain(&text[span.clone()], utf8) {
            encoded = Some(encoded.take().map_or(span.start, |before| before.start)..span.end);
            return;
        }
        if let Some(before) = encoded.take() {
            folder.encoded(" ", &text[before], Place::Text);
        }
        folder.word(" ", &text[span]);
    };
    // Split at single spaces only, because a fold is often shown as one space, whatever stood there.
    let mut start = 0;
    for at in memchr::memchr_iter(b' ', bytes) {
        if at > 0 && !is_blank(bytes.get(at - 1)) && !is_blank(bytes.get(at + 1)) {
            write(start..at);
            start = at + 1;
        }
    }
    if text.is_empty() {
        folder.glue(" ");
    } else {
        write(start..text.len());
    }
    if let Some(last) = encoded {
        folder.encoded(" ", &text[last], Place::Text);
    }
}

/// Whether a word may stand as it is and will be read as it stands.
fn is_plain(word: &str, utf8: bool) -> bool {
    word.len() <= LONGEST_WORD && (utf8 || word.is_ascii()) && !has_encoded_word(word.as_bytes())
}

/// Writes a display name: atoms, a quoted string or encoded words, whichever is the simplest.
///
/// `phrase = 1*word / obs-phrase`
pub(crate) fn write_phrase(folder: &mut Folder<'_>, text: &str, utf8: bool) {
    if !is_plain(text, utf8) {
        folder.encoded(" ", text, Place::Phrase);
    } else if text.split(' ').all(is_atom) {
        for word in text.split(' ') {
            folder.word(" ", word);
        }
    } else if text.len() <= LONGEST_QUOTED {
        folder.word(" ", &quoted(text));
    } else {
        folder.encoded(" ", text, Place::Phrase);
    }
}

/// `atom = [CFWS] 1*atext [CFWS]`, without its comments.
pub(crate) fn is_atom(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(is_atext)
}

/// `quoted-string = [CFWS] DQUOTE *([FWS] qcontent) [FWS] DQUOTE [CFWS]`
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for piece in text.split_inclusive(['"', '\\']) {
        let plain = piece.trim_end_matches(['"', '\\']);
        out.push_str(plain);
        if plain.len() < piece.len() {
            out.push('\\');
            out.push_str(&piece[plain.len()..]);
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = Vec::new();
        let mut folder = Folder::new("Subject", &mut out);
        write_text(&mut folder, text, false);
        folder.end("Subject").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn plain_text_stays_plain_and_is_folded_at_single_spaces() {
        let gaps = format!("{}  b", "a ".repeat(36));
        assert_eq!(written(&gaps), format!("Subject: {}\r\n a a   b\r\n", ["a"; 34].join(" ")));
        assert_eq!(written("Hello,  world"), "Subject: Hello,  world\r\n");
        assert_eq!(written(""), "Subject: \r\n");
    }

    #[test]
    fn only_the_words_that_need_it_are_encoded() {
        assert_eq!(
            written("Grüße aus Köln am Rhein"),
            "Subject: =?utf-8?B?R3LDvMOfZQ==?= aus =?utf-8?B?S8O2bG4=?= am Rhein\r\n"
        );
        assert_eq!(written("äöü ÄÖÜ"), "Subject: =?utf-8?B?w6TDtsO8IMOEw5bDnA==?=\r\n");
    }

    #[test]
    fn text_that_would_be_decoded_or_trimmed_is_encoded() {
        assert_eq!(written("a =?utf-8?q?b?= c"), "Subject: a =?utf-8?B?PT91dGYtOD9xP2I/PQ==?= c\r\n");
        assert_eq!(written(" a b"), "Subject: =?utf-8?Q?_a?= b\r\n");
        assert_eq!(written("a b "), "Subject: a =?utf-8?Q?b_?=\r\n");
        assert_eq!(written("  "), "Subject: =?utf-8?Q?__?=\r\n");
        assert_eq!(written(&format!("a{}b", " ".repeat(2000))).matches('_').count(), 2000);
    }

    #[test]
    fn long_words_are_kept_whole_and_longer_ones_encoded() {
        let url = format!("<https://example.test/{}>", "x".repeat(300));
        assert_eq!(written(&format!("{url} b")), format!("Subject: {url}\r\n b\r\n"));
        assert!(written(&"x".repeat(2000)).lines().all(|line| line.len() <= 76));
    }

    #[test]
    fn lines_with_encoded_words_stay_within_76_octets() {
        for text in
            ["ü".repeat(500), "wörd ".repeat(99), "😀😀 x ".repeat(40), format!("{} é", "a ".repeat(34))]
        {
            for line in written(&text).lines() {
                assert!(line.len() <= 76, "{line:?}");
                assert!(!line.trim().is_empty());
            }
        }
    }
}
