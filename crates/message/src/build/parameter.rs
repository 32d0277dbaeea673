//! Values with parameters: `Content-Type`, `Content-Disposition`; long and non-ASCII ones by RFC 2231.

use std::borrow::Cow;

use super::fold::Folder;
use super::unstructured::quoted;
use super::{Error, error::check_text};

/// A media type with its parameters, as `text/plain; charset=utf-8` (RFC 2045 §5.1).
///
/// ```
/// use mailwright_message::build::MediaType;
/// let media_type = MediaType::new("text/csv")?.parameter("header", "present")?;
/// assert_eq!(media_type.essence(), "text/csv");
/// # Ok::<(), mailwright_message::build::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    pub(crate) essence: Cow<'static, str>,
    pub(crate) parameters: Parameters,
}

impl MediaType {
    /// A `type/subtype`, without parameters.
    ///
    /// # Errors
    /// It is not two tokens of RFC 2045 §5.1 with a slash between, of 127 octets each at most (RFC 6838 §4.2).
    pub fn new(essence: &str) -> Result<Self, Error> {
        let valid = essence
            .split_once('/')
            .is_some_and(|(top, sub)| is_token(top) && is_token(sub) && top.len() <= 127 && sub.len() <= 127);
        if !valid {
            return Err(Error::syntax("media type", "type/subtype", essence));
        }
        Ok(Self { essence: Cow::Owned(essence.to_owned()), parameters: Parameters::default() })
    }

    /// Of the crate's own making: the text is known to be valid.
    pub(crate) fn known(essence: &'static str) -> Self {
        Self { essence: Cow::Borrowed(essence), parameters: Parameters::default() }
    }

    /// Sets a parameter, replacing one of that name.
    ///
    /// # Errors
    /// The name is no token, or the value holds control characters.
    pub fn parameter(mut self, name: &str, value: &str) -> Result<Self, Error> {
        self.parameters.set(name, value)?;
        Ok(self)
    }

    /// The `type/subtype` alone.
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// Whether the top-level type is `top`, compared without case.
    pub(crate) fn is_top(&self, top: &str) -> bool {
        self.essence.split('/').next().is_some_and(|own| own.eq_ignore_ascii_case(top))
    }
}

/// Parameters in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Parameters(Vec<(Cow<'static, str>, Cow<'static, str>)>);

impl Parameters {
    pub(crate) fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        // `*`, `'` and `%` are the marks of RFC 2231 §7.
        if !is_token(name) || name.len() > 40 || name.contains(['*', '\'', '%']) {
            return Err(Error::syntax("parameter name", "a token of 40 octets at most", name));
        }
        check_text(name, value)?;
        if value.contains('\t') || value.len() > LONGEST {
            return Err(Error::syntax("parameter value", "no tabs, and 8192 octets at most", value));
        }
        match self.0.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
            Some(own) => own.1 = Cow::Owned(value.to_owned()),
            None => self.0.push((Cow::Owned(name.to_owned()), Cow::Owned(value.to_owned()))),
        }
        Ok(())
    }

    /// Adds one of the crate's own making.
    pub(crate) fn push(&mut self, name: &'static str, value: impl Into<Cow<'static, str>>) {
        self.0.retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.0.push((Cow::Borrowed(name), value.into()));
    }

    pub(crate) fn write(&self, folder: &mut Folder<'_>) {
        for (name, value) in &self.0 {
            write_parameter(folder, name, value);
        }
    }

    /// As [`write`](Self::write), with this boundary of our making and no other.
    pub(crate) fn write_with_boundary(&self, boundary: &str, folder: &mut Folder<'_>) {
        for (name, value) in self.0.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("boundary")) {
            write_parameter(folder, name, value);
        }
        folder.glue(";");
        folder.pieces(" ", &["boundary=\"", boundary, "\""]);
    }
}

/// The longest value.
const LONGEST: usize = 8192;

/// The longest piece written as one; with its space and semicolon a line stays within 78 octets.
const WIDTH: usize = 74;

/// How long the pieces are in which so many octets are written. Readers take some dozens of them, so that those of a very
/// long value fill the 998 octets that a line may have.
fn width(octets: usize) -> usize {
    if octets > 32 * WIDTH { 900 } else { WIDTH }
}

/// `parameter = attribute "=" value`, or the forms of RFC 2231 §7 where that does not do.
fn write_parameter(folder: &mut Folder<'_>, name: &str, value: &str) {
    // Readers take what looks like an encoded word in a value for one (RFC 2047 §5 forbids them there).
    if !value.is_ascii() || value.contains("=?") {
        return write_extended(folder, name, value);
    }
    let marks = value.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count();
    let token = is_token(value);
    if name.len() + 1 + value.len() + if token { 0 } else { marks + 2 } <= WIDTH {
        folder.glue(";");
        if token {
            folder.pieces(" ", &[name, "=", value]);
        } else if marks == 0 {
            folder.pieces(" ", &[name, "=\"", value, "\""]);
        } else {
            folder.pieces(" ", &[name, "=", &quoted(value)]);
        }
        return;
    }
    // Continuations, quoted one by one, so that no escape is split (RFC 2231 §3).
    let mut rest = value;
    let mut index = 0_usize;
    let width = width(value.len() + marks);
    while !rest.is_empty() {
        let head = format!("{name}*{index}=\"");
        let room = width - head.len() - 1;
        let mut used = 0;
        let taken = rest
            .bytes()
            .take_while(|byte| {
                used += if matches!(byte, b'"' | b'\\') { 2 } else { 1 };
                used <= room
            })
            .count();
        folder.glue(";");
        folder.word(" ", &format!("{name}*{index}={}", quoted(&rest[..taken])));
        rest = &rest[taken..];
        index += 1;
    }
}

