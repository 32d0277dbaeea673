//! Gathers the lines of one reply.

use bytes::BytesMut;
use mailwright_wire::{LineDecoder, LineError};

use crate::{
    client::Error,
    error::ReplyError,
    limits::ClientLimits,
    parse::{reply::split_status, reply_line},
    types::{Reply, ReplyCode},
};

/// The lines of a reply so far.
#[derive(Debug)]
pub(super) struct Replies {
    lines: LineDecoder,
    max_lines: usize,
    max_octets: usize,
    code: Option<ReplyCode>,
    text: Vec<Box<str>>,
    octets: usize,
}

impl Replies {
    pub(super) fn new(limits: &ClientLimits) -> Self {
        Self {
            lines: LineDecoder::with_give_up(limits.reply_line, limits.reply_line),
            max_lines: limits.reply_lines,
            max_octets: limits.reply,
            code: None,
            text: Vec::new(),
            octets: 0,
        }
    }

    /// Whether a reply has begun and not ended.
    pub(super) fn is_partial(&self) -> bool {
        self.code.is_some() || self.lines.is_skipping()
    }

    /// The next whole reply, `None` if more input is needed.
    pub(super) fn next(&mut self, input: &mut BytesMut) -> Result<Option<Reply>, Error> {
        loop {
            let line = match self.lines.decode(input) {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(None),
                Err(LineError::BareNewline) => return Err(Error::BareNewline),
                Err(LineError::TooLong | LineError::Endless) => return Err(Error::ReplyTooLong),
            };
            let line = reply_line(&line)?;
            if self.code.is_some_and(|code| code != line.code) {
                return Err(ReplyError::MixedCodes.into());
            }
            self.code = Some(line.code);
            self.octets += line.text.len();
            if self.text.len() == self.max_lines || self.octets > self.max_octets {
                return Err(Error::ReplyTooLong);
            }
            let text = String::from_utf8_lossy(line.text);
            self.text
                .push(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().into());
            if line.last {
                return Ok(Some(self.finish(line.code)));
            }
        }
    }

    /// Every line may repeat the status: it is taken from the first, and off all.
    fn finish(&mut self, code: ReplyCode) -> Reply {
        (self.code, self.octets) = (None, 0);
        let mut lines = std::mem::take(&mut self.text);
        let status = lines.first().and_then(|line| split_status(code, line).0);
        if status.is_some() {
            for line in &mut lines {
                if let (found, rest) = split_status(code, line)
                    && found == status
                {
                    *line = rest.into();
                }
            }
        }
        Reply::received(code, status, lines)
    }
}
