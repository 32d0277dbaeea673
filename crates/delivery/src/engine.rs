//! What attempts share: the store, the network, the settings, and what is remembered between attempts.
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use bytes::Bytes;
use mailwright_message::report::Action;
use mailwright_mx::Resolve;
use mailwright_smtp::types::{Mail, MailParameters, Notify, Priority, Rcpt, RcptParameters, ReversePath};
use mailwright_store::{
    Content, Delivery, Error, Incoming, Local, Outcome, QueueEntry, RecipientState, Settlement, Store,
    Timestamp, read_all,
};

use crate::attempt::{Job, Party, State};
use crate::clock::Clock;
use crate::config::Config;
use crate::destination::Destinations;
use crate::directory::Directory;
use crate::envelope::{self, Asked, Demand, Envelope};
use crate::facts::Attempt;
use crate::hosts::{DownHosts, Idle};
use crate::policy::{Folder, Policies};
use crate::report::{Report, Written};
use crate::routes::Routes;
use crate::schedule::Past;
use crate::transport::Transport;

/// Octets of a header that a report returns at most.
const HEADER: usize = 64 * 1024;
/// Waits before a settlement that the store could not take is tried again.
const SETTLE_AGAIN: [Duration; 5] = [
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::ZERO,
];

pub(crate) struct Engine<S, R, T: Transport, D, C> {
    pub(crate) store: S,
    pub(crate) resolver: R,
    pub(crate) transport: T,
    pub(crate) directory: D,
    pub(crate) clock: C,
    pub(crate) config: Config,
    pub(crate) routes: Routes,
    pub(crate) idle: Idle<T::Link>,
    pub(crate) down: DownHosts,
    pub(crate) policies: Policies,
    pub(crate) destinations: Destinations,
    random: RandomState,
}

/// What is said to the sender of some recipients.
struct Notice {
    action: Action,
    recipients: Vec<(usize, String)>,
}

