//! Replies.

use std::fmt::Write;

use crate::types::Reply;

/// Writes a reply with its line ends. Every line has the code and the enhanced status, RFC 2034 §4.
///
/// ```
/// use mailwright_smtp::{encode, types::Reply};
/// let mut out = String::new();
/// encode::reply(&Reply::ok("first\nsecond"), &mut out);
/// assert_eq!(out, "250-2.0.0 first\r\n250 2.0.0 second\r\n");
/// ```
pub fn reply(reply: &Reply, out: &mut impl Write) {
    let last = reply.lines().len() - 1;
    for (n, text) in reply.lines().enumerate() {
        let separator = if n == last { ' ' } else { '-' };
        // What is written to grows; it does not fail.
        _ = write!(out, "{}{separator}", reply.code());
        if let Some(status) = reply.status() {
            _ = write!(out, "{status} ");
        }
        _ = write!(out, "{text}\r\n");
    }
}
