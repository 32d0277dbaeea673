//! Mailboxes in the forms that nearly all have, cut out of text in one pass: what has more to it is left to
//! [`Items`](super::raw::Items), which finds the same in these.

use super::Mailbox;
use crate::header::lex::is_fws;

/// Reads one mailbox at `start`, and gives the place after it and its comma. `None`: it needs the whole grammar.
///
/// `[ atom *( SP atom ) / DQUOTE *qtext DQUOTE ] "<" addr ">"`, or `addr` alone, where
/// `addr = 1*( ftext ) "@" *( ftext )` without quotes, comments, escapes and white space.
pub(super) fn mailbox(text: &str, start: usize) -> Option<(Mailbox<'_>, usize)> {
    let octets = text.as_bytes();
    let start = skip(octets, start, |octet| octet == b',' || is_fws(octet));
    let (name, open) = match octets.get(start)? {
        b'"' => {
            let close = skip(octets, start + 1, |octet| class(octet) & ENDS_QUOTED == 0);
            if octets.get(close) != Some(&b'"') {
                return None;
            }
            (start + 1..close, skip(octets, close + 1, |octet| octet == b' '))
        }
        _ => {
            let stop = skip(octets, start, |octet| class(octet) & ENDS_NAME == 0);
            if octets.get(stop) == Some(&b'@') {
                return bare(text, start, stop);
            }
            let name = octets[start..stop].trim_ascii_end();
            if name.windows(2).any(|pair| pair == b"  ") {
                return None;
            }
            (start..start + name.len(), stop)
        }
    };
    if octets.get(open) != Some(&b'<') {
        return None;
    }
    let content = open + 1;
    let (at, close) = addr(octets, content)?;
    if octets.get(close) != Some(&b'>') {
        return None;
    }
    let next = end(octets, close + 1)?;
    let name = (!name.is_empty()).then(|| text.get(name)).flatten();
    Some((one(name, text.get(content..at)?, text.get(at + 1..close)?), next))
}

/// An address without brackets, whose `@` is at `at`.
fn bare(text: &str, start: usize, at: usize) -> Option<(Mailbox<'_>, usize)> {
    let octets = text.as_bytes();
    let close = skip(octets, at + 1, |octet| class(octet) & ENDS_ADDR == 0);
    let spaces = octets[start..at].contains(&b' ');
    if at == start || spaces || octets.get(close) == Some(&b'@') {
        return None;
    }
    let next = end(octets, close)?;
    Some((one(None, text.get(start..at)?, text.get(at + 1..close)?), next))
}

fn one<'a>(name: Option<&'a str>, local: &'a str, domain: &'a str) -> Mailbox<'a> {
    Mailbox { name: name.map(Into::into), local: local.into(), domain: domain.into() }
}

/// The only `@` of an address, and its end.
fn addr(octets: &[u8], start: usize) -> Option<(usize, usize)> {
    let at = skip(octets, start, |octet| class(octet) & ENDS_ADDR == 0);
    let end = skip(octets, at + 1, |octet| class(octet) & ENDS_ADDR == 0);
    (at > start && octets.get(at) == Some(&b'@')).then_some((at, end))
}

/// The place after a comma, or of the end, where nothing but white space stands before it.
fn end(octets: &[u8], at: usize) -> Option<usize> {
    let at = skip(octets, at, is_fws);
    match octets.get(at) {
        None => Some(at),
        Some(b',') => Some(at + 1),
        Some(_) => None,
    }
}

fn skip(octets: &[u8], start: usize, accept: impl Fn(u8) -> bool) -> usize {
    let rest = octets.get(start..).unwrap_or_default();
    start + rest.iter().position(|&octet| !accept(octet)).unwrap_or(rest.len())
}

const ENDS_NAME: u8 = 1;
const ENDS_QUOTED: u8 = 2;
const ENDS_ADDR: u8 = 4;

/// What ends each of them. An `=` may begin an encoded word.
const fn class(octet: u8) -> u8 {
    const TABLE: [u8; 256] = {
        let mut table = [0; 256];
        let mut octet = 0;
        while octet < 256 {
            #[expect(clippy::cast_possible_truncation, reason = "below 256")]
            let one = octet as u8;
            table[octet] = match one {
                b'"' | b'\\' => ENDS_NAME | ENDS_QUOTED | ENDS_ADDR,
                b'=' => ENDS_NAME | ENDS_QUOTED,
                b'<' | b'(' | b'[' | b',' | b';' | b':' | b'@' => ENDS_NAME | ENDS_ADDR,
                b' ' | b'>' | b')' | b']' => ENDS_ADDR,
                _ if one.is_ascii_control() => ENDS_NAME | ENDS_QUOTED | ENDS_ADDR,
                _ => 0,
            };
            octet += 1;
        }
        table
    };
    TABLE[octet as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::address::raw::{Item, Items};
    use crate::header::address::read;
    use crate::header::lex::Source;
    use proptest::prelude::*;

    /// What the whole grammar finds first, and where it goes on.
    fn whole(text: &str) -> Option<(Mailbox<'_>, usize)> {
        let mut items = Items::new(text.as_bytes());
        let Some(Item::Mailbox(found)) = items.next() else { return None };
        Some((read(&Source::new(text.as_bytes()), found)?, items.outside_groups()?))
    }

    #[test]
    fn usual_forms_are_read() {
        for (text, name, next) in [
            ("a@b.test", None, 8),
            (" Ann Lee <a@b.test>, x", Some("Ann Lee"), 20),
            ("\"Lee, Ann\" <a@b.test>\r\n ,x", Some("Lee, Ann"), 25),
            ("<a@b.test>", None, 10),
            ("J\u{f6}rg <a@b.test>", Some("J\u{f6}rg"), 16),
        ] {
            let (found, after) = mailbox(text, 0).expect(text);
            assert_eq!(
                (found.name.as_deref(), &*found.local, &*found.domain, after),
                (name, "a", "b.test", next)
            );
        }
    }

    #[test]
    fn what_has_more_to_it_is_left_alone() {
        for text in [
            "a",
            "a@b (c)",
            "a <b>",
            "g: a@b;",
            "=?utf-8?q?a?= <a@b>",
            "<@x:a@b>",
            "a  b <a@b>",
            "a b@c",
            "<a@b",
            "",
        ] {
            assert_eq!(mailbox(text, 0), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_is_what_the_whole_grammar_finds(pieces in prop::collection::vec(0_usize..30, 0..12)) {
            const PIECES: [&str; 30] = [
                "a", "b.test", "@", "<", ">", ",", ";", ":", "\"", "(", ")", "[", "]", "\\", " ", "  ", "\t", "\r\n ",
                "=", "=?utf-8?q?x?=", ".", "\u{fc}", "a@b", "<a@b>", "\"a b\" ", "Ann Lee ", "\0", "'", "\u{c}", "\n",
            ];
            let text: String = pieces.iter().map(|&piece| PIECES[piece]).collect();
            if let Some(found) = mailbox(&text, 0) {
                prop_assert_eq!(Some(found), whole(&text), "{:?}", text);
            }
        }
    }
}
