//! OAUTHBEARER (RFC 7628) and XOAUTH2: whether the token is good is asked, not known here.

use super::{Answer, Failure, Mechanism, Question, Turn, authorization, text};
use crate::{
    Secret, oauth,
    scram::message::{BindingFlag, gs2_header, unescape},
};

#[derive(Debug)]
pub(super) struct OAuth {
    form: Form,
    user: Option<String>,
    /// Set once the client was told why it failed and only has to acknowledge it.
    failed: Option<Failure>,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Bearer,
    XOAuth2,
}

impl OAuth {
    pub(super) fn bearer() -> Self {
        Self { form: Form::Bearer, user: None, failed: None }
    }

    pub(super) fn xoauth2() -> Self {
        Self { form: Form::XOAuth2, user: None, failed: None }
    }

    fn message(&mut self, message: &[u8]) -> Result<Question, Failure> {
        let message = text(message)?;
        let pairs = match self.form {
            // client-resp = (gs2-header kvsep *kvpair kvsep) / kvsep, RFC 7628 §3.1
            Form::Bearer => {
                let (header, rest) = gs2_header(message).ok_or(Failure::Malformed)?;
                if matches!(header.binding, BindingFlag::Used(_)) {
                    return Err(Failure::ChannelBinding);
                }
                let user =
                    header.authorization.map(|name| unescape(name).ok_or(Failure::Malformed)).transpose()?;
                self.user = authorization(&user.unwrap_or_default())?;
                rest.strip_prefix(char::from(oauth::SEPARATOR)).and_then(oauth::pairs)
            }
            Form::XOAuth2 => oauth::pairs(message),
        };
        let mut token = None;
        for (key, value) in pairs.ok_or(Failure::Malformed)? {
            match key {
                "user" if matches!(self.form, Form::XOAuth2) => self.user = authorization(value)?,
                "auth" if token.is_none() => token = Some(oauth::bearer(value).ok_or(Failure::Malformed)?),
                "auth" => return Err(Failure::Malformed),
                _ => {}
            }
        }
        let token = Secret::new(token.ok_or(Failure::Malformed)?);
        Ok(Question::Token { user: self.user.clone(), token })
    }

    /// Tells the client why, which it acknowledges before the exchange fails: RFC 7628 §3.2.2.
    fn refuse(&mut self, failure: Failure) -> Turn {
        self.failed = Some(failure);
        let status = match self.form {
            Form::Bearer => r#"{"status":"invalid_token","scope":""}"#,
            Form::XOAuth2 => r#"{"status":"401","schemes":"bearer","scope":""}"#,
        };
        Turn::Challenge(status.as_bytes().to_vec())
    }
}

impl Mechanism for OAuth {
    fn start(&mut self, initial: Option<&[u8]>) -> Turn {
        initial.map_or(Turn::Challenge(Vec::new()), |initial| self.respond(initial))
    }

    fn respond(&mut self, response: &[u8]) -> Turn {
        match self.failed {
            // What the client says now changes nothing, RFC 7628 §3.2.3.
            Some(failure) => Turn::Failed(failure),
            None => self.message(response).map_or_else(Turn::Failed, Turn::Ask),
        }
    }

    fn answer(&mut self, answer: Answer) -> Turn {
        match answer {
            Answer::Accept { account } => Turn::Proved {
                authenticated: self.user.clone().unwrap_or_else(|| account.clone()),
                account,
                // The token was judged together with the name: nothing is left to authorize.
                authorization: None,
            },
            Answer::Refuse(Failure::Credentials) => self.refuse(Failure::Credentials),
            Answer::Refuse(failure) => Turn::Failed(failure),
            _ => Turn::Failed(Failure::Misuse),
        }
    }
}
