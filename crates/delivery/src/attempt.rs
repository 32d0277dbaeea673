//! One attempt: a mail to those of its recipients who share a destination.
use std::net::SocketAddr;

use mailwright_mx::{Options, Outcome, Plan, Resolve, Route, Status, resolve};
use mailwright_smtp::types::{Rcpt, Reply};
use mailwright_store::{AccountId, QueueEntry, QueueRecipient, Store, Timestamp};

use crate::clock::Clock;
use crate::destination::{Destination, in_turn};
use crate::directory::Directory;
use crate::engine::Engine;
use crate::envelope::{self, Asked, Demand};
use crate::facts::{Attempt, End, Facts, Step, clip};
use crate::planned::Planned;
use crate::policy::NO_TLS;
use crate::routes::Place;
use crate::transport::{Fate, Fault, Link, Peer, Transport};
use crate::watch::Watch;

/// What is to be attempted: a mail for those of its recipients who share a destination.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) mail: Asked,
    pub(crate) place: Place,
}

impl Job {
    fn entry(&self) -> &QueueEntry {
        self.mail.entry()
    }
}

/// A recipient in an attempt.
#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) recipient: QueueRecipient,
    pub(crate) facts: Facts,
    pub(crate) state: State,
    outlook: Outlook,
}

/// What the hosts that were tried leave to be hoped for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Outlook {
    #[default]
    Open,
    /// None of them can take such a mail, ever.
    Dim,
    /// One of them may take it later.
    Bright,
}

/// How an attempt stands for a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has it yet. `greylisted`: a server that is up asked to come back.
    Pending { greylisted: bool },
    /// Another server has it. `dsn`: and was told what the sender wants to know; `by`: and by when.
    Delivered { dsn: bool, by: bool },
    /// It lives here after all.
    Local(AccountId),
    /// Never.
    Failed,
}

impl Party {
    pub(crate) fn new(recipient: QueueRecipient) -> Self {
        let facts = Facts::read(&recipient.facts);
        let state = State::Pending { greylisted: false };
        Self { recipient, facts, state, outlook: Outlook::default() }
    }

    fn is_pending(&self) -> bool {
        matches!(self.state, State::Pending { .. })
    }

    fn has_not_got_it(&self) -> bool {
        matches!(self.state, State::Pending { .. } | State::Failed)
    }

    fn fail(&mut self, attempt: Attempt) {
        if attempt.end == End::Failed {
            self.state = State::Failed;
        }
        self.facts.push(attempt);
    }

    /// Notes why a host did not take it; another may.
    fn defer(&mut self, attempt: Attempt, greylisted: bool) {
        self.outlook = match (attempt.end, self.outlook) {
            (End::Failed, Outlook::Open | Outlook::Dim) => Outlook::Dim,
            _ => Outlook::Bright,
        };
        self.state = State::Pending { greylisted };
        self.facts.push(attempt);
    }
}

/// Where an attempt is and since when.
#[derive(Clone)]
struct At<'a> {
    peer: &'a Peer,
    tls: Option<String>,
    begun: Timestamp,
}

impl At<'_> {
    fn attempt(&self, now: Timestamp, step: Step, end: End, status: String) -> Attempt {
        Attempt {
            at: self.begun.value(),
            took: u64::try_from(now.value() - self.begun.value()).unwrap_or(0),
            host: Some(self.peer.host.clone()),
            address: Some(self.peer.address),
            tls: self.tls.clone(),
            step,
            end,
            status,
            reply: None,
            text: None,
        }
    }
}

