//! ANONYMOUS, RFC 4505.

use super::{Answer, Failure, Mechanism, Question, Turn, text};

/// Longest trace information in characters, RFC 4505 §2.
const MAX_TRACE: usize = 255;

#[derive(Debug)]
pub(super) struct Anonymous;

impl Mechanism for Anonymous {
    fn start(&mut self, initial: Option<&[u8]>) -> Turn {
        initial.map_or(Turn::Challenge(Vec::new()), |initial| self.respond(initial))
    }

    /// `message = [ email / token ]`. Only logged, so only what would disturb a log is refused.
    fn respond(&mut self, response: &[u8]) -> Turn {
        match text(response) {
            Ok(trace) if trace.chars().count() <= MAX_TRACE && !trace.chars().any(char::is_control) => {
                Turn::Ask(Question::Anonymous { trace: trace.to_owned() })
            }
            _ => Turn::Failed(Failure::Malformed),
        }
    }

    fn answer(&mut self, answer: Answer) -> Turn {
        match answer {
            Answer::Accept { account } => {
                Turn::Proved { account, authenticated: "anonymous".to_owned(), authorization: None }
            }
            Answer::Refuse(failure) => Turn::Failed(failure),
            _ => Turn::Failed(Failure::Misuse),
        }
    }
}
