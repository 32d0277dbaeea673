//! `Authentication-Results` (RFC 8601): what a server on the way found about who sent the message.

use std::borrow::Cow;

use super::lex::{Cursor, is_fws, text};

/// Results that are read from one field; further ones are left alone.
const MAX_RESULTS: usize = 256;

/// What one server found. Believe it only from a server you know, by its [`server`](Self::server) (RFC 8601 §7.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticationResults<'a> {
    /// `authserv-id`
    pub server: Cow<'a, str>,
    /// `authres-version`; 1 where it is not given.
    pub version: u32,
    /// One entry a method; none where it says `none`.
    pub results: Vec<MethodResult<'a>>,
}

/// What one method found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodResult<'a> {
    /// `dkim`, `spf`, `dmarc`, ...: in lower case.
    pub method: String,
    /// `pass`, `fail`, `none`, ...: in lower case.
    pub result: String,
    /// `reasonspec`
    pub reason: Option<Cow<'a, str>>,
    /// What was looked at.
    pub properties: Vec<Property<'a>>,
}

/// `propspec`: `header.d=example.test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property<'a> {
    /// `smtp`, `header`, `body`, `policy`: in lower case.
    pub ptype: String,
    /// `mailfrom`, `d`, `i`, ...: in lower case.
    pub property: String,
    /// What it was.
    pub value: Cow<'a, str>,
}

impl<'a> AuthenticationResults<'a> {
    /// Reads a field value; `None` where it names no server. A result that cannot be read is left out, those after
    /// it are not.
    ///
    /// ```
    /// use mailwright_message::header::authentication_results::AuthenticationResults;
    /// let found = AuthenticationResults::parse(
    ///     b"mx.test; spf=pass smtp.mailfrom=a.test; dkim=fail (bad) reason=\"body hash\" header.d=a.test",
    /// )
    /// .unwrap();
    /// assert_eq!(found.server, "mx.test");
    /// assert_eq!(found.results[1].result, "fail");
    /// assert_eq!(found.results[1].reason.as_deref(), Some("body hash"));
    /// assert_eq!(found.result_of("SPF"), Some("pass"));
    /// ```
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(value);
        let server = self::value(&mut cursor);
        if server.is_empty() {
            return None;
        }
        cursor.skip_cfws();
        let digits = cursor.take_while(|octet| octet.is_ascii_digit());
        let version = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(1);
        let mut results = Vec::new();
        while results.len() < MAX_RESULTS {
            skip_to_semicolon(&mut cursor);
            if !cursor.eat(b';') {
                break;
            }
            results.extend(result(&mut cursor));
        }
        Some(Self { server, version, results })
    }

    /// The result of the first entry of that method, compared without case.
    pub fn result_of(&self, method: &str) -> Option<&str> {
        self.results.iter().find(|one| one.method.eq_ignore_ascii_case(method)).map(|one| &*one.result)
    }
}

/// `resinfo`, after its semicolon
fn result<'a>(cursor: &mut Cursor<'a>) -> Option<MethodResult<'a>> {
    let method = keyword(cursor);
    cursor.skip_cfws();
    if cursor.eat(b'/') {
        keyword(cursor);
        cursor.skip_cfws();
    }
    if method.is_empty() || !cursor.eat(b'=') {
        return None;
    }
    let result = keyword(cursor);
    let mut found = MethodResult { method, result, reason: None, properties: Vec::new() };
    loop {
        cursor.skip_cfws();
        let name = keyword(cursor);
        cursor.skip_cfws();
        let property = cursor.eat(b'.').then(|| keyword(cursor));
        cursor.skip_cfws();
        if name.is_empty() || !cursor.eat(b'=') {
            return Some(found);
        }
        let value = value(cursor);
        match property {
            Some(property) => found.properties.push(Property { ptype: name, property, value }),
            None if name == "reason" => found.reason = Some(value),
            None => {}
        }
    }
}

/// `Keyword = Ldh-str`, in lower case
fn keyword(cursor: &mut Cursor<'_>) -> String {
    cursor.skip_cfws();
    let word = cursor.take_while(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'));
    String::from_utf8_lossy(word).to_ascii_lowercase()
}

/// `value = token / quoted-string`, and what `pvalue` has beside: addresses.
fn value<'a>(cursor: &mut Cursor<'a>) -> Cow<'a, str> {
    cursor.skip_cfws();
    if cursor.peek() == Some(b'"') {
        let start = cursor.at();
        let quoted = cursor.quoted_string();
        if cursor.peek() != Some(b'@') {
            return text(quoted);
        }
        // A quoted local part is part of an address.
        cursor.take_while(|octet| !is_fws(octet) && !matches!(octet, b';' | b'('));
        return text(Cow::Borrowed(cursor.since(start)));
    }
    text(Cow::Borrowed(cursor.take_while(|octet| !is_fws(octet) && !matches!(octet, b';' | b'('))))
}

fn skip_to_semicolon(cursor: &mut Cursor<'_>) {
    loop {
        cursor.skip_cfws();
        match cursor.peek() {
            None | Some(b';') => return,
            Some(b'"') => {
                cursor.quoted_string();
            }
            Some(_) => cursor.bump(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_rfc_are_read() {
        // RFC 8601 Appendix B.7
        let found = AuthenticationResults::parse(
            b"foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n \
              policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) 1362471462",
        )
        .unwrap();
        assert_eq!((&*found.server, found.version), ("foo.example.net", 1));
        let [result] = &found.results[..] else { panic!("{found:?}") };
        assert_eq!((&*result.method, &*result.result), ("dkim", "fail"));
        let [property] = &result.properties[..] else { panic!("{result:?}") };
        assert_eq!(
            (&*property.ptype, &*property.property, &*property.value),
            ("policy", "expired", "1362471462")
        );
        let none = AuthenticationResults::parse(b"example.org 1; none").unwrap();
        assert!(none.results.is_empty());
    }

    #[test]
    fn what_cannot_be_read_does_not_hide_what_follows() {
        let found =
            AuthenticationResults::parse(b"a; =x; junk \";\" y; spf = pass smtp.mailfrom=\"a b\"@c.test")
                .unwrap();
        assert_eq!(found.result_of("spf"), Some("pass"));
        assert_eq!(found.results[0].properties[0].value, "\"a b\"@c.test");
        assert_eq!(AuthenticationResults::parse(b" ; spf=pass"), None);
    }
}
