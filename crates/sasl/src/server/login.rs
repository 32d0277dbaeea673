//! LOGIN, never specified: the server asks for the name, then for the password.

use super::{Answer, Failure, Mechanism, Question, Turn, name, password, text};

#[derive(Debug, Default)]
pub(super) struct Login {
    user: Option<String>,
}

impl Login {
    fn next(&mut self, response: &[u8]) -> Result<Turn, Failure> {
        let response = text(response)?;
        let Some(user) = &self.user else {
            self.user = Some(name(response)?);
            return Ok(Turn::Challenge(b"Password:".to_vec()));
        };
        Ok(Turn::Ask(Question::Password { user: user.clone(), password: password(response)? }))
    }
}

impl Mechanism for Login {
    /// Some clients send the name at once, as an initial response.
    fn start(&mut self, initial: Option<&[u8]>) -> Turn {
        initial.map_or_else(|| Turn::Challenge(b"Username:".to_vec()), |initial| self.respond(initial))
    }

    fn respond(&mut self, response: &[u8]) -> Turn {
        self.next(response).unwrap_or_else(Turn::Failed)
    }

    fn answer(&mut self, answer: Answer) -> Turn {
        match answer {
            Answer::Accept { account } => Turn::Proved {
                account,
                authenticated: self.user.take().unwrap_or_default(),
                authorization: None,
            },
            Answer::Refuse(failure) => Turn::Failed(failure),
            _ => Turn::Failed(Failure::Misuse),
        }
    }
}
