//! Charsets: labels as mail has them, decoding to valid UTF-8 always, with a word on what had to be replaced.

use std::borrow::Cow;

use encoding_rs::Encoding;

mod alias;
mod shifted;

/// A charset that text can be decoded from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// US-ASCII by label; octets above 127 are read as UTF-8 where that fits, else as windows-1252.
    Ascii,
    /// UTF-16 with no byte order in its label: the mark decides, else big-endian (RFC 2781 §4.3).
    Utf16,
    Utf7,
    Hz,
    Iso2022Kr,
    Standard(&'static Encoding),
}

/// How faithful decoded text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fidelity {
    /// Every octet meant what the charset says.
    Exact,
    /// Something could not be decoded and became U+FFFD, or was not of the charset and was read as another one.
    Replaced,
    /// The label is not known: read as UTF-8 where that fits, else as windows-1252.
    UnknownCharset,
}

impl Charset {
    /// UTF-8.
    pub const UTF_8: Self = Self(Kind::Standard(encoding_rs::UTF_8));
    /// US-ASCII, what text without a charset is (RFC 2045 §5.2).
    pub const US_ASCII: Self = Self(Kind::Ascii);
    /// UTF-7 (RFC 2152). No label of a body gives this: it hides markup from filters, so the caller must ask for it.
    /// Encoded words in header fields, in which there is no markup, are read by it.
    pub const UTF_7: Self = Self(Kind::Utf7);

    /// The charset of a label, compared without case. `None`: not known (UTF-7 included, see [`Charset::UTF_7`]).
    ///
    /// ```
    /// use mailwright_message::encoding::charset::Charset;
    /// assert_eq!(Charset::for_label("UTF8"), Some(Charset::UTF_8));
    /// assert_eq!(Charset::for_label("cp-1252"), Charset::for_label("windows-1252"));
    /// assert_eq!(Charset::for_label("utf-7"), None);
    /// ```
    pub fn for_label(label: &str) -> Option<Self> {
        let label = label.trim_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\''));
        // RFC 2231 §5: an encoded word's charset may have a language after `*`.
        let label = label.split('*').next().unwrap_or_default();
        let kind = if label.eq_ignore_ascii_case("utf-8") {
            Kind::Standard(encoding_rs::UTF_8)
        } else if let Some(kind) = alias::lookup(label) {
            kind
        } else {
            let encoding = Encoding::for_label_no_replacement(label.as_bytes())?;
            Kind::Standard(encoding)
        };
        Some(Self(kind))
    }

    /// Decodes `bytes`; borrows where they are the text already. A byte order mark is not part of the text.
    pub fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, Fidelity) {
        match self.0 {
            Kind::Ascii => match simdutf8::basic::from_utf8(bytes) {
                Ok(text) if text.is_ascii() => (Cow::Borrowed(text), Fidelity::Exact),
                _ => (guess(bytes), Fidelity::Replaced),
            },
            Kind::Standard(encoding) => {
                let (text, replaced) = encoding.decode_with_bom_removal(bytes);
                (text, fidelity(replaced))
            }
            Kind::Utf16 => {
                let (encoding, bytes) = match bytes {
                    [0xff, 0xfe, rest @ ..] => (encoding_rs::UTF_16LE, rest),
                    [0xfe, 0xff, rest @ ..] => (encoding_rs::UTF_16BE, rest),
                    _ => (encoding_rs::UTF_16BE, bytes),
                };
                let (text, replaced) = encoding.decode_without_bom_handling(bytes);
                (text, fidelity(replaced))
            }
            Kind::Utf7 => match encodify::utf7::MAIL.decode(bytes) {
                Ok(text) => (Cow::Owned(text), Fidelity::Exact),
                Err(_) => (Cow::Owned(encodify::utf7::MAIL.decode_lossy(bytes)), Fidelity::Replaced),
            },
            Kind::Hz => owned(encoding_rs::GBK, &shifted::hz(bytes)),
            Kind::Iso2022Kr => owned(encoding_rs::EUC_KR, &shifted::iso_2022_kr(bytes)),
        }
    }

    /// The preferred name, as it is written in a parameter.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Ascii => "us-ascii",
            Kind::Utf16 => "utf-16",
            Kind::Utf7 => "utf-7",
            Kind::Hz => "hz-gb-2312",
            Kind::Iso2022Kr => "iso-2022-kr",
            Kind::Standard(encoding) => encoding.name(),
        }
    }
}

fn owned(encoding: &'static Encoding, bytes: &[u8]) -> (Cow<'static, str>, Fidelity) {
    let (text, replaced) = encoding.decode_without_bom_handling(bytes);
    (Cow::Owned(text.into_owned()), fidelity(replaced))
}

fn fidelity(replaced: bool) -> Fidelity {
    if replaced { Fidelity::Replaced } else { Fidelity::Exact }
}

