//! `VRFY`, `EXPN` and `ETRN`: what the server is asked rather than told.

use crate::{
    server::{Asked, Event, Queries, Server},
    types::{EnhancedStatus, Reply, ReplyCode},
};

impl Server {
    pub(super) fn vrfy(&mut self, string: Box<str>, smtputf8: bool) {
        if self.config.queries == Queries::Ask {
            return self.query(Asked::Vrfy { string, smtputf8 });
        }
        let text = "Cannot verify, but will take a message and try";
        self.say(ReplyCode::CANNOT_VERIFY, EnhancedStatus::success(5, 2), text);
    }

    pub(super) fn expn(&mut self, string: Box<str>, smtputf8: bool) {
        if self.config.queries == Queries::Ask {
            return self.query(Asked::Expn { string, smtputf8 });
        }
        self.not_implemented();
    }

    pub(super) fn etrn(&mut self, node: Box<str>) {
        if !self.config.extensions.etrn {
            return self.not_implemented();
        }
        if self.transaction.is_some() {
            return self.out_of_order("ETRN is not possible in a transaction");
        }
        self.query(Asked::Etrn(node));
    }

    fn query(&mut self, query: Asked) {
        let ticket = self.ask();
        self.events.push_back(Event::Query { query, ticket });
    }

    pub(super) fn queried(&mut self, reply: Reply) {
        if reply.is_positive() { self.reply(&reply) } else { self.refuse(reply) }
    }
}
