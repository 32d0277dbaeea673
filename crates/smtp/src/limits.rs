//! What a peer may cost, each number with its default.

use std::time::Duration;

/// The limits of a server session. The defaults are Postfix's in kind, and near them in number.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The longest command line with its CRLF: 4096. RFC 5321 §4.5.3.1.4 asks for 512 at least.
    pub command_line: usize,
    /// The longest line of an AUTH exchange, and of the AUTH command: 12,288, RFC 4954 §4.
    pub auth_line: usize,
    /// Octets read ahead of what has been understood: 128 KiB.
    pub input: usize,
    /// The largest message, in octets without dot-stuffing: 50 MiB. It is what `SIZE` says.
    pub message: u64,
    /// The longest text line of a message with its CRLF: 64 KiB. A longer one is refused with `500 5.5.2` at the end of the
    /// message, and a shorter one is taken as it is: it is never broken. RFC 5321 §4.5.3.1.6 asks for 1000 at least. Not
    /// in `BODY=BINARYMIME`, which has no lines.
    pub text_line: usize,
    /// How much of a message that is refused already (too large, a line too long, bare CR or LF) is read and dropped, so that the
    /// client reads the reply: 16 MiB. Beyond it the connection is closed after the reply.
    pub discard: u64,
    /// Accepted recipients of one transaction: 1000. RFC 5321 §4.5.3.1.8 asks for 100 at least.
    pub recipients: u32,
    /// Messages in one session: 100.
    pub transactions: u32,
    /// Refused commands since the last message before each further one is answered with a delay: 10.
    pub errors_soft: u32,
    /// Refused commands since the last message before the session is closed with 421: 20.
    pub errors_hard: u32,
    /// The delay: 1 second.
    pub error_delay: Duration,
    /// Commands that lead nowhere (`NOOP`, `RSET`, `VRFY`, `HELP`, `EHLO`, ...) since the last message before the
    /// session is closed with 421: 100.
    pub junk: u32,
    /// The chunks of one message sent by `BDAT`: 100,000.
    pub chunks: u32,
    /// The time for one whole command, and for one whole response of an AUTH exchange: 5 minutes, RFC 5321 §4.5.3.2.7.
    pub command_time: Duration,
    /// The time for one block of content: 1 minute.
    pub content_time: Duration,
    /// What counts as one block of content: 30,000 octets, which is 500 a second.
    pub content_block: u64,
    /// The time after which a session is closed with 421 as soon as no transaction is open, and after twice of which it
    /// is closed in any case: 1 hour. `tokio::server::serve` keeps it; a session by itself has no clock.
    pub session_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 4096,
            auth_line: 12_288,
            input: 128 * 1024,
            message: 50 * 1024 * 1024,
            text_line: 64 * 1024,
            discard: 16 * 1024 * 1024,
            recipients: 1000,
            transactions: 100,
            errors_soft: 10,
            errors_hard: 20,
            error_delay: Duration::from_secs(1),
            junk: 100,
            chunks: 100_000,
            command_time: Duration::from_mins(5),
            content_time: Duration::from_mins(1),
            content_block: 30_000,
            session_time: Duration::from_hours(1),
        }
    }
}

impl Limits {
    /// Less patience, for a server whose places get scarce, as Postfix has it: 10 seconds for a command, 10 for a block of
    /// content of 5,000 octets (still 500 a second), 421 at the first error, and 5 commands that lead nowhere, which are
    /// enough for a hello on either side of STARTTLS.
    ///
    /// ```
    /// use mailwright_smtp::Limits;
    /// let limits = Limits { message: 1 << 20, ..Limits::default() }.under_stress();
    /// assert_eq!((limits.command_time.as_secs(), limits.errors_hard, limits.message), (10, 1, 1 << 20));
    /// ```
    #[must_use]
    pub fn under_stress(self) -> Self {
        let time = Duration::from_secs(10);
        Self {
            errors_soft: self.errors_soft.min(1),
            errors_hard: self.errors_hard.min(1),
            junk: self.junk.min(5),
            command_time: self.command_time.min(time),
            content_time: self.content_time.min(time),
            content_block: self.content_block.min(5_000),
            ..self
        }
    }
}

/// The limits of a client session. The times are those of RFC 5321 §4.5.3.2.
#[derive(Clone, Debug)]
pub struct ClientLimits {
    /// The longest reply line with its CRLF: 4096. RFC 5321 §4.5.3.1.5 lets servers send 512.
    pub reply_line: usize,
    /// Lines in one reply: 128.
    pub reply_lines: usize,
    /// Octets in one reply: 64 KiB.
    pub reply: usize,
    /// Commands sent ahead of their replies: 100, so that neither side blocks on a full buffer.
    pub window: usize,
    /// The time for the greeting: 5 minutes.
    pub greeting_time: Duration,
    /// The time for the reply to most commands: 5 minutes.
    pub command_time: Duration,
    /// The time for the reply to `DATA`: 2 minutes.
    pub data_time: Duration,
    /// The time for the reply to the end of the message: 10 minutes.
    pub message_time: Duration,
    /// The time for the reply to `QUIT`: 10 seconds, since nothing depends on it.
    pub quit_time: Duration,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            reply_line: 4096,
            reply_lines: 128,
            reply: 64 * 1024,
            window: 100,
            greeting_time: Duration::from_mins(5),
            command_time: Duration::from_mins(5),
            data_time: Duration::from_mins(2),
            message_time: Duration::from_mins(10),
            quit_time: Duration::from_secs(10),
        }
    }
}
