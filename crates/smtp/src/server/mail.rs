//! `MAIL`: which senders and parameters are possible here.

use unicode_normalization::is_nfc;

use crate::{
    parse::date_time::date_time,
    server::{Config, Event, Peer, Server, transaction::Transaction},
    types::{
        BodyType, ByMode, EnhancedStatus, FutureRelease, Mail, MailParameters, Mailbox, Reply, ReplyCode,
    },
};

impl Server {
    pub(super) fn mail(&mut self, mail: Mail) {
        if self.peer.hello.is_none() {
            return self.out_of_order("Say hello first");
        }
        if self.config.auth_required && self.peer.identity.is_none() {
            let status = EnhancedStatus::permanent(7, 0);
            return self.deny(ReplyCode::AUTHENTICATION_REQUIRED, status, "Authentication required");
        }
        if self.transaction.is_some() {
            return self.out_of_order("A transaction is open already");
        }
        if self.counts.messages >= self.config.limits.transactions {
            let status = EnhancedStatus::transient(5, 3);
            return self.deny(ReplyCode::NO_STORAGE, status, "Too many messages in this session");
        }
        if let Err(reply) = check(&mail, &self.config, &self.peer) {
            return self.refuse(reply);
        }
        self.transaction = Some(Transaction::new(&mail.parameters));
        let ticket = self.ask();
        self.events.push_back(Event::Mail { mail, ticket });
    }

    pub(super) fn sender(&mut self, answer: Result<(), Reply>) {
        match answer {
            Ok(()) => self.say(ReplyCode::OK, EnhancedStatus::success(1, 0), "Sender OK"),
            Err(reply) => {
                self.transaction = None;
                self.refuse(reply);
            }
        }
    }
}

fn check(mail: &Mail, config: &Config, peer: &Peer) -> Result<(), Reply> {
    let p = &mail.parameters;
    offered(p, config, peer)?;
    international(mail.from.mailbox(), p.smtputf8)?;
    if p.size.is_some_and(|size| size > config.limits.message) {
        return Err(too_big(config));
    }
    if let (Some(by), Some(least)) = (&p.by, config.extensions.deliver_by)
        && by.mode == ByMode::Return
        && u32::try_from(by.seconds).is_ok_and(|seconds| seconds < least)
    {
        let text = format!("Delivery within {least} seconds cannot be promised");
        return Err(Reply::new(ReplyCode::FAILED, EnhancedStatus::permanent(4, 7), text));
    }
    if let (Some(hold), Some(limit)) = (&p.hold, &config.extensions.future_release) {
        let (over, most) = match hold {
            FutureRelease::For(seconds) => {
                (*seconds > limit.seconds, format!("for {} seconds", limit.seconds))
            }
            // Moments need no clock: they are compared.
            FutureRelease::Until(_) => {
                (hold.moment(0) > date_time(&limit.until), format!("until {}", limit.until))
            }
        };
        if over {
            let text = format!("Messages are held {most} at most");
            return Err(Reply::new(ReplyCode::SYNTAX, EnhancedStatus::permanent(5, 4), text));
        }
    }
    Ok(())
}

/// A parameter of an extension that is not offered is an unknown one, RFC 5321 §4.1.1.11.
fn offered(p: &MailParameters, config: &Config, peer: &Peer) -> Result<(), Reply> {
    let e = &config.extensions;
    let used = [
        ("SMTPUTF8", p.smtputf8, e.smtputf8),
        ("BODY=BINARYMIME", p.body == Some(BodyType::BinaryMime), e.chunking && e.binary_mime),
        ("AUTH", p.auth.is_some(), config.auth.is_some()),
        ("RET", p.ret.is_some(), e.dsn),
        ("ENVID", p.envid.is_some(), e.dsn),
        ("REQUIRETLS", p.require_tls, e.require_tls && peer.tls.is_some()),
        ("BY", p.by.is_some(), e.deliver_by.is_some()),
        ("HOLDFOR and HOLDUNTIL", p.hold.is_some(), e.future_release.is_some()),
        ("MT-PRIORITY", p.mt_priority.is_some(), e.mt_priority.is_some()),
        ("SOLICIT", p.solicit.is_some(), e.no_soliciting.is_some()),
    ];
    match used.iter().find(|(_, used, offered)| *used && !offered) {
        None => Ok(()),
        Some((name, ..)) => Err(not_offered(name)),
    }
}

pub(super) fn not_offered(name: &str) -> Reply {
    let status = EnhancedStatus::permanent(5, 4);
    Reply::new(ReplyCode::BAD_PARAMETERS, status, format!("Parameter {name} not offered here"))
}

/// An address outside ASCII needs the extension, RFC 6531 §3.5, and one form only, or equal ones would differ (RFC 6532
/// §3.1).
pub(super) fn international(mailbox: Option<&Mailbox>, smtputf8: bool) -> Result<(), Reply> {
    let text = match mailbox.filter(|m| !m.is_ascii()) {
        None => return Ok(()),
        Some(_) if !smtputf8 => "An address outside ASCII needs SMTPUTF8",
        Some(m) if is_nfc(m.local_part()) && is_nfc(m.domain()) => return Ok(()),
        Some(_) => "An address has to be in Unicode's normalization form C",
    };
    Err(bad_address(text))
}

pub(super) fn bad_address(text: &str) -> Reply {
    Reply::new(ReplyCode::BAD_MAILBOX, EnhancedStatus::permanent(6, 7), text)
}

pub(super) fn too_big(config: &Config) -> Reply {
    let text = format!("Messages have {} octets at most", config.limits.message);
    Reply::new(ReplyCode::TOO_BIG, EnhancedStatus::permanent(3, 4), text)
}
