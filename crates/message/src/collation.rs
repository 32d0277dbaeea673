//! How text is compared without case: the `i;unicode-casemap` collation (RFC 5051).
//!
//! Two texts are equal, one is in the other, or one comes first, as their prepared forms are, octet by octet. That is how
//! IMAP's SEARCH, SORT and THREAD compare (RFC 5255 §4, `I18NLEVEL=1`).
//!
//! ```
//! use mailwright_message::collation::unicode_casemap;
//!
//! let has = |text: &str, part: &str| unicode_casemap(text).contains(&unicode_casemap(part));
//! assert!(has("Grüße aus ΠΑΤΡΑΣ", "GRÜ") && has("Grüße aus ΠΑΤΡΑΣ", "πατρας"));
//! assert!(has("café", "CAFE"), "a letter with a mark is the letter, and then the mark");
//! assert!(!has("cafe", "café"));
//! assert!(unicode_casemap("Äpfel") < unicode_casemap("birne"));
//! ```

use std::sync::LazyLock;
use unicode_normalization::char::decompose_compatible;

/// Changes with the version of Unicode, in which letters may have got another case: what was prepared by another version
/// and kept has to be prepared again.
pub const VERSION: u16 =
    u16::from_be_bytes([char::UNICODE_VERSION.0, unicode_normalization::UNICODE_VERSION.0]);

/// Prepares a text for comparison: a "titlecased canonicalized UTF-8" string (RFC 5051 §2).
///
/// Each character becomes its titlecase, if it has one of one character, and that becomes what it is composed of. None
/// depends on those beside it, so that a part of a text becomes a part of what the text becomes: marks stay in the order
/// in which they come. A ligature has no titlecase and is taken apart after that (`ﬁ` is `fi`, and not `FI`); the only
/// one of `ß` has two characters, so that it stays, and is not `SS`.
///
/// US-ASCII costs no more than a copy. The result has at most eleven times as many octets.
///
/// ```
/// use mailwright_message::collation::unicode_casemap;
/// assert_eq!(unicode_casemap("Re: e-mail"), "RE: E-MAIL");
/// assert_eq!(unicode_casemap("\u{1c4}"), "D\u{7a}\u{30c}"); // the RFC's own example
/// ```
#[must_use]
pub fn unicode_casemap(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    unicode_casemap_into(&mut out, text);
    out
}

/// As [`unicode_casemap`], at the end of what there is.
pub fn unicode_casemap_into(out: &mut String, text: &str) {
    let mut rest = text;
    while !rest.is_empty() {
        // All of it, as mostly: that is seen at once.
        let run = if rest.is_ascii() { None } else { rest.bytes().position(|octet| !octet.is_ascii()) };
        let (ascii, others) = rest.split_at(run.unwrap_or(rest.len()));
        let start = out.len();
        out.push_str(ascii);
        out[start..].make_ascii_uppercase();
        let end = others.bytes().position(|octet| octet.is_ascii()).unwrap_or(others.len());
        let (others, more) = others.split_at(end);
        others.chars().for_each(|c| prepare(out, c));
        rest = more;
    }
}

/// Prepares a character that is not US-ASCII.
fn prepare(out: &mut String, c: char) {
    if let Some(prepared) = SHORT.get(c as usize) {
        return out.push_str(prepared);
    }
    match c {
        // Neither case nor composition.
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' => out.push(c),
        // No case.
        '\u{2e80}'..='\u{a63f}' | '\u{ac00}'..='\u{d7a3}' => decompose_compatible(c, |part| out.push(part)),
        _ => decompose_compatible(titlecase(c), |part| out.push(part)),
    }
}

/// The characters of at most two octets, prepared: those of most alphabets.
static SHORT: LazyLock<Vec<Box<str>>> = LazyLock::new(|| {
    let prepared = |c| {
        let mut out = String::new();
        decompose_compatible(titlecase(c), |part| out.push(part));
        out.into()
    };
    ('\0'..='\u{7ff}').map(prepared).collect()
});