/// Text of no known charset: UTF-8 where it is valid, else windows-1252, in which every octet is a character.
pub fn guess(bytes: &[u8]) -> Cow<'_, str> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Decodes `bytes` from the charset `label` names. The output is valid UTF-8 whatever the input, and at most
/// three times as long.
///
/// ```
/// use mailwright_message::encoding::charset::decode;
/// assert_eq!(decode("iso-8859-1", b"caf\xe9"), "café");
/// assert_eq!(decode("x-nothing", b"caf\xe9"), "café");
/// ```
pub fn decode<'a>(label: &str, bytes: &'a [u8]) -> Cow<'a, str> {
    match Charset::for_label(label) {
        // One look is enough where nobody asks how faithful it is.
        None | Some(Charset(Kind::Ascii)) => guess(bytes),
        Some(charset) => charset.decode(bytes).0,
    }
}

/// As [`decode`], of an encoded word: nobody takes it for markup, so that UTF-7 does no harm (RFC 2152).
pub(crate) fn decode_word(label: &str, octets: &[u8]) -> String {
    const UTF_7: [&str; 4] = ["utf-7", "unicode-1-1-utf-7", "utf7", "csunicode11utf7"];
    if UTF_7.iter().any(|known| label.eq_ignore_ascii_case(known)) {
        return Charset::UTF_7.decode(octets).0.into_owned();
    }
    decode(label, octets).into_owned()
}

/// As [`decode`], of octets that are not needed any more: where they are the text already they are not copied.
///
/// ```
/// use mailwright_message::encoding::charset::decode_vec;
/// assert_eq!(decode_vec("utf-8", b"caf\xc3\xa9".to_vec()), "caf\u{e9}");
/// assert_eq!(decode_vec("iso-8859-1", b"caf\xe9".to_vec()), "caf\u{e9}");
/// ```
pub fn decode_vec(label: &str, bytes: Vec<u8>) -> String {
    let is_text = match Charset::for_label(label).map(|charset| charset.0) {
        // What is valid UTF-8 is read as that.
        None | Some(Kind::Ascii) => true,
        Some(Kind::Standard(encoding)) if encoding == encoding_rs::UTF_8 => {
            !bytes.starts_with(b"\xef\xbb\xbf")
        }
        Some(Kind::Standard(encoding)) if encoding.is_ascii_compatible() => bytes.is_ascii(),
        Some(_) => false,
    };
    if !is_text {
        return decode(label, &bytes).into_owned();
    }
    String::from_utf8(bytes).unwrap_or_else(|error| decode(label, error.as_bytes()).into_owned())
}

/// As [`decode`], with a word on how faithful the text is.
pub fn decode_checked<'a>(label: &str, bytes: &'a [u8]) -> (Cow<'a, str>, Fidelity) {
    match Charset::for_label(label) {
        Some(charset) => charset.decode(bytes),
        None => (guess(bytes), Fidelity::UnknownCharset),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_the_wild_are_known() {
        for (label, name) in [
            ("us-ascii", "us-ascii"),
            ("ISO_8859-1:1987", "windows-1252"),
            ("latin-1", "windows-1252"),
            ("cp932", "Shift_JIS"),
            ("ks_c_5601-1987", "EUC-KR"),
            ("gb18030", "gb18030"),
            ("\"utf-8\"", "UTF-8"),
            ("utf8mb4", "UTF-8"),
            ("utf-8*en", "UTF-8"),
            ("iso-8859-8-i", "ISO-8859-8-I"),
            ("hz-gb-2312", "hz-gb-2312"),
            ("unicode-1-1-utf-8", "UTF-8"),
        ] {
            assert_eq!(Charset::for_label(label).map(Charset::name), Some(name), "{label}");
        }
        for label in ["", "utf-7", "unicode-1-1-utf-7", "x-user\0defined", "replacement"] {
            assert_eq!(Charset::for_label(label), None, "{label}");
        }
    }

    #[test]
    fn broken_octets_become_replacement_characters_and_are_told() {
        assert_eq!(decode_checked("utf-8", b"a\xff"), ("a\u{fffd}".into(), Fidelity::Replaced));
        assert_eq!(decode_checked("utf-8", b"a\xc3\xa9"), ("a\u{e9}".into(), Fidelity::Exact));
        assert_eq!(decode_checked("us-ascii", b"\xe9"), ("\u{e9}".into(), Fidelity::Replaced));
        assert_eq!(decode_checked("nope", b"\xc3\xa9"), ("\u{e9}".into(), Fidelity::UnknownCharset));
        assert_eq!(decode_checked("utf-16", b"\0a\0").1, Fidelity::Replaced);
    }

    #[test]
    fn utf_16_obeys_its_mark_and_is_big_endian_without() {
        assert_eq!(decode("utf-16", b"\xff\xfea\0"), "a");
        assert_eq!(decode("utf-16", b"\xfe\xff\0a"), "a");
        assert_eq!(decode("utf-16", b"\0a"), "a");
        assert_eq!(decode("utf-16le", b"a\0"), "a");
    }

    #[test]
    fn charsets_with_shift_sequences_are_decoded() {
        assert_eq!(decode("iso-2022-jp", b"\x1b$B%F%9%H\x1b(B"), "テスト");
        assert_eq!(decode("hz-gb-2312", b"a~~~{VPND~}!"), "a~中文!");
        assert_eq!(decode("iso-2022-kr", b"\x1b$)C\x0eGQ1[\x0f!"), "한글!");
        assert_eq!(Charset::UTF_7.decode(b"Hi +Jjo-!"), ("Hi \u{263a}!".into(), Fidelity::Exact));
    }
}
