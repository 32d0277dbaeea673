//! Lines that end in CRLF: commands and replies.

use bytes::{Buf, Bytes, BytesMut};
use memchr::memchr;

/// Splits off lines ending in CRLF.
///
/// A line over the maximum is skipped to its end, so its bytes never become commands; one that has no end in sight is
/// given up. Each byte is looked at once, however the input is cut.
///
/// ```
/// # use {bytes::BytesMut, mailwright_wire::{LineDecoder, LineError}};
/// let mut lines = LineDecoder::new(12);
/// let mut input = BytesMut::from("NOOP\r\nEHLO a.long.name\r\nRSET\nQUIT");
/// assert_eq!(lines.decode(&mut input), Ok(Some("NOOP".into())));
/// assert_eq!(lines.decode(&mut input), Err(LineError::TooLong));
/// assert_eq!(lines.decode(&mut input), Err(LineError::BareNewline));
/// assert_eq!(lines.decode(&mut input), Ok(None));
/// ```
#[derive(Clone, Debug)]
pub struct LineDecoder {
    max: usize,
    give_up: usize,
    scanned: usize,
    skipped: usize,
}

/// A line that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// The line was longer than the maximum, and was skipped to its end.
    #[error("line too long")]
    TooLong,
    /// The line ended in LF without CR before it, and was skipped.
    #[error("line ends in LF without CR")]
    BareNewline,
    /// The line goes on and on: no end was found within the bytes that are worth skipping. Close the connection.
    #[error("line without end")]
    Endless,
}

impl LineDecoder {
    /// Takes lines of at most `max` octets with their CRLF, and gives up on one of four times that, or of 16 KiB where
    /// that is more.
    #[must_use]
    pub fn new(max: usize) -> Self {
        Self::with_give_up(max, max.saturating_mul(4).max(16 * 1024))
    }

    /// Takes lines of at most `max` octets with their CRLF, and gives up on one longer than `give_up`.
    #[must_use]
    pub fn with_give_up(max: usize, give_up: usize) -> Self {
        Self { max, give_up: give_up.max(max), scanned: 0, skipped: 0 }
    }

    /// Changes the maximum from the next line on, as a login may.
    pub fn set_max(&mut self, max: usize) {
        self.max = max;
        self.give_up = self.give_up.max(max);
    }

    /// The next line without its CRLF, `None` if more input is needed.
    ///
    /// # Errors
    ///
    /// See [`LineError`]. After all but [`Endless`](LineError::Endless) the next line follows.
    pub fn decode(&mut self, buf: &mut BytesMut) -> Result<Option<Bytes>, LineError> {
        let Some(at) = memchr(b'\n', &buf[self.scanned..]) else {
            if self.skipped > 0 || buf.len() > self.max {
                self.skipped += buf.len();
                buf.clear();
            }
            self.scanned = buf.len();
            return if self.skipped >= self.give_up { Err(LineError::Endless) } else { Ok(None) };
        };
        let end = self.scanned + at + 1;
        let total = self.skipped + end;
        (self.scanned, self.skipped) = (0, 0);
        if total > self.max {
            buf.advance(end);
            return Err(if total > self.give_up { LineError::Endless } else { LineError::TooLong });
        }
        let mut line = buf.split_to(end).freeze();
        if !line.ends_with(b"\r\n") {
            return Err(LineError::BareNewline);
        }
        line.truncate(end - 2);
        Ok(Some(line))
    }

    /// Whether the decoder is in the middle of a line that it skips.
    #[must_use]
    pub fn is_skipping(&self) -> bool {
        self.skipped > 0
    }
}
