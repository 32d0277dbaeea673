//! `format=flowed` text (RFC 3676): lines that may be wrapped again, both ways.
//!
//! ```
//! use mailwright_message::flowed::{self, Options};
//! let text = "A paragraph that is longer than the line it has to fit on.\nNext.\n";
//! let wire = flowed::encode(text, Options { width: 30, delsp: false });
//! assert_eq!(wire, "A paragraph that is longer \r\nthan the line it has to fit \r\non.\r\nNext.\r\n");
//! assert_eq!(flowed::decode(&wire, false), text);
//! ```

/// Lines with more quote marks than this are not wrapped: repeated on every line, the marks would make of a text one of
/// many times its size.
pub const MAX_DEPTH: usize = 100;

/// How text is flowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Lines are wrapped to stay within this many characters where they have spaces; RFC 3676 §4.2 wants 78 at most.
    pub width: usize,
    /// `DelSp=yes`: the space at the end of a flowed line is not of the text (RFC 3676 §4). Lets text without spaces
    /// be wrapped anywhere.
    pub delsp: bool,
}

impl Default for Options {
    /// 72 characters, `DelSp=no`.
    fn default() -> Self {
        Self { width: 72, delsp: false }
    }
}

/// One paragraph, or line that stands for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// How many `>` stand before it.
    pub depth: usize,
    /// The text without quote marks, stuffing and line ends.
    pub text: String,
}

/// The paragraphs of flowed text, put together.
///
/// `delsp` is what the parameter `DelSp` of the media type says.
pub fn paragraphs(text: &str, delsp: bool) -> Vec<Paragraph> {
    let mut out: Vec<Paragraph> = Vec::new();
    // Whether the last one goes on in the next line of its depth.
    let mut open = false;
    for line in lines(text) {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = content.strip_prefix(' ').unwrap_or(content);
        // RFC 3676 §4.3: a signature separator is neither flowed nor does a paragraph go on in it.
        let signature = content == "-- ";
        let flowed = content.ends_with(' ') && !signature;
        let piece = if flowed && delsp { &content[..content.len() - 1] } else { content };
        match out.last_mut() {
            Some(last) if open && last.depth == depth && !signature => last.text.push_str(piece),
            _ => out.push(Paragraph { depth, text: piece.to_owned() }),
        }
        open = flowed;
    }
    out
}

/// Flowed text as lines with LF, one for each paragraph, quoted ones after `> ` for each depth.
pub fn decode(text: &str, delsp: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for paragraph in paragraphs(text, delsp) {
        for _ in 0..paragraph.depth {
            out.push('>');
        }
        if paragraph.depth > 0 && !paragraph.text.is_empty() {
            out.push(' ');
        }
        out.push_str(&paragraph.text);
        out.push('\n');
    }
    out
}

/// Text as `format=flowed`, with CRLF. Lines that start with `>` are taken as quoted; each line is a paragraph.
///
/// Spaces at the end of a line are dropped, as they would join it with the next (RFC 3676 §4.2).
pub fn encode(text: &str, options: Options) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    for line in lines(text) {
        let content = line.trim_start_matches('>');
        let depth = line.len() - content.len();
        let content = if depth > 0 { content.strip_prefix(' ').unwrap_or(content) } else { content };
        let content = if content == "-- " { content } else { content.trim_end_matches(' ') };
        encode_paragraph(content, &line[..depth], options, &mut out);
    }
    out
}

/// The lines of a text, whether they end in CRLF, LF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('\n').flat_map(|line| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line).split('\r')
    })
}

