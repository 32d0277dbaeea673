//! `EHLO`, `HELO`, `LHLO`, and `XCLIENT`, after which they come again.

use mailwright_sasl::{Name, server::Identity};

use crate::{
    encode,
    server::{Event, Hello, HelloVerb, Phase, Protocol, Server},
    types::{EnhancedStatus, HelloName, Reply, ReplyCode, XClient},
};

impl Server {
    pub(super) fn ehlo(&mut self, name: HelloName) {
        self.hello(name, HelloVerb::Ehlo);
    }

    pub(super) fn helo(&mut self, name: HelloName) {
        self.hello(name, HelloVerb::Helo);
    }

    pub(super) fn lhlo(&mut self, name: HelloName) {
        self.hello(name, HelloVerb::Lhlo);
    }

    fn hello(&mut self, name: HelloName, verb: HelloVerb) {
        // LMTP has LHLO in place of the other two, so that neither is mistaken for the other, RFC 2033 §4.1.
        if (verb == HelloVerb::Lhlo) != (self.config.protocol == Protocol::Lmtp) {
            return self.deny(
                ReplyCode::UNRECOGNIZED,
                EnhancedStatus::permanent(5, 1),
                if verb == HelloVerb::Lhlo { "This is SMTP: say EHLO" } else { "This is LMTP: say LHLO" },
            );
        }
        if self.peer.hello.is_none() && !self.input.is_empty() {
            // Nothing may be sent before the reply, RFC 2920 §3.1: it says what the commands that follow may be. Who
            // says hello again knows that.
            self.deny(ReplyCode::FAILED, EnhancedStatus::permanent(5, 0), "You did not wait for the reply");
            self.phase = Phase::Closing;
            return;
        }
        self.reset();
        let hello = Hello { name, verb };
        self.peer.hello = Some(hello.clone());
        let ticket = self.ask();
        self.events.push_back(Event::Hello { hello, ticket });
    }

    pub(super) fn greeted(&mut self, answer: Result<(), Reply>) {
        if let Err(reply) = answer {
            self.peer.hello = None;
            return self.refuse(reply);
        }
        let Some(hello) = &self.peer.hello else { return };
        let mut text = format!("{} greets {}", self.config.host_name, hello.name);
        if hello.verb != HelloVerb::Helo {
            let capabilities = self.config.capabilities(self.peer.tls.as_ref(), self.peer.identity.is_some());
            for line in encode::capabilities(&capabilities) {
                text.push('\n');
                text.push_str(&line);
            }
        }
        self.reply(&Reply::plain(ReplyCode::OK, text));
    }

    /// The session begins anew, with the greeting, for the client that the proxy speaks for.
    pub(super) fn xclient(&mut self, attributes: XClient) {
        if !self.config.xclient {
            return self.deny(
                ReplyCode::UNAVAILABLE,
                EnhancedStatus::permanent(7, 1),
                "You may not use XCLIENT",
            );
        }
        if self.transaction.is_some() {
            return self.out_of_order("XCLIENT is not possible in a transaction");
        }
        self.peer.hello = None;
        self.peer.identity = attributes.login.as_deref().map(|login| Identity {
            account: login.to_owned(),
            authenticated: login.to_owned(),
            mechanism: Name::External, // by other means than this session's
        });
        self.peer.xclient = Some(attributes.clone());
        self.events.push_back(Event::XClient(attributes));
        self.events.extend(self.peer.identity.clone().map(Event::Authenticated));
        self.greet();
    }
}