/// Charset and percent encoding, in continuations where it is long (RFC 2231 §4).
fn write_extended(folder: &mut Folder<'_>, name: &str, value: &str) {
    const CHARSET: &str = "utf-8''";
    let coded = |c: char| match u8::try_from(c) {
        Ok(byte) if is_attribute_char(byte) => 1,
        _ => 3 * c.len_utf8(),
    };
    let octets = CHARSET.len() + value.chars().map(coded).sum::<usize>();
    // Enough for `*`, an index of up to ten digits, `*` and `=`.
    let room = width(octets) - name.len() - 13;
    let is_single = octets <= room;
    let mut write = |index: usize, piece: &str| {
        folder.glue(";");
        if is_single {
            folder.pieces(" ", &[name, "*=", piece]);
        } else {
            folder.pieces(" ", &[name, "*", &index.to_string(), "*=", piece]);
        }
    };
    let mut piece = String::with_capacity(WIDTH);
    piece.push_str(CHARSET);
    let mut index = 0;
    for c in value.chars() {
        if piece.len() + coded(c) > room {
            write(index, &piece);
            piece.clear();
            index += 1;
        }
        for &byte in c.encode_utf8(&mut [0; 4]).as_bytes() {
            if is_attribute_char(byte) {
                piece.push(char::from(byte));
            } else {
                let [high, low] =
                    [byte >> 4, byte & 15].map(|digit| char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                piece.extend(['%', high, low]);
            }
        }
    }
    write(index, &piece);
}

/// `token = 1*<any (US-ASCII) CHAR except SPACE, CTLs, or tspecials>`
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| TOKEN[usize::from(byte)])
}

/// The characters of a token.
static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        table[byte as usize] = true;
        byte += 1;
    }
    let specials = b"()<>@,;:\\\"/[]?=";
    let mut at = 0;
    while at < specials.len() {
        table[specials[at] as usize] = false;
        at += 1;
    }
    table
};

/// `attribute-char = <any (US-ASCII) CHAR except SPACE, CTLs, "*", "'", "%", or tspecials>`
fn is_attribute_char(byte: u8) -> bool {
    TOKEN[usize::from(byte)] && !matches!(byte, b'*' | b'\'' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, value: &str) -> String {
        let mut out = Vec::new();
        let mut folder = Folder::new("Content-Type", &mut out);
        folder.word(" ", "a/b");
        let mut parameters = Parameters::default();
        parameters.set(name, value).unwrap();
        parameters.write(&mut folder);
        folder.end("Content-Type").unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_tokens_or_quoted_or_extended() {
        assert_eq!(written("name", "a.txt"), "Content-Type: a/b; name=a.txt\r\n");
        assert_eq!(written("name", "a \"b\"\\"), "Content-Type: a/b; name=\"a \\\"b\\\"\\\\\"\r\n");
        assert_eq!(written("name", ""), "Content-Type: a/b; name=\"\"\r\n");
        assert_eq!(written("name", "ü 1.txt"), "Content-Type: a/b; name*=utf-8''%C3%BC%201.txt\r\n");
    }

    #[test]
    fn long_values_are_continued_within_78_octets() {
        for value in ["x".repeat(200), "\"".repeat(200), "ü".repeat(200), "日本語 ".repeat(70)] {
            let text = written("filename", &value);
            assert!(text.contains("filename*0"));
            assert!(text.lines().all(|line| line.len() <= 78), "{text}");
        }
    }

    #[test]
    fn the_longest_values_read_back() {
        for one in ["x", "\"", "ü", "\u{fffd}", "日本語 "] {
            let value = one.repeat(LONGEST / one.len());
            let text = written("filename", &value);
            assert!(text.lines().all(|line| line.len() <= 998), "{text}");
            let read = crate::Message::parse(text.as_bytes());
            assert_eq!(read.root().content_type().parameter("filename"), Some(value.as_str()));
            assert!(Parameters::default().set("filename", &(value + "xxxx")).is_err());
        }
    }

    #[test]
    fn names_and_values_that_would_break_out_are_refused() {
        let media_type = MediaType::new("a/b").unwrap();
        for (name, value) in
            [("a b", "c"), ("a*", "c"), ("", "c"), ("a", "b\r\nBcc: c"), ("a", "b\0"), ("ü", "c")]
        {
            assert!(media_type.clone().parameter(name, value).is_err(), "{name:?} {value:?}");
        }
        for essence in ["", "text", "text/", "/plain", "text/pl ain", "text/plain; a=b", "a/b\r\n", "a/b/c"] {
            assert!(MediaType::new(essence).is_err(), "{essence:?}");
        }
    }
}
