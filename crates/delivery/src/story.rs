//! A queued mail told to a person: who it is for, what was tried, what comes next.
use std::fmt;

use mailwright_message::header::date::DateTime;
use mailwright_store::{QueueEntry, RecipientState, Timestamp};
use serde::{Deserialize, Serialize};

use crate::facts::{Attempt, End, Facts};

/// The story of an entry of the queue. `Display` tells it; it serialises for machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// The number of the entry.
    pub id: u64,
    /// When it was queued, in milliseconds since 1970.
    pub created: i64,
    /// The sender; empty for a report.
    pub sender: String,
    /// Octets of the message.
    pub size: u64,
    /// The recipients.
    pub recipients: Vec<RecipientStory>,
}

/// One recipient's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientStory {
    /// The address.
    pub address: String,
    /// When the next attempt is due, in milliseconds since 1970; `None`: nothing more is to be done.
    pub due: Option<i64>,
    /// What is known of it.
    #[serde(flatten)]
    pub facts: Facts,
}

impl Story {
    /// Reads an entry.
    pub fn of(entry: &QueueEntry) -> Self {
        let recipients = entry.recipients.iter().map(|recipient| RecipientStory {
            address: recipient.forward_path.clone(),
            due: match recipient.state {
                RecipientState::Waiting(due) => Some(due.value()),
                RecipientState::Done => None,
            },
            facts: Facts::read(&recipient.facts),
        });
        Self {
            id: entry.id.value(),
            created: entry.created.value(),
            sender: entry.reverse_path.clone(),
            size: entry.size,
            recipients: recipients.collect(),
        }
    }

    /// The last thing that happened to any recipient, in a line.
    pub fn last(&self) -> Option<&Attempt> {
        let attempts = self.recipients.iter().filter_map(|recipient| recipient.facts.attempts.last());
        attempts.max_by_key(|attempt| attempt.at)
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sender = if self.sender.is_empty() { "<> (a report)" } else { &self.sender };
        writeln!(f, "mail {} from {sender}, {} octets, queued {}", self.id, self.size, when(self.created))?;
        for recipient in &self.recipients {
            writeln!(f, "  to {}", recipient.address)?;
            let mut plans = recipient.facts.plans.iter().peekable();
            for attempt in &recipient.facts.attempts {
                while let Some(planned) = plans.next_if(|planned| planned.at <= attempt.at) {
                    planned.to_string().lines().try_for_each(|line| writeln!(f, "    {line}"))?;
                }
                write_attempt(f, attempt)?;
            }
            match recipient.due {
                Some(due) if recipient.facts.tries == 0 => {
                    writeln!(f, "    not tried yet, due {}", when(due))?;
                }
                Some(due) => writeln!(f, "    tried {} times, next {}", recipient.facts.tries, when(due))?,
                None => writeln!(f, "    done")?,
            }
        }
        Ok(())
    }
}

fn write_attempt(f: &mut fmt::Formatter<'_>, attempt: &Attempt) -> fmt::Result {
    let end = match attempt.end {
        End::Delivered => "delivered",
        End::Deferred => "deferred",
        End::Failed => "failed",
    };
    write!(f, "    {} {end} {}", when(attempt.at), attempt.status)?;
    if let Some(host) = &attempt.host {
        write!(f, " by {host}")?;
    }
    if let Some(address) = &attempt.address {
        write!(f, " [{address}]")?;
    }
    if let Some(tls) = &attempt.tls {
        write!(f, " over {tls}")?;
    }
    writeln!(f, ", {} ms: {}", attempt.took, attempt.said())
}

fn when(millis: i64) -> String {
    DateTime::from_unix(Timestamp::new(millis).secs()).to_string()
}
