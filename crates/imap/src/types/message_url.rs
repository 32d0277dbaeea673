//! URLs of messages and their parts, as `CATENATE` names them.

use super::{MailboxName, Partial, Section, Uid, UidValidity};
use crate::parse::core::Cursor;
use bytes::Bytes;

/// A message on this server, or octets of it: an IMAP URL relative to the server or to the selected mailbox (RFC 5092
/// §7, RFC 4469 §3).
///
/// ```
/// use mailwright_imap::types::MessageUrl;
/// let url = MessageUrl::parse(b"/INBOX;UIDVALIDITY=785799047/;UID=113330/;SECTION=1.5.9").unwrap();
/// assert_eq!(url.mailbox.unwrap().as_str(), "INBOX");
/// assert_eq!(url.uid.value(), 113_330);
/// assert!(url.section.part.0.len() == 3 && url.partial.is_none());
/// assert!(MessageUrl::parse(b"imap://elsewhere.example/INBOX/;UID=1").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageUrl {
    /// The mailbox; `None` for the selected one.
    pub mailbox: Option<MailboxName>,
    /// The UIDVALIDITY that the mailbox must have.
    pub uid_validity: Option<UidValidity>,
    /// The message.
    pub uid: Uid,
    /// What of it.
    pub section: Section,
    /// Of these octets, those from the offset on, so many at most.
    pub partial: Option<Partial>,
}

impl MessageUrl {
    /// Reads a relative URL. `None`: it is absolute, is not of a message, or breaks the grammar.
    ///
    /// `imessagepart = enc-mailbox [uidvalidity] "/;UID=" nz-number ["/;SECTION=" enc-section] ["/;PARTIAL=" range]`
    pub fn parse(url: &[u8]) -> Option<Self> {
        let url = std::str::from_utf8(url).ok()?;
        let (path, message) = split_at_word(url, ";UID=")?;
        let (mut mailbox, mut uid_validity) = (None, None);
        if !path.is_empty() {
            // Two slashes would be followed by a host.
            let path = path.strip_prefix('/').filter(|path| !path.starts_with('/'))?.strip_suffix('/')?;
            let (name, validity) = split_at_word(path, ";UIDVALIDITY=").unwrap_or((path, ""));
            if name.len() < path.len() {
                uid_validity = Some(UidValidity::new(number(validity)?)?);
            }
            let name = String::from_utf8(decoded(name)?.to_vec()).ok()?;
            mailbox = Some(MailboxName::new(&name)).filter(|_| !name.is_empty());
            mailbox.as_ref()?;
        }
        let mut parts = message.split("/;");
        let uid = Uid::new(number(parts.next()?)?)?;
        let (mut section, mut partial) = (None, None);
        for part in parts {
            if let Some(("", text)) =
                split_at_word(part, "SECTION=").filter(|_| section.is_none() && partial.is_none())
            {
                section = Some(self::section(&decoded(text).filter(|text| !text.is_empty())?)?);
            } else if let Some(("", range)) = split_at_word(part, "PARTIAL=").filter(|_| partial.is_none()) {
                let (offset, length) = match range.split_once('.') {
                    Some((offset, length)) => (offset, number(length)?),
                    None => (range, u64::MAX),
                };
                partial = Some(Partial { offset: number(offset)?, length });
            } else {
                return None;
            }
        }
        Some(Self { mailbox, uid_validity, uid, section: section.unwrap_or_default(), partial })
    }
}

fn section(text: &[u8]) -> Option<Section> {
    let text = Bytes::from([b"[", text, b"]"].concat());
    let mut input = Cursor::new(&text);
    let section = input.section().ok()?;
    input.is_at_end().then_some(section)
}

/// What is before and after the first place of a word, in any case.
fn split_at_word<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    let at =
        text.as_bytes().windows(word.len()).position(|found| found.eq_ignore_ascii_case(word.as_bytes()))?;
    Some((text.get(..at)?, text.get(at + word.len()..)?))
}

fn number<N: std::str::FromStr>(digits: &str) -> Option<N> {
    digits.parse().ok().filter(|_| digits.bytes().all(|octet| octet.is_ascii_digit()))
}

/// `pct-encoded = "%" HEXDIG HEXDIG` (RFC 3986 §2.1)
fn decoded(text: &str) -> Option<Bytes> {
    let mut pieces = text.split('%');
    let mut out = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        let (hex, rest) = piece.split_at_checked(2)?;
        let digit = |digit: u8| char::from(digit).to_digit(16);
        let [high, low] = hex.as_bytes() else { return None };
        out.push(u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()?);
        out.extend_from_slice(rest.as_bytes());
    }
    Some(out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_of_a_message_here_is_none() {
        let read = |url: &str| MessageUrl::parse(url.as_bytes());
        let sent = read("/Entw%C3%BCrfe%2fa/;uid=20/;Section=HEADER.FIELDS%20(To)/;PARTIAL=5.10").unwrap();
        assert_eq!(sent.mailbox.unwrap().as_str(), "Entw\u{fc}rfe/a");
        assert_eq!(sent.partial, Some(Partial { offset: 5, length: 10 }));
        assert_eq!(read(";UID=20/;PARTIAL=7").unwrap().partial.unwrap().length, u64::MAX);
        for url in [
            "",
            "/INBOX",
            "/INBOX/;UID=0",
            "/INBOX/;UID=x",
            "/INBOX/;UID=+1",
            "INBOX/;UID=1",
            "//host/INBOX/;UID=1",
            "/INBOX;UIDVALIDITY=0/;UID=1",
            "/INBOX;UIDVALIDITY=/;UID=1",
            "//;UID=1",
            "/;UID=1",
            "/INBOX;UID=1",
            "/INBOX/;UID=1/;SECTION=",
            "/INBOX/;UID=1/;SECTION=x",
            "/INBOX/;UID=1/;PARTIAL=1/;SECTION=1",
            "/INBOX/;UID=1/;URLAUTH=anonymous",
            "/%/;UID=1",
            "/%zz/;UID=1",
            "/%ff/;UID=1",
            "/%é1/;UID=1",
        ] {
            assert_eq!(read(url), None, "{url}");
        }
    }
}
