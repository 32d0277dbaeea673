//! [`Reply`]: the first line of what a server answers.

use std::fmt;

use super::ResponseCode;

/// The first line of what a server answers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reply {
    /// `+OK` rather than `-ERR`.
    pub is_ok: bool,
    /// Its code, RFC 2449 §8.
    pub code: Option<ResponseCode>,
    /// The text behind it, for the user. What is not UTF-8 has been replaced.
    pub text: Box<str>,
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_ok { "+OK" } else { "-ERR" })?;
        if let Some(code) = &self.code {
            write!(f, " [{code}]")?;
        }
        if self.text.is_empty() { Ok(()) } else { write!(f, " {}", self.text) }
    }
}
