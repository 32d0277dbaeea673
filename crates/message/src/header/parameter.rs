//! Parameters of Content-Type and Content-Disposition: as written, and put together (RFC 2231).

use std::borrow::Cow;

use super::encoded_word;
use super::lex::{Cursor, Source, has_encoded_word, is_fws, is_token, text};
use crate::encoding::charset;

/// Parameters that are read from one field (each continuation counts); further ones are left alone.
pub(crate) const MAX_PARAMETERS: usize = 128;

/// One parameter as it is written: quotes and folding gone, nothing decoded or put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawParameter<'a> {
    /// `name`, `name*`, `name*0`, `name*0*`: case kept.
    pub name: &'a [u8],
    /// The value.
    pub value: Cow<'a, [u8]>,
}

/// Reads what stands after the value of a field: `*(";" attribute "=" value)`, and broken forms of it.
///
/// A missing semicolon between two parameters, empty ones, unquoted values with tspecials or white space in them
/// are taken as they are meant.
pub(crate) struct RawParameters<'c, 'a> {
    cursor: &'c mut Cursor<'a>,
    left: usize,
    /// Whether the last one had its semicolon.
    separated: bool,
}

impl<'c, 'a> RawParameters<'c, 'a> {
    pub(crate) const fn new(cursor: &'c mut Cursor<'a>) -> Self {
        Self { cursor, left: MAX_PARAMETERS, separated: false }
    }

    /// All of them as they are written; but where the semicolon is missing a name that was given before is no parameter.
    pub(crate) fn written(mut self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        while let Some(RawParameter { name, value }) = self.next() {
            if self.separated || !found.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                found.push((name.to_vec(), value.into_owned()));
            }
        }
        found
    }
}

impl<'a> Iterator for RawParameters<'_, 'a> {
    type Item = RawParameter<'a>;

    fn next(&mut self) -> Option<RawParameter<'a>> {
        let cursor = &mut *self.cursor;
        loop {
            cursor.skip_cfws();
            self.separated = false;
            while cursor.eat(b';') {
                self.separated = true;
                cursor.skip_cfws();
            }
            if cursor.peek().is_none() || self.left == 0 {
                return None;
            }
            let start = cursor.at();
            cursor.take_while(|octet| !matches!(octet, b'=' | b';'));
            let name = cursor.since(start).trim_ascii();
            if !cursor.eat(b'=') {
                continue;
            }
            // "a b=c": what stands before the name is junk.
            let name = name.rsplit(|&octet| is_fws(octet)).next().unwrap_or_default();
            let value = value(cursor);
            if let Some(value) = value.filter(|_| !name.is_empty()) {
                self.left -= 1;
                return Some(RawParameter { name, value });
            }
        }
    }
}

/// `value = token / quoted-string`; a token has at least one octet, a quoted string may be empty.
fn value<'a>(cursor: &mut Cursor<'a>) -> Option<Cow<'a, [u8]>> {
    cursor.skip_cfws();
    if cursor.peek() == Some(b'"') {
        return Some(cursor.quoted_string());
    }
    let start = cursor.at();
    let mut end = start;
    // Unquoted, a value goes to the semicolon, a comment, or white space with the next "name=" behind it.
    loop {
        cursor.take_while(|octet| !is_fws(octet) && octet != b';');
        let word = cursor.since(end.max(start));
        if let Some(open) =
            word.iter().position(|&octet| octet == b'(').filter(|&open| open > 0 || end > start)
        {
            let comment = cursor.at() - word.len() + open;
            end = if word[..open].trim_ascii().is_empty() { end } else { comment };
            cursor.set(comment);
            cursor.skip_cfws();
            break;
        }
        end = cursor.at();
        cursor.skip_fws();
        let rest = cursor.rest();
        let token = rest.iter().take_while(|&&octet| is_token(octet)).count();
        let next_is_parameter = token > 0 && rest[token..].first() == Some(&b'=');
        if matches!(rest.first(), None | Some(b';')) || next_is_parameter {
            break;
        }
    }
    let mut all = Cursor::new(cursor.since(start));
    all.set(end - start);
    Some(super::lex::unfolded(all.since(0))).filter(|value| !value.is_empty())
}

/// One parameter, put together and decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter<'a> {
    /// The name in lower case, without any `*`.
    pub name: Cow<'a, str>,
    /// The value as text.
    pub value: Cow<'a, str>,
    /// The language that RFC 2231 §5 allows to be given with it.
    pub language: Option<Cow<'a, str>>,
}

/// The parameters of a field, put together (RFC 2231 §3), in the order in which their names first occur.
///
/// Where both `name` and `name*` are given the encoded one counts (RFC 5987 §4.2); of one name given twice, the first that is
/// not empty.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters<'a>(Vec<Parameter<'a>>);

