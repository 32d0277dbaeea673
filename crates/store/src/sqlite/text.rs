//! What of a message is searched, and how text is compared: the one place that verification and the index share.

pub(super) use mailwright_message::collation::unicode_casemap as fold;
use mailwright_message::{Header, Message, collation::unicode_casemap_into as fold_into};

/// Shows each field of a header as a person reads it, with its name, folded, until one is what is looked for.
pub(super) fn in_header(header: Header<'_, '_>, found: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut line = String::new();
    header.iter().any(|field| {
        line.clear();
        fold_into(&mut line, &String::from_utf8_lossy(field.name()));
        line.push_str(": ");
        fold_into(&mut line, &field.text());
        found(&line)
    })
}

/// Shows the text of all parts, and the headers of parts and of messages in the message, folded, until one is what is
/// looked for.
pub(super) fn in_body(message: &Message<'_>, found: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut text = String::new();
    message.parts().enumerate().any(|(at, part)| {
        if at > 0 && in_header(part.header(), found) {
            return true;
        }
        let content_type = part.content_type();
        if part.children().next().is_some()
            || !(content_type.is_type("text") || content_type.is_type("message"))
        {
            return false;
        }
        text.clear();
        fold_into(&mut text, &part.text());
        found(&text)
    })
}

/// Shows what the fields of a name say, folded, until one is what is looked for. Addresses that comments tear apart are
/// shown as an `ENVELOPE` has them too (RFC 9051 §6.4.4).
pub(super) fn in_field(header: Header<'_, '_>, name: &str, found: &mut dyn FnMut(&str) -> bool) -> bool {
    header.all(name).any(|field| {
        let text = field.text();
        let is_torn = text.contains('(') && ADDRESSES.iter().any(|of| of.eq_ignore_ascii_case(name));
        found(&fold(&text))
            || (is_torn && field.addresses().mailboxes().any(|mailbox| found(&fold(&mailbox.address()))))
    })
}

/// The fields that hold addresses.
const ADDRESSES: [&str; 6] = ["from", "to", "cc", "bcc", "sender", "reply-to"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_seen_between_its_comments() {
        let message = Message::parse(b"From: <ann (x)@ (y) Example.test>\r\nSubject: a (b) @ c\r\n\r\n");
        let has =
            |name: &str, part: &str| in_field(message.header(), name, &mut |text| text.contains(&fold(part)));
        assert!(has("from", "ann@example.test") && has("from", "(y)") && !has("subject", "a@c"));
    }
}
