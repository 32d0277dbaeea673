//! Fields of mailing lists: `List-Help`, `List-Unsubscribe` and the like (RFC 2369), `List-ID` (RFC 2919).

use std::borrow::Cow;

use super::encoded_word;
use super::lex::{Cursor, is_fws, text};

/// The addresses that a `List-` field gives, most wanted first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ListUrls<'a> {
    /// Without their angle brackets; white space that folding put into them is gone.
    pub urls: Vec<Cow<'a, str>>,
    /// `List-Post: NO`: it cannot be done (RFC 2369 §3.4).
    pub no: bool,
}

impl<'a> ListUrls<'a> {
    /// Reads URLs in angle brackets with commas between them. From the first thing that is neither, nor a comment,
    /// the rest is left alone (RFC 2369 §2).
    ///
    /// ```
    /// use mailwright_message::header::list::ListUrls;
    /// let found = ListUrls::parse(b"<mailto:a@b.test?subject=help> (Help), <https://b.test/>");
    /// assert_eq!(found.urls, ["mailto:a@b.test?subject=help", "https://b.test/"]);
    /// assert!(ListUrls::parse(b"NO (no posting)").no);
    /// ```
    pub fn parse(value: &'a [u8]) -> Self {
        let mut cursor = Cursor::new(value);
        let mut found = Self::default();
        loop {
            cursor.skip_cfws();
            if cursor.eat(b'<') {
                let url = cursor.take_while(|octet| octet != b'>');
                cursor.bump();
                if url.iter().copied().any(is_fws) {
                    let url = url.iter().copied().filter(|&octet| !is_fws(octet)).collect();
                    found.urls.push(text(Cow::Owned(url)));
                } else if !url.is_empty() {
                    found.urls.push(text(Cow::Borrowed(url)));
                }
            } else {
                let word = cursor.take_while(|octet| octet.is_ascii_alphabetic());
                found.no = found.urls.is_empty() && word.eq_ignore_ascii_case(b"no");
                return found;
            }
            cursor.skip_cfws();
            if !cursor.eat(b',') {
                return found;
            }
        }
    }
}

/// What a list is called, and by what it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListId<'a> {
    /// The description before the identifier.
    pub description: Option<Cow<'a, str>>,
    /// The identifier; compare it without case.
    pub id: Cow<'a, str>,
}

impl<'a> ListId<'a> {
    /// Reads `[phrase] "<" list-id ">"`; an identifier without brackets is taken too. `None`: there is none.
    ///
    /// ```
    /// use mailwright_message::header::list::ListId;
    /// let found = ListId::parse(b" \"Lena's jokes\" <jokes.lena.test>").unwrap();
    /// assert_eq!(found.id, "jokes.lena.test");
    /// assert_eq!(found.description.as_deref(), Some("Lena's jokes"));
    /// ```
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let value = value.trim_ascii();
        let Some(open) = value.iter().rposition(|&octet| octet == b'<') else {
            let plain = !value.is_empty() && !value.iter().copied().any(is_fws);
            return plain.then(|| Self { description: None, id: text(Cow::Borrowed(value)) });
        };
        let inner = value[open + 1..].split(|&octet| octet == b'>').next().unwrap_or_default().trim_ascii();
        if inner.is_empty() {
            return None;
        }
        let description = match super::address::raw::phrase(&value[..open]) {
            Cow::Borrowed(phrase) => encoded_word::decode(phrase),
            Cow::Owned(phrase) => Cow::Owned(encoded_word::decode(&phrase).into_owned()),
        };
        let description = Some(description).filter(|description| !description.is_empty());
        Some(Self { description, id: text(Cow::Borrowed(inner)) })
    }
}