impl<S: Store, R: Resolve + 'static, T: Transport, D: Directory, C: Clock> Engine<S, R, T, D, C> {
    /// Tries once; afterwards no party is left without an attempt in its facts.
    pub(crate) async fn attempt(&self, job: &Job) -> Vec<Party> {
        let mut parties: Vec<Party> = job.entry().recipients.iter().cloned().map(Party::new).collect();
        let now = self.clock.now();
        if job.mail.wishes().is_over(now) {
            for party in &mut parties {
                let text = "the time by which it was wanted has passed".to_owned();
                party.fail(Attempt::unplanned(now.value(), Status::new(5, 4, 7), text));
            }
        }
        for party in parties.iter_mut().filter(|party| rcpt(party).is_none()) {
            // It cannot come from an envelope, and no attempt mends it.
            let text = "the address cannot be written in an envelope".to_owned();
            party.fail(Attempt::unplanned(self.clock.now().value(), Status::new(5, 1, 3), text));
        }
        let Some(first) = parties.iter().find(|party| party.is_pending()) else { return parties };
        let domain = first.recipient.route.clone();
        if domain.is_empty() || self.directory.is_local(&domain) {
            self.keep_here(&mut parties).await;
            return parties;
        }
        let begun = self.clock.now().value();
        let destination = self.destination(&domain, job.entry().id.value()).await;
        match &destination.planned.result {
            Err(unroutable) => {
                let text = unroutable.reason.to_string();
                let now = self.clock.now().value();
                for party in parties.iter_mut().filter(|party| party.is_pending()) {
                    party.fail(Attempt::unplanned(now, unroutable.status, text.clone()));
                }
            }
            Ok(route) => self.try_hosts(&domain, &destination, route, job, &mut parties).await,
        }
        // Where no host can ever take it, waiting does not help.
        for party in parties.iter_mut().filter(|party| party.is_pending() && party.outlook == Outlook::Dim) {
            party.state = State::Failed;
        }
        if parties.iter().any(Party::has_not_got_it) {
            let planned = Planned::of(&destination, begun);
            for party in parties.iter_mut().filter(|party| party.has_not_got_it()) {
                party.facts.plan(&planned);
            }
        }
        parties
    }

    pub(crate) async fn plan(&self, domain: &str, seed: u64) -> Outcome {
        let mut options = Options {
            seed: self.dice(seed),
            own_names: mailwright_mx::Name::parse(self.config.hostname.as_str()).ok().into_iter().collect(),
            own_addresses: self.config.own_addresses.clone(),
            allow_private: self.config.allow_private,
            ..Options::default()
        };
        let plan = match &self.config.smarthost {
            Some((host, _)) => {
                options.allow_private = true;
                options.own_addresses.clear();
                Plan::of_host(host, options)
            }
            None => Plan::new(domain, options),
        };
        resolve(plan, &self.resolver).await
    }

    /// Mail for a local domain never goes out; it was queued before the domain became one.
    async fn keep_here(&self, parties: &mut [Party]) {
        for party in parties.iter_mut().filter(|party| party.is_pending()) {
            let now = self.clock.now().value();
            let account = match party.recipient.forward_path.parse() {
                Ok(mailbox) => self.directory.account(&mailbox).await,
                Err(_) => Ok(None),
            };
            match account {
                Ok(Some(account)) => party.state = State::Local(account),
                Ok(None) => {
                    party.fail(Attempt::unplanned(
                        now,
                        Status::new(5, 1, 1),
                        "no such mailbox here".to_owned(),
                    ));
                }
                Err(error) => party.fail(Attempt::unplanned(now, Status::new(4, 3, 0), error.to_string())),
            }
        }
    }

    async fn try_hosts(
        &self,
        domain: &str,
        destination: &Destination,
        route: &Route,
        job: &Job,
        parties: &mut [Party],
    ) {
        let port = self.config.smarthost.as_ref().map_or(self.config.port, |smarthost| smarthost.1);
        let demand = job.mail.demand();
        let mut sessions = 0;
        for at in in_turn(&route.hosts, self.dice(job.entry().id.value())) {
            let host = &route.hosts[at];
            let protection = self.protection(destination, route, at, port, demand).await;
            let known = protection.as_ref().map_err(|unsuited| unsuited.text.as_str());
            let watch = self.watch(domain, destination, (at, host), known);
            let protection = match protection {
                Ok(protection) => protection,
                Err(unsuited) => {
                    let now = self.clock.now().value();
                    let mut attempt = Attempt::unplanned(now, unsuited.status, unsuited.text);
                    attempt.host = Some(host.name.clone());
                    defer(parties, &attempt, false);
                    continue;
                }
            };
            for address in &host.addresses {
                let address = SocketAddr::new(*address, port);
                let peer = Peer { host: host.name.clone(), address, protection: protection.clone() };
                match self.try_host(&peer, demand, watch.as_ref(), job, parties).await {
                    Tried::Unreachable => {}
                    Tried::Talked => sessions += 1,
                    Tried::Enough => return,
                }
                if sessions >= self.config.limits.sessions || !parties.iter().any(Party::is_pending) {
                    return;
                }
            }
        }
    }

    async fn try_host(
        &self,
        peer: &Peer,
        demand: Demand,
        watch: Option<&Watch<'_>>,
        job: &Job,
        parties: &mut [Party],
    ) -> Tried {
        let begun = self.clock.now();
        let at = At { peer, tls: None, begun };
        if let Some(why) = self.down.why(peer.address, begun, self.config.down()) {
            let mut attempt = at.attempt(begun, Step::Connect, End::Deferred, "4.4.1".to_owned());
            attempt.text = Some(format!("not tried again so soon after: {why}"));
            defer(parties, &attempt, false);
            return Tried::Unreachable;
        }
        // A connection that was kept may have been closed by the other side meanwhile; then a new one is made.
        if let Some(kept) = self.idle.take(peer)
            && let Some(tried) = self.use_link(kept.link, kept.mails, &at, job, parties).await
        {
            return tried;
        }
        let link = match self.connect(peer, watch).await {
            Ok(link) => link,
            Err(fault) => return self.not_connected(&at, demand, job, parties, &fault),
        };
        self.down.forget(peer.address);
        self.use_link(link, 0, &at, job, parties).await.unwrap_or(Tried::Talked)
    }

    fn not_connected(
        &self,
        at: &At<'_>,
        demand: Demand,
        job: &Job,
        parties: &mut [Party],
        fault: &Fault,
    ) -> Tried {
        job.place.went_badly();
        let now = self.clock.now();
        if fault.down {
            self.down.note(at.peer.address, now, self.config.down(), &fault.text);
        }
        // A server that turns everybody away is a fault of that server, not of this mail: 5yz here is no verdict on it.
        let status = if fault.step == Step::Tls { "4.7.5" } else { "4.4.1" };
        let mut attempt = at.attempt(now, fault.step, End::Deferred, status.to_owned());
        if let Some(reply) = &fault.reply {
            attempt.status =
                reply.status().map_or("4.3.2".to_owned(), |s| format!("4.{}.{}", s.subject(), s.detail()));
            attempt.reply = Some(clip(&reply.to_string()));
        } else {
            attempt.text = Some(clip(&fault.text));
        }
        if fault.step == Step::Tls && demand == Demand::Tls {
            (attempt.end, attempt.status) = (End::Failed, NO_TLS.to_string());
        }
        let talked = fault.reply.is_some();
        defer(parties, &attempt, talked);
        if talked { Tried::Talked } else { Tried::Unreachable }
    }

    /// `None`: a connection used before turned out to be closed, and nothing was said.
    async fn use_link(
        &self,
        mut link: T::Link,
        mut mails: u32,
        at: &At<'_>,
        job: &Job,
        parties: &mut [Party],
    ) -> Option<Tried> {
        let at = At { tls: link.tls(), ..at.clone() };
        loop {
            let mut content = match self.store.queue_content(job.entry().id).await {
                Ok(Some(content)) => content,
                // Cancelled meanwhile: there is nothing to send, and settling it will find that out.
                Ok(None) => return Some(Tried::Enough),
                Err(error) => {
                    let mut attempt =
                        at.attempt(self.clock.now(), Step::Mail, End::Deferred, "4.3.0".to_owned());
                    attempt.text = Some(error.to_string());
                    defer(parties, &attempt, false);
                    return Some(Tried::Enough);
                }
            };
            let mut pending: Vec<&mut Party> =
                parties.iter_mut().filter(|party| party.is_pending()).collect();
            let rcpts: Vec<Rcpt> = pending.iter().filter_map(|party| rcpt(party)).collect();
            let sent = link.send(job.mail.mail(self.clock.now()), rcpts, &mut content).await;
            mails += 1;
            if mails > 1
                && !sent.usable
                && sent.fates.iter().all(|fate| matches!(fate, Fate::Lost(Step::Mail, _)))
            {
                return None;
            }
            let now = self.clock.now();
            let mut verdict = Verdict::default();
            for (party, fate) in pending.iter_mut().zip(sent.fates) {
                verdict.add(party, fate, (sent.dsn, sent.deliver_by), &at, now);
            }
            if verdict.delivered {
                job.place.went_well();
            }
            if !sent.usable {
                job.place.went_badly();
                return Some(if verdict.may_have_it { Tried::Enough } else { Tried::Talked });
            }
            // RFC 5321 §4.5.3.1.10: the rest of a long list goes in another transaction, at once.
            if verdict.delivered && verdict.too_many {
                continue;
            }
            self.put_back(link, mails, at.peer);
            return Some(Tried::Talked);
        }
    }

    fn put_back(&self, link: T::Link, mails: u32, peer: &Peer) {
        let unwanted = if mails < self.config.limits.mails_per_link {
            self.idle.keep(peer, link, mails)
        } else {
            Some(link)
        };
        if let Some(link) = unwanted {
            // Nobody waits for the goodbye; it has a time limit.
            tokio::spawn(link.close());
        }
    }
}