fn encode_paragraph(text: &str, quote: &str, options: Options, out: &mut String) {
    let room = if quote.len() > MAX_DEPTH {
        usize::MAX
    } else {
        options.width.saturating_sub(quote.len() + 1 + usize::from(options.delsp)).max(8)
    };
    let mut rest = text;
    loop {
        let end = if text == "-- " { rest.len() } else { break_at(rest, room, options.delsp) };
        // A line of a paragraph must not pass for a signature separator.
        let end = if &rest[..end] == "-- " && text != "-- " {
            3 + break_at(&rest[3..], room, options.delsp)
        } else {
            end
        };
        let piece = &rest[..end];
        out.push_str(quote);
        // Stuffing (RFC 3676 §4.4); after quote marks always, for the eye.
        let stuff = piece.starts_with([' ', '>'])
            || piece.starts_with("From ")
            || (!quote.is_empty() && !piece.is_empty());
        if stuff {
            out.push(' ');
        }
        out.push_str(piece);
        rest = &rest[piece.len()..];
        if rest.is_empty() {
            out.push_str("\r\n");
            return;
        }
        out.push_str(if options.delsp { " \r\n" } else { "\r\n" });
    }
}

/// Where to break, as octets of `text`: after the last space within `room` characters, or after the first one beyond.
fn break_at(text: &str, room: usize, anywhere: bool) -> usize {
    let mut last_space = None;
    for (count, (at, c)) in text.char_indices().enumerate() {
        if count >= room {
            if let Some(space) = last_space {
                return space;
            }
            if anywhere {
                return at;
            }
        }
        // A break within spaces would leave a line of nothing else.
        if c == ' ' && !text[at + 1..].starts_with(' ') && at + 1 < text.len() {
            last_space = Some(at + 1);
            if count >= room {
                return at + 1;
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn flowed_lines_are_joined_within_their_depth() {
        let text = ">> a \r\n>> b\r\n> c \r\nd\r\n >stuffed\r\n-- \r\nsig \r\nmore\r\n";
        assert_eq!(decode(text, false), ">> a b\n> c \nd\n>stuffed\n-- \nsig more\n");
        assert_eq!(decode("one \r\n-- \r\n", false), "one \n-- \n");
    }

    #[test]
    fn a_dash_at_a_break_is_no_signature() {
        let text = "some words -- and others\n";
        let wire = encode(text, Options { width: 12, delsp: false });
        assert_eq!(wire, "some words \r\n-- and \r\nothers\r\n");
        assert_eq!(decode(&wire, false), text);
    }

    #[test]
    fn quote_marks_beyond_all_reason_are_not_repeated() {
        let text = format!("{} {}", ">".repeat(100_000), "a b ".repeat(50_000));
        assert!(encode(&text, Options::default()).len() < text.len() + 10);
        let text = format!("{} {}", ">".repeat(MAX_DEPTH), "a b ".repeat(50_000));
        assert!(encode(&text, Options::default()).len() < text.len() * 16);
    }

    #[test]
    fn a_bare_cr_ends_a_line_and_is_not_sent() {
        assert_eq!(encode("a\rb\r\r\nc", Options::default()), "a\r\nb\r\n\r\nc\r\n");
    }

    #[test]
    fn with_delsp_the_space_is_not_of_the_text() {
        assert_eq!(decode("one  \r\ntwo \r\nthree\r\n", true), "one twothree\n");
        let text = "字".repeat(100) + "\n";
        let wire = encode(&text, Options { width: 40, delsp: true });
        assert!(wire.lines().count() > 2 && wire.lines().all(|line| line.chars().count() <= 40));
        assert_eq!(decode(&wire, true), text);
    }

    #[test]
    fn lines_that_would_be_changed_on_the_way_are_stuffed() {
        assert_eq!(encode(" a\nFrom b\n> c\n-- \n", Options::default()), "  a\r\n From b\r\n> c\r\n-- \r\n");
    }

    proptest! {
        #[test]
        fn what_is_flowed_is_put_together_again(
            lines in proptest::collection::vec("(> ?)?([a-zü>]{1,12} {1,2}){0,20}(|[a-z]{1,30}|From|-- )", 0..8),
            width in 10_usize..80,
            delsp: bool,
        ) {
            let text: String = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
            let wire = encode(&text, Options { width, delsp });
            let again = decode(&wire, delsp);
            // Spaces at line ends go, and quote marks are followed by one.
            let plain = |text: &str| paragraphs(&encode(text, Options { width: 100_000, delsp }), delsp);
            prop_assert_eq!(plain(&again), plain(&text));
            prop_assert_eq!(encode(&again, Options { width, delsp }), wire);
        }
    }
}
