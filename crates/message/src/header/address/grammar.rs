//! Which grammar an address keeps to: that of SMTP, that of messages, or the obsolete one.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::is_atext;

/// The strictest grammar that an address fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grammar {
    /// `Mailbox`, within the lengths that SMTP allows (RFC 5321 §4.1.2, §4.5.3.1; RFC 6531 §3.3): fit for an envelope.
    Rfc5321,
    /// `addr-spec` (RFC 5322 §3.4.1): may hold comments and folds, and domains that no SMTP server takes.
    Rfc5322,
    /// `addr-spec` with the obsolete forms (RFC 5322 §4.4): to be read, never to be written.
    Obsolete,
}

/// The strictest grammar that `address` fits; `None`: it is no address.
///
/// ```
/// use mailwright_message::header::address::{Grammar, grammar};
/// assert_eq!(grammar(b"joe@example.test"), Some(Grammar::Rfc5321));
/// assert_eq!(grammar(b"joe@example.test (Joe)"), Some(Grammar::Rfc5322));
/// assert_eq!(grammar(b"joe . doe@example.test"), Some(Grammar::Obsolete));
/// assert_eq!(grammar(b"joe@@example.test"), None);
/// ```
pub fn grammar(address: &[u8]) -> Option<Grammar> {
    // RFC 6532 §3.1: what is above 127 is UTF-8.
    std::str::from_utf8(address).ok()?;
    let mut reader = Reader { octets: address, at: 0, grammar: Grammar::Rfc5321 };
    let local = reader.local_part()?;
    reader.eat(b'@').then_some(())?;
    let domain = reader.domain()?;
    if reader.at < address.len() {
        return None;
    }
    // 256 octets are the path with its angle brackets (RFC 5321 §4.5.3.1.3).
    if local > 64 || domain > 255 || local + 1 + domain > 254 {
        reader.is(Grammar::Rfc5322);
    }
    Some(reader.grammar)
}

