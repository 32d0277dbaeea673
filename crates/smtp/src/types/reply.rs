//! A reply: code, enhanced status, text.

use std::fmt;

use crate::types::{Class, EnhancedStatus, ReplyCode, Severity};

/// What a server says to one command, RFC 5321 §4.2: one line or several.
///
/// The text cannot break the protocol: line feeds in it make several lines, other control characters become spaces,
/// and lines are split so that each fits 512 octets with its code (RFC 5321 §4.5.3.1.5).
///
/// ```
/// use mailwright_smtp::types::{EnhancedStatus, Reply, ReplyCode};
/// let reply = Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(1, 1), "No such user\nTry another");
/// assert_eq!(reply.to_string(), "550 5.1.1 No such user / Try another");
/// assert!(reply.is_permanent());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: ReplyCode,
    status: Option<EnhancedStatus>,
    /// At least one line.
    lines: Vec<Box<str>>,
}

impl Reply {
    /// The longest text of one line, in octets: 512 less code, separators, status and line end.
    const LINE_MAX: usize = 490;

    /// A reply with a status. A status of another class than the code's is not sent, as RFC 2034 §4 forbids it.
    pub fn new(code: ReplyCode, status: EnhancedStatus, text: impl AsRef<str>) -> Self {
        let fits = Class::of(code.severity()) == Some(status.class());
        Self { code, status: fits.then_some(status), lines: lines(text.as_ref()) }
    }

    /// A reply without a status, as the greeting and the replies to `EHLO` and `DATA` are.
    pub fn plain(code: ReplyCode, text: impl AsRef<str>) -> Self {
        Self { code, status: None, lines: lines(text.as_ref()) }
    }

    /// `250 2.0.0` and the text.
    pub fn ok(text: impl AsRef<str>) -> Self {
        Self::new(ReplyCode::OK, EnhancedStatus::success(0, 0), text)
    }

    /// `451 4.3.0`: a fault on this side; the peer may try again.
    pub fn local_error() -> Self {
        Self::new(ReplyCode::LOCAL_ERROR, EnhancedStatus::transient(3, 0), "Local error, try again later")
    }

    /// As received: the lines were seen by the grammar.
    pub(crate) fn received(code: ReplyCode, status: Option<EnhancedStatus>, lines: Vec<Box<str>>) -> Self {
        Self { code, status, lines }
    }

    /// The three digits.
    pub fn code(&self) -> ReplyCode {
        self.code
    }

    /// The enhanced status, where there is one.
    pub fn status(&self) -> Option<EnhancedStatus> {
        self.status
    }

    /// The text, line by line, without codes. At least one.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &str> {
        self.lines.iter().map(AsRef::as_ref)
    }

    /// `2yz`
    pub fn is_positive(&self) -> bool {
        self.code.severity() == Severity::Completion
    }

    /// `3yz`
    pub fn is_intermediate(&self) -> bool {
        self.code.severity() == Severity::Intermediate
    }

    /// `4yz`: the same may go well later.
    pub fn is_transient(&self) -> bool {
        self.code.severity() == Severity::Transient
    }

    /// `5yz`: the same will not go well.
    pub fn is_permanent(&self) -> bool {
        self.code.severity() == Severity::Permanent
    }
}

/// On one line, for logs and reports.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(status) = self.status {
            write!(f, " {status}")?;
        }
        for (n, line) in self.lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            write!(f, "{}{line}", if n == 0 { " " } else { " / " })?;
        }
        Ok(())
    }
}

/// With a space for each control character.
pub(crate) fn on_one_line(text: &str) -> Box<str> {
    if text.bytes().all(|b| matches!(b, b' '..=b'~')) {
        return text.into(); // as nearly all are
    }
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().into()
}

fn lines(text: &str) -> Vec<Box<str>> {
    let mut lines = Vec::new();
    for mut line in text.split('\n').map(|line| line.trim_end_matches('\r')) {
        loop {
            let end = line.floor_char_boundary(Reply::LINE_MAX);
            let (head, tail) = line.split_at(end);
            lines.push(on_one_line(head));
            line = tail;
            if line.is_empty() {
                break;
            }
        }
    }
    lines
}
