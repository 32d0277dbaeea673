//! `RCPT`: which recipients and parameters are possible here.

use crate::{
    server::{
        Event, Server,
        mail::{international, not_offered},
    },
    types::{EnhancedStatus, Rcpt, Reply, ReplyCode},
};

impl Server {
    pub(super) fn rcpt(&mut self, rcpt: Rcpt) {
        let Some(transaction) = self.transaction.as_mut().filter(|t| t.content.is_none()) else {
            return self.out_of_order("No transaction is open: send MAIL first");
        };
        let most = self.config.limits.recipients;
        if transaction.recipients >= most {
            let reply =
                Reply::new(ReplyCode::NO_STORAGE, EnhancedStatus::transient(5, 3), "Too many recipients");
            transaction.surplus += 1;
            // It is no error to try more than there is room for, within reason: the rest goes another time.
            return if transaction.surplus <= most { self.decline(reply) } else { self.refuse(reply) };
        }
        if let Err(reply) = international(rcpt.to.mailbox(), transaction.smtputf8) {
            return self.refuse(reply);
        }
        let dsn = self.config.extensions.dsn;
        if let Some((name, _)) =
            [("NOTIFY", rcpt.parameters.notify.is_some()), ("ORCPT", rcpt.parameters.orcpt.is_some())]
                .iter()
                .find(|(_, used)| *used && !dsn)
        {
            return self.refuse(not_offered(name));
        }
        let ticket = self.ask();
        self.events.push_back(Event::Rcpt { rcpt, ticket });
    }

    pub(super) fn recipient(&mut self, answer: Result<(), Reply>) {
        match answer {
            Ok(()) => {
                if let Some(transaction) = &mut self.transaction {
                    transaction.recipients += 1;
                }
                self.say(ReplyCode::OK, EnhancedStatus::success(1, 5), "Recipient OK");
            }
            Err(reply) => self.refuse(reply),
        }
    }
}
