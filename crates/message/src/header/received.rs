//! `Received` (RFC 5321 §4.4), and the many ways in which servers write it.

use std::borrow::Cow;
use std::net::IpAddr;

use super::date::DateTime;
use super::lex::{Cursor, Source, is_fws};

/// The value of one `Received` field, read when it is asked for: a message has many, and few look into them.
///
/// ```
/// use mailwright_message::header::received::Received;
/// let received = Received::new(
///     b"from a.test (b.test [192.0.2.1]) by c.test (Mailwright) with ESMTPS id 1 for <d@c.test>; 1 Jul 2003 10:52:37 +0200",
/// );
/// assert_eq!(received.date().unwrap().unix(), 1_057_049_557);
/// let hop = received.hop();
/// assert_eq!(hop.from.as_deref(), Some("a.test"));
/// assert_eq!(hop.from_ip, Some("192.0.2.1".parse().unwrap()));
/// assert_eq!(hop.with.as_deref(), Some("ESMTPS"));
/// assert_eq!(hop.recipient.as_deref(), Some("d@c.test"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received<'a> {
    value: &'a [u8],
}

impl<'a> Received<'a> {
    /// Takes a field value; nothing is read yet.
    pub const fn new(value: &'a [u8]) -> Self {
        Self { value }
    }

    /// All that it says, read in one pass. Nothing in it has to be there.
    pub fn hop(&self) -> Hop<'a> {
        Hop::read(self.value)
    }

    /// When the message was taken, with nothing else read: what stands after the first `;` outside comments.
    pub fn date(&self) -> Option<DateTime> {
        let mut cursor = Cursor::new(self.value);
        while let Some(found) = memchr::memchr2(b'(', b';', cursor.rest()) {
            cursor.set(cursor.at() + found);
            if cursor.eat(b';') {
                return DateTime::parse(cursor.rest());
            }
            cursor.comment();
        }
        None
    }
}

/// One hop of a message. What is in comments is the habit of one server or another: read where it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hop<'a> {
    /// Who sent it, as the client called itself, or as the server calls it.
    pub from: Option<Cow<'a, str>>,
    /// The address of the client.
    pub from_ip: Option<IpAddr>,
    /// The name that the server found for that address.
    pub from_name: Option<Cow<'a, str>>,
    /// The argument of HELO, where it is told apart from `from`.
    pub helo: Option<Cow<'a, str>>,
    /// The user at the client, by RFC 1413 or authentication.
    pub ident: Option<Cow<'a, str>>,
    /// Who took it.
    pub by: Option<Cow<'a, str>>,
    /// The link, where it is not the Internet.
    pub via: Option<Cow<'a, str>>,
    /// The protocol: `ESMTPS` and the like.
    pub with: Option<Cow<'a, str>>,
    /// The identifier at the server, without angle brackets.
    pub id: Option<Cow<'a, str>>,
    /// The recipient, without angle brackets.
    pub recipient: Option<Cow<'a, str>>,
    /// The version of TLS: `1.3`.
    pub tls_version: Option<Cow<'a, str>>,
    /// The cipher suite.
    pub tls_cipher: Option<Cow<'a, str>>,
    /// When it was taken.
    pub date: Option<DateTime>,
}

