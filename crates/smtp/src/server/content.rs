//! The message itself, by `DATA` or by `BDAT`.

use bytes::Bytes;
use mailwright_wire::{Body, CountDecoder, DotDecoder};

use crate::{
    server::{BareNewline, Content, Event, Phase, Server, Verdict, mail::too_big, transaction::Fate},
    types::{BodyType, EnhancedStatus, Reply, ReplyCode},
};

impl Server {
    /// `DATA`, RFC 5321 §4.1.1.4.
    pub(super) fn data(&mut self) {
        let why = match &self.transaction {
            None => "No transaction is open: send MAIL first",
            Some(t) if t.content.is_some() => "This message has begun with BDAT",
            Some(t) if t.body == BodyType::BinaryMime => "BODY=BINARYMIME needs BDAT",
            Some(t) if t.recipients == 0 => "No valid recipients",
            Some(_) => return self.ask_data(),
        };
        self.out_of_order(why);
        self.distrust_rest();
    }

    /// `DATA` is the last command of a group, RFC 2920 §3.1: who sends more without waiting for 354 sends content, and if
    /// `DATA` is refused it would be read as commands. It is not, and the session ends. Who waits goes on.
    pub(super) fn distrust_rest(&mut self) {
        if !self.input.is_empty() {
            self.give_up("You did not wait for the reply to DATA");
        }
    }

    pub(super) fn data_ready(&mut self, answer: Result<(), Reply>) {
        let chunk = std::mem::replace(&mut self.phase, Phase::Command);
        match (answer, chunk) {
            (Ok(()), chunk @ Phase::Chunk { .. }) => self.phase = chunk,
            (Ok(()), _) => {
                if let Some(transaction) = &mut self.transaction {
                    transaction.content = Some(Content::default());
                }
                self.phase = Phase::Data(DotDecoder::default());
                self.reply(&Reply::plain(
                    ReplyCode::START_MAIL_INPUT,
                    "Send the message, end it with CRLF.CRLF",
                ));
            }
            (Err(reply), Phase::Chunk { chunk, last }) => {
                let replies = if last { self.replies_owed() } else { 1 };
                self.reset();
                self.skip(chunk.left(), reply, replies);
            }
            (Err(reply), _) => {
                self.reset();
                self.refuse(reply);
                self.distrust_rest();
            }
        }
    }

    /// `BDAT`, RFC 3030 §2. Whatever the reply: the chunk follows, and is never read as commands.
    pub(super) fn bdat(&mut self, size: u64, last: bool) {
        let refusal = |code, status, text: &str| Reply::new(code, status, text);
        let order = |text| refusal(ReplyCode::BAD_SEQUENCE, EnhancedStatus::permanent(5, 1), text);
        let limits = &self.config.limits;
        let reply = match &mut self.transaction {
            _ if !self.config.extensions.chunking => {
                refusal(ReplyCode::NOT_IMPLEMENTED, EnhancedStatus::permanent(5, 1), "BDAT is not offered")
            }
            None => order("No transaction is open: send MAIL first"),
            Some(t) if t.recipients == 0 => order("No valid recipients"),
            Some(t) => {
                let first = t.content.is_none();
                let content = t.content.get_or_insert_default();
                content.chunks += 1;
                if content.size.saturating_add(size) > limits.message {
                    too_big(&self.config)
                } else if content.chunks > limits.chunks {
                    refusal(ReplyCode::NO_STORAGE, EnhancedStatus::transient(5, 3), "Too many chunks")
                } else {
                    self.phase = Phase::Chunk { chunk: CountDecoder::new(size), last };
                    if first {
                        self.ask_data();
                    }
                    return;
                }
            }
        };
        let replies = if last { self.replies_owed().max(1) } else { 1 };
        self.reset();
        self.skip(size, reply, replies);
    }

    /// Reads a refused chunk and drops it, then replies; of one too large to read, the reply is all.
    pub(super) fn skip(&mut self, size: u64, reply: Reply, replies: usize) {
        if size > self.config.limits.discard {
            self.refuse_each(reply, replies);
            self.phase = Phase::Closing;
        } else {
            self.phase = Phase::Skip { chunk: CountDecoder::new(size), reply, replies };
        }
    }

    /// The same refusal for each recipient, where each is owed one. It is one error.
    fn refuse_each(&mut self, reply: Reply, replies: usize) {
        for _ in 1..replies {
            self.reply(&reply);
        }
        self.refuse(reply);
    }