/// The titlecase that `UnicodeData.txt` has of a character, which is always one character.
fn titlecase(c: char) -> char {
    let added = |more: u32| char::from_u32(u32::from(c) + more).unwrap_or(c);
    match c {
        // Where it is not the uppercase: letters of two in one, and those of Georgian.
        'Ǆ'..='ǆ' => 'ǅ',
        'Ǉ'..='ǉ' => 'ǈ',
        'Ǌ'..='ǌ' => 'ǋ',
        'Ǳ'..='ǳ' => 'ǲ',
        '\u{10d0}'..='\u{10ff}' => c,
        // Where the uppercase with its special cases has more characters, and that without has one: vowels with iota.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => added(8),
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => added(9),
        _ => {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(upper), None) => upper,
                _ => c,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_same_and_what_is_not() {
        let same = |a: &str, b: &str| unicode_casemap(a) == unicode_casemap(b);
        for (a, b) in [
            ("straße", "STRAßE"),
            ("ΟΔΟΣ", "οδος"),
            ("ΟΔΟΣ", "οδοσ"),
            ("ПРИВЕТ", "привет"),
            ("É", "e\u{301}"),
            ("\u{1ec7}", "e\u{323}\u{302}"),
            ("\u{212a}elvin", "KELVIN"), // Kelvin sign
            ("\u{212b}", "\u{e5}"),      // Angstrom sign
            ("\u{b5}", "\u{3bc}"),       // micro sign and mu
            ("\u{17f}", "s"),            // long s
            ("\u{131}", "I"),            // dotless i
            ("\u{130}", "i\u{307}"),     // I with a dot
            ("Ａｂ１", "aB1"),           // fullwidth
            ("ｶﾞ", "ガ"),                 // halfwidth
            ("한", "\u{1112}\u{1161}\u{11ab}"),
            ("\u{fb01}", "\u{fb01}"),
            ("a\u{a0}b", "A B"),
            ("\u{1f82}", "\u{1f8a}"), // alpha with iota and marks
            ("\u{1fb3}", "\u{1fbc}"),
            ("\u{3a9}", "\u{2126}"), // omega and ohm
            ("㍿", "株式会社"),
            ("x²", "X2"),
            ("\u{10428}", "\u{10400}"), // Deseret
        ] {
            assert!(same(a, b), "{a} {b}: {} {}", unicode_casemap(a), unicode_casemap(b));
        }
        for (a, b) in [
            ("ß", "ss"),
            ("ß", "\u{1e9e}"),
            ("\u{fb01}", "fi"), // taken apart when letters have their case already
            ("\u{130}", "i"),
            ("\u{1c4}", "D\u{17d}"),
            ("\u{10d0}", "\u{1c90}"), // Georgian titlecase is the letter itself
            ("q\u{323}\u{307}", "q\u{307}\u{323}"),
            ("é", "e"),
            ("A", "\u{391}"),
        ] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn titlecase_is_that_of_the_table() {
        // Of UnicodeData.txt, the lines whose titlecase is not what the standard library's uppercase gives, and others.
        for (c, title) in [
            ('a', 'A'),
            ('ÿ', 'Ÿ'),
            ('\u{149}', '\u{149}'),
            ('\u{1c5}', '\u{1c5}'),
            ('\u{1c6}', '\u{1c5}'),
            ('\u{1f3}', '\u{1f2}'),
            ('\u{345}', '\u{399}'),
            ('\u{390}', '\u{390}'),
            ('\u{587}', '\u{587}'),
            ('\u{10d0}', '\u{10d0}'),
            ('\u{10ff}', '\u{10ff}'),
            ('\u{1c90}', '\u{1c90}'),
            ('\u{1f80}', '\u{1f88}'),
            ('\u{1f88}', '\u{1f88}'),
            ('\u{1fa7}', '\u{1faf}'),
            ('\u{1fb4}', '\u{1fb4}'),
            ('\u{1fc3}', '\u{1fcc}'),
            ('\u{1ff3}', '\u{1ffc}'),
            ('\u{fb00}', '\u{fb00}'),
        ] {
            assert_eq!(titlecase(c), title, "{c}");
        }
    }

    #[test]
    fn ascii_is_uppercase() {
        let ascii: String = (0..128_u8).map(char::from).collect();
        assert_eq!(unicode_casemap(&ascii), ascii.to_ascii_uppercase());
        assert_eq!(unicode_casemap(&format!("{ascii}\n\u{e9}{ascii}")).matches("XYZ").count(), 4);
    }

    #[test]
    fn no_character_becomes_more_than_it_may_or_changes_again() {
        let (mut once, mut again) = (String::new(), String::new());
        for c in '\0'..=char::MAX {
            once.clear();
            unicode_casemap_into(&mut once, c.encode_utf8(&mut [0; 4]));
            assert!(once.len() <= 11 * c.len_utf8(), "{c}");
            again.clear();
            once.chars().for_each(|c| decompose_compatible(c, |part| again.push(part)));
            assert_eq!(once, again, "{c} is not taken apart");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_part_becomes_a_part(before: String, part in "\\PC*|[a-zß\u{300}-\u{345}ςΣİı\u{1c4}-\u{1cc}\n]*", after: String) {
            let whole = unicode_casemap(&format!("{before}{part}{after}"));
            let parts = [before, part, after].map(|part| unicode_casemap(&part)).concat();
            proptest::prop_assert_eq!(whole, parts);
        }
    }
}
