//! Bodies that are elsewhere: `message/external-body` (RFC 2046 §5.2.3, RFC 2017).

use crate::header::content_type::ContentType;
use crate::header::date::DateTime;
use crate::{Message, Part};

/// A part whose body is elsewhere: how to get at it, and what it is. Nothing is fetched here.
///
/// ```
/// use mailwright_message::external::{Access, ExternalBody};
/// use mailwright_message::Message;
/// let message = Message::parse(
///     b"Content-Type: message/external-body; access-type=URL; size=1024;\r\n \
///       URL=\"https://a.test/long/\r\n path/photo.jpg\"\r\n\r\n\
///       Content-Type: image/jpeg\r\nContent-ID: <1@a.test>\r\n\r\n",
/// );
/// let external = ExternalBody::of(&message.root()).unwrap();
/// assert_eq!(external.access, Access::Url("https://a.test/long/path/photo.jpg".into()));
/// assert_eq!(external.size, Some(1024));
/// assert!(external.described.root().content_type().is("image", "jpeg"));
/// ```
#[derive(Debug, Clone)]
pub struct ExternalBody<'a> {
    /// How to get at it.
    pub access: Access,
    /// Until when it is there (`expiration`).
    pub expiration: Option<DateTime>,
    /// Its octets, before any transfer encoding (`size`).
    pub size: Option<u64>,
    /// Whether it may be changed where it is (`permission=read-write`).
    pub writable: bool,
    /// Its header. What stands below that is no part of it: only `mail-server` has a use for it.
    pub described: Message<'a>,
}

/// How to get at a body (`access-type`).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Access {
    /// `ftp`, `anon-ftp` and `tftp`: a file on a host.
    Ftp {
        /// The access type in lower case.
        kind: String,
        /// The host.
        site: String,
        /// The file.
        name: String,
        /// The directory it is in.
        directory: Option<String>,
        /// How it is transferred, as `image` or `netascii`.
        mode: Option<String>,
    },
    /// `local-file`: a file that some hosts share.
    LocalFile {
        /// The file.
        name: String,
        /// The hosts that have it; `*` may stand for a label.
        site: Option<String>,
    },
    /// `mail-server`: a mail to this address brings it. The mail's text is the body of
    /// [`described`](ExternalBody::described).
    MailServer {
        /// The address.
        server: String,
        /// The subject of the mail.
        subject: Option<String>,
    },
    /// `URL` (RFC 2017 §3): white space that folding put into it is gone.
    Url(String),
    /// Any other, or one of the above that lacks what it needs.
    Other(String),
}

impl<'a> ExternalBody<'a> {
    /// What `part` says. `None`: it is no `message/external-body`, or has no `access-type`.
    pub fn of(part: &Part<'_, 'a>) -> Option<Self> {
        let content_type = part.content_type();
        if !content_type.is("message", "external-body") {
            return None;
        }
        let kind =
            content_type.parameter("access-type").filter(|kind| !kind.is_empty())?.to_ascii_lowercase();
        let permission = content_type.parameter("permission").unwrap_or_default();
        Some(Self {
            access: Access::of(&content_type, &kind).unwrap_or(Access::Other(kind)),
            expiration: content_type
                .parameter("expiration")
                .and_then(|date| DateTime::parse(date.as_bytes())),
            size: content_type.parameter("size").and_then(|size| size.trim().parse().ok()),
            writable: permission.eq_ignore_ascii_case("read-write"),
            described: Message::parse(part.body()),
        })
    }

    /// The text of the mail that a `mail-server` is to be sent.
    pub fn command(&self) -> &'a [u8] {
        self.described.root().body()
    }
}

impl Access {
    fn of(content_type: &ContentType<'_>, kind: &str) -> Option<Self> {
        let given = |name| content_type.parameter(name).filter(|value| !value.is_empty()).map(str::to_owned);
        Some(match kind {
            "ftp" | "anon-ftp" | "tftp" => Self::Ftp {
                kind: kind.to_owned(),
                site: given("site")?,
                name: given("name")?,
                directory: given("directory"),
                mode: given("mode"),
            },
            "local-file" => Self::LocalFile { name: given("name")?, site: given("site") },
            "mail-server" => Self::MailServer { server: given("server")?, subject: given("subject") },
            "url" => Self::Url(given("url")?.split_whitespace().collect()),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(parameters: &str) -> Access {
        let raw = format!(
            "Content-Type: message/external-body; {parameters}\r\n\r\nContent-Type: text/plain\r\n\r\nget it\r\n"
        );
        let message = Message::parse(raw.as_bytes());
        let external = ExternalBody::of(&message.root()).expect("it has an access type");
        assert_eq!(external.command(), b"get it\r\n");
        external.access
    }

    #[test]
    fn every_access_type_says_where() {
        assert_eq!(
            access("access-type=ANON-FTP; site=a.test; name=\"x.txt\"; directory=pub; mode=image"),
            Access::Ftp {
                kind: "anon-ftp".into(),
                site: "a.test".into(),
                name: "x.txt".into(),
                directory: Some("pub".into()),
                mode: Some("image".into()),
            }
        );
        assert_eq!(
            access("access-type=local-file; name=\"/u/x.ps\"; site=\"*.a.test\""),
            Access::LocalFile { name: "/u/x.ps".into(), site: Some("*.a.test".into()) }
        );
        assert_eq!(
            access("access-type=mail-server; server=\"list@a.test\"; subject=get"),
            Access::MailServer { server: "list@a.test".into(), subject: Some("get".into()) }
        );
        assert_eq!(access("access-type=ftp; name=x"), Access::Other("ftp".into()));
        assert_eq!(access("access-type=x-pigeon"), Access::Other("x-pigeon".into()));
    }

    #[test]
    fn what_is_none_is_told() {
        for raw in [
            "Content-Type: message/external-body\r\n\r\n",
            "Content-Type: message/rfc822; access-type=ftp\r\n\r\n",
        ] {
            assert!(ExternalBody::of(&Message::parse(raw.as_bytes()).root()).is_none(), "{raw}");
        }
        let raw = b"Content-Type: message/external-body; access-type=URL; URL=\"x:\"; permission=Read-Write;\r\n expiration=\"Fri, 14 Jun 1991 19:13:14 -0400\"; size=many\r\n\r\n";
        let message = Message::parse(raw);
        let external = ExternalBody::of(&message.root()).unwrap();
        assert!(external.writable && external.size.is_none());
        assert_eq!(external.expiration.unwrap().year, 1991);
    }
}
