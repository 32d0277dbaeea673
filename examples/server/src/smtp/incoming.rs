//! A message on its way in: header looked at, body streamed to the store, all recipients in one commit.

use super::{
    Recipient, Role, Smtp, Transaction,
    head::{self, Head, Submission},
    received::Received,
    recipient::{owns, unavailable},
};
use crate::{server::Shared, trace};
use bytes::Bytes;
use mailwright_delivery::Envelope;
use mailwright_message::Message as Parsed;
use mailwright_smtp::{
    server::{Peer, Verdict},
    tokio::server::Message,
    types::{Priority, Reply, ReversePath},
};
use mailwright_store::{Account, Delivery, Incoming as _, Local, Store, Timestamp};
use mailwright_wire::TlsInfo;
use std::{collections::HashSet, net::IpAddr, sync::Arc};

type Body = <crate::server::Backend as Store>::Incoming;

/// A message on its way in.
#[derive(Debug)]
pub(crate) struct Incoming {
    shared: Arc<Shared>,
    role: Role,
    account: Option<Account>,
    peer: IpAddr,
    hello: String,
    with: &'static str,
    tls: Option<TlsInfo>,
    transaction: Transaction,
    id: String,
    now: Timestamp,
    tls_optional: bool,
    /// The last octet so far, where it is not an LF. A last line without an end, which BDAT can bring, gets one.
    unended: Option<u8>,
    state: State,
}

#[derive(Debug)]
enum State {
    Header(Head),
    Body(Body),
    /// A write failed: there is nothing to finish.
    Failed,
}

impl Incoming {
    pub(super) fn new(session: &Smtp, peer: &Peer, transaction: Transaction) -> Self {
        Self {
            shared: session.shared.clone(),
            role: session.role,
            account: session.account.clone(),
            peer: session.peer,
            hello: peer.hello().map(|hello| hello.name.to_string()).unwrap_or_default(),
            with: peer.with_keyword(transaction.mail.parameters.smtputf8),
            tls: peer.tls().cloned(),
            transaction,
            id: trace::id(),
            now: Timestamp::now(),
            tls_optional: false,
            unended: None,
            state: State::Header(Head::default()),
        }
    }

    /// Looks at the header and begins the body in the store with it.
    async fn begin(&mut self, header: &[u8]) -> Result<Body, Reply> {
        let recipients = &self.transaction.recipients;
        let local = recipients.iter().filter(|r| r.account.is_some()).map(|r| &r.address);
        let parsed = Parsed::parse(header);
        head::check(&parsed, local)?;
        self.tls_optional = head::tls_optional(&parsed);
        let date = trace::date(self.now);
        let host = self.shared.config.hostname.as_str();
        let header = match (&self.account, self.role) {
            (Some(account), Role::Submission) => {
                let submission = Submission {
                    sender: &account.address,
                    owns: &|address| owns(account, address),
                    id: &self.id,
                    host,
                    date: &date,
                };
                submission.complete(header)?
            }
            _ => header.to_vec(),
        };
        let only_for = match recipients.as_slice() {
            [one] => Some(one.address.to_string()),
            _ => None,
        };
        let received = Received {
            hello: &self.hello,
            peer: self.peer,
            host,
            with: self.with,
            tls: self.tls.as_ref(),
            id: &self.id,
            only_for: only_for.as_deref(),
            priority: self.transaction.mail.parameters.mt_priority.map(Priority::value),
            date: &date,
        };
        let mut body =
            self.shared.store.incoming(self.transaction.mail.parameters.size).await.map_err(unavailable)?;
        body.write(Bytes::from([received.field().as_bytes(), &header].concat()))
            .await
            .map_err(unavailable)?;
        Ok(body)
    }

