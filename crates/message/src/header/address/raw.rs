//! Address lists as they are written: pieces cut out and unquoted, nothing decoded. What `ENVELOPE` shows.

use std::borrow::Cow;

use memchr::memchr2;

use crate::header::lex::{Cursor, is_fws, unescaped};

/// What an address list is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    Mailbox(RawMailbox<'a>),
    GroupStart(Cow<'a, [u8]>),
    GroupEnd,
}

/// One mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct RawMailbox<'a> {
    /// The phrase before (or after) the angle brackets, words joined by one space.
    pub(crate) name: Cow<'a, [u8]>,
    /// The last comment.
    pub(crate) comment: Cow<'a, [u8]>,
    /// The obsolete source route, without its colon.
    pub(crate) route: &'a [u8],
    pub(crate) local: Cow<'a, [u8]>,
    pub(crate) domain: Cow<'a, [u8]>,
}

impl<'a> RawMailbox<'a> {
    /// What to call it: the phrase, or else the comment.
    pub(crate) fn display(&self) -> Option<Cow<'a, [u8]>> {
        [&self.name, &self.comment].into_iter().find(|name| !name.is_empty()).cloned()
    }
}

/// Reads an address list piece by piece, in one pass.
#[derive(Debug, Clone)]
pub(crate) struct Items<'a> {
    cursor: Cursor<'a>,
    in_group: bool,
    ending: bool,
}

/// The stretch up to the next separator.
#[derive(Default)]
struct Stretch<'a> {
    /// Where the words begin that are not used yet.
    start: usize,
    angle: Option<Angle<'a>>,
    name: Option<Cow<'a, [u8]>>,
    comment: Option<&'a [u8]>,
}

#[derive(Default)]
struct Angle<'a> {
    route: &'a [u8],
    local: Cow<'a, [u8]>,
    domain: Cow<'a, [u8]>,
}

impl<'a> Items<'a> {
    pub(crate) const fn new(value: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(value), in_group: false, ending: false }
    }

    /// Where the next item begins, unless that would be within a group.
    pub(crate) const fn outside_groups(&self) -> Option<usize> {
        if self.in_group || self.ending { None } else { Some(self.cursor.at()) }
    }

    /// Goes on at that place, where an item has ended.
    pub(crate) fn go_on_at(&mut self, at: usize) {
        self.cursor.set(at);
    }

    /// `mailbox = name-addr / addr-spec`, up to and with what separates it from the next.
    fn stretch(&mut self) -> Option<Item<'a>> {
        let mut found = Stretch { start: self.cursor.at(), ..Stretch::default() };
        loop {
            let words = self.cursor.since(found.start);
            let Some(octet) = self.cursor.peek() else { return found.mailbox(words) };
            match octet {
                b'"' => {
                    self.cursor.quoted_string();
                }
                b'(' => found.comment = Some(self.cursor.comment()),
                b'[' => self.literal(),
                b'\\' => {
                    self.cursor.bump();
                    self.cursor.bump();
                }
                b'<' => {
                    if found.angle.is_some() {
                        // A comma is missing.
                        return found.mailbox(words);
                    }
                    found.name = Some(phrase(words)).filter(|name| !name.is_empty());
                    found.angle = Some(self.angle());
                    found.start = self.cursor.at();
                }
                b',' => {
                    self.cursor.bump();
                    return found.mailbox(words);
                }
                b';' => {
                    self.cursor.bump();
                    self.ending = std::mem::take(&mut self.in_group);
                    return found.mailbox(words);
                }
                b':' if found.angle.is_none() => {
                    self.cursor.bump();
                    self.in_group = true;
                    return Some(Item::GroupStart(phrase(words)));
                }
                // A colon after the brackets ends no name.
                b':' => self.cursor.bump(),
                _ => {
                    self.cursor.take_while(|octet| !is_special(octet));
                }
            }
        }
    }

    /// `domain-literal`, at the `[`: to its end, or no further than what separates addresses.
    fn literal(&mut self) {
        self.cursor.bump();
        self.cursor.take_while(|octet| !matches!(octet, b']' | b',' | b';' | b'<' | b'>' | b'(' | b'"'));
    }

    /// `angle-addr = [CFWS] "<" [obs-route] addr-spec ">" [CFWS]`, at the `<`; an open one ends at a comma.
    fn angle(&mut self) -> Angle<'a> {
        let cursor = &mut self.cursor;
        cursor.bump();
        cursor.take_while(|octet| octet == b'<' || is_fws(octet));
        let mut route: &[u8] = b"";
        if cursor.peek() == Some(b'@') {
            let start = cursor.at();
            cursor.take_while(|octet| !matches!(octet, b':' | b'>' | b'<' | b'"'));
            if cursor.peek() == Some(b':') {
                route = cursor.since(start);
                cursor.bump();
            } else {
                cursor.set(start);
            }
        }
        let start = cursor.at();
        // A comma or semicolon is the end only where the closing bracket is missing.
        let closed = memchr2(b'<', b'>', cursor.rest())
            .map(|found| start + found)
            .filter(|&found| cursor.rest()[found - start] == b'>');
        loop {
            let content = cursor.since(start);
            match cursor.peek() {
                Some(b',' | b';') if closed.is_some_and(|end| cursor.at() < end) => cursor.bump(),
                Some(b'"') => {
                    cursor.quoted_string();
                }
                Some(b'(') => {
                    cursor.comment();
                }
                Some(b'>') => {
                    cursor.bump();
                    cursor.take_while(|octet| octet == b'>');
                    let (local, domain) = addr_spec(content);
                    return Angle { route, local, domain };
                }
                None | Some(b',' | b';' | b'<') => {
                    let (local, domain) = addr_spec(content);
                    return Angle { route, local, domain };
                }
                Some(_) => {
                    cursor.bump();
                    cursor.take_while(|octet| !matches!(octet, b'"' | b'(' | b'>' | b'<' | b',' | b';'));
                }
            }
        }
    }
}