struct Reader<'a> {
    octets: &'a [u8],
    at: usize,
    grammar: Grammar,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.octets.get(self.at).copied()
    }

    fn eat(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.at += usize::from(found);
        found
    }

    /// What was read fits that grammar, but no stricter one.
    fn is(&mut self, grammar: Grammar) {
        self.grammar = self.grammar.max(grammar);
    }

    /// `local-part = dot-atom / quoted-string / obs-local-part`; its length without comments and white space.
    fn local_part(&mut self) -> Option<usize> {
        let (mut length, mut words, mut quoted) = (0, 0, false);
        loop {
            self.cfws_of_word(words > 0)?;
            let start = self.at;
            if self.peek() == Some(b'"') {
                self.quoted_string()?;
                quoted = true;
            } else {
                self.atom()?;
            }
            words += 1;
            length += self.at - start;
            let end = self.at;
            self.cfws()?;
            if !self.eat(b'.') {
                // obs-local-part = word *("." word)
                if quoted && words > 1 {
                    self.is(Grammar::Obsolete);
                }
                return Some(length);
            }
            if self.at > end + 1 {
                self.is(Grammar::Obsolete);
            }
            length += 1;
        }
    }

    /// `domain = dot-atom / domain-literal / obs-domain`; its length without comments and white space.
    fn domain(&mut self) -> Option<usize> {
        let (mut length, mut labels) = (0, 0);
        loop {
            self.cfws_of_word(labels > 0)?;
            let start = self.at;
            if labels == 0 && self.peek() == Some(b'[') {
                self.domain_literal()?;
                length = self.at - start;
                self.cfws()?;
                return Some(length);
            }
            self.atom()?;
            let label = &self.octets[start..self.at];
            let outer =
                |octet: Option<&u8>| octet.is_some_and(|&octet| octet.is_ascii_alphanumeric() || octet > 127);
            let inner = |octet: &u8| octet.is_ascii_alphanumeric() || *octet == b'-' || *octet > 127;
            // sub-domain = Let-dig [Ldh-str] / U-label
            if !outer(label.first()) || !outer(label.last()) || !label.iter().all(inner) || label.len() > 63 {
                self.is(Grammar::Rfc5322);
            }
            labels += 1;
            length += self.at - start;
            let end = self.at;
            self.cfws()?;
            if !self.eat(b'.') {
                return Some(length);
            }
            if self.at > end + 1 {
                self.is(Grammar::Obsolete);
            }
            length += 1;
        }
    }

    /// CFWS before a word; after a dot it is obsolete.
    fn cfws_of_word(&mut self, after_dot: bool) -> Option<()> {
        let start = self.at;
        self.cfws()?;
        if after_dot && self.at > start {
            self.is(Grammar::Obsolete);
        }
        Some(())
    }

    /// `atom`, without its white space: `1*atext`
    fn atom(&mut self) -> Option<()> {
        let rest = &self.octets[self.at..];
        let length = rest.iter().take_while(|&&octet| is_atext(octet)).count();
        self.at += length;
        (length > 0).then_some(())
    }

    /// `quoted-string`, without the white space around it.
    fn quoted_string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.quoted_pair()?,
                b' ' => self.at += 1,
                b'\t' | b'\r' | b'\n' => {
                    self.is(Grammar::Rfc5322);
                    self.fws()?;
                }
                octet => self.text(octet)?,
            }
        }
    }

    /// `domain-literal = [CFWS] "[" *([FWS] dtext) [FWS] "]" [CFWS]`
    fn domain_literal(&mut self) -> Option<()> {
        let start = self.at + 1;
        self.at = start;
        loop {
            match self.peek()? {
                b']' => break,
                b'[' => return None,
                b'\\' => {
                    self.quoted_pair()?;
                    self.is(Grammar::Obsolete);
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    self.is(Grammar::Rfc5322);
                    self.fws()?;
                }
                octet => self.text(octet)?,
            }
        }
        if !is_address_literal(&self.octets[start..self.at]) {
            self.is(Grammar::Rfc5322);
        }
        self.at += 1;
        Some(())
    }

    /// `CFWS = (1*([FWS] comment) [FWS]) / FWS`
    fn cfws(&mut self) -> Option<()> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n') => self.fws()?,
                Some(b'(') => {
                    depth += 1;
                    self.at += 1;
                }
                None if depth > 0 => return None,
                Some(b')') if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                Some(b'\\') if depth > 0 => self.quoted_pair()?,
                Some(octet) if depth > 0 => self.text(octet)?,
                _ => break,
            }
        }
        if self.at > start {
            self.is(Grammar::Rfc5322);
        }
        Some(())
    }

    /// `FWS = ([*WSP CRLF] 1*WSP) / obs-FWS`, `obs-FWS = 1*WSP *(CRLF 1*WSP)`
    fn fws(&mut self) -> Option<()> {
        let mut folds = 0;
        loop {
            match &self.octets[self.at..] {
                [b' ' | b'\t', ..] => self.at += 1,
                [b'\r', b'\n', b' ' | b'\t', ..] => {
                    folds += 1;
                    self.at += 3;
                }
                [b'\r' | b'\n', ..] => return None,
                _ => break,
            }
        }
        if folds > 1 {
            self.is(Grammar::Obsolete);
        }
        Some(())
    }

    /// `quoted-pair = ("\" (VCHAR / WSP)) / obs-qp`
    fn quoted_pair(&mut self) -> Option<()> {
        let octet = *self.octets.get(self.at + 1)?;
        self.at += 2;
        match octet {
            b' '..=b'~' | 128.. => {}
            b'\t' => self.is(Grammar::Rfc5322),
            _ => self.is(Grammar::Obsolete),
        }
        Some(())
    }

    /// One octet of qtext, ctext or dtext, or of their obsolete forms: `obs-NO-WS-CTL`.
    fn text(&mut self, octet: u8) -> Option<()> {
        self.at += 1;
        match octet {
            b'!'..=b'~' | 128.. => {}
            0 | b'\r' | b'\n' => return None,
            _ => self.is(Grammar::Obsolete),
        }
        Some(())
    }
}

/// `address-literal`, without its brackets (RFC 5321 §4.1.3).
fn is_address_literal(literal: &[u8]) -> bool {
    let Ok(literal) = std::str::from_utf8(literal) else { return false };
    match literal.split_once(':') {
        None => literal.parse::<Ipv4Addr>().is_ok(),
        Some((tag, rest)) if tag.eq_ignore_ascii_case("IPv6") => {
            // IPv6-comp = [IPv6-hex *5(":" IPv6-hex)] "::" [IPv6-hex *5(":" IPv6-hex)]: six groups at most.
            let groups = rest.split(':').filter(|group| !group.is_empty());
            let count: usize = groups.map(|group| if group.contains('.') { 2 } else { 1 }).sum();
            rest.parse::<Ipv6Addr>().is_ok() && (count <= 6 || !rest.contains("::"))
        }
        // General-address-literal: no tag but IPv6 is registered.
        Some(_) => false,
    }
}
