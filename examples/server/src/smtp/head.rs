//! The header of a message on its way in: gathered, looked at, and completed where it is a submission.

use bytes::{Bytes, BytesMut};
use mailwright_message::{Field, Message};
use mailwright_smtp::types::{EnhancedStatus, Mailbox, Reply, ReplyCode};
use memchr::memmem;

/// The longest header taken, in octets.
const MAX: usize = 512 * 1024;
/// The longest field taken, in octets.
const FIELD_MAX: usize = 256 * 1024;
/// With so many `Received` fields a message goes in circles, RFC 5321 §6.3.
const HOPS: usize = 100;

/// Holds a message back until its header is whole.
#[derive(Debug, Default)]
pub(super) struct Head {
    buf: BytesMut,
    searched: usize,
}

impl Head {
    /// Takes the next piece; gives the header with its empty line, and what follows it, once that is there.
    ///
    /// # Errors
    ///
    /// The header is too long.
    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<Option<(Bytes, Bytes)>, Reply> {
        self.buf.extend_from_slice(chunk);
        let end = if self.buf.starts_with(b"\r\n") {
            Some(2)
        } else {
            let from = self.searched.saturating_sub(3);
            memmem::find(&self.buf[from..], b"\r\n\r\n").map(|at| from + at + 4)
        };
        self.searched = self.buf.len();
        match end {
            Some(end) if end <= MAX => Ok(Some((self.buf.split_to(end).freeze(), self.buf.split().freeze()))),
            None if self.buf.len() < MAX => Ok(None),
            _ => Err(too_long("The header", MAX)),
        }
    }

    /// The message ended within its header: that is all there is.
    pub(super) fn rest(self) -> Bytes {
        self.buf.freeze()
    }
}

fn too_long(what: &str, most: usize) -> Reply {
    let text = format!("{what} has more than {most} octets");
    Reply::new(ReplyCode::TOO_BIG, EnhancedStatus::permanent(3, 4), text)
}

/// Refuses a message that goes in circles, RFC 5321 §6.3, or has a field of no use to anybody.
///
/// # Errors
///
/// It was passed on too often, or has been delivered to one of these recipients already; a field is too long.
pub(super) fn check<'a>(
    message: &Message<'_>,
    mut local: impl Iterator<Item = &'a Mailbox>,
) -> Result<(), Reply> {
    let looped = |text: &str| Err(Reply::new(ReplyCode::FAILED, EnhancedStatus::permanent(4, 6), text));
    if message.header().iter().any(|field| field.raw().len() > FIELD_MAX) {
        return Err(too_long("A header field", FIELD_MAX));
    }
    if message.header().all("Received").count() >= HOPS {
        return looped("Too many hops: this message goes in circles");
    }
    let delivered: Vec<_> =
        message.header().all("Delivered-To").map(|field| field.text().into_owned()).collect();
    if local.any(|to| delivered.iter().any(|before| before.trim().eq_ignore_ascii_case(&to.to_string()))) {
        return looped("This message has been delivered to its recipient before: it goes in circles");
    }
    Ok(())
}

/// Whether the sender would rather have the message delivered than have the policies of its recipients kept to
/// (RFC 8689 §3). The field must not stand twice, and says nothing then.
pub(super) fn tls_optional(message: &Message<'_>) -> bool {
    let mut fields = message.header().all("TLS-Required");
    let says_no = fields.next().is_some_and(|field| field.text().trim().eq_ignore_ascii_case("no"));
    says_no && fields.next().is_none()
}

/// What is known about a submission and who makes it.
pub(super) struct Submission<'a> {
    /// The address that was logged in with.
    pub(super) sender: &'a str,
    /// Whether an address is one of the sender's own.
    pub(super) owns: &'a (dyn Fn(&str) -> bool + Sync),
    /// The left part of a new Message-ID.
    pub(super) id: &'a str,
    /// The server's name.
    pub(super) host: &'a str,
    /// Now.
    pub(super) date: &'a str,
}

impl Submission<'_> {
    /// Makes a header fit to be sent on, RFC 6409 §8: adds the Date, Message-ID and From that are missing, and a Sender
    /// where there are several authors (RFC 5322 §3.6.2); takes out Bcc.
    ///
    /// # Errors
    ///
    /// Fields that may stand once stand more often (RFC 5322 §3.6), or an author or the sender is somebody else.
    pub(super) fn complete(&self, header: &[u8]) -> Result<Vec<u8>, Reply> {
        let message = Message::parse(header);
        let fields = message.header();
        let refuse = |detail, text: String| {
            Err(Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(detail, 0), text))
        };
        for name in ["From", "Sender", "Reply-To", "To", "Cc", "Message-ID", "Date", "Subject"] {
            if fields.all(name).count() > 1 {
                return refuse(6, format!("More than one {name} field"));
            }
        }
        let mut authors = 0;
        for name in ["From", "Sender"] {
            let Some(field) = fields.field(name) else { continue };
            let named = addresses(&field);
            if let Some(other) = named.iter().find(|address| !(self.owns)(address)) {
                return refuse(7, format!("{name} has {other}, which is not an address of {}", self.sender));
            }
            if named.is_empty() {
                return refuse(6, format!("{name} has no address"));
            }
            authors = authors.max(named.len());
        }
        let mut out = Vec::with_capacity(header.len() + 256);
        if fields.field("Date").is_none() {
            out.extend_from_slice(format!("Date: {}\r\n", self.date).as_bytes());
        }
        if fields.field("Message-ID").is_none() {
            out.extend_from_slice(format!("Message-ID: <{}@{}>\r\n", self.id, self.host).as_bytes());
        }
        if fields.field("From").is_none() {
            out.extend_from_slice(format!("From: {}\r\n", self.sender).as_bytes());
        } else if authors > 1 && fields.field("Sender").is_none() {
            out.extend_from_slice(format!("Sender: {}\r\n", self.sender).as_bytes());
        }
        let mut at = 0;
        for bcc in fields.iter().filter(|field| field.is("Bcc") || field.is("Resent-Bcc")) {
            out.extend_from_slice(&header[at..bcc.offset()]);
            at = bcc.offset() + bcc.raw().len();
        }
        out.extend_from_slice(&header[at..]);
        Ok(out)
    }
}

