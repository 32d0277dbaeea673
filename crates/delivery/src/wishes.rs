//! What a sender asks of a mail's times and of its place in the queue: RFC 4865, RFC 2852 and RFC 6710.
use mailwright_smtp::types::{ByMode, DeliverBy, FutureRelease, MailParameters, Priority};
use mailwright_store::{QueueEntry, Timestamp};
use serde::{Deserialize, Serialize};

/// The largest number of seconds that `BY` can say.
const BY_MAX: i64 = 999_999_999;

/// The wishes, as moments instead of spans. Kept with the envelope.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Wishes {
    #[serde(skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<By>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i8>,
}

/// `HOLDFOR` or `HOLDUNTIL`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hold {
    /// Milliseconds since 1970.
    until: i64,
    /// As a report quotes it: `for;` and the seconds, or `until;` and the date-time.
    asked: String,
}

/// `BY`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct By {
    /// Milliseconds since 1970.
    at: i64,
    /// Give it up then, and not only tell.
    #[serde(rename = "return")]
    back: bool,
    trace: bool,
}

impl Wishes {
    /// Those of a mail that comes now.
    pub(crate) fn new(parameters: &MailParameters, now: Timestamp) -> Self {
        let hold = parameters.hold.as_ref().and_then(|hold| {
            let (until, asked) = match hold {
                FutureRelease::For(seconds) => {
                    (now.value() + i64::from(*seconds) * 1000, format!("for;{seconds}"))
                }
                FutureRelease::Until(moment) => {
                    (hold.moment(now.secs())?.saturating_mul(1000), format!("until;{moment}"))
                }
            };
            Some(Hold { until, asked })
        });
        let by = parameters.by.map(|by| By {
            at: now.value() + i64::from(by.seconds) * 1000,
            back: by.mode == ByMode::Return,
            trace: by.trace,
        });
        Self { hold, by, priority: parameters.mt_priority.map(Priority::value) }
    }

    /// When the mail may leave: its life begins then.
    pub(crate) fn released(&self, entry: &QueueEntry) -> Timestamp {
        self.hold.as_ref().map_or(entry.created, |hold| entry.created.max(Timestamp::new(hold.until)))
    }

    /// Until when it must not leave, if that is to come.
    pub(crate) fn held(&self, now: Timestamp) -> Option<Timestamp> {
        self.hold.as_ref().map(|hold| Timestamp::new(hold.until)).filter(|until| now < *until)
    }

    /// `Future-Release-Request` of a report, RFC 4865 §5.1.2.
    pub(crate) fn asked(&self) -> Option<&str> {
        self.hold.as_ref().map(|hold| hold.asked.as_str())
    }

    /// By when it is wanted.
    pub(crate) fn by(&self) -> Option<Timestamp> {
        self.by.map(|by| Timestamp::new(by.at))
    }

    /// Whether it is too late to try, RFC 2852 §4.1.3.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.by.is_some_and(|by| by.back && now.value() >= by.at)
    }

    /// Whether the sender is to be told that it is late.
    pub(crate) fn is_late(&self, now: Timestamp) -> bool {
        self.by.is_some_and(|by| !by.back && now.value() >= by.at)
    }

    /// Whether the sender is to be told that another server has it, RFC 2852 §4.1.4. `kept`: which keeps to the time.
    pub(crate) fn tells_of_relaying(&self, now: Timestamp, kept: bool) -> bool {
        self.by.is_some_and(|by| by.trace || (!by.back && !kept && now.value() < by.at))
    }

    /// 0 where nothing is said.
    pub(crate) fn priority(&self) -> i8 {
        self.priority.unwrap_or_default()
    }

    /// What the next server is told: a mail that was held has waited here.
    pub(crate) fn tell(&self, parameters: &mut MailParameters, now: Timestamp) {
        parameters.mt_priority = self.priority.and_then(Priority::new);
        parameters.by = self.by.map(|by| {
            let seconds = (by.at - now.value()).div_euclid(1000).clamp(-BY_MAX, BY_MAX);
            let mode = if by.back { ByMode::Return } else { ByMode::Notify };
            DeliverBy { seconds: i32::try_from(seconds).unwrap_or_default(), mode, trace: by.trace }
        });
    }
}
