//! How much a peer may ask for: every bound of both sessions, with its default.

use std::{num::NonZeroU32, time::Duration};

/// Bounds for one session. Exceeding one is answered in the protocol (`BAD`, `NO [TOOBIG]`, `NO [LIMIT]` or
/// `BYE`) and never with memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Octets of one command line before login, literals not counted. Default 8 KiB.
    pub line_before_login: usize,
    /// Octets of one line after login, literals not counted. Default 64 KiB.
    pub line: usize,
    /// Octets of one literal before login. Default 4 KiB.
    pub literal_before_login: u64,
    /// Octets of all literals of one command before login. Default 16 KiB.
    pub literals_before_login: u64,
    /// Octets of one literal that is gathered into its command (all but the message of APPEND). Default 64 KiB.
    pub literal: u64,
    /// Octets of one whole command, streamed messages not counted. Default 1 MiB.
    pub command: u64,
    /// Octets of one appended message. Default 50 MiB.
    pub append: u64,
    /// How deep parenthesised lists may nest. Default 32.
    pub list_depth: usize,
    /// How deep search keys may nest. Default 64.
    pub search_depth: usize,
    /// How many search keys one command may hold. Default 10,000.
    pub search_keys: usize,
    /// Searches that one session may have kept up to date (RFC 5267). Default 8.
    pub contexts: usize,
    /// Groups of events and names of mailboxes in one NOTIFY (RFC 5465). Default 1,000.
    pub notify: usize,
    /// Messages that one command of a client may handle (RFC 9738): of more, FETCH, STORE, SEARCH, MOVE and UID EXPUNGE
    /// handle the last ones and say so; COPY, THREAD and an APPEND of more are refused. Told as `MESSAGELIMIT`; searches of
    /// several mailboxes are not offered then. Clients that do not know it see no older messages: no less than 1,000
    /// (RFC 9738 §3). Default: as many as there are.
    pub messages: Option<NonZeroU32>,
    /// Octets of one keyword. Default 64.
    pub keyword: usize,
    /// How many keywords one command may name. Default 5,000.
    pub flags: usize,
    /// Octets of one level of a mailbox name, in UTF-8. Default 255.
    pub mailbox_level: usize,
    /// Levels of a mailbox name. Default 32.
    pub mailbox_depth: usize,
    /// Commands in error before `BYE`, before login. Default 3.
    pub errors_before_login: u32,
    /// Commands in error one after the other before `BYE`, after login. Default 20.
    pub errors: u32,
    /// Failed logins in one connection. Default 3.
    pub logins: u32,
    /// Time for the first command. Default 60 s.
    pub first_command: Duration,
    /// Time from the first command until login has succeeded. Default 180 s.
    pub login: Duration,
    /// Time between commands after login, and within IDLE (RFC 9051 §5.4: at least 30 minutes). Default 30 minutes.
    pub idle: Duration,
    /// Time for one command or literal to arrive whole once it has begun, per 64 KiB. Default 5 minutes.
    pub command_time: Duration,
    /// Octets of one response line that the client session accepts, literals not counted. Default 8 MiB.
    pub response_line: usize,
    /// Octets of a literal that the client session gathers; a larger one streams. Default 64 KiB.
    pub response_literal: u64,
    /// Octets of one whole response, streamed literals not counted. Default 16 MiB.
    pub response: u64,
    /// Octets read ahead. Default 64 KiB.
    pub read_ahead: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line_before_login: 8 << 10,
            line: 64 << 10,
            literal_before_login: 4 << 10,
            literals_before_login: 16 << 10,
            literal: 64 << 10,
            command: 1 << 20,
            append: 50 << 20,
            list_depth: 32,
            search_depth: 64,
            search_keys: 10_000,
            contexts: 8,
            notify: 1_000,
            messages: None,
            keyword: 64,
            flags: 5_000,
            mailbox_level: 255,
            mailbox_depth: 32,
            errors_before_login: 3,
            errors: 20,
            logins: 3,
            first_command: Duration::from_mins(1),
            login: Duration::from_mins(3),
            idle: Duration::from_mins(30),
            command_time: Duration::from_mins(5),
            response_line: 8 << 20,
            response_literal: 64 << 10,
            response: 16 << 20,
            read_ahead: 64 << 10,
        }
    }
}