impl<S: Store, R: Resolve + 'static, T: Transport, D: Directory, C: Clock> Engine<S, R, T, D, C> {
    pub(crate) fn new(
        store: S,
        resolver: R,
        transport: T,
        directory: D,
        clock: C,
        config: Config,
        routes: Routes,
    ) -> Self {
        let limits = &config.limits;
        Self {
            routes,
            destinations: Destinations::default(),
            idle: Idle::new(limits.idle_links, limits.idle),
            down: config.down_hosts.clone(),
            policies: Policies::new(config.policy_folder.as_deref().map(Folder::new)),
            random: RandomState::new(),
            store,
            resolver,
            transport,
            directory,
            clock,
            config,
        }
    }

    /// A number that is the same for the same `of` as long as this process runs.
    pub(crate) fn dice(&self, of: u64) -> u64 {
        let mut hasher = self.random.build_hasher();
        hasher.write_u64(of);
        hasher.finish()
    }

    /// Attempts a job and records how it went; when some of it is due again, if any.
    pub(crate) async fn work(&self, job: Job) -> Option<Timestamp> {
        if let Some(until) = job.mail.wishes().held(self.clock.now()) {
            return Some(self.hold(job.mail.entry(), until).await);
        }
        let mut parties = self.attempt(&job).await;
        // The destination is free for another mail while this one is recorded. The lease stays until that is done.
        let Job { mail, place } = job;
        drop(place);
        for party in &mut parties {
            party.facts.tries += 1;
        }
        for wait in SETTLE_AGAIN {
            let error = match self.settle(&mail, &parties).await {
                Ok(again) => return again,
                Err(error) => error,
            };
            tracing::error!(entry = %mail.entry().id, %error, "cannot record an attempt");
            tokio::time::sleep(wait).await;
        }
        // The recipients are due as before: better twice than never.
        Some(Timestamp::default())
    }

    /// Puts a mail back that must not leave yet, whoever hurried it: an operator, or a clock that was set back.
    async fn hold(&self, entry: &QueueEntry, until: Timestamp) -> Timestamp {
        let outcomes = entry.recipients.iter().map(|recipient| Outcome {
            number: recipient.number,
            state: RecipientState::Waiting(until),
            route: None,
            facts: recipient.facts.clone(),
        });
        let settlement = Settlement { entry: entry.id, outcomes: outcomes.collect(), notices: Vec::new() };
        if let Err(error) = self.store.queue_settle(settlement).await {
            // It stays due, and is looked at again when something else is.
            tracing::error!(entry = %entry.id, %error, "cannot record that a mail is held");
        }
        until
    }

    async fn settle(&self, mail: &Asked, parties: &[Party]) -> Result<Option<Timestamp>, Error> {
        let now = self.clock.now();
        let (entry, wishes) = (mail.entry(), mail.wishes());
        let report = entry.reverse_path.is_empty();
        let mut outcomes = Vec::with_capacity(parties.len());
        let mut notices = Vec::new();
        let mut local = Vec::new();
        for (index, party) in parties.iter().enumerate() {
            let mut facts = party.facts.clone();
            let created = wishes.released(entry);
            let past = Past { created, by: wishes.by(), now, tries: facts.tries, report };
            let mut say = |action, status: String| note(&mut notices, action, index, status);
            let notify = facts.notify();
            let state = match party.state {
                State::Delivered { dsn, by } => {
                    let asked = notify != Notify::NEVER && wishes.tells_of_relaying(now, by);
                    if (notify.success && !dsn) || asked {
                        say(Action::Relayed, "2.0.0".to_owned());
                    }
                    RecipientState::Done
                }
                State::Local(account) => {
                    local.push(account);
                    if notify.success {
                        say(Action::Delivered, "2.0.0".to_owned());
                    }
                    RecipientState::Done
                }
                State::Failed => {
                    if notify.failure {
                        let status = facts.attempts.last().map(|last| last.status.clone());
                        say(Action::Failed, status.unwrap_or_else(|| "5.0.0".to_owned()));
                    }
                    RecipientState::Done
                }
                State::Pending { .. } if wishes.is_over(now) || self.config.schedule.is_over(past) => {
                    if notify.failure {
                        say(Action::Failed, "5.4.7".to_owned());
                    }
                    RecipientState::Done
                }
                State::Pending { greylisted } => {
                    if wishes.is_late(now) && !facts.overdue {
                        facts.overdue = true;
                        if notify.delay {
                            say(Action::Delayed, "4.4.7".to_owned());
                        }
                    } else if self.config.schedule.is_late(past) && !facts.warned {
                        facts.warned = true;
                        if notify.delay {
                            let status = facts.attempts.last().map(|last| last.status.clone());
                            say(Action::Delayed, status.unwrap_or_else(|| "4.0.0".to_owned()));
                        }
                    }
                    // The same for all recipients of an attempt, so that they stay together.
                    let dice = self.dice(entry.id.value() ^ u64::from(facts.tries).rotate_right(8));
                    RecipientState::Waiting(self.config.schedule.next(past, greylisted, dice))
                }
            };
            Self::log(entry, party, state);
            outcomes.push(Outcome {
                number: party.recipient.number,
                state,
                route: None,
                facts: facts.write(),
            });
        }
        let mut deliveries = self.reports(mail, parties, &notices, now).await?;
        if !local.is_empty()
            && let Some(copy) = self.copy_here(entry, local, now).await?
        {
            deliveries.push(copy);
        }
        let again = outcomes.iter().filter_map(|outcome| match outcome.state {
            RecipientState::Waiting(due) => Some(due),
            RecipientState::Done => None,
        });
        let again = again.min();
        self.store.queue_settle(Settlement { entry: entry.id, outcomes, notices: deliveries }).await?;
        Ok(again)
    }

    fn log(entry: &QueueEntry, party: &Party, state: RecipientState) {
        let last = party.facts.attempts.last();
        let said = last.map(Attempt::said).unwrap_or_default();
        let host = last.and_then(|last| last.host.as_deref()).unwrap_or_default();
        let to = &party.recipient.forward_path;
        match (&party.state, state) {
            (State::Delivered { .. } | State::Local(_), _) => {
                tracing::info!(entry = %entry.id, %to, %host, %said, "delivered");
            }
            (_, RecipientState::Done) => tracing::warn!(entry = %entry.id, %to, %host, %said, "given up"),
            (_, RecipientState::Waiting(_)) => {
                tracing::info!(entry = %entry.id, %to, %host, %said, "deferred");
            }
        }
    }

    async fn reports(
        &self,
        mail: &Asked,
        parties: &[Party],
        notices: &[Notice],
        now: Timestamp,
    ) -> Result<Vec<Delivery<S::Staged>>, Error> {
        let entry = mail.entry();
        let mut deliveries = Vec::new();
        // RFC 5321 §4.5.5: nobody is told of what became of a report.
        let ReversePath::Mailbox(sender) = envelope::reverse_path(&entry.reverse_path) else {
            return Ok(deliveries);
        };
        if notices.is_empty() {
            return Ok(deliveries);
        }
        let (original, whole) = self.original(entry).await?;
        for notice in notices {
            let report = Report {
                action: notice.action,
                hostname: self.config.hostname.as_str(),
                entry,
                now,
                until: self.config.schedule.end(mail.wishes().released(entry), false),
                recipients: notice
                    .recipients
                    .iter()
                    .map(|(index, status)| {
                        let party = &parties[*index];
                        (party.recipient.forward_path.as_str(), &party.facts, status.clone())
                    })
                    .collect(),
                original: &original,
                whole,
            };
            match report.write() {
                Ok(written) => deliveries.extend(self.address(&sender, mail, written, now).await?),
                Err(error) => tracing::error!(entry = %entry.id, %error, "cannot write a report"),
            }
        }
        Ok(deliveries)
    }

    /// The message for a report, or as much of it as holds its header.
    async fn original(&self, entry: &QueueEntry) -> Result<(Bytes, bool), Error> {
        let Some(mut content) = self.store.queue_content(entry.id).await? else {
            return Ok((Bytes::new(), false));
        };
        let whole = content.len() <= self.config.limits.returned as u64;
        let original = if whole { read_all(&mut content).await? } else { content.read(0, HEADER).await? };
        Ok((original, whole))
    }

    /// A report on its way to the sender: into the mailbox here, or into the queue.
    async fn address(
        &self,
        sender: &mailwright_smtp::types::Mailbox,
        about: &Asked,
        written: Written,
        now: Timestamp,
    ) -> Result<Option<Delivery<S::Staged>>, Error> {
        let here = self.directory.is_local(sender.domain());
        let account = if here { self.directory.account(sender).await? } else { None };
        if here && account.is_none() {
            tracing::warn!(%sender, "a report has nobody to go to");
            return Ok(None);
        }
        let mut body = self.store.incoming(Some(written.message.len() as u64)).await?;
        body.write(written.message.into()).await?;
        let mut delivery = Delivery::new(body.finish().await?, now);
        delivery.each = true;
        if let Some(account) = account {
            return Ok(Some(delivery.to(Local::inbox(account).prefixed("Return-Path: <>\r\n"))));
        }
        // RFC 8689 §5: what is said of a mail is protected as the mail was.
        let require_tls = about.demand() == Demand::Tls;
        let parameters = MailParameters {
            body: Some(written.body),
            smtputf8: written.smtputf8,
            require_tls,
            // RFC 6710 §4.6: and is as urgent.
            mt_priority: Priority::new(about.wishes().priority()).filter(|p| p.value() != 0),
            ..MailParameters::default()
        };
        let mail = Mail { from: ReversePath::Null, parameters };
        let mut rcpt = Rcpt::new(sender.clone());
        // RFC 3461 §6.2: a report asks for none.
        rcpt.parameters = RcptParameters { notify: Some(Notify::NEVER), orcpt: None };
        Ok(Some(delivery.queue(Envelope::new(&mail, now).entry([&rcpt]))))
    }

    /// The message itself, for recipients who turned out to live here.
    async fn copy_here(
        &self,
        entry: &QueueEntry,
        accounts: Vec<mailwright_store::AccountId>,
        now: Timestamp,
    ) -> Result<Option<Delivery<S::Staged>>, Error> {
        let Some(mut content) = self.store.queue_content(entry.id).await? else { return Ok(None) };
        let mut body = self.store.incoming(Some(content.len())).await?;
        loop {
            let piece = content.read(body.len(), HEADER).await?;
            if piece.is_empty() {
                break;
            }
            body.write(piece).await?;
        }
        let path = envelope::reverse_path(&entry.reverse_path);
        let mut delivery = Delivery::new(body.finish().await?, now);
        for account in accounts {
            delivery = delivery.to(Local::inbox(account).prefixed(format!("Return-Path: {path}\r\n")));
        }
        Ok(Some(delivery))
    }
}

fn note(notices: &mut Vec<Notice>, action: Action, index: usize, status: String) {
    match notices.iter_mut().find(|notice| notice.action == action) {
        Some(notice) => notice.recipients.push((index, status)),
        None => notices.push(Notice { action, recipients: vec![(index, status)] }),
    }
}