impl<'a> Parameters<'a> {
    /// The value of that parameter, compared without case.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|one| one.name.eq_ignore_ascii_case(name)).map(|one| &*one.value)
    }

    /// All parameters.
    pub fn iter(&self) -> impl Iterator<Item = &Parameter<'a>> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn parse(source: &Source<'a>, cursor: &mut Cursor<'a>) -> Self {
        let start = cursor.clone();
        Self::plain(source, cursor).unwrap_or_else(|| {
            *cursor = start;
            Self::assemble(RawParameters::new(cursor).collect())
        })
    }

    /// Where none has an asterisk in its name, as mostly, there is nothing to put together.
    fn plain(source: &Source<'a>, cursor: &mut Cursor<'a>) -> Option<Self> {
        let mut found: Vec<Parameter<'a>> = Vec::new();
        for RawParameter { name, value } in RawParameters::new(cursor) {
            if name.contains(&b'*') {
                return None;
            }
            let name = lower(source.text(name));
            let value = match value {
                Cow::Borrowed(value) if !has_encoded_word(value) => source.text(value),
                value => plain(value),
            };
            match found.iter_mut().find(|known| known.name == name) {
                None => found.push(Parameter { name, value, language: None }),
                Some(known) if known.value.is_empty() => known.value = value,
                Some(_) => {}
            }
        }
        Some(Self(found))
    }

    fn assemble(raw: Vec<RawParameter<'a>>) -> Self {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for RawParameter { name, value } in raw {
            let (base, section, encoded) = sections(name);
            if base.is_empty() {
                continue;
            }
            let place =
                groups.iter().position(|group| group.name.eq_ignore_ascii_case(base)).unwrap_or_else(|| {
                    groups.push(Group { name: base, plain: None, sections: Vec::new() });
                    groups.len() - 1
                });
            let group = &mut groups[place];
            if section.is_none() && !encoded {
                group.plain = group.plain.take().filter(|known| !known.is_empty()).or(Some(value));
            } else {
                group.sections.push(Section { number: section.unwrap_or(0), encoded, value });
            }
        }
        Self(groups.into_iter().map(Group::join).collect())
    }
}

/// `name["*" number]["*"]`; forms that are neither are read as far as they make sense.
fn sections(name: &[u8]) -> (&[u8], Option<u64>, bool) {
    let Some(star) = name.iter().position(|&octet| octet == b'*') else { return (name, None, false) };
    let (base, rest) = (&name[..star], &name[star + 1..]);
    let digits = rest.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let number = rest[..digits]
        .iter()
        .fold(0_u64, |number, digit| number.saturating_mul(10).saturating_add(u64::from(digit - b'0')));
    (base, (digits > 0).then_some(number), digits == 0 || rest.get(digits) == Some(&b'*'))
}

struct Group<'a> {
    name: &'a [u8],
    plain: Option<Cow<'a, [u8]>>,
    sections: Vec<Section<'a>>,
}

struct Section<'a> {
    number: u64,
    encoded: bool,
    value: Cow<'a, [u8]>,
}

impl<'a> Group<'a> {
    fn join(mut self) -> Parameter<'a> {
        let name = lower(text(Cow::Borrowed(self.name)));
        self.sections.sort_by_key(|section| section.number);
        self.sections.dedup_by_key(|section| section.number);
        let Some(first) = self.sections.first() else {
            return Parameter { name, value: plain(self.plain.unwrap_or_default()), language: None };
        };
        // charset'[language]'value, on the first section only.
        let mut quotes = first.value.splitn(3, |&octet| octet == b'\'');
        let (label, language, prefix) = match (first.encoded, quotes.next(), quotes.next(), quotes.next()) {
            (true, Some(label), Some(language), Some(_)) => {
                (label.to_vec(), language.to_vec(), label.len() + language.len() + 2)
            }
            _ => (Vec::new(), Vec::new(), 0),
        };
        let mut octets = Vec::new();
        for (place, section) in self.sections.iter().enumerate() {
            let mut value = &section.value[if place == 0 { prefix } else { 0 }..];
            if section.encoded {
                if place > 0 && !label.is_empty() {
                    // Some repeat the charset on every section, where it does not belong.
                    let again = [&label[..], b"'"].concat();
                    value = value.strip_prefix(&again[..]).unwrap_or(value);
                }
                percent_decode(value, &mut octets);
            } else {
                octets.extend_from_slice(value);
            }
        }
        let value = match std::str::from_utf8(&label) {
            Ok(label) if !label.is_empty() => Cow::Owned(charset::decode(label, &octets).into_owned()),
            _ => text(Cow::Owned(octets)),
        };
        let language = (!language.is_empty()).then(|| text(Cow::Owned(language)));
        Parameter { name, value, language }
    }
}

/// A value without RFC 2231 marks: encoded words do not belong there, but are meant (RFC 2047 §5 forbids them).
fn plain(value: Cow<'_, [u8]>) -> Cow<'_, str> {
    if has_encoded_word(&value) {
        return Cow::Owned(encoded_word::decode(&value).into_owned());
    }
    text(value)
}

fn lower(name: Cow<'_, str>) -> Cow<'_, str> {
    match name {
        Cow::Borrowed(name) if !name.bytes().any(|octet| octet.is_ascii_uppercase()) => Cow::Borrowed(name),
        name => Cow::Owned(name.to_ascii_lowercase()),
    }
}

/// `ext-octet = "%" 2(DIGIT / "A" / "B" / "C" / "D" / "E" / "F")`; a `%` without two digits stays.
pub(crate) fn percent_decode(value: &[u8], out: &mut Vec<u8>) {
    let digit = |at: usize| value.get(at).and_then(|&octet| char::from(octet).to_digit(16));
    let mut at = 0;
    while let Some(&octet) = value.get(at) {
        if let (b'%', Some(high), Some(low)) = (octet, digit(at + 1), digit(at + 2)) {
            out.extend(u8::try_from(high * 16 + low));
            at += 3;
        } else {
            out.push(octet);
            at += 1;
        }
    }
}