/// How a try at one address went.
enum Tried {
    /// It was not reached; the next may be.
    Unreachable,
    /// It had its say.
    Talked,
    /// Nobody else is to be asked now.
    Enough,
}

/// What the fates of one transaction have in common.
#[derive(Default)]
struct Verdict {
    delivered: bool,
    too_many: bool,
    may_have_it: bool,
}

impl Verdict {
    fn add(&mut self, party: &mut Party, fate: Fate, (dsn, by): (bool, bool), at: &At<'_>, now: Timestamp) {
        let unsuited = matches!(fate, Fate::Unfit(..));
        let (step, end, status, reply, text) = match fate {
            Fate::Reply(step, reply) => {
                let end = judge(step, &reply);
                self.too_many |= step == Step::Rcpt && matches!(reply.code().value(), 452 | 552);
                (step, end, status_of(&reply, end), Some(clip(&reply.to_string())), None)
            }
            Fate::Lost(step, text) => {
                self.may_have_it |= step == Step::Message;
                (step, End::Deferred, "4.4.2".to_owned(), None, Some(clip(&text)))
            }
            Fate::Unfit(status, text) => {
                let end = if status.class == 4 { End::Deferred } else { End::Failed };
                (Step::Mail, end, status.to_string(), None, Some(clip(&text)))
            }
            Fate::Unread(text) => {
                self.may_have_it = true;
                (Step::Message, End::Deferred, "4.3.0".to_owned(), None, Some(clip(&text)))
            }
        };
        let said = reply.is_some();
        let attempt = Attempt { reply, text, ..at.attempt(now, step, end, status) };
        match end {
            End::Delivered => {
                self.delivered = true;
                party.state = State::Delivered { dsn, by };
                party.facts.push(attempt);
            }
            End::Failed if !unsuited => party.fail(attempt),
            _ => party.defer(attempt, said),
        }
    }
}