    /// Takes the next piece of content, if there is one.
    pub(super) fn content(&mut self) -> bool {
        let (body, irregular) = match &mut self.phase {
            Phase::Data(dots) => (dots.decode(self.input.bytes()), dots.irregular().is_some()),
            Phase::Chunk { chunk, .. } | Phase::Skip { chunk, .. } => {
                (chunk.decode(self.input.bytes()), false)
            }
            _ => return false,
        };
        match body {
            None => return false,
            Some(Body::Data(piece)) => {
                self.octets += piece.len() as u64;
                if !matches!(self.phase, Phase::Skip { .. }) {
                    self.piece(piece, irregular);
                }
            }
            Some(Body::End) => self.content_end(),
        }
        true
    }

    fn piece(&mut self, piece: Bytes, irregular: bool) {
        let Some(transaction) = &mut self.transaction else { return };
        let binary = transaction.body == BodyType::BinaryMime;
        let Some(content) = &mut transaction.content else { return };
        let limits = &self.config.limits;
        if let Some(fate) = &mut content.fate {
            fate.dropped += piece.len() as u64;
            if fate.dropped > limits.discard {
                let last = !matches!(self.phase, Phase::Chunk { last: false, .. });
                self.refuse_content(last);
                self.phase = Phase::Closing;
            }
            return;
        }
        let piece = match self.config.bare_newline {
            _ if binary => piece,
            BareNewline::Normalise => content.ends.mend(piece),
            BareNewline::Reject => {
                let by_chunk = matches!(self.phase, Phase::Chunk { .. });
                if irregular || (by_chunk && content.ends.is_irregular(&piece)) {
                    content.fate = Some(bare_newline());
                    self.events.push_back(Event::Reset);
                    return;
                }
                piece
            }
        };
        content.size += piece.len() as u64;
        let refusal = if content.size > limits.message {
            Some(too_big(&self.config))
        } else if !binary && content.line.is_over(&piece, limits.text_line) {
            Some(line_too_long(limits.text_line))
        } else {
            None
        };
        if let Some(reply) = refusal {
            content.fate = Some(Fate { reply, close: false, dropped: 0 });
            self.events.push_back(Event::Reset);
        } else if !piece.is_empty() {
            self.events.push_back(Event::Body(piece));
        }
    }

    /// The end of `DATA`, or of a chunk.
    fn content_end(&mut self) {
        self.progress += 1;
        let last = match std::mem::replace(&mut self.phase, Phase::Command) {
            Phase::Skip { reply, replies, .. } => return self.refuse_each(reply, replies),
            Phase::Chunk { last, .. } => last,
            _ => true,
        };
        let Some(content) = self.transaction.as_mut().and_then(|t| t.content.as_mut()) else { return };
        if last && content.fate.is_none() {
            match self.config.bare_newline {
                BareNewline::Reject if content.ends.ends_irregular() => {
                    content.fate = Some(bare_newline());
                    self.events.push_back(Event::Reset);
                }
                _ => self.events.extend(content.ends.mend_end().map(Event::Body)),
            }
        }
        if content.fate.is_some() {
            return self.refuse_content(last);
        }
        if last {
            let ticket = self.ask();
            self.events.push_back(Event::BodyEnd { ticket });
        } else {
            let text = format!("{} octets so far", content.size);
            self.say(ReplyCode::OK, EnhancedStatus::success(0, 0), &text);
        }
    }

    /// Says what was decided when the content went wrong. The application was told then.
    fn refuse_content(&mut self, last: bool) {
        let replies = if last { self.replies_owed() } else { 1 };
        let Some(fate) = self.transaction.take().and_then(|t| t.content?.fate) else { return };
        self.refuse_each(fate.reply, replies);
        if fate.close {
            self.phase = Phase::Closing;
        }
    }

    pub(super) fn accepted(&mut self, verdict: Verdict) {
        let owed = self.replies_owed();
        self.transaction = None;
        self.counts.messages += 1;
        let replies = match verdict {
            Verdict::All(reply) => vec![reply; owed],
            Verdict::Each(replies) => replies,
        };
        if replies.iter().any(Reply::is_positive) {
            // Who sends mail may err and ask: what counts is doing so for nothing.
            (self.counts.errors, self.counts.junk) = (0, 0);
        }
        for reply in replies {
            if reply.is_positive() { self.reply(&reply) } else { self.refuse(reply) }
        }
    }
}

/// RFC 5321 §4.5.3.1.10 has this reply for it.
fn line_too_long(most: usize) -> Reply {
    let text = format!("Line too long: {most} octets at most with CRLF");
    Reply::new(ReplyCode::UNRECOGNIZED, EnhancedStatus::permanent(5, 2), text)
}

fn bare_newline() -> Fate {
    let text = "Bare CR or LF in the message: lines end in CRLF";
    let reply = Reply::new(ReplyCode::UNAVAILABLE, EnhancedStatus::permanent(5, 2), text);
    Fate { reply, close: true, dropped: 0 }
}
