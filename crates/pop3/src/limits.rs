//! What a session puts up with.

use std::time::Duration;

/// The limits of a server session. All have defaults that suit a public server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest command in octets with its CRLF. 512; RFC 2449 §4 asks for 255.
    pub line: usize,
    /// Longest line within `AUTH`, in octets with its CRLF. 12,288, as RFC 4954 §4 has it for SMTP.
    pub auth_line: usize,
    /// Most octets of input held. 16 KiB.
    pub input: usize,
    /// Most octets of output gathered before they are written. 64 KiB.
    pub output: usize,
    /// Wrong commands before login, after which the session is closed. 3.
    pub errors_before_login: u32,
    /// Wrong commands after login, after which the session is closed. 20.
    pub errors_after_login: u32,
    /// Failed logins, after which the session is closed. 3.
    pub logins: u32,
    /// Time that the first failed login costs; each further one costs twice as much, up to
    /// [`longest_login_delay`](Self::longest_login_delay). 1 s.
    pub login_delay: Duration,
    /// See [`login_delay`](Self::login_delay). 15 s.
    pub longest_login_delay: Duration,
    /// Time until the first command. 60 s.
    pub first_command: Duration,
    /// Time from the first command until the login. 3 minutes.
    pub login: Duration,
    /// Time from one command to the next after login. 10 minutes, the least that RFC 1939 §3 allows.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 512,
            auth_line: 12 * 1024,
            input: 16 * 1024,
            output: 64 * 1024,
            errors_before_login: 3,
            errors_after_login: 20,
            logins: 3,
            login_delay: Duration::from_secs(1),
            longest_login_delay: Duration::from_secs(15),
            first_command: Duration::from_mins(1),
            login: Duration::from_mins(3),
            idle: Duration::from_mins(10),
        }
    }
}
