//! EXTERNAL, RFC 4422 appendix A: the client is known by its TLS certificate.

use super::{Answer, Failure, Mechanism, Question, Turn, authorization, text};

#[derive(Debug)]
pub(super) struct External {
    certificates: Vec<Vec<u8>>,
    asked_for: Option<String>,
}

impl External {
    pub(super) fn new(certificates: Vec<Vec<u8>>) -> Self {
        Self { certificates, asked_for: None }
    }
}

impl Mechanism for External {
    fn start(&mut self, initial: Option<&[u8]>) -> Turn {
        initial.map_or(Turn::Challenge(Vec::new()), |initial| self.respond(initial))
    }

    /// `extern-resp = *( UTF8-char-no-nul )`: the identity to act as, or nothing.
    fn respond(&mut self, response: &[u8]) -> Turn {
        match text(response).and_then(authorization) {
            Ok(asked_for) => {
                self.asked_for.clone_from(&asked_for);
                Turn::Ask(Question::Certificate {
                    certificates: std::mem::take(&mut self.certificates),
                    user: asked_for,
                })
            }
            Err(failure) => Turn::Failed(failure),
        }
    }

    fn answer(&mut self, answer: Answer) -> Turn {
        match answer {
            Answer::Accept { account } => {
                Turn::Proved { authenticated: account.clone(), account, authorization: self.asked_for.take() }
            }
            Answer::Refuse(failure) => Turn::Failed(failure),
            _ => Turn::Failed(Failure::Misuse),
        }
    }
}
