//! A queue with its surroundings: a store in a folder of its own, a scripted DNS, and mail servers on loopback.
#![allow(dead_code, reason = "each test uses a part of it")]
use std::time::Duration;

use bytes::Bytes;
use mailwright_delivery::transport::smtp::Smtp;
use mailwright_delivery::{Clock, Config, Domains, Envelope, Facts, Runner, Schedule, Story};
use mailwright_mx::scripted::Scripted;
use mailwright_smtp::client;
use mailwright_smtp::types::{Mail, Mailbox, Rcpt, ReversePath};
use mailwright_store::sqlite::SqliteStore;
use mailwright_store::{
    Delivery, Incoming, Limits, MailboxName, NewAccount, QueueEntry, RecipientState, Store, Timestamp,
    read_all,
};

pub(crate) struct World {
    pub(crate) store: SqliteStore,
    pub(crate) config: Config,
    dns: String,
    _folder: tempfile::TempDir,
}

pub(crate) const LETTER: &str =
    "From: ann@far.test\r\nSubject: hello there\r\nMessage-ID: <1@far.test>\r\n\r\nhi\r\n";

impl World {
    /// Servers listen on `port`; retries come quickly.
    pub(crate) async fn new(port: u16, dns: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path(), Limits::default()).await.unwrap();
        let address = "ann@here.test".to_owned();
        store.create_account(NewAccount { address, ..NewAccount::default() }).await.unwrap();
        let mut config = Config::new("mail.here.test".parse().unwrap());
        config.port = port;
        config.allow_private = true;
        config.own_addresses = vec!["127.0.0.99".parse().unwrap()];
        config.limits.connect = Duration::from_secs(1);
        config.schedule = Schedule {
            retry: vec![Duration::from_millis(300)],
            expire: Duration::from_secs(20),
            jitter: false,
            ..Schedule::default()
        };
        Self { store, config, dns: dns.to_owned(), _folder: folder }
    }

    pub(crate) fn start<C: Clock>(&self, clock: C) -> Runner {
        let mut client = client::Config::new("mail.here.test".parse().unwrap());
        client.limits.greeting_time = Duration::from_secs(1);
        client.limits.command_time = Duration::from_secs(1);
        client.limits.message_time = Duration::from_secs(1);
        client.limits.quit_time = Duration::from_secs(1);
        let domains = Domains { store: self.store.clone(), domains: vec!["here.test".into()] };
        let dns = Scripted::parse(&self.dns).unwrap();
        let transport = Smtp::new(&self.config).with_client(client);
        Runner::start(self.store.clone(), dns, transport, domains, clock, self.config.clone())
    }

    /// Queues a letter from `ann@far.test`.
    pub(crate) async fn send(&self, to: &[&str]) {
        self.sender().send(to).await;
    }

    pub(crate) fn sender(&self) -> Sender {
        Sender(self.store.clone())
    }

    pub(crate) async fn send_from(&self, from: &str, to: &[&str], now: Timestamp) {
        self.sender().send_from(from, to, now).await;
    }

    pub(crate) async fn queue(&self, mail: &Mail, rcpts: &[Rcpt], now: Timestamp) {
        self.sender().put(Envelope::new(mail, now), rcpts, now).await;
    }

    pub(crate) async fn entries(&self) -> Vec<QueueEntry> {
        self.store.queue_list(None, 100_000).await.unwrap()
    }

    /// Waits until the queue is as wanted; tells the story of every mail in it if that does not come.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&[QueueEntry]) -> bool) {
        for _ in 0..6_000 {
            if wanted(&self.entries().await) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let stories: Vec<String> =
            self.entries().await.iter().map(|entry| Story::of(entry).to_string()).collect();
        panic!("not in time: {what}\n{}", stories.concat());
    }

    pub(crate) async fn until_empty(&self) {
        self.until("an empty queue", <[QueueEntry]>::is_empty).await;
    }

    /// Waits until every mail was tried this often.
    pub(crate) async fn until_tried(&self, tries: u32) {
        self.until("enough attempts", |entries| all_facts(entries).iter().all(|facts| facts.tries >= tries))
            .await;
    }

    /// When the next attempt after `now` is due; `None`: the queue is empty. A mail whose attempt is just ending has no
    /// time yet.
    pub(crate) async fn due(&self, now: Timestamp) -> Option<Timestamp> {
        loop {
            let due = self.store.queue_due(now).await.unwrap();
            if due.is_some() || self.entries().await.is_empty() {
                return due;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What is in Ann's inbox.
    pub(crate) async fn inbox(&self) -> Vec<String> {
        let account = self.store.account("ann@here.test").await.unwrap().unwrap();
        let inbox = self.store.mailbox(account.id, &MailboxName::inbox()).await.unwrap().unwrap();
        let view = self.store.open(inbox.id).await.unwrap().borrow().clone();
        let mut out = Vec::new();
        for entry in view.entries() {
            let mut content = self.store.content(entry.message).await.unwrap().unwrap();
            out.push(String::from_utf8(read_all(&mut content).await.unwrap().to_vec()).unwrap());
        }
        out
    }
}

/// Puts letters into the queue.
#[derive(Clone)]
pub(crate) struct Sender(SqliteStore);

impl Sender {
    pub(crate) async fn send(&self, to: &[&str]) {
        self.send_from("ann@far.test", to, Timestamp::now()).await;
    }

    async fn send_from(&self, from: &str, to: &[&str], now: Timestamp) {
        let from: ReversePath = from.parse().map_or(ReversePath::Null, ReversePath::Mailbox);
        let rcpts: Vec<Rcpt> = to.iter().map(|to| Rcpt::new(to.parse::<Mailbox>().unwrap())).collect();
        self.put(Envelope::new(&Mail::new(from), now), &rcpts, now).await;
    }

    pub(crate) async fn put(&self, envelope: Envelope<'_>, rcpts: &[Rcpt], now: Timestamp) {
        let mut body = self.0.incoming(None).await.unwrap();
        body.write(Bytes::from_static(LETTER.as_bytes())).await.unwrap();
        let staged = body.finish().await.unwrap();
        let delivery = Delivery::new(staged, now).queue(envelope.entry(rcpts));
        self.0.deliver(delivery).await.unwrap();
    }
}

pub(crate) fn all_facts(entries: &[QueueEntry]) -> Vec<Facts> {
    entries
        .iter()
        .flat_map(|entry| &entry.recipients)
        .map(|recipient| Facts::read(&recipient.facts))
        .collect()
}

pub(crate) fn waiting(entries: &[QueueEntry]) -> Vec<&str> {
    let recipients = entries.iter().flat_map(|entry| &entry.recipients);
    let waiting = recipients.filter(|recipient| matches!(recipient.state, RecipientState::Waiting(_)));
    waiting.map(|recipient| recipient.forward_path.as_str()).collect()
}