fn addresses(field: &Field<'_>) -> Vec<String> {
    field.addresses().mailboxes().map(|mailbox| mailbox.address().to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complete(header: &str) -> Result<String, Reply> {
        let submission = Submission {
            sender: "alice@example.test",
            owns: &|address| matches!(address, "alice@example.test" | "info@example.test"),
            id: "K3Z",
            host: "mail.example.test",
            date: "Tue, 24 Nov 2026 10:00:00 +0000",
        };
        submission.complete(header.as_bytes()).map(|out| String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_whole_header_is_not_touched() {
        let header = "From: Alice <alice@example.test>\r\nDate: x\r\nMessage-ID: <a@b>\r\n\r\n";
        assert_eq!(complete(header).unwrap(), header);
    }

    #[test]
    fn what_is_missing_is_added_and_bcc_taken_out() {
        let header = "Subject: x\r\nBcc: secret@outside.test,\r\n other@outside.test\r\nX: y\r\n\r\n";
        assert_eq!(
            complete(header).unwrap(),
            "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <K3Z@mail.example.test>\r\n\
             From: alice@example.test\r\nSubject: x\r\nX: y\r\n\r\n"
        );
    }

    #[test]
    fn authors_and_sender_are_the_accounts_own() {
        let header = |fields| format!("From: {fields}\r\nDate: x\r\nMessage-ID: <a@b>\r\n\r\n");
        let both = header("alice@example.test, Info <INFO@example.test>");
        assert_eq!(complete(&both).unwrap(), format!("Sender: alice@example.test\r\n{both}"));
        let named = header("alice@example.test\r\nSender: info@example.test");
        assert_eq!(complete(&named).unwrap(), named);
        for other in [
            "bob@example.test",
            "list@outside.test",
            "alice@example.test, bob@example.test",
            "alice@example.test\r\nSender: bob@example.test",
        ] {
            let refusal = complete(&header(other)).unwrap_err().to_string();
            assert!(refusal.starts_with("550 5.7.0"), "{other}: {refusal}");
        }
        for none in ["", "undisclosed:;", "alice@example.test\r\nSender:"] {
            assert!(complete(&header(none)).unwrap_err().to_string().starts_with("550 5.6.0"), "{none}");
        }
        for name in ["From", "Sender", "Date", "Message-ID"] {
            let twice = format!("{name}: alice@example.test\r\n").repeat(2) + "\r\n";
            assert!(complete(&twice).unwrap_err().to_string().starts_with("550 5.6.0"), "{name}");
        }
    }

    #[test]
    fn the_end_of_the_header_is_found_wherever_it_is_cut() {
        let message = b"A: b\r\nC: d\r\n\r\nbody\r\n\r\n";
        for cut in 0..=message.len() {
            let mut head = Head::default();
            let found = match head.push(&message[..cut]).unwrap() {
                Some(found) => found,
                None => head.push(&message[cut..]).unwrap().unwrap(),
            };
            assert_eq!(found.0, "A: b\r\nC: d\r\n\r\n", "cut at {cut}");
            assert!(b"body\r\n\r\n".starts_with(&found.1));
        }
        assert!(Head::default().push(&vec![b'a'; MAX]).unwrap_err().is_permanent());
    }

    #[test]
    fn a_message_in_circles_is_refused() {
        let hops = |n| "Received: from a by b\r\n".repeat(n) + "Delivered-To: Bob@example.test\r\n\r\n";
        let bob: Mailbox = "bob@example.test".parse().unwrap();
        let judge = |text: &str, to: &[&Mailbox]| check(&Message::parse(text.as_bytes()), to.iter().copied());
        assert!(judge(&hops(99), &[]).is_ok());
        assert!(judge(&hops(100), &[]).unwrap_err().to_string().starts_with("554 5.4.6 "));
        assert!(judge(&hops(1), &[&bob]).unwrap_err().to_string().starts_with("554 5.4.6 "));
    }

    #[test]
    fn a_field_has_a_length_too() {
        let field = |len| format!("X: {}\r\n", "y".repeat(len - 5));
        let judge = |text: String| check(&Message::parse(text.as_bytes()), std::iter::empty());
        assert!(judge(field(FIELD_MAX)).is_ok());
        assert!(judge(field(FIELD_MAX + 1)).unwrap_err().to_string().starts_with("552 5.3.4 "));
    }
}
