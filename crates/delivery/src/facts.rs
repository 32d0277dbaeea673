//! What is known of a recipient: what its sender asked for, and each attempt. Kept in the store as JSON.
use std::net::SocketAddr;

use bytes::Bytes;
use mailwright_mx::Status;
use mailwright_smtp::types::{Notify, OriginalRecipient, RcptParameters};
use serde::{Deserialize, Serialize};

use crate::planned::Planned;

/// Attempts kept: the first, and the latest of the others.
const ATTEMPTS: usize = 20;
/// Plans kept, likewise.
const PLANS: usize = 5;
/// Octets kept of what a server said.
const SAID: usize = 1_000;

/// The memory of one recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// `NOTIFY`, as the sender gave it (RFC 3461 §4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<String>,
    /// `ORCPT` (RFC 3461 §4.2): type and address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orcpt: Option<(String, String)>,
    /// How often it was tried.
    pub tries: u32,
    /// The sender was told that it is late.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub warned: bool,
    /// The sender was told that it was not there by the time that `BY` gave.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// The attempts, oldest first; of many, the first and the latest.
    pub attempts: Vec<Attempt>,
    /// The plans that the attempts followed, oldest first, where they did not deliver: a new one when it changed; of many,
    /// the first and the latest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plans: Vec<Planned>,
}

/// One try at one host, or the reason why there was no host to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Milliseconds since 1970.
    pub at: i64,
    /// How long it took, in milliseconds.
    pub took: u64,
    /// The host's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<SocketAddr>,
    /// What protected the connection, in words; absent: nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<String>,
    /// How far it got.
    pub step: Step,
    /// What came of it.
    pub end: End,
    /// The enhanced status code.
    pub status: String,
    /// What the server said, where it said something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply: Option<String>,
    /// What happened, where the server said nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How far an attempt got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Finding the host.
    Plan,
    /// The TCP connection.
    Connect,
    /// The greeting and `EHLO`.
    Greeting,
    /// `STARTTLS` and the handshake.
    Tls,
    /// `MAIL`.
    Mail,
    /// `RCPT`.
    Rcpt,
    /// `DATA`.
    Data,
    /// The message and its final dot.
    Message,
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// The other server has taken it.
    Delivered,
    /// Not now.
    Deferred,
    /// Never.
    Failed,
}

impl Facts {
    /// At the start: what the sender asked for.
    pub fn new(parameters: &RcptParameters) -> Self {
        let orcpt = parameters.orcpt.as_ref();
        Self {
            notify: parameters.notify.map(write_notify),
            orcpt: orcpt.map(|orcpt| (orcpt.address_type().to_owned(), orcpt.address().to_owned())),
            ..Self::default()
        }
    }

    /// Reads what the store kept. What cannot be read is taken for nothing known: the mail still goes out.
    pub fn read(json: &[u8]) -> Self {
        serde_json::from_slice(json).unwrap_or_default()
    }

    /// For the store.
    pub fn write(&self) -> Bytes {
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// The parameters of `RCPT`, as they came.
    pub fn parameters(&self) -> RcptParameters {
        let orcpt = self.orcpt.as_ref();
        RcptParameters {
            notify: self.notify.as_deref().map(read_notify),
            orcpt: orcpt.and_then(|(kind, address)| OriginalRecipient::new(kind, address).ok()),
        }
    }

    /// When the sender wants to hear of this recipient.
    pub fn notify(&self) -> Notify {
        self.notify.as_deref().map_or(Notify::DEFAULT, read_notify)
    }

    /// Adds an attempt, and forgets one from the middle if there are too many.
    pub fn push(&mut self, attempt: Attempt) {
        push(&mut self.attempts, attempt, ATTEMPTS);
    }

    /// Adds a plan, if it is not the one that was followed before.
    pub fn plan(&mut self, planned: &Planned) {
        if self.plans.last().is_none_or(|last| !last.says_the_same_as(planned)) {
            push(&mut self.plans, planned.clone(), PLANS);
        }
    }
}

impl Attempt {
    /// An attempt that ended before any host was reached.
    pub(crate) fn unplanned(at: i64, status: Status, text: String) -> Self {
        let end = if status.class == 4 { End::Deferred } else { End::Failed };
        Self {
            at,
            took: 0,
            host: None,
            address: None,
            tls: None,
            step: Step::Plan,
            end,
            status: status.to_string(),
            reply: None,
            text: Some(text),
        }
    }