/// What a reply means for a recipient.
fn judge(step: Step, reply: &Reply) -> End {
    // RFC 5321 §4.5.3.1.10: an old server's 552 to RCPT means "too many", and is to be taken as 452. With an enhanced
    // status it means what that says.
    let too_many = step == Step::Rcpt && reply.code().value() == 552 && reply.status().is_none();
    if step == Step::Message && reply.is_positive() {
        End::Delivered
    } else if reply.is_permanent() && !too_many {
        End::Failed
    } else {
        End::Deferred
    }
}

fn status_of(reply: &Reply, end: End) -> String {
    let class = match end {
        End::Delivered => 2,
        End::Deferred => 4,
        End::Failed => 5,
    };
    reply
        .status()
        .filter(|s| s.class().digit() == class)
        .map_or(format!("{class}.0.0"), |status| status.to_string())
}

fn rcpt(party: &Party) -> Option<Rcpt> {
    let to = envelope::forward_path(&party.recipient.forward_path)?;
    Some(Rcpt { to, parameters: party.facts.parameters() })
}

fn defer(parties: &mut [Party], attempt: &Attempt, greylisted: bool) {
    for party in parties.iter_mut().filter(|party| party.is_pending()) {
        party.defer(attempt.clone(), greylisted);
    }
}