impl<'a> Hop<'a> {
    fn read(value: &'a [u8]) -> Self {
        let mut found = Self::default();
        let source = Source::new(value);
        let mut cursor = Cursor::new(value);
        let mut clause = Clause::None;
        let mut seen = [false; 6];
        loop {
            cursor.skip_fws();
            match cursor.peek() {
                None => break,
                Some(b';') => {
                    cursor.bump();
                    found.date = DateTime::parse(cursor.rest());
                    break;
                }
                Some(b'(') => {
                    let comment = cursor.comment();
                    if clause == Clause::None
                        && comment.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"from "))
                    {
                        found.clause_in_comment(&source, &comment[5..]);
                        seen[0] = true;
                    } else {
                        found.comment(&source, clause, comment);
                    }
                }
                Some(_) => {
                    let word = cursor.take_while(|octet| !is_fws(octet) && !matches!(octet, b'(' | b';'));
                    match Clause::begins(word) {
                        Some(next) if !seen[next as usize] => {
                            seen[next as usize] = true;
                            clause = next;
                        }
                        Some(_) => clause = Clause::None,
                        None => found.word(&source, clause, word),
                    }
                }
            }
        }
        found
    }

    fn clause_in_comment(&mut self, source: &Source<'a>, comment: &'a [u8]) {
        for word in comment.split(|&octet| is_fws(octet)).filter(|word| !word.is_empty()) {
            self.word(source, Clause::From, word);
        }
    }

    fn word(&mut self, source: &Source<'a>, clause: Clause, word: &'a [u8]) {
        let bare = |word: &'a [u8]| {
            let inner = word.strip_prefix(b"<").map(|word| word.strip_suffix(b">").unwrap_or(word));
            source.text(inner.unwrap_or(word))
        };
        match clause {
            Clause::From if self.from.is_none() && self.from_ip.is_none() && !word.starts_with(b"(") => {
                self.from = Some(match ip(word) {
                    Some(ip) => Cow::Owned(ip.to_string()),
                    None => bare(word),
                });
            }
            Clause::From => self.from_ip = self.from_ip.or_else(|| ip(word)),
            Clause::By => {
                let word = word.strip_suffix(b",").unwrap_or(word);
                self.by
                    .get_or_insert_with(|| if ip(word).is_some() { host(source, word) } else { bare(word) });
            }
            Clause::Via => {
                self.via.get_or_insert_with(|| bare(word));
            }
            Clause::With => {
                // "ESMTP/TLS/cipher", "AES256-GCM-SHA384 encrypted SMTP", "Microsoft SMTP Server"
                let mut parts = word.split(|&octet| octet == b'/');
                let protocol = parts.next().unwrap_or_default();
                if is_cipher(protocol) {
                    self.tls_cipher.get_or_insert_with(|| source.text(protocol));
                } else if self.with.as_deref().is_none_or(|known| !is_protocol(known.as_bytes())) {
                    self.with = Some(source.text(protocol.trim_ascii()));
                }
                if let Some(cipher) = parts.find(|part| is_cipher(part)) {
                    self.tls_cipher = Some(source.text(cipher));
                }
            }
            Clause::Id => {
                self.id.get_or_insert_with(|| bare(word));
            }
            Clause::For => {
                self.recipient.get_or_insert_with(|| bare(word));
            }
            Clause::None => {}
        }
    }

    fn comment(&mut self, source: &Source<'a>, clause: Clause, comment: &'a [u8]) {
        self.tls(source, comment);
        if clause != Clause::From {
            return;
        }
        let separates = |&octet: &u8| is_fws(octet) || matches!(octet, b',' | b'(' | b')');
        let mut words = comment.split(separates).filter(|word| !word.is_empty()).peekable();
        let mut first = true;
        while let Some(word) = words.next() {
            // Most words are addresses and names: the others are told by how they begin.
            let tag = matches!(word[0], b'h' | b'H' | b'e' | b'E' | b'l' | b'L' | b'i' | b'I');
            let begins = |with: &str| {
                tag && word.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with.as_bytes()))
            };
            if word.len() == 4 && (begins("helo") || begins("ehlo") || begins("lhlo")) {
                self.helo = words.next().map(|name| host(source, name));
            } else if begins("helo=") {
                self.helo = Some(host(source, &word[5..]));
            } else if begins("ident=") {
                let user = word[6..]
                    .strip_prefix(b"[")
                    .map_or(&word[6..], |user| user.strip_suffix(b"]").unwrap_or(user));
                self.ident.get_or_insert_with(|| source.text(user));
            } else if let Some(at) = word.iter().rposition(|&octet| octet == b'@') {
                let user = if begins("ident:") { &word[6..] } else { word };
                let after = &word[at + 1..];
                let user = if after.is_empty() || after.starts_with(b"[") {
                    &user[..user.len() - after.len() - 1]
                } else {
                    user
                };
                self.ident.get_or_insert_with(|| source.text(user));
                self.from_ip = self.from_ip.or_else(|| ip(after).filter(|_| after.starts_with(b"[")));
            } else if let Some(found) = ip(word) {
                self.from_ip.get_or_insert(found);
            } else {
                // "name[192.0.2.1]"
                let open = word.iter().position(|&octet| octet == b'[').unwrap_or(word.len());
                self.from_ip = self.from_ip.or_else(|| ip(&word[open..]));
                let name = word[..open]
                    .strip_prefix(b"<")
                    .map_or(&word[..open], |name| name.strip_suffix(b">").unwrap_or(name));
                if first
                    && name.contains(&b'.')
                    && self.from_name.is_none()
                    && name.iter().all(|&o| o.is_ascii_alphanumeric() || b".-_".contains(&o))
                {
                    self.from_name = Some(source.text(name));
                }
            }
            first = false;
        }
    }

    /// `using TLSv1.3 with cipher X`, `version=TLS1_2, cipher=X`, `TLS: TLSv1/SSLv3, 168bits, X`, `TLS1.2:X:256`
    fn tls(&mut self, source: &Source<'a>, comment: &'a [u8]) {
        let tag = |at: usize| comment[at..].get(..3).is_some_and(|tag| tag.eq_ignore_ascii_case(b"tls"));
        if !memchr::memchr2_iter(b'T', b't', comment).any(tag) {
            return;
        }
        let separates =
            |&octet: &u8| is_fws(octet) || matches!(octet, b',' | b'=' | b':' | b'/' | b'(' | b')' | b';');
        for word in comment.split(separates).filter(|word| !word.is_empty()) {
            if let Some(version) = tls_version(word) {
                self.tls_version.get_or_insert(version);
            } else if is_cipher(word) && self.tls_version.is_some() {
                self.tls_cipher.get_or_insert_with(|| source.text(word));
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    From,
    By,
    Via,
    With,
    Id,
    For,
    None,
}

impl Clause {
    fn begins(word: &[u8]) -> Option<Self> {
        let lower = |at: usize| word[at].to_ascii_lowercase();
        Some(match word.len() {
            2 => match [lower(0), lower(1)] {
                [b'b', b'y'] => Self::By,
                [b'i', b'd'] => Self::Id,
                _ => return None,
            },
            3 => match [lower(0), lower(1), lower(2)] {
                [b'v', b'i', b'a'] => Self::Via,
                [b'f', b'o', b'r'] => Self::For,
                _ => return None,
            },
            4 if word.eq_ignore_ascii_case(b"from") => Self::From,
            4 if word.eq_ignore_ascii_case(b"with") => Self::With,
            _ => return None,
        })
    }
}

fn host<'a>(source: &Source<'a>, word: &'a [u8]) -> Cow<'a, str> {
    match ip(word) {
        Some(ip) => Cow::Owned(ip.to_string()),
        None => source.text(word),
    }
}

/// `address-literal` (RFC 5321 §4.1.3), and without its brackets, with a port or a zone after it.
fn ip(word: &[u8]) -> Option<IpAddr> {
    // Most words are none: told by how they begin.
    let (&first, _) = word.split_first()?;
    if !(first.is_ascii_hexdigit() || matches!(first, b'[' | b'(' | b':' | b'I' | b'i')) {
        return None;
    }
    let inner = word.strip_prefix(b"[").unwrap_or(word);
    let inner = inner.strip_prefix(b"(").unwrap_or(inner);
    let inner = match inner.split_at_checked(5) {
        Some((tag, rest)) if tag.eq_ignore_ascii_case(b"ipv6:") => rest,
        _ => inner,
    };
    let mut colon = None;
    let mut end = inner.len();
    for (at, octet) in inner.iter().enumerate() {
        match octet {
            b':' => colon = colon.or(Some(at)),
            b'.' | b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => {}
            // "[192.0.2.1]:25", "192.0.2.1)," and "fe80::1%eth0".
            b']' | b')' | b',' | b'%' => {
                end = at;
                break;
            }
            _ => return None,
        }
    }
    let inner = std::str::from_utf8(&inner[..end]).ok()?;
    let Some(colon) = colon else { return inner.parse().ok().map(IpAddr::V4) };
    inner.parse().map(IpAddr::V6).ok().or_else(|| inner[..colon].parse().ok().map(IpAddr::V4))
}

/// `TLSv1.2`, `TLS1_2`, `TLS-1.0`, `TLSv1`; only the digits are given.
fn tls_version(word: &[u8]) -> Option<Cow<'_, str>> {
    let (tag, rest) = word.split_at_checked(3)?;
    if !tag.eq_ignore_ascii_case(b"tls") {
        return None;
    }
    let digits = std::str::from_utf8(rest).ok()?.trim_start_matches(['v', 'V', '-', '_']);
    match digits.as_bytes() {
        [b'1'] => Some(Cow::Borrowed("1.0")),
        [b'1', b'.' | b'_', minor @ b'0'..=b'3'] => Some(Cow::Owned(format!("1.{}", char::from(*minor)))),
        [b'1', minor @ b'0'..=b'3', ..] if digits.len() <= 3 => {
            Some(Cow::Owned(format!("1.{}", char::from(*minor))))
        }
        _ => None,
    }
}

/// Whether the word is in the form of a cipher suite, by OpenSSL, GnuTLS or the registry of TLS.
fn is_cipher(word: &[u8]) -> bool {
    const BEGIN: [&[u8]; 15] = [
        b"TLS_",
        b"TLS13_",
        b"ECDHE",
        b"DHE",
        b"AES",
        b"DES",
        b"EDH",
        b"RC4",
        b"RSA",
        b"ADH",
        b"EXP",
        b"CAMELLIA",
        b"CHACHA",
        b"AECDH",
        b"PSK",
    ];
    word.len() > 6
        && BEGIN.iter().any(|begin| word.starts_with(begin))
        && word.iter().any(|octet| b"-_".contains(octet))
}

/// Whether the word is a protocol of the registry for `with`, or one of those before it.
fn is_protocol(word: &[u8]) -> bool {
    [&b"SMTP"[..], b"LMTP", b"HTTP", b"IMAP", b"POP3", b"LOCAL"]
        .iter()
        .any(|known| word.windows(known.len()).any(|part| part.eq_ignore_ascii_case(known)))
}
