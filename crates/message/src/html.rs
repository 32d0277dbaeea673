//! HTML to text for reading and searching, in one pass: linear in the input, without recursion, never failing.
//!
//! ```
//! use mailwright_message::html;
//! let text = html::to_text("<style>p{}</style><p>Dear&nbsp;Bob,<br>see   <b>this</b>:</p><ul><li>one<li>two</ul>");
//! assert_eq!(text, "Dear Bob,\nsee this:\n\n* one\n* two\n");
//! ```
//!
//! What browsers would not show (`script`, `style`, `head`, `template`, comments) is left out. Nothing is fetched, no
//! style is applied: text hidden by style is text here.

mod entity;
mod tag;
mod writer;

use tag::{Block, Tag};
use writer::Writer;

/// The text of an HTML document: LF line ends, an empty line between paragraphs, `* ` before list items, `> ` before
/// quoted lines, a TAB between table cells.
///
/// The output is at most about four times as long as the input, and that only with deep quotes, of which no more than
/// eight are marked.
pub fn to_text(html: &str) -> String {
    let mut writer = Writer::new(html.len());
    let mut rest = html;
    // What is text for sure: a `<` in it begins no tag.
    let mut text = 0;
    while let Some(found) = memchr::memchr(b'<', &rest.as_bytes()[text..]) {
        let open = text + found;
        let Some((tag, after)) = tag::read(&rest[open..]) else {
            text = open + 1;
            continue;
        };
        writer.text(&rest[..open]);
        (rest, text) = (after, 0);
        if let Tag::Element { name, closing, alt } = tag {
            match tag::raw_end(name).filter(|_| !closing) {
                Some(end) => rest = skip_raw(rest, end),
                None => element(&mut writer, name, closing, alt),
            }
        }
    }
    writer.text(rest);
    writer.finish()
}

fn element(writer: &mut Writer, name: &str, closing: bool, alt: Option<&str>) {
    match tag::block(name) {
        Block::Inline => {}
        Block::Break => writer.line(),
        Block::Line => writer.fresh_line(),
        Block::Paragraph => writer.paragraph(),
        Block::Rule => {
            writer.paragraph();
            writer.text("---");
            writer.paragraph();
        }
        Block::Item => {
            writer.fresh_line();
            if !closing {
                writer.mark("* ");
            }
        }
        Block::Cell => {
            if closing {
                writer.cell();
            }
        }
        Block::Quote => {
            writer.paragraph();
            writer.quote(closing);
        }
        Block::Preformatted => {
            writer.paragraph();
            writer.preformatted(closing);
        }
        Block::Image => writer.text(alt.unwrap_or_default()),
    }
}

/// What follows the end tag of an element whose content is not markup. All, if it is not ended.
///
/// Each octet is passed once: the next search starts behind.
fn skip_raw<'h>(html: &'h str, name: &str) -> &'h str {
    let mut rest = html;
    while let Some(at) = memchr::memmem::find(rest.as_bytes(), b"</") {
        rest = &rest[at..];
        if rest.get(2..2 + name.len()).is_some_and(|own| own.eq_ignore_ascii_case(name)) {
            return match memchr::memchr(b'>', rest.as_bytes()) {
                Some(end) => &rest[end + 1..],
                None => "",
            };
        }
        rest = &rest[2..];
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_left_out_and_structure_kept() {
        for (html, text) in [
            ("", ""),
            ("plain", "plain\n"),
            ("a<br>b<br/>c", "a\nb\nc\n"),
            ("<p>a</p><p>b</p>", "a\n\nb\n"),
            ("<div>a</div><div>b</div>", "a\nb\n"),
            ("<h1>T</h1>x", "T\n\nx\n"),
            ("a <i> b </i> c", "a b c\n"),
            ("<pre>a  b\n c</pre>", "a  b\n c\n"),
            ("<blockquote>a<br>b</blockquote>c", "> a\n> b\n\nc\n"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</table>", "a\tb\nc\n"),
            ("a<hr>b", "a\n\n---\n\nb\n"),
            ("<img alt='x &amp; y' src=z>", "x & y\n"),
            ("<a href='https://example.test'>link</a>", "link\n"),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn what_is_not_shown_is_left_out() {
        for html in [
            "a<script>if (x</p) '</scrip'</SCRIPT >b",
            "a<style>b</style>b",
            "a<!-- <p> -->b",
            "a<!doctype html>b",
            "a<?xml x?>b",
            "a<![CDATA[x]]>b",
            "<head><title>x</title></head>ab",
            "a<b class='>'>b",
        ] {
            assert_eq!(to_text(html), "ab\n", "{html}");
        }
        assert_eq!(to_text("a<script>never ended"), "a\n");
        assert_eq!(to_text("a<!-- never ended"), "a\n");
    }

    #[test]
    fn what_is_no_markup_is_text() {
        for (html, text) in [
            ("1 < 2 <3", "1 < 2 <3\n"),
            (
                "a &lt;b&gt; &amp;amp; &#65;&#x42;&euro; &unknown; & &#0; &#xD800; &#99999999999;",
                "a <b> &amp; AB€ &unknown; & \u{fffd} \u{fffd} \u{fffd}\n",
            ),
            ("&nbsp;a&nbsp;&nbsp;b", "a b\n"),
            ("a<", "a<\n"),
        ] {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn depth_and_length_do_not_matter() {
        let deep = "<div><blockquote><ul><li>".repeat(50_000);
        assert!(to_text(&deep).len() < deep.len() * 4);
        assert_eq!(to_text(&"<".repeat(100_000)).len(), 100_001);
        assert_eq!(to_text(&"<!--".repeat(100_000)), "");
        assert_eq!(to_text(&"<a b='".repeat(100_000)), "");
        assert_eq!(to_text(&"&".repeat(100_000)).len(), 100_001);
        assert_eq!(to_text(&"<script></".repeat(50_000)), "");
    }
}
