//! Gathers the lines of one reply.

use bytes::BytesMut;
use mailwright_wire::{LineDecoder, LineError};

use crate::{
    client::Error,
    error::ReplyError,
    limits::ClientLimits,
    parse::{reply::split_status, reply_line},
    types::{Reply, ReplyCode, on_one_line},
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
            self.text.push(on_one_line(&String::from_utf8_lossy(line.text)));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn replies(input: &str) -> Vec<(u16, Option<String>, Vec<String>)> {
        let (mut replies, mut input) = (Replies::new(&ClientLimits::default()), BytesMut::from(input));
        std::iter::from_fn(|| replies.next(&mut input).unwrap())
            .map(|r| {
                let lines = r.lines().map(str::to_owned).collect();
                (r.code().value(), r.status().map(|s| s.to_string()), lines)
            })
            .collect()
    }

    #[test]
    fn a_status_belongs_to_its_own_reply() {
        let found = replies(
            "550-5.1.1 no\r\n550 5.1.1 such user\r\n250 ok\r\n250 5.0.0 liar\r\n550-5.1.1 a\r\n550 b\r\n\
             250 2.0.0\r\n250 2.0.01x\r\n250\r\n250-\r\n250 \r\n250 \x00x\r\n",
        );
        let want = [
            (550, Some("5.1.1"), &["no", "such user"][..]),
            (250, None, &["ok"]),
            (250, None, &["5.0.0 liar"]),
            (550, Some("5.1.1"), &["a", "b"]),
            (250, Some("2.0.0"), &[""]),
            (250, None, &["2.0.01x"]),
            (250, None, &[""]),
            (250, None, &["", ""]),
            (250, None, &[" x"]),
        ];
        assert_eq!(found.len(), want.len());
        for (found, (code, status, lines)) in found.iter().zip(want) {
            assert_eq!((found.0, found.1.as_deref()), (code, status));
            assert_eq!(found.2, lines);
        }
    }
}
