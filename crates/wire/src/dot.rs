//! Dot-stuffed bodies: SMTP `DATA` (RFC 5321 §4.5.2) and POP3 multi-line responses (RFC 1939 §3).

mod decode;
mod encode;

pub use decode::DotDecoder;
pub use encode::DotEncoder;

use bytes::Bytes;

/// What [`plain_run`] looks at in one step: a vector register or a few, whatever the machine has.
const BLOCK: usize = 128;

/// How many octets at the front have nothing to look at one by one: no bare CR or LF, and no line that begins with a
/// dot. A multiple of 128, and 0 where something comes soon; the last octet may be the CR of a CRLF. The octet before the
/// front must not be a CR.
///
/// ```
/// # use mailwright_wire::dot::plain_run;
/// let lines = "a line like others\r\n".repeat(100);
/// assert_eq!(plain_run(lines.as_bytes()), 1920);
/// assert_eq!(plain_run(format!("{lines}.\r\n{lines}").as_bytes()), 1920);
/// assert_eq!(plain_run(b"\na bare LF"), 0);
/// ```
#[must_use]
pub fn plain_run(octets: &[u8]) -> usize {
    let mut n = 0;
    if octets.first() == Some(&b'\n') {
        return n;
    }
    while let Some(window) = octets.get(n..=n + BLOCK) {
        let (block, next) = (&window[..BLOCK], &window[1..]);
        // Without branches, so that it becomes vector instructions.
        let odd = block.iter().zip(next).fold(0, |odd, (&b, &next)| {
            let bare = u8::from(b == b'\r') ^ u8::from(next == b'\n');
            odd | bare | (u8::from(b == b'\n') & u8::from(next == b'.'))
        });
        if odd != 0 {
            break;
        }
        n += BLOCK;
    }
    n
}

/// A piece of a streamed body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The next bytes of it.
    Data(Bytes),
    /// There is no more.
    End,
}

/// A CR or LF that stands alone. In mail neither is a line end (RFC 5321 §2.3.8), and software that takes it for one
/// can be made to see commands inside a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bare CR or LF at octet {at}")]
pub struct Irregular {
    /// Where it stands, in octets from the start of the body as given.
    pub at: u64,
}
