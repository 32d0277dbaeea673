//! What the server says it can do: `CAPA`, `LANG`, and `AUTH` without a mechanism.

use super::{Server, Stls, session::State};
use crate::{encode, types::Capabilities};

/// The languages of the human-readable text, with their names in themselves. RFC 6856 §3.2.
const LANGUAGES: [(&str, &str); 1] = [("en", "English")];

impl Server {
    /// RFC 2449 §5
    pub(super) fn capa(&mut self) {
        let logged_in = matches!(self.state, State::Transaction(_));
        let config = &self.config;
        let capabilities = Capabilities {
            top: true,
            user: self.user_offered(),
            sasl: Some(self.mechanisms().into_iter().map(Into::into).collect::<Vec<_>>())
                .filter(|all| !all.is_empty()),
            resp_codes: true,
            auth_resp_code: true,
            login_delay: config.login_delay,
            pipelining: true,
            expire: config.expire,
            uidl: true,
            stls: config.stls != Stls::Off && self.peer.tls.is_none() && !logged_in,
            // What runs here is nobody's business before login, RFC 2449 §6.9.
            implementation: config.implementation.clone().filter(|_| logged_in),
            utf8: config.utf8.then_some(true),
            lang: true,
            other: Vec::new(),
        };
        self.ok("capability list follows");
        encode::capabilities(&capabilities, &mut self.out);
        self.out.put(b".\r\n");
    }

    /// `AUTH` alone, as servers of RFC 1734 answered it and some clients still ask.
    pub(super) fn list_mechanisms(&mut self) {
        let mechanisms = self.mechanisms();
        self.ok("mechanisms follow");
        for mechanism in mechanisms {
            self.out.put(mechanism.as_bytes());
            self.out.put(b"\r\n");
        }
        self.out.put(b".\r\n");
    }

    /// RFC 6856 §3
    pub(super) fn lang(&mut self, range: Option<&str>) {
        match range {
            None => {
                self.ok("languages follow");
                for (tag, name) in LANGUAGES {
                    self.out.put(format!("{tag} {name}\r\n").as_bytes());
                }
                self.out.put(b".\r\n");
            }
            // A range matches a tag that is equal or begins with it and `-`, RFC 4647 §3.3.1: here only equality can be.
            Some(range) => {
                match LANGUAGES.iter().find(|(tag, _)| range == "*" || range.eq_ignore_ascii_case(tag)) {
                    Some((tag, name)) => self.ok(&format!("{tag} {name}")),
                    None => self.err("no such language"),
                }
            }
        }
    }

    /// A challenge of nothing is `+` and a space, RFC 5034 §4.
    pub(super) fn challenge(&mut self, data: &[u8]) {
        self.out.put(b"+ ");
        self.out.put(mailwright_sasl::frame::encode(data).as_bytes());
        self.out.put(b"\r\n");
    }
}
