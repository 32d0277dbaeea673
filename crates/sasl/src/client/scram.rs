//! SCRAM, RFC 5802, with each hash and with or without channel binding.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mailwright_wire::TlsInfo;
use subtle::ConstantTimeEq;

use super::{Error, Mechanism};
use crate::{
    Hash, Name, Nonce, Secret,
    channel::Binding,
    hash::Octets,
    prepare,
    scram::{
        MAX_ITERATIONS, MIN_ITERATIONS,
        message::{ServerFinal, ServerFirst, escape},
    },
};

/// Proves knowledge of the password without sending it, and has the server prove the same.
///
/// Answering the server's first message takes as many iterations as the server asks for, up to
/// [`MAX_ITERATIONS`]: around a second in the worst case.
pub struct Scram {
    name: Name,
    hash: Hash,
    password: Secret,
    bare: String,
    header: String,
    /// `cbind-input`, RFC 5802 §7.
    binding: Vec<u8>,
    nonce: String,
    state: State,
}

enum State {
    First,
    Proof,
    Signature { expected: Octets },
    Done,
    Failed,
}

impl std::fmt::Debug for Scram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scram").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Scram {
    /// Without channel binding. Give `could_bind` where the connection could have been bound to but the server did
    /// not offer that: should it have offered it, then it learns so and refuses (RFC 5802 §6).
    ///
    /// # Errors
    /// When the name or the password cannot be prepared.
    pub fn new(
        hash: Hash,
        user: &str,
        password: &Secret,
        nonce: &Nonce,
        could_bind: bool,
    ) -> Result<Self, Error> {
        Self::build(Name::Scram(hash), hash, user, password, nonce, if could_bind { "y" } else { "n" }, b"")
    }

    /// Bound to the TLS connection, by `tls-exporter` if it has it and else by `tls-server-end-point`.
    ///
    /// # Errors
    /// When the connection cannot be bound to, or the name or the password cannot be prepared.
    pub fn plus(
        hash: Hash,
        user: &str,
        password: &Secret,
        nonce: &Nonce,
        tls: &TlsInfo,
    ) -> Result<Self, Error> {
        let binding = Binding::best(tls).ok_or(Error::NoChannelBinding)?;
        let data = binding.data(tls).ok_or(Error::NoChannelBinding)?;
        let flag = format!("p={}", binding.name());
        Self::build(Name::ScramPlus(hash), hash, user, password, nonce, &flag, data)
    }

    fn build(
        name: Name,
        hash: Hash,
        user: &str,
        password: &Secret,
        nonce: &Nonce,
        flag: &str,
        data: &[u8],
    ) -> Result<Self, Error> {
        let nonce = nonce.as_str().to_owned();
        let header = format!("{flag},,");
        Ok(Self {
            name,
            hash,
            password: prepare::password(password.expose())?,
            bare: format!("n={},r={nonce}", escape(&prepare::name(user)?)),
            binding: [header.as_bytes(), data].concat(),
            header,
            nonce,
            state: State::First,
        })
    }

    /// Acts as another identity than `user`'s own.
    ///
    /// # Errors
    /// When the identity cannot be prepared.
    pub fn acting_as(mut self, identity: &str) -> Result<Self, Error> {
        let data = self.binding.split_off(self.header.len());
        self.header.truncate(self.header.len() - 1);
        self.header = format!("{}a={},", self.header, escape(&prepare::name(identity)?));
        self.binding = [self.header.as_bytes(), &data].concat();
        Ok(self)
    }

    fn first(&self) -> Vec<u8> {
        format!("{}{}", self.header, self.bare).into_bytes()
    }

    fn prove(&mut self, challenge: &str) -> Result<Vec<u8>, Error> {
        let server = ServerFirst::parse(challenge).ok_or(Error::Malformed)?;
        // The server must add to the nonce, RFC 5802 §5.1.
        if !server.nonce.starts_with(&self.nonce) || server.nonce.len() == self.nonce.len() {
            return Err(Error::Malformed);
        }
        if !(MIN_ITERATIONS..=MAX_ITERATIONS).contains(&server.iterations) {
            return Err(Error::Iterations(server.iterations));
        }
        let salt = STANDARD.decode(server.salt).map_err(|_| Error::Malformed)?;
        let salted = self.hash.stretch(self.password.expose().as_bytes(), &salt, server.iterations);
        let client_key = self.hash.hmac(&salted, &[b"Client Key"]);
        let server_key = self.hash.hmac(&salted, &[b"Server Key"]);
        let without_proof = format!("c={},r={}", STANDARD.encode(&self.binding), server.nonce);
        let auth_message = [&*self.bare, challenge, &without_proof].join(",");
        let signature = self.hash.hmac(&self.hash.digest(&client_key), &[auth_message.as_bytes()]);
        let proof: Vec<u8> = client_key.iter().zip(signature.iter()).map(|(a, b)| a ^ b).collect();
        self.state = State::Signature { expected: self.hash.hmac(&server_key, &[auth_message.as_bytes()]) };
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)).into_bytes())
    }
}

impl Mechanism for Scram {
    fn name(&self) -> Name {
        self.name
    }

    fn initial(&mut self) -> Option<Vec<u8>> {
        self.state = State::Proof;
        Some(self.first())
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, Error> {
        let challenge = std::str::from_utf8(challenge).map_err(|_| Error::Malformed)?;
        match std::mem::replace(&mut self.state, State::Failed) {
            State::First if challenge.is_empty() => {
                self.state = State::Proof;
                Ok(self.first())
            }
            State::Proof => self.prove(challenge),
            State::Signature { expected } => match ServerFinal::parse(challenge).ok_or(Error::Malformed)? {
                ServerFinal::Error(error) => Err(Error::Refused(error.to_owned())),
                ServerFinal::Verifier(verifier) => {
                    let verifier = STANDARD.decode(verifier).map_err(|_| Error::Malformed)?;
                    if !bool::from(verifier.ct_eq(&expected)) {
                        return Err(Error::ServerNotProved);
                    }
                    self.state = State::Done;
                    Ok(Vec::new())
                }
            },
            State::First | State::Done | State::Failed => Err(Error::Malformed),
        }
    }

    /// Fails if the server says that it is content and has not proved that it knows the password.
    fn finish(&mut self) -> Result<(), Error> {
        if matches!(self.state, State::Done) { Ok(()) } else { Err(Error::ServerNotProved) }
    }
}
