//! Tags: where they end, what they are called, and what they do to the lines of a text.

use memchr::{memchr, memmem};

/// What starts with `<`.
#[derive(Debug)]
pub(super) enum Tag<'h> {
    /// A start or end tag.
    Element { name: &'h str, closing: bool, alt: Option<&'h str> },
    /// A comment, a declaration, or something that is not finished.
    Other,
}

/// What an element does to the lines around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    Inline,
    Break,
    Line,
    Paragraph,
    Rule,
    Item,
    Cell,
    Quote,
    Preformatted,
    Image,
}

/// What an element of that name does.
pub(super) fn block(name: &str) -> Block {
    const BLOCKS: &[(&str, Block)] = &[
        ("br", Block::Break),
        ("div", Block::Line),
        ("tr", Block::Line),
        ("section", Block::Line),
        ("article", Block::Line),
        ("header", Block::Line),
        ("footer", Block::Line),
        ("center", Block::Line),
        ("address", Block::Line),
        ("form", Block::Line),
        ("dt", Block::Line),
        ("dd", Block::Line),
        ("p", Block::Paragraph),
        ("h1", Block::Paragraph),
        ("h2", Block::Paragraph),
        ("h3", Block::Paragraph),
        ("h4", Block::Paragraph),
        ("h5", Block::Paragraph),
        ("h6", Block::Paragraph),
        ("ul", Block::Paragraph),
        ("ol", Block::Paragraph),
        ("dl", Block::Paragraph),
        ("table", Block::Paragraph),
        ("hr", Block::Rule),
        ("li", Block::Item),
        ("td", Block::Cell),
        ("th", Block::Cell),
        ("blockquote", Block::Quote),
        ("pre", Block::Preformatted),
        ("img", Block::Image),
    ];
    BLOCKS.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map_or(Block::Inline, |&(_, block)| block)
}

/// The element whose end tag ends content that is not to be shown.
pub(super) fn raw_end(name: &str) -> Option<&'static str> {
    const RAW: [&str; 6] = ["script", "style", "title", "template", "noframes", "iframe"];
    RAW.into_iter().find(|raw| raw.eq_ignore_ascii_case(name))
}

/// Reads what `html`, starting with `<`, starts with, and gives what follows. `None`: a `<` that is text.
pub(super) fn read(html: &str) -> Option<(Tag<'_>, &str)> {
    let bytes = html.as_bytes();
    match bytes.get(1)? {
        b'!' if html.starts_with("<!--") => {
            let end = memmem::find(&bytes[4..], b"-->").map_or(html.len(), |at| 4 + at + 3);
            Some((Tag::Other, &html[end..]))
        }
        b'!' if html.starts_with("<![CDATA[") => {
            let end = memmem::find(bytes, b"]]>").map_or(html.len(), |at| at + 3);
            Some((Tag::Other, &html[end..]))
        }
        b'!' | b'?' => {
            let end = memchr(b'>', bytes).map_or(html.len(), |at| at + 1);
            Some((Tag::Other, &html[end..]))
        }
        b'/' if bytes.get(2).is_some_and(u8::is_ascii_alphabetic) => Some(element(html, 2, true)),
        byte if byte.is_ascii_alphabetic() => Some(element(html, 1, false)),
        _ => None,
    }
}

fn element(html: &str, start: usize, closing: bool) -> (Tag<'_>, &str) {
    let bytes = html.as_bytes();
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    let name_end = bytes[start..].iter().position(is_end).map_or(html.len(), |len| start + len);
    let name = &html[start..name_end];
    let mut at = name_end;
    let mut alt = None;
    // Attributes: a `>` in quotes does not end the tag.
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return (Tag::Element { name, closing, alt }, &html[at + 1..]),
            b'"' | b'\'' => {
                let Some(len) = memchr(byte, &bytes[at + 1..]) else {
                    return (Tag::Other, "");
                };
                if is_alt(&html[name_end..at]) {
                    alt = Some(&html[at + 1..at + 1 + len]);
                }
                at += len + 2;
            }
            _ => at += 1,
        }
    }
    (Tag::Other, "")
}

/// Whether what stands before a quoted value ends in `alt=`.
fn is_alt(before: &str) -> bool {
    let Some(name) = before.trim_end().strip_suffix('=') else {
        return false;
    };
    let name = name.trim_end().as_bytes();
    name.len() > 3
        && name[name.len() - 3..].eq_ignore_ascii_case(b"alt")
        && name[name.len() - 4].is_ascii_whitespace()
}