    /// What was said or happened, in a line.
    pub fn said(&self) -> &str {
        self.reply.as_deref().or(self.text.as_deref()).unwrap_or_default()
    }
}

/// Keeps the first and the latest, so many in all.
fn push<T>(kept: &mut Vec<T>, next: T, most: usize) {
    if kept.len() >= most {
        kept.remove(1);
    }
    kept.push(next);
}

/// Cuts what a server said to what is worth keeping.
pub(crate) fn clip(text: &str) -> String {
    let end = (0..=SAID.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_owned()
}

fn write_notify(notify: Notify) -> String {
    let words = [(notify.success, "SUCCESS"), (notify.failure, "FAILURE"), (notify.delay, "DELAY")];
    let words: Vec<&str> = words.into_iter().filter(|word| word.0).map(|word| word.1).collect();
    if words.is_empty() { "NEVER".to_owned() } else { words.join(",") }
}

fn read_notify(text: &str) -> Notify {
    let has = |word| text.split(',').any(|w| w == word);
    Notify { success: has("SUCCESS"), failure: has("FAILURE"), delay: has("DELAY") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(at: i64) -> Attempt {
        Attempt::unplanned(at, Status::new(4, 4, 3), "no answer".into())
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let mut facts = Facts::new(&RcptParameters {
            notify: Some(Notify { success: true, failure: false, delay: true }),
            orcpt: OriginalRecipient::new("rfc822", "a@b.test").ok(),
        });
        facts.push(attempt(1));
        assert_eq!(Facts::read(&facts.write()), facts);
        assert_eq!(facts.parameters().notify.unwrap(), facts.notify());
        assert_eq!(
            Facts::new(&RcptParameters { notify: Some(Notify::NEVER), orcpt: None }).notify(),
            Notify::NEVER
        );
        assert_eq!(Facts::read(b"\0nonsense"), Facts::default());
        assert_eq!(Facts::read(b"{}").notify(), Notify::DEFAULT);
    }

    #[test]
    fn of_many_attempts_the_first_and_the_latest_are_kept() {
        let mut facts = Facts::default();
        (0..100).for_each(|at| facts.push(attempt(at)));
        assert_eq!(facts.attempts.len(), ATTEMPTS);
        assert_eq!((facts.attempts[0].at, facts.attempts[1].at, facts.attempts[19].at), (0, 81, 99));
    }

    #[test]
    fn a_plan_is_kept_when_it_is_another() {
        let planned = |at, policy: &str| Planned {
            at,
            unroutable: None,
            hosts: Vec::new(),
            more: 0,
            policy: Some(policy.into()),
        };
        let mut facts = Facts::default();
        for (at, policy) in [(1, "a"), (2, "a"), (3, "b"), (4, "a")] {
            facts.plan(&planned(at, policy));
        }
        assert_eq!(facts.plans.iter().map(|plan| plan.at).collect::<Vec<_>>(), [1, 3, 4]);
        (10..100).for_each(|at| facts.plan(&planned(at, &at.to_string())));
        assert_eq!(facts.plans.iter().map(|plan| plan.at).collect::<Vec<_>>(), [1, 96, 97, 98, 99]);
        assert_eq!(Facts::read(&facts.write()), facts);
    }

    #[test]
    fn a_long_reply_is_cut_between_characters() {
        assert_eq!(clip(&"é".repeat(600)).len(), SAID);
        assert_eq!(clip(&format!("a{}", "é".repeat(600))).len(), SAID - 1);
    }
}
