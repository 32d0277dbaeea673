//! The first line of what a server answers.

use crate::types::{Reply, ResponseCode};

/// How a line from the server begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status<'a> {
    /// `+OK` or `-ERR`.
    Reply(Reply),
    /// `+`: a challenge within `AUTH`, in base64.
    Challenge(&'a [u8]),
}

/// Reads a line that may be a challenge, RFC 5034 §4. `None` if it is neither.
pub fn status(line: &[u8]) -> Option<Status<'_>> {
    match line {
        b"+" => Some(Status::Challenge(b"")),
        [b'+', b' ', challenge @ ..] => Some(Status::Challenge(challenge)),
        _ => reply(line).map(Status::Reply),
    }
}

/// `single-line = ("+OK" / "-ERR") [SP text]`, with a code as RFC 2449 §8 has it. `None` if it is not so formed.
///
/// ```
/// use mailwright_pop3::{parse, types::ResponseCode};
/// let reply = parse::reply(b"-ERR [IN-USE] locked by another session").unwrap();
/// assert!(!reply.is_ok);
/// assert_eq!(reply.code, Some(ResponseCode::InUse));
/// assert_eq!(&*reply.text, "locked by another session");
/// ```
pub fn reply(line: &[u8]) -> Option<Reply> {
    let line = String::from_utf8_lossy(line);
    let (indicator, text) = line.split_once([' ', '\t']).unwrap_or((&line, ""));
    let is_ok = match indicator {
        _ if indicator.eq_ignore_ascii_case("+OK") => true,
        _ if indicator.eq_ignore_ascii_case("-ERR") => false,
        _ => return None,
    };
    let text = text.trim_matches([' ', '\t']);
    // resp-code = "[" resp-level *("/" resp-level) "]"; in +OK a bracket may as well begin the text.
    let code = text
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .filter(|(code, _)| !code.is_empty() && code.bytes().all(|b| b.is_ascii_graphic() && b != b'['));
    let (code, text) = match code {
        Some((code, text)) => (Some(ResponseCode::parse(code)), text.trim_start_matches(' ')),
        None => (None, text),
    };
    Some(Reply { is_ok, code, text: text.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_text_and_code() {
        let show = |line: &str| reply(line.as_bytes()).map(|reply| (reply.code.clone(), reply.to_string()));
        assert_eq!(show("+OK"), Some((None, "+OK".to_owned())));
        assert_eq!(show("+ok  hi "), Some((None, "+OK hi".to_owned())));
        assert_eq!(
            show("-ERR [sys/temp] x"),
            Some((Some(ResponseCode::SysTemp), "-ERR [SYS/TEMP] x".to_owned()))
        );
        assert_eq!(
            show("-ERR [X-1]"),
            Some((Some(ResponseCode::Other("X-1".into())), "-ERR [X-1]".to_owned()))
        );
        assert_eq!(show("-ERR [not a code] x").map(|shown| shown.0), Some(None));
        for bad in ["", "OK", "+OKAY", "-ERROR", "ERR", " +OK", "* OK"] {
            assert_eq!(show(bad), None, "{bad}");
        }
    }

    #[test]
    fn challenges() {
        assert_eq!(status(b"+ "), Some(Status::Challenge(b"")));
        assert_eq!(status(b"+"), Some(Status::Challenge(b"")));
        assert_eq!(status(b"+ dGlt"), Some(Status::Challenge(b"dGlt")));
        assert!(matches!(status(b"+OK"), Some(Status::Reply(_))));
    }
}