/// What has a meaning between addresses.
const fn is_special(octet: u8) -> bool {
    const TABLE: [bool; 256] = {
        let mut table = [false; 256];
        let special = b"\"([\\<,;:";
        let mut at = 0;
        while at < special.len() {
            table[special[at] as usize] = true;
            at += 1;
        }
        table
    };
    TABLE[octet as usize]
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        loop {
            if std::mem::take(&mut self.ending) {
                return Some(Item::GroupEnd);
            }
            self.cursor.take_while(|octet| octet == b',' || is_fws(octet));
            self.cursor.peek()?;
            if let Some(item) = self.stretch() {
                return Some(item);
            }
        }
    }
}

impl<'a> Stretch<'a> {
    /// The mailbox, `words` being what was not used yet. `None`: there is nothing but comments and white space.
    fn mailbox(self, words: &'a [u8]) -> Option<Item<'a>> {
        let comment = self.comment.map(|comment| unescaped(comment.trim_ascii())).unwrap_or_default();
        let in_brackets = self.angle.is_some();
        let mailbox = if let Some(Angle { route, local, domain }) = self.angle {
            let name = self.name.unwrap_or_else(|| phrase(words));
            RawMailbox { name, comment, route, local, domain }
        } else {
            // "John Doe jdoe@example.test": the words before the last one are a name.
            let words = words.trim_ascii();
            let name = bare_name(words);
            let (local, domain) = addr_spec(&words[name.len()..]);
            RawMailbox { name: phrase(name), comment, route: b"", local, domain }
        };
        (in_brackets || !mailbox.name.is_empty() || !mailbox.local.is_empty() || !mailbox.domain.is_empty())
            .then_some(Item::Mailbox(mailbox))
    }
}

/// What of `words` stands before a bare address: all up to white space that neither `@` nor `.` adjoins. Several
/// words without any `@` are no address.
fn bare_name(words: &[u8]) -> &[u8] {
    if !has_at(words) {
        let several = words.iter().any(|&octet| is_fws(octet)) && !words.contains(&b'(');
        return if several { words } else { b"" };
    }
    if words.iter().any(|octet| matches!(octet, b'"' | b'(')) {
        return b"";
    }
    let at = words.iter().rposition(|&octet| octet == b'@').unwrap_or_default();
    let local = words[..at].trim_ascii_end();
    let joins = |octet: Option<&u8>| matches!(octet, Some(b'.' | b'@'));
    let mut end = local.len();
    while let Some(space) = local[..end].iter().rposition(|&octet| is_fws(octet)) {
        let before = local[..space].trim_ascii_end();
        if before.is_empty() {
            return b"";
        }
        if !joins(before.last()) && !joins(local.get(space + 1)) {
            return &words[..=space];
        }
        end = before.len();
    }
    b""
}

/// Whether there is an `@` outside quotes.
fn has_at(words: &[u8]) -> bool {
    let mut cursor = Cursor::new(words);
    loop {
        cursor.take_while(|octet| octet != b'"' && octet != b'@');
        match cursor.peek() {
            Some(b'"') => {
                cursor.quoted_string();
            }
            found => return found.is_some(),
        }
    }
}

/// `phrase = 1*word / obs-phrase`: words joined by one space, quotes gone, comments left out.
pub(crate) fn phrase(words: &[u8]) -> Cow<'_, [u8]> {
    let words = words.trim_ascii();
    let mut before = b'a';
    let plain = words.iter().all(|&octet| {
        let double = octet == b' ' && before == b' ';
        before = octet;
        !double && !matches!(octet, b'"' | b'(' | b'\\' | b'\r' | b'\n' | b'\t')
    });
    if plain {
        return Cow::Borrowed(words);
    }
    // One quoted string and nothing else.
    if let [b'"', inner @ .., b'"'] = words
        && !inner.iter().any(|octet| matches!(octet, b'"' | b'\\' | b'\r' | b'\n'))
    {
        return Cow::Borrowed(inner);
    }
    let mut out = Vec::with_capacity(words.len());
    let mut cursor = Cursor::new(words);
    let mut space = false;
    while let Some(octet) = cursor.peek() {
        match octet {
            b'(' => {
                cursor.comment();
                space = true;
                continue;
            }
            _ if is_fws(octet) => {
                cursor.skip_fws();
                space = true;
                continue;
            }
            _ => {}
        }
        // A quoted string is a word of its own, white space around it or not.
        if (std::mem::replace(&mut space, octet == b'"') || octet == b'"') && !out.is_empty() {
            out.push(b' ');
        }
        match octet {
            b'"' => out.extend_from_slice(&cursor.quoted_string()),
            b'\\' => {
                cursor.bump();
                out.extend(cursor.peek());
                cursor.bump();
            }
            _ => {
                out.extend_from_slice(
                    cursor.take_while(|octet| !is_fws(octet) && !matches!(octet, b'"' | b'(' | b'\\')),
                );
            }
        }
    }
    Cow::Owned(out)
}

