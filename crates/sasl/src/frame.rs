//! How SMTP, POP3 and IMAP carry a SASL exchange: base64 on one line, `=` for nothing, `*` to cancel.
//!
//! RFC 4954 §4, RFC 5034 §4, RFC 3501 §6.2.2 and RFC 4959 §3 agree on all of it. The line's own limit
//! (12,288 octets, RFC 4954 §4) is the line decoder's business.
//!
//! ```
//! use mailwright_sasl::frame::{self, Response};
//! assert_eq!(frame::encode(b"Username:"), "VXNlcm5hbWU6");
//! assert_eq!(frame::response(b"dGlt").unwrap(), Response::Data(b"tim".to_vec().into()));
//! assert_eq!(frame::response(b"*").unwrap(), Response::Cancel);
//! assert!(frame::initial(b"=").unwrap().is_empty());
//! ```

use base64::{Engine as _, engine::general_purpose::STANDARD};
use thiserror::Error;
use zeroize::Zeroizing;

/// A line that is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not valid base64")]
pub struct FrameError;

/// What a client sends in answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The decoded response, wiped when dropped.
    Data(Zeroizing<Vec<u8>>),
    /// `*`: the client gives up.
    Cancel,
}

/// A challenge or a response as base64. Nothing is the empty string.
pub fn encode(data: &[u8]) -> String {
    STANDARD.encode(data)
}

/// An initial response as base64, on the line of the command itself: nothing is `=`.
pub fn encode_initial(data: &[u8]) -> String {
    if data.is_empty() { "=".to_owned() } else { encode(data) }
}

/// Decodes the initial response that stands on the line of the command.
///
/// # Errors
/// When it is not base64.
pub fn initial(line: &[u8]) -> Result<Zeroizing<Vec<u8>>, FrameError> {
    if line == b"=" { Ok(Zeroizing::default()) } else { decode(line) }
}

/// Decodes a line that answers a challenge.
///
/// # Errors
/// When it is neither `*` nor base64.
pub fn response(line: &[u8]) -> Result<Response, FrameError> {
    if line == b"*" { Ok(Response::Cancel) } else { decode(line).map(Response::Data) }
}

/// Decodes a challenge, on the client's side.
///
/// # Errors
/// When it is not base64.
pub fn challenge(line: &[u8]) -> Result<Vec<u8>, FrameError> {
    STANDARD.decode(line).map_err(|_| FrameError)
}

fn decode(line: &[u8]) -> Result<Zeroizing<Vec<u8>>, FrameError> {
    challenge(line).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_initial_response_is_an_equals_sign() {
        assert_eq!(encode_initial(b""), "=");
        assert_eq!(encode_initial(b"a"), "YQ==");
        assert_eq!(initial(b"=").unwrap().as_slice(), b"");
        // Only there: in a later response it is a fault.
        assert_eq!(response(b"="), Err(FrameError));
    }

    #[test]
    fn only_canonical_base64_is_taken() {
        for bad in ["YQ", "YQ=", "YR==", "Y Q=", "YQ==\r", "====", "Y*=="] {
            assert_eq!(response(bad.as_bytes()), Err(FrameError), "{bad}");
        }
    }
}
