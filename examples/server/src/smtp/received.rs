//! The trace fields that this server puts before a message, RFC 5321 §4.4.

use mailwright_wire::TlsInfo;
use std::{fmt::Write, net::IpAddr};

/// What a `Received` field says.
#[derive(Debug)]
pub(super) struct Received<'a> {
    /// How the peer called itself.
    pub(super) hello: &'a str,
    /// Where it came from.
    pub(super) peer: IpAddr,
    /// Who we are.
    pub(super) host: &'a str,
    /// `SMTP`, `ESMTPSA`, `LMTPS` and so on, RFC 3848.
    pub(super) with: &'static str,
    /// The facts of the handshake.
    pub(super) tls: Option<&'a TlsInfo>,
    /// What logs and replies call the message.
    pub(super) id: &'a str,
    /// The recipient, where there is one only: the others are nobody's business.
    pub(super) only_for: Option<&'a str>,
    /// How urgent it is, where the peer said so, RFC 6710 §7.
    pub(super) priority: Option<i8>,
    /// When, in the form of RFC 5322 §3.3.
    pub(super) date: &'a str,
}

impl Received<'_> {
    /// The field with its line end.
    pub(super) fn field(&self) -> String {
        let Self { hello, peer, host, with, tls, id, only_for, priority, date } = self;
        let peer = match peer.to_canonical() {
            IpAddr::V4(v4) => format!("[{v4}]"),
            IpAddr::V6(v6) => format!("[IPv6:{v6}]"),
        };
        let mut field = format!("Received: from {hello} ({peer})\r\n\tby {host} with {with}");
        // Writing to a string does not fail.
        if let Some(tls) = tls {
            let _ = write!(field, "\r\n\t({} {})", tls.protocol.as_str(), tls.cipher);
        }
        let _ = write!(field, "\r\n\tid {id}");
        if let Some(recipient) = only_for {
            let _ = write!(field, "\r\n\tfor <{recipient}>");
        }
        if let Some(priority) = priority {
            let _ = write!(field, "\r\n\tPRIORITY {priority}");
        }
        let _ = write!(field, "; {date}\r\n");
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_from_whom_how_to_whom_and_when() {
        let tls = TlsInfo { cipher: "TLS13_AES_128_GCM_SHA256".into(), ..TlsInfo::default() };
        let field = Received {
            hello: "client.test",
            peer: "::ffff:192.0.2.1".parse().unwrap(),
            host: "mail.example.test",
            with: "ESMTPSA",
            tls: Some(&tls),
            id: "K3Z",
            only_for: Some("bob@example.test"),
            priority: Some(-3),
            date: "Tue, 24 Nov 2026 10:00:00 +0000",
        }
        .field();
        assert_eq!(
            field,
            "Received: from client.test ([192.0.2.1])\r\n\tby mail.example.test with ESMTPSA\r\n\t\
             (TLSv1.3 TLS13_AES_128_GCM_SHA256)\r\n\tid K3Z\r\n\tfor <bob@example.test>\r\n\tPRIORITY -3; \
             Tue, 24 Nov 2026 10:00:00 +0000\r\n"
        );
    }
}
