//! The first words of a message, as lists of messages show them (RFC 8970).

use super::View;
use crate::html;

/// Octets of text that are looked at: enough for any preview, however much of it is quoted.
const LOOKED_AT: usize = 16 << 10;

impl View<'_, '_> {
    /// The first words: at most `characters` (RFC 8970 §3.1 allows 256), each run of white space and control characters
    /// one space, quoted lines left out. Of the plain text, or of the HTML where there is none; empty where there is
    /// neither.
    ///
    /// ```
    /// use mailwright_message::{Message, view::View};
    /// let message = Message::parse(b"Subject: x\r\n\r\n> asked\r\n\r\nAnswered,\r\nat   length.\r\n");
    /// assert_eq!(View::of(&message).preview(200), "Answered, at length.");
    /// assert_eq!(View::of(&message).preview(8), "Answered");
    /// ```
    pub fn preview(&self, characters: usize) -> String {
        let text = self.text().map(|text| words(head(&text), characters)).unwrap_or_default();
        if !text.is_empty() {
            return text;
        }
        self.html().map(|found| words(&html::to_text(head(&found)), characters)).unwrap_or_default()
    }
}

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(LOOKED_AT)]
}

fn words(text: &str, characters: usize) -> String {
    let mut out = String::new();
    let mut left = characters;
    let lines = text.lines().filter(|line| !line.starts_with('>'));
    let is_space = |character: char| character.is_whitespace() || character.is_control();
    for word in lines.flat_map(|line| line.split(is_space)).filter(|word| !word.is_empty()) {
        let space = usize::from(!out.is_empty());
        if left <= space {
            break;
        }
        left -= space;
        out.extend((space > 0).then_some(' '));
        out.extend(word.chars().take(left).inspect(|_| left -= 1));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Message;

    #[test]
    fn previews_never_exceed_their_length() {
        let message = Message::parse("Content-Type: text/plain; charset=utf-8\r\n\r\né é  éé\r\n".as_bytes());
        let preview = |characters| View::of(&message).preview(characters);
        assert_eq!([0, 1, 2, 3, 4, 5, 9].map(preview), ["", "é", "é", "é é", "é é", "é é é", "é é éé"]);
    }

    #[test]
    fn html_is_shown_without_its_marks() {
        let message = Message::parse(b"Content-Type: text/html\r\n\r\n<style>b{}</style><p>One <b>two</b>");
        assert_eq!(View::of(&message).preview(100), "One two");
        assert_eq!(View::of(&Message::parse(b"Content-Type: image/png\r\n\r\nx")).preview(100), "");
    }

    #[test]
    fn control_characters_are_no_words() {
        assert_eq!(View::of(&Message::parse(b"\r\n\0one\x1b\0 two\x7f\r\n")).preview(100), "one two");
    }
}
