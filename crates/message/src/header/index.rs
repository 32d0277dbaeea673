//! Finding header fields: one pass, one entry of 16 octets for each, values left alone (RFC 5322 §2.2).

use memchr::memchr;

/// Where one field lies. All offsets are into the whole message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Entry {
    /// First octet of the name.
    pub(crate) start: u32,
    /// End of the name, before white space and colon.
    pub(crate) name_end: u32,
    /// First octet after the colon.
    pub(crate) value: u32,
    /// End of the field, its last line end included.
    pub(crate) end: u32,
}

impl Entry {
    /// The same in a message that has `by` more octets before it.
    pub(crate) const fn moved(&self, by: u32) -> Self {
        Self {
            start: self.start + by,
            name_end: self.name_end + by,
            value: self.value + by,
            end: self.end + by,
        }
    }
}

/// What stands at the start of a header line.
pub(crate) enum Line {
    /// A field.
    Field(Entry),
    /// A field whose name is not in the grammar, or (with an empty name, `value == start`) a line without a colon.
    Odd(Entry),
    /// The blank line; the offset after it.
    Blank(usize),
    /// The input is over.
    End,
}

/// Field name octets: printable US-ASCII but the colon (RFC 5322 §3.6.8: ftext).
pub(crate) const fn is_ftext(octet: u8) -> bool {
    octet.is_ascii_graphic() && octet != b':'
}

/// Reads the header line at `at`. `raw` must be shorter than 4 GiB.
#[expect(clippy::cast_possible_truncation, reason = "the caller cuts its input below 4 GiB")]
pub(crate) fn line(raw: &[u8], at: usize) -> Line {
    let rest = &raw[at..];
    match rest {
        [] => return Line::End,
        [b'\n', ..] => return Line::Blank(at + 1),
        [b'\r', b'\n', ..] => return Line::Blank(at + 2),
        _ => {}
    }
    let mut name = ftext_octets(rest);
    let mut colon = name;
    let mut odd = name == 0;
    if rest.get(colon) != Some(&b':') {
        // obs-optional allows white space before the colon; other octets are no name, but often meant as one.
        let end = memchr(b'\n', &rest[name..]).map_or(rest.len(), |found| name + found);
        match memchr(b':', &rest[name..end]) {
            Some(found) if !matches!(rest[0], b' ' | b'\t') => {
                colon = name + found;
                name = colon - rest[..colon].iter().rev().take_while(|o| matches!(o, b' ' | b'\t')).count();
                odd = name == 0 || !rest[..name].iter().all(|&octet| is_ftext(octet));
            }
            _ => {
                return Line::Odd(Entry {
                    start: at as u32,
                    name_end: at as u32,
                    value: at as u32,
                    end: field_end(raw, at) as u32,
                });
            }
        }
    }
    let entry = Entry {
        start: at as u32,
        name_end: (at + name) as u32,
        value: (at + colon + 1) as u32,
        end: field_end(raw, at + colon + 1) as u32,
    };
    if odd { Line::Odd(entry) } else { Line::Field(entry) }
}

/// Where the first line feed is. A line of a header is so short that the call of `memchr` is half of what it costs.
fn line_feed(octets: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(many) = octets[at..].first_chunk::<32>() {
        // All of them without a branch, which is one look with vectors.
        if many.iter().fold(false, |found, &octet| found | matches!(octet, b'\n')) {
            break;
        }
        at += many.len();
    }
    while let Some(eight) = octets[at..].first_chunk::<8>() {
        let feed = u64::from_le_bytes(*eight) ^ (EACH * u64::from(b'\n'));
        let found = feed.wrapping_sub(EACH) & !feed & HIGH;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    octets[at..].iter().position(|&octet| octet == b'\n').map(|found| at + found)
}

/// One in each of eight octets.
const EACH: u64 = u64::from_le_bytes([1; 8]);
/// The high bit of each of eight octets.
const HIGH: u64 = EACH << 7;

/// How many octets of a field name the octets begin with; names are short, so it is eight at a time.
fn ftext_octets(octets: &[u8]) -> usize {
    let mut at = 0;
    while let Some(eight) = octets[at..].first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let colon = eight ^ (EACH * u64::from(b':'));
        // The high bit of an octet, exact up to the first that is set: below '!', a colon, above '~'.
        let ends = (eight.wrapping_sub(EACH * u64::from(b'!')) & !eight)
            | (colon.wrapping_sub(EACH) & !colon)
            | (eight.wrapping_add(EACH) | eight);
        let ends = ends & HIGH;
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + octets[at..].iter().take_while(|&&octet| is_ftext(octet)).count()
}

/// The end of the field that `at` lies in: after the first line end that no white space follows.
fn field_end(raw: &[u8], mut at: usize) -> usize {
    while let Some(found) = line_feed(&raw[at..]) {
        at += found + 1;
        if !matches!(raw.get(at), Some(b' ' | b'\t')) {
            return at;
        }
    }
    raw.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(raw: &[u8]) -> Vec<(&[u8], &[u8])> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Line::Field(entry) | Line::Odd(entry) = line(raw, at) {
            let part = |a: u32, b: u32| &raw[a as usize..b as usize];
            found.push((part(entry.start, entry.name_end), part(entry.value, entry.end)));
            at = entry.end as usize;
        }
        found
    }

    #[test]
    fn fields_fold_over_lines_that_begin_with_white_space() {
        assert_eq!(
            entries(b"A: 1\r\n 2\r\n\t\r\nB:3\nC : 4"),
            [(&b"A"[..], &b" 1\r\n 2\r\n\t\r\n"[..]), (b"B", b"3\n"), (b"C", b" 4")]
        );
    }

    #[test]
    fn a_line_without_colon_is_an_entry_without_name() {
        assert_eq!(
            entries(b"nonsense\r\n more: of it\r\nA B: 1\r\n"),
            [(&b""[..], &b"nonsense\r\n more: of it\r\n"[..]), (b"A B", b" 1\r\n")]
        );
    }

    #[test]
    fn a_name_is_what_the_grammar_allows() {
        for octet in 0..=u8::MAX {
            for before in 0..10 {
                let name = [vec![b'a'; before], vec![octet], vec![b'b'; 9], vec![b':']].concat();
                let end = name.iter().position(|&octet| !is_ftext(octet)).unwrap();
                assert_eq!(ftext_octets(&name), end, "{octet} after {before}");
            }
        }
        for (raw, odd) in
            [("A:", false), ("A \t:", false), (":", true), (" :", true), ("A B:", true), ("\u{fc}:", true)]
        {
            assert_eq!(matches!(line(raw.as_bytes(), 0), Line::Odd(_)), odd, "{raw}");
        }
    }

    #[test]
    fn the_first_line_feed_is_found() {
        for before in 0..100 {
            for after in [0, 1, 7, 40] {
                let mut text = vec![b'\x0b'; before];
                assert_eq!(line_feed(&text), None);
                text.push(b'\n');
                text.extend(b"\n\x0b".iter().cycle().take(after));
                assert_eq!(line_feed(&text), Some(before), "{after}");
            }
        }
    }

    #[test]
    fn a_blank_line_ends_the_header() {
        assert!(matches!(line(b"\r\nx", 0), Line::Blank(2)));
        assert!(matches!(line(b"\nx", 0), Line::Blank(1)));
        assert!(matches!(line(b"", 0), Line::End));
        assert!(entries(b"\r\nA: 1\r\n").is_empty());
    }
}
