//! The header of an internationalised message for a client that did not ask for UTF-8, RFC 6858.

use mailwright_message::{
    Field, Message,
    build::{self, Address, Group, MediaType, Recipient},
    header::address,
};

/// What stands in the place of an address that cannot be written in US-ASCII. Nobody has it, RFC 2606 §2.
const NOBODY: &str = "internationalized-address@invalid.invalid";

/// Whether a message came in by SMTPUTF8 (RFC 6531), which our topmost `Received` field says, and makes use of it.
///
/// Other octets above 127 in a header are a fault that the message has had on its way through US-ASCII mail: it is
/// passed on as it came.
pub(super) fn is_internationalised(start: &[u8]) -> bool {
    let head = &start[..header_len(start)];
    let received = || {
        let at = memchr::memmem::find(head, b"Received: ")?;
        memchr::memmem::find(&head[at..], b"\r\n\tid ").map(|len| &head[at..at + len])
    };
    !head.is_ascii() && received().is_some_and(|field| memchr::memmem::find(field, b" with UTF8").is_some())
}

/// Octets of the header, with the empty line that ends it.
pub(super) fn header_len(start: &[u8]) -> usize {
    memchr::memmem::find(start, b"\r\n\r\n").map_or(start.len(), |at| at + 4)
}

/// The same header in US-ASCII, with the empty line behind it.
///
/// What cannot be said in US-ASCII is left out, as RFC 6858 §2 has it.
pub(super) fn header(head: &[u8]) -> Vec<u8> {
    let message = Message::parse(head);
    let mut out = Vec::with_capacity(head.len());
    for field in message.header().iter() {
        if field.raw().is_ascii() {
            out.extend_from_slice(field.raw());
        } else if let Some(octets) = rewritten(&field) {
            out.extend_from_slice(&octets);
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn rewritten(field: &Field<'_>) -> Option<Vec<u8>> {
    const ADDRESSES: [&str; 12] = [
        "From",
        "Sender",
        "Reply-To",
        "To",
        "Cc",
        "Bcc",
        "Resent-From",
        "Resent-Sender",
        "Resent-To",
        "Resent-Cc",
        "Resent-Bcc",
        "Return-Path",
    ];
    let named = std::str::from_utf8(field.name()).ok()?;
    let built = if ADDRESSES.iter().any(|name| field.is(name)) {
        build::Field::addresses(named, field.addresses().iter().filter_map(recipient).collect::<Vec<_>>())
    } else if ["Subject", "Comments", "Content-Description"].iter().any(|name| field.is(name)) {
        build::Field::text(named, &field.text())
    } else if field.is("Content-Type") {
        let parsed = mailwright_message::header::content_type::ContentType::parse(field.raw_value())?;
        let essence = format!("{}/{}", parsed.media_type(), parsed.subtype());
        let parameters = parsed.parameters().iter();
        parameters
            .fold(MediaType::new(&essence), |all, one| all?.parameter(&one.name, &one.value))
            .and_then(|media_type| build::Field::media_type(named, media_type))
    } else {
        return None;
    };
    built.ok()?.to_bytes().ok()
}

fn recipient(address: &address::Address<'_>) -> Option<Recipient> {
    match address {
        address::Address::Mailbox(mailbox) => one(mailbox).map(Into::into),
        address::Address::Group(group) => {
            Group::new(&group.name, group.members.iter().filter_map(one)).ok().map(Into::into)
        }
    }
}

fn one(mailbox: &address::Mailbox<'_>) -> Option<Address> {
    let (spec, name) = (mailbox.address(), mailbox.name.as_deref().unwrap_or_default());
    if spec.is_ascii() {
        return Address::new(&spec).ok()?.named(name).ok();
    }
    // The reader is to see who it was.
    let shown = if name.is_empty() { spec } else { format!("{name} <{spec}>") };
    Address::new(NOBODY).ok()?.named(&shown).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "Received: from a ([192.0.2.1])\r\n\tby b with UTF8SMTPS\r\n\tid X; now\r\n";

    #[test]
    fn only_mail_that_came_as_such_is_internationalised() {
        let with = |trace: &str, subject: &str| format!("{trace}Subject: {subject}\r\n\r\nb\u{f6}dy\r\n");
        assert!(is_internationalised(with(TRACE, "gr\u{fc}n").as_bytes()));
        assert!(!is_internationalised(with(TRACE, "green").as_bytes()), "it needs nothing");
        let plain = TRACE.replace("UTF8SMTPS", "ESMTPS");
        assert!(!is_internationalised(with(&plain, "gr\u{fc}n with UTF8").as_bytes()));
        assert!(!is_internationalised(b""));
    }

    #[test]
    fn what_can_be_said_is_said_and_addresses_become_nobodys() {
        let head = format!(
            "{TRACE}From: J\u{f6}rg <j\u{f6}rg@example.test>, Ann <ann@example.test>\r\nTo: team: \u{fc}@\u{fc}.test;\r\n\
             Subject: gr\u{fc}n\r\nX-Note: \u{fc}\r\nX-Plain: as   it is\r\n\
             Content-Type: text/plain; charset=utf-8; name=\"\u{fc}.txt\"\r\n\r\n"
        );
        let ascii = String::from_utf8(header(head.as_bytes())).unwrap();
        assert!(ascii.is_ascii() && ascii.ends_with("\r\n\r\n"), "{ascii}");
        assert!(ascii.starts_with(TRACE) && ascii.contains("\r\nX-Plain: as   it is\r\n"), "{ascii}");
        assert!(!ascii.contains("X-Note"), "{ascii}");
        let message = Message::parse(ascii.as_bytes());
        assert_eq!(message.subject().as_deref(), Some("gr\u{fc}n"));
        let from: Vec<_> = message.from().mailboxes().map(|one| (one.name.clone(), one.address())).collect();
        assert_eq!(from[0].0.as_deref(), Some("J\u{f6}rg <j\u{f6}rg@example.test>"));
        assert_eq!((from[0].1.as_str(), from[1].1.as_str()), (NOBODY, "ann@example.test"));
        assert_eq!(message.to().mailboxes().next().unwrap().name.as_deref(), Some("\u{fc}@\u{fc}.test"));
        assert!(ascii.contains("charset=utf-8") && ascii.contains("name*="), "{ascii}");
    }
}
