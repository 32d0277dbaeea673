//! SCRAM, RFC 5802, with each hash and with or without channel binding.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{Answer, Failure, Mechanism, Question, Turn, authorization, name, text};
use crate::{
    Hash, Nonce,
    channel::Binding,
    scram::{
        Keys,
        message::{BindingFlag, ClientFinal, ClientFirst, gs2_header, unescape},
    },
};

/// What an exchange knows before it begins.
pub(crate) struct Setup {
    pub(crate) hash: Hash,
    /// The mechanism's name ends in `-PLUS`.
    pub(crate) plus: bool,
    /// A name that ends in `-PLUS` was advertised for this hash.
    pub(crate) plus_offered: bool,
    pub(crate) exporter: Option<Vec<u8>>,
    pub(crate) end_point: Option<Vec<u8>>,
    pub(crate) nonce: Nonce,
    pub(crate) decoy_key: Zeroizing<Vec<u8>>,
    pub(crate) decoy_iterations: u32,
}

pub(crate) struct Scram {
    setup: Setup,
    state: State,
}

enum State {
    First,
    /// The application looks the keys up.
    Keys(First),
    /// The client computes its proof.
    Final {
        first: First,
        server_first: String,
        account: String,
        keys: Keys,
    },
    /// The client reads our signature.
    Signed {
        account: String,
        user: String,
        authorization: Option<String>,
    },
    Over,
}

/// What the client's first message said.
struct First {
    bare: String,
    /// What the client has to repeat under its proof: `cbind-input`, RFC 5802 §7.
    binding: Vec<u8>,
    user: String,
    authorization: Option<String>,
    /// The client's nonce and ours.
    nonce: String,
}

impl std::fmt::Debug for Scram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scram")
            .field("hash", &self.setup.hash)
            .field("plus", &self.setup.plus)
            .finish_non_exhaustive()
    }
}

impl Scram {
    pub(crate) fn new(setup: Setup) -> Self {
        Self { setup, state: State::First }
    }

    fn first(&mut self, message: &[u8]) -> Result<Turn, Failure> {
        let (header, bare) = gs2_header(text(message)?).ok_or(Failure::Malformed)?;
        let client = ClientFirst::parse(bare).ok_or(Failure::Malformed)?;
        let data = match header.binding {
            BindingFlag::Used(kind) if self.setup.plus => match Binding::named(kind) {
                Some(Binding::Exporter) => self.setup.exporter.as_deref(),
                Some(Binding::ServerEndPoint) => self.setup.end_point.as_deref(),
                None => None,
            }
            .ok_or(Failure::ChannelBinding)?,
            BindingFlag::Used(_) => return Err(Failure::ChannelBinding),
            // `-PLUS` was chosen and not used: RFC 5802 §6.
            _ if self.setup.plus => return Err(Failure::ChannelBinding),
            // The client would have bound the channel, but somebody hid from it that we can: RFC 5802 §6.
            BindingFlag::NotOffered if self.setup.plus_offered => return Err(Failure::ChannelBinding),
            BindingFlag::NotOffered | BindingFlag::No => &[],
        };
        let unescaped = |name| unescape(name).ok_or(Failure::Malformed);
        let user = name(&unescaped(client.user)?)?;
        let first = First {
            bare: bare.to_owned(),
            binding: [header.text.as_bytes(), data].concat(),
            authorization: authorization(&header.authorization.map_or(Ok(String::new()), unescaped)?)?,
            nonce: format!("{}{}", client.nonce, self.setup.nonce.as_str()),
            user: user.clone(),
        };
        self.state = State::Keys(first);
        Ok(Turn::Ask(Question::Keys { user, hash: self.setup.hash }))
    }

    fn last(&mut self, message: &[u8]) -> Result<Turn, Failure> {
        let State::Final { first, server_first, account, keys } =
            std::mem::replace(&mut self.state, State::Over)
        else {
            return Err(Failure::Misuse);
        };
        let client = ClientFinal::parse(text(message)?).ok_or(Failure::Malformed)?;
        let decoded = |text: &str| STANDARD.decode(text).map_err(|_| Failure::Malformed);
        let (binding, proof) = (decoded(client.binding)?, decoded(client.proof)?);
        if client.nonce != first.nonce {
            return Err(Failure::Credentials);
        }
        if binding != first.binding {
            return Err(Failure::ChannelBinding);
        }
        let auth_message = format!("{},{server_first},{}", first.bare, client.without_proof);
        if !keys.proves(auth_message.as_bytes(), &proof) {
            return Err(Failure::Credentials);
        }
        let signature = STANDARD.encode(keys.server_signature(auth_message.as_bytes()));
        self.state = State::Signed { account, user: first.user, authorization: first.authorization };
        Ok(Turn::Challenge(format!("v={signature}").into_bytes()))
    }
}

impl Mechanism for Scram {
    fn start(&mut self, initial: Option<&[u8]>) -> Turn {
        initial.map_or(Turn::Challenge(Vec::new()), |initial| self.respond(initial))
    }

    fn respond(&mut self, response: &[u8]) -> Turn {
        let turn = match &mut self.state {
            State::First => self.first(response),
            State::Final { .. } => self.last(response),
            State::Signed { account, user, authorization } if response.is_empty() => Ok(Turn::Proved {
                account: std::mem::take(account),
                authenticated: std::mem::take(user),
                authorization: authorization.take(),
            }),
            State::Signed { .. } => Err(Failure::Malformed),
            State::Keys(_) | State::Over => Err(Failure::Misuse),
        };
        turn.unwrap_or_else(Turn::Failed)
    }

    fn answer(&mut self, answer: Answer) -> Turn {
        let State::Keys(first) = std::mem::replace(&mut self.state, State::Over) else {
            return Turn::Failed(Failure::Misuse);
        };
        let setup = &self.setup;
        // Made in any case, so that both cases take as long.
        let decoy = Keys::decoy(&setup.decoy_key, &first.user, setup.hash, setup.decoy_iterations);
        let (account, keys) = match answer {
            Answer::Keys { account, keys } if keys.hash() == setup.hash => (account, keys),
            // Go on with keys that nothing satisfies, and fail where a wrong password fails.
            Answer::Refuse(Failure::Credentials) => (String::new(), decoy),
            Answer::Refuse(failure) => return Turn::Failed(failure),
            _ => return Turn::Failed(Failure::Misuse),
        };
        let salt = STANDARD.encode(keys.salt());
        let server_first = format!("r={},s={salt},i={}", first.nonce, keys.iterations());
        let challenge = server_first.clone().into_bytes();
        self.state = State::Final { first, server_first, account, keys };
        Turn::Challenge(challenge)
    }
}