/// `addr-spec = local-part "@" domain`: cut at the last `@` outside quotes, comments and white space gone.
pub(crate) fn addr_spec(content: &[u8]) -> (Cow<'_, [u8]>, Cow<'_, [u8]>) {
    let content = content.trim_ascii();
    if !content.iter().any(|&octet| matches!(octet, b'"' | b'(' | b'\\') || is_fws(octet)) {
        return match content.iter().rposition(|&octet| octet == b'@') {
            Some(at) => (Cow::Borrowed(&content[..at]), Cow::Borrowed(&content[at + 1..])),
            None => (Cow::Borrowed(content), Cow::default()),
        };
    }
    let mut local = Vec::new();
    let mut domain: Option<Vec<u8>> = None;
    let mut cursor = Cursor::new(content);
    let mut space = false;
    while let Some(octet) = cursor.peek() {
        let out = domain.as_mut().unwrap_or(&mut local);
        match octet {
            b'(' => {
                cursor.comment();
                space = true;
            }
            _ if is_fws(octet) => {
                cursor.skip_fws();
                space = true;
            }
            b'"' => {
                words_apart(out, std::mem::take(&mut space));
                out.extend_from_slice(&cursor.quoted_string());
            }
            b'@' => {
                cursor.bump();
                space = false;
                if let Some(domain) = domain.take() {
                    local.push(b'@');
                    local.extend_from_slice(&domain);
                }
                domain = Some(Vec::new());
            }
            b'.' => {
                space = false;
                cursor.bump();
                out.push(b'.');
            }
            _ => {
                words_apart(out, std::mem::take(&mut space));
                if octet == b'\\' {
                    cursor.bump();
                }
                out.extend(cursor.peek());
                cursor.bump();
            }
        }
    }
    (Cow::Owned(local), Cow::Owned(domain.unwrap_or_default()))
}

/// Words with white space between them stay apart, but not around a dot.
fn words_apart(out: &mut Vec<u8>, space: bool) {
    if space && !matches!(out.last(), None | Some(b'.')) {
        out.push(b' ');
    }
}