    /// Commits the message for all its recipients; one result for each, in their order.
    async fn deliver(self, body: Body) -> Result<Vec<Result<(), Reply>>, Reply> {
        let staged = body.finish().await.map_err(unavailable)?;
        let Transaction { mail, recipients } = self.transaction;
        let (here, elsewhere): (Vec<_>, Vec<_>) = recipients.iter().partition(|r| r.account.is_some());
        let mut delivery = Delivery::new(staged, self.now);
        delivery.each = self.role == Role::Lmtp;
        let mut places = Vec::with_capacity(recipients.len());
        for Recipient { account, .. } in &here {
            let Some(account) = *account else { continue };
            // Two addresses of one account, or one address twice, are one copy.
            let place = delivery.local.iter().position(|local| local.account == account);
            places.push(place.unwrap_or(delivery.local.len()));
            if place.is_none() {
                delivery.local.push(Local::inbox(account).prefixed(return_path(&mail.from)));
            }
        }
        if !elsewhere.is_empty() {
            let mut seen = HashSet::new(); // an address that was given twice gets one copy
            let once = elsewhere.iter().filter(|recipient| seen.insert(&recipient.address));
            let rcpts = once.map(|recipient| &recipient.rcpt);
            delivery.queue.push(Envelope::new(&mail, self.now).tls_optional(self.tls_optional).entry(rcpts));
        }
        let delivered = self.shared.store.deliver(delivery).await.map_err(unavailable)?;
        let hold = mail.parameters.hold.as_ref().and_then(|hold| hold.moment(self.now.secs()));
        if let (Some(account), Some(until)) = (&self.account, hold) {
            self.shared.held.add(account.id, Timestamp::new(until.saturating_mul(1000)));
        }
        let queue = delivered.queue.first().map(ToString::to_string);
        tracing::info!(
            id = self.id,
            peer = %self.peer,
            hello = self.hello,
            with = self.with,
            login = self.account.as_ref().map(|account| account.address.as_str()),
            from = %mail.from,
            recipients = recipients.len(),
            queue,
            "taken"
        );
        let local: Vec<_> =
            delivered.local.into_iter().map(|result| result.map(drop).map_err(unavailable)).collect();
        let mut places = places.into_iter();
        let result = |recipient: &Recipient| match recipient.account {
            Some(_) => places
                .next()
                .and_then(|at| local.get(at).cloned())
                .unwrap_or_else(|| Err(Reply::local_error())),
            None => Ok(()),
        };
        Ok(recipients.iter().map(result).collect())
    }
}

impl Message for Incoming {
    async fn write(&mut self, chunk: Bytes) -> Result<(), Reply> {
        if let Some(&last) = chunk.last() {
            self.unended = Some(last).filter(|&last| last != b'\n');
        }
        let written = match &mut self.state {
            State::Body(body) => body.write(chunk).await.map_err(unavailable),
            State::Failed => Err(Reply::local_error()),
            State::Header(head) => match head.push(&chunk)? {
                None => Ok(()),
                Some((header, rest)) => {
                    let mut body = self.begin(&header).await?;
                    let written = body.write(rest).await.map_err(unavailable);
                    self.state = State::Body(body);
                    written
                }
            },
        };
        if written.is_err() {
            self.state = State::Failed;
        }
        written
    }

    async fn finish(mut self) -> Verdict {
        let mut body = match std::mem::replace(&mut self.state, State::Failed) {
            State::Body(body) => Ok(body),
            State::Header(head) => self.begin(&head.rest()).await,
            State::Failed => Err(Reply::local_error()),
        };
        if let (Ok(open), Some(last)) = (&mut body, self.unended) {
            let end = if last == b'\r' { "\n" } else { "\r\n" };
            if let Err(error) = open.write(Bytes::from_static(end.as_bytes())).await {
                body = Err(unavailable(error));
            }
        }
        let lmtp = self.role == Role::Lmtp;
        let taken = Reply::ok(format!("Taken as {}", self.id));
        let results = match body {
            Ok(body) => self.deliver(body).await,
            Err(refusal) => Err(refusal),
        };
        match results {
            Ok(results) if lmtp => Verdict::Each(
                results.into_iter().map(|r| r.map_or_else(|refusal| refusal, |()| taken.clone())).collect(),
            ),
            Ok(_) => taken.into(),
            Err(refusal) => refusal.into(),
        }
    }
}

/// The field that final delivery puts first, RFC 5321 §4.4.
fn return_path(from: &ReversePath) -> Bytes {
    Bytes::from(format!("Return-Path: {from}\r\n"))
}
